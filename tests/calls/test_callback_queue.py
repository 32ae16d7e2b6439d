"""callback_queue, dialled: keeping a place, another number, and a second call."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.world import World
from pivotkit.store.directory import Directory
from tests.calls.conftest import Phone

QUEUE = "e9d8c7b6a5f4038271605f4e3d2c1b0a"
ANN, SECOND = "+14155550123", "+14155550112"
OTHER, TYPED = "+14155550177", "4155550177#"
OFFER = "There are two callers ahead of you. To be called back, press 1. To wait, stay on the line."
OWN = "We'll call you back at 1 4 1 5 5 5 5 0 1 2 3. For another number, press 2."
AT_OTHER = "We'll call you back at 1 4 1 5 5 5 5 0 1 7 7."
ASKED = "Please enter the number, followed by the pound key."
AGENT = f"an agent of {QUEUE}"
SEEDED = {"+14155550111", SECOND}
JANUARY = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


def dialled(dial: Phone, *press: str, caller: str = ANN, **call: Any) -> Dialogue:
    """A caller who presses these keys."""
    return dial("callback_queue", press=press, caller=caller, **call)


class Listed:
    """The list as a worker finds it."""

    def __init__(self, dial: Phone, patch: pytest.MonkeyPatch) -> None:
        patch.setenv("DIRECTORY_TABLE", dial.tables["DIRECTORY_TABLE"])

    def __call__(self) -> dict[str, Mapping[str, Any]]:
        """The entries by number, without those of the seed."""
        entries = Directory(f"callback_{QUEUE}").entries()
        return {number: entry for number, entry in entries.items() if number not in SEEDED}


@pytest.fixture
def listed(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> Listed:
    """What the calls leave on the list."""
    return Listed(dial, monkeypatch)


def test_she_keeps_her_place(dial: Phone, listed: Listed) -> None:
    """One key is enough: the entry has all that a worker needs to call her."""
    before = datetime.now(UTC)
    call = dialled(dial, "1", account_id="a" * 32).hears(OFFER).presses("1")
    call.hears(OWN).is_silent().hears("Goodbye.").hung_up("kazoo").is_carried_through()
    entry = dict(listed()[ANN])
    asked_at = datetime.fromisoformat(entry.pop("asked_at"))
    assert before.replace(microsecond=0) <= asked_at <= datetime.now(UTC)
    assert entry == {
        "number": ANN,
        "caller": ANN,
        "ticket": 18,
        "account_id": "a" * 32,
        "queue": QUEUE,
        "attempts": 0,
    }


def test_she_hangs_up_at_once(dial: Phone, listed: Listed) -> None:
    """Her place is kept by the answer to the first key: she need not wait for the question."""
    call = dialled(dial, "1", most_requests=2).hears(OWN)
    assert len(call.requests) == 2
    assert set(listed()) == {ANN}


@pytest.mark.parametrize("number", ["4155550123", "14155550123"])
def test_a_number_is_kept_as_it_is_dialled(dial: Phone, listed: Listed, number: str) -> None:
    """However a carrier writes a number, the entry has the one to call."""
    dialled(dial, "1", caller=number).hears(OWN)
    assert set(listed()) == {ANN}
    dialled(dial, caller=ANN).hears("Welcome back.")


@pytest.mark.parametrize("press", [(), ("2",), ("*",)])
def test_she_waits(dial: Phone, listed: Listed, press: tuple[str, ...]) -> None:
    """Silence and other keys are for the queue, and nothing is kept."""
    call = dialled(dial, *press).hears(OFFER).runs("acdc_member").is_bridged_to(AGENT)
    call.is_carried_through()
    assert not listed()


def test_nobody_comes(dial: Phone) -> None:
    """A queue that is full or takes too long ends the call with a text."""
    world = World.of({"queues": {QUEUE: {"wait": 600, "outcome": "timeout"}}})
    call = dialled(dial, world=world).hears(
        "No one is available right now. Please try again later. Goodbye."
    )
    call.hung_up("kazoo").is_carried_through()


def test_another_number(dial: Phone, listed: Listed) -> None:
    """Another number takes the place of hers, with the same ticket; it is hers when she calls."""
    call = dialled(dial, "1", "2", TYPED).hears(OWN).presses("2").hears(ASKED).presses(TYPED)
    call.hears(AT_OTHER).hears("Goodbye.").hung_up("kazoo").is_carried_through()
    assert [(n, e["ticket"], e["caller"]) for n, e in listed().items()] == [(OTHER, 18, ANN)]

    for number in (ANN, OTHER):
        again = dialled(dial, caller=number).hears(
            f"There are two callers ahead of you. {AT_OTHER}"
        )
        again.is_carried_through()


def test_her_own_number_once_more(dial: Phone, listed: Listed) -> None:
    """Who enters the number she calls from stays where she is."""
    dialled(dial, "1", "2", "4155550123#").hears("We'll call you back at 1 4 1 5 5 5 5 0 1 2 3.")
    assert [(number, entry["ticket"]) for number, entry in listed().items()] == [(ANN, 18)]


def test_a_number_that_is_listed(dial: Phone, listed: Listed) -> None:
    """A number that somebody has given before is called at that one's turn, and only once."""
    call = dialled(dial, "1", "2", "4155550112#").hears(
        "We'll call you back at 1 4 1 5 5 5 5 0 1 1 2."
    )
    call.is_carried_through()
    assert not listed()
    dialled(dial, caller=SECOND).hears("There is one caller ahead of you.")


REFUSED = {
    "9005550177#": "premium rate",
    "8005550177#": "toll-free",
    "011870773111632#": "not in an allowed country",
    "911#": "emergency number",
    "*72#": "not a number",
}


@pytest.mark.parametrize(("number", "reason"), REFUSED.items())
def test_a_refused_number(dial: Phone, listed: Listed, number: str, reason: str) -> None:
    """A number that may not be dialled is refused with the reason; hers stays on the list."""
    sorry = f"Sorry, that number can't be called: {reason}."
    call = dialled(dial, "1", "2", number, number).hears(f"{sorry} {ASKED}")
    call.hears(f"{sorry} We'll call you back at 1 4 1 5 5 5 5 0 1 2 3.").is_carried_through()
    assert set(listed()) == {ANN}

    mended = dialled(dial, "1", number, TYPED, caller="anonymous").hears(sorry).hears(AT_OTHER)
    mended.is_carried_through()


def test_no_other_number(dial: Phone, listed: Listed) -> None:
    """Who wants another number and enters none is called at hers."""
    call = dialled(dial, "1", "2").hears(ASKED).is_silent()
    call.hears("We'll call you back at 1 4 1 5 5 5 5 0 1 2 3.").hung_up("kazoo")
    call.is_carried_through()
    assert set(listed()) == {ANN}


@pytest.mark.parametrize("caller", ["anonymous", "1001", "+442079460000", "+18005550123"])
def test_a_number_that_cannot_be_called(dial: Phone, listed: Listed, caller: str) -> None:
    """Whose own number is hidden or may not be dialled is asked for one."""
    call = dialled(dial, "1", TYPED, caller=caller).hears(OFFER).hears(ASKED).hears(AT_OTHER)
    call.hung_up("kazoo").is_carried_through()
    assert [(number, entry["caller"]) for number, entry in listed().items()] == [(OTHER, caller)]

    second = dialled(dial, caller=caller)
    second.hears("There are 3" if caller == "anonymous" else f"before you. {AT_OTHER}")


@pytest.mark.parametrize(
    ("press", "told"),
    [((), "Please hold."), (("911#", "911#"), "called: emergency number. Please hold.")],
)
def test_no_number_at_all(dial: Phone, listed: Listed, press: tuple[str, ...], told: str) -> None:
    """Without a number that may be called there is only the queue."""
    call = dialled(dial, "1", *press, caller="anonymous").hears(ASKED).hears(told)
    call.is_bridged_to(AGENT).is_carried_through()
    assert not listed()


def test_other_destinations(dial: Phone, listed: Listed) -> None:
    """The settings say which numbers may be called back."""
    london = {"HOME_COUNTRY": "GB", "ALLOWED_DESTINATIONS": "GB"}
    dialled(dial, "1", caller="+442079460000", settings=london).hears("4 4 2 0 7 9 4 6 0 0 0 0")
    assert set(listed()) == {"+442079460000"}


def test_a_second_call(dial: Phone) -> None:
    """Who calls again hears her place, keeps it, and is not asked anew."""
    call = dialled(dial, caller=SECOND)
    call.hears("Welcome back. There is one caller ahead of you. We'll call you back at 1 4 1 5")
    call.is_silent().hears("Goodbye.").hung_up("kazoo").is_carried_through()
    call.does_not_hear("To be called back")
    dialled(dial, "1", caller=SECOND).hears("There is one caller ahead of you.").hears("Goodbye.")


def test_cancelling(dial: Phone) -> None:
    """Who gives up her place is off the list, and those behind her move up."""
    first = dialled(dial, "9", caller="+14155550111").hears("Welcome back. You're next in line.")
    first.presses("9").hears("You are off the list.")
    first.hears("Goodbye.").hung_up("kazoo").is_carried_through()

    dialled(dial, caller=SECOND).hears("Welcome back. You're next in line.")
    dialled(dial, caller=ANN).hears("There is one caller ahead of you. To be called back, press 1.")


def test_tickets_rise(dial: Phone, listed: Listed) -> None:
    """Everybody gets a ticket of her own, behind those before her."""
    for number in ("+14155550131", "+14155550130", "+14155550132"):
        dialled(dial, "1", caller=number).hears("We call you back")
    tickets = {number: entry["ticket"] for number, entry in listed().items()}
    assert tickets == {"+14155550131": 18, "+14155550130": 19, "+14155550132": 20}
    dialled(dial, caller="+14155550130").hears("There are three callers ahead of you.")


def test_a_new_queue(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Queues have lists and tickets of their own, from one."""
    queue = "0f" * 16
    world = World.of({"queues": {queue: {}}})
    call = dialled(dial, "1", settings={"QUEUE": queue}, world=world)
    call.hears("You're next in line. To be called back, press 1.").hears(OWN).is_carried_through()
    monkeypatch.setenv("DIRECTORY_TABLE", dial.tables["DIRECTORY_TABLE"])
    (entry,) = Directory(f"callback_{queue}").entries().values()
    assert entry["ticket"] == 1


def test_a_full_list(dial: Phone) -> None:
    """With as many entries as are allowed nobody is offered another."""
    full = {"MOST_CALLBACKS": 2}
    call = dialled(dial, "1", settings=full).is_bridged_to(AGENT).is_carried_through()
    call.does_not_hear("To be called back")
    dialled(dial, caller=SECOND, settings=full).hears("Welcome back.")


def test_entries_expire(dial: Phone) -> None:
    """An entry that nobody has handled is not kept for ever."""
    one = {"KEEP_HOURS": 1}
    dialled(dial, "1", at=JANUARY, settings=one).hears(OWN)
    for minutes, heard in ((59, "Welcome back."), (62, OFFER)):
        dialled(dial, at=JANUARY + timedelta(minutes=minutes), settings=one).hears(heard)


@pytest.mark.parametrize("table", ["CALL_STATE_TABLE", "DIRECTORY_TABLE"])
def test_the_database_is_down(dial: Phone, table: str) -> None:
    """Without the list callers wait as they always did."""
    call = dialled(dial, "1", settings={table: "no-such-table"}).is_bridged_to(AGENT)
    call.does_not_hear("To be called back").is_carried_through()
