"""Every request that KAZOO's own code was seen to send decodes to what KAZOO meant by it."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from pivotkit.calls.call import MAX_BYTES, Call, read_call
from pivotkit.core.errors import RequestError
from pivotkit.http.gateway import request_of
from tests import kazoo
from tests.events import event

pytestmark = kazoo.needs_data

PIVOT_REQUESTS = [
    case for case in kazoo.captured("pivot-requests") if not case["name"].startswith("cdr-url")
]
OBSERVED = [
    (case["name"], request)
    for case in kazoo.document("observed/requests.json")["cases"]
    for request in case["observed"]["http_requests"]
]
RANDOM = kazoo.document("observed/random_requests.json")["cases"]
FRESH = kazoo.document("observed/fresh_requests.json")["cases"]
FOLLOW_UPS = [
    (f"{case['name']}-{number}", request)
    for name in ("twiml_supported", "twiml_bad_and_odd", "json_responses")
    for case in kazoo.document(f"observed/{name}.json")["cases"]
    for number, request in enumerate(case["observed"]["requests"])
    if any(name in f"{request['url']}{request['body']}" for name in ("Call-ID", "CallSid"))
    and "Hangup-Cause" not in f"{request['body']}"
]

FIELDS = {
    "Account-ID": "account_id",
    "AccountSid": "account_id",
    "Call-ID": "call_id",
    "CallSid": "call_id",
    "Caller-ID-Name": "caller_id_name",
    "CallerName": "caller_id_name",
    "Caller-ID-Number": "caller_id_number",
    "CallerNumber": "caller_id_number",
    "CallStatus": "call_status",
    "Custom-Application-Vars": "custom_application_vars",
    "Custom-SIP-Headers": "custom_sip_headers",
    "DialCallSid": "dial_call_sid",
    "DialCallStatus": "dial_call_status",
    "Digits": "digits",
    "Direction": "direction",
    "From": "from_",
    "From-Realm": "from_realm",
    "FromRealm": "from_realm",
    "Language": "language",
    "RecordingUrl": "recording_url",
    "Request": "request",
    "Request-Realm": "request_realm",
    "To": "to",
    "To-Realm": "to_realm",
    "ToRealm": "to_realm",
    "Transcription-Text": "transcription_text",
    "Transcription-Url": "transcription_url",
}


def decoded(method: str, url: str, content_type: str | None, body: str | None) -> Call:
    """The call that a template gets of a request as KAZOO sent it."""
    sent = event(body or "", method=method, url=url, content_type=content_type or "")
    return read_call(request_of(sent, MAX_BYTES))


def in_text(values: Any) -> Any:
    """*values* with the types that form text leaves of them."""
    if isinstance(values, Mapping):
        return {name: in_text(value) for name, value in values.items()}
    if isinstance(values, list):
        return [in_text(value) for value in values]
    return json.dumps(values) if isinstance(values, bool | int | float) else values


def as_sent(values: Any) -> Any:
    """The part of *values* that KAZOO's form text can carry: text, and nothing that is empty."""
    if isinstance(values, Mapping):
        kept = {name: as_sent(value) for name, value in values.items()}
        return {name: value for name, value in kept.items() if value not in ({}, [], "")}
    return in_text(values)


def without_empty(values: Any) -> Any:
    """KAZOO leaves out members of an object that are empty, in JSON too."""
    if not isinstance(values, Mapping):
        return values
    kept = {name: without_empty(value) for name, value in values.items()}
    return {name: value for name, value in kept.items() if value not in ("", {})}


@pytest.mark.parametrize("case", PIVOT_REQUESTS, ids=lambda case: case["name"])
def test_captured_request(case: dict[str, Any]) -> None:
    """A captured request has every parameter under its field's name."""
    headers = dict(case["headers_on_wire"])
    url = f"{case['url'].partition('?')[0]}?{case['query_raw']}"
    call = decoded(case["method"], url, headers.get("content-type"), case["body_raw"])
    for name, value in case["params"].items():
        if name in FIELDS:
            found = getattr(call, FIELDS[name])
            expected = (
                value if headers.get("content-type") == "application/json" else in_text(value)
            )
            assert (dict(found) if isinstance(found, Mapping) else found) == expected, name
    owners = case["params"].get("User-ID", [])
    assert list(call.user_id) == (owners if isinstance(owners, list) else [owners])
    if "RecordingDuration" in case["params"]:
        assert call.recording_duration == int(case["params"]["RecordingDuration"])


@pytest.mark.parametrize(("name", "request_"), OBSERVED, ids=[name for name, _ in OBSERVED])
def test_observed_request(name: str, request_: dict[str, Any]) -> None:
    """An observed form or query decodes to the same call as the JSON body of the same job."""
    call = decoded(request_["method"], request_["url"], request_["content_type"], request_["body"])
    assert call.account_id == "account0000000000000000000000004"
    assert call.call_id in ("oracle-call-1@10.0.0.1", "b1d1-int@192.168.1.20")
    twin = f"kazoo_post_json_body_{name.removeprefix('kazoo_get_').removeprefix('kazoo_post_')}"
    json_twin = dict(OBSERVED).get(twin)
    if name.startswith("kazoo_") and json_twin:
        twin_call = decoded("post", json_twin["url"], "application/json", json_twin["body"])
        own_query = {"tenant": "a b"} if "tenant" in request_["url"] else {}
        assert dict(call.variables) == dict(twin_call.variables) | own_query
        for field in ("digits", "user_id", "from_", "caller_id_name", "custom_sip_headers"):
            assert getattr(call, field) == getattr(twin_call, field), field
        assert dict(call.custom_application_vars) == as_sent(twin_call.custom_application_vars)


@pytest.mark.parametrize("case", RANDOM, ids=lambda case: case["name"])
def test_random_request(case: dict[str, Any]) -> None:
    """A random call's variables, SIP headers and digits arrive as they were set."""
    sent, job = case["request"], case["job"]
    call = decoded(sent["method"], sent["url"], sent["content_type"], sent["body"])
    asked = job["call"].get("route_req", {})
    typed = sent["content_type"] == "application/json"
    if job["format"] == "kazoo":
        variables = asked.get("Custom-Application-Vars", {})
        expected = without_empty(variables) if typed else as_sent(variables)
        assert dict(call.custom_application_vars) == expected
        headers = asked.get("Custom-SIP-Headers", {})
        assert dict(call.custom_sip_headers) == (headers if typed else as_sent(headers))
    if asked.get("Caller-ID-Name"):
        assert call.caller_id_name == asked["Caller-ID-Name"]
    collected = job["call"].get("dtmf_collections", {})
    pressed = {name: keys for name, keys in collected.items() if keys}
    if pressed and not job["call"].get("kvs"):
        assert call.digits == pressed


def is_odd(sent: dict[str, Any]) -> bool:
    """Whether a request has one of KAZOO's names twice, or a name with an unclosed bracket."""
    own = parse_qsl(urlsplit(sent["url"]).query) if sent["method"] == "post" else []
    text = f"{urlsplit(sent['url']).query}&{sent['body'] or ''}"
    keys = [part.partition("=")[0] for part in text.split("&")]
    repeated = len(set(keys)) < len(keys) or any(key in FIELDS for key, _ in own)
    return repeated or any(key.count("[") != key.count("]") for key in keys)


@pytest.mark.parametrize("case", FRESH, ids=lambda case: case["name"])
def test_fresh_request(case: dict[str, Any]) -> None:
    """A request with odd names, empty values and Unicode has every parameter that KAZOO meant.

    Names that KAZOO sends twice, and brackets that do not close, may be refused.
    """
    sent = case["request"]
    typed = sent["content_type"] == "application/json"
    try:
        call = decoded(sent["method"], sent["url"], sent["content_type"], sent["body"])
    except RequestError:
        assert is_odd(sent)
        return
    for name, meant in case["truth"].items():
        if name not in FIELDS or (is_odd(sent) and name in ("From", "Digits")):
            continue
        found = getattr(call, FIELDS[name])
        found = dict(found) if isinstance(found, Mapping) else found
        assert found == (meant if typed else in_text(meant)), name


@pytest.mark.parametrize(("name", "request_"), FOLLOW_UPS, ids=[name for name, _ in FOLLOW_UPS])
def test_follow_up_of_an_answer(name: str, request_: dict[str, Any]) -> None:
    """Whatever KAZOO asks after an answer can be read."""
    call = decoded(request_["method"], request_["url"], request_["content_type"], request_["body"])
    assert call.call_id == "oracle-call-1@10.0.0.1", name
