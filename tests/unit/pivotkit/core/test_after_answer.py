"""Work after an answer: Lambda's Extensions API as its documentation describes it, on a socket."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any

import pytest

from pivotkit.core.after_answer import AfterAnswer


class RuntimeApi:
    """Lambda's side: registers one extension, and sends an event for each invocation."""

    def __init__(self, *, identifier: str = "e1") -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.waiting: Queue[str] = Queue()
        self.events: Queue[float | None] = Queue()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                api.asked.append((self.path, self.headers["Lambda-Extension-Name"], body))
                self._send({}, {"Lambda-Extension-Identifier": identifier} if identifier else {})

            def do_GET(self) -> None:
                api.waiting.put(self.headers["Lambda-Extension-Identifier"])
                seconds = api.events.get()
                if seconds is None:
                    self.close_connection = True
                    return
                self._send({"deadlineMs": int((time.time() + seconds) * 1000)}, {})

            def _send(self, body: dict[str, Any], headers: dict[str, str]) -> None:
                text = json.dumps(body).encode()
                self.send_response(200)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """End the extension, and the server."""
        self.events.put(None)
        self.server.shutdown()
        self.server.server_close()


def nothing(_item: str, _until: float) -> None:
    """Do nothing."""


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    """A runtime API."""
    made = RuntimeApi()
    yield made
    made.close()


def test_the_environment_is_kept_until_the_work_is_done(api: RuntimeApi) -> None:
    """The next event is asked for only after the work of the last one."""
    done: Queue[str] = Queue()
    go_on = threading.Event()

    def work(item: str, until: float) -> None:
        assert 0 < until - time.time() <= 4
        go_on.wait()
        done.put(item)

    after = AfterAnswer(work, api.address)
    after.start()
    assert api.waiting.get() == "e1"
    path, name, body = api.asked[0]
    assert path == "/2020-01-01/extension/register"
    assert (name, json.loads(body)) == ("live-debug", {"events": ["INVOKE"]})
    api.events.put(4)
    after.add("step")
    assert (api.waiting.empty(), done.empty()) == (True, True)
    go_on.set()
    assert (done.get(), api.waiting.get()) == ("step", "e1")


def test_nothing_to_do_ends_the_invocation(api: RuntimeApi) -> None:
    """A request that leaves nothing, and one that leaves no sign at all, hold nothing up."""
    after = AfterAnswer(nothing, api.address)
    after.start()
    api.waiting.get()
    api.events.put(4)
    after.add(None)
    api.waiting.get()
    api.events.put(0.01)
    assert api.waiting.get() == "e1"


def test_a_fault_in_the_work_does_not_end_the_extension(api: RuntimeApi) -> None:
    """An extension that ended would make Lambda wait for it in every later invocation."""

    def work(item: str, _until: float) -> None:
        raise ValueError(item)

    after = AfterAnswer(work, api.address)
    after.start()
    api.waiting.get()
    api.events.put(4)
    after.add("step")
    assert api.waiting.get() == "e1"


def test_a_refused_registration_costs_nothing_else() -> None:
    """A function that cannot register answers as ever, and keeps nothing."""
    api = RuntimeApi(identifier="")
    try:
        after = AfterAnswer(nothing, api.address)
        after.start()
        after.add("step")
        assert after.running is False
    finally:
        api.close()


def test_on_a_developers_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A local run has no extension, since nothing is frozen there: the emulator would wait."""
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1")
    done: Queue[str] = Queue()
    after = AfterAnswer[str].from_environment(lambda item, _until: done.put(item))
    after.start()
    after.add("step")
    assert done.get() == "step"
