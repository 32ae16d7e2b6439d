"""appointment, dialed: a calendar that works, refuses or fails, and every key of a caller."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.scenario import Rung
from pivotctl.upstreams import FakeReply
from pivotctl.upstreams.calendar import CalendarFake, appointment
from tests.accounts import FIRST, SECOND
from tests.calls.conftest import Phone, Upstreams

pytestmark = pytest.mark.usefixtures("upstreams")  # a calendar without changes

ANN, STRANGER = "+14155550123", "+14155550199"
OFFER = (
    "You have an appointment on Tuesday, January 12 at 2 PM with Dr. Brown. To confirm, press 1."
)
SLOTS = (
    "For Wednesday, January 13 at 9 AM, press 1. For Thursday, January 14 at 3:30 PM, press 2. "
    "For Friday, January 15 at 11 AM, press 3."
)
WRONG_KEY = "Sorry, that's not a valid choice. "
ARE_YOU_SURE = "Are you sure? To cancel your appointment, press 3."
UNCHANGED = "Your appointment is unchanged. Goodbye."
CANCELED = "Thank you. Your appointment has been canceled. Goodbye."
HOLD = "Please hold while I connect you."
NO_APPOINTMENT = f"I couldn't find an appointment for your phone number. {HOLD}"
DOWN = f"Sorry, I can't reach our calendar right now. {HOLD}"
REFUSED = f"Sorry, that's no longer possible. {HOLD}"
FRONT_DESK = "user b2c0a4e1"


def place_call(dial: Phone, *press: str, **call: Any) -> Dialogue:
    """A call of somebody with an appointment, who presses these keys."""
    return dial("appointment", press=press, **{"caller": ANN, **call})


def changes(upstreams: Upstreams) -> list[Any]:
    """The changes that the calendar was asked to make."""
    return [asked.body for asked in upstreams.calendar.received if asked.method == "POST"]


def answering(monkeypatch: pytest.MonkeyPatch, path: str, reply: FakeReply) -> None:
    """Make the calendar answer *reply* to requests whose path ends with *path*."""
    real = CalendarFake.answer
    monkeypatch.setattr(
        CalendarFake, "answer", lambda me, asked: reply if asked.last == path else real(me, asked)
    )


@pytest.mark.parametrize("number", [ANN, "14155550123", "4155550123"])
def test_confirming(dial: Phone, upstreams: Upstreams, number: str) -> None:
    """Callers are known however their carrier writes the number, and confirm with one key."""
    call = place_call(dial, "1", caller=number).hears(OFFER).presses("1")
    call.hears("Thank you. Your appointment is confirmed. Goodbye.").hung_up("kazoo")
    call.is_carried_through()
    looked_up, changed = upstreams.calendar.received
    assert looked_up.query == {"phone": ANN}
    assert (changed.path, changed.body) == ("/v1/appointments/a1", {"status": "confirmed"})
    assert len(changed.key) == 32

    place_call(dial).hears("You have a confirmed appointment on Tuesday, January 12 at 2 PM")


@pytest.mark.parametrize(
    ("key", "when", "start"),
    [
        ("1", "Wednesday, January 13 at 9 AM", "2027-01-13T09:00:00-08:00"),
        ("3", "Friday, January 15 at 11 AM", "2027-01-15T11:00:00-08:00"),
    ],
)
def test_rescheduling(dial: Phone, upstreams: Upstreams, key: str, when: str, start: str) -> None:
    """Callers choose one of the free times."""
    call = place_call(dial, "2", key).hears(OFFER).presses("2").hears(SLOTS).presses(key)
    call.hears(f"Thank you. Your appointment has been moved to {when}. Goodbye.").hung_up("kazoo")
    call.is_carried_through()
    assert changes(upstreams) == [{"start": start}]


def test_canceling(dial: Phone, upstreams: Upstreams) -> None:
    """Canceling takes the key twice, and leaves no appointment."""
    call = place_call(dial, "3", "3").presses("3").hears(ARE_YOU_SURE).presses("3")
    call.hears(CANCELED).hung_up("kazoo").is_carried_through()
    assert changes(upstreams) == [{"status": "cancelled"}]

    place_call(dial).hears(NO_APPOINTMENT).is_bridged_to(FRONT_DESK).is_carried_through()


@pytest.mark.parametrize(
    "press", [(), ("9", "*"), ("2",), ("2", "4", "0"), ("3",), ("3", "1", "1")]
)
def test_nothing_is_changed(dial: Phone, upstreams: Upstreams, press: tuple[str, ...]) -> None:
    """Silence, or two wrong keys, leave the appointment unchanged at every question."""
    call = place_call(dial, *press).hears(OFFER).hears(UNCHANGED).hung_up("kazoo")
    call.is_carried_through()
    assert not changes(upstreams)


def test_wrong_keys_and_right_ones(dial: Phone) -> None:
    """Each question is asked once more after a wrong key."""
    call = place_call(dial, "9", "2", "4", "2").hears(OFFER).hears(WRONG_KEY + OFFER)
    call.hears(SLOTS).hears(WRONG_KEY + SLOTS).hears("moved to Thursday, January 14 at 3:30 PM.")
    call.is_carried_through()


@pytest.mark.parametrize(("press", "end"), [(("2", "3", "3"), CANCELED), (("2",), UNCHANGED)])
def test_no_other_times(
    dial: Phone, monkeypatch: pytest.MonkeyPatch, press: tuple[str, ...], end: str
) -> None:
    """Without a free time, callers cancel or keep their appointment."""
    answering(monkeypatch, "slots", FakeReply({"slots": []}))
    place_call(dial, *press).hears("There are no other times available.").hears(
        end
    ).is_carried_through()


@pytest.mark.parametrize("press", [("1",), ("2", "1"), ("3", "3")])
@pytest.mark.parametrize("status", [404, 409, 422])
def test_the_calendar_refuses(
    dial: Phone, monkeypatch: pytest.MonkeyPatch, press: tuple[str, ...], status: int
) -> None:
    """Callers whose change is no longer possible are connected to the front desk."""
    answering(monkeypatch, "a1", FakeReply({"error": "taken"}, status))
    place_call(dial, *press).hears(REFUSED).is_bridged_to(FRONT_DESK).is_carried_through()


@pytest.mark.parametrize("number", [STRANGER, "anonymous", "1001", "+1415555012x"])
def test_no_appointment(dial: Phone, upstreams: Upstreams, number: str) -> None:
    """Callers without an appointment are connected; text that is no number is not looked up."""
    call = place_call(dial, caller=number).hears(NO_APPOINTMENT).is_bridged_to(FRONT_DESK)
    call.is_carried_through()
    assert len(upstreams.calendar.received) == (number == STRANGER)


def test_several_appointments(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """The earliest appointment counts, whatever its offset; canceled ones do not."""
    starts = ("2027-01-12T14:00:00-08:00", "2027-01-12T20:30:00+00:00", "2027-01-11T09:00:00-08:00")
    found = [appointment(f"a{n}", start, ANN) for n, start in enumerate(starts)]
    found[2]["status"] = "cancelled"
    answering(monkeypatch, "appointments", FakeReply({"appointments": found}))
    place_call(dial).hears("on Tuesday, January 12 at 8:30 PM").is_carried_through()


@pytest.mark.parametrize("trouble", ["is_slow", "is_wrong", "fails", "is_dead"])
def test_the_calendar_is_down(dial: Phone, upstreams: Upstreams, trouble: str) -> None:
    """However the calendar fails, callers are told so and connected to the front desk."""
    getattr(upstreams.calendar, trouble)()
    call = place_call(dial, "1").hears(DOWN).is_bridged_to(FRONT_DESK).is_carried_through()
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
    """An answer that does not settle the question counts as a failure."""
    answering(monkeypatch, path, reply)
    call = place_call(dial, *press).hears(OFFER).hears(DOWN).is_bridged_to(FRONT_DESK)
    call.is_carried_through()


UNUSABLE: list[dict[str, Any]] = [
    {"start": "2027-01-12T14:00:00"},
    {"start": "soon"},
    {"start": 1},
    {"id": "../a1"},
    {"id": ""},
    {"with": None},
    {"status": 1},
]


@pytest.mark.parametrize("odd", UNUSABLE)
def test_an_unusable_appointment(
    dial: Phone, monkeypatch: pytest.MonkeyPatch, odd: dict[str, Any]
) -> None:
    """An appointment that cannot be spoken or changed counts as a failure."""
    found = {**appointment("a1", "2027-01-12T14:00:00-08:00", ANN), **odd}
    answering(monkeypatch, "appointments", FakeReply({"appointments": [found]}))
    place_call(dial).hears(DOWN).is_bridged_to(FRONT_DESK).is_carried_through()


def test_a_name_from_outside(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are cleaned of all that a media server might expand."""
    found = {**appointment("a1", "2027-01-12T14:00:00-08:00", ANN), "with": "${x} <Brown>"}
    answering(monkeypatch, "appointments", FakeReply({"appointments": [found]}))
    place_call(dial).hears("with x Brown. To confirm, press 1.").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER, Rung.UNREGISTERED])
def test_no_one_at_the_front_desk(dial: Phone, rung: Rung) -> None:
    """Callers whom no one answers are told so."""
    call = place_call(dial, caller=STRANGER, rung=rung).rings(FRONT_DESK, 20)
    call.hears("No one is available right now. Please try again later. Goodbye.").hung_up("kazoo")
    call.is_carried_through()


def test_the_database_is_down(dial: Phone) -> None:
    """When the state cannot be reached, callers are connected to the front desk."""
    call = place_call(dial, settings={"CALL_STATE_TABLE": "no-such-table"}).hears(DOWN)
    call.is_bridged_to(FRONT_DESK).is_caught()


def test_the_token(dial: Phone, upstreams: Upstreams, tmp_path: Path) -> None:
    """Each request carries the token, and that of the account comes first."""
    secrets = tmp_path / "secrets.json"
    kept = {
        "/local/appointment/calendar_token": "t0ken",
        f"/local/appointment/{FIRST.account_id}/calendar_token": "their-own",
    }
    secrets.write_text(json.dumps(kept), encoding="utf-8")
    for account in (FIRST, SECOND):
        settings = {"PIVOTCTL_SECRETS": secrets}
        call = place_call(dial, "1", settings=settings, account_id=account.account_id)
        call.hears("confirmed")
    asked = [each.headers["authorization"] for each in upstreams.calendar.received]
    assert asked == ["Bearer their-own"] * 2 + ["Bearer t0ken"] * 2


# -- calendars that people keep --------------------------------------------------------------------

MONDAY = datetime(2027, 1, 11, 20, 0, tzinfo=UTC)
"""Noon in Los Angeles, the day before the fakes' appointment."""

CALENDARS: dict[str, dict[str, str]] = {
    "google": {"CALENDAR_URL": "google", "CALENDAR_LOGIN_URL": "google/oauth2"},
    "microsoft365": {
        "CALENDAR_URL": "microsoft/v1.0",
        "CALENDAR_LOGIN_URL": "microsoft/tenant/oauth2/v2.0",
        "CALENDAR_NAME": "office@example.com",
    },
    "caldav": {"CALENDAR_URL": "caldav/calendars/office"},
}
FAKES = {"google": "google", "microsoft365": "microsoft", "caldav": "caldav"}
FREE = (
    "For Monday, January 11 at 2 PM, press 1. For Monday, January 11 at 2:30 PM, press 2. "
    "For Monday, January 11 at 3 PM, press 3."
)
OURS = "on Tuesday, January 12 at 2 PM with our office."


@pytest.fixture(params=CALENDARS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each of the calendars."""
    return str(request.param)


def place_kept(dial: Phone, upstreams: Upstreams, kind: str, *press: str, **call: Any) -> Dialogue:
    """A call that finds its appointments in a calendar of this kind."""
    given = {
        name: f"{upstreams.url}/{value}" if name.endswith("URL") else value
        for name, value in CALENDARS[kind].items()
    }
    credentials = {"CALENDAR_TOKEN": "t", "CALENDAR_CLIENT_ID": "c", "CALENDAR_CLIENT_SECRET": "s"}
    settings = {"CALENDAR": kind, **credentials, **given, **call.pop("settings", {})}
    return place_call(dial, *press, settings=settings, at=call.pop("at", MONDAY), **call)


def kept(upstreams: Upstreams, kind: str) -> Any:
    """The events in the fake of this kind."""
    return upstreams[FAKES[kind]].fake.agenda.events  # type: ignore[attr-defined]


def test_a_kept_calendar(dial: Phone, upstreams: Upstreams, kind: str) -> None:
    """An event with the caller's number is confirmed, moved to a free time, and canceled."""
    call = place_kept(dial, upstreams, kind, "1").hears(f"You have an appointment {OURS}")
    call.hears("Your appointment is confirmed. Goodbye.").is_carried_through()
    assert kept(upstreams, kind)["a1"].confirmed

    call = place_kept(dial, upstreams, kind, "2", "3").hears(f"a confirmed appointment {OURS}")
    call.hears(FREE).hears("moved to Monday, January 11 at 3 PM.").is_carried_through()
    moved = kept(upstreams, kind)["a1"]
    assert (moved.start, moved.end) == (MONDAY.replace(hour=23), MONDAY.replace(hour=23, minute=30))
    assert (moved.title, moved.text) == ("Check-up", f"Phone: {ANN}")

    place_kept(dial, upstreams, kind, "3", "3").hears(CANCELED).is_carried_through()
    assert "a1" not in kept(upstreams, kind)


def test_a_new_appointment(dial: Phone, upstreams: Upstreams, kind: str) -> None:
    """A caller without an appointment makes one, and finds it in the next call."""
    number = {"caller": STRANGER}
    call = place_kept(dial, upstreams, kind, "1", "2", **number).hears("To make one, press 1.")
    call.hears(FREE).hears("Your appointment is on Monday, January 11 at 2:30 PM. Goodbye.")
    call.is_carried_through()
    call = place_kept(dial, upstreams, kind, "2", **number).hears("Monday, January 11 at 2:30 PM")
    call.hears("For Monday, January 11 at 2 PM, press 1. For Monday, January 11 at 3 PM, press 2.")


@pytest.mark.parametrize(("press", "text"), [(("2",), HOLD), ((), HOLD)])
def test_no_new_appointment(
    dial: Phone, upstreams: Upstreams, press: tuple[str, ...], text: str
) -> None:
    """Callers who want none are connected."""
    call = place_kept(dial, upstreams, "google", *press, caller=STRANGER).hears("To make one")
    call.hears(text).is_bridged_to(FRONT_DESK).is_carried_through()


def test_a_withheld_number(dial: Phone, upstreams: Upstreams) -> None:
    """Callers without a number are connected: their appointment could not be found again."""
    call = place_kept(dial, upstreams, "google", caller="anonymous").hears(NO_APPOINTMENT)
    call.is_bridged_to(FRONT_DESK).is_carried_through()
    assert not upstreams.google.received


@pytest.mark.parametrize("caller", [ANN, STRANGER])
def test_a_time_that_was_taken(
    dial: Phone, upstreams: Upstreams, monkeypatch: pytest.MonkeyPatch, caller: str
) -> None:
    """A time that someone else takes while the caller decides is not given twice."""
    monkeypatch.setattr("functions.pivot.appointment.agenda.Agenda._is_taken", lambda *_: True)
    press = ("2", "1") if caller == ANN else ("1", "1")
    call = place_kept(dial, upstreams, "google", *press, caller=caller).hears(FREE)
    call.hears(REFUSED).is_bridged_to(FRONT_DESK).is_carried_through()


@pytest.mark.parametrize("trouble", ["is_slow", "is_wrong", "fails", "is_dead"])
def test_a_kept_calendar_is_down(
    dial: Phone, upstreams: Upstreams, kind: str, trouble: str
) -> None:
    """However the service fails, callers are told so and connected to the front desk."""
    getattr(upstreams[FAKES[kind]], trouble)()
    call = place_kept(dial, upstreams, kind, "1").hears(DOWN).is_bridged_to(FRONT_DESK)
    call.is_carried_through()


def test_wrong_credentials(dial: Phone, upstreams: Upstreams, kind: str) -> None:
    """Without credentials callers are connected, as when the calendar is down."""
    none = {"CALENDAR_TOKEN": "", "CALENDAR_CLIENT_SECRET": ""}
    call = place_kept(dial, upstreams, kind, "1", settings=none).hears(DOWN)
    call.is_bridged_to(FRONT_DESK).is_carried_through()
