"""Reports of failed functions: the error, and the lines in the author's files that led to it.

They come from two sources. A function that catches its own failure, as those of the layer do, logs
a report. For one that fails in the runtime (a syntax error, a missing module, a crash), the stack
itself makes the report from the runtime's result, and appends it to the function's log.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pivotctl.project import Function, Project
    from pivotctl.stack.environment import LambdaEnvironment
    from pivotctl.stack.gateway import Returned

_EXPLAIN = Path(__file__).with_name("explain.py")
_EXPLAIN_SECONDS = 10.0
_TRACE = re.compile(r'\s*File "(?P<file>[^"]+)",? [Ll]ine (?P<line>\d+)(?:, in (?P<name>\S+))?')


@dataclass(frozen=True)
class AuthorLine:
    """A line in a file of the project: its path from the project's root, and its text."""

    file: str
    line: int
    function: str
    text: str = ""

    def __str__(self) -> str:
        inside = "" if self.function == "<module>" else f", in {self.function}"
        return f"{self.file}:{self.line}{inside}"


@dataclass(frozen=True)
class FailureReport:
    """The failure of one invocation: `lines` are the author's, outermost first."""

    function: str
    error: str
    message: str
    lines: tuple[AuthorLine, ...] = ()
    folded: int = 0
    causes: tuple[str, ...] = ()
    call_id: str = ""

    @property
    def title(self) -> str:
        """Error and message in one line."""
        return f"{self.error}: {self.message}" if self.message else self.error

    def text(self) -> list[str]:
        """The report as lines of text."""
        found = [f"{self.function} failed: {self.title}"]
        for line in self.lines:
            found.append(f"  {line}")
            found += [f"    {line.text}"] if line.text else []
        found += [f"  caused by {cause}" for cause in self.causes]
        if self.folded:
            frames = "frame" if self.folded == 1 else "frames"
            found.append(f"  ({self.folded} {frames} of the layer, the runtime, and libraries)")
        return found


@dataclass(frozen=True)
class ReportReader:
    """Reads reports of the functions in `build`, with the paths and texts of the sources."""

    project: Project
    build: Path

    def read(self, entry: Mapping[str, Any]) -> FailureReport | None:
        """Return the report in a log entry, or None if it is another entry."""
        frames, name = entry.get("frames"), str(entry.get("service", ""))
        if not isinstance(frames, list) or "error" not in entry:
            return None
        lines = [line for frame in frames if (line := self._author_line(*frame))]
        return FailureReport(
            function=name,
            error=str(entry["error"]),
            message=str(entry.get("error_message", "")),
            lines=tuple(lines),
            folded=len(frames) - len(lines),
            causes=tuple(f"{kind}: {text}" for kind, text in entry.get("causes", ())),
            call_id=str(entry.get("correlation_id", "")),
        )

    def _author_line(self, file: str, line: int, function: str) -> AuthorLine | None:
        source = self._source(Path(file))
        if source is None:
            return None
        number, text = _line_of(source, line)
        return AuthorLine(self._shown(source), number, function, text)

    def _source(self, file: Path) -> Path | None:
        """The author's file that was built as `file`; None for layers and libraries."""
        for folder, source in self._folders.items():
            if file.is_relative_to(folder):
                found = source / file.relative_to(folder)
                return found if found.is_file() else None
        return None

    @cached_property
    def _folders(self) -> dict[Path, Path]:
        functions = self.project.functions.values()
        return {self.build / each.logical_id: each.path for each in functions}

    def _shown(self, path: Path) -> str:
        root = self.project.root
        return str(path.relative_to(root) if path.is_relative_to(root) else path)


def _line_of(file: Path, number: int) -> tuple[int, str]:
    """Return the line's number and text; of a decorated function, its `def` line."""
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    for at, line in enumerate(lines[number - 1 :], start=number):
        if not line.startswith("@"):
            return at, line.strip()
    return number, ""


def entry_of(returned: Returned, environment: LambdaEnvironment, python: Path) -> dict[str, Any]:
    """Return the log entry of an invocation that failed in the runtime.

    The runtime tells little of an import that fails, so it is tried again, and explained.
    """
    result = _result(returned)
    frames = _frames(result.get("stackTrace") or ())
    root = str(environment.code.task)
    found: Mapping[str, Any] = {
        "error": str(result.get("errorType", "unknown")),
        "error_message": str(result.get("errorMessage", "")),
        "frames": frames,
    }
    if not any(file.startswith(root) for file, _, _ in frames) or _is_syntax(found):
        found = _explained(environment, python) or found
    return {
        "level": "ERROR",
        "message": "failed",
        "service": environment.function.name,
        **found,
    }


def header_of(entry: Mapping[str, Any], function: Function) -> str:
    """Return the value of the header that names the error of a log `entry`."""
    frames = [frame for frame in entry["frames"] if f"/{function.logical_id}/" in frame[0]]
    place = f" at {Path(frames[-1][0]).name}:{frames[-1][1]} {frames[-1][2]}" if frames else ""
    return f"{entry['error']}{place}".encode("ascii", "replace").decode()


def _result(returned: Returned) -> dict[str, Any]:
    try:
        value = json.loads(returned.payload)
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {}


def _is_syntax(entry: Mapping[str, Any]) -> bool:
    return "SyntaxError" in entry["error"]


def _frames(trace: Sequence[str]) -> list[tuple[str, int, str]]:
    found = [_TRACE.match(each) for each in trace]
    return [(each["file"], int(each["line"]), each["name"] or "<module>") for each in found if each]


def _explained(environment: LambdaEnvironment, python: Path) -> dict[str, Any] | None:
    """Return the report of the handler's import; None if it works, or does not end."""
    command: list[str | Path] = [python, "-S", _EXPLAIN, environment.function.handler]
    try:
        done = subprocess.run(
            command,
            env=environment.build(),
            cwd=environment.code.task,
            capture_output=True,
            timeout=_EXPLAIN_SECONDS,
            check=False,
        )
        found = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
