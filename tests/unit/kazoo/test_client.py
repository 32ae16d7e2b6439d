"""The client: retries, tokens, pages, and bodies that are checked before they leave."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from pivotctl.kazoo import errors
from pivotctl.kazoo.client import KazooClient, Session
from pivotctl.kazoo.credentials import SignIn, SignIns, UserCredentials, expiry, sign_in
from pivotctl.kazoo.exchange import CrossbarCall
from pivotctl.kazoo.transport import PATIENCE, Transport
from tests.unit.kazoo.crossbar_server import (
    ACCOUNT,
    KEY,
    Heard,
    Said,
    ScriptedCrossbar,
    failure,
    success,
)

BUSY = failure(429, "too_many_requests", {"message": "too many requests"})
DOWN, GATEWAY = Said(502, "<html>"), Said(504, "<html>")
FAULT = failure(500, "unspecified_fault", {"message": "unspecified fault"})
DONE = success([])
READ = CrossbarCall("GET", "/webhooks", repeatable=True)
CHANGE = CrossbarCall("PUT", "/accounts/a/webhooks", data={})


# -- retries ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "answers", "pauses"),
    [
        (READ, [DOWN, DONE], [1.0]),
        (READ, [GATEWAY, DOWN, DONE], [1.0, 2.0]),
        (CHANGE, [BUSY, DONE], [1.0]),
        (CHANGE, [BUSY, BUSY, DONE], [1.0, 2.0]),
    ],
)
def test_what_is_repeated(
    crossbar: ScriptedCrossbar,
    transport: Transport,
    waits: list[float],
    call: CrossbarCall,
    answers: list[Said],
    pauses: list[float],
) -> None:
    """Reading is repeated while a server is down, and anything after 429, which did nothing."""
    crossbar.script.extend(answers)
    assert transport.send(call).status == 200
    assert waits == pauses


@pytest.mark.parametrize(
    ("call", "said", "requests"),
    [
        (READ, DOWN, 3),
        (READ, FAULT, 1),
        (CHANGE, DOWN, 1),
        (CHANGE, GATEWAY, 1),
        (CHANGE, FAULT, 1),
    ],
)
def test_what_is_not_repeated(
    crossbar: ScriptedCrossbar, transport: Transport, call: CrossbarCall, said: Said, requests: int
) -> None:
    """A change is sent once, because it may have been done; reading is given up after three."""
    crossbar.script.extend([said] * 5)
    with pytest.raises(errors.CrossbarFailed):
        transport.send(call)
    assert len(crossbar.heard) == requests


def test_retry_after_is_honored(
    crossbar: ScriptedCrossbar, transport: Transport, waits: list[float]
) -> None:
    """Crossbar's own wait is kept, as a number or a date."""
    date = formatdate(time.time() + 20, usegmt=True)
    for text in ("7", date):
        crossbar.script.append(failure(429, "too_many_requests", {}, Retry_After=text))
    crossbar.script.append(DONE)
    transport.send(CHANGE)
    assert waits[0] == 7.0
    assert 15 < waits[1] <= 20


def test_waiting_is_bounded(
    crossbar: ScriptedCrossbar, transport: Transport, waits: list[float]
) -> None:
    """A Crossbar that is always busy is given up within a minute, whatever it asks for."""
    at_once = failure(429, "too_many_requests", {}, Retry_After="0")
    crossbar.script.extend([at_once] * 10 + [BUSY] * 100)
    with pytest.raises(errors.TooManyRequests):
        transport.send(READ)
    assert sum(waits) <= PATIENCE


def test_a_call_is_never_placed_twice(crossbar: ScriptedCrossbar, client: KazooClient) -> None:
    """The GET that makes a phone ring is not repeated, unlike any other."""
    crossbar.route("GET", "/webhooks", [])
    list(client.available_hooks())
    crossbar.script.extend([DOWN] * 3)
    crossbar.heard.clear()
    with pytest.raises(errors.CrossbarFailed):
        client.connect(ACCOUNT, "c" * 32, "+14155550123")
    assert [heard.path for heard in crossbar.heard] == [
        f"/v2/accounts/{ACCOUNT}/clicktocall/{'c' * 32}/connect"
    ]


# -- tokens ----------------------------------------------------------------------------------------


def test_a_refused_token_is_renewed_once(crossbar: ScriptedCrossbar, client: KazooClient) -> None:
    """After 401 the client signs in again with its key, and sends the request again."""
    crossbar.route("GET", "/webhooks", [{"id": "all"}])
    crossbar.ended.add("token-1")
    assert [row["id"] for row in client.available_hooks()] == ["all"]
    assert [heard.token for heard in crossbar.heard] == ["", "token-1", "", "token-2"]


def test_a_second_refusal_is_final(crossbar: ScriptedCrossbar, client: KazooClient) -> None:
    """A token that is refused as soon as it is issued ends the attempt."""
    crossbar.ended |= {"token-1", "token-2"}
    with pytest.raises(errors.SignInNeeded):
        list(client.available_hooks())
    assert crossbar.issued == 2


def test_an_unknown_key_is_no_unknown_call(crossbar: ScriptedCrossbar, client: KazooClient) -> None:
    """A key that Crossbar does not know (404) does not look like a call that has ended."""
    crossbar.script.append(failure(404, "bad_identifier", {"message": "bad identifier"}))
    with pytest.raises(errors.SignInNeeded, match="does not know this API key"):
        client.channel(ACCOUNT, "call-1")


def kept(transport: Transport, tmp_path: Path, **changed: Any) -> tuple[Session, SignIns]:
    """A session with a sign-in that is kept in a file."""
    usual = {"token": "old", "expires": 4_000_000_000, "account_id": ACCOUNT}
    signed_in = SignIn(transport.url, **{**usual, **changed})
    file = SignIns(tmp_path / "kazoo.json")
    file.put(signed_in)
    return Session(transport, signed_in, kept=file), file


def test_an_ended_sign_in_is_renewed_and_kept(
    crossbar: ScriptedCrossbar, transport: Transport, tmp_path: Path
) -> None:
    """With an API key a new token is got before the old one is tried, and kept with the key."""
    session, file = kept(transport, tmp_path, expires=1, api_key=KEY)
    assert session.current.token == "token-1"
    found = file.get(transport.url)
    assert found is not None
    assert (found.token, found.api_key) == ("token-1", KEY)
    assert [heard.path for heard in crossbar.heard] == ["/v2/api_auth"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"expires": 1}, "ended at 1970-01-01"),
        ({}, "refuses your sign-in: sign in again with `pivotctl kazoo login --url "),
    ],
    ids=["ended", "refused"],
)
def test_a_sign_in_without_a_key_is_asked_for(
    crossbar: ScriptedCrossbar,
    transport: Transport,
    tmp_path: Path,
    changed: dict[str, Any],
    said: str,
) -> None:
    """A user's sign-in is not renewed: one sentence says so, with the command."""
    crossbar.ended.add("old")
    session, _ = kept(transport, tmp_path, **changed)
    with pytest.raises(errors.SignInNeeded, match=said):
        list(KazooClient(transport, session).available_hooks())


def test_kept_sign_ins_are_private(transport: Transport, tmp_path: Path) -> None:
    """The file is for its owner only, and no secret is in a sign-in's representation."""
    _, file = kept(transport, tmp_path, api_key=KEY)
    assert file.path.stat().st_mode & 0o777 == 0o600
    shown = repr(file.get(transport.url))
    assert "old" not in shown
    assert KEY not in shown


def jwt(**claims: Any) -> str:
    """A token as KAZOO issues it, with these claims."""
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256"}, claims)]
    head = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
    return ".".join([*head, "signature"])


@pytest.mark.parametrize(
    ("token", "end"),
    [
        (jwt(exp=5000), 5000),
        (jwt(iss="kazoo"), 4600),
        (jwt(exp="soon"), 4600),
        ("a.b.c", 4600),
        ("0" * 32, 4600),
    ],
)
def test_the_expiry_of_a_token(token: str, end: int) -> None:
    """A JSON Web Token states its end; any other is taken to last an hour."""
    assert expiry(token, 1000.0) == end


@pytest.mark.parametrize(("method", "name"), [("md5", "md5"), ("sha1", "sha")])
def test_the_hash_of_a_user(
    crossbar: ScriptedCrossbar, transport: Transport, method: str, name: str
) -> None:
    """The user name is hashed in lower case; SHA-1's name is `sha`, and it is inside `data`."""
    credentials = UserCredentials("Jane", "Pass:Word", {"account_name": "acme"}, method)
    sign_in(transport, credentials)
    hashed = hashlib.new(method, b"jane:Pass:Word").hexdigest()
    data = {"credentials": hashed, "method": name, "account_name": "acme"}
    assert crossbar.heard[0].body == {"data": data}
    assert "Pass:Word" not in repr(credentials)


# -- pages -----------------------------------------------------------------------------------------


def test_lists_are_read_to_their_end(crossbar: ScriptedCrossbar, client: KazooClient) -> None:
    """Every page of a list is read, with the key that Crossbar gives."""

    def page(heard: Heard) -> Said:
        start = int(heard.query.get("start_key", 0))
        rows = [{"id": f"{start + at:032x}"} for at in range(50)]
        more: dict[str, Any] = {"next_start_key": str(start + 50)} if start < 150 else {}
        return success(rows, **more)

    crossbar.routes["GET", f"/v2/accounts/{ACCOUNT}/descendants"] = page
    rows = list(client.descendants(ACCOUNT))
    assert [int(str(row["id"]), 16) for row in rows] == list(range(200))
    assert all(heard.query["page_size"] == "50" for heard in crossbar.heard[1:])


# -- checks ----------------------------------------------------------------------------------------

WEBHOOK: dict[str, Any] = {
    "name": "events",
    "hook": "channel_destroy",
    "uri": "https://api.example.com/x",
}
PIVOT = {"module": "pivot", "data": {"voice_url": "https://api.example.com/x", "method": "post"}}
CALLFLOW: dict[str, Any] = {"name": "front", "numbers": ["2030"], "flow": PIVOT}

BODIES: list[tuple[str, dict[str, Any], str]] = [
    ("webhooks", {"name": None}, "name has the wrong type: use string."),
    ("webhooks", {"retries": 7}, "retries (7) is too large: use at most 4."),
    ("webhooks", {"retries": True}, "retries (true) has the wrong type: use integer."),
    ("webhooks", {"http_verb": "pots"}, "did you mean post?"),
    ("webhooks", {"custom_data": {"a": 1}}, "custom_data.a (1) has the wrong type: use string."),
    ("webhooks", {"uri": "api.example.com"}, "use a URL with http:// or https://."),
    ("callflows", {"numbers": []}, "numbers is missing or empty"),
    ("callflows", {"numbers": ["1" * 37]}, "is too long: use at most 36 characters."),
    ("callflows", {"flow": {"module": "pivto", "data": {}}}, "  flow.module: "),
    ("callflows", {"flow": {**PIVOT, "data": {}}}, "flow.data.voice_url: "),
]


@pytest.mark.parametrize(("noun", "changed", "said"), BODIES)
def test_a_body_is_checked_before_it_leaves(
    crossbar: ScriptedCrossbar, client: KazooClient, noun: str, changed: dict[str, Any], said: str
) -> None:
    """A body that KAZOO would refuse is not sent, and its faults are explained as KAZOO's are."""
    usual = WEBHOOK if noun == "webhooks" else CALLFLOW
    with pytest.raises(errors.InvalidRequest) as caught:
        client.put(f"/accounts/{ACCOUNT}/{noun}", {"data": {**usual, **changed}})
    assert said in str(caught.value)
    assert str(caught.value).startswith("Not sent, because KAZOO would refuse it (PUT ")
    assert crossbar.heard == []


@pytest.mark.parametrize("data", [{"enabled": True}, {"retries": None}])
def test_a_part_of_a_document_is_no_whole(
    crossbar: ScriptedCrossbar, client: KazooClient, data: dict[str, Any]
) -> None:
    """PATCH sends a part, from which nothing is missing; null removes a field."""
    crossbar.route("PATCH", f"/accounts/{ACCOUNT}/webhooks/h", {})
    client.patch(f"/accounts/{ACCOUNT}/webhooks/h", **data)
    assert crossbar.heard[-1].body == {"data": data}
