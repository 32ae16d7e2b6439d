"""Requests to addresses that customers name: https only, and never into a network of our own.

A name is looked up once, every address it has must be public, and the connection goes to one of
those: a name that changes its mind between check and connection gains nothing. Redirects are not
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
"""IPv6 networks that Python takes for public: two embed IPv4, which may be private; one is old."""

_OK = 2  # hundreds
_PORTS = {"https": 443, "http": 80}


class NotReached(Exception):
    """An endpoint did not take a request. `reason` has nothing of its address.

    `status` is the HTTP status, if one came.
    """

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class Target(NamedTuple):
    """Where a URL leads: `address` is the IP address that was checked."""

    scheme: str
    host: str
    address: str
    port: int
    path: str


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> None:
    """Post *body* to *url*, within *seconds*, name look-up apart. Raises `NotReached`.

    A success is any 2xx; what is answered is not read.
    """
    target = found(url)
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


def found(url: str) -> Target:
    """Where *url* leads, if that is allowed. Raises `NotReached`."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise NotReached("the URL cannot be read") from error
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc:
        raise NotReached("the URL must be https, without user and password")
    addresses = _addresses(host, port)
    here = is_local() and all(ip_address(each).is_loopback for each in addresses)
    if not here and parts.scheme != "https":
        raise NotReached("the URL must begin with https://")
    if not here and not all(is_public(each) for each in addresses):
        raise NotReached("the host is not on the public Internet")
    query = f"?{parts.query}" if parts.query else ""
    return Target(parts.scheme, host, addresses[0], port, f"{parts.path or '/'}{query}")


def is_public(address: str) -> bool:
    """Whether an IP address is one host's on the public Internet."""
    ip = ip_address(address)
    refused = isinstance(ip, IPv6Address) and any(ip in network for network in _REFUSED)
    return ip.is_global and not ip.is_multicast and not refused


def _addresses(host: str, port: int) -> list[str]:
    try:
        known = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached("the host has no address") from error
    return [str(each[4][0]).partition("%")[0] for each in known]


def _status(target: Target, body: bytes, headers: Mapping[str, str], seconds: float) -> int:
    """The status of the answer from the address that was checked, under the name of the host."""
    default = target.port == _PORTS[target.scheme]
    host = f"[{target.host}]" if ":" in target.host else target.host
    sent = {**headers, "Host": host if default else f"{host}:{target.port}"}
    with _pool(target, seconds) as pool:
        response = pool.urlopen(
            "POST", target.path, body=body, headers=sent, redirect=False, preload_content=False
        )
        response.close()
        return int(response.status)


def _pool(target: Target, seconds: float) -> urllib3.HTTPConnectionPool:
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
