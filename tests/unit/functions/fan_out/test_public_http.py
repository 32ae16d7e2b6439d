"""Requests to URLs that customers choose reach the public Internet, and nothing else."""

import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import trustme

from functions.workers.fan_out.public_http import NotReached, TimeLimit, checked, post
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

TRUSTED = trustme.CA()

URLS = {
    "http://8.8.8.8/": "must begin with https",
    "https://10.0.0.1/": "public Internet",
    "https://[::1]/": "public Internet",
    "https://2130706433/": "public Internet",
    "https://0x7f.1/": "public Internet",
    "https://localhost/": "public Internet",
    "https://user:secret@8.8.8.8/": "without user",
    "https:///path": "must be https",
    "ftp://8.8.8.8/": "must be https",
    "file:///etc/passwd": "must be https",
    "https://8.8.8.8:99999/": "cannot be read",
    "https://[8.8.8.8/": "cannot be read",
    "https://no.such.host.invalid/": "no address",
    "": "must be https",
    f"https://{'a' * 64}.example/": "cannot be read",
    "https://a b.example/": "cannot be read",
}


@pytest.mark.parametrize(("url", "reason"), URLS.items())
def test_urls_that_may_not_be_used(monkeypatch: pytest.MonkeyPatch, url: str, reason: str) -> None:
    """Only an https URL of a public host may be used, however its address is written."""
    monkeypatch.delenv("AWS_SAM_LOCAL", raising=False)
    with pytest.raises(NotReached, match=reason):
        checked(url)


def resolves_to(*addresses: str) -> Callable[..., list[Any]]:
    """A lookup that returns these addresses for every host."""
    return lambda *_args, **_more: [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses
    ]


def test_a_host_with_a_private_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host with one private address is refused; otherwise its first address is used."""
    monkeypatch.setattr(socket, "getaddrinfo", resolves_to("8.8.8.8", "10.0.0.1"))
    with pytest.raises(NotReached, match="public Internet"):
        checked("https://hooks.example.com/")
    monkeypatch.setattr(socket, "getaddrinfo", resolves_to("8.8.8.8", "8.8.4.4"))
    url = checked("https://hooks.example.com/a?b=c")
    assert (url.address, url.host) == ("8.8.8.8", "hooks.example.com")
    assert (url.port, url.path) == (443, "/a?b=c")


def test_a_url_with_other_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Host and path are written as a request has them; what is encoded stays so."""
    monkeypatch.setattr(socket, "getaddrinfo", resolves_to("8.8.8.8"))
    url = checked("https://bücher.example/ä b%2F?q=ö")
    assert (url.host, url.path) == ("xn--bcher-kva.example", "/%C3%A4%20b%2F?q=%C3%B6")


# -- real requests, in a local run -----------------------------------------------------------------


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A local run, which may send requests to its own machine."""
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    return monkeypatch


@pytest.mark.usefixtures("local")
def test_a_request() -> None:
    """An endpoint gets the body unchanged, the headers, and its own name as the host."""
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        while request := request_of(connection):
            heard.append(request)
            connection.sendall(answer("thanks", "202 Accepted"))

    with server(talk) as url:
        port = url.rpartition(":")[2]
        post(f"http://localhost:{port}/a?b=c", b'{"a": 1}', {"webhook-id": "msg_1"}, seconds=5)
    (request,) = (each.decode().lower() for each in heard)
    assert request.startswith("post /a?b=c http/1.1\r\n")
    assert f"host: localhost:{port}\r\n" in request
    assert "webhook-id: msg_1\r\n" in request
    assert request.endswith('\r\n\r\n{"a": 1}')


BAD = {
    "answered 500": says("", "500 Oh"),
    "answered 302": says("", "302 Found", "Location: http://127.0.0.1:1/"),
    "no answer in 0.3 s": is_silent,
    "no answer in 0.2 s": drips(b"HTTP/1.1 200 OK\r\n"),
    "no answer: ConnectionResetError": resets,
    "no answer: BadStatusLine": says("", "OK"),
}


@pytest.mark.usefixtures("local")
@pytest.mark.parametrize(("reason", "talk"), BAD.items())
def test_failures(reason: str, talk: Talk) -> None:
    """Anything but a timely 2xx is a failure; a redirect is not followed."""
    with server(talk) as url, pytest.raises(NotReached) as caught:
        post(url, b"{}", {}, seconds=float(reason.split()[3]) if reason.endswith(" s") else 5)
    assert caught.value.reason == reason


@pytest.mark.usefixtures("local")
@pytest.mark.parametrize("talk", [is_silent, drips(b"HTTP/1.1 200 OK\r\n")])
def test_the_time_limit_in_any_thread(talk: Talk) -> None:
    """The limit on a request needs no alarm, so it holds in threads besides the main one."""
    with server(talk) as url, ThreadPoolExecutor(1) as threads:
        error = threads.submit(post, url, b"{}", {}, seconds=0.2).exception()
    assert isinstance(error, NotReached)
    assert error.reason == "no answer in 0.2 s"


def test_a_lookup_counts_against_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host whose name server does not answer is given up while its lookup still waits."""
    given_up = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: [given_up.wait(60)][1:])
    with pytest.raises(NotReached, match="not found in time"):
        post("https://hooks.example.com/", b"{}", {}, seconds=0.1)
    assert not given_up.is_set()
    given_up.set()


def test_what_a_time_limit_leaves() -> None:
    """The time that the lookup takes is gone for the connection."""
    now = [100.0]
    limit = TimeLimit(5, clock=lambda: now[0])
    now[0] += 3
    assert limit.left() == 2
    now[0] += 2
    with pytest.raises(TimeoutError):
        limit.left()


@pytest.mark.usefixtures("local")
def test_nobody_there() -> None:
    """A port on which nothing listens is a failure."""
    with pytest.raises(NotReached, match="no answer"):
        post(f"http://127.0.0.1:{dead_port()}/", b"{}", {}, seconds=5)


def encrypted(certificate: trustme.LeafCert) -> Talk:
    """A server that talks TLS with *certificate*."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            request_of(secure)
            secure.sendall(answer("ok"))

    return talk


@pytest.mark.parametrize(("name", "reason"), [("localhost", ""), ("other.example", "SSL")])
def test_certificates(local: pytest.MonkeyPatch, tmp_path: Path, name: str, reason: str) -> None:
    """The checked address must have a certificate for the host in the URL."""
    TRUSTED.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    local.setattr("functions.workers.fan_out.public_http._TLS", context)
    with server(encrypted(TRUSTED.issue_cert(name))) as url:
        there = url.replace("http://127.0.0.1", "https://localhost")
        if reason:
            with pytest.raises(NotReached, match=reason):
                post(there, b"{}", {}, seconds=5)
        else:
            post(there, b"{}", {}, seconds=5)
