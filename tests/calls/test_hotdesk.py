"""hotdesk, dialled."""

import pytest

from pivotctl.switch.events import Action
from tests.calls.conftest import Phone

EFFECTS = {"login": "logs in at", "logout": "logs out of", "toggle": "logs in here, or out"}


@pytest.mark.parametrize(
    ("code", "action"), [("*11", "login"), ("*12", "logout"), ("*13", "toggle")]
)
def test_a_feature_code(dial: Phone, code: str, action: str) -> None:
    """Who dials a feature code is asked nothing by us: KAZOO asks for id and PIN."""
    call = dial("hotdesk", called=code).runs("hotdesk", EFFECTS[action])
    call.hung_up("kazoo").is_carried_through()
    assert len(call.requests) == 1
    assert call.heard == []


@pytest.mark.parametrize(("key", "action"), [("1", "login"), ("2", "logout")])
def test_a_key(dial: Phone, key: str, action: str) -> None:
    """Each key does what the question says."""
    call = dial("hotdesk", press=(key,)).hears("To log in at this phone, press 1.").presses(key)
    call.runs("hotdesk", EFFECTS[action]).hung_up("kazoo").is_carried_through()


def test_a_wrong_key(dial: Phone) -> None:
    """Who presses a key that is no choice is told so, and asked again."""
    call = (
        dial("hotdesk", press=("0", "2")).presses("0").hears("no choice. To log in at this phone")
    )
    call.presses("2").runs("hotdesk", EFFECTS["logout"]).is_carried_through()


@pytest.mark.parametrize("press", [(), ("0",)])
def test_silence(dial: Phone, press: tuple[str, ...]) -> None:
    """Nobody is logged in or out who presses nothing, at once or after a wrong key."""
    call = dial("hotdesk", press=press).hears("To log in at this phone").is_silent()
    call.hears("Nothing was changed. Goodbye.").hung_up("kazoo").is_carried_through()
    assert not [event for event in call.events if isinstance(event, Action)]
