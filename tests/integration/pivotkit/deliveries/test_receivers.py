"""Receivers: what is authentic is stored once, as it came, and answered with exactly 200."""

import base64
import io
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from pivotctl.commands.logged_deliveries import find
from pivotctl.commands.replay import ReplayResult, replayed
from pivotctl.switch.webhooks.hook_request import second_version
from pivotkit.core.gregorian import GREGORIAN_EPOCH
from pivotkit.deliveries.receiver import MAX_STORED, ItemKey, delivery_item
from pivotkit.deliveries.webhooks import WebhookReceiver, webhook
from pivotkit.events import ChannelAnswer, ChannelDestroy
from pivotkit.http.deliveries import MAX_BYTES
from pivotkit.http.gateway import request_of
from pivotkit.http.keys import digest_of
from pivotkit.store.records import Record
from tests import functions, kazoo
from tests.aws import aws_client
from tests.events import FORM, JSON, event
from tests.integration.pivotkit.workers.batches import queue

ACCOUNT = "4e3ae97ad5a54b65b6b3a2b2f6e1d2c0"
KEY = "webhooks-development"
ANSWERED = f"account_id={ACCOUNT}&call_id=c1&hook_event=channel_answer&timestamp=63885519612&to=2"
HOOK = {"x-hook-id": "h1", "x-account-id": "owner"}


def mapping(received: ChannelAnswer | ChannelDestroy) -> Record | None:
    """A template that fails in every way, by the event's `to`."""
    match received.to:
        case "nothing":
            return None
        case "raise":
            raise ValueError("4711-4712-4713")
        case "loop":
            while True:
                pass
        case "dict":
            return {"state": "ended"}  # type: ignore[return-value]
        case "unwritable":
            return Record("ended", None, {"a": {1, 2}})  # type: ignore[dict-item]
        case "huge":
            return Record("ended", None, {"a": "a" * 300_000})
    return Record("answered", received.timestamp, {"to": received.to})


@pytest.fixture
def hook(tables: Mapping[str, str]) -> WebhookReceiver:
    """A receiver of answered and ended calls."""
    assert tables
    return webhook(mapping)


def sent(body: str | bytes = ANSWERED, key: str = KEY, **options: Any) -> dict[str, Any]:
    """A delivery as API Gateway hands it over."""
    return event(body, key=key, headers=dict(HOOK), **options)


def items(tables: Mapping[str, str]) -> list[dict[str, Any]]:
    """Everything in CallRecords."""
    table = aws_client("dynamodb").scan(TableName=tables["CALL_RECORDS_TABLE"])
    found: list[dict[str, Any]] = table["Items"]
    return found


def test_a_delivery(hook: WebhookReceiver, tables: Mapping[str, str]) -> None:
    """A delivery is kept as it came, under its call and hook, with what its template makes."""
    assert hook(sent(), None) == {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": "{}",
    }
    (item,) = items(tables)
    assert item["pk"] == {"S": f"{ACCOUNT}#c1"}
    assert item["sk"]["S"].startswith("event#channel_answer#")
    assert item["item"] == {"S": "delivery"}
    assert item["body"] == {"S": ANSWERED}
    assert (item["hook_id"], item["hook_account_id"]) == ({"S": "h1"}, {"S": "owner"})
    record = Record.from_json(item["record"]["S"])
    assert (record.state, dict(record.facts)) == ("answered", {"to": "2"})
    assert "problem" not in item


def test_a_repeated_delivery(hook: WebhookReceiver, tables: Mapping[str, str]) -> None:
    """A delivery that comes again is answered 200 again and stored once."""
    assert [hook(sent(), None)["statusCode"] for _ in range(3)] == [200] * 3
    assert len(items(tables)) == 1
    hook(sent(f"{ANSWERED}&x=1"), None)
    assert len(items(tables)) == 2


PROBLEMS = {
    "raise": "ValueError test_receivers.py:",
    "loop": "DeadlineExceeded test_receivers.py:",
    "dict": "TypeError receiver.py:",
    "unwritable": "TypeError",
    "huge": "ValueError receiver.py:",
    "nothing": "",
}


@pytest.mark.parametrize(("to", "problem"), PROBLEMS.items(), ids=PROBLEMS.keys())
def test_a_template_that_fails(
    to: str, problem: str, hook: WebhookReceiver, tables: Mapping[str, str]
) -> None:
    """Whatever a template does, the delivery is stored and answered 200, and the item says why."""
    assert hook(sent(ANSWERED.replace("to=2", f"to={to}")), None)["statusCode"] == 200
    (item,) = items(tables)
    assert problem in item.get("problem", {"S": ""})["S"]
    assert "4711-4712-4713" not in json.dumps(item)
    assert "record" not in item


RAW: dict[str, tuple[str | bytes, dict[str, Any], str]] = {
    "no UTF-8": (b"a=\xff\xfe", {}, "not UTF-8"),
    "broken JSON": ("{", {"content_type": JSON}, "not valid JSON"),
    "a JSON list": ("[]", {"content_type": JSON}, "not a JSON object"),
    "XML": ("<a/>", {"content_type": "text/xml"}, "not a hook"),
    "empty": ("", {}, "not a hook"),
    "many fields": ("&".join(f"a{at}=1" for at in range(3000)), {}, "not a hook"),
    "another hook": (f"account_id={ACCOUNT}&hook_event=channel_hold&call_id=c", {}, "not a hook"),
    "a hook it does not map": (ANSWERED.replace("answer", "create"), {}, "not a hook"),
    "an event of no call": (ANSWERED.replace("call_id=c1", ""), {}, "call_id is missing"),
    "a notification": (f"account_id={ACCOUNT}&event_name=voicemail_new", {}, "not a hook"),
    "a very long name": (f"{'n' * 90_000}=1&{'n' * 90_000}[a]=2", {}, ""),
    "a very long call": (ANSWERED.replace("c1", "c" * 5000), {}, ""),
    "a very long hook": (ANSWERED.replace("channel_answer", "h" * 5000), {}, "not a hook"),
    "a very long time": (ANSWERED.replace("63885519612", "9" * 5000), {}, ""),
}


@pytest.mark.parametrize(("body", "options", "problem"), RAW.values(), ids=RAW.keys())
def test_what_cannot_be_read_is_kept_raw(
    body: str | bytes,
    options: dict[str, Any],
    problem: str,
    hook: WebhookReceiver,
    tables: Mapping[str, str],
) -> None:
    """A delivery that is unexpected or unreadable is stored as it came, in the table itself."""
    assert hook(sent(body, **options), None)["statusCode"] == 200
    (item,) = items(tables)
    assert problem in item.get("problem", {"S": ""})["S"]
    stored = (
        item["body"]["S"].encode() if "body" in item else base64.b64decode(item["body_base64"]["S"])
    )
    assert stored == (body.encode() if isinstance(body, str) else body)


MANY = "&".join(f"custom_application_vars[v{at}]=1" for at in range(2000))


def test_variables_that_are_cut(
    hook: WebhookReceiver, tables: Mapping[str, str], log: io.StringIO
) -> None:
    """An event with too many variables is recorded like any other; item and log line are marked."""
    start, _, end = ANSWERED.rpartition("&hook_event")
    assert hook(sent(f"{start}&{MANY}&hook_event{end}"), None)["statusCode"] == 200
    (item,) = items(tables)
    assert Record.from_json(item["record"]["S"]).facts == {"to": "2"}
    assert item["values_cut"] == {"S": "true"}
    assert '"values_cut":"true"' in log.getvalue()


METHODS = {"POST": 200, "PUT": 200, "GET": 200, "DELETE": 405, "PATCH": 405, "HEAD": 405}


@pytest.mark.parametrize(("method", "status"), METHODS.items())
def test_methods(
    method: str, status: int, hook: WebhookReceiver, tables: Mapping[str, str]
) -> None:
    """KAZOO's three verbs are taken, others are refused and write nothing."""
    body, url = ("", f"https://h/?{ANSWERED}") if method == "GET" else (ANSWERED, "")
    assert hook(sent(body, method=method, url=url), None)["statusCode"] == status
    assert len(items(tables)) == (status == 200)


@pytest.mark.parametrize(
    "key", ["", "webhooks-developmen", "pivot-development", "header", "t1.a.1.d0.1.d.m"]
)
def test_wrong_keys(key: str, hook: WebhookReceiver, tables: Mapping[str, str]) -> None:
    """A wrong key, or one of another kind, is 401 with any method, and nothing is written."""
    assert hook(sent(key=key), None)["statusCode"] == 401
    assert hook(sent(key=key, method="DELETE"), None)["statusCode"] == 401
    assert items(tables) == []


def test_a_key_for_some_accounts(
    tables: Mapping[str, str], environment: pytest.MonkeyPatch
) -> None:
    """A key for one account takes its events, and what cannot be read by the hook's owner."""
    environment.setenv("KEY_HASHES", f"{digest_of('webhooks-a')}:{ACCOUNT}")
    receive = webhook(mapping)
    assert receive(sent(key="webhooks-a"), None)["statusCode"] == 200
    assert receive(sent("a=1", key="webhooks-a"), None)["statusCode"] == 401
    other = ANSWERED.replace(ACCOUNT, "f" * 32)
    assert receive(sent(other, key="webhooks-a"), None)["statusCode"] == 401
    assert len(items(tables)) == 1


def test_signed_deliveries(tables: Mapping[str, str], environment: pytest.MonkeyPatch) -> None:
    """With a secret for hooks only signed deliveries are taken; no other writes anything."""
    environment.setenv("HOOK_SECRETS", "old new")
    environment.setattr(time, "time", lambda: 63885519612 - GREGORIAN_EPOCH)
    receive = webhook(mapping)
    values = {"account_id": ACCOUNT, "call_id": "c1", "hook_event": "channel_answer", "to": "2"}
    for secret, status in (("new", 200), ("old", 200), ("other", 401), ("", 401)):
        sealed = second_version(values, secret, 63885519612)
        delivery = sent(json.dumps(sealed), content_type=JSON)
        assert receive(delivery, None)["statusCode"] == status, secret
    for body in (ANSWERED, "{", b"\xff"):
        assert receive(sent(body), None)["statusCode"] == 401
    stored = items(tables)
    assert [Record.from_json(item["record"]["S"]).facts for item in stored] == [{"to": "2"}] * 2


def test_a_verified_delivery_is_stored_at_any_later_time(
    tables: Mapping[str, str], environment: pytest.MonkeyPatch
) -> None:
    """A verified delivery comes back from the spool long after its signature has expired."""
    environment.setenv("HOOK_SECRETS", "secret")
    environment.setattr(time, "time", lambda: 63885519612 - GREGORIAN_EPOCH)
    values = {"account_id": ACCOUNT, "call_id": "c1", "hook_event": "channel_answer", "to": "2"}
    body = json.dumps(second_version(values, "secret", 63885519612))
    receive = webhook(mapping)
    assert receive(sent(body, content_type=JSON), None)["statusCode"] == 200
    (item,) = items(tables)
    lines = (json.dumps({"message": "SPOOL", "item": item}), json.dumps(item))
    key = {name: item[name] for name in ("pk", "sk")}
    environment.setattr(time, "time", lambda: 63885519612 - GREGORIAN_EPOCH + 365 * 86_400)
    assert receive(sent(body, content_type=JSON), None)["statusCode"] == 401

    dynamodb, table = aws_client("dynamodb"), tables["CALL_RECORDS_TABLE"]
    dynamodb.delete_item(TableName=table, Key=key)
    assert replayed(dynamodb, table, find(lines[0])) == [ReplayResult.STORED]
    assert items(tables) == [item]
    dynamodb.delete_item(TableName=table, Key=key)
    assert functions.load("workers/spooled_deliveries")(queue(lines[1]), None)
    assert items(tables) == [item]


def test_an_event_that_has_no_time(
    hook: WebhookReceiver, tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A delivery without a time is a repetition for a minute, and then another event."""
    parked = f"account_id={ACCOUNT}&call_id=c1&event_name=PARK_PARKED&parking_slot=1"
    for seconds, received in ((0, 0), (60, 0), (61, 61), (90, 61)):
        monkeypatch.setattr(time, "time", lambda seconds=seconds: 1_800_000_000 + seconds)
        assert hook(sent(parked), None)["statusCode"] == 200
        (item,) = items(tables)
        assert item["received_at"] == {"N": str(1_800_000_000 + received)}


def test_a_callflow_that_tells_the_same_twice(
    hook: WebhookReceiver, tables: Mapping[str, str]
) -> None:
    """The webhook action of a callflow has the second in its X-Hook-ID: each is an event."""
    body = f"account_id={ACCOUNT}&call_id=c1&fetch_id=f&step=menu"
    for hook_id in ("63885519590", "63885519590", "63885519599", HOOK["x-hook-id"]):
        delivery = event(body, key=KEY, headers={"x-hook-id": hook_id})
        assert hook(delivery, None)["statusCode"] == 200
    assert len(items(tables)) == 3


def test_a_query_that_the_gateway_has_decoded(
    hook: WebhookReceiver, tables: Mapping[str, str]
) -> None:
    """A GET through a REST API (payload 1.0) is the same event as through an HTTP API."""
    single = event("", method="GET", url=f"https://h/?{ANSWERED}", key=KEY)
    pairs = {
        key: [value] for key, _, value in (each.partition("=") for each in ANSWERED.split("&"))
    }
    rest = {"httpMethod": "GET", "multiValueQueryStringParameters": pairs}
    rest |= {"pathParameters": {"key": KEY}, "headers": {}}
    assert [hook(each, None)["statusCode"] for each in (single, rest)] == [200, 200]
    (item,) = items(tables)
    assert item["body"] == {"S": ANSWERED}


def test_a_body_is_cut_and_marked() -> None:
    """Of a body that is too long the start is kept, whole characters of it, and its length."""
    for body, attribute in (("é" * MAX_STORED, "body"), (b"\xff" * MAX_STORED * 2, "body_base64")):
        data = body.encode() if isinstance(body, str) else body
        request = request_of(event(body), MAX_BYTES)
        item = delivery_item(request, ItemKey("a#c", "event#x"), {})
        assert item["cut_from"] == {"N": str(len(data))}
        text = str(item[attribute]["S"])
        kept = text.encode() if attribute == "body" else base64.b64decode(text)
        assert kept == data[: len(kept)]
        assert MAX_STORED - 4 < len(kept) <= MAX_STORED


def test_a_large_delivery(hook: WebhookReceiver, tables: Mapping[str, str]) -> None:
    """The largest delivery that Lambda takes is stored in the table, cut, and answered 200."""
    large = f"{ANSWERED}&custom={'%C3%A9' * 700_000}"
    assert hook(sent(large), None)["statusCode"] == 200
    (item,) = items(tables)
    assert item["cut_from"] == {"N": str(len(large))}
    assert item["pk"] == {"S": f"{ACCOUNT}#c1"}


def test_a_receiver_says_what_it_takes(tables: Mapping[str, str]) -> None:
    """A receiver whose template does not name its events is an error at import."""
    assert tables

    def untyped(received):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return received

    def other(received: int) -> Record | None:
        raise AssertionError(received)

    with pytest.raises(TypeError, match="annotate its parameter"):
        webhook(untyped)
    with pytest.raises(TypeError, match="is not an event that KAZOO sends"):
        webhook(other)


# -- what KAZOO was seen to deliver ---------------------------------------------------------------

CAPTURED = [
    (case["name"], case["method"], case["url"], dict(case["headers_on_wire"]), case["body_raw"])
    for case in kazoo.captured("webhook-requests")
]
OBSERVED = [
    (case["name"], each["method"], each["url"], each["wire"]["headers"], each["body"])
    for case in kazoo.document("observed/webhooks.json")["cases"]
    for each in case["observed"]["http_requests"]
] + [
    (case["name"], each["method"], each["url"], each["headers"], each["body"])
    for case in kazoo.document("observed/random_webhooks.json")["cases"]
    for each in [case["request"]]
]


@kazoo.needs_data
def test_whatever_kazoo_delivers(tables: Mapping[str, str]) -> None:
    """Every delivery that KAZOO was seen to make is answered 200 and lies in the table."""
    handler = functions.load("webhooks/channel_events")
    digests = set()
    for name, method, url, headers, body in CAPTURED + OBSERVED:
        delivery = event(
            body or "",
            method=method,
            key=KEY,
            content_type=headers.get("content-type", FORM),
            headers={key: value for key, value in headers.items() if key.startswith("x-")},
        )
        delivery["rawQueryString"] = url.partition("?")[2]
        assert urlsplit(url).netloc
        assert handler(delivery, None)["statusCode"] == 200, name
        digests.add(body or delivery["rawQueryString"])
    stored = items(tables)
    assert len(stored) == len(digests)
    problems = {item["problem"]["S"] for item in stored if "record" not in item}
    assert problems <= {
        "account_id is missing",
        "call_id is missing",
        "account_id and call_id are missing",
        "not a hook that this receiver maps",
    }
