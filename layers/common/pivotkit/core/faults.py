"""Reports of failures: free of caller data on AWS, complete in a local run.

A message often quotes the value that caused the error, and that may be caller data. So the log on
AWS has the error's type, the author's line, and only a `loggable` message. A local run
(`AWS_SAM_LOCAL=true`, which Lambda never sets) adds message, causes, and frames for `pivotctl`, and
names the error in a header of the answer.
"""

import os
from collections.abc import Callable, Iterator
from traceback import walk_tb
from typing import Any, NamedTuple

from pivotkit.core import deadline

HEADER = "x-pivot-error"
"""The header that names the error in a local answer."""

MAX_MESSAGE = 2000
"""Characters of a message that are reported."""

type Template = Callable[..., Any]
type LogField = str | list[list[str | int]]


class Frame(NamedTuple):
    """A line that was being executed: file, number, and function."""

    file: str
    line: int
    function: str

    @property
    def is_own(self) -> bool:
        """Whether the file is in the function's folder, not in a layer or a library."""
        return self.file.startswith(_task_root())

    def __str__(self) -> str:
        """`app.py:12 handler`, relative to the function's folder."""
        root = _task_root() if self.is_own else self.file[: self.file.rfind("/") + 1]
        file = self.file.removeprefix(root)
        return f"{file}:{self.line} {self.function}"


def fault(error: BaseException, template: Template | None = None) -> dict[str, str]:
    """Return what any log may hold of *error*: its type, and the author's line.

    The line is the last one in the function's own files, or else the definition of *template*,
    which had returned by then. `raised` is the place in a layer or library, `reason` a message that
    is free of caller data.
    """
    frames = _frames(error, template)
    own = [frame for frame in frames if frame.is_own]
    at = (own or frames)[-1:]
    found = {"error": type(error).__name__, "at": "".join(map(str, at))}
    if at != frames[-1:]:
        found["raised"] = str(frames[-1])
    if reason := getattr(error, "loggable", ""):
        found["reason"] = str(reason)
    return found


def details(error: BaseException, template: Template | None = None) -> dict[str, LogField]:
    """Return the message, the causes, and all frames of *error*, for its author. Empty on AWS."""
    if not _is_local():
        return {}
    return {
        "error_message": _message(error),
        "causes": [[type(cause).__name__, _message(cause)] for cause in _causes(error)],
        "frames": [list(frame) for frame in _frames(error, template)],
    }


def headers(found: dict[str, str]) -> dict[str, str]:
    """Return the header for an error *found* by `fault`. Empty on AWS."""
    if not _is_local():
        return {}
    text = f"{found['error']} at {found['at']}"
    return {HEADER: text.encode("ascii", "replace").decode()}


def _frames(error: BaseException, template: Template | None) -> list[Frame]:
    """The frames that led to *error*, outermost first; a cut ends where it interrupted."""
    found = [
        Frame(frame.f_code.co_filename, line, frame.f_code.co_name)
        for frame, line in walk_tb(error.__traceback__)
    ]
    found = [frame for frame in found if frame.file != deadline.__file__]
    code = getattr(template, "__code__", None)
    if code is None or any(frame.is_own for frame in found):
        return found
    return [Frame(code.co_filename, code.co_firstlineno, code.co_name), *found]


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen = {id(error)}
    while (cause := error.__cause__) is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        error = cause


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # noqa: BLE001  (a report must not fail in its turn)
        text = "(its message cannot be made)"
    return text[:MAX_MESSAGE].encode("utf-8", "backslashreplace").decode()


def _task_root() -> str:
    return f"{os.environ.get('LAMBDA_TASK_ROOT', '/var/task')}/"


def _is_local() -> bool:
    return os.environ.get("AWS_SAM_LOCAL") == "true"
