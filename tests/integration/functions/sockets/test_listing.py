"""WebSockets over HTTP, as Crossbar lists them: with a key, and the account's own alone."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest

from pivotctl.project import Route
from pivotctl.stack.gateway import http_event
from pivotkit.events.bindings import CALL_EVENTS
from pivotkit.http.keys import digest_of
from pivotkit.store.sockets import Bound, Connection, Grant, Sockets
from tests.functions import load
from tests.sockets import OURS, THEIRS

KEY = "sockets-" + "k" * 32
ROUTE = Route("Api", "GET", "/v2/{path+}")
SOCKET = "L0SM9cOFvHcCIhw="


@pytest.fixture(autouse=True)
def connected(tables: Mapping[str, str], function_environment: pytest.MonkeyPatch) -> None:
    """A connection with two bindings of ours, and one of another account."""
    assert tables
    function_environment.setenv("KEY_HASHES", f"{digest_of(KEY)}:{OURS}")
    for identifier, account in ((SOCKET, OURS), ("M0SM9cOFvHcCIhw=", THEIRS)):
        grant = Grant("a key", frozenset({account}))
        now = int(time.time())
        connection = Connection(
            identifier, "203.0.113.25", now, kazoo5=False, grant=grant, bindings=()
        )
        Sockets().open(connection)
        bound = [Bound(account, name) for name in ("call.*.*", "object.doc_edited.user")]
        Sockets().bind(connection, bound)


def get(path: str, headers: tuple[tuple[str, str], ...] = ()) -> tuple[int, Any]:
    """The status of the answer to a GET, and its envelope."""
    event = http_event("GET", f"https://pivot.example.com/v2/{path}", headers, route=ROUTE)
    answer = load("sockets/websockets")(event, None)
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.parametrize(
    "headers",
    [(("x-auth-token", KEY),), (("authorization", f"Bearer {KEY}"),)],
    ids=["token", "bearer"],
)
def test_an_accounts_sockets_are_listed(headers: tuple[tuple[str, str], ...]) -> None:
    """Each connection of the account with its bindings, and one alone by its ID."""
    status, envelope = get(f"accounts/{OURS}/websockets", headers)
    (row,) = envelope["data"]
    assert (status, envelope["status"]) == (200, "success")
    assert row["websocket_session_id"] == SOCKET
    assert row["bindings"] == ["call.*.*", "object.doc_edited.user"]
    assert row["timestamp"] > 63_000_000_000
    assert get(f"accounts/{OURS}/websockets/{quote(SOCKET)}", headers)[1]["data"] == row
    assert get(f"accounts/{OURS}/websockets/other", headers)[0] == 404


def test_what_can_be_bound_needs_no_key() -> None:
    """`GET /v2/websockets` lists all bindings by kind, as KAZOO does."""
    status, envelope = get("websockets")
    assert status == 200
    assert envelope["data"]["call"] == [f"call.{event}.{{CALL_ID}}" for event in CALL_EVENTS]


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [
        (f"accounts/{OURS}/websockets", "", 401),
        (f"accounts/{OURS}/websockets", "sockets-wrong", 401),
        (f"accounts/{OURS}/websockets", "webhooks-development", 401),
        (f"accounts/{OURS}/websockets", "ticket-wrong", 401),
        (f"accounts/{OURS}/websockets/{SOCKET}", "", 401),
        (f"accounts/{THEIRS}/websockets", KEY, 403),
        (f"accounts/{THEIRS}/websockets/M0SM9cOFvHcCIhw=", KEY, 403),
        ("accounts", KEY, 404),
        ("users", KEY, 404),
    ],
)
def test_nothing_is_shown_without_a_key_of_the_account(path: str, token: str, status: int) -> None:
    """No key, a wrong one, and one of another account get an error in Crossbar's envelope."""
    headers = (("x-auth-token", token),) if token else ()
    found, envelope = get(path, headers)
    assert found == status
    assert (envelope["status"], envelope["error"]) == ("error", str(status))
    assert SOCKET not in json.dumps(envelope)


def test_an_address_that_guesses_is_told_to_wait() -> None:
    """After ten wrong keys the answer is 429."""
    path = f"accounts/{OURS}/websockets"
    statuses = [get(path, (("x-auth-token", f"guess-{at}"),))[0] for at in range(12)]
    assert statuses == [401] * 10 + [429] * 2
