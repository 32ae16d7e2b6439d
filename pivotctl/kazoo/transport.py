"""HTTP to one Crossbar: time limits, certificates, and retries where they are safe."""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Callable
from http.client import HTTPException
from typing import Self
from urllib.parse import SplitResult, urlsplit

import urllib3
from urllib3 import exceptions as wrong

from pivotctl.kazoo.connections import is_here, pool_for, proxy_name
from pivotctl.kazoo.errors import (
    CrossbarError,
    NoAnswer,
    NotConnected,
    TooManyRequests,
    no_crossbar,
    refusal,
)
from pivotctl.kazoo.exchange import CrossbarCall, CrossbarResponse

CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 60.0
PATIENCE = 60.0
"""Seconds that a request waits in all for a busy Crossbar, before it is given up."""

REPEATS = 2
"""Times that a repeatable request is sent again after a broken connection, 502, 503, or 504."""

_PASSING = (502, 503, 504)
_OK, _LARGEST = 2, 16 * 1024 * 1024
_NO_ROUTE = (errno.EHOSTUNREACH, errno.ENETUNREACH)


class UrlError(ValueError):
    """A URL at which no Crossbar can be; the text says why."""


class Transport:
    """Sends requests to the Crossbar at *url*, and raises `CrossbarError` for all but a success.

    A busy Crossbar (429) has done nothing: the request waits as long as Crossbar asks, within
    `PATIENCE`, and is sent again. After a broken connection or a failing server only *repeatable*
    requests are, because it is not known whether others were done. Redirects are not followed, so
    that the token never leaves the server. Used in a `with`, it closes its connections.
    """

    def __init__(self, url: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.url = base_url(url)
        self.seconds = ANSWER_SECONDS
        self._sleep = sleep
        self._pool = pool_for(self.url, num_pools=1)

    def __enter__(self) -> Self:
        """Return the transport."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close its connections."""
        self.close()

    def close(self) -> None:
        """Close all connections; the next request opens one again."""
        self._pool.clear()

    @property
    def is_local(self) -> bool:
        """Whether Crossbar is on this machine, as the local stack's is."""
        return is_here(str(urlsplit(self.url).hostname))

    def send(self, call: CrossbarCall, token: str = "") -> CrossbarResponse:
        """Return the response to *call*, a success with an envelope. Raises `CrossbarError`."""
        waited, failures = 0.0, 0
        while True:
            try:
                return self._sent(call, token)
            except CrossbarError as error:
                pause = _pause(call, error, failures)
                if pause is None or waited + pause > PATIENCE:
                    raise
            self._sleep(pause)
            waited, failures = waited + pause, failures + 1

    def _sent(self, call: CrossbarCall, token: str) -> CrossbarResponse:
        response = self._exchanged(call, token)
        if response.status // 100 != _OK:
            raise refusal(call, response)
        if response.envelope is None:
            raise no_crossbar(call, response)
        return response

    def _exchanged(self, call: CrossbarCall, token: str) -> CrossbarResponse:
        try:
            answer = self._pool.request(
                call.method,
                self.url + call.path,
                body=call.body,
                fields=dict(call.query) if call.body is None else None,
                headers=_headers(call, token),
                redirect=False,
                preload_content=False,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=self.seconds),
            )
            with answer:
                content = answer.read(_LARGEST, decode_content=True)
        except wrong.ProxyError as error:
            raise NotConnected(_no_proxy(self.url, error)) from error
        except (wrong.NewConnectionError, wrong.ConnectTimeoutError, wrong.SSLError) as error:
            raise NotConnected(_not_connected(urlsplit(self.url).netloc, error)) from error
        except (wrong.HTTPError, HTTPException, OSError) as error:
            raise NoAnswer(self._no_answer(call, error)) from error
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return CrossbarResponse(answer.status, headers, content)

    def _no_answer(self, call: CrossbarCall, error: Exception) -> str:
        """The sentence for a request that was sent, at least in part, and has no response."""
        what = "broke the connection off"
        if isinstance(error, wrong.ReadTimeoutError | TimeoutError):
            what = f"did not answer within {self.seconds:g} seconds"
        doubt = "It may have been done all the same: look before you repeat it."
        fix = "Repeat it later." if call.repeatable else doubt
        return f"{urlsplit(self.url).netloc} {what} ({call}). {fix}"


def base_url(text: str) -> str:
    """Return the URL of a Crossbar, with the API's version and without a slash at its end.

    Raises `UrlError`, also for `http://` to another machine, which would show the token to all
    between.
    """
    url = _split(text if "//" in text else f"https://{text}")
    if url is None:
        raise UrlError(f"{text!r} is no URL of a Crossbar: use https://HOST:8443/v2")
    if url.scheme == "http" and not is_here(str(url.hostname)):
        raise UrlError(
            f"{text!r} would send your sign-in unencrypted: use https, or reach it through a tunnel"
            " (ssh -L 8000:localhost:8000 HOST) as http://localhost:8000"
        )
    return f"{url.scheme}://{url.netloc.lower()}{url.path.rstrip('/') or '/v2'}"


def _split(text: str) -> SplitResult | None:
    """The parts of a plain URL: without a user, a query, or a fragment."""
    try:
        url = urlsplit(text)
        plain = url.port != 0 and text == f"{url.scheme}://{url.netloc}{url.path}"
    except ValueError:
        return None
    known = url.scheme in ("http", "https") and url.hostname and "@" not in url.netloc
    return url if plain and known else None


def _headers(call: CrossbarCall, token: str) -> dict[str, str]:
    headers = {"Accept": "application/json", "User-Agent": "pivotctl"}
    headers |= {"Content-Type": "application/json"} if call.body is not None else {}
    headers |= {"If-Match": call.etag} if call.etag else {}
    return headers | ({"X-Auth-Token": token} if token else {})


def _pause(call: CrossbarCall, error: CrossbarError, failures: int) -> float | None:
    """The seconds until *call* is sent again after *failures*; None if it is not."""
    if isinstance(error, TooManyRequests):
        return 2.0**failures if error.after is None else max(error.after, 1.0)
    passing = isinstance(error, NoAnswer) or error.status in _PASSING
    return 2.0**failures if passing and call.repeatable and failures < REPEATS else None


# -- sentences -------------------------------------------------------------------------------------


def _not_connected(host: str, error: Exception) -> str:
    """The sentence for a connection that was not made, so that nothing was sent."""
    cause = error.__cause__ or error.__context__
    if isinstance(error, wrong.SSLError):
        return _no_trust(host, error)
    if isinstance(error, wrong.NameResolutionError):
        return f"There is no host {host}: check the URL, and your network."
    if isinstance(cause, OSError) and cause.errno in _NO_ROUTE:
        return f"There is no route to {host}: check your network and your VPN."
    if isinstance(error, wrong.NewConnectionError):
        return (
            f"Nothing listens at {host}: check the port (8443 with TLS, 8000 without), and that "
            "Crossbar is running."
        )
    return (
        f"{host} does not answer: check the port (8443 with TLS), your VPN, and the server's "
        "firewall."
    )


def _no_proxy(url: str, error: wrong.ProxyError) -> str:
    """The sentence for a proxy that cannot be reached, or does not connect to Crossbar."""
    cause = error.original_error
    refused = re.search(r"Tunnel connection failed: (.+)", str(cause))
    what = f"answered {refused[1]}" if refused else "cannot be reached"
    host, variable = urlsplit(url).hostname, f"{urlsplit(url).scheme.upper()}_PROXY"
    return (
        f"The proxy {proxy_name(url)} ({variable}) {what}: correct {variable}, with user and "
        f"password if it wants them, or add {host} to NO_PROXY."
    )


def _no_trust(host: str, error: Exception) -> str:
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" not in text:
        return f"{host} does not speak TLS: check the port (8443 with TLS, 8000 without)."
    reason = text.partition("certificate verify failed: ")[2].partition(" (_ssl")[0]
    return (
        f"The certificate of {host} is not trusted ({reason.strip() or 'unknown reason'}). If a CA "
        "of your own has signed it, name its file in SSL_CERT_FILE; otherwise ask KAZOO's operator."
    )
