"""The stack runs functions in Lambda's runtime, and outlives what they do to it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

import pivotctl.stack
from pivotctl.stack.engine import uses_rie
from tests.unit.stack.fixture import build, make_project

if TYPE_CHECKING:
    from pivotctl.stack import Stack


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack of the small project."""
    project = make_project(tmp_path_factory.mktemp("small"))
    build(project)
    overrides = {"Parameters": {"GIVEN": "to all"}, "Echo": {"SHARED": "to echo"}}
    with pivotctl.stack.session(project, env=overrides, fresh=True) as running:
        yield running


def send(
    url: str, body: bytes | None = None, method: str = "POST", **headers: str
) -> tuple[int, bytes]:
    """Send one request on a connection of its own: status and body."""
    target = urlsplit(url)
    connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=30)
    try:
        path = target.path + (f"?{target.query}" if target.query else "")
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def echo(stack: Stack, **kwargs: Any) -> dict[str, Any]:
    """The event and the environment that the echo function saw."""
    status, body = send(stack.url("echo", "k") + "?Digits[x]=1&&&a=b", b"To=2030", **kwargs)
    assert status == 200
    seen: dict[str, Any] = json.loads(body)
    return seen


def test_event_and_environment(small: Stack) -> None:
    """A function gets the gateway's event, its layer, its own variables and nothing of ours."""
    seen = echo(small)
    assert seen["event"]["rawQueryString"] == "Digits[x]=1&&&a=b"
    assert seen["event"]["pathParameters"] == {"key": "k"}
    assert seen["word"] == "first"
    assert 0 < seen["remaining"] <= 5000
    environment = seen["environment"]
    assert environment["PUBLIC_URL"] == small.gateway_url
    assert (environment["SHARED"], environment["GIVEN"]) == ("to echo", "to all")
    assert environment["TABLE"] == "local-ThingsTable"
    assert environment["AWS_ENDPOINT_URL"] == small.aws_url
    assert not {"HOME", "USER", "VIRTUAL_ENV", "PYTEST_CURRENT_TEST"} & environment.keys()


def test_declared_environment_is_the_real_one(small: Stack) -> None:
    """The process has exactly the variables of `environment`, besides those of the runtime."""
    told = small.environment("echo")
    seen = echo(small)["environment"]
    assert {name: seen.get(name) for name in told} == told


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS"])
def test_methods(small: Stack, method: str) -> None:
    """An ANY route takes every method; the answer to HEAD has no body."""
    status, body = send(small.url("echo", "k"), method=method)
    assert status == 200
    assert bool(body) is (method != "HEAD")


@pytest.mark.parametrize("path", ["/", "/pivot/echo", "/k/pivot/echo/", "/k/pivot/nobody"])
def test_no_route(small: Stack, path: str) -> None:
    """Without a route, and so without a key, the gateway answers 404 by itself."""
    assert send(small.gateway_url + path) == (404, b'{"message":"Not Found"}')


def test_chunked_body(small: Stack) -> None:
    """A body in chunks arrives whole."""
    target = urlsplit(small.url("echo", "k"))
    connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=30)
    connection.request("POST", target.path, iter([b"ab", b"cd"]), {"content-type": "text/plain"})
    seen = json.loads(connection.getresponse().read())
    connection.close()
    assert seen["event"]["body"] == "abcd"


def test_too_large_a_body(small: Stack) -> None:
    """More than 10 MB are refused with 413."""
    status, body = send(small.url("echo", "k"), b"x" * (10 * 1024 * 1024 + 1))
    assert (status, body) == (413, b'{"message":"Request Entity Too Large"}')


def test_too_large_headers(small: Stack) -> None:
    """More than 10 240 bytes of request line and headers are refused with 431."""
    status, _ = send(small.url("echo", "k"), None, "GET", **{"x-large": "x" * 10_240})
    assert status == 431


def test_no_http(small: Stack) -> None:
    """A request line that HTTP does not allow, as KAZOO sends it for a key with a space, is 400."""
    target = urlsplit(small.url("echo", "k"))
    connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=30)
    connection._http_vsn_str = "HTTP/1.1"  # type: ignore[attr-defined]
    connection.putrequest("GET", target.path, skip_host=True)
    connection._buffer[0] = f"GET {target.path}?Digits[my menu]=1 HTTP/1.1".encode()  # type: ignore[attr-defined]
    connection.endheaders()
    assert connection.getresponse().status == 400
    connection.close()


@pytest.mark.parametrize(
    ("what", "status", "message"),
    [
        ("crash", 500, b'{"message":"Internal Server Error"}'),
        ("raise", 500, b'{"message":"Internal Server Error"}'),
        ("sleep", 500, b'{"message":"Internal Server Error"}'),
    ],
)
def test_recovery(small: Stack, what: str, status: int, message: bytes) -> None:
    """A crash, an exception and a time-out are a 500 each, and the next request works."""
    url = small.url("trouble", "k")
    assert send(f"{url}?{what}") == (status, message)
    assert send(url) == (200, b"fine")


def test_integration_timeout(small: Stack) -> None:
    """A function that the gateway cannot wait for is a 503, and is used again when it is done."""
    slow = f"{small.gateway_url}/k/slow"
    assert send(f"{slow}?slow") == (503, b'{"message":"Service Unavailable"}')
    assert send(small.url("trouble", "k")) == (200, b"fine")


def test_broken_handler_is_logged(small: Stack) -> None:
    """An error of a function is in its log, with the lines that Lambda writes."""
    send(small.url("trouble", "k") + "?raise")
    log = "\n".join(small.logs("trouble"))
    assert "trouble: raise" in log
    assert "ValueError" in log
    assert ("START RequestId" in log) is uses_rie()
    assert all("/k/" not in line for line in small.logs("gateway"))


def test_many_at_once(small: Stack) -> None:
    """Requests at the same time never meet in one runtime, which would end it."""
    url = small.url("echo", "k")
    with ThreadPoolExecutor(16) as threads:
        statuses = list(threads.map(lambda _: send(url)[0], range(200)))
    assert statuses == [200] * 200
    assert len(small.own.pools["echo"]._idle) <= small.own.options.limit


def test_runtime_that_was_killed(small: Stack) -> None:
    """An environment whose process has gone is replaced at the next request."""
    send(small.url("echo", "k"))
    for child in list(small.own.processes._children.values()):
        if "awslambdaric" in child.args:  # type: ignore[operator]
            child.kill()
            child.wait()
    assert send(small.url("echo", "k"))[0] == 200


def test_a_handler_that_is_killed_at_work(small: Stack) -> None:
    """SIGKILL amid a request is a 500 for that one alone; the next one has a new process."""
    url = small.url("trouble", "k")
    assert send(url) == (200, b"fine")
    assert not small.kill_handler("trouble")
    failures = small.own.pools["trouble"].failures
    failures.clear()
    with ThreadPoolExecutor(2) as threads:
        asked = threads.submit(send, f"{url}?sleep")
        beside = threads.submit(send, small.url("echo", "k"))
        while not (killed := small.kill_handler("trouble")) and not asked.done():
            time.sleep(0.001)
    assert killed
    assert failures == {"Runtime.ExitError": 1}
    assert asked.result() == (500, b'{"message":"Internal Server Error"}')
    assert beside.result()[0] == 200
    assert send(url) == (200, b"fine")


def test_handler_that_cannot_be_imported(small: Stack) -> None:
    """A function with a broken import is a 500, and the reason is in its log."""
    app = small.own.build / "Trouble/app.py"
    text = app.read_text()
    app.unlink()
    app.write_text("import does_not_exist\n")
    try:
        small.restart_function("trouble")
        assert send(small.url("trouble", "k"))[0] == 500
        assert "does_not_exist" in "\n".join(small.logs("trouble"))
    finally:
        app.write_text(text)
        small.restart_function("trouble")


def test_without_the_emulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the emulator, a plain Python process serves the same function."""
    monkeypatch.setenv("PIVOTCTL_RUNTIME", "subprocess")
    project = make_project(tmp_path)
    build(project)
    names = ["echo", "trouble"]
    with pivotctl.stack.session(project, functions=names, fresh=True) as plain:
        assert echo(plain)["word"] == "first"
        url = plain.url("trouble", "k")
        for what in ("crash", "raise", "sleep"):
            assert send(f"{url}?{what}")[0] == 500
            assert send(url) == (200, b"fine")
        assert send(f"{plain.gateway_url}/k/slow?slow")[0] == 503
        assert send(url) == (200, b"fine")
        assert "ValueError" in "\n".join(plain.logs("trouble"))


def test_plain_process_of_a_program_with_many_open_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plain Python process answers though the stack's own program has over 1024 files open."""
    monkeypatch.setenv("PIVOTCTL_RUNTIME", "subprocess")
    project = make_project(tmp_path)
    build(project)
    with contextlib.ExitStack() as files:
        for _ in range(1100):
            files.enter_context(Path(os.devnull).open("rb"))
        with pivotctl.stack.session(project, functions=["echo"], fresh=True) as plain:
            assert echo(plain)["word"] == "first"


def test_half_a_request(small: Stack) -> None:
    """A client that goes away in the middle of its body has nothing invoked."""
    target = urlsplit(small.url("trouble", "k"))
    before = len(small.logs("trouble"))
    with socket.create_connection((target.hostname or "", target.port or 0), timeout=10) as client:
        head = f"POST {target.path} HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf"
        client.sendall(head.encode())
        client.shutdown(socket.SHUT_WR)
        assert client.recv(64).startswith(b"HTTP/1.1 400 ")
    assert len(small.logs("trouble")) == before
