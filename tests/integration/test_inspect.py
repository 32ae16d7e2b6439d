"""`--inspect`: a function waits for a debugger, and stops at breakpoints in its source."""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import pivotctl.stack
from pivotctl.project import Project
from pivotctl.stack.debugger import PATIENCE, Debugger
from pivotctl.stack.ports import HOST, free_port
from tests.integration.test_stack_serve import get, until
from tests.unit.stack.fixture import build, make_project

pytestmark = pytest.mark.slow

_PATIENCE_SECONDS = 60.0


class Editor:
    """An editor's side of the Debug Adapter Protocol: JSON messages with a length in front."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((HOST, port), _PATIENCE_SECONDS)
        self._file = self._socket.makefile("rwb")
        self._number = 0

    def __call__(self, command: str, **arguments: Any) -> None:
        """Send a request."""
        self._number += 1
        request = {"seq": self._number, "type": "request", "command": command}
        text = json.dumps({**request, "arguments": arguments}).encode()
        self._file.write(b"Content-Length: %d\r\n\r\n%s" % (len(text), text))
        self._file.flush()

    def await_(self, kind: str, name: str) -> dict[str, Any]:
        """Return the body of the next event, or of the response to a command, of this name.

        Raises EOFError when debugpy has closed the connection.
        """
        while True:
            header = self._file.readline()
            if not header:
                raise EOFError(name)
            length = int(header.partition(b":")[2])
            while self._file.readline().strip():
                pass
            message = json.loads(self._file.read(length))
            if message["type"] == kind and message.get("event", message.get("command")) == name:
                body: dict[str, Any] = message.get("body", {})
                return body


def attached(port: int) -> Editor | None:
    """An editor at *port*, or nothing: debugpy turns a client away that is quicker than itself."""
    try:
        editor = Editor(port)
        editor("initialize", adapterID="test", pathFormat="path")
        editor("attach", name="test", justMyCode=False)
        editor.await_("event", "initialized")
    except (ConnectionError, EOFError):
        return None
    return editor


@pytest.fixture
def small(tmp_path: Path) -> Project:
    """The small project, built, with all the time that a debugger needs."""
    project = make_project(tmp_path)
    build(project)
    return replace(project, patience=PATIENCE)


def test_a_breakpoint_in_the_source(small: Project) -> None:
    """The first request waits for the editor, and stops at its breakpoint until it goes on."""
    port, answers = free_port(), []
    app = small.root / "functions/pivot/echo/app.py"
    lines = app.read_text().splitlines()
    line = 1 + next(number for number, text in enumerate(lines) if "return" in text)
    with pivotctl.stack.session(small, debugger=Debugger("echo", port)) as stack:
        url = stack.url("echo")
        asking = threading.Thread(target=lambda: answers.append(get(url, _PATIENCE_SECONDS)))
        asking.start()
        editor = until(lambda: attached(port))
        editor("setBreakpoints", source={"path": str(app)}, breakpoints=[{"line": line}])
        editor("configurationDone")
        stopped = editor.await_("event", "stopped")
        editor("stackTrace", threadId=stopped["threadId"])
        top = editor.await_("response", "stackTrace")["stackFrames"][0]
        assert (top["source"]["path"], top["line"]) == (str(app), line)
        assert not answers
        editor("setBreakpoints", source={"path": str(app)}, breakpoints=[])
        editor("continue", threadId=stopped["threadId"])
        asking.join(_PATIENCE_SECONDS)
    assert answers
