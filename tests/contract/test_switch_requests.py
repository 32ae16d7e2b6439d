"""The switch sends what KAZOO's own code sent, byte for byte."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pivotctl.switch.http.exchange import HttpRequest, pivot_request, wire
from pivotctl.switch.http.form_encoding import EncodeError, form_text
from pivotctl.switch.player.kazoo_call import KazooCall, descending, parameters
from pivotctl.switch.webhooks.hook_request import delivery, payload_of
from tests.contract.listed import settled
from tests.kazoo import DATA, document, needs_data

pytestmark = needs_data

# The call that every recorded case starts from; a case names only what differs.
RECORDED_CALL: dict[str, Any] = {
    "Call-ID": "oracle-call-1@10.0.0.1",
    "From": "+14155550100@10.0.0.1",
    "To": "+14155550199@acct.example.com",
    "Request": "+14155550199@acct.example.com",
    "Caller-ID-Name": "JANE CALLER",
    "Caller-ID-Number": "+14155550100",
}


def _load(name: str) -> list[Any]:
    cases: list[Any] = document(f"observed/{name}")["cases"]
    return cases


def recorded_call(call: dict[str, Any]) -> KazooCall:
    """The call of a recorded case."""
    route = RECORDED_CALL | call.get("route_req", {})
    stored = call.get("kvs", {})
    from_user, _, from_realm = route["From"].partition("@")
    to_user, _, to_realm = route["To"].partition("@")
    request_user, _, request_realm = route["Request"].partition("@")
    device = route.get("Custom-Channel-Vars", {}).get("Authorizing-ID")
    return KazooCall(
        account_id="account0000000000000000000000004",
        call_id=route["Call-ID"],
        caller_number=route["Caller-ID-Number"] or "anonymous",
        caller_name=route["Caller-ID-Name"] or "unknown",
        from_user=from_user,
        from_realm=from_realm,
        to_user=to_user,
        to_realm=to_realm,
        request_user=request_user,
        request_realm=request_realm,
        owners=tuple(call.get("owners", ())) if device else (),
        sip_headers=route.get("Custom-SIP-Headers", {}),
        application_vars=route.get("Custom-Application-Vars", {}),
        collections=call.get("dtmf_collections"),
        digits=stored.get("digits_collected"),
        digit_pressed=stored.get("digit_pressed"),
        call_status=stored.get("call_status"),
        dial_call_status=stored.get("dial_call_status"),
        dial_call_id=stored.get("dial_call_sid"),
        queue_id=stored.get("queue_sid"),
        recording_url=stored.get("recording_url"),
        recording_duration=stored.get("recording_duration"),
        recording_id=stored.get("recording_sid"),
        transcription={
            key.removeprefix("transcription_").replace("sid", "id"): value
            for key, value in stored.items()
            if key.startswith("transcription_")
        },
        user_vars=stored.get("user_vars", {}),
    )


def _request(job: dict[str, Any]) -> HttpRequest:
    call = recorded_call(job.get("call", {}))
    return pivot_request(
        job["uri"],
        job.get("method", "get"),
        parameters(call, job.get("format", "twiml")),
        job.get("body_format", "form"),
    )


def _observed(case: dict[str, Any]) -> list[Any]:
    return [item for item in case["observed"].get("http_requests", []) if item.get("wire")]


@pytest.mark.parametrize(
    ("case", "sent"),
    [
        pytest.param(case["job"], sent, id=case["name"])
        for case in _load("requests.json")
        for sent in _observed(case)
    ],
)
def test_a_recorded_call_is_sent_as_kazoo_sent_it(
    case: dict[str, Any], sent: Any, request: pytest.FixtureRequest
) -> None:
    """Request line, headers and body of a call are those that KAZOO put on the wire."""
    request_ = _request(case)
    head, _, body = wire(request_).decode().partition("\r\n\r\n")
    line, *headers = head.split("\r\n")
    own = (line, dict(header.split(": ", 1) for header in headers), body)
    seen = tuple(sent["wire"][part] for part in ("request_line", "headers", "body"))
    settled(f"sent:{request.node.callspec.id}", own, seen)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case["name"])
        for name in ("random_requests.json", "fresh_requests.json")
        for case in _load(name)
    ],
)
def test_a_random_call_is_sent_as_kazoo_sent_it(
    case: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    """URL, Content-Type and body follow from the rule, for calls nobody has thought of."""
    own, sent = _request(case["job"]), case["request"]
    settled(
        f"sent:{request.node.callspec.id}",
        (own.method, own.url, own.header("content-type"), own.body.decode()),
        (sent["method"].upper(), sent["url"], sent["content_type"], sent["body"] or ""),
    )


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem)
        for path in sorted((DATA / "pivot-requests").glob("*.json"))
        if path.stem != "index"
    ],
)
def test_a_published_request_is_encoded_the_same(path: Path) -> None:
    """Given its parameters in wire order, each kind of request gets the same bytes and headers."""
    sample = json.loads(path.read_text(encoding="utf-8"))
    body_format = "json" if sample["body_raw"].startswith("{") else "form"
    url = sample["url"]
    if sample["method"] == "GET":
        added = form_text(sample["params"])
        url = url.removesuffix(added).rstrip("?&")
        if "?" in sample["url"] and sample["query_raw"] == added:
            assert "?" not in url
    params = _own(sample)
    request = pivot_request(url, sample["method"], params, body_format)
    assert request.url == sample["url"]
    assert request.body.decode() == sample["body_raw"]
    assert [list(header) for header in request.headers] == sample["headers_on_wire"]


def _own(sample: dict[str, Any]) -> dict[str, Any]:
    """The parameters KAZOO added: a published sample also lists those of the URL's own query."""
    kept = sample["params"]
    own = sample.get("voice_url_query_params", {})
    return {key: value for key, value in kept.items() if key not in own}


@needs_data
def test_a_webhook_is_delivered_as_kazoo_delivers_it() -> None:
    """Headers, their order, and the body of a form delivery are KAZOO's."""
    sample = document("webhook-requests/channel_destroy-post-form.json")
    headers = dict(sample["headers_on_wire"])
    ids = (headers["x-hook-id"], headers["x-account-id"])
    request = delivery(sample["url"], "post", "form-data", sample["params"], ids)
    assert [list(header) for header in request.headers] == sample["headers_on_wire"]
    assert request.body.decode() == sample["body_raw"]


HOOK = "https://hooks.example.com/kazoo"
IDS = ("hook0000000000000000000000000001", "account0000000000000000000000004")
CLUSTER = re.compile('cluster_id(=|" : ")[0-9a-f]{32}')


def _without_cluster(text: str) -> str:
    return CLUSTER.sub("cluster_id", text)


def _delivered(job: dict[str, Any]) -> HttpRequest:
    event = descending(job["payload"])
    assert isinstance(event, dict)
    payload = payload_of(event, job.get("custom_data", {}), "0" * 32)
    return delivery(job.get("uri", HOOK), job["verb"], job["format"], payload, IDS)


def _hooks() -> list[Any]:
    return [
        pytest.param(case["job"], sent["wire"], id=case["name"])
        for case in _load("webhooks.json")
        for sent in case["observed"]["http_requests"]
    ]


@pytest.mark.parametrize(("job", "sent"), _hooks())
def test_a_recorded_webhook_is_delivered_as_kazoo_did(job: dict[str, Any], sent: Any) -> None:
    """Request line, headers and body of every verb and format are those on the wire."""
    request = _delivered(job)
    head, _, body = wire(request).decode().partition("\r\n\r\n")
    line, *headers = head.split("\r\n")
    assert _without_cluster(line) == _without_cluster(sent["request_line"])
    assert _without_cluster(body) == _without_cluster(sent["body"])
    assert dict(header.split(": ", 1) for header in headers) == sent["headers"]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case["name"])
        for name in ("random_webhooks.json", "fresh_webhooks.json")
        for case in _load(name)
    ],
)
def test_a_random_webhook_is_delivered_as_kazoo_did(case: dict[str, Any]) -> None:
    """The delivery follows from the rule, for payloads that nobody would make.

    Where KAZOO's encoder crashed, nothing was delivered.
    """
    sent = case["request"]
    if sent is None:
        with pytest.raises(EncodeError):
            _delivered(case["job"])
        return
    request = _delivered(case["job"])
    assert request.method == sent["method"].upper()
    assert _without_cluster(request.url) == _without_cluster(sent["url"])
    assert _without_cluster(request.body.decode()) == _without_cluster(sent["body"] or "")


def test_a_webhook_with_a_null_is_not_delivered() -> None:
    """KAZOO's encoder crashes on it."""
    with pytest.raises(EncodeError):
        delivery(HOOK, "post", "form-data", {"a": None}, IDS)
