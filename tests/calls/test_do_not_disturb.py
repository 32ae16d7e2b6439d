"""do_not_disturb, dialled."""

import pytest

from pivotctl.switch.events import Action
from tests.calls.conftest import Phone

RECEPTION = "e5f30718293a4b5c6d7e8f90a1b2c3d4"


@pytest.mark.parametrize(
    ("code", "action"), [("*78", "activate"), ("*79", "deactivate"), ("*76", "toggle")]
)
def test_a_feature_code(dial: Phone, code: str, action: str) -> None:
    """Who dials a feature code is asked nothing: KAZOO does what it stands for."""
    call = dial("do_not_disturb", called=code).runs("do_not_disturb", action).hears("Goodbye.")
    call.hung_up("kazoo").is_carried_through()
    assert len(call.requests) == 1


@pytest.mark.parametrize(("key", "action"), [("1", "activate"), ("2", "deactivate")])
def test_a_key(dial: Phone, key: str, action: str) -> None:
    """Each key does what the question says."""
    call = dial("do_not_disturb", press=(key,)).hears("To be left undisturbed, press 1.")
    call.presses(key).runs("do_not_disturb", action).hears("Goodbye.").is_carried_through()


@pytest.mark.parametrize(("setting", "whose"), [("", None), (RECEPTION, RECEPTION)])
def test_whose(dial: Phone, setting: str, whose: str | None) -> None:
    """The caller's own phone is switched, or the one that is set."""
    call = dial("do_not_disturb", called="*78", settings={"DND_ID": setting})
    (switched,) = [event for event in call.events if isinstance(event, Action)]
    assert switched.data.get("id") == whose


def test_a_wrong_key(dial: Phone) -> None:
    """Who presses a key that is no choice is told so, and asked again."""
    call = (
        dial("do_not_disturb", press=("5", "1"))
        .presses("5")
        .hears("no choice. To be left undisturbed")
    )
    call.presses("1").runs("do_not_disturb", "activate").is_carried_through()


@pytest.mark.parametrize("press", [(), ("5",)])
def test_silence(dial: Phone, press: tuple[str, ...]) -> None:
    """Nothing changes for who presses nothing, at once or after a wrong key."""
    call = dial("do_not_disturb", press=press).hears("To be left undisturbed").is_silent()
    call.hears("Nothing was changed. Goodbye.").hung_up("kazoo").is_carried_through()
    assert not [event for event in call.events if isinstance(event, Action)]
