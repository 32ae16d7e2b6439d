"""Snapshots as Lambda's SnapStart takes them: one environment after its INIT, restored twice.

A fork has the memory, the open sockets, and the caches of the process, as a restored environment
has those of the snapshot. Two things differ. Python seeds `random` anew in a fork, and Lambda does
not, so the state is put back. And a fork is not older than its process, so its clock is moved; the
monotonic clock is not, because it need not count the time that a snapshot is kept.
"""

import contextlib
import json
import os
import random
import select
import signal
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import time_machine

from tests.dynamodb import forget_clients
from tests.functions import load

ROOT = Path(__file__).resolve().parents[1]
RESTORED = 2
"""The number of environments that are restored from one snapshot."""

_INIT_SECONDS = 1
"""Seconds for which a snapshot waits for a thread that INIT has started."""

_LONGEST = 60
"""Seconds after which a fork that says nothing is ended."""


def initialized(monkeypatch: pytest.MonkeyPatch, name: str, endpoint: str) -> Any:
    """The handler of a Pivot template after an INIT whose snapshot is taken.

    DynamoDB is at *endpoint*.
    """
    given = {
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
        "POWERTOOLS_SERVICE_NAME": name,
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
        "CALL_STATE_TABLE": "state",
        "DIRECTORY_TABLE": "directory",
    }
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    forget_clients()
    before = set(threading.enumerate())
    made = load(f"pivot/{name}")
    for thread in set(threading.enumerate()) - before:
        thread.join(_INIT_SECONDS)
    return made


def sample(name: str) -> dict[str, Any]:
    """The sample of a template's first request, as KAZOO sends it."""
    text = (ROOT / "events/pivot" / name / "post_form.json").read_text(encoding="utf-8")
    return cast("dict[str, Any]", json.loads(text))


def restored[T](work: Callable[[], T], seconds: float = 0) -> list[T]:
    """The results of *work*, as JSON, in each environment that is restored after *seconds*."""
    state = random.getstate()
    return [_in_fork(work, state, seconds) for _ in range(RESTORED)]


def _in_fork[T](work: Callable[[], T], state: tuple[Any, ...], seconds: float) -> T:
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of servers stay behind
        child = os.fork()
    if not child:
        _run(work, state, seconds, writing)
    os.close(writing)
    with _ended(child), open(reading, encoding="utf-8") as answer:  # noqa: PTH123
        readable, _, _ = select.select([answer], [], [], _LONGEST)
        assert readable, "the fork has said nothing"
        text = answer.read()
    assert text, "the fork has failed: its traceback is above"
    return cast("T", json.loads(text))


def _run(work: Callable[[], object], state: tuple[Any, ...], seconds: float, to: int) -> None:
    """Do *work* in a fork, whose process ends here."""
    status = 1
    try:
        random.setstate(state)
        with time_machine.travel(time.time() + seconds, tick=True):
            said = work()
        os.write(to, json.dumps(said).encode())
        status = 0
    except BaseException:  # noqa: BLE001  (pytest must not go on in a fork)
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(status)


@contextlib.contextmanager
def _ended(child: int) -> Iterator[None]:
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
