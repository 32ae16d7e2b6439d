"""Bindings of KAZOO's WebSockets: what is accepted, and what an event is compared with."""

import pytest

from pivotkit.events import read_event
from pivotkit.events.bindings import (
    CALL_EVENTS,
    Binding,
    BindingRefused,
    Topic,
    available,
    routing_key,
    topic_of,
    typed,
)

ACCOUNT = "5d2f8c1b7a904e63b1c0d9e8f7a6b5c4"
CALL = "a84b4c76e66710@198.51.100.23"
CREATE = Topic("call", "CHANNEL_CREATE", CALL)
EDIT = Topic("object", "doc_edited", "user")


@pytest.mark.parametrize(
    ("written", "error"),
    [
        ("call.CHANNEL_CREATE.*", ""),
        ("call.*.*", ""),
        ("call.*.abc", ""),
        ("call.CHANNEL_PARK.*", "event CHANNEL_PARK not supported"),
        ("call.CHANNEL_CREATE", "invalid format for call subscription : CHANNEL_CREATE"),
        (f"call.CHANNEL_CREATE.{CALL}", "invalid format for call subscription"),
        ("object.doc_edited.user", ""),
        ("object.*.*", ""),
        ("object.doc_edited.*", ""),
        ("object.user.doc_edited", "event user.doc_edited not supported"),
        ("object.doc_edited", "invalid format for object subscription : doc_edited"),
        ("presence.dialog.*", "no available subscriptions to requested binding"),
        ("stream.start.*", "no available subscriptions to requested binding"),
        ("", "no available subscriptions to requested binding"),
        ("*", "no available subscriptions to requested binding"),
    ],
)
def test_kazoo_4_takes_and_refuses(written: str, error: str) -> None:
    """A binding is read as it is written, or refused in KAZOO's words."""
    if not error:
        assert str(Binding.read(written)) == written
        return
    with pytest.raises(BindingRefused) as refused:
        Binding.read(written)
    assert str(refused.value).startswith(error)


def test_kazoo_5_has_streams() -> None:
    """Audio streams can be bound where KAZOO 5's form is spoken."""
    assert str(Binding.read("stream.start.*", kazoo5=True)) == "stream.start.*"
    with pytest.raises(BindingRefused):
        Binding.read("stream.pause.*", kazoo5=True)


@pytest.mark.parametrize(
    ("written", "topic", "included"),
    [
        ("call.CHANNEL_CREATE.*", CREATE, True),
        ("call.*.*", CREATE, True),
        ("call.CHANNEL_ANSWER.*", CREATE, False),
        ("call.*.other", CREATE, False),
        ("call.*.leg", Topic("call", "CHANNEL_DESTROY", "leg"), True),
        ("object.*.user", EDIT, True),
        ("object.doc_edited.*", EDIT, True),
        ("object.doc_edited.device", EDIT, False),
        ("object.*.*", CREATE, False),
    ],
)
def test_an_event_is_included(written: str, topic: Topic, *, included: bool) -> None:
    """A star stands for any event or subject, of its own kind alone."""
    assert Binding.read(written).includes(topic) is included


def test_kazoo_4_lists_a_binding_for_each_of_its_own() -> None:
    """All events of calls take nine keys of the message bus, and all documents two."""
    assert Binding.read("call.*.*").entries == len(CALL_EVENTS) == 9
    assert Binding.read("object.*.*").entries == 2
    assert Binding.read("call.CHANNEL_CREATE.*").entries == 1


def test_keys_of_the_message_bus() -> None:
    """Clients see the keys that KAZOO's own message bus has."""
    star = Binding.read("call.*.*").in_account(ACCOUNT, CREATE)
    assert star == f"call.{ACCOUNT}.CHANNEL_CREATE.*"
    encoded = "a84b4c76e66710%40198%2E51%2E100%2E23"
    assert routing_key(ACCOUNT, CREATE, CALL) == f"call.{ACCOUNT}.CHANNEL_CREATE.{encoded}"
    database = "account%2F5d%2F2f%2F8c1b7a904e63b1c0d9e8f7a6b5c4"
    assert Binding.read("object.*.user").in_account(ACCOUNT, EDIT) == f"*.{database}.user.*"
    assert routing_key(ACCOUNT, EDIT, "u1") == f"doc_edited.{database}.user.u1"


@pytest.mark.parametrize(
    ("values", "topic"),
    [
        ({"hook_event": "channel_hold", "call_id": "leg"}, Topic("call", "CHANNEL_HOLD", "leg")),
        ({"event_name": "PARK_PARKED", "call_id": "leg"}, Topic("call", "PARK_PARKED", "leg")),
        (
            {"action": "doc_deleted", "type": "user", "id": "u"},
            Topic("object", "doc_deleted", "user"),
        ),
        ({"event_name": "stream_start", "call_id": "leg"}, Topic("stream", "start", "leg")),
        ({"hook_event": "cdr", "call_id": "leg"}, None),
        ({"event_name": "missed_call"}, None),
    ],
)
def test_what_an_event_is_about(values: dict[str, str], topic: Topic | None) -> None:
    """Events of calls, documents, and streams can be subscribed to, and no others."""
    assert topic_of(read_event({"account_id": ACCOUNT, **values})) == topic


def test_a_form_has_types_again() -> None:
    """What a form brings as text is a number or a boolean for clients; times stay Gregorian."""
    values = {
        "account_id": ACCOUNT,
        "call_id": "12",
        "hook_event": "channel_destroy",
        "timestamp": "63935919000",
        "is_internal_leg": "false",
        "duration_seconds": "47",
        "caller_id_number": "1001",
    }
    found = typed(read_event(values), values)
    assert (found["timestamp"], found["duration_seconds"]) == (63_935_919_000, 47)
    assert found["is_internal_leg"] is False
    assert (found["call_id"], found["caller_id_number"]) == ("12", "1001")


def test_all_that_can_be_bound_is_listed() -> None:
    """Each listed binding is one that is accepted."""
    for names in available().values():
        for name in names:
            Binding.read(name.replace("{CALL_ID}", "*"), kazoo5=True)
