"""Workers that a test lets go from one request to the next, and lets fail or die at any of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from botocore.exceptions import EndpointConnectionError

from pivotkit import aws
from pivotkit.errors import StateUnavailable
from pivotkit.upstream import UpstreamDown


class Fate(StrEnum):
    """What becomes of a request, and of who makes it."""

    GO = "it is answered"
    UNSENT = "it does not arrive"
    UNHEARD = "it arrives, and the answer does not"
    DEATH = "the worker dies before it"
    SUDDEN_DEATH = "it arrives, and the worker dies"


class Death(BaseException):
    """The worker's process ends: nothing catches it."""


class Worker:
    """Runs *work* in a thread that waits at each request until `step` tells its fate.

    `request` is what it waits at.
    """

    def __init__(self, work: Callable[[], object]) -> None:
        self.over = False
        self.request = ""
        self._work = work
        self._fate = Fate.GO
        self._go, self._waits = threading.Semaphore(0), threading.Semaphore(0)
        self._wrong: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        _WORKERS[self._thread] = self
        self._thread.start()
        self._waits.acquire()

    def step(self, fate: Fate) -> None:
        """Let the request at which it waits have this fate, and wait for the next one."""
        self._fate = fate
        self._go.release()
        self._waits.acquire()
        if self._wrong:
            raise self._wrong

    def _run(self) -> None:
        try:
            self._work()
        except (Death, StateUnavailable, UpstreamDown):
            pass
        except BaseException as error:  # noqa: BLE001
            self._wrong = error
        self.over = True
        del _WORKERS[self._thread]
        self._waits.release()

    def before(self, request: str, lost: Exception) -> None:
        """Wait at a request; *lost* is how its loss is told. Raises it, or `Death`."""
        self.request = request
        self._waits.release()
        self._go.acquire()
        if self._fate is Fate.DEATH:
            raise Death
        if self._fate is Fate.UNSENT:
            raise lost

    def after(self, lost: Exception) -> None:
        """The request has had its effect."""
        if self._fate is Fate.SUDDEN_DEATH:
            raise Death
        if self._fate is Fate.UNHEARD:
            raise lost


_WORKERS: dict[threading.Thread, Worker] = {}
_LOST = EndpointConnectionError(endpoint_url="https://dynamodb.example.com")


def this_worker() -> Worker:
    """The worker in whose thread we are."""
    return _WORKERS[threading.current_thread()]


@contextmanager
def database_in_steps(told: Callable[[Worker, Any], None]) -> Iterator[None]:
    """Let workers wait at requests to DynamoDB; *told* gets what a successful one has asked for."""
    asked: dict[Worker, Any] = {}

    def before(model: Any, params: Any, **_: Any) -> None:
        if worker := _WORKERS.get(threading.current_thread()):
            asked[worker] = params
            worker.before(model.name, _LOST)

    def after(http_response: Any, **_: Any) -> None:
        if worker := _WORKERS.get(threading.current_thread()):
            if http_response.status_code == 200:
                told(worker, asked[worker])
            worker.after(_LOST)

    events = aws.client("dynamodb").meta.events
    events.register("before-call.dynamodb", before)
    events.register("after-call.dynamodb", after)
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb", before)
        events.unregister("after-call.dynamodb", after)
