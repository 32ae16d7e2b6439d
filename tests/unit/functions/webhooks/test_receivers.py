"""The records that receivers make of their events."""

from collections.abc import Mapping
from typing import Any

import pytest

from pivotkit.events import read_event
from pivotkit.store.records import Record
from scripts.sample_hooks import RECEIVED
from tests import functions

FAX = "fax-202601-5d1b2c3e4f60718293a4b5c6d7e8f901"
MAIL = "voicemail-202601-0a1b2c3d4e5f60718293a4b5c6d7e8f9"
CALL = "3f9d6a0e-72c4-4b18-a5f3-8e1c2d7b9046@203.0.113.25"
DEVICE = "object-d0a1b2c3d4e5f60718293a4b5c6d7e8f"
BOX = "vmbox-f0e1d2c3b4a5968778695a4b3c2d1e0f"

EXPECTED: dict[tuple[str, str], tuple[str, str, dict[str, Any]]] = {
    ("parked_calls", "park_parked"): (CALL, "parked", {"parking_slot": "101"}),
    ("parked_calls", "park_retrieved"): (CALL, "retrieved", {"parking_slot": "101"}),
    ("parked_calls", "park_abandoned"): (CALL, "abandoned", {"parking_slot": "101"}),
    ("faxes", "inbound_fax"): (FAX, "received", {"pages": "2", "result": "OK", "call_id": CALL}),
    ("faxes", "inbound_fax_error"): (FAX, "failed", {"fax_error": "remote disconnected"}),
    ("faxes", "outbound_fax"): (FAX, "sent", {"callee_id_number": "+14155550160"}),
    ("faxes", "outbound_fax_error"): (FAX, "failed", {"fax_error": "busy"}),
    ("faxes", "outbound_smtp_fax_error"): (
        "",
        "failed",
        {"fax_error": "no fax machine answered", "from_email": "clerk@acme.example"},
    ),
    ("voicemails", "voicemail_new"): (
        MAIL,
        "received",
        {"milliseconds": 5400, "transcription": "Please call me back."},
    ),
    ("voicemails", "voicemail_saved"): (MAIL, "saved", {"call_id": CALL}),
    ("voicemails", "voicemail_deleted"): (MAIL, "deleted", {"reason": "dtmf"}),
    ("voicemails", "voicemail_full"): (BOX, "noted", {"message_count": 100}),
    ("object_changes", "doc_created"): (DEVICE, "created", {"type": "device"}),
    ("object_changes", "doc_edited"): (DEVICE, "edited", {"type": "device"}),
    ("object_changes", "doc_deleted"): (DEVICE, "deleted", {"type": "device"}),
    ("messages", "sms"): (
        "sms-6a3c9d2e0f5b4d8c9e7a1f2b3c4d5e25",
        "received",
        {"from": "+14155550142", "charges": 0.01, "type": "sms"},
    ),
    ("messages", "mms"): (
        "mms-6a3c9d2e0f5b4d8c9e7a1f2b3c4d5e10",
        "received",
        {"body": "See the picture.", "type": "mms"},
    ),
    ("notifications", "missed_call"): (CALL, "missed", {"hangup_cause": "ORIGINATOR_CANCEL"}),
    ("notifications", "low_balance"): ("", "noted", {"notification": "low_balance"}),
    ("notifications", "webhook_disabled"): ("", "noted", {"notification": "webhook_disabled"}),
    ("custom_events", "welcome"): (CALL, "noted", {"step": "welcome"}),
    ("everything", "park_parked"): (CALL, "parked", {"parking_slot": "101"}),
    ("everything", "inbound_fax"): (FAX, "received", {"caller_id_number": "+14155550142"}),
    ("everything", "voicemail_new"): (MAIL, "received", {}),
    ("everything", "doc_edited"): (DEVICE, "edited", {"type": "device"}),
    ("everything", "sms"): ("sms-6a3c9d2e0f5b4d8c9e7a1f2b3c4d5e25", "received", {"type": "sms"}),
    ("everything", "missed_call"): (CALL, "missed", {}),
    ("everything", "low_balance"): ("", "noted", {}),
    ("everything", "step"): (CALL, "noted", {}),
}


@pytest.fixture
def template(environment: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Any:
    """The function inside the receiver."""
    environment.setenv("CALL_RECORDS_TABLE", "none")
    return functions.load(f"webhooks/{request.param}").template


def test_every_sample_is_expected() -> None:
    """Every sample event has an expectation."""
    assert EXPECTED.keys() == {(name, each) for name, events in RECEIVED.items() for each in events}


@pytest.mark.parametrize(
    ("template", "values", "expected"),
    [(name, RECEIVED[name][each], expected) for (name, each), expected in EXPECTED.items()],
    ids=[f"{name}-{each}" for name, each in EXPECTED],
    indirect=["template"],
)
def test_the_record_of_an_event(
    template: Any, values: Mapping[str, Any], expected: tuple[str, str, dict[str, Any]]
) -> None:
    """An event is stored under what it is about, with its state and facts."""
    event = read_event(values)
    record: Record = template(event)
    about, state, facts = expected
    assert (event.about, record.state) == (about, state)
    assert facts.items() <= record.facts.items()
    assert Record.from_json(record.as_json()).state == state


HELD: dict[str, Any] = {"account_id": "a", "call_id": "c", "timestamp": 63885519612}


@pytest.mark.parametrize(
    ("template", "hook", "state", "facts"),
    [
        (name, hook, state, facts)
        for name in ("channel_events", "everything")
        for hook, state, facts in (
            ("channel_hold", "answered", {"on_hold": True}),
            ("channel_unhold", "answered", {"on_hold": False}),
            ("cdr", "ended", {"billing_seconds": 41}),
        )
    ],
    indirect=["template"],
)
def test_events_of_kazoo_5(template: Any, hook: str, state: str, facts: dict[str, Any]) -> None:
    """A leg on hold was answered; a CDR ends it."""
    record = template(read_event({**HELD, "hook_event": hook, "billing_seconds": 41}))
    assert record.state == state
    assert facts.items() <= record.facts.items()
