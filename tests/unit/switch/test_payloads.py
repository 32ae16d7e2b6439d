"""The fields that KAZOO sends in hooks, and their types."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest

from pivotctl.switch.http.form_encoding import form_text
from pivotctl.switch.webhooks.payloads import (
    CHANNEL,
    K5_HOOKS,
    NOTIFICATIONS,
    EventFacts,
    FiredEvent,
    call,
    events,
    names,
)
from tests.kazoo import document, needs_data

ACCOUNT, NOW = "c" * 32, 63_957_200_000
UNDELIVERABLE = {"system_alert", "webhook"}
"""Notifications without an account, or that carry another hook: no hook gets them."""


def facts(**more: Any) -> EventFacts:
    """Facts that are the same in every run."""
    return EventFacts(ACCOUNT, NOW, chance=random.Random(7), **more)  # noqa: S311


def fired(name: str, **more: Any) -> FiredEvent:
    """The only event of a name."""
    (event,) = events(name, facts(**more))
    return event


def hooks() -> dict[str, Any]:
    """The recorded payloads of KAZOO's hooks."""
    known: dict[str, Any] = document("hooks.json")
    return known


@needs_data
@pytest.mark.parametrize(
    "name", [*sorted(set(CHANNEL) - set(K5_HOOKS)), "parking", "object", "sms", "mms"]
)
def test_a_hook_has_kazoos_fields(name: str) -> None:
    """Every field that KAZOO always sends is there with its type, and none that it does not."""
    known = {field["name"]: field for field in hooks()["hooks"][name]["fields"]}
    payload = fired(name).payload
    always = {each for each, field in known.items() if field["always"]} - {"cluster_id"}
    assert always <= payload.keys() <= known.keys()
    assert {each: _type(value) for each, value in payload.items()} == {
        each: known[each]["type"] for each in payload
    }


@needs_data
def test_the_callflow_action_sends_kazoos_fields() -> None:
    """The action `webhook` of a callflow sends the call, in KAZOO's order."""
    known = {
        field["name"]: field for field in hooks()["hooks"]["callflow_action_webhook"]["fields"]
    }
    payload = fired("callflow").payload
    assert payload.keys() <= known.keys()
    assert list(payload) == [each for each in known if each in payload]


@needs_data
@pytest.mark.parametrize("name", K5_HOOKS)
def test_a_newer_hook_has_its_samples_fields(name: str) -> None:
    """The hooks of KAZOO 5 have the fields that its sample has."""
    sample = hooks()["kazoo5_only"][name]["sample"].keys()
    more = {"custom_application_vars", "callee_id_name", "callee_id_number", "other_leg_call_id"}
    payload = fired(name, newer=True).payload
    assert sample - {"cluster_id"} - more <= payload.keys() <= sample | more


@needs_data
@pytest.mark.parametrize("name", NOTIFICATIONS)
def test_a_notification_has_kazoos_fields(name: str) -> None:
    """Required fields are there, others are known ones, and each has the type of KAZOO's sample."""
    known = hooks()["hooks"]["notifications"]["types"][name]
    event = fired(name)
    common = {each["name"] for each in hooks()["hooks"]["notifications"]["fields"]}
    required = {*known["required"]} | common & known["sample"].keys() - {"cluster_id"}
    allowed = {*known["required"], *known["optional"], *common, "account_id"}
    assert required <= event.payload.keys() <= allowed
    assert (event.hook, event.payload["event_name"]) == ("notifications", name)
    sample = known["sample"]
    shared = event.payload.keys() & sample.keys()
    assert {each: _type(event.payload[each]) for each in shared} == {
        each: _type(sample[each]) for each in shared
    }


@needs_data
def test_every_hook_and_notification_can_be_fired() -> None:
    """The table knows all that KAZOO knows, but what no hook can get."""
    known = hooks()
    types = set(known["hooks"]["notifications"]["types"]) - UNDELIVERABLE
    assert types == set(NOTIFICATIONS)
    renamed = {"callflow_action_webhook": "callflow"}
    wanted = {renamed.get(each, each) for each in known["hooks"]} - {"all"}
    newer = set(known["kazoo5_only"]) - {"v2_envelope"}
    assert wanted | newer <= set(names())


@pytest.mark.parametrize("name", names())
def test_what_is_fired_can_be_encoded(name: str) -> None:
    """No payload has a null, on which KAZOO's encoder crashes; two runs differ in their ids."""
    found = [dict(each.payload) for each in events(name, facts(newer=True))]
    assert all(form_text(payload) for payload in found)
    if name in NOTIFICATIONS or name in CHANNEL:
        other = [dict(each.payload) for each in events(name, EventFacts(ACCOUNT, NOW))]
        assert other != found


def test_a_call_has_two_legs_from_first_to_last() -> None:
    """Both legs are created, answered, joined and ended; times and durations agree."""
    found = list(call(facts(call_id="a-leg")))
    told = [(each.hook.removeprefix("channel_"), each.payload["call_id"]) for each in found]
    caller = [hook for hook, call_id in told if call_id == "a-leg"]
    called = [hook for hook, call_id in told if call_id != "a-leg"]
    assert caller == called == ["create", "answer", "bridge", "destroy"]
    for leg in (0, 1):
        begun, *_, ended = (
            each.payload for each in found if (each.payload["call_id"] == "a-leg") is (leg == 0)
        )
        assert _seconds(ended, "timestamp") - _seconds(begun, "timestamp") == _seconds(
            ended, "duration_seconds"
        )
        assert ended["timestamp"] == NOW
    assert len({each.known["bridge_id"] for each in found}) == 1


def _seconds(payload: Mapping[str, Any], name: str) -> int:
    return int(payload[name])


def _type(value: Any) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return names.get(type(value), "object")
