"""Events for customers: signed exactly as Standard Webhooks specifies, once to each endpoint."""

import base64
import hashlib
import hmac
import json
import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from functions.workers.fan_out.endpoints import Endpoint, endpoints_in, headers, payload
from functions.workers.fan_out.fan_out import FanOut, NotDelivered
from pivotkit.http.parameters import Value
from pivotkit.services.crossbar import Account
from pivotkit.store.directory import Directory
from scripts.sample_deliveries import ACCOUNT, MORE
from tests.deliveries import delivery
from tests.loopback import Talk, answer, request_of, server

pytestmark = pytest.mark.filterwarnings("ignore:Couldn't determine the remaining time")

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""This, and the ID, time, payload, and signature below, are from the specification's libraries."""

MISSED = delivery("missed_call", MORE["missed_call"])


def by_hand(secret: str, name: str, at: int, body: str) -> str:
    """A signature that is computed with only the specification and the standard library."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{name}.{at}.{body}".encode(), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def test_the_published_signature() -> None:
    """The specification's example gets the signature that the specification shows."""
    name, at, body = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}'
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert by_hand(SECRET, name, at, body) == expected
    endpoint = Endpoint("https://x.example", (SECRET,), ("*",))
    signed = headers(endpoint, name.removeprefix("msg_"), datetime.fromtimestamp(at, UTC), body)
    assert signed["webhook-signature"] == expected
    assert signed["webhook-id"] == name
    assert signed["webhook-timestamp"] == str(at)


def test_two_secrets() -> None:
    """While a secret is rotated, both sign, and each of them verifies the payload."""
    other = "whsec_" + base64.b64encode(bytes(range(24))).decode()
    endpoint = Endpoint("https://x.example", (SECRET, other), ("*",))
    body = payload(MISSED)
    signed = headers(endpoint, MISSED.id, datetime.now(UTC), body)
    for secret in (SECRET, other):
        assert Webhook(secret).verify(body, signed)["type"] == "missed_call"


def test_the_payload() -> None:
    """A payload has type, time, and data, and nothing about the inside of the cluster."""
    sent = json.loads(payload(MISSED))
    assert (sent["type"], sent["timestamp"]) == ("missed_call", "2026-01-15T09:30:00+00:00")
    assert sent["data"]["caller_id_number"] == "+14155550142"
    assert not {"node", "msg_id", "cluster_id"} & sent["data"].keys()


GOOD: dict[str, Any] = {"url": "https://x.example", "secret": SECRET, "events": ["missed_call"]}
ENTRIES: list[tuple[Value, int]] = [
    ([GOOD, GOOD], 2),
    ([GOOD | {"secret": f"{SECRET} {SECRET}"}], 1),
    ([GOOD | {"secret": ""}, GOOD], 1),
    ([GOOD | {"secret": "whsec_short"}], 0),
    ([GOOD | {"events": "missed_call"}], 0),
    (["https://x.example", {}, None, GOOD], 1),
    ("none", 0),
    (None, 0),
]


@pytest.mark.parametrize(("entry", "usable"), ENTRIES)
def test_endpoints_of_an_account(entry: Value, usable: int) -> None:
    """An invalid endpoint is left out, and the others still get events."""
    assert len(list(endpoints_in({"endpoints": entry}))) == usable


# -- through real sockets and a real table ---------------------------------------------------------


@pytest.fixture
def customers(tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., FanOut]:
    """Register endpoints for the sample account."""
    assert tables
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")

    def registered(*endpoints: dict[str, Any]) -> FanOut:
        Directory("endpoints").of(Account(ACCOUNT)).put("all", {"endpoints": list(endpoints)})
        return FanOut(seconds=5)

    return registered


def noting(heard: list[str], *statuses: str) -> Talk:
    """A server that notes the IDs it receives, and answers with one status after another."""

    def talk(connection: socket.socket) -> None:
        while request := request_of(connection):
            lines = request.decode().split("\r\n")
            heard.extend(line.partition(": ")[2] for line in lines if line.startswith("webhook-id"))
            connection.sendall(answer("", statuses[min(len(heard), len(statuses)) - 1]))

    return talk


def test_each_endpoint_gets_an_event_once(customers: Callable[..., FanOut]) -> None:
    """An endpoint that accepted an event does not get it again when another one does."""
    steady: list[str] = []
    flaky: list[str] = []
    with (
        server(noting(steady, "204 No")) as one,
        server(noting(flaky, "500 Oh", "200 OK")) as two,
    ):
        fan_out = customers(GOOD | {"url": one}, GOOD | {"url": two})
        with pytest.raises(NotDelivered, match=r"1 endpoint.*answered 500"):
            fan_out.send(MISSED)
        fan_out.send(MISSED)
        fan_out.send(MISSED)
    assert len(steady) == 1
    assert flaky == steady * 2


def test_an_endpoint_that_is_gone(customers: Callable[..., FanOut]) -> None:
    """An endpoint that answers 410 does not get the event again."""
    heard: list[str] = []
    with server(noting(heard, "410 Gone")) as url:
        fan_out = customers(GOOD | {"url": url})
        fan_out.send(MISSED)
        fan_out.send(MISSED)
    assert len(heard) == 1


def test_an_endpoint_that_fails_is_left_alone(customers: Callable[..., FanOut]) -> None:
    """After three failures in a row an endpoint is left alone, and events wait in the queue."""
    heard: list[str] = []
    with server(noting(heard, "500 Oh")) as url:
        fan_out = customers(GOOD | {"url": url})
        for number in range(5):
            missed = delivery("missed_call", MORE["missed_call"] | {"call_id": str(number)})
            with pytest.raises(NotDelivered):
                fan_out.send(missed)
    assert len(heard) == 3


def test_events_that_nobody_wants(customers: Callable[..., FanOut]) -> None:
    """An event that no endpoint names goes nowhere; `*` names all events."""
    heard: list[str] = []
    with server(noting(heard, "200 OK")) as url:
        fan_out = customers(GOOD | {"url": url, "events": ["sms"]})
        fan_out.send(MISSED)
        assert not heard
        customers(GOOD | {"url": url, "events": ["*"]}).send(MISSED)
    assert heard == [f"msg_{MISSED.id}"]


def test_an_account_without_endpoints(customers: Callable[..., FanOut]) -> None:
    """Nothing is sent for an account without endpoints."""
    customers().send(delivery("missed_call", {}))
