"""Events for customers: signed to the letter of Standard Webhooks, once to each endpoint."""

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

from functions.workers.fan_out.endpoints import (
    Endpoint,
    FanOut,
    NotDelivered,
    endpoints_in,
    headers,
    message,
)
from pivotkit.http.parameters import Value
from pivotkit.store.directory import Directory
from scripts.sample_deliveries import ACCOUNT, MORE
from tests.deliveries import delivery
from tests.loopback import Talk, answer, request_of, server

pytestmark = pytest.mark.filterwarnings("ignore:Couldn't determine the remaining time")

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""This, the id, time, payload and signature below are of the specification's own libraries."""

MISSED = delivery("missed_call", MORE["missed_call"])


def by_hand(secret: str, name: str, at: int, body: str) -> str:
    """A signature, computed with nothing but the specification and the standard library."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{name}.{at}.{body}".encode(), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def test_the_published_signature() -> None:
    """The specification's example has the signature that the specification says."""
    name, at, body = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}'
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert by_hand(SECRET, name, at, body) == expected
    endpoint = Endpoint("https://x.example", (SECRET,), ("*",))
    told = headers(endpoint, name.removeprefix("msg_"), datetime.fromtimestamp(at, UTC), body)
    assert told["webhook-signature"] == expected
    assert told["webhook-id"] == name
    assert told["webhook-timestamp"] == str(at)


def test_two_secrets() -> None:
    """While a secret is changed, both sign: each of them verifies what was sent."""
    other = "whsec_" + base64.b64encode(bytes(range(24))).decode()
    endpoint = Endpoint("https://x.example", (SECRET, other), ("*",))
    body = message(MISSED)
    told = headers(endpoint, MISSED.id, datetime.now(UTC), body)
    for secret in (SECRET, other):
        assert Webhook(secret).verify(body, told)["type"] == "missed_call"


def test_what_a_customer_is_told() -> None:
    """A message has type, time and data; nothing of the inside of the cluster."""
    told = json.loads(message(MISSED))
    assert (told["type"], told["timestamp"]) == ("missed_call", "2026-01-15T09:30:00+00:00")
    assert told["data"]["caller_id_number"] == "+14155550142"
    assert not {"node", "msg_id", "cluster_id"} & told["data"].keys()


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
    """An endpoint that cannot be used is left out, and does not keep others from theirs."""
    assert len(list(endpoints_in({"endpoints": entry}))) == usable


# -- through real sockets and a real table ---------------------------------------------------------


@pytest.fixture
def customers(tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., FanOut]:
    """Registers endpoints for the sample account."""
    assert tables
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")

    def registered(*endpoints: dict[str, Any]) -> FanOut:
        Directory("endpoints").put(ACCOUNT, {"endpoints": list(endpoints)})
        return FanOut(seconds=5)

    return registered


def noting(heard: list[str], *statuses: str) -> Talk:
    """A server that notes the ids it is sent, and answers with one status after the other."""

    def talk(connection: socket.socket) -> None:
        while request := request_of(connection):
            lines = request.decode().split("\r\n")
            heard.extend(line.partition(": ")[2] for line in lines if line.startswith("webhook-id"))
            connection.sendall(answer("", statuses[min(len(heard), len(statuses)) - 1]))

    return talk


def test_each_endpoint_gets_an_event_once(customers: Callable[..., FanOut]) -> None:
    """Whoever took an event is not sent it again when it comes again for somebody else."""
    well: list[str] = []
    ill: list[str] = []
    with server(noting(well, "204 No")) as one, server(noting(ill, "500 Oh", "200 OK")) as two:
        fan_out = customers(GOOD | {"url": one}, GOOD | {"url": two})
        with pytest.raises(NotDelivered, match=r"1 endpoint.*answered 500"):
            fan_out.send(MISSED)
        fan_out.send(MISSED)
        fan_out.send(MISSED)
    assert len(well) == 1
    assert ill == well * 2


def test_an_endpoint_that_is_gone(customers: Callable[..., FanOut]) -> None:
    """An endpoint that answers 410 is not asked again for this event."""
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
            told = delivery("missed_call", MORE["missed_call"] | {"call_id": str(number)})
            with pytest.raises(NotDelivered):
                fan_out.send(told)
    assert len(heard) == 3


def test_events_that_nobody_wants(customers: Callable[..., FanOut]) -> None:
    """An event that no endpoint names goes nowhere; `*` names all."""
    heard: list[str] = []
    with server(noting(heard, "200 OK")) as url:
        fan_out = customers(GOOD | {"url": url, "events": ["sms"]})
        fan_out.send(MISSED)
        assert not heard
        customers(GOOD | {"url": url, "events": ["*"]}).send(MISSED)
    assert heard == [f"msg_{MISSED.id}"]


def test_an_account_without_endpoints(customers: Callable[..., FanOut]) -> None:
    """Nothing is sent for an account that has no endpoints."""
    customers().send(delivery("missed_call", {}))
