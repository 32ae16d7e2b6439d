"""KAZOO 5's envelope and its HMAC (`webhooks_util.erl`: `add_hmac/2`)."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest

from pivotctl.switch.webhooks.hook_request import second_version
from pivotkit.core.errors import Unauthorized
from pivotkit.core.gregorian import GREGORIAN_EPOCH
from pivotkit.events import (
    Cdr,
    ChannelDestroy,
    DocEdited,
    Event,
    Mms,
    OtherEvent,
    ParkParked,
    Sms,
    StreamStop,
    VoicemailNew,
    read_event,
)
from pivotkit.events.envelope import MAX_AGE, HookSecrets, opened
from tests import kazoo

SECRET, OLDER = "secret", "older"
DATA: dict[str, Any] = {
    "account_id": "4e3ae97ad5a54b65b6b3a2b2f6e1d2c0",
    "call_id": "7c1f4a52@198.51.100.23",
    "caller_id_name": "Zoë / \u2028 \x1f",
    "duration_seconds": 47,
    "vars": {"b": [1.5, True, {"z": None, "a": "x"}], "a": {}},
}
AT = 63885519612


@pytest.fixture(autouse=True)
def _at_the_time_of_the_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    clock(monkeypatch, 0)


def clock(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Set the receiver's clock *seconds* after the time in the signatures."""
    monkeypatch.setattr(time, "time", lambda: AT - GREGORIAN_EPOCH + seconds)


def signed(second: int = 0, secret: str = SECRET, data: dict[str, Any] = DATA) -> dict[str, Any]:
    """An event signed by a clock that is *second* seconds ahead."""
    canonical = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    digest = hmac.digest(secret.encode(), f"{AT + second}{canonical}".encode(), hashlib.sha256)
    whole = {"action": "event", "name": "CHANNEL_DESTROY", "data": data, "timestamp": AT}
    return whole | {"hmac": base64.b64encode(digest).decode()}


def accepted(values: dict[str, Any], secrets: str, body: str | None = None) -> bool:
    """Tell whether a receiver with *secrets* accepts *values*."""
    text = json.dumps(values) if body is None else body
    try:
        HookSecrets(secrets).require(values, text.encode())
    except Unauthorized:
        return False
    return True


DELIVERIES: dict[str, tuple[dict[str, Any], bool]] = {
    "the same second": (signed(), True),
    "the second after": (signed(1), True),
    "two seconds after": (signed(2), False),
    "the second before": (signed(-1), False),
    "another secret": (signed(secret="other"), False),
    "the older secret": (signed(secret=OLDER), True),
    "other data": (signed() | {"data": DATA | {"duration_seconds": 48}}, False),
    "another time": (signed() | {"timestamp": AT + 60}, False),
    "no signature": ({k: v for k, v in signed().items() if k != "hmac"}, False),
    "no time": ({k: v for k, v in signed().items() if k != "timestamp"}, False),
    "a signature that is no text": (signed() | {"hmac": [1]}, False),
    "one that is no ASCII": (signed() | {"hmac": "é"}, False),
    "version 1": (DATA | {"hook_event": "channel_destroy"}, False),
    "with custom data": (signed() | {"campaign": "7"}, True),
}


@pytest.mark.parametrize(("values", "good"), DELIVERIES.values(), ids=DELIVERIES)
def test_signatures(values: dict[str, Any], *, good: bool) -> None:
    """A delivery must be signed with one of the secrets, in its own second or the next one."""
    assert accepted(values, f"{SECRET}, {OLDER}") == good


def test_without_secrets_nothing_is_required() -> None:
    """A receiver without secrets accepts signed and unsigned deliveries."""
    assert all(accepted(values, "") for values, _ in DELIVERIES.values())


CLOCKS = {0: True, MAX_AGE: True, MAX_AGE + 1: False, -MAX_AGE: True, -MAX_AGE - 1: False}


@pytest.mark.parametrize(("seconds", "good"), CLOCKS.items())
def test_the_age_of_a_signature(
    seconds: int, monkeypatch: pytest.MonkeyPatch, *, good: bool
) -> None:
    """A signature is valid for five minutes around its time, or as long as the setting says."""
    clock(monkeypatch, seconds)
    assert accepted(signed(), SECRET) == good
    monkeypatch.setenv("HOOK_SECRETS", SECRET)
    monkeypatch.setenv("SIGNATURE_AGE_SECONDS", "400")
    HookSecrets.from_environment().require(signed(), b"")


STATED: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    "a channel": ({"event_name": "CHANNEL_CREATE"}, ["CHANNEL_CREATE"], ["CHANNEL_DESTROY"]),
    "a channel that was disconnected": (
        {"event_name": "CHANNEL_DISCONNECTED"},
        ["CHANNEL_DISCONNECTED", "CHANNEL_DESTROY"],
        ["CHANNEL_ANSWER"],
    ),
    "a cdr": ({"event_name": "report", "event_category": "cdr"}, ["cdr", "CDR"], ["report_x"]),
    "a document": (
        {"action": "doc_edited", "type": "user", "id": "u"},
        ["doc_edited", "DOC_EDITED"],
        ["doc_deleted", "channel_destroy", "voicemail_new"],
    ),
    "a notification": ({"event_name": "voicemail_new"}, ["VOICEMAIL_NEW"], ["voicemail_deleted"]),
    "a message": ({"type": "sms"}, ["SMS", "sms"], ["mms", "doc_deleted"]),
    "an inbound message": (
        {"event_name": "inbound", "event_category": "sms"},
        ["inbound", "sms"],
        ["mms", "channel_create"],
    ),
}


@pytest.mark.parametrize(("more", "right", "wrong"), STATED.values(), ids=STATED)
def test_a_changed_name(more: dict[str, Any], right: list[str], wrong: list[str]) -> None:
    """The envelope's name, which is not signed, must be the one that the signed data state."""
    sent = signed(data=DATA | more)
    assert all(accepted(sent | {"name": name}, SECRET) for name in right)
    assert not any(accepted(sent | {"name": name}, SECRET) for name in wrong)


CANONICAL = json.dumps(signed(), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
BODIES: dict[str, tuple[str, bool]] = {
    "canonical": (CANONICAL, True),
    "pretty": (json.dumps(signed(), indent=2), True),
    "other escapes": (CANONICAL.replace("\\u001f", "\\u001F"), True),
    "no JSON": ("{", True),
    "no object": ("", True),
}


@pytest.mark.parametrize(("body", "good"), BODIES.values(), ids=BODIES)
def test_the_data_as_written(body: str, *, good: bool) -> None:
    """However the body is formatted, the signature of its canonical form is accepted."""
    assert accepted(signed(), SECRET, body) == good


def test_the_data_as_sent() -> None:
    """JSON that KAZOO writes differently from Python is verified as found in the body."""
    sent = '{"account_id":"a","ratio":1.0e-7,"text":"\\u001F"}'
    digest = hmac.digest(SECRET.encode(), f"{AT}{sent}".encode(), hashlib.sha256)
    code = base64.b64encode(digest).decode()
    body = (
        f'{{"action":"event","data":{sent},"hmac":"{code}","name":"X","timestamp":{AT},'
        '"data2":{"data":1}}'
    )
    values = json.loads(body)
    assert accepted(values, SECRET, body)
    assert accepted(values, SECRET, body.replace(",", " , ", 1).replace(":", " :\n ", 1))
    assert not accepted(values, SECRET, body.replace("ratio", "rato"))


@kazoo.needs_data
def test_kazoos_own_sample() -> None:
    """KAZOO's sample envelope is accepted with its key."""
    sample = kazoo.document("hooks.json")["kazoo5_only"]["v2_envelope"]
    assert accepted(sample["sample"], sample["hmac_key"])
    assert not accepted(sample["sample"], "another")
    assert isinstance(read_event(sample["sample"]), ChannelDestroy)


def test_the_local_kazoo_signs_so() -> None:
    """Signatures of the local KAZOO are accepted."""
    assert accepted(second_version(DATA | {"hook_event": "channel_answer"}, SECRET, AT), SECRET)


NAMES: dict[str, tuple[str, dict[str, Any], type[Event]]] = {
    "a channel": ("CHANNEL_DESTROY", {}, ChannelDestroy),
    "a cdr": ("cdr", {"event_name": "report", "event_category": "cdr"}, Cdr),
    "parking": ("PARK_PARKED", {}, ParkParked),
    "a notification": ("voicemail_new", {}, VoicemailNew),
    "a document": ("doc_edited", {"id": "d"}, DocEdited),
    "a message": ("inbound", {"event_name": "inbound", "event_category": "sms"}, Sms),
    "another message": ("inbound", {"event_category": "mms"}, Mms),
    "a stream": ("stream_stop", {}, StreamStop),
    "something new": ("moon", {}, OtherEvent),
}


@pytest.mark.parametrize(("name", "more", "kind"), NAMES.values(), ids=NAMES)
def test_what_is_in_an_envelope(name: str, more: dict[str, Any], kind: type[Event]) -> None:
    """An event is the same with an envelope as without, and the hook's own data are separate."""
    data = {"account_id": "a", "call_id": "c", **more}
    sent: dict[str, Any] = {
        "action": "event",
        "name": name,
        "data": data,
        "timestamp": AT,
        "campaign": 7,
    }
    found = read_event(sent)
    assert type(found) is kind
    assert found.account_id == "a"
    assert found.timestamp
    assert found.custom_data == {"campaign": "7"}


def test_the_account_stands_among_the_channels_variables() -> None:
    """An event may name its account only in `custom_channel_vars`."""
    data = {"call_id": "c", "custom_channel_vars": {"account_id": "a"}}
    sent: dict[str, Any] = {
        "action": "event",
        "name": "CHANNEL_HOLD",
        "data": data,
        "timestamp": AT,
    }
    assert read_event(sent).account_id == "a"


@pytest.mark.parametrize("sent", [{}, {"action": "doc_edited"}, signed() | {"data": "text"}])
def test_what_is_no_envelope(sent: dict[str, Any]) -> None:
    """A version 1 event is not an envelope, whatever its fields are called."""
    assert opened(sent) is None
