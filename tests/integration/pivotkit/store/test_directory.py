"""The Directory table: what templates look up, write and count."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pivotkit.core.errors import StateUnavailable
from pivotkit.http.parameters import Value
from pivotkit.services.crossbar import Account
from pivotkit.store.directory import Directory, Entries, Entry, SharedDirectory
from tests.accounts import FIRST, SECOND
from tests.integration.sharing import share


@pytest.fixture
def hours(tables: Mapping[str, str]) -> Entries:
    """The entries of one kind and account."""
    assert tables["DIRECTORY_TABLE"]
    return Directory("hours").of(FIRST)


def test_an_entry_comes_back_as_it_was_put(hours: Entries) -> None:
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


def test_what_is_not_there(hours: Entries) -> None:
    """Neither an unknown key nor an empty one is found."""
    assert hours.get("sales") is None
    assert hours.get("") is None


def test_an_entry_that_is_deleted_is_gone(hours: Entries) -> None:
    """Deleting what is not there does no harm."""
    hours.put("sales", {})
    hours.delete("sales")
    hours.delete("sales")

    assert hours.get("sales") is None


def test_an_expired_entry_is_not_there(hours: Entries, monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB deletes late; an entry is gone for us at its second."""
    hours.put("pair", {"to": "+14155550100"}, seconds=60)
    assert hours.get("pair")
    assert list(hours.entries()) == ["pair"]

    later = time.time() + 61
    monkeypatch.setattr("pivotkit.store.directory.time.time", lambda: later)
    assert hours.get("pair") is None
    assert not hours.entries()


def test_entries_are_those_of_the_kind(hours: Entries) -> None:
    """A kind is listed in the order of its keys, up to a limit, without its neighbors."""
    for key in ("c", "a", "b"):
        hours.put(key, {"name": key})
    Directory("other").of(FIRST).put("d", {})
    Directory("hours").of(SECOND).put("d", {})

    assert hours.entries() == {key: {"name": key} for key in "abc"}
    assert list(hours.entries(2)) == ["a", "b"]


def test_everybody_gets_a_sum_of_her_own(hours: Entries) -> None:
    """Callers at the same moment count each of them once, from an entry that was not there."""
    with ThreadPoolExecutor(4) as pool:
        sums = list(pool.map(lambda _: hours.add("turn", "calls"), range(20)))

    assert sorted(sums) == list(range(1, 21))
    assert hours.get("turn") == {"calls": 20}


def test_a_sum_beside_other_fields(hours: Entries) -> None:
    """Counting leaves the rest of the entry alone, and may go by any number."""
    hours.put("turn", {"name": "sales", "calls": 5})

    assert hours.add("turn", "calls", -2) == 3
    assert hours.add("turn", "seconds", 40) == 40
    assert hours.get("turn") == {"name": "sales", "calls": 3, "seconds": 40}


def test_only_what_is_newer_is_written(hours: Entries) -> None:
    """Of writers in any order, the one with the highest number stays."""
    written = [hours.put_newest("turn", {"at": at, "who": at}, by="at") for at in (2, 1, 2, 3)]

    assert written == [True, False, False, True]
    assert hours.get("turn") == {"at": 3, "who": 3}


ENTRY: dict[str, Value] = {"number": "+14155550123", "ticket": 17, "tags": ["a"], "rate": 0.5}


def test_an_entry_is_swapped_by_who_has_read_it_last(hours: Entries) -> None:
    """An entry that has changed or gone meanwhile is not overwritten, deleted, or brought back."""
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
def test_of_many_who_swap_one_succeeds(hours: Entries, old: Entry | None) -> None:
    """Whether there was an entry or none."""
    hours.swap("a", None, old)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda turn: hours.swap("a", old, {"turn": turn}), range(1, 9)))
    assert done.count(True) == 1
    assert hours.get("a") == {"turn": done.index(True) + 1}


def test_a_swap_keeps_the_expiry(hours: Entries, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry expires when it would have; one that has is none; a new one may have an expiry."""
    hours.put("a", ENTRY, seconds=60)
    assert not hours.swap("a", None, ENTRY, seconds=600)
    assert hours.swap("a", hours.get("a"), {**ENTRY, "ticket": 18})

    later = time.time() + 61
    monkeypatch.setattr("pivotkit.store.directory.time.time", lambda: later)
    assert hours.get("a") is None
    assert hours.swap("a", None, ENTRY)
    assert hours.get("a") == ENTRY


def test_a_table_that_cannot_be_reached(
    tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every method says so with one error."""
    monkeypatch.setenv("DIRECTORY_TABLE", tables["DIRECTORY_TABLE"] + "-gone")
    gone = Directory("hours").of(FIRST)

    for ask in (
        lambda: gone.get("a"),
        lambda: gone.put("a", {}),
        lambda: gone.delete("a"),
        lambda: gone.add("a", "n"),
        lambda: gone.swap("a", None, {}),
        lambda: gone.add_once("a", "n", "m", seconds=1),
        lambda: gone.put_newest("a", {"n": 1}, by="n"),
        gone.entries,
    ):
        with pytest.raises(StateUnavailable):
            ask()


# -- accounts --------------------------------------------------------------------------------------

IDS = st.text(st.sampled_from("ab#:/*\u00e9"), max_size=3)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kinds=st.tuples(*[st.sampled_from(["a", "a_b", "b"])] * 2), accounts=st.tuples(IDS, IDS))
def test_partitions_are_apart(
    tables: Mapping[str, str], kinds: tuple[str, str], accounts: tuple[str, str]
) -> None:
    """Entries of two accounts, or of two kinds, are never the same, whatever the ID is."""
    assert tables
    ours, theirs = (
        Directory(kind).of(Account(account)) for kind, account in zip(kinds, accounts, strict=True)
    )
    same = (kinds[0], accounts[0]) == (kinds[1], accounts[1])
    ours.put("k", {"of": "us"})
    theirs.delete("k")
    assert (ours.get("k") is None) is same
    ours.put("k", {"of": "us"})
    assert (theirs.get("k") == {"of": "us"}) is same
    assert bool(theirs.entries()) is same
    assert SharedDirectory(kinds[0]).entries() == {}
    ours.delete("k")


def test_shared_entries(hours: Entries) -> None:
    """A shared entry is read by all accounts, and is no account's own."""
    share("hours", "sales", {"open": True})
    shared = SharedDirectory("hours")
    assert shared.get("sales") == {"open": True}
    assert shared.get_each(["sales", "none"]) == shared.entries() == {"sales": {"open": True}}
    assert hours.get("sales") is None
    assert Directory("hours").of(Account("")).get("sales") is None


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("kind", ["", "a#b", "A", "1a", "a b", "#"])
def test_a_kind_is_a_name(kind: str) -> None:
    """A kind that could name another partition is refused."""
    for directory in (Directory, SharedDirectory):
        with pytest.raises(ValueError, match="must be lower-case letters, digits, and _"):
            directory(kind)


def test_a_count_with_a_mark(hours: Entries) -> None:
    """An event counts once in an account, whatever entry it is counted in."""
    assert hours.add_once("a", "calls", "event-1", seconds=60)
    assert not hours.add_once("a", "calls", "event-1", seconds=60)
    assert not hours.add_once("b", "calls", "event-1", seconds=60)
    assert hours.add_once("a", "calls", "event-2", seconds=60)
    assert Directory("hours").of(SECOND).add_once("a", "calls", "event-1", seconds=60)
    assert (hours.get("a"), hours.get("b")) == ({"calls": 2}, {})


def test_several_entries_are_swapped_together(hours: Entries) -> None:
    """All changes are made, or none if one entry is not as it was read."""
    hours.put("a", ENTRY)
    hours.put("b", ENTRY)
    new = {**ENTRY, "ticket": 18}
    stale = {"a": (ENTRY, new), "b": (new, None), "c": (None, new)}
    assert not hours.swap_each(stale)
    assert hours.get_each(["a", "b", "c"]) == {"a": ENTRY, "b": ENTRY}
    assert hours.swap_each({**stale, "b": (ENTRY, None)})
    assert hours.get_each(["a", "b", "c"]) == {"a": new, "c": new}
