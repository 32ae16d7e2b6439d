"""Calls to other services, tested with real servers that misbehave in every way."""

import json
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from pivotkit.core.deadline import Deadline, DeadlineExceeded
from pivotkit.core.settings import SettingError
from pivotkit.services.circuit import FAILURES, REST, Circuit
from pivotkit.services.upstream import (
    IDLE,
    MAX_ANSWER,
    RESERVE,
    Upstream,
    UpstreamAnswer,
    UpstreamDown,
)
from tests.loopback import (
    Talk,
    answer,
    dead_port,
    drips,
    is_silent,
    request_of,
    resets,
    says,
    server,
)

PLENTY = 20.0
"""Seconds within which even a busy machine gets an immediate answer."""
LIMIT = 0.3
pytestmark = pytest.mark.usefixtures("limits_of_lambda")
PATIENCE = 2.5
"""Seconds after which LIMIT has clearly failed to hold, even on a busy machine."""


def upstream(url: str, **options: Any) -> Upstream:
    """A service at *url*."""
    return Upstream("CRM_URL", url, **{"seconds": PLENTY, **options})


def failure(call: Callable[[], object]) -> UpstreamDown:
    """Return the error of a call that must fail."""
    with pytest.raises(UpstreamDown) as caught:
        call()
    return caught.value


class Clock:
    """A clock that is set manually."""

    now = 0.0

    def __call__(self) -> float:
        """The current time in seconds."""
        return self.now


# -- what is sent and read -------------------------------------------------------------------------


def test_a_get() -> None:
    """A GET sends path, query, and token, and its response is read by path."""
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heard.append(request_of(connection))
        connection.sendall(answer('{"users": [{"name": "Alice", "open": 2, "vip": true}]}'))

    with server(talk) as url:
        crm = upstream(f"{url}/api/", token="secret-token")
        found = crm.get("/users/search", phone="+14155550123", active=True)
    line, _, head = heard[0].decode().partition("\r\n")
    assert line == "GET /api/users/search?phone=%2B14155550123&active=true HTTP/1.1"
    assert "Authorization: Bearer secret-token\r\n" in head
    assert "Accept: application/json\r\n" in head
    (user,) = found.each("users")
    assert (user.text("name"), user.number("open"), user.flag("vip")) == ("Alice", 2, True)


def test_text() -> None:
    """A response that is not JSON can be read as text if it is UTF-8."""
    with server(says("BEGIN:VCALENDAR \u00e9", "200 OK", "Content-Type: text/calendar")) as url:
        assert upstream(url).get_text("/holidays.ics", year=2026) == "BEGIN:VCALENDAR \u00e9"
    with server(says(b"\xff\xfe")) as url:
        assert failure(lambda: upstream(url).get_text("/a")).reason == "did not answer with UTF-8"


def test_a_post() -> None:
    """A POST sends JSON and, if given, the idempotency key."""
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heard.append(request_of(connection))
        connection.sendall(answer("", "201 Created"))

    with server(talk) as url:
        assert upstream(url).post("/charges", {"cents": 4217}, key="a1b2").value is None
    head, _, body = heard[0].decode().partition("\r\n\r\n")
    assert head.startswith("POST /charges HTTP/1.1\r\n")
    assert "Idempotency-Key: a1b2" in head
    assert json.loads(body) == {"cents": 4217}


@pytest.mark.parametrize(("pause", "opened"), [(0.0, 1), (IDLE, 1), (IDLE + 1, 2)])
def test_a_connection_is_used_again(pause: float, opened: int) -> None:
    """A connection is reused soon after a call, but not after a long pause."""
    connections: list[int] = []
    clock = Clock()

    def talk(connection: socket.socket) -> None:
        connections.append(1)
        says("{}")(connection)

    with server(talk) as url:
        crm = upstream(url, clock=clock)
        assert crm.get("/a").value == {}
        clock.now += pause
        assert crm.get("/b").value == {}
    assert len(connections) == opened


# -- everything that can go wrong ------------------------------------------------------------------


def cut_short(connection: socket.socket) -> None:
    """A server that announces more bytes than it sends."""
    request_of(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n42")


HUGE = json.dumps("x" * MAX_ANSWER)
DRIPPING_BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"
ENDLESS: dict[str, Talk] = {
    "silent": is_silent,
    "dripping head": drips(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
    "dripping line": drips(b"HTTP/1.1 200 OK\r\nX-A: "),
    "dripping body": drips(DRIPPING_BODY),
    "not HTTP": drips(b"220 mail.example.com ESMTP\r\n"),
}
BAD: dict[str, tuple[Talk, str]] = {
    "reset": (resets, "no answer"),
    "cut body": (cut_short, "truncated"),
    "huge": (says(HUGE), "more than 65536 bytes"),
    "HTML": (says("<html>sorry</html>", "200 OK", "Content-Type: text/html"), "JSON"),
    "deep": (says("[" * 60_000), "JSON"),
    "not a number": (says('{"balance": NaN}'), "JSON"),
    "not UTF-8": (says(b'"\xff\xfe"'), "JSON"),
    "compressed": (says(b"\x1f\x8b\x08", "200 OK", "Content-Encoding: gzip"), "JSON"),
    "500": (says("{}", "500 Internal Server Error"), "answered 500"),
    "redirect": (says("{}", "302 Found", "Location: http://127.0.0.1:1/"), "answered 302"),
}


@pytest.mark.parametrize("talk", ENDLESS.values(), ids=ENDLESS.keys())
def test_an_upstream_without_end(talk: Talk) -> None:
    """A service that sends nothing, or never stops, does not outlast the limit."""
    started = time.monotonic()
    with server(talk) as url:
        error = failure(lambda: upstream(url, seconds=LIMIT).get("/users"))
    assert time.monotonic() - started < PATIENCE
    assert error.reason.startswith("no answer")


@pytest.mark.parametrize(("talk", "reason"), BAD.values(), ids=BAD.keys())
def test_a_bad_upstream(talk: Talk, reason: str) -> None:
    """Every bad response raises the same kind of error, without caller data."""
    with server(talk) as url:
        error = failure(lambda: upstream(url).get("/users", phone="+14155550123"))
    assert reason in error.reason
    assert error.service == "crm"
    assert "4155550123" not in str(error)


def test_a_dead_port() -> None:
    """A service that does not listen fails at once."""
    error = failure(lambda: upstream(f"http://127.0.0.1:{dead_port()}").get("/users"))
    assert error.reason.startswith("no answer")


def test_tls_that_is_refused(environment: pytest.MonkeyPatch) -> None:
    """A service that cannot prove its identity gets no request."""
    del environment
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heard.append(connection.recv(1024))
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with server(talk) as url:
        error = failure(lambda: upstream(url.replace("http:", "https:")).get("/users"))
    assert error.reason == "TLS failed"
    assert b"/users" not in b"".join(heard)


def test_a_refusal_is_told_from_a_failure() -> None:
    """A 4xx means that the service is up, except that 429 counts as a failure."""
    statuses = ("404 Not Found", "402 Payment Required", "429 Too Many Requests", "503 No")
    found = {}
    for status in statuses:
        with server(says("{}", status)) as url:
            error = failure(lambda url=url: upstream(url).get("/a"))  # type: ignore[misc]
        found[error.status] = (error.is_refusal, error.is_unknown)
    no = (False, False)
    assert found == {404: (True, True), 402: (True, False), 429: no, 503: no}


SHAPES: list[tuple[Any, Callable[[UpstreamAnswer], object], str]] = [
    ([], lambda a: a.text("name"), "the answer.name is missing"),
    ({"name": None}, lambda a: a.text("name"), "the answer.name is not a string"),
    ({"a": {"b": "7"}}, lambda a: a.number("a", "b"), "the answer.a.b is not a whole number"),
    ({"a": True}, lambda a: a.number("a"), "the answer.a is not a whole number"),
    ({"a": 1}, lambda a: a.flag("a"), "the answer.a is not true or false"),
    ({"a": {}}, lambda a: a.each("a"), "the answer.a is not a list"),
    ({"a": [7]}, lambda a: a.each("a")[0].text("b"), "an item of a.b is missing"),
    ("x", lambda a: a.each(), "the answer is not a list"),
]


@pytest.mark.parametrize(("value", "read", "reason"), SHAPES)
def test_a_wrong_shape(value: Any, read: Callable[[UpstreamAnswer], object], reason: str) -> None:
    """JSON of another shape raises the same error, which names the place."""
    assert failure(lambda: read(UpstreamAnswer("crm", value))).reason == reason


# -- time ------------------------------------------------------------------------------------------


def test_the_template_has_the_last_word() -> None:
    """A call is cut before the template's own time is up, so that the template can decide."""
    with server(is_silent) as url, Deadline(RESERVE + LIMIT):
        error = failure(lambda: upstream(url).get("/users"))
    assert "no answer" in error.reason


def test_no_time_left() -> None:
    """Without time left, no call is made, and the service's circuit is not affected."""
    with server(says("{}")) as url, Deadline(RESERVE / 2):
        crm = upstream(url)
        errors = [failure(lambda: crm.get("/users")) for _ in range(FAILURES)]
    assert errors[-1].reason == "no time left for a call"
    with server(says("{}")) as url:
        assert crm._circuit.admits()


def test_the_templates_limit_holds_behind_an_upstreams() -> None:
    """After an upstream call is cut, the limit around it is still in force."""
    with server(is_silent) as url, Deadline(RESERVE + LIMIT):
        failure(lambda: upstream(url, seconds=LIMIT).get("/users"))
        with pytest.raises(DeadlineExceeded):
            time.sleep(10)


def test_half_an_answer_is_not_read_again() -> None:
    """After a cut, the next call uses a new connection."""
    talks = iter([drips(DRIPPING_BODY), says('"whole"')])

    def talk(connection: socket.socket) -> None:
        next(talks)(connection)

    with server(talk) as url:
        crm = upstream(url)
        with Deadline(RESERVE + LIMIT):
            failure(lambda: crm.get("/a"))
        assert crm.get("/b").value == "whole"


# -- the circuit breaker ---------------------------------------------------------------------------


def test_the_states_of_a_circuit() -> None:
    """A circuit is closed, open after repeated failures, or half open for one call."""
    clock = Clock()
    circuit = Circuit(clock)
    for _ in range(FAILURES):
        assert circuit.admits()
        circuit.failed()
    assert not circuit.admits()
    clock.now += REST
    assert [circuit.admits(), circuit.admits()] == [True, False]
    circuit.failed()
    clock.now += REST - 0.1
    assert not circuit.admits()
    clock.now += 0.1
    assert circuit.admits()
    circuit.succeeded()
    assert [circuit.admits(), circuit.admits()] == [True, True]


def test_failures_count_only_in_a_row() -> None:
    """A success resets the count of failures."""
    circuit = Circuit(Clock())
    for _ in range(FAILURES):
        circuit.failed()
        circuit.succeeded()
    assert circuit.admits()


def test_a_failing_service_is_left_alone() -> None:
    """After three failures, no caller waits for the service until a later call succeeds."""
    clock, heard, sick = Clock(), [], [True]

    def talk(connection: socket.socket) -> None:
        heard.append(request_of(connection))
        connection.sendall(answer("{}", "500 No" if sick[0] else "200 OK", "Connection: close"))

    with server(talk) as url:
        crm = upstream(url, clock=clock)
        errors = [failure(lambda: crm.get("/a")).reason for _ in range(FAILURES + 2)]
        assert errors[-2:] == ["not called after repeated failures"] * 2
        assert len(heard) == FAILURES
        sick[0], clock.now = False, REST
        assert crm.get("/a").value == {}
        assert crm.get("/a").value == {}


def test_refusals_do_not_open_the_circuit() -> None:
    """Refused requests, such as for unknown resources, do not open the circuit for others."""
    with server(says("{}", "404 Not Found")) as url:
        crm = upstream(url)
        reasons = [failure(lambda: crm.get("/a")).reason for _ in range(FAILURES + 1)]
    assert set(reasons) == {"answered 404"}


# -- where it may go -------------------------------------------------------------------------------

BASES = {
    "https://crm.example.com": True,
    "https://crm.example.com:8443/api/v2/": True,
    "http://127.0.0.1:8123/crm": True,
    "http://localhost:8123": True,
    "http://[::1]:8123": True,
    "http://crm.example.com": False,
    "http://10.0.0.7/": False,
    "http://169.254.169.254/latest": False,
    "http://localhost.example.com": False,
    "https://user:word@crm.example.com": False,
    "https://crm.example.com/?a=b": False,
    "https://crm.example.com/#a": False,
    "https://crm.example.com/a/../b": False,
    "https:///api": False,
    "ftp://crm.example.com": False,
    "crm.example.com": False,
}


@pytest.mark.parametrize(("url", "good"), BASES.items())
def test_base_urls(url: str, good: bool) -> None:  # noqa: FBT001
    """A base URL is https, or plain HTTP to this machine; an invalid one fails at import."""
    if good:
        upstream(url)
        return
    with pytest.raises(SettingError, match="CRM_URL"):
        upstream(url)


def test_plain_http_is_for_local_runs(environment: pytest.MonkeyPatch) -> None:
    """On AWS, not even the loopback address is called without TLS."""
    environment.delenv("AWS_SAM_LOCAL")
    with pytest.raises(SettingError, match="must begin with https"):
        upstream("http://127.0.0.1:8123")


def test_the_setting_stands_before_the_default(environment: pytest.MonkeyPatch) -> None:
    """The environment variable takes precedence over the default URL."""
    environment.setenv("CRM_URL", "http://169.254.169.254")
    with pytest.raises(SettingError, match="169"):
        upstream("https://crm.example.com")


PATHS = (
    "users",
    "//evil.example.com/",
    "/a//b",
    "/a?b=c",
    "/a#b",
    "/../a",
    "/a b",
    "/",
    "/a\n",
)


@pytest.mark.parametrize("path", [*PATHS, "/@evil/..", "https://evil.example.com/"])
def test_a_path_is_a_path(path: str) -> None:
    """A path cannot lead to another host or contain a query."""
    with pytest.raises(ValueError, match="path is"):
        upstream("https://crm.example.com").get(path)


@pytest.mark.parametrize("text", ["a\r\nX-Evil: b", "a b", "\u00e9", "x" * 4097])
def test_headers_are_single_words(text: str) -> None:
    """Neither a token nor a key can inject a header."""
    with pytest.raises(ValueError, match="visible ASCII"):
        upstream("https://crm.example.com", token=text)
    with pytest.raises(ValueError, match="visible ASCII"):
        upstream("https://crm.example.com").post("/a", {}, key=text)


def test_a_token_may_be_a_json_web_token() -> None:
    """KAZOO's tokens have about 800 characters; a key for idempotency has 255 at most."""
    upstream("https://crm.example.com", token="x" * 4096)
    with pytest.raises(ValueError, match="1 to 255 visible ASCII"):
        upstream("https://crm.example.com").post("/a", {}, key="x" * 256)


# -- TLS -------------------------------------------------------------------------------------------

TRUSTED = trustme.CA()


def encrypted(certificate: trustme.LeafCert) -> Talk:
    """A server that presents *certificate* and answers every request the same way."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as protected:
            says('"private"')(protected)

    return talk


@pytest.mark.parametrize(
    ("name", "authority", "reason"),
    [
        ("127.0.0.1", TRUSTED, ""),
        ("127.0.0.1", trustme.CA(), "TLS failed"),
        ("crm.example.com", TRUSTED, "TLS failed"),
    ],
    ids=["good", "of an unknown authority", "of another host"],
)
def test_certificates(
    environment: pytest.MonkeyPatch, tmp_path: Path, name: str, authority: trustme.CA, reason: str
) -> None:
    """Only a certificate of a trusted authority for the same host is accepted."""
    TRUSTED.cert_pem.write_to_path(tmp_path / "ca.pem")
    environment.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with server(encrypted(authority.issue_cert(name))) as url:
        crm = upstream(url.replace("http:", "https:"))
        if reason:
            assert failure(lambda: crm.get("/users")).reason == reason
        else:
            assert crm.get("/users").value == "private"


def test_what_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """`send` sends JSON by any method, even to the base URL, and ignores the response's content."""
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        while request := request_of(connection):
            heard.append(request)
            connection.sendall(answer("ok, but no JSON"))

    with server(talk) as url:
        monkeypatch.setenv("CHAT_URL", f"{url}/hook")
        chat = Upstream("CHAT_URL", "")
        chat.send("PUT", "", {"a": "ü"}, key="k1")
        chat.send("DELETE", "/things/1")
    first, second = (each.decode().lower() for each in heard)
    assert first.startswith("put /hook http/1.1\r\n")
    assert "idempotency-key: k1\r\n" in first
    assert first.endswith('\r\n\r\n{"a": "\\u00fc"}')
    assert second.startswith("delete /hook/things/1 http/1.1\r\n")
    assert "content-type" not in second
