"""Workers that a test runs one request at a time, and that can fail or die at each request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any
from unittest.mock import patch

from pivotkit.core.errors import StateUnavailable
from pivotkit.services.upstream import UpstreamDown
from pivotkit.store.database import DynamoDbError
from pivotkit.store.dynamodb import dynamodb


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
_LOST = DynamoDbError("EndpointConnectionError")


def this_worker() -> Worker:
    """The worker whose thread is running."""
    return _WORKERS[threading.current_thread()]


@contextmanager
def database_in_steps(succeeded: Callable[[Worker, Any], None]) -> Iterator[None]:
    """Make workers wait at requests to DynamoDB; report each successful request to *succeeded*."""
    database = type(dynamodb())
    call = database.call

    def stepped(self: Any, operation: str, request: Mapping[str, Any]) -> Any:
        worker = _WORKERS.get(threading.current_thread())
        if worker is None:
            return call(self, operation, request)
        worker.before(operation.title().replace("_", ""), _LOST)
        try:
            answer = call(self, operation, request)
            succeeded(worker, request)
        finally:
            worker.after(_LOST)
        return answer

    with patch.object(database, "call", stepped):
        yield
