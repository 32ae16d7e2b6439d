"""appointment, dialled: a calendar that works, refuses or fails, and all keys of a caller."""

from typing import Any

import pytest

from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.scenario import Rung
from pivotctl.upstreams import FakeReply
from pivotctl.upstreams.calendar import CalendarFake, appointment
from tests.calls.conftest import Phone, Upstreams

pytestmark = pytest.mark.usefixtures("upstreams")  # a calendar in which nothing was changed yet

ANN, STRANGER = "+14155550123", "+14155550199"
OFFER = "You have an appointment on Tuesday, January 12 at 2 PM with Dr. Brown. To confirm it"
SLOTS = (
    "For Wednesday, January 13 at 9 AM, press 1. For Thursday, January 14 at 3:30 PM, press 2. "
    "For Friday, January 15 at 11 AM, press 3."
)
WRONG = "Sorry, that's not a valid choice. "
SURE = "To cancel it, press 3 once more."
UNCHANGED = "Your appointment stays as it is. Goodbye."
NONE = "We have no appointment for your number. Please hold while Please hold while I connect you."
DOWN = "Sorry, our calendar does not answer right now. Please hold while Please hold while I connect you."
REFUSED = "Sorry, that is not possible any more. Please hold while Please hold while I connect you."
FRONT_DESK = "user b2c0a4e1"


def dialled(dial: Phone, *press: str, **call: Any) -> Dialogue:
    """A caller who has an appointment, and presses these keys."""
    return dial("appointment", press=press, **{"caller": ANN, **call})


def changes(upstreams: Upstreams) -> list[Any]:
    """What the calendar was asked to change."""
    return [asked.body for asked in upstreams.calendar.received if asked.method == "POST"]


def answering(monkeypatch: pytest.MonkeyPatch, path: str, reply: FakeReply) -> None:
    """Let the calendar answer *reply* to requests whose path ends with *path*."""
    real = CalendarFake.answer
    monkeypatch.setattr(
        CalendarFake, "answer", lambda me, asked: reply if asked.last == path else real(me, asked)
    )


@pytest.mark.parametrize("number", [ANN, "14155550123", "4155550123"])
def test_she_confirms(dial: Phone, upstreams: Upstreams, number: str) -> None:
    """A caller is known however her carrier writes her number, and confirms with one key."""
    call = dialled(dial, "1", caller=number).hears(OFFER).presses("1")
    call.hears("Thank you. Your appointment is confirmed. Goodbye.").hung_up("kazoo")
    call.is_carried_through()
    looked_up, changed = upstreams.calendar.received
    assert looked_up.query == {"phone": ANN}
    assert (changed.path, changed.body) == ("/v1/appointments/a1", {"status": "confirmed"})
    assert len(changed.key) == 32

    dialled(dial).hears("You have a confirmed appointment on Tuesday, January 12 at 2 PM")


@pytest.mark.parametrize(
    ("key", "when", "start"),
    [
        ("1", "Wednesday, January 13 at 9 AM", "2027-01-13T09:00:00-08:00"),
        ("3", "Friday, January 15 at 11 AM", "2027-01-15T11:00:00-08:00"),
    ],
)
def test_she_moves_it(dial: Phone, upstreams: Upstreams, key: str, when: str, start: str) -> None:
    """A caller chooses one of the free times."""
    call = dialled(dial, "2", key).hears(OFFER).presses("2").hears(SLOTS).presses(key)
    call.hears(f"Your appointment is now on {when}. Goodbye.").hung_up("kazoo")
    call.is_carried_through()
    assert changes(upstreams) == [{"start": start}]


def test_she_cancels_it(dial: Phone, upstreams: Upstreams) -> None:
    """Cancelling takes the key twice, and afterwards there is no appointment."""
    call = dialled(dial, "3", "3").presses("3").hears(SURE).presses("3")
    call.hears("Your appointment is cancelled. Goodbye.").hung_up("kazoo").is_carried_through()
    assert changes(upstreams) == [{"status": "cancelled"}]

    dialled(dial).hears(NONE).is_bridged_to(FRONT_DESK).is_carried_through()


@pytest.mark.parametrize(
    "press", [(), ("9", "*"), ("2",), ("2", "4", "0"), ("3",), ("3", "1", "1")]
)
def test_nothing_is_changed(dial: Phone, upstreams: Upstreams, press: tuple[str, ...]) -> None:
    """Silence and two wrong keys leave the appointment as it is, at every question."""
    call = dialled(dial, *press).hears(OFFER).hears(UNCHANGED).hung_up("kazoo")
    call.is_carried_through()
    assert not changes(upstreams)


def test_wrong_keys_and_right_ones(dial: Phone) -> None:
    """After a wrong key each question is asked once more."""
    call = dialled(dial, "9", "2", "4", "2").hears(OFFER).hears(WRONG + OFFER)
    call.hears(SLOTS).hears(WRONG + SLOTS).hears("now on Thursday, January 14 at 3:30 PM.")
    call.is_carried_through()


@pytest.mark.parametrize(
    ("press", "end"), [(("2", "3", "3"), "Your appointment is cancelled."), (("2",), UNCHANGED)]
)
def test_there_is_no_other_time(
    dial: Phone, monkeypatch: pytest.MonkeyPatch, press: tuple[str, ...], end: str
) -> None:
    """Without a free time the caller may cancel, or keep what she has."""
    answering(monkeypatch, "slots", FakeReply({"slots": []}))
    dialled(dial, *press).hears("There is no other free time.").hears(end).is_carried_through()


@pytest.mark.parametrize("press", [("1",), ("2", "1"), ("3", "3")])
@pytest.mark.parametrize("status", [404, 409, 422])
def test_the_calendar_refuses(
    dial: Phone, monkeypatch: pytest.MonkeyPatch, press: tuple[str, ...], status: int
) -> None:
    """A change that is not possible any more is a matter for the front desk."""
    answering(monkeypatch, "a1", FakeReply({"error": "taken"}, status))
    dialled(dial, *press).hears(REFUSED).is_bridged_to(FRONT_DESK).is_carried_through()


@pytest.mark.parametrize("number", [STRANGER, "anonymous", "1001", "+1415555012x"])
def test_no_appointment(dial: Phone, upstreams: Upstreams, number: str) -> None:
    """A number without an appointment is connected; what is no number is not even looked up."""
    call = dialled(dial, caller=number).hears(NONE).is_bridged_to(FRONT_DESK)
    call.is_carried_through()
    assert len(upstreams.calendar.received) == (number == STRANGER)


def test_several_appointments(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one counts, by the clock and not by the text; those that are over do not."""
    starts = ("2027-01-12T14:00:00-08:00", "2027-01-12T20:30:00+00:00", "2027-01-11T09:00:00-08:00")
    found = [appointment(f"a{n}", start, ANN) for n, start in enumerate(starts)]
    found[2]["status"] = "cancelled"
    answering(monkeypatch, "appointments", FakeReply({"appointments": found}))
    dialled(dial).hears("on Tuesday, January 12 at 8:30 PM").is_carried_through()


@pytest.mark.parametrize("trouble", ["is_slow", "is_wrong", "fails", "is_dead"])
def test_the_calendar_is_ill(dial: Phone, upstreams: Upstreams, trouble: str) -> None:
    """However the calendar fails, the caller is told so and talks to the front desk."""
    getattr(upstreams.calendar, trouble)()
    call = dialled(dial, "1").hears(DOWN).is_bridged_to(FRONT_DESK).is_carried_through()
    call.does_not_hear("appointment on")


@pytest.mark.parametrize(("press", "path"), [(("1",), "a1"), (("2",), "slots"), (("2", "1"), "a1")])
@pytest.mark.parametrize(
    "reply",
    [
        FakeReply({}),
        FakeReply({"appointment": {"id": "a2"}, "slots": ["soon"]}),
        FakeReply(None, 500),
    ],
)
def test_the_calendar_fails_later(
    dial: Phone,
    monkeypatch: pytest.MonkeyPatch,
    press: tuple[str, ...],
    path: str,
    reply: FakeReply,
) -> None:
    """An answer that says nothing about the change is none."""
    answering(monkeypatch, path, reply)
    call = dialled(dial, *press).hears(OFFER).hears(DOWN).is_bridged_to(FRONT_DESK)
    call.is_carried_through()


ODD: list[dict[str, Any]] = [
    {"start": "2027-01-12T14:00:00"},
    {"start": "soon"},
    {"start": 1},
    {"id": "../a1"},
    {"id": ""},
    {"with": None},
    {"status": 1},
]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_appointment(
    dial: Phone, monkeypatch: pytest.MonkeyPatch, odd: dict[str, Any]
) -> None:
    """An appointment that cannot be spoken or changed is as good as no answer."""
    found = {**appointment("a1", "2027-01-12T14:00:00-08:00", ANN), **odd}
    answering(monkeypatch, "appointments", FakeReply({"appointments": [found]}))
    dialled(dial).hears(DOWN).is_bridged_to(FRONT_DESK).is_carried_through()


def test_a_name_from_outside(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a media server might expand is not spoken."""
    found = {**appointment("a1", "2027-01-12T14:00:00-08:00", ANN), "with": "${x} <Brown>"}
    answering(monkeypatch, "appointments", FakeReply({"appointments": [found]}))
    dialled(dial).hears("with x Brown. To confirm").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER, Rung.UNREGISTERED])
def test_nobody_is_at_the_front_desk(dial: Phone, rung: Rung) -> None:
    """Whom nobody answers is told so."""
    call = dialled(dial, caller=STRANGER, rung=rung).rings(FRONT_DESK, 20)
    call.hears("No one is available right now. Please try again later. Goodbye.").hung_up("kazoo")
    call.is_carried_through()


def test_the_database_is_down(dial: Phone) -> None:
    """Without state the caller talks to the front desk."""
    call = dialled(dial, settings={"CALL_STATE_TABLE": "no-such-table"}).hears(DOWN)
    call.is_bridged_to(FRONT_DESK).is_carried_through()


def test_the_token(dial: Phone, upstreams: Upstreams) -> None:
    """A token goes along with each request."""
    dialled(dial, "1", settings={"CALENDAR_TOKEN": "t0ken"}).hears("confirmed")
    asked = [each.headers["authorization"] for each in upstreams.calendar.received]
    assert asked == ["Bearer t0ken"] * 2
