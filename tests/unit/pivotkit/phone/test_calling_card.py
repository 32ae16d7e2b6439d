"""Calling cards: talk time, and asking for a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pivotkit.calls.conversations import Asking, Reply
from pivotkit.phone.calling_card import ask_number, minutes, talk_time
from pivotkit.phone.dialing import DialPolicy, DialTarget

HOUR = 3600
POLICY = DialPolicy("US")


@pytest.mark.parametrize(
    ("balance", "rate", "seconds"),
    [(0, 4, 0), (3, 4, 45), (4, 4, 60), (7, 4, 105), (1200, 4, HOUR), (-1, 4, 0), (0, 0, HOUR)],
)
def test_talk_time(balance: int, rate: int, seconds: int) -> None:
    """A balance buys talk time, up to the maximum."""
    assert talk_time(balance, rate, HOUR) == seconds


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6), st.integers(0, 10**5))
def test_no_call_costs_more_than_the_balance(balance: int, rate: int, maximum: int) -> None:
    """The talk time that a balance buys never costs more than the balance."""
    seconds = talk_time(balance, rate, maximum)
    assert 0 <= seconds <= maximum
    assert seconds * rate <= max(balance, 0) * 60


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "zero minutes"), (60, "one minute"), (119, "one minute"), (125, "two minutes")],
)
def test_minutes(seconds: int, text: str) -> None:
    """A time is written in whole minutes, rounded down."""
    assert minutes(seconds) == text


ENTRIES = [
    (["4155550123"], "+14155550123", ""),
    (["911", "4155550123"], "+14155550123", ""),
    ([None], None, ""),
    (["411", None], None, ""),
    (["411", "911"], None, "Sorry, that number can't be called: emergency number. "),
]


def entered(
    asking: Asking[tuple[DialTarget | None, str]], entries: list[str | None]
) -> tuple[DialTarget | None, str]:
    """The result of asking a caller who enters these digits."""
    assert str(next(asking).prompt) == "Which number?"
    try:
        for entry in entries:
            assert str(asking.send(Reply(entry)).prompt).endswith(". Which number?")
    except StopIteration as done:
        result: tuple[DialTarget | None, str] = done.value
        return result
    raise AssertionError("it asks for more")


@pytest.mark.parametrize(("entries", "target", "sorry"), ENTRIES)
def test_asking_for_a_number(entries: list[str | None], target: str | None, sorry: str) -> None:
    """A caller has two tries, and gets an apology for a rejected number but not for silence."""
    assert entered(ask_number(POLICY, "Which number?"), entries) == (target, sorry)
