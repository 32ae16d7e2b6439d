"""Calls to upstream services while a caller waits: a CRM, a calendar, a payment provider.

Every call has hard limits on time and size, stays on the host of the service's base URL, and fails
in one way: `UpstreamDown`. The template then decides what the caller hears.
"""

import json
import os
import re
import time
from collections.abc import Callable, Container, Mapping
from functools import lru_cache
from http.client import HTTPException
from ipaddress import ip_address
from typing import IO, Any, NamedTuple, Protocol
from urllib.parse import urlencode, urlsplit

import urllib3

from pivotkit.core import dry_run, telemetry
from pivotkit.core.deadline import Deadline, DeadlineExceeded, on_cut, time_left
from pivotkit.core.secret import Secret, SecretUnavailable
from pivotkit.core.setting_types import Url
from pivotkit.core.settings import SettingError
from pivotkit.http.keys import is_local
from pivotkit.http.parameters import Value
from pivotkit.services.circuit import Circuit, MonotonicClock

MAX_ANSWER = 64 * 1024
"""Maximum size of a response in bytes; downloads have their own limit."""

PART = 64 * 1024
"""Chunk size of a download, in bytes: the part of a file that is in memory at a time."""

MOST_SERVICES = 1000
"""Services of accounts that an environment remembers, with their connections and failures."""

RESERVE = 0.3
"""Seconds of the template's time limit that no upstream call may use, kept for the answer."""

IDLE = 30.0
"""Seconds after which an idle connection is not reused: a middlebox may have dropped it."""

_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~%@:+,-]+)+")
_HEADER = re.compile(r"[\x21-\x7e]+")
_MOST = {"token": 4096, "key": 255}  # characters; a JSON Web Token of KAZOO has about 800
_NOT_FOUND, _BUSY = 404, 429
_UNAUTHORIZED = (401, 403)
_OK, _REFUSED = 2, 4  # status classes: 2xx and 4xx

type Query = str | int | bool


class UpstreamDown(Exception):
    """A failed upstream call: no usable response.

    `reason` never contains caller data. `status` is the HTTP status, if there was a response: a 4xx
    means that the service is up but refused this request.
    """

    def __init__(self, service: str, reason: str, status: int | None = None) -> None:
        super().__init__(f"{service}: {reason}")
        self.service = service
        self.reason = reason
        self.status = status

    @property
    def loggable(self) -> str:
        """The whole message, which never contains caller data."""
        return str(self)

    @property
    def is_refusal(self) -> bool:
        """Whether the service is up but refused this request (any 4xx except 429)."""
        return self.status not in (None, _BUSY) and self.status // 100 == _REFUSED

    @property
    def is_unknown(self) -> bool:
        """Whether the service is up but the resource does not exist (404)."""
        return self.status == _NOT_FOUND


class SettingUndeclared(SettingError):
    """The URL of a service that is no setting of the function. Raised at import."""

    def __init__(self, name: str) -> None:
        text = f"setting {name} is not declared: add it under settings in function.yaml"
        ValueError.__init__(self, text)


class UpstreamAnswer(NamedTuple):
    """The JSON response of an upstream, read by path. An unexpected shape raises `UpstreamDown`."""

    service: str
    value: Value
    where: str = "the answer"

    def text(self, *path: str) -> str:
        """Return the string at *path*, as in `answer.text("user", "name")`."""
        value = self._at(path).value
        if not isinstance(value, str):
            raise self._wrong(path, "is not a string")
        return value

    def number(self, *path: str) -> int:
        """Return the integer at *path*; money is in cents."""
        value = self._at(path).value
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(path, "is not a whole number")
        return value

    def flag(self, *path: str) -> bool:
        """Return the boolean at *path*."""
        value = self._at(path).value
        if not isinstance(value, bool):
            raise self._wrong(path, "is not true or false")
        return value

    def each(self, *path: str) -> list["UpstreamAnswer"]:
        """Return the items of the list at *path*."""
        value = self._at(path).value
        if not isinstance(value, list):
            raise self._wrong(path, "is not a list")
        where = ".".join(path) or self.where
        return [UpstreamAnswer(self.service, item, f"an item of {where}") for item in value]

    def _at(self, path: tuple[str, ...]) -> "UpstreamAnswer":
        found: Value = self.value
        for name in path:
            if not isinstance(found, dict) or name not in found:
                raise self._wrong(path, "is missing")
            found = found[name]
        return self._replace(value=found)

    def _wrong(self, path: tuple[str, ...], fault: str) -> UpstreamDown:
        return UpstreamDown(self.service, f"{'.'.join((self.where, *path))} {fault}")


class Credential(Protocol):
    """The credential that a service wants in place of a fixed token, such as one that expires.

    It is hashable: a service at one URL with one credential is one object.
    """

    def __hash__(self) -> int:
        """Return a hash that does not depend on the secret's value."""
        ...

    def header(self) -> str:
        """Return the header Authorization. Raises `UpstreamDown` and `SecretUnavailable`."""
        ...

    def refused(self) -> bool:
        """Take note that the service has refused the header (401); tell whether it can change."""
        ...


class Page(NamedTuple):
    """A text response, and its ETag, which is empty if it has none."""

    text: str
    etag: str = ""


class Download(NamedTuple):
    """A downloaded file: its content type without parameters, and its size in bytes.

    `whole` is false if the file exceeds the limit. `size` is then the size that the service
    announced or, without an announcement, the number of bytes read so far.
    """

    content_type: str
    size: int
    whole: bool


_NO_SECRET = Secret()


class ServiceUrl(Url):
    """The base URL of a service: https, except for one on this machine in a local run."""

    __slots__ = ()
    label = "URL of a service"
    rule = "must be a URL that begins with https://, without user, query, or fragment"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* is a base URL that may be called."""
        try:
            return bool(_base_url("URL", text))
        except SettingError:
            return False


class Upstream:
    """One service, at the base URL in the setting *name* (`CRM_URL`), or else at *default*.

    The URL must be https, except for a service on this machine in a local run. *seconds* limits a
    whole call apart from the DNS lookup, and a call never uses up the template's own time. *token*
    is sent as a bearer token. Create it at import: an invalid URL, and a setting that function.yaml
    does not declare, raise `SettingError`, so a bad deploy fails at once. A *url* that is already
    known takes the place of the setting; with *url_is_secret*, no report of a failure has it.
    """

    def __init__(
        self,
        name: str,
        default: str,
        *,
        seconds: float = 2.0,
        token: str | Secret | Credential = "",
        url: str = "",
        url_is_secret: bool = False,
        clock: MonotonicClock = time.monotonic,
    ) -> None:
        self.service = name.removesuffix("_URL").lower()
        self._base = _base_url(name, url or _declared(name).strip() or default)
        self._seconds = seconds
        if token and isinstance(token, str):
            _header_value("token", token)
        self._token = token
        self._clock = clock
        self._circuit = Circuit(clock)
        self._asked_at = clock()
        self._url_is_secret = url_is_secret
        self._pool = urllib3.PoolManager(num_pools=1, maxsize=1, retries=False)
        on_cut(self._pool.clear)  # a cut leaves a half-read response in the connection

    @classmethod
    def at(
        cls,
        service: str,
        url: ServiceUrl,
        *,
        seconds: float = 2.0,
        token: Secret | Credential = _NO_SECRET,
    ) -> "Upstream":
        """The *service* at *url*, which are settings, of an account perhaps.

        It is the same object each time, so its connection and what it knows of failures persist.
        """
        return _upstream_at(service, url, seconds, token)

    @classmethod
    def at_secret(cls, service: str, url: Secret, *, seconds: float = 2.0) -> "Upstream | None":
        """The *service* whose URL is a secret, as that of a chat's webhook; `None` if it has none.

        Raises `UpstreamDown` if the secret cannot be read, or is no URL of a service.
        """
        try:
            text = url.read()
        except SecretUnavailable as error:
            raise UpstreamDown(service, f"the secret {error} cannot be read") from error
        if not text:
            return None
        if not ServiceUrl.accepts(text):
            raise UpstreamDown(service, f"the secret {url.name} {ServiceUrl.rule}")
        return _upstream_at(service, ServiceUrl(text), seconds, _NO_SECRET, url_is_secret=True)

    @property
    def _headers(self) -> dict[str, str]:
        """The headers of every request. Raises `UpstreamDown` if the token cannot be read."""
        headers = {"Accept": "application/json", "User-Agent": "pivot-functions"}
        if authorization := self._authorization():
            headers["Authorization"] = authorization
        return headers

    def _authorization(self) -> str:
        try:
            if not isinstance(self._token, str | Secret):
                return self._token.header()
            token = self._token if isinstance(self._token, str) else self._token.read()
        except SecretUnavailable as error:
            raise self._down(f"the secret {error} cannot be read") from error
        return token and f"Bearer {_header_value('token', token)}"

    def get(self, path: str, **query: Query) -> UpstreamAnswer:
        """Return the JSON response to a GET of *path*. Raises `UpstreamDown`."""
        fields = {name: _plain(value) for name, value in query.items()}
        content = self._ask("GET", path, self._json, fields=fields, headers=self._headers)
        return UpstreamAnswer(self.service, content)

    def get_text(self, path: str, **query: Query) -> str:
        """Return the text response to a GET of *path*, such as an iCalendar file.

        Raises `UpstreamDown`.
        """
        fields = {name: _plain(value) for name, value in query.items()}
        headers = self._headers | {"Accept": "text/*"}
        return self._ask("GET", path, self._text, fields=fields, headers=headers)

    def download(
        self, path: str, file: IO[bytes], *, kinds: Container[str], max_bytes: int
    ) -> Download:
        """Download the file at *path* into *file*. Raises `UpstreamDown`.

        It also raises if the content type is none of *kinds*, or the response is empty or
        truncated. A file of more than *max_bytes* is not `whole`, and the content of *file* is then
        unusable. Redirects are not followed, so that the token never leaves the service.
        """

        def take(response: urllib3.BaseHTTPResponse) -> Download:
            return self._saved(response, file, kinds, max_bytes)

        return self._answered("GET", path, take, headers=self._headers | {"Accept": "*/*"})

    def put(self, path: str, body: Mapping[str, Value]) -> UpstreamAnswer:
        """Return the JSON response to a PUT of *body* as JSON. Raises `UpstreamDown`."""
        headers = self._headers | {"Content-Type": "application/json"}
        content = json.dumps(body).encode()
        return UpstreamAnswer(
            self.service, self._ask("PUT", path, self._json, body=content, headers=headers)
        )

    def post(self, path: str, body: Mapping[str, Value], *, key: str = "") -> UpstreamAnswer:
        """Return the JSON response to a POST of *body* as JSON. Raises `UpstreamDown`.

        *key* is sent as the Idempotency-Key; take it from `call.effect_key`. A service that
        supports it acts only once, however often it is asked. Calls are never retried here.
        """
        headers = self._headers | {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = _header_value("key", key)
        content = json.dumps(body).encode()
        return UpstreamAnswer(
            self.service, self._ask("POST", path, self._json, body=content, headers=headers)
        )

    def post_form(self, path: str, fields: Mapping[str, str]) -> UpstreamAnswer:
        """Return the JSON response to a POST of *fields* as a form. Raises `UpstreamDown`."""
        headers = self._headers | {"Content-Type": "application/x-www-form-urlencoded"}
        content = urlencode(fields).encode()
        return UpstreamAnswer(
            self.service, self._ask("POST", path, self._json, body=content, headers=headers)
        )

    def exchange(
        self, method: str, path: str, content: str = "", headers: Mapping[str, str] | None = None
    ) -> Page:
        """Return the text response to *content*, with *headers* beside it. Raises `UpstreamDown`.

        For protocols that are not JSON, such as CalDAV. The *path* `/` is the base URL itself.
        """

        def take(response: urllib3.BaseHTTPResponse) -> Page:
            return Page(self._text(self._read(response)), response.headers.get("etag", ""))

        request: dict[str, Any] = {"body": content.encode()} if content else {}
        request["headers"] = self._headers | {"Accept": "*/*"} | dict(headers or {})
        if path == "/":
            return self._counted(method, path, take, request)
        return self._answered(method, path, take, **request)

    def send(
        self, method: str, path: str, body: Mapping[str, Value] | None = None, *, key: str = ""
    ) -> None:
        """Send *body* as JSON and ignore the response's content. Raises `UpstreamDown`.

        For workers that need only success. *path* may be empty, which means the base URL itself.
        """
        headers = dict(self._headers)
        if key:
            headers["Idempotency-Key"] = _header_value("key", key)
        # `len` takes the place of a reader: the content is read to its end but not used.
        if body is None:
            self._ask(method, path, len, headers=headers)
            return
        headers["Content-Type"] = "application/json"
        self._ask(method, path, len, body=json.dumps(body).encode(), headers=headers)

    def _ask[T](self, method: str, path: str, read: Callable[[bytes], T], **request: object) -> T:
        return self._answered(method, path, lambda answer: read(self._read(answer)), **request)

    def _answered[T](
        self,
        method: str,
        path: str,
        take: Callable[[urllib3.BaseHTTPResponse], T],
        **request: Any,
    ) -> T:
        if path and not _PATH.fullmatch(path):
            raise ValueError(
                f"path is {path!r}: must be like /users/42; pass the query as keyword arguments"
            )
        return self._counted(method, path, take, request)

    def _counted[T](
        self,
        method: str,
        path: str,
        take: Callable[[urllib3.BaseHTTPResponse], T],
        request: dict[str, Any],
    ) -> T:
        if method not in dry_run.READING_METHODS:
            dry_run.refuse(f"{self.service} {method}")
        try:
            return self._with_credential(method, path, take, request)
        except UpstreamDown:
            telemetry.count("UpstreamDown")
            raise

    def _with_credential[T](
        self,
        method: str,
        path: str,
        take: Callable[[urllib3.BaseHTTPResponse], T],
        request: dict[str, Any],
    ) -> T:
        """Exchange; once more after a 401, with another token. The first had no effect."""
        try:
            return self._guarded(lambda: self._exchange(method, path, take, request))
        except UpstreamDown as error:
            if error.status != _UNAUTHORIZED[0] or isinstance(self._token, str | Secret):
                raise
            if not self._token.refused():
                raise
        request["headers"] |= {"Authorization": self._authorization()}
        return self._guarded(lambda: self._exchange(method, path, take, request))

    def _guarded[T](self, exchange: Callable[[], T]) -> T:
        """Run *exchange* within the time left, and record its outcome in the circuit."""
        seconds = min(self._seconds, time_left() - RESERVE)
        if seconds <= 0:
            raise self._down("no time left for a call")
        if not self._circuit.admits():
            raise self._down("not called after repeated failures")
        try:
            answer = self._cut_after(seconds, exchange)
        except UpstreamDown as error:
            # A refused request proves that the service is up.
            (self._circuit.succeeded if error.is_refusal else self._circuit.failed)()
            raise
        self._circuit.succeeded()
        return answer

    def _cut_after[T](self, seconds: float, exchange: Callable[[], T]) -> T:
        limit = Deadline(seconds, nested=True)
        try:
            with limit:
                return exchange()
        except DeadlineExceeded as error:
            limit.stop()
            self._pool.clear()
            if not time_left():
                raise  # the template's own deadline has passed, not just this call's
            raise self._down(f"no answer in {seconds:.1f} s") from error

    def _exchange[T](
        self,
        method: str,
        path: str,
        take: Callable[[urllib3.BaseHTTPResponse], T],
        request: Mapping[str, Any],
    ) -> T:
        self._drop_idle()
        try:
            response = self._pool.request(
                method,
                self._base + path,
                redirect=False,
                preload_content=False,
                timeout=self._seconds,
                **request,
            )
            with response:
                return take(response)
        except urllib3.exceptions.SSLError as error:
            raise self._down("TLS failed") from self._cause(error)
        except (urllib3.exceptions.HTTPError, HTTPException, OSError) as error:
            raise self._down(f"no answer: {type(error).__name__}") from self._cause(error)

    def _cause(self, error: Exception) -> Exception | None:
        """*error*, for the report of a local run, unless its message has a secret URL in it."""
        return None if self._url_is_secret else error

    def _drop_idle(self) -> None:
        """Close a stale connection: while Lambda is frozen, it does not see the peer close it."""
        now = self._clock()
        if now - self._asked_at > IDLE:
            self._pool.clear()
        self._asked_at = now

    def _read(self, response: urllib3.BaseHTTPResponse) -> bytes:
        """The content of a complete, successful response."""
        self._require_success(response)
        content = response.read(MAX_ANSWER + 1, decode_content=False)
        if len(content) > MAX_ANSWER:
            raise self._down(f"answered with more than {MAX_ANSWER} bytes")
        if response.length_remaining:
            raise self._down("the answer was truncated")
        response.release_conn()  # reuse only a fully read connection; others are closed
        return content

    def _saved(
        self,
        response: urllib3.BaseHTTPResponse,
        file: IO[bytes],
        kinds: Container[str],
        max_bytes: int,
    ) -> Download:
        """Write a complete, successful response into *file*."""
        self._require_success(response)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in kinds or response.headers.get("content-encoding", "identity") != "identity":
            raise self._down("did not answer with a file of an expected content type")
        size, announced = 0, response.length_remaining
        if announced is None and not response.chunked:
            raise self._down("did not announce the size of the file")
        if announced and announced > max_bytes:
            return Download(kind, announced, whole=False)
        for part in response.stream(PART, decode_content=False):
            size += len(part)
            if size > max_bytes:
                return Download(kind, size, whole=False)
            file.write(part)
        if not size:
            raise self._down("answered with an empty file")
        response.release_conn()
        return Download(kind, size, whole=True)

    def _require_success(self, response: urllib3.BaseHTTPResponse) -> None:
        if response.status // 100 != _OK:
            if response.status in _UNAUTHORIZED and isinstance(self._token, Secret):
                self._report_missing(self._token)
            raise self._down(f"answered {response.status}", response.status)

    def _report_missing(self, secret: Secret) -> None:
        """Log the name of a secret that the service wants, if it is not set."""
        if secret.name and not self._authorization():
            report_missing(secret)

    def _json(self, content: bytes) -> Value:
        if not content.strip():
            return None
        try:
            value: Value = json.loads(content, parse_constant=_no_json)
        except (ValueError, RecursionError) as error:
            raise self._down("did not answer with JSON") from error
        return value

    def _text(self, content: bytes) -> str:
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise self._down("did not answer with UTF-8") from error

    def _down(self, reason: str, status: int | None = None) -> UpstreamDown:
        return UpstreamDown(self.service, reason, status)


def report_missing(secret: Secret) -> None:
    """Log the name of a secret that a service wants, and that is not set."""
    telemetry.done("secret_missing", secret=secret.name, fix="pivotctl secret")


def _declared(name: str) -> str:
    """The setting *name*; '' outside of Lambda's runtime, where no one declares settings.

    A local run redirects only declared URLs to a fake of the service. Without this check, the
    requests of a function under development would leave the machine.
    """
    if name not in os.environ and "LAMBDA_TASK_ROOT" in os.environ:
        raise SettingUndeclared(name)
    return os.environ.get(name, "")


@lru_cache(MOST_SERVICES)
def _upstream_at(
    service: str,
    url: str,
    seconds: float,
    token: Secret | Credential,
    *,
    url_is_secret: bool = False,
) -> Upstream:
    name = f"{service.upper()}_URL"
    return Upstream(name, "", seconds=seconds, token=token, url=url, url_is_secret=url_is_secret)


def _base_url(name: str, text: str) -> str:
    """*text* without a trailing slash. Raises `SettingError` if it is no plain base URL."""
    url = urlsplit(text)
    plain = text == f"{url.scheme}://{url.netloc}{url.path}" and "@" not in url.netloc
    path = url.path.rstrip("/")
    if not plain or not url.hostname or (path and not _PATH.fullmatch(path)):
        raise SettingError(name, text, "must be a URL without user, query, or fragment")
    if url.scheme != "https" and not (url.scheme == "http" and _is_here(url.hostname)):
        raise SettingError(name, text, "must begin with https://")
    return text.rstrip("/")


def _is_here(host: str) -> bool:
    """Whether *host* is this machine in a local run, where stand-ins for services run."""
    try:
        return is_local() and ip_address(host).is_loopback
    except ValueError:
        return is_local() and host == "localhost"


def _header_value(name: str, text: str) -> str:
    most = _MOST[name]
    if len(text) > most or not _HEADER.fullmatch(text):
        raise ValueError(f"{name} must be 1 to {most} visible ASCII characters without spaces")
    return text


def _plain(value: Query) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _no_json(word: str) -> Value:
    raise ValueError(word)
