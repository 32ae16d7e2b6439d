"""The sentences that a user reads when Crossbar refuses a request."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import trustme
import urllib3

from pivotctl.kazoo import errors
from pivotctl.kazoo.exchange import CrossbarCall
from pivotctl.kazoo.transport import Transport, UrlError, base_url
from tests.loopback import Talk, answer, dead_port, is_silent, resets, says, server
from tests.unit.kazoo.crossbar_server import REQUEST_ID, Said, ScriptedCrossbar, failure

SUPPORT = f"For support: KAZOO's request ID is {REQUEST_ID}."
CALLFLOWS = "/accounts/aa/callflows"
HOOK = {"name": "h", "hook": "chanel_answer", "uri": "u", "http_verb": "pots", "retries": 7}
FLOW = {"numbers": ["2030"], "patterns": ["("], "flow": {"module": "pivot", "data": "x"}}


@dataclass(frozen=True)
class Case:
    """An answer to a request with *data*, and the error it becomes."""

    said: Said
    kind: type[errors.CrossbarError]
    sentence: str
    path: str = CALLFLOWS
    data: Any = None


def invalid(field: str, rule: str, sentence: str, data: Any = None, **detail: Any) -> Case:
    """A validation error, as `kz_json_schema:build_validate_error/4` makes it."""
    said = failure(400, "validation error", {field: {rule: detail}})
    text = f"Crossbar refused PUT {CALLFLOWS}:\n  {sentence}\n{SUPPORT}"
    return Case(said, errors.InvalidRequest, text, data=FLOW if data is None else data)


def refused(
    status: int, message: str, kind: type[errors.CrossbarError], sentence: str, path: str = ""
) -> Case:
    """A system error, as `cb_context:add_system_error` makes it."""
    said = failure(status, message, {"message": message.replace("_", " ")})
    return Case(said, kind, f"{sentence}\n{SUPPORT}", path or CALLFLOWS)


PUT = f"PUT {CALLFLOWS}"
AGAIN = "Repeat in a minute; if it fails again, ask KAZOO's operator."
CASES = {
    "required": invalid(
        "name", "required", "name is missing: add it.", message="Field is required but missing"
    ),
    "required numbers": invalid(
        "numbers", "required", "numbers is missing or empty: add a number, or a pattern."
    ),
    "required bridge": invalid(
        "other_leg_call_id",
        "required",
        "The channel is not bridged to another: transfer a call that someone has answered.",
    ),
    "minLength": invalid(
        "api_key",
        "minLength",
        "api_key (not shown) is too short: use at least 64 characters.",
        {"api_key": "short"},
        target=64,
        value="short",
    ),
    "maxLength": invalid(
        "name", "maxLength", 'name ("nnn") is too long: use at most 2 characters.',
        {"name": "nnn"}, target=2,
    ),
    "minimum": invalid(
        "retries", "minimum", "retries (-1) is too small: use at least 0.", target=0, value=-1
    ),
    "maximum": invalid("retries", "maximum", "retries (7) is too large: use at most 4.", HOOK,
                       target=4),
    "minItems": invalid(
        "gateways", "minItems", "gateways ([]) has too few items: use at least 1.",
        {"gateways": []}, target=1,
    ),
    "maxItems": invalid(
        "numbers", "maxItems", "numbers ([1, 2]) has too many items: use at most 1.",
        target=1, value=[1, 2],
    ),
    "pattern": invalid(
        "account_realm",
        "pattern",
        'account_realm ("a b") does not match ^[.\\w_-]+$: change it.',
        target="^[.\\w_-]+$",
        value="a b",
    ),
    "enum, nearly": invalid(
        "http_verb",
        "enum",
        'http_verb ("pots") is not a value that KAZOO knows: did you mean post?',
        HOOK,
        target=["get", "post", "put"],
    ),
    "enum": invalid(
        "format",
        "enum",
        'format ("xml") is not a value that KAZOO knows: use one of form-data, json.',
        target=["form-data", "json"],
        value="xml",
    ),
    "type": invalid(
        "flow.data",
        "type",
        'flow.data ("x") has the wrong type: use object.',
        message="Value did not match type(s): object",
    ),
    "unique numbers": invalid(
        "numbers",
        "unique",
        'numbers ("2030"): another callflow of the account has it. Remove it there first.',
        cause="2030",
    ),
    "unique": invalid(
        "realm", "unique", 'realm ("a.example") is taken: use another.', cause="a.example"
    ),
    "uniqueItems": invalid(
        "numbers", "uniqueItems", 'numbers (["1", "1"]) has an item twice: remove one.',
        value=["1", "1"],
    ),
    "invalid": invalid(
        "uri",
        "invalid",
        'uri ("https://api.example/…/webhooks/store") is not valid: no private address.',
        value="https://api.example/top-secret-key/webhooks/store",
        message="no private address",
    ),
    "additionalProperties": invalid(
        "retry", "additionalProperties", "retry (3) is not a field that KAZOO knows: remove it.",
        value=3,
    ),
    "not_found": invalid(
        "id", "not_found", 'id ("x") does not exist in this account: check the ID.', cause="x"
    ),
    "a foreign number": invalid(
        "numbers", "forbidden",
        'numbers ("+1") belongs to another account: use one of your own.', cause="+1",
    ),
    "wrong_format": invalid(
        "email", "wrong_format", 'email ("x") is not in the right format: change it.', value="x"
    ),
    "an escaped dot": invalid("custom_data.a%2Eb", "type",
                              "custom_data.a.b (1) has the wrong type: use string.",
                              message="Value did not match type(s): string", value=1),
    "a list item": invalid("patterns.1", "regex", "patterns.1: bad regex (rule regex).",
                           message="bad regex"),
    "an old error": Case(
        failure(400, "validation error", {"name": {"odd": "is odd"}}),
        errors.InvalidRequest,
        f"Crossbar refused {PUT}:\n  name: is odd (rule odd).\n{SUPPORT}",
    ),
    "oneOf": invalid(
        "attachments.a", "not_one_schema_valid",
        'attachments.a ({"handler": "ftp"}) fits none, or several, of the forms that KAZOO knows: '
        "look at its schema.",
        {"attachments": {"a": {"handler": "ftp"}}},
    ),
    "secrets inside a value": invalid(
        "gateways", "type",
        'gateways ({"server": "h", "password": "…"}) has the wrong type: use array.',
        target="array", value={"server": "h", "password": "pw"},
    ),
    "a contact that is missing": invalid(
        "contact", "required", "contact is missing: add it.",
        message="The contact extension for this click to call has not been set",
    ),
    "a contact that is not allowed": Case(
        failure(400, "Contact doesn't match whitelist", "+44"),
        errors.InvalidRequest,
        "The click-to-call may not call +44: no pattern of its whitelist matches. "
        f"Add one, or use another click-to-call.\n{SUPPORT}",
    ),
    "expired": invalid(
        "account", "expired", "The account is expired: its reseller can enable it again."
    ),
    "400 parse_error": refused(
        400, "parse_error", errors.InvalidRequest,
        f"Crossbar could not read the body of {PUT}: parse error.",
    ),
    "400 disabled": refused(
        400, "disabled", errors.InvalidRequest,
        f"Crossbar refused {PUT}: disabled. Change the request.",
    ),
    "401 at the sign-in": refused(
        401, "invalid_credentials", errors.SignInNeeded,
        "Crossbar does not accept this user name, password, and account: check all three. "
        "Names of users and accounts are not case-sensitive; passwords are.",
        "/user_auth",
    ),
    "401": refused(
        401, "invalid_credentials", errors.SignInNeeded,
        "Your sign-in is no longer valid: sign in again with `pivotctl kazoo login`.",
    ),
    "402 no_credit": refused(
        402, "no_credit", errors.PaymentNeeded,
        f"The account has to pay for {PUT}: no credit. Add credit to the account, and repeat.",
    ),
    "402 charges": refused(
        402, "accept_charges", errors.PaymentNeeded,
        f"The account has to pay for {PUT}: accept charges. "
        "Accept the charges in KAZOO's own interface, and repeat.",
    ),
    "403": refused(
        403, "forbidden", errors.NotPermitted,
        f"You may not {PUT}: your user is no administrator, or the account is neither yours nor "
        "below yours. `pivotctl kazoo whoami` shows who you are.",
    ),
    "404 of an API key": refused(
        404, "bad_identifier", errors.SignInNeeded,
        "Crossbar does not know this API key: copy it again from the account in KAZOO.",
        "/api_auth",
    ),
    "404 bad_identifier": Case(
        failure(404, "bad_identifier", {"message": "bad identifier", "cause": "42"}),
        errors.Unknown,
        f"Crossbar does not know 42 ({PUT}): check ID and account.\n{SUPPORT}",
    ),
    "404 with a list": Case(
        failure(404, "bad identifier", ["42"]),
        errors.Unknown,
        f"Crossbar does not know 42 ({PUT}): check ID and account.\n{SUPPORT}",
    ),
    "404 faulty_request": refused(
        404, "faulty_request", errors.Unknown,
        f"This Crossbar has no {CALLFLOWS}: check the ID, or ask its operator whether the module "
        "is running.",
    ),
    "405": refused(
        405, "invalid_method", errors.NotSupported,
        f"This Crossbar does not support {PUT}: it may be older than the command.",
    ),
    "409": refused(
        409, "datastore_conflict", errors.Conflict,
        f"Someone else changed the document during {PUT}: look at it, and repeat.",
    ),
    "413": Case(
        failure(413, "validation error", {"file": {"maxSize": {"target": 8000000}}}),
        errors.TooLarge,
        f"The body of {PUT} is too large.\n"
        f"  The request is too large: send at most 8000000 bytes.\n{SUPPORT}",
    ),
    "413 of a proxy": Case(
        Said(413, "<html>"), errors.TooLarge, f"The body of {PUT} is too large. Make it smaller."
    ),
    "415": Case(
        Said(415, ""),
        errors.NotSupported,
        f"This Crossbar does not take JSON in {PUT}: check the URL, and the proxy in front of it.",
    ),
    "429 for long": Case(
        failure(429, "too_many_requests", {"message": "too many requests"}, Retry_After="300"),
        errors.TooManyRequests,
        f"Crossbar limits your requests, and refused {PUT}: repeat it in 300 seconds.\n{SUPPORT}",
    ),
    "500": refused(
        500, "unspecified_fault", errors.CrossbarFailed,
        f"Crossbar failed at {PUT}: unspecified fault. {AGAIN}",
    ),
    "501": refused(
        501, "not_implemented", errors.NotSupported,
        f"This Crossbar does not support {PUT}: it may be older than the command.",
    ),
    "502 of a proxy": Case(
        Said(502, "<html>"),
        errors.CrossbarFailed,
        f"The server in front of Crossbar answered 502 to {PUT}: Crossbar is down or restarting. "
        "Repeat in a minute.",
    ),
    "503": refused(
        503, "datastore_unreachable", errors.CrossbarFailed,
        f"KAZOO's database failed at {PUT}: datastore unreachable. {AGAIN}",
    ),
    "no JSON": Case(
        Said(200, "<html>hello"),
        errors.NoCrossbar,
        f"This is not Crossbar: it answered 200 with text/html to {PUT}. "
        "Crossbar's URL is like https://kazoo.example.com:8443/v2.",
    ),
    "404 of a web server": Case(
        Said(404, "<html>no"),
        errors.NoCrossbar,
        f"This is not Crossbar: it answered 404 with text/html to {PUT}. "
        "Crossbar's URL is like https://kazoo.example.com:8443/v2.",
    ),
    "other JSON": Case(
        Said(200, {"hello": 1}),
        errors.NoCrossbar,
        f"This is not Crossbar: it answered 200 with application/json to {PUT}. "
        "Crossbar's URL is like https://kazoo.example.com:8443/v2.",
    ),
    "a redirect": Case(
        Said(301, "", {"Location": "https://b.example/v2"}),
        errors.NoCrossbar,
        "The server redirects to https://b.example/v2: give the URL of Crossbar itself with --url.",
    ),
}  # fmt: skip


def test_there_are_enough() -> None:
    """At least thirty refusals of Crossbar have their sentence."""
    assert len(CASES) >= 30


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_refusal_is_a_sentence(
    crossbar: ScriptedCrossbar, transport: Transport, waits: list[float], case: Case
) -> None:
    """Each refusal has its type, its status, and one text: field, value, fix, and request ID."""
    crossbar.script.append(case.said)
    call = CrossbarCall("PUT", case.path, data=case.data or {})
    with pytest.raises(errors.CrossbarError) as caught:
        transport.send(call, "token")
    assert type(caught.value) is case.kind
    assert str(caught.value) == case.sentence
    assert caught.value.status == case.said.status
    assert (len(crossbar.heard), waits) == (1, [])


# -- no response -----------------------------------------------------------------------------------

GET = CrossbarCall("GET", "/webhooks", repeatable=True)
CHANGE = CrossbarCall("PUT", "/webhooks", data={})


def failed(url: str, call: CrossbarCall, seconds: float = 5.0) -> errors.CrossbarError:
    """The error of a request that gets no response."""
    transport = Transport(url, sleep=lambda _seconds: None)
    transport.seconds = seconds
    with pytest.raises(errors.CrossbarError) as caught:
        transport.send(call)
    return caught.value


def test_nothing_listens() -> None:
    """A refused connection names the port that Crossbar has."""
    host = f"127.0.0.1:{dead_port()}"
    error = failed(f"http://{host}/v2", GET)
    assert isinstance(error, errors.NotConnected)
    assert str(error) == (
        f"Nothing listens at {host}: check the port (8443 with TLS, 8000 without), and that "
        "Crossbar is running."
    )


FIREWALL = "check the port (8443 with TLS), your VPN, and the server's firewall."
CONNECTIONS: list[tuple[Callable[[], OSError], str]] = [
    (
        lambda: OSError(errno.EHOSTUNREACH, "No route to host"),
        "There is no route to k.example:8443: check your network and your VPN.",
    ),
    (
        lambda: socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
        "There is no host k.example:8443: check the URL, and your network.",
    ),
    (
        lambda: TimeoutError("timed out"),
        f"k.example:8443 does not answer: {FIREWALL}",
    ),
]


@pytest.mark.parametrize(("fault", "sentence"), CONNECTIONS, ids=["route", "name", "firewall"])
def test_no_connection(
    monkeypatch: pytest.MonkeyPatch, fault: Callable[[], OSError], sentence: str
) -> None:
    """A host without a route, without a name, or behind a firewall is told apart."""

    def refuse(*_arguments: Any, **_options: Any) -> None:
        raise fault()

    monkeypatch.setattr(urllib3.util.connection, "create_connection", refuse)
    error = failed("https://k.example:8443/v2", CHANGE)
    assert (type(error), str(error)) == (errors.NotConnected, sentence)


@pytest.mark.parametrize("talk", [is_silent, resets], ids=["silent", "broken"])
@pytest.mark.parametrize(
    ("call", "fix"),
    [
        (GET, "Repeat it later."),
        (CHANGE, "It may have been done all the same: look before you repeat it."),
    ],
    ids=["reading", "changing"],
)
def test_no_answer(talk: Talk, call: CrossbarCall, fix: str) -> None:
    """After a change without an answer, the user is told that it may have been done."""
    what = "did not answer within 0.2 seconds" if talk is is_silent else "broke the connection off"
    with server(talk) as url:
        error = failed(url, call, seconds=0.2)
    assert isinstance(error, errors.NoAnswer)
    assert str(error) == f"{url.removeprefix('http://')} {what} ({call}). {fix}"


def with_tls(talk: Talk) -> Talk:
    """A server that shows a certificate of a CA that nobody knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)

    def secured(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as inside:
            talk(inside)

    return secured


def test_an_unknown_certificate() -> None:
    """A certificate without trust is named as the reason, with the way to trust a CA."""
    with server(with_tls(says("{}"))) as url:
        error = failed(url.replace("http:", "https:"), GET)
    assert isinstance(error, errors.NotConnected)
    assert "is not trusted (unable to get local issuer certificate)" in str(error)
    assert "SSL_CERT_FILE" in str(error)


def test_a_server_without_tls() -> None:
    """https:// to a port without TLS says so."""

    def plainly(connection: socket.socket) -> None:
        connection.recv(1024)
        connection.sendall(answer("{}", "400 Bad Request"))

    with server(plainly) as url:
        error = failed(url.replace("http:", "https:"), GET)
    assert "does not speak TLS: check the port" in str(error)


# -- URLs ------------------------------------------------------------------------------------------

URLS = {
    "kazoo.example.com:8443": "https://kazoo.example.com:8443/v2",
    "https://Kazoo.example.com:8443/": "https://kazoo.example.com:8443/v2",
    "https://kazoo.example.com/api/v2/": "https://kazoo.example.com/api/v2",
    "http://localhost:8000": "http://localhost:8000/v2",
    "http://127.0.0.1:8000/crossbar/v2": "http://127.0.0.1:8000/crossbar/v2",
}


@pytest.mark.parametrize(("text", "url"), URLS.items())
def test_urls_are_completed(text: str, url: str) -> None:
    """A host is enough: https and the API's version are added, and one URL has one form."""
    assert base_url(text) == url


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("http://kazoo.example.com:8000", "would send your sign-in unencrypted"),
        ("ftp://kazoo.example.com", "is no URL of a Crossbar"),
        ("https://user:secret@kazoo.example.com", "is no URL of a Crossbar"),
        ("https://kazoo.example.com/v2?auth_token=x", "is no URL of a Crossbar"),
        ("https://", "is no URL of a Crossbar"),
        ("https://kazoo.example.com:84x3", "is no URL of a Crossbar"),
        ("https://[kazoo", "is no URL of a Crossbar"),
    ],
)
def test_urls_that_are_refused(text: str, why: str) -> None:
    """Nothing is sent unencrypted to another machine, and a URL has no secrets."""
    with pytest.raises(UrlError, match=why):
        base_url(text)
