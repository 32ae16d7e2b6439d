"""The time limit holds whatever a template does. Only these tests depend on the clock."""

import contextlib
import gc
import io
import json
import math
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from pivotkit.calls.call import Call
from pivotkit.calls.handler import MARGIN, pivot
from pivotkit.core import deadline
from pivotkit.core.deadline import AGAIN, Deadline, DeadlineExceeded, after_cut, on_cut, time_left
from pivotkit.kazoo import Action, hangup, tts
from tests.events import ASKED, event

pytestmark = pytest.mark.usefixtures("limits_of_lambda")
LIMIT = 0.3
PATIENCE = 2.5
"""Seconds after which LIMIT has clearly failed to hold, even on a busy machine."""
FALLBACK = tts("One moment.")


def _serve(listener: socket.socket, talk: Callable[[socket.socket], None]) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection:
                talk(connection)


def _silent(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while connection.recv(1024):
            pass


def _drip(connection: socket.socket) -> None:
    connection.recv(1024)
    connection.sendall(b"HTTP/1.0 200 OK\r\ncontent-length: 9999\r\n\r\n")
    with contextlib.suppress(OSError):
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)


@contextlib.contextmanager
def server(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """A loopback server that runs *talk* for each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener, talk), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        listener.shutdown(socket.SHUT_RDWR)


def fetch(url: str) -> None:
    """Read the whole response; each single read has enough time."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        answer.read()


def loop() -> None:
    """Loop forever."""
    while True:
        pass


def loop_and_ignore() -> None:
    """Loop forever, and swallow every Exception."""
    while True:
        with contextlib.suppress(Exception):
            time.sleep(10)


def swallow_once() -> None:
    """Swallow any BaseException once, and loop forever."""
    try:
        time.sleep(10)
    except BaseException:  # noqa: BLE001
        loop()


def clean_up_slowly() -> None:
    """Linger in a `finally` block."""
    try:
        time.sleep(10)
    finally:
        time.sleep(10)


def wait_for_a_lock() -> None:
    """Wait for a lock that is never released."""
    lock = threading.Lock()
    with lock:
        lock.acquire()


WORK: dict[str, Callable[[], None]] = {
    "a long sleep": lambda: time.sleep(10),
    "an endless loop": loop,
    "a loop that ignores exceptions": loop_and_ignore,
    "one that swallows the cut itself": swallow_once,
    "a slow clean-up": clean_up_slowly,
    "a lock nobody gives": wait_for_a_lock,
}


@pytest.mark.parametrize("work", WORK.values(), ids=WORK.keys())
def test_the_limit_holds(work: Callable[[], None]) -> None:
    """Work that would never end is interrupted when its time is up."""
    started = time.monotonic()
    with pytest.raises(DeadlineExceeded), Deadline(LIMIT):
        work()
    assert LIMIT <= time.monotonic() - started < PATIENCE


@pytest.mark.parametrize("talk", [_silent, _drip], ids=["silent", "slow drip"])
def test_the_limit_holds_against_servers(talk: Callable[[socket.socket], None]) -> None:
    """A server that sends nothing, or one byte at a time, does not outlast the limit."""
    started = time.monotonic()
    with server(talk) as url, pytest.raises(DeadlineExceeded), Deadline(LIMIT):
        fetch(url)
    assert time.monotonic() - started < PATIENCE


def test_work_in_time() -> None:
    """Work that ends in time is not interrupted, nor is anything after it."""
    with Deadline(LIMIT):
        done = sum(range(1000))
    time.sleep(LIMIT + 2 * AGAIN)
    assert done == 499_500


def test_nothing_fires_afterwards() -> None:
    """After a cut or an exception, no alarm fires."""
    with pytest.raises(DeadlineExceeded), Deadline(0.01):
        time.sleep(10)
    with pytest.raises(ValueError, match="mine"), Deadline(0.05):
        raise ValueError("mine")
    time.sleep(0.05 + 3 * AGAIN)


def test_no_time_at_all() -> None:
    """A limit of zero or less interrupts at once."""
    for seconds in (0.0, -1.0):
        with pytest.raises(DeadlineExceeded), Deadline(seconds):
            time.sleep(10)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Imports a module `slow`, which a function makes of its code."""
    monkeypatch.syspath_prepend(tmp_path)

    def imported(code: str) -> None:
        (tmp_path / "slow.py").write_text(code, encoding="utf-8")
        import_module("slow")

    yield imported
    sys.modules.pop("slow", None)


def test_an_import_is_not_cut_in_half(module: Callable[[str], None]) -> None:
    """A limit that expires in an import cuts right after it: the next request needs the module."""
    code = "import time\nwhile time.monotonic() < {0}: pass\nwhole = True"

    def work() -> None:
        module(code.format(time.monotonic() + 0.2))
        time.sleep(10)

    with pytest.raises(DeadlineExceeded), Deadline(0.05):
        work()
    assert sys.modules["slow"].whole


def test_an_import_that_does_not_end_is_cut(module: Callable[[str], None]) -> None:
    """An endless loop in a module does not keep a caller waiting."""
    with pytest.raises(DeadlineExceeded), Deadline(0.05):
        module("while True: pass")
    assert "slow" not in sys.modules


def test_a_nested_limit_is_cut_first() -> None:
    """A nested limit expires on its own; the outer one continues to hold."""
    with Deadline(LIMIT):
        with pytest.raises(DeadlineExceeded), Deadline(0.05, nested=True):
            time.sleep(10)
        assert 0 < time_left() <= LIMIT
        with pytest.raises(DeadlineExceeded):
            loop()
    assert time_left() == math.inf


def test_a_nested_limit_does_not_lengthen_the_outer_one() -> None:
    """A longer limit inside a shorter one does not extend it."""
    started = time.monotonic()
    with pytest.raises(DeadlineExceeded), Deadline(LIMIT), Deadline(10.0, nested=True):
        time.sleep(10)
    assert time.monotonic() - started < PATIENCE


def test_a_limit_that_was_left_behind_is_forgotten() -> None:
    """A limit left behind by a cut does not interrupt the next request."""
    abandoned = Deadline(0.05)
    abandoned.__enter__()
    with contextlib.suppress(DeadlineExceeded):
        time.sleep(10)
    with Deadline(10.0):
        assert 9.0 < time_left() <= 10.0
        time.sleep(2 * AGAIN)


def test_the_cut_is_no_exception() -> None:
    """`except Exception` in a template does not catch the cut."""
    assert not issubclass(DeadlineExceeded, Exception)


class Pool:
    """A pool of connections that counts how often it was closed."""

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        """Close it once more."""
        self.closed += 1


def test_listeners(monkeypatch: pytest.MonkeyPatch) -> None:
    """Listeners run after a cut, so that no half-read connection is used again."""
    monkeypatch.setattr(deadline, "_cut_listeners", [])
    pool = Pool()
    on_cut(pool.close)
    after_cut()
    assert pool.closed == 1


def test_listeners_end_with_their_object(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pool that nobody uses any more is not kept open for the sake of a cut."""
    monkeypatch.setattr(deadline, "_cut_listeners", [])
    on_cut(Pool().close)
    gc.collect()
    assert deadline._cut_listeners == []
    after_cut()


def slow(work: Callable[[], Any]) -> Any:
    """A function whose template runs *work*."""

    @pivot(fallback=FALLBACK, deadline=LIMIT + MARGIN)
    def handler(call: Call) -> Action:
        if call.to == "2030":
            work()
        return hangup()

    return handler


@pytest.mark.parametrize("work", WORK.values(), ids=WORK.keys())
def test_a_caller_of_a_slow_template_hears_the_fallback(
    work: Callable[[], None], log: io.StringIO
) -> None:
    """A template that takes too long is interrupted: the caller hears its fallback (200)."""
    handler = slow(work)
    started = time.monotonic()
    found = handler(event(ASKED), None)
    assert time.monotonic() - started < PATIENCE
    assert (found["statusCode"], json.loads(found["body"])) == (200, FALLBACK.as_json())
    assert '"error":"DeadlineExceeded","at":"test_deadline.py:' in log.getvalue()
    served = handler(event(ASKED.replace("To=2030", "To=1")), None)
    assert json.loads(served["body"]) == hangup().as_json()


def test_the_alarm_of_one_request_never_reaches_the_next() -> None:
    """A request after a cut has its full time."""
    handler = slow(lambda: time.sleep(10))
    handler(event(ASKED), None)
    time.sleep(3 * AGAIN)
    served = handler(event(ASKED.replace("To=2030", "To=1")), None)
    assert json.loads(served["body"]) == hangup().as_json()
