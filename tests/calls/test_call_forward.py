"""call_forward, dialled."""

import pytest

from tests.calls.conftest import Phone

ACTIONS = {"1": "activate", "2": "deactivate", "3": "update", "4": "menu"}


@pytest.mark.parametrize(
    ("code", "action"), [("*72", "activate"), ("*73", "deactivate"), ("*56", "update")]
)
def test_a_feature_code(dial: Phone, code: str, action: str) -> None:
    """Who dials a feature code is asked nothing: KAZOO does what it stands for."""
    call = dial("call_forward", called=code).runs("call_forward", action).hears("Goodbye.")
    call.hung_up("kazoo").is_carried_through()
    assert len(call.requests) == 1


@pytest.mark.parametrize("key", ACTIONS)
def test_a_key(dial: Phone, key: str) -> None:
    """Each key does what the question says."""
    call = dial("call_forward", press=(key,)).hears("To forward your calls, press 1.").presses(key)
    call.runs("call_forward", ACTIONS[key]).hears("Goodbye.").hung_up("kazoo").is_carried_through()


def test_a_wrong_key(dial: Phone) -> None:
    """Who presses a key that is no choice is told so, and asked again."""
    call = (
        dial("call_forward", press=("9", "2"))
        .presses("9")
        .hears("no choice. To forward your calls")
    )
    call.presses("2").runs("call_forward", "deactivate").is_carried_through()


def test_silence(dial: Phone) -> None:
    """Nothing changes for who presses nothing."""
    call = dial("call_forward").hears("To forward your calls").is_silent()
    call.hears("Nothing was changed. Goodbye.").hung_up("kazoo").is_carried_through()
    with pytest.raises(AssertionError, match="call_forward"):
        dial("call_forward").runs("call_forward")


def test_silence_after_a_wrong_key(dial: Phone) -> None:
    """The key of the question before does not count for the one that is met with silence."""
    call = dial("call_forward", press=("9",)).presses("9").is_silent()
    call.hears("Nothing was changed.").hung_up("kazoo").is_carried_through()
