"""Every encoding of every hook decodes to the same typed event."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pivotkit import events
from pivotkit.events import (
    CallflowActionWebhook,
    ChannelDestroy,
    DocEdited,
    Event,
    InboundFax,
    MissedCall,
    OtherEvent,
    OtherNotification,
    ParkParked,
    ServiceAdded,
    Sms,
    VoicemailNew,
    read_event,
)
from pivotkit.events.fields import alike, names_of
from pivotkit.events.names import BASES, MODULES
from pivotkit.http.deliveries import read
from pivotkit.http.gateway import GatewayRequest
from tests import kazoo
from tests.events import FORM, JSON
from tests.forms import kazoo_form

DESTROY: dict[str, Any] = {
    "account_id": "4e3ae97ad5a54b65b6b3a2b2f6e1d2c0",
    "call_id": "7c1f4a52@198.51.100.23",
    "hook_event": "channel_destroy",
    "call_direction": "inbound",
    "caller_id_name": 'Jane "JD" Doe & Söhne',
    "caller_id_number": "+14155550199",
    "custom_application_vars": {"ticket": "T-1001", "n": 5, "vip": True, "none": {}},
    "custom_channel_vars": {},
    "emergency_resource_used": False,
    "local_resource_used": True,
    "from": "+14155550199@pstn.example",
    "timestamp": 63885519612,
    "hangup_cause": "NORMAL_CLEARING",
    "hangup_code": "sip:200",
    "new_in_kazoo": 1.5,
    "duration_seconds": 47,
    "ringing_seconds": 0,
    "billing_seconds": 41,
    "my_own": "custom data",
    "cluster_id": "d3b07384d113edec49eaa6238ad5ff00",
}


def request(method: str, content_type: str = "", query: str = "", body: str = "") -> GatewayRequest:
    """A delivery."""
    return GatewayRequest(method, "k", query, (), {"content-type": content_type}, body.encode(), "")


def encodings(values: Mapping[str, Any]) -> dict[str, GatewayRequest]:
    """All requests in which KAZOO may deliver *values*."""
    text = kazoo_form(dict(values))
    return {
        "POST form": request("POST", FORM, body=text),
        "PUT form": request("PUT", FORM, body=text),
        "POST JSON": request("POST", JSON, body=json.dumps(values)),
        "POST JSON, pretty": request("POST", JSON, body=json.dumps(values, indent=2)),
        "GET": request("GET", query=text),
        "GET with a query of its own": request("GET", query=f"env=prod&a[b]=1?{text}"),
    }


@pytest.mark.parametrize("sent", encodings(DESTROY).values(), ids=encodings(DESTROY))
def test_every_encoding(sent: GatewayRequest) -> None:
    """Form, JSON, and query give the same event, by any method, with or without a second `?`."""
    found = read_event(read(sent).values)
    assert isinstance(found, ChannelDestroy)
    assert (found.account_id, found.call_id) == (DESTROY["account_id"], DESTROY["call_id"])
    assert found.timestamp == datetime(2024, 6, 13, 17, 40, 12, tzinfo=UTC)
    assert (found.caller_id_name, found.from_) == (DESTROY["caller_id_name"], DESTROY["from"])
    assert (found.emergency_resource_used, found.local_resource_used) == (False, True)
    assert (found.billing_seconds, found.duration_seconds, found.ringing_seconds) == (41, 47, 0)
    assert found.custom_application_vars == {"ticket": "T-1001", "n": "5", "vip": "true"}
    assert found.custom_channel_vars == {}
    assert (found.to, found.is_internal_leg) == (None, None)
    assert found.other == {"new_in_kazoo": "1.5"}
    assert found.custom_data == {"my_own": "custom data"}
    assert (found.hook, found.name, found.about) == ("channel_destroy",) * 2 + (found.call_id,)


KNOWN: dict[str, tuple[dict[str, Any], type[Event], str]] = {
    "a fax": ({"event_name": "inbound_fax", "fax_id": "f1"}, InboundFax, "fax-f1"),
    "a voicemail": ({"event_name": "voicemail_new"}, VoicemailNew, ""),
    "a missed call": ({"event_name": "missed_call", "call_id": "c"}, MissedCall, "c"),
    "parking": (
        {"event_name": "PARK_PARKED", "account_id": "a", "call_id": "c"},
        ParkParked,
        "c",
    ),
    "a document": ({"action": "doc_edited", "type": "sms", "id": "1"}, DocEdited, "object-1"),
    "a message": ({"type": "sms", "id": "1"}, Sms, "sms-1"),
    "a callflow": ({"call_id": "c", "fetch_id": "f"}, CallflowActionWebhook, "c"),
    "a callflow that names its event": (
        {"call_id": "c", "fetch_id": "f", "hook_event": "funnel"},
        CallflowActionWebhook,
        "c",
    ),
    "a new notification": (
        {"event_category": "notification", "event_name": "moon", "call_id": "c"},
        OtherNotification,
        "",
    ),
    "a new hook": ({"event_name": "conference_join", "call_id": "c"}, OtherEvent, "c"),
    "a call that nobody names": ({"call_id": "c"}, OtherEvent, "c"),
    "a name that is no text": ({"hook_event": ["channel_create"]}, OtherEvent, ""),
    "nothing": ({}, OtherEvent, ""),
}


@pytest.mark.parametrize(("values", "kind", "about"), KNOWN.values(), ids=KNOWN)
def test_which_event_it_is(values: dict[str, Any], kind: type[Event], about: str) -> None:
    """An event is recognized by the field that KAZOO uses for its kind, and knows its subject."""
    found = read_event(values)
    assert (type(found), found.about) == (kind, about)


@pytest.mark.parametrize("missing", ["account_id", "call_id"])
@pytest.mark.parametrize("value", [None, "", {}, []], ids=repr)
def test_an_event_of_no_call(missing: str, value: object) -> None:
    """A channel event without an account or a call is read as an `OtherEvent`."""
    found = read_event(DESTROY | {missing: value})
    assert isinstance(found, OtherEvent)
    assert (found.name, found.reason) == ("channel_destroy", f"{missing} is missing")
    assert found.other["hangup_cause"] == "NORMAL_CLEARING"


ODD: dict[str, Any] = {
    "timestamp": ["soon", "", -1, 10**30, "9" * 5000, 1.5, {}, None],
    "billing_seconds": ["", "1.5", "-1", "٣", "9" * 5000, 41.0, True, []],
    "emergency_resource_used": ["", "maybe", 2, {}, None],
    "caller_id_name": ["", {}, [], None],
    "custom_application_vars": ["", "text", [], None, 1],
}


@pytest.mark.parametrize("field", ODD)
def test_a_value_that_does_not_fit(field: str) -> None:
    """A value that does not fit its field goes to `other`, as text."""
    for value in ODD[field]:
        found = read_event(DESTROY | {field: value})
        assert isinstance(found, ChannelDestroy)
        assert not getattr(found, field), value
        assert found.other.get(field) == alike({field: value}).get(field)
        assert found.call_id == DESTROY["call_id"]


OWN: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "behind the event's fields": ({"a": "1", "b": "2"}, {"a": "1", "b": "2"}),
    "of any type": ({"a": "1", "b": 2}, {"a": "1", "b": "2"}),
    "not nested": ({"a": "1", "b": {"c": "d"}}, {}),
    "none": ({}, {}),
}


@pytest.mark.parametrize(("added", "own"), OWN.values(), ids=OWN)
def test_custom_data_is_told_apart(added: dict[str, Any], own: dict[str, str]) -> None:
    """A hook's own data are found between the event's fields and the cluster."""
    event = {key: value for key, value in DESTROY.items() if key not in ("cluster_id", "my_own")}
    found = read_event(event | added | {"cluster_id": "c"})
    assert found.custom_data == own
    assert found.other == alike(
        {"new_in_kazoo": 1.5} | {k: added[k] for k in added if k not in own}
    )


def test_sorted_fields_tell_nothing_apart() -> None:
    """In KAZOO 5's canonical JSON the order has no meaning, so unlisted fields go to `other`."""
    found = read_event(dict(sorted(DESTROY.items())))
    assert found.custom_data == {}
    assert found.other == {"new_in_kazoo": "1.5", "my_own": "custom data"}


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.just("9" * 5000)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(), inner)),
    max_leaves=4,
)
FIELDS = st.sampled_from(
    [*ChannelDestroy.__dataclass_fields__, "from", "items", "errors", "amount", "data", "x"]
)
SAYING = st.sampled_from(["hook_event", "event_name", "action", "type", "name"])


@given(st.dictionaries(FIELDS, VALUES), SAYING, st.sampled_from(["event", *sorted(MODULES)]))
@settings(max_examples=400, deadline=None)
def test_anything_reads_as_an_event(values: dict[str, Any], field: str, name: str) -> None:
    """Any delivery is read as an event, and none raises an error."""
    assert isinstance(read_event({**values, field: name}), Event)


SCALARS = st.one_of(st.booleans(), st.integers(0, 10**12), st.text("aé &+=?1", max_size=5))
NESTED = st.dictionaries(st.text("ab", min_size=1, max_size=3), SCALARS, max_size=3)
SENT = st.dictionaries(
    st.sampled_from([*names_of(ChannelDestroy).values(), "u", "v", "w"]),
    st.one_of(SCALARS, NESTED, st.lists(SCALARS, max_size=3)),
)


@given(SENT, st.sampled_from(sorted(MODULES)))
@settings(max_examples=200, deadline=None)
def test_all_encodings_of_anything_are_one_event(values: dict[str, Any], name: str) -> None:
    """Every encoding of the same values, known or not, is read as the same event."""
    whole = {**values, "event_name": name, "account_id": "a", "call_id": "c", "cluster_id": "x"}
    first, *rest = (read_event(read(sent).values) for sent in encodings(whole).values())
    assert [first] * len(rest) == rest


def test_names_and_modules() -> None:
    """Each event's class is found by KAZOO's name for it, and knows that name."""
    for name, module in MODULES.items():
        kind = events.type_of(name)
        assert kind
        assert kind.__module__ == f"pivotkit.events.{module}"
        own = dict.fromkeys(kind.required, "x")
        assert kind(**own).name == name  # type: ignore[arg-type]
    for name in BASES:
        assert issubclass(getattr(events, name), Event)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = events.Nothing
    assert events.type_of("nothing") is None


@pytest.mark.parametrize("module", sorted(set(MODULES.values())))
def test_a_receiver_loads_its_own_events(module: str) -> None:
    """Importing and reading one kind of event loads no other."""
    name = min(name for name, home in MODULES.items() if home == module)
    kind = events.type_of(name)
    assert kind
    code = (
        f"from pivotkit.events import {kind.__name__}, read_event\nimport sys\n"
        f"read_event({{'event_name': '{name}', 'account_id': 'a', 'call_id': 'c'}})\n"
        "print(*(each for each in sys.modules if each.startswith('pivotkit.events.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    kinds = {f"pivotkit.events.{each}" for each in MODULES.values()}
    assert kinds & set(done.stdout.split()) == {f"pivotkit.events.{module}"}


# -- KAZOO's own lists ----------------------------------------------------------------------------

HOOKS = kazoo.document("hooks.json").get("hooks", {})
NOTIFICATIONS = HOOKS.get("notifications", {}).get("types", {})
FIFTH = kazoo.document("hooks.json").get("kazoo5_only", {})
SAMPLES = {
    name: (entry["sample"], entry.get("sample_form_encoded"))
    for name, entry in (HOOKS | NOTIFICATIONS | FIFTH).items()
    if entry.get("sample") and name != "v2_envelope"
}


@kazoo.needs_data
@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_of_kazoo(name: str) -> None:
    """KAZOO's samples are read as their class, without remainder, and the same in form text."""
    sample, as_form = SAMPLES[name]
    found = read_event(sample)
    assert type(found) not in (OtherEvent, OtherNotification)
    empty = {key: "" for key, value in sample.items() if value == ""}
    assert found.other == empty
    assert found.custom_data == ({"ivr_step": "menu"} if "ivr_step" in sample else {})
    if as_form:
        assert read_event(read(request("POST", FORM, body=as_form)).values) == found


def test_a_callflow_may_name_what_it_tells() -> None:
    """The name is the `hook_event` in the action's custom data."""
    data = {"call_id": "c", "request_user": "u", "hook_event": "Funnel", "step": "topic"}
    event = read_event({**data, "cluster_id": "x"})
    assert event.name == "funnel"
    assert {**event.other, **event.custom_data} == {"step": "topic"}
    assert read_event({"call_id": "c", "request_user": "u"}).name == "callflow_action_webhook"


@kazoo.needs_data
def test_every_field_of_kazoo_is_listed() -> None:
    """Every event has a class, and every class has the fields that KAZOO lists for it."""
    own = {"ivr_step"}
    for name, entry in NOTIFICATIONS.items():
        kind = events.type_of(name)
        if name == "webhook":  # never delivered: it carries a callflow's webhook action
            assert kind is None
            continue
        assert kind, name
        listed = set(names_of(kind).values())
        assert {*entry["required"], *entry["optional"]} <= listed, name
    for name, entry in HOOKS.items():
        kind = events.type_of(name)
        documented = {each["name"] for each in entry["fields"] if not each["name"].startswith("(")}
        if kind:
            assert documented - own <= set(names_of(kind).values()), name


def test_fields_are_of_a_type_that_is_read() -> None:
    """Every field has an annotation for which there is a conversion."""
    from pivotkit.events.fields import _READERS, OURS  # noqa: PLC0415

    for name in MODULES:
        kind = events.type_of(name)
        assert kind
        types = {str(each.type) for each in fields(kind) if each.name not in OURS}
        assert types <= _READERS.keys(), name


def test_lists_of_objects() -> None:
    """A list of objects arrives as JSON in a form, and equals the list in a JSON body."""
    items = [{"category": "devices", "quantity": 3, "rate": 5.0}]
    values = {"event_name": "service_added", "account_id": "a", "items": items, "cluster_id": "c"}
    for sent in encodings(values).values():
        found = read_event(read(sent).values)
        assert isinstance(found, ServiceAdded)
        assert [dict(item) for item in found.items] == items
