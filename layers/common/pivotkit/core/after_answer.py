"""Work after an answer, when no caller waits for it any more.

Lambda freezes an execution environment as soon as the handler has answered, with all its threads,
unless an extension is still at work. So the function registers as an internal extension (Lambda's
Extensions API): a thread of it asks for the next event only after it has done what the last request
left to do. Lambda sends the answer at once, and waits for the thread before the next request.

On a developer's machine nothing is frozen, and the thread simply works.
"""

import json
import math
import os
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from pivotkit.core import faults, telemetry

if TYPE_CHECKING:
    from http.client import HTTPConnection

EXTENSION = "live-debug"
"""The extension's name, which Lambda shows in the log of an environment's start."""

PAUSE = 0.01
"""Seconds before the work begins: the runtime sends the answer in that time, undisturbed."""

REGISTER_SECONDS = 1.0
"""Seconds that the start of an environment waits for the registration."""

_API = "/2020-01-01/extension"
_IDENTIFIER = "Lambda-Extension-Identifier"
_NAME = "Lambda-Extension-Name"


class AfterAnswer[T]:
    """A thread that does *work* with an item after each answer, and until when (Unix seconds).

    *runtime* is the address of Lambda's runtime API; '' where nothing is frozen.
    """

    def __init__(self, work: Callable[[T, float], None], runtime: str = "") -> None:
        self._work = work
        self._runtime = runtime
        self._items: SimpleQueue[T | None] = SimpleQueue()
        self._registered = threading.Event()
        self._run = self._as_extension if runtime else self._as_thread
        self.running = False

    @classmethod
    def from_environment(cls, work: Callable[[T, float], None]) -> "AfterAnswer[T]":
        """The thread of this execution environment."""
        is_local = os.environ.get("AWS_SAM_LOCAL") == "true"
        return cls(work, "" if is_local else os.environ.get("AWS_LAMBDA_RUNTIME_API", ""))

    def start(self) -> None:
        """Start the thread. An extension can only register during INIT."""
        self.running = True
        threading.Thread(target=self._run, daemon=True, name=EXTENSION).start()
        if self._runtime:
            self._registered.wait(REGISTER_SECONDS)

    def add(self, item: T | None) -> None:
        """Leave *item* to the thread. Each request leaves one; `None` if there is nothing to do."""
        if self.running:
            self._items.put(item)

    def _as_thread(self) -> None:
        while True:
            self._do(self._items.get(), math.inf)

    def _as_extension(self) -> None:
        """Do one item in each invocation. Lambda's side is gone when this ends by an error."""
        from http.client import HTTPConnection, HTTPException  # noqa: PLC0415  (on Lambda alone)

        connection = HTTPConnection(self._runtime)
        try:
            headers = {_IDENTIFIER: _register(connection)}
            self._registered.set()
            while True:
                until = _next_event(connection, headers)
                self._do(self._item(until), until)
        except (HTTPException, OSError, ValueError) as error:
            self.running = False
            telemetry.logger().warning("live debug has no extension", extra=faults.fault(error))
        finally:
            self._registered.set()

    def _item(self, until: float) -> T | None:
        """The item of this invocation; `None` if the handler does not return in time."""
        try:
            return self._items.get(timeout=max(until - time.time(), 0.0))
        except Empty:
            return None

    def _do(self, item: T | None, until: float) -> None:
        if item is None:
            return
        time.sleep(PAUSE)
        try:
            self._work(item, until)
        except Exception as error:  # noqa: BLE001  (the thread lives as long as the environment)
            telemetry.logger().warning("step not kept", extra=faults.fault(error))


def _register(connection: "HTTPConnection") -> str:
    body = json.dumps({"events": ["INVOKE"]})
    headers = {_NAME: EXTENSION, "Content-Type": "application/json"}
    connection.request("POST", f"{_API}/register", body, headers)
    answer = connection.getresponse()
    answer.read()
    identifier = answer.getheader(_IDENTIFIER)
    if not identifier:
        raise ValueError(f"no extension: status {answer.status}")
    return identifier


def _next_event(connection: "HTTPConnection", headers: dict[str, str]) -> float:
    """Wait for the next invocation, and return its deadline in Unix seconds."""
    connection.request("GET", f"{_API}/event/next", headers=headers)
    answer = connection.getresponse()
    event = json.loads(answer.read())
    return int(event["deadlineMs"]) / 1000
