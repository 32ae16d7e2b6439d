"""The Directory table: what templates look up, write and count."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from pivotkit.directory import Directory, Entry
from pivotkit.errors import StateUnavailable
from pivotkit.parameters import Value


@pytest.fixture
def hours(tables: Mapping[str, str]) -> Directory:
    """The entries of one kind."""
    assert tables["DIRECTORY_TABLE"]
    return Directory("hours")


def test_an_entry_comes_back_as_it_was_put(hours: Directory) -> None:
    """An entry holds any JSON values; whole numbers stay integers, which KAZOO insists on."""
    entry: dict[str, Value] = {
        "zone": "Europe/Berlin",
        "rate": 0.5,
        "days": [1, 2],
        "open": True,
        "note": None,
    }
    hours.put("sales", {**entry, "more": {"until": 18}})

    assert hours.get("sales") == {**entry, "more": {"until": 18}}


def test_what_is_not_there(hours: Directory) -> None:
    """Neither an unknown key nor an empty one is found."""
    assert hours.get("sales") is None
    assert hours.get("") is None


def test_an_entry_that_is_deleted_is_gone(hours: Directory) -> None:
    """Deleting what is not there does no harm."""
    hours.put("sales", {})
    hours.delete("sales")
    hours.delete("sales")

    assert hours.get("sales") is None


def test_an_expired_entry_is_not_there(hours: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB deletes late; an entry is gone for us at its second."""
    hours.put("pair", {"to": "+14155550100"}, seconds=60)
    assert hours.get("pair")
    assert list(hours.entries()) == ["pair"]

    later = time.time() + 61
    monkeypatch.setattr("pivotkit.directory.time.time", lambda: later)
    assert hours.get("pair") is None
    assert not hours.entries()


def test_entries_are_those_of_the_kind(hours: Directory) -> None:
    """A kind is listed in the order of its keys, up to a limit, without its neighbours."""
    for key in ("c", "a", "b"):
        hours.put(key, {"name": key})
    Directory("other").put("d", {})

    assert hours.entries() == {key: {"name": key} for key in "abc"}
    assert list(hours.entries(2)) == ["a", "b"]


def test_everybody_gets_a_sum_of_her_own(hours: Directory) -> None:
    """Callers at the same moment count each of them once, from an entry that was not there."""
    with ThreadPoolExecutor(4) as pool:
        sums = list(pool.map(lambda _: hours.add("turn", "calls"), range(20)))

    assert sorted(sums) == list(range(1, 21))
    assert hours.get("turn") == {"calls": 20}


def test_a_sum_beside_other_fields(hours: Directory) -> None:
    """Counting leaves the rest of the entry alone, and may go by any number."""
    hours.put("turn", {"name": "sales", "calls": 5})

    assert hours.add("turn", "calls", -2) == 3
    assert hours.add("turn", "seconds", 40) == 40
    assert hours.get("turn") == {"name": "sales", "calls": 3, "seconds": 40}


def test_only_what_is_newer_is_written(hours: Directory) -> None:
    """Of writers in any order, the one with the highest number stays."""
    written = [hours.put_newest("turn", {"at": at, "who": at}, by="at") for at in (2, 1, 2, 3)]

    assert written == [True, False, False, True]
    assert hours.get("turn") == {"at": 3, "who": 3}


ENTRY: dict[str, Value] = {"number": "+14155550123", "ticket": 17, "tags": ["a"], "rate": 0.5}


def test_an_entry_is_swapped_by_who_has_read_it_last(hours: Directory) -> None:
    """What has changed since, or is gone, is neither overwritten nor deleted nor brought back."""
    hours.put("a", ENTRY, seconds=60)
    read = hours.get("a")
    assert hours.swap("a", read, {**ENTRY, "ticket": 18})
    assert not hours.swap("a", read, {**ENTRY, "ticket": 19})
    assert not hours.swap("a", read, None)
    assert hours.get("a") == {**ENTRY, "ticket": 18}
    assert hours.swap("a", hours.get("a"), None)
    assert not hours.swap("a", read, ENTRY)
    assert hours.get("a") is None


@pytest.mark.parametrize("old", [None, {"turn": 0}])
def test_of_many_who_swap_one_succeeds(hours: Directory, old: Entry | None) -> None:
    """Whether there was an entry or none."""
    hours.swap("a", None, old)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda turn: hours.swap("a", old, {"turn": turn}), range(1, 9)))
    assert done.count(True) == 1
    assert hours.get("a") == {"turn": done.index(True) + 1}


def test_a_swap_keeps_the_expiry(hours: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry expires when it would have; one that has is none; a new one may have an expiry."""
    hours.put("a", ENTRY, seconds=60)
    assert not hours.swap("a", None, ENTRY, seconds=600)
    assert hours.swap("a", hours.get("a"), {**ENTRY, "ticket": 18})

    later = time.time() + 61
    monkeypatch.setattr("pivotkit.directory.time.time", lambda: later)
    assert hours.get("a") is None
    assert hours.swap("a", None, ENTRY)
    assert hours.get("a") == ENTRY


def test_a_table_that_cannot_be_reached(
    tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every method says so with one error."""
    monkeypatch.setenv("DIRECTORY_TABLE", tables["DIRECTORY_TABLE"] + "-gone")
    gone = Directory("hours")

    for ask in (
        lambda: gone.get("a"),
        lambda: gone.put("a", {}),
        lambda: gone.delete("a"),
        lambda: gone.add("a", "n"),
        lambda: gone.swap("a", None, {}),
        lambda: gone.put_newest("a", {"n": 1}, by="n"),
        gone.entries,
    ):
        with pytest.raises(StateUnavailable):
            ask()
