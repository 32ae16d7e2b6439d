"""Requests to URLs that customers choose: https only, and never into a network of our own.

A host is looked up once. All its addresses must be public, and the connection goes to one of them,
so a host whose address changes between check and connection gains nothing. Redirects are not
followed.
"""

import socket
from collections.abc import Mapping
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

import urllib3

from pivotkit.core.deadline import Deadline, DeadlineExceeded
from pivotkit.http.keys import is_local

_REFUSED = tuple(map(IPv6Network, ("64:ff9b::/96", "2002::/16", "fec0::/10")))
"""IPv6 networks that Python considers public: two embed IPv4, which may be private; one is old."""

_OK = 2  # hundreds
_PORTS = {"https": 443, "http": 80}


class NotReached(Exception):
    """Raised when an endpoint did not accept a request. `reason` does not reveal its address.

    `status` is the HTTP status, if there was an answer.
    """

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class CheckedUrl(NamedTuple):
    """A URL that may be used; `address` is the IP address that was checked."""

    scheme: str
    host: str
    address: str
    port: int
    path: str


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> None:
    """Post *body* to *url* within *seconds*, plus the host lookup. Raises `NotReached`.

    Any 2xx is a success; the body of the answer is not read.
    """
    target = checked(url)
    limit = Deadline(seconds, nested=True)
    try:
        with limit:
            status = _status(target, body, headers, seconds)
    except DeadlineExceeded as error:
        limit.stop()
        raise NotReached(f"no answer in {seconds:.1f} s") from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise NotReached(f"no answer: {type(error).__name__}") from error
    if status // 100 != _OK:
        raise NotReached(f"answered {status}", status)


def checked(url: str) -> CheckedUrl:
    """Return *url* with its address, if it may be used. Raises `NotReached`."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise NotReached("the URL cannot be read") from error
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc:
        raise NotReached("the URL must be https, without user and password")
    addresses = _addresses(host, port)
    is_own = is_local() and all(ip_address(each).is_loopback for each in addresses)
    if not is_own and parts.scheme != "https":
        raise NotReached("the URL must begin with https://")
    if not is_own and not all(is_public(each) for each in addresses):
        raise NotReached("the host is not on the public Internet")
    query = f"?{parts.query}" if parts.query else ""
    return CheckedUrl(parts.scheme, host, addresses[0], port, f"{parts.path or '/'}{query}")


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to a host on the public Internet."""
    ip = ip_address(address)
    refused = isinstance(ip, IPv6Address) and any(ip in network for network in _REFUSED)
    return ip.is_global and not ip.is_multicast and not refused


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached("the host has no address") from error
    return [str(each[4][0]).partition("%")[0] for each in found]


def _status(target: CheckedUrl, body: bytes, headers: Mapping[str, str], seconds: float) -> int:
    """Return the status of the answer from the checked address, asked by the name of the host."""
    is_default_port = target.port == _PORTS[target.scheme]
    host = f"[{target.host}]" if ":" in target.host else target.host
    sent = {**headers, "Host": host if is_default_port else f"{host}:{target.port}"}
    with _pool(target, seconds) as pool:
        response = pool.urlopen(
            "POST", target.path, body=body, headers=sent, redirect=False, preload_content=False
        )
        response.close()
        return int(response.status)


def _pool(target: CheckedUrl, seconds: float) -> urllib3.HTTPConnectionPool:
    shared = {"timeout": seconds, "retries": False, "maxsize": 1}
    if target.scheme == "http":
        return urllib3.HTTPConnectionPool(target.address, target.port, **shared)  # type: ignore[arg-type]
    return urllib3.HTTPSConnectionPool(
        target.address,
        target.port,
        server_hostname=target.host,
        assert_hostname=target.host,
        **shared,  # type: ignore[arg-type]
    )
