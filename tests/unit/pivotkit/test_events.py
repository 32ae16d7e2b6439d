"""Every encoding of a channel event decodes to the same typed event."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pivotkit.errors import Malformed
from pivotkit.events import (
    EVENTS,
    ChannelAnswer,
    ChannelBridge,
    ChannelDestroy,
    ChannelEvent,
    read_event,
)
from pivotkit.gateway import Request
from pivotkit.receiver import decode
from tests import kazoo
from tests.events import FORM, JSON
from tests.unit.pivotkit.test_parameters import kazoo_form

DESTROY: dict[str, Any] = {
    "account_id": "4e3ae97ad5a54b65b6b3a2b2f6e1d2c0",
    "call_id": "7c1f4a52@198.51.100.23",
    "hook_event": "channel_destroy",
    "call_direction": "inbound",
    "caller_id_name": 'Jane "JD" Doe & Söhne',
    "caller_id_number": "+14155550199",
    "custom_application_vars": {"ticket": "T-1001"},
    "custom_channel_vars": {},
    "emergency_resource_used": False,
    "local_resource_used": True,
    "from": "+14155550199@pstn.example",
    "timestamp": 63885519612,
    "hangup_cause": "NORMAL_CLEARING",
    "hangup_code": "sip:200",
    "duration_seconds": 47,
    "ringing_seconds": 0,
    "billing_seconds": 41,
    "cluster_id": "d3b07384d113edec49eaa6238ad5ff00",
    "my_own": "custom data",
}


def request(method: str, content_type: str = "", query: str = "", body: str = "") -> Request:
    """A delivery."""
    return Request(method, "k", query, (), {"content-type": content_type}, body.encode(), "")


TEXT = kazoo_form(DESTROY)
ENCODINGS = {
    "POST form": request("POST", FORM, body=TEXT),
    "PUT form": request("PUT", FORM, body=TEXT),
    "POST JSON": request("POST", JSON, body=json.dumps(DESTROY)),
    "POST JSON, pretty": request("POST", JSON, body=json.dumps(DESTROY, indent=2)),
    "GET": request("GET", query=TEXT),
    "GET with a query of its own": request("GET", query=f"env=prod?{TEXT}"),
}


@pytest.mark.parametrize("sent", ENCODINGS.values(), ids=ENCODINGS.keys())
def test_every_encoding(sent: Request) -> None:
    """Form, JSON and query, by any method, with a second `?` or not, give the same event."""
    found = read_event(decode(sent))
    assert isinstance(found, ChannelDestroy)
    assert (found.account_id, found.call_id) == (DESTROY["account_id"], DESTROY["call_id"])
    assert found.timestamp == datetime(2024, 6, 13, 17, 40, 12, tzinfo=UTC)
    assert (found.caller_id_name, found.from_) == (DESTROY["caller_id_name"], DESTROY["from"])
    assert (found.emergency_resource_used, found.local_resource_used) == (False, True)
    assert (found.billing_seconds, found.duration_seconds, found.ringing_seconds) == (41, 47, 0)
    assert dict(found.custom_application_vars) == {"ticket": "T-1001"}
    assert dict(found.custom_channel_vars) == {}
    assert (found.to, found.is_internal_leg) == (None, None)
    own = {"env": "prod"} if "env=" in sent.query else {}
    kept = {name: value for name, value in found.other.items() if value != {}}
    assert kept == {"hook_event": "channel_destroy", "my_own": "custom data"} | own


UNTYPED: dict[str, dict[str, Any]] = {
    "no hook": {"account_id": "a", "call_id": "c"},
    "a notification": {"event_name": "voicemail_new", "account_id": "a"},
    "another hook": {"hook_event": "channel_hold", "account_id": "a", "call_id": "c"},
    "a hook that is no text": {"hook_event": ["channel_create"], "account_id": "a"},
    "nothing": {},
}


@pytest.mark.parametrize("values", UNTYPED.values(), ids=UNTYPED.keys())
def test_other_hooks_have_no_type(values: dict[str, Any]) -> None:
    """What is no channel event is none of ours to read, and no error."""
    assert read_event(values) is None


@pytest.mark.parametrize("missing", ["account_id", "call_id"])
@pytest.mark.parametrize("value", [None, "", {}, []], ids=repr)
def test_an_event_of_no_call(missing: str, value: object) -> None:
    """A channel event that does not say whose, or which call it is, is malformed."""
    with pytest.raises(Malformed, match=f"{missing} is missing"):
        read_event(DESTROY | {missing: value})


ODD: dict[str, Any] = {
    "timestamp": ["soon", "", -1, 10**30, "9" * 5000, 1.5, {}, None],
    "billing_seconds": ["", "1.5", "-1", "٣", "9" * 5000, 41.0, True, []],
    "emergency_resource_used": ["", "maybe", 2, {}, None],
    "caller_id_name": ["", {}, [], None, True],
    "custom_application_vars": ["", "text", [], None, 1],
}


@pytest.mark.parametrize("field", ODD)
def test_a_value_that_does_not_fit(field: str) -> None:
    """A value that does not fit its field is left out there and kept in `other`."""
    for value in ODD[field]:
        found = read_event(DESTROY | {field: value})
        assert found
        assert not getattr(found, field), value
        assert found.other[field] == value
        assert found.call_id == DESTROY["call_id"]


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.just("9" * 5000)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(), inner)),
    max_leaves=4,
)
NAMES = st.sampled_from([*ChannelDestroy.__dataclass_fields__, "from", "hook_event", "x"])


@given(st.dictionaries(NAMES, VALUES), st.sampled_from(sorted(EVENTS)))
@settings(max_examples=400, deadline=None)
def test_anything_reads_as_an_event_or_is_refused(values: dict[str, Any], hook: str) -> None:
    """Whatever a delivery holds, it is an event, malformed or none: nothing else happens."""
    try:
        found = read_event({**values, "hook_event": hook})
    except Malformed:
        return
    assert found is None or isinstance(found, EVENTS[hook])


def test_bridge() -> None:
    """A bridge tells the numbers of the other leg."""
    found = read_event(
        DESTROY | {"hook_event": "channel_bridge", "original_number": "1", "other_leg_call_id": "b"}
    )
    assert isinstance(found, ChannelBridge)
    assert (found.original_number, found.other_leg_call_id) == ("1", "b")


def test_names() -> None:
    """Each event goes by its hook's name."""
    assert {kind.hook for kind in EVENTS.values()} == {
        "channel_create",
        "channel_answer",
        "channel_bridge",
        "channel_destroy",
    }
    assert issubclass(ChannelAnswer, ChannelEvent)


HOOKS = kazoo.document("hooks.json")


@kazoo.needs_data
@pytest.mark.parametrize("hook", EVENTS)
def test_the_samples_of_kazoo(hook: str) -> None:
    """KAZOO's sample of a hook leaves nothing but its name in `other`; form text gives the same."""
    entry: Mapping[str, Any] = HOOKS["hooks"][hook]
    typed = read_event(entry["sample"])
    as_form = read_event(decode(request("POST", FORM, body=entry["sample_form_encoded"])))
    assert typed
    assert as_form
    assert set(typed.other) <= {"hook_event", "inception", "custom_sip_headers"}
    for name in type(typed).__dataclass_fields__:
        if name not in ("other", "custom_application_vars", "custom_channel_vars"):
            assert getattr(typed, name) == getattr(as_form, name), name
