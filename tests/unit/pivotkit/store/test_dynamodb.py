"""Requests to DynamoDB: what is sent, what is tried again, and what becomes of an answer."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import boto3
import pytest
import time_machine
import trustme
from botocore.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pivotkit.core.deadline import Deadline, DeadlineExceeded
from pivotkit.core.errors import StateUnavailable
from pivotkit.store import connections, dynamodb
from pivotkit.store.database import DynamoDbError
from pivotkit.store.dynamodb import JsonDynamoDb
from pivotkit.store.table import Table
from pivotkit.store.with_boto3 import Boto3DynamoDb
from tests.unit.pivotkit.store.scripted import (
    Reply,
    Scripted,
    drips,
    hangs_up,
    is_silent,
    refuses,
    says,
    scripted,
)

ITEM = {"pk": {"S": "a#1"}, "body": {"B": b"\x00\xff"}, "n": {"N": "12"}}
GET = {"TableName": "calls", "Key": {"pk": {"S": "a#1"}}}
FOUND = {"Item": {"pk": {"S": "a#1"}, "body": {"B": "AP8="}, "n": {"N": "12"}}}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A function's environment on Lambda, as far as a client reads it."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr(dynamodb, "_PAUSE_SECONDS", 0)
    return monkeypatch


@pytest.fixture
def made(environment: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes a client of a scripted DynamoDB, and closes it."""
    clients: list[JsonDynamoDb] = []

    def make(server: Scripted) -> JsonDynamoDb:
        environment.setenv("AWS_ENDPOINT_URL_DYNAMODB", server.url)
        clients.append(JsonDynamoDb())
        return clients[-1]

    yield make
    for each in clients:
        each.close()


# -- what is sent and read -------------------------------------------------------------------------


def test_a_request(made: Any) -> None:
    """An operation is a signed POST of its parameters, and bytes are base64 on the way alone."""
    with scripted(says(200, FOUND)) as server:
        assert made(server).call("get_item", GET) == {"Item": ITEM}
        made(server).call("put_item", {"TableName": "calls", "Item": ITEM})
    assert server.targets == ["GetItem", "PutItem"]
    assert json.loads(server.bodies[0]) == GET
    assert json.loads(server.bodies[1])["Item"]["body"] == {"B": "AP8="}
    assert server.headers[0]["content-type"] == "application/x-amz-json-1.0"
    assert "/eu-west-1/dynamodb/aws4_request, " in server.headers[0]["authorization"]


TEXT = st.text(max_size=10)
VALUES = st.recursive(
    st.one_of(
        st.builds(lambda text: {"S": text}, TEXT),
        st.builds(lambda number: {"N": str(number)}, st.integers()),
        st.builds(lambda data: {"B": data}, st.binary(max_size=8)),
        st.builds(lambda on: {"BOOL": on}, st.booleans()),
        st.just({"NULL": True}),
        st.builds(lambda texts: {"SS": texts}, st.lists(TEXT, min_size=1, max_size=3)),
        st.builds(lambda data: {"BS": data}, st.lists(st.binary(max_size=4), min_size=1)),
    ),
    lambda inner: st.one_of(
        st.builds(lambda each: {"L": each}, st.lists(inner, max_size=3)),
        st.builds(
            lambda each: {"M": each},
            st.dictionaries(st.sampled_from(["B", "BS", "S", "M", "x"]) | TEXT, inner, max_size=3),
        ),
    ),
    max_leaves=8,
)
ITEMS = st.dictionaries(st.sampled_from(["B", "BS", "S"]) | TEXT, VALUES, max_size=4)


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Scripted, JsonDynamoDb, Boto3DynamoDb]]:
    """Both clients of a server that returns as `Attributes` the item that it was sent."""
    found: list[Scripted] = []

    def echo(connection: socket.socket) -> bool:
        item = json.loads(found[0].bodies[-1])["Item"]
        return says(200, {"Attributes": item})(connection)

    with scripted(echo) as server:
        found.append(server)
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("AWS_DEFAULT_REGION", "eu-west-1")
            patched.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
            patched.setenv("AWS_SECRET_ACCESS_KEY", "secret")
            patched.setenv("AWS_ENDPOINT_URL_DYNAMODB", server.url)
            ours = JsonDynamoDb()
            sdk: Any = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
        yield server, ours, Boto3DynamoDb(sdk)
        ours.close()
        sdk.close()


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(item=ITEMS)
def test_both_clients_send_and_read_the_same(
    both: tuple[Scripted, JsonDynamoDb, Boto3DynamoDb], item: dict[str, Any]
) -> None:
    """Whatever an item holds, this client and boto3's send the same, and return the same."""
    server, ours, sdk = both
    request = {"TableName": "calls", "Item": item, "ReturnValues": "ALL_OLD"}
    answer = ours.call("put_item", request)
    theirs = sdk.call("put_item", request)
    assert answer["Attributes"] == theirs["Attributes"] == item
    assert json.loads(server.bodies[-2]) == json.loads(server.bodies[-1])
    assert server.headers[-2]["x-amz-target"] == server.headers[-1]["x-amz-target"]
    assert server.headers[-2]["content-type"] == server.headers[-1]["content-type"]


# -- what is tried again ---------------------------------------------------------------------------

AGAIN = {
    "throttled": refuses("ProvisionedThroughputExceededException"),
    "throttled account": refuses("ThrottlingException"),
    "limit": refuses("RequestLimitExceeded"),
    "transaction in progress": refuses("TransactionInProgressException"),
    "fault": refuses("InternalServerError", 500),
    "unavailable": says(503, b"<html>"),
    "hung up": hangs_up,
    "wrong checksum": says(200, FOUND, headers={"x-amz-crc32": "1"}),
    "no checksum": says(200, FOUND, headers={"x-amz-crc32": "none"}),
    "no JSON": says(200, b"<html>", headers={"x-amz-crc32": ""}),
    "no object": says(200, [1]),
}


@pytest.mark.parametrize("first", AGAIN.values(), ids=AGAIN)
def test_a_passing_fault_is_tried_again(made: Any, first: Reply) -> None:
    """One fault of a kind that passes costs a second attempt and nothing else."""
    with scripted(first, says(200, FOUND)) as server:
        assert made(server).call("get_item", GET) == {"Item": ITEM}
    assert server.targets == ["GetItem"] * 2


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (AGAIN["throttled"], "ProvisionedThroughputExceededException"),
        (AGAIN["fault"], "InternalServerError"),
        (AGAIN["hung up"], "ConnectionClosedError"),
        (AGAIN["wrong checksum"], "ChecksumError"),
        (AGAIN["no JSON"], "ResponseParserError"),
        (is_silent, "ReadTimeoutError"),
    ],
)
def test_a_lasting_fault_is_an_error(
    environment: pytest.MonkeyPatch, made: Any, reply: Reply, code: str
) -> None:
    """After two attempts the state is unavailable, and the error names the reason."""
    environment.setattr(dynamodb, "ANSWER_SECONDS", 0.02)
    with scripted(reply) as server:
        table = Table("calls", made(server))
        with pytest.raises(StateUnavailable, match=code):
            table.ask("get_item", Key=GET["Key"])
    assert server.targets == ["GetItem"] * 2


FINAL = ("ValidationException", "ResourceNotFoundException", "AccessDeniedException")


@pytest.mark.parametrize("code", FINAL)
def test_a_refusal_is_final(made: Any, code: str) -> None:
    """A request that is wrong, or not allowed, is sent once."""
    with scripted(refuses(code)) as server, pytest.raises(DynamoDbError, match=code):
        made(server).call("get_item", GET)
    assert len(server.headers) == 1


def test_a_failed_condition_is_an_outcome(made: Any) -> None:
    """A condition that fails returns the item as it is, with bytes as bytes."""
    reply = refuses("ConditionalCheckFailedException", Item=FOUND["Item"])
    with scripted(reply) as server:
        assert Table("calls", made(server)).write("put_item", Item=ITEM) == (False, ITEM)


def test_a_cancelled_transaction_has_reasons(made: Any) -> None:
    """A transaction that was refused says why, step by step."""
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}]
    with scripted(refuses("TransactionCanceledException", CancellationReasons=reasons)) as server:
        found = Table("calls", made(server)).transact({"Put": {"Item": ITEM}})
    assert found == ["None", "ConditionalCheckFailed"]


@pytest.mark.parametrize("code", ["InvalidSignatureException", "RequestTimeTooSkewed"])
def test_a_wrong_clock(made: Any, code: str) -> None:
    """A machine whose clock is wrong goes by DynamoDB's from the second attempt on."""
    now = datetime(2026, 11, 29, 8, tzinfo=UTC)
    later = {"date": format_datetime(now + timedelta(hours=2), usegmt=True)}
    skewed = says(400, {"__type": code}, headers=later)
    with time_machine.travel(now, tick=False), scripted(skewed, says(200, FOUND)) as server:
        client = made(server)
        client.call("get_item", GET)
        client.call("get_item", GET)
    dates = [each["x-amz-date"] for each in server.headers]
    assert dates == ["20261129T080000Z", "20261129T100000Z", "20261129T100000Z"]


@pytest.mark.parametrize("date", ["", "no date", "Sun, 29 Nov 2026 08:00:00 -0000"])
def test_a_wrong_secret_is_no_wrong_clock(made: Any, date: str) -> None:
    """A signature that is refused at the right time is not sent again."""
    headers = {"date": date} if date else None
    reply = says(403, {"__type": "InvalidSignatureException"}, headers=headers)
    with scripted(reply) as server, pytest.raises(DynamoDbError, match="InvalidSignature"):
        made(server).call("get_item", GET)
    assert len(server.headers) == 1


# -- connections -----------------------------------------------------------------------------------


def test_a_connection_is_kept(made: Any) -> None:
    """Request after request goes over one connection."""
    with scripted(says(200, FOUND)) as server:
        client = made(server)
        for _ in range(5):
            client.call("get_item", GET)
    assert server.connections == 1


def test_a_connection_that_was_closed_is_replaced(made: Any) -> None:
    """A connection that DynamoDB closed between two requests costs no attempt."""
    with scripted(says(200, FOUND, keep=False)) as server:
        client = made(server)
        client.call("get_item", GET)
        _wait_until_closed(client)
        client.call("get_item", GET)
    assert (server.connections, len(server.headers)) == (2, 2)


def _wait_until_closed(client: JsonDynamoDb) -> None:
    (idle,) = client._connections._idle
    while connections._is_open(idle):
        pass


def test_threads_have_connections_of_their_own(made: Any) -> None:
    """Many threads get their own answers through one client."""

    def answer(connection: socket.socket) -> bool:
        return says(200, {})(connection)

    with scripted(answer) as server, ThreadPoolExecutor(8) as pool:
        client = made(server)
        found = list(pool.map(lambda _: client.call("get_item", GET), range(200)))
    assert found == [{}] * 200
    assert server.connections <= 8


def test_a_deadline_cuts_a_slow_answer(made: Any) -> None:
    """An answer that drips is cut by the call's deadline, and its connection is not used again."""
    with scripted(drips, says(200, FOUND)) as server:
        client = made(server)
        with pytest.raises(DeadlineExceeded), Deadline(0.1):
            client.call("get_item", GET)
        assert client.call("get_item", GET) == {"Item": ITEM}
    assert server.connections == 2


def test_an_endpoint_that_refuses(environment: pytest.MonkeyPatch) -> None:
    """An endpoint that nobody listens at is an error with a name."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        environment.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{bound.getsockname()[1]}")
        with pytest.raises(DynamoDbError, match="EndpointConnectionError"):
            JsonDynamoDb().call("get_item", GET)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_ipv6(made: Any) -> None:
    """An endpoint may have an IPv6 address alone."""
    try:
        with scripted(says(200, FOUND), family=socket.AF_INET6) as server:
            made(server).call("get_item", GET)
            assert server.headers[0]["host"].startswith("[::1]:")
    except OSError as error:
        pytest.skip(f"no IPv6 on the loopback interface: {error}")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority that no machine trusts."""
    return trustme.CA()


def _tls(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def test_tls(
    environment: pytest.MonkeyPatch, made: Any, authority: trustme.CA, tmp_path: Any
) -> None:
    """Over TLS a certificate counts if an authority that is trusted has issued it."""
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    environment.setenv("AWS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    with scripted(says(200, FOUND), tls=_tls(authority, "localhost")) as server:
        assert made(server).call("get_item", GET) == {"Item": ITEM}


@pytest.mark.parametrize("trusted", [False, True])
def test_a_wrong_certificate(
    environment: pytest.MonkeyPatch,
    made: Any,
    authority: trustme.CA,
    tmp_path: Any,
    *,
    trusted: bool,
) -> None:
    """A stranger's certificate, and one of another name, get no request."""
    if trusted:
        authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
        environment.setenv("AWS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    stranger = scripted(says(200, FOUND), tls=_tls(authority, "elsewhere.example"))
    with stranger as server, pytest.raises(DynamoDbError, match="SSLError"):
        made(server).call("get_item", GET)
    assert server.headers == []


def test_the_first_connection_is_opened_at_init(environment: pytest.MonkeyPatch, made: Any) -> None:
    """On Lambda the first request finds an open connection, except after a snapshot."""
    environment.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
    with scripted(says(200, FOUND)) as server:
        client = made(server)
        while not client._connections._idle:
            pass
        environment.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
        assert not made(server)._connections._idle
        client.call("get_item", GET)
    assert server.connections == 1


@pytest.mark.parametrize("url", ["127.0.0.1:4566", "ftp://x", "https://"])
def test_an_endpoint_that_is_no_url(environment: pytest.MonkeyPatch, url: str) -> None:
    """A wrong endpoint is named at INIT."""
    environment.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
    with pytest.raises(ValueError, match="is no URL"):
        JsonDynamoDb()


def test_the_sdk_may_be_taken_instead(environment: pytest.MonkeyPatch) -> None:
    """One variable takes boto3's client in place of this one."""
    environment.setenv("DYNAMODB_CLIENT", "boto3")
    dynamodb.dynamodb.cache_clear()
    assert isinstance(dynamodb.dynamodb(), Boto3DynamoDb)
    dynamodb.dynamodb.cache_clear()
