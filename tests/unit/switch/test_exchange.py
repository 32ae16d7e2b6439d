"""The HTTP exchange: exact bytes, one deadline, redirects, and KAZOO's own idea of a URL."""

from __future__ import annotations

import socket
import time

import pytest

from pivotctl.switch.http.exchange import (
    ExchangeError,
    HttpRequest,
    HttpResponse,
    exchange,
    pivot_request,
    resolve_uri,
    send,
)
from tests.unit.switch.servers import Server, listening

_FORM = "application/x-www-form-urlencoded"


def _ok(connection: socket.socket, _request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: 2\r\n\r\nok")


def test_a_post_has_exactly_kazoos_headers() -> None:
    """Nothing identifies KAZOO: content, te, host and connection in lower case, no more."""
    seen: list[bytes] = []

    def answer(connection: socket.socket, request: bytes) -> None:
        seen.append(request)
        _ok(connection, request)

    with listening(answer) as url:
        response = exchange(pivot_request(f"{url}/a?b=1", "post", {"K": "v w"}), send)
    assert (response.status, response.content_type, response.body) == (200, "text/xml", b"ok")
    host = url.removeprefix("http://")
    assert seen[0].decode() == (
        f"POST /a?b=1 HTTP/1.1\r\ncontent-type: {_FORM}\r\ncontent-length: 5\r\nte: \r\n"
        f"host: {host}\r\nconnection: keep-alive\r\n\r\nK=v+w"
    )


def test_a_get_sends_raw_brackets_and_no_body() -> None:
    """A GET is form-encoded into the URL whatever the body format says."""
    request = pivot_request("https://h/a", "get", {"Digits": {"m": "1"}}, "json")
    assert request.url == "https://h/a?Digits[m]=1"
    assert request.body == b""
    assert request.header("content-type") is None


def test_user_info_becomes_basic_auth_for_post_only() -> None:
    """A POST authenticates; a GET loses the colon and with it the password."""
    post = pivot_request("https://u:p@h/a", "post", {})
    assert post.header("authorization") == "Basic dTpw"
    assert pivot_request("https://u:p@h/a", "get", {"A": "1"}).url == "https://up@h/a?A=1"


def test_a_slow_body_counts_against_the_same_deadline() -> None:
    """Bytes that drip in do not keep the exchange alive."""

    def drip(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(100):
            time.sleep(0.05)
            try:
                connection.sendall(b"x")
            except OSError:
                return

    with listening(drip) as url, pytest.raises(ExchangeError) as caught:
        exchange(HttpRequest("GET", url, timeout=0.2), send)
    assert caught.value.reason == "timeout"


def test_a_closed_port_is_unreachable() -> None:
    """Connection refused is no time-out."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(ExchangeError) as caught:
        exchange(HttpRequest("GET", f"http://127.0.0.1:{port}/"), send)
    assert caught.value.reason == "unreachable"


@pytest.mark.parametrize(
    "place",
    [f"127.0.0.1:{port}" for port in ("99999", "9" * 5000, "\u00b2", "\u0663")]
    + [f"{label}.example.com" for label in ("h" * 64, "\u00fc" * 80, "a..b", "a\0b")],
)
def test_no_host_or_port_is_unreachable(place: str) -> None:
    """A URL is whatever an answer says, so an impossible place is KAZOO's error, not ours."""
    with pytest.raises(ExchangeError):
        send(pivot_request(f"http://{place}/", "post", {}, "form"))


def test_an_address_without_scheme_is_refused_before_sending() -> None:
    """KAZOO's client refuses what is no absolute URL, so no request is made."""
    with pytest.raises(ExchangeError) as caught:
        exchange(pivot_request("h.example.com/a", "get", {"A": "1"}), send)
    assert caught.value.reason == "refused_url"


def _redirect(status: int) -> HttpResponse:
    return HttpResponse(status, (("Location", "/new?c=1"),))


def _come_back(seconds: str) -> HttpResponse:
    return HttpResponse(503, (("Retry-After", seconds),))


def test_a_503_with_retry_after_ends_in_a_time_out() -> None:
    """KAZOO's client waits by itself, longer than KAZOO waits for it."""
    server = Server([_come_back("30")])
    with pytest.raises(ExchangeError) as caught:
        exchange(pivot_request("https://h/a", "get", {}), server)
    assert caught.value.reason == "timeout"


def test_a_503_without_delay_is_sent_again() -> None:
    """The same request comes twice: servers have to be idempotent."""
    server = Server([_come_back("0"), HttpResponse(200)])
    assert exchange(pivot_request("https://h/a", "post", {"K": "v"}), server).status == 200
    assert [request.body for request in server.requests] == [b"K=v", b"K=v"]


def test_a_503_with_a_long_or_no_retry_after_is_an_answer() -> None:
    """From 100 seconds on the client does not wait."""
    for answer in (_come_back("100"), HttpResponse(503)):
        assert exchange(pivot_request("https://h/a", "get", {}), Server([answer])).status == 503


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirected_get_loses_its_query(status: int) -> None:
    """Only what the Location holds is asked; the parameters are gone."""
    server = Server([_redirect(status), HttpResponse(200)])
    exchange(pivot_request("https://h/a", "get", {"K": "v"}), server)
    assert (server.requests[1].method, server.requests[1].url) == ("GET", "https://h/new?c=1")


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirected_post_becomes_an_empty_get(status: int) -> None:
    """The body is lost, the Content-Type is still sent."""
    server = Server([_redirect(status), HttpResponse(200)])
    exchange(pivot_request("https://h/a", "post", {"K": "v"}), server)
    followed = server.requests[1]
    assert (followed.method, followed.body) == ("GET", b"")
    assert followed.header("content-type") == _FORM


@pytest.mark.parametrize("status", [300, 307, 308])
def test_a_preserving_redirect_posts_again(status: int) -> None:
    """307 and its like carry the same body to the new place."""
    server = Server([_redirect(status), HttpResponse(200)])
    exchange(pivot_request("https://h/a", "post", {"K": "v"}), server)
    followed = server.requests[1]
    assert (followed.method, followed.url, followed.body) == ("POST", "https://h/new?c=1", b"K=v")


def test_endless_redirects_end_in_the_redirect_itself() -> None:
    """After about six hops the 3xx is the answer, which KAZOO counts as a failure."""
    server = Server([_redirect(302) for _ in range(20)])
    assert exchange(pivot_request("https://h/a", "get", {}), server).status == 302
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("current", "relative", "resolved"),
    [
        ("http://h/a/b.php", "c.php", "http://h/a/c.php"),
        ("http://h/a/b.php", "/c.php", "http://h/a/c.php"),
        ("http://h/a/b", "c", "http://h/a/b/c"),
        ("http://h/a/b/", "c", "http://h/a/b/c"),
        ("https://host.com", "menu", "https://menu"),
        ("https://host.com/", "menu", "https://host.com/menu"),
        ("http://h/a/b.php?x=1", "c.php", "http://h/a/c.php"),
        ("http://h/a/b?x=1", "c", "http://h/a/b?x=1/c"),
        ("http://h/a/b?f=x/y.z", "c", "http://h/a/b?f=x/c"),
        ("http://h/a/b.php", "?step=2", "http://h/a/?step=2"),
        ("http://h/a/b", "../c", "http://h/a/c"),
        ("http://h/a/v1.2", "c", "http://h/a/c"),
        ("http://h/a/b.php", "//other/x", "http://h/a/other/x"),
        ("http://h/a", "https://o/x?y=1", "https://o/x?y=1"),
        ("http://h/a", "", "http://h/a"),
        ("http://h/a", None, "http://h/a"),
    ],
)
def test_follow_up_urls_are_resolved_kazoos_way(
    current: str, relative: str | None, resolved: str
) -> None:
    """A leading slash means nothing, and a dot anywhere in the last segment replaces it."""
    assert resolve_uri(current, relative) == resolved
