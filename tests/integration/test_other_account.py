"""The key of one account, and deliveries that claim another, at every receiver and worker."""

import json
import socket
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from pivotctl.switch.webhooks.hook_request import second_version
from pivotkit.core.gregorian import GREGORIAN_EPOCH
from pivotkit.http.keys import digest_of
from pivotkit.http.parameters import Value
from pivotkit.services.crossbar import Account
from pivotkit.store.directory import Directory
from pivotkit.store.records import Delivery
from pivotkit.store.sockets import Bound, Connection, Grant, Sockets
from pivotkit.workers.bus import detail_of
from scripts.sample_deliveries import MORE
from tests import functions, loopback
from tests.aws import aws_client
from tests.events import FORM, JSON, event
from tests.integration.pivotkit.workers.batches import queue, stream
from tests.integration.sharing import share

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Couldn't determine the remaining time"),
]
OURS, THEIRS = "a" * 32, "b" * 32
KEYS = {kind: f"{kind}-ours" for kind in ("webhooks", "cdr")}
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # published in the specification's own tests
RAW = frozenset({"body", "body_base64", "hook_account_id", "hook_id"})
"""Attributes of a delivery that hold what was sent, as it came."""

OTHER_RECEIVERS = ("cdr/cdr_url", "webhooks/recordings")
RECEIVERS = sorted(
    f"webhooks/{path.parent.name}"
    for path in functions.FUNCTIONS.glob("webhooks/*/app.py")
    if path.parent.name != "recordings"
)
WORKERS = sorted(
    path.parent.name
    for path in functions.FUNCTIONS.glob("workers/*/function.yaml")
    if "\nschedule:" not in path.read_text("utf-8")
)
SERVICES = ("BILLING_URL", "CHAT_URL", "CROSSBAR_URL", "DESK_URL", "ROWS_URL")


def test_every_worker_is_attacked() -> None:
    """The workers behind a receiver are those that do not run on a schedule."""
    assert {"billing_sync", "fan_out", "notify_chat", "screen_pop", "store_media"} <= set(WORKERS)
    assert {"call_records", "event_bus", "cdr_alarms", "last_agents"} <= set(WORKERS)


class Outside:
    """Every service that workers ask: takes all requests, and answers them alike."""

    def __init__(self) -> None:
        self.requests: list[str] = []

    def talk(self, connection: socket.socket) -> None:
        """Take requests until the other side closes."""
        while request := loopback.request_of(connection):
            self.requests.append(request.decode(errors="replace"))
            connection.sendall(loopback.answer('{"data": {}, "auth_token": "t"}'))


@pytest.fixture
def outside(tables: Mapping[str, str], function_environment: pytest.MonkeyPatch) -> Iterator[Any]:
    """All services, endpoints of both accounts, and a key that is good for ours only."""
    assert tables
    found = Outside()
    for name in ("RECORDINGS_BUCKET", "MEDIA_BUCKET", "CDR_BUCKET"):
        function_environment.setenv(name, "files-of-two-accounts")
    aws_client("s3").create_bucket(Bucket="files-of-two-accounts")
    function_environment.setenv("MEDIA_ACCOUNTS", "all")
    function_environment.setenv("SECRETS_PATH", "/local/worker")
    with loopback.server(found.talk) as base:
        for name in SERVICES:
            function_environment.setenv(name, f"{base}/{name.lower()}")
        for account in (OURS, THEIRS):
            endpoint: dict[str, Value] = {"secret": SECRET, "events": ["*"]}
            endpoint["url"] = f"{base}/customers/{account}"
            Directory("endpoints").of(Account(account)).put("all", {"endpoints": [endpoint]})
        share("rate", "1", {"per_minute": 100})
        function_environment.setenv("SOCKETS_ENDPOINT", f"{base}/sockets")
        for account in (OURS, THEIRS):
            listening(account)
        yield found


def listening(account: str) -> None:
    """Open a WebSocket of an account, with a binding for every call and document."""
    grant = Grant("a key", frozenset({account}))
    now = int(time.time())
    socket_ = Connection(account, "203.0.113.25", now, kazoo5=False, grant=grant, bindings=())
    Sockets().open(socket_)
    Sockets().bind(socket_, [Bound(account, "call.*.*"), Bound(account, "object.*.*")])


def leg(name: str) -> dict[str, Any]:
    """An event of an agent's leg."""
    return {
        "account_id": OURS,
        "call_id": f"{name}@198.51.100.23",
        "hook_event": name,
        "call_direction": "outbound",
        "owner_id": "u1",
        "caller_id_number": "+14155550123",
        "callee_id_number": "+14155550199",
        "other_leg_call_id": "a-leg",
        "billing_seconds": 60,
        "timestamp": int(time.time()) + GREGORIAN_EPOCH,
    }


def events() -> list[dict[str, Any]]:
    """An event of ours for each worker."""
    deleted = {"account_id": OURS, "action": "doc_deleted", "type": "user", "id": "u1"}
    edited = deleted | {"action": "doc_edited", "id": "u2"}
    names = ("channel_create", "channel_answer", "channel_bridge", "channel_destroy")
    notified = ("missed_call", "voicemail_new", "inbound_fax", "outbound_fax", "funnel")
    own = [MORE[name] | {"account_id": OURS, "call_id": f"{name}-call"} for name in notified]
    return [deleted, edited, *map(leg, names), *own]


def attacks(own: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Bodies that claim to be the other account's event: content type, body, and query."""
    theirs = own | {"account_id": THEIRS}
    sealed, forged = (second_version(each, "", 63_885_519_612) for each in (own, theirs))
    claims = {"account_id": THEIRS, "Account-ID": THEIRS, "custom_data": {"account_id": THEIRS}}
    spelled = "&".join(f"{name}={THEIRS}" for name in ("account-id", "Account-ID", "[account_id]"))
    ours = "&".join(f"{name}={value}" for name, value in own.items() if isinstance(value, str))
    yield JSON, json.dumps(theirs), ""
    yield JSON, json.dumps(forged), ""
    yield JSON, json.dumps(sealed | claims), ""
    yield JSON, json.dumps({**sealed, "data": {**forged, **own}}), ""
    yield JSON, json.dumps({**own, "data": theirs, "event": theirs}), ""
    yield JSON, json.dumps(own | {name: claims[name] for name in ("Account-ID", "custom_data")}), ""
    yield JSON, json.dumps(own), f"account_id={THEIRS}"
    yield FORM, f"account_id={THEIRS}&{ours}&{spelled}", ""
    yield FORM, f"{ours}&{spelled}&account_id={THEIRS}", ""
    yield FORM, f"{spelled}&{ours}", f"account_id={THEIRS}&call_id=x"


def deliver(function: str, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Send every attack on every event to *function*; return the statuses."""
    kind = function.partition("/")[0]
    monkeypatch.setenv("KEY_HASHES", f"{digest_of(KEYS[kind])}:{OURS}")
    handler = functions.load(function)
    found = []
    for own in events():
        for content_type, body, query in attacks(own):
            headers = {"x-hook-id": "h", "x-account-id": THEIRS if query else OURS}
            url = f"https://h/?{query}"
            sent = event(body, key=KEYS[kind], content_type=content_type, headers=headers, url=url)
            found.append(int(handler(sent, None)["statusCode"]))
    return found


def items(table: str) -> list[dict[str, Any]]:
    """Everything in a table."""
    pages = aws_client("dynamodb").get_paginator("scan").paginate(TableName=table)
    return [item for page in pages for item in page["Items"]]


def work(deliveries: list[dict[str, Any]]) -> None:
    """Hand every delivery to every worker, whatever its rule selects."""
    for name in WORKERS:
        handler = functions.load(f"workers/{name}")
        for item in deliveries:
            if name in ("call_records", "event_bus"):
                handler(stream(item), None)
            elif name != "spooled_deliveries":
                detail = json.loads(detail_of(Delivery(item["pk"]["S"], item)))
                handler(queue(json.dumps({"detail": detail})), None)


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("buses")
def test_no_effect_names_another_account(
    outside: Outside, tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is delivered with the key of one account, no effect names another one."""
    for function in [*RECEIVERS, "cdr/cdr_url"]:
        assert set(deliver(function, monkeypatch)) <= {200, 401}, function
    stored = items(tables["CALL_RECORDS_TABLE"])
    assert len(stored) > len(events())
    assert {item["pk"]["S"].partition("#")[0] for item in stored} == {OURS}
    work(stored)
    for item in items(tables["CALL_RECORDS_TABLE"]):
        made = {name: value for name, value in item.items() if name not in RAW}
        assert THEIRS not in json.dumps(made)
    for name in ("DIRECTORY_TABLE", "CALL_STATE_TABLE"):
        others = [item for item in items(tables[name]) if item["pk"]["S"] != f"endpoints#{THEIRS}"]
        assert THEIRS not in json.dumps(others)
    assert not [request for request in outside.requests if THEIRS in request]
    paths = (
        f"DELETE /billing_url/accounts/{OURS}/user/u1",
        f"POST /customers/{OURS}",
        f"POST /sockets/@connections/{OURS}",
    )
    for path in paths:
        assert any(request.startswith(path) for request in outside.requests), path


@pytest.mark.usefixtures("outside")
def test_recordings(tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording with the key of one account lies in that account's folder, or is refused."""
    monkeypatch.setenv("KEY_HASHES", f"{digest_of(KEYS['webhooks'])}:{OURS}")
    handler = functions.load("webhooks/recordings")
    queries = {
        "": 200,
        f"account_id={OURS}": 200,
        f"Account-ID={THEIRS}": 200,
        f"account_id={THEIRS}": 401,
        f"account_id={OURS}&account_id={THEIRS}": 401,
        f"account_id={THEIRS}&account_id={OURS}": 200,
    }
    for query, status in queries.items():
        sent = event(
            query.encode() + b"sound",
            method="PUT",
            key=KEYS["webhooks"],
            content_type="audio/mpeg",
            url=f"https://h/?{query}&call_id=c1",
        )
        sent["pathParameters"] |= {"name": "call_recording_c1.mp3"}
        assert handler(sent, None)["statusCode"] == status, query
    files = aws_client("s3").list_objects_v2(Bucket="files-of-two-accounts")["Contents"]
    assert {each["Key"].partition("/")[0] for each in files} == {OURS}
    assert {item["pk"]["S"] for item in items(tables["CALL_RECORDS_TABLE"])} == {f"{OURS}#c1"}
