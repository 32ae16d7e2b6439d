"""The do-not-call list, in a real table."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from pivotkit.lookups.do_not_call import DoNotCall
from pivotkit.store.directory import Directory
from tests.accounts import FIRST, SECOND

JANUARY = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


@pytest.fixture
def unwanted(tables: Mapping[str, str]) -> DoNotCall:
    """An empty do-not-call list."""
    assert tables
    return DoNotCall("US")


@pytest.mark.parametrize("written", ["+14155550123", "14155550123", "4155550123", "01114155550123"])
def test_a_number_is_known_however_it_is_written(unwanted: DoNotCall, written: str) -> None:
    """All forms of a number are the same entry."""
    assert not unwanted.holds(FIRST, written)
    assert unwanted.add(FIRST, written, JANUARY)
    assert unwanted.add(FIRST, "4155550123", JANUARY)
    assert unwanted.holds(FIRST, "+14155550123")
    assert unwanted.holds(FIRST, written)
    assert not unwanted.holds(FIRST, "+14155550124")
    assert not unwanted.holds(SECOND, written)
    assert Directory("do_not_call").of(FIRST).entries() == {
        "+14155550123": {"since": JANUARY.isoformat()}
    }


def test_numbers_at_home(tables: Mapping[str, str]) -> None:
    """A number without a plus belongs to the default country."""
    assert tables
    assert DoNotCall("GB").add(FIRST, "02079460000", JANUARY)
    assert DoNotCall("GB").holds(FIRST, "+442079460000")
    assert DoNotCall("US").holds(FIRST, "+442079460000")


@pytest.mark.parametrize("number", ["", "anonymous", "Restricted", "0000000000"])
def test_a_withheld_number(unwanted: DoNotCall, number: str) -> None:
    """A withheld number is never listed, because it would match everyone who withholds theirs."""
    assert not unwanted.add(FIRST, number, JANUARY)
    assert not unwanted.holds(FIRST, number)
