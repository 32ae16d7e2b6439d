"""callback_queue, dialed: a place in the queue, a different number, and a second call."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.world import World
from pivotkit.store.directory import Directory
from tests.accounts import FIRST
from tests.calls.conftest import Phone

QUEUE = "e9d8c7b6a5f4038271605f4e3d2c1b0a"
ANN, SECOND = "+14155550123", "+14155550112"
OTHER, TYPED = "+14155550177", "4155550177#"
CHOICES = "To keep your place and be called back, press 1. To wait, stay on the line."
OFFER = f"There are two callers ahead of you. {CHOICES}"
AT_OWN = "We'll call you back at 1 4 1 5 5 5 5 0 1 2 3."
OWN = f"{AT_OWN} To use a different number, press 2."
AT_OTHER = "We'll call you back at 1 4 1 5 5 5 5 0 1 7 7."
ENTER = "Please enter the number to call back, followed by the pound key."
AGENT = f"an agent of {QUEUE}"
SEEDED = {"+14155550111", SECOND}
JANUARY = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


def place_call(dial: Phone, *press: str, caller: str = ANN, **call: Any) -> Dialogue:
    """A call of *caller*, who presses these keys."""
    return dial("callback_queue", press=press, caller=caller, **call)


class Listed:
    """The callback list as a worker reads it."""

    def __init__(self, dial: Phone, patch: pytest.MonkeyPatch) -> None:
        patch.setenv("DIRECTORY_TABLE", dial.tables["DIRECTORY_TABLE"])

    def __call__(self) -> dict[str, Mapping[str, Any]]:
        """The entries by number, without those of seed.json."""
        entries = Directory("callback").of(FIRST).entries(prefix=f"{QUEUE}#")
        found = {key.partition("#")[2]: entry for key, entry in entries.items()}
        return {number: entry for number, entry in found.items() if number not in SEEDED}


@pytest.fixture
def listed(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> Listed:
    """The entries that the calls of a test have added."""
    return Listed(dial, monkeypatch)


def test_a_caller_keeps_their_place(dial: Phone, listed: Listed) -> None:
    """One key is enough: the entry has all that a worker needs to call back."""
    before = datetime.now(UTC)
    call = place_call(dial, "1").hears(OFFER).presses("1")
    call.hears(OWN).is_silent().hears("Goodbye.").hung_up("kazoo").is_carried_through()
    entry = dict(listed()[ANN])
    asked_at = datetime.fromisoformat(entry.pop("asked_at"))
    assert before.replace(microsecond=0) <= asked_at <= datetime.now(UTC)
    assert entry == {
        "number": ANN,
        "caller": ANN,
        "ticket": 18,
        "queue": QUEUE,
        "attempts": 0,
    }


def test_a_caller_hangs_up_at_once(dial: Phone, listed: Listed) -> None:
    """The answer to the first key keeps the place: callers need not wait for the question."""
    call = place_call(dial, "1", most_requests=2).hears(OWN)
    assert len(call.requests) == 2
    assert set(listed()) == {ANN}


@pytest.mark.parametrize("number", ["4155550123", "14155550123"])
def test_a_number_is_kept_as_it_is_dialed(dial: Phone, listed: Listed, number: str) -> None:
    """However a carrier writes a number, the entry has it in the form to dial."""
    place_call(dial, "1", caller=number).hears(OWN)
    assert set(listed()) == {ANN}
    place_call(dial, caller=ANN).hears("Welcome back.")


@pytest.mark.parametrize("press", [(), ("2",), ("*",)])
def test_callers_who_do_not_press_1(dial: Phone, listed: Listed, press: tuple[str, ...]) -> None:
    """Callers who press nothing, or another key, wait in the queue, and nothing is kept."""
    call = place_call(dial, *press).hears(OFFER).runs("acdc_member").is_bridged_to(AGENT)
    call.is_carried_through()
    assert not listed()


def test_no_one_is_available(dial: Phone) -> None:
    """When the queue is full or takes too long, the caller is told so."""
    world = World.of({"queues": {QUEUE: {"wait": 600, "outcome": "timeout"}}})
    call = place_call(dial, world=world).hears(
        "No one is available right now. Please try again later. Goodbye."
    )
    call.hung_up("kazoo").is_carried_through()


def test_a_different_number(dial: Phone, listed: Listed) -> None:
    """A different number keeps the ticket, and its owner is known by either number."""
    call = place_call(dial, "1", "2", TYPED).hears(OWN).presses("2").hears(ENTER).presses(TYPED)
    call.hears(AT_OTHER).hears("Goodbye.").hung_up("kazoo").is_carried_through()
    assert [(n, e["ticket"], e["caller"]) for n, e in listed().items()] == [(OTHER, 18, ANN)]

    for number in (ANN, OTHER):
        again = place_call(dial, caller=number).hears(
            f"There are two callers ahead of you. {AT_OTHER}"
        )
        again.is_carried_through()


def test_the_same_number_again(dial: Phone, listed: Listed) -> None:
    """Callers who enter the number they call from keep their entry."""
    place_call(dial, "1", "2", "4155550123#").hears(AT_OWN)
    assert [(number, entry["ticket"]) for number, entry in listed().items()] == [(ANN, 18)]


def test_a_number_that_is_already_listed(dial: Phone, listed: Listed) -> None:
    """A number that an earlier caller has given is called once, at that caller's turn."""
    call = place_call(dial, "1", "2", "4155550112#").hears(
        "We'll call you back at 1 4 1 5 5 5 5 0 1 1 2."
    )
    call.is_carried_through()
    assert not listed()
    place_call(dial, caller=SECOND).hears("There is one caller ahead of you.")


REFUSED = {
    "9005550177#": "premium rate",
    "8005550177#": "toll-free",
    "011870773111632#": "not in an allowed country",
    "911#": "emergency number",
    "*72#": "not a number",
}


@pytest.mark.parametrize(("number", "reason"), REFUSED.items())
def test_a_refused_number(dial: Phone, listed: Listed, number: str, reason: str) -> None:
    """A refused number is explained, and the caller's own number stays on the list."""
    sorry = f"Sorry, that number can't be called: {reason}."
    call = place_call(dial, "1", "2", number, number).hears(f"{sorry} {ENTER}")
    call.hears(f"{sorry} {AT_OWN}").is_carried_through()
    assert set(listed()) == {ANN}

    retried = place_call(dial, "1", number, TYPED, caller="anonymous").hears(sorry).hears(AT_OTHER)
    retried.is_carried_through()


def test_no_different_number(dial: Phone, listed: Listed) -> None:
    """Callers who ask for a different number and enter none are called at their own."""
    call = place_call(dial, "1", "2").hears(ENTER).is_silent()
    call.hears(AT_OWN).hung_up("kazoo")
    call.is_carried_through()
    assert set(listed()) == {ANN}


@pytest.mark.parametrize("caller", ["anonymous", "1001", "+442079460000", "+18005550123"])
def test_a_number_that_cannot_be_called(dial: Phone, listed: Listed, caller: str) -> None:
    """Callers whose own number is withheld or may not be dialed are asked for one."""
    call = place_call(dial, "1", TYPED, caller=caller).hears(OFFER).hears(ENTER).hears(AT_OTHER)
    call.hung_up("kazoo").is_carried_through()
    assert [(number, entry["caller"]) for number, entry in listed().items()] == [(OTHER, caller)]

    second = place_call(dial, caller=caller)
    second.hears("are three callers" if caller == "anonymous" else f"ahead of you. {AT_OTHER}")


@pytest.mark.parametrize(
    ("press", "prompt"),
    [((), "Please hold."), (("911#", "911#"), "called: emergency number. Please hold.")],
)
def test_no_number_at_all(dial: Phone, listed: Listed, press: tuple[str, ...], prompt: str) -> None:
    """Without a number that may be called, callers wait in the queue."""
    call = place_call(dial, "1", *press, caller="anonymous").hears(ENTER).hears(prompt)
    call.is_bridged_to(AGENT).is_carried_through()
    assert not listed()


def test_other_destinations(dial: Phone, listed: Listed) -> None:
    """The settings decide which numbers may be called back."""
    london = {"HOME_COUNTRY": "GB", "ALLOWED_DESTINATIONS": "GB"}
    place_call(dial, "1", caller="+442079460000", settings=london).hears("4 4 2 0 7 9 4 6 0 0 0 0")
    assert set(listed()) == {"+442079460000"}


def test_a_second_call(dial: Phone) -> None:
    """Callers who call again hear their place, keep it, and are not offered another."""
    call = place_call(dial, caller=SECOND)
    call.hears("Welcome back. There is one caller ahead of you. We'll call you back at 1 4 1 5")
    call.is_silent().hears("Goodbye.").hung_up("kazoo").is_carried_through()
    call.does_not_hear(CHOICES)
    place_call(dial, "1", caller=SECOND).hears("There is one caller ahead of you.").hears(
        "Goodbye."
    )


def test_cancelling(dial: Phone) -> None:
    """Callers who cancel are off the list, and the callers behind them move up."""
    first = place_call(dial, "9", caller="+14155550111").hears("Welcome back. You're next in line.")
    first.presses("9").hears("Your callback has been canceled.")
    first.hears("Goodbye.").hung_up("kazoo").is_carried_through()

    place_call(dial, caller=SECOND).hears("Welcome back. You're next in line.")
    place_call(dial, caller=ANN).hears(f"There is one caller ahead of you. {CHOICES}")


def test_tickets_rise(dial: Phone, listed: Listed) -> None:
    """Each caller gets a ticket of their own, after all earlier ones."""
    for number in ("+14155550131", "+14155550130", "+14155550132"):
        place_call(dial, "1", caller=number).hears("We'll call you back")
    tickets = {number: entry["ticket"] for number, entry in listed().items()}
    assert tickets == {"+14155550131": 18, "+14155550130": 19, "+14155550132": 20}
    place_call(dial, caller="+14155550130").hears("There are three callers ahead of you.")


def test_a_new_queue(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Queues have lists and tickets of their own, from one."""
    queue = "0f" * 16
    world = World.of({"queues": {queue: {}}})
    call = place_call(dial, "1", settings={"QUEUE": queue}, world=world)
    call.hears(f"You're next in line. {CHOICES}").hears(OWN).is_carried_through()
    monkeypatch.setenv("DIRECTORY_TABLE", dial.tables["DIRECTORY_TABLE"])
    (entry,) = Directory("callback").of(FIRST).entries(prefix=f"{queue}#").values()
    assert entry["ticket"] == 1


def test_a_full_list(dial: Phone) -> None:
    """When the list is full, callers wait in the queue, and known callers keep their place."""
    full = {"MOST_CALLBACKS": 2}
    call = place_call(dial, "1", settings=full).is_bridged_to(AGENT).is_carried_through()
    call.does_not_hear(CHOICES)
    place_call(dial, caller=SECOND, settings=full).hears("Welcome back.")


def test_entries_expire(dial: Phone) -> None:
    """An unhandled entry expires after KEEP_HOURS."""
    one = {"KEEP_HOURS": 1}
    place_call(dial, "1", at=JANUARY, settings=one).hears(OWN)
    for minutes, heard in ((59, "Welcome back."), (62, OFFER)):
        place_call(dial, at=JANUARY + timedelta(minutes=minutes), settings=one).hears(heard)


@pytest.mark.parametrize("table", ["CALL_STATE_TABLE", "DIRECTORY_TABLE"])
def test_the_database_is_down(dial: Phone, table: str) -> None:
    """When a table cannot be reached, callers wait in the queue."""
    call = place_call(dial, "1", settings={table: "no-such-table"}).is_bridged_to(AGENT)
    call.does_not_hear(CHOICES).is_caught()
