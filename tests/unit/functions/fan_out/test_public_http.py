"""Requests to URLs that customers choose reach the public Internet, and nothing else."""

import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from functions.workers.fan_out.public_http import NotReached, checked, is_public, post
from tests.loopback import Talk, answer, dead_port, is_silent, request_of, resets, says, server

TRUSTED = trustme.CA()

ADDRESSES = {
    "8.8.8.8": True,
    "2606:4700::1111": True,
    "10.0.0.1": False,
    "127.0.0.1": False,
    "169.254.169.254": False,
    "100.64.0.1": False,
    "0.0.0.0": False,  # noqa: S104
    "192.168.1.1": False,
    "224.0.0.1": False,
    "255.255.255.255": False,
    "::1": False,
    "::": False,
    "::ffff:10.0.0.1": False,
    "fd00::1": False,
    "fe80::1": False,
    "fec0::1": False,
    "64:ff9b::a00:1": False,
    "2002:a00:1::": False,
    "ff02::1": False,
}


@pytest.mark.parametrize(("address", "public"), ADDRESSES.items())
def test_public_addresses(address: str, *, public: bool) -> None:
    """Neither a private address nor one that embeds a private one is public."""
    assert is_public(address) == public


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
    "no answer: ProtocolError": resets,
}


@pytest.mark.usefixtures("local")
@pytest.mark.parametrize(("reason", "talk"), BAD.items())
def test_failures(reason: str, talk: Talk) -> None:
    """Anything but a timely 2xx is a failure; a redirect is not followed."""
    with server(talk) as url, pytest.raises(NotReached) as caught:
        post(url, b"{}", {}, seconds=0.3 if "0.3" in reason else 5)
    assert caught.value.reason == reason


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
    local.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with server(encrypted(TRUSTED.issue_cert(name))) as url:
        there = url.replace("http://127.0.0.1", "https://localhost")
        if reason:
            with pytest.raises(NotReached, match=reason):
                post(there, b"{}", {}, seconds=5)
        else:
            post(there, b"{}", {}, seconds=5)
