"""Workers that a test runs one request at a time, and that can fail or die at each request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from botocore.exceptions import EndpointConnectionError

from pivotkit.core.errors import StateUnavailable
from pivotkit.services.upstream import UpstreamDown
from pivotkit.store.client import client


class Fate(StrEnum):
    """The outcome of a request, and of the worker that makes it."""

    ANSWERED = "it is answered"
    UNSENT = "it does not arrive"
    UNANSWERED = "it arrives, and its answer is lost"
    DEATH = "the worker dies before it"
    DEATH_AFTER = "it arrives, and then the worker dies"


class Death(BaseException):
    """The worker's process ends: nothing catches it."""


class Worker:
    """Runs *work* in a thread that waits at each request until `step` decides its fate.

    `request` is the request at which it waits.
    """

    def __init__(self, work: Callable[[], object]) -> None:
        self.over = False
        self.request = ""
        self._work = work
        self._fate = Fate.ANSWERED
        self._go, self._waits = threading.Semaphore(0), threading.Semaphore(0)
        self._wrong: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        _WORKERS[self._thread] = self
        self._thread.start()
        self._waits.acquire()

    def step(self, fate: Fate) -> None:
        """Give the current request this *fate*, and wait for the next request."""
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
        """Wait at a request. Raises *lost* or `Death`, if that is its fate."""
        self.request = request
        self._waits.release()
        self._go.acquire()
        if self._fate is Fate.DEATH:
            raise Death
        if self._fate is Fate.UNSENT:
            raise lost

    def after(self, lost: Exception) -> None:
        """Go on after a request that arrived. Raises *lost* or `Death`, if that is its fate."""
        if self._fate is Fate.DEATH_AFTER:
            raise Death
        if self._fate is Fate.UNANSWERED:
            raise lost


_WORKERS: dict[threading.Thread, Worker] = {}
_LOST = EndpointConnectionError(endpoint_url="https://dynamodb.example.com")


def this_worker() -> Worker:
    """The worker whose thread is running."""
    return _WORKERS[threading.current_thread()]


@contextmanager
def database_in_steps(succeeded: Callable[[Worker, Any], None]) -> Iterator[None]:
    """Make workers wait at requests to DynamoDB; report each successful request to *succeeded*."""
    requests: dict[Worker, Any] = {}

    def before(model: Any, params: Any, **_: Any) -> None:
        if worker := _WORKERS.get(threading.current_thread()):
            requests[worker] = params
            worker.before(model.name, _LOST)

    def after(http_response: Any, **_: Any) -> None:
        if worker := _WORKERS.get(threading.current_thread()):
            if http_response.status_code == 200:
                succeeded(worker, requests[worker])
            worker.after(_LOST)

    events = client("dynamodb").meta.events
    events.register("before-call.dynamodb", before)
    events.register("after-call.dynamodb", after)
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb", before)
        events.unregister("after-call.dynamodb", after)
