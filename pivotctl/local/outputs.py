"""The output of a local stack's functions: printed lines, and reports of failures.

Both are read from the functions' logs, as they grow. Everything else in a log is for machines.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pivotctl.log_lines import readable
from pivotctl.stack.failures import FailureReport, ReportReader
from pivotctl.switch.events import (
    Bridged,
    CallEvent,
    FunctionFailed,
    Logged,
    PartyRung,
    Printed,
    Ringing,
)

if TYPE_CHECKING:
    from pivotctl.stack import Stack

_RUNTIME = re.compile(
    r"(START|END|REPORT|INIT_START|EXTENSION|XRAY)\b.*|.*\(rapid\) .*|.*LAMBDA_WARNING: .*"
)
_TRACE = re.compile(r"\[ERROR\] [\w.]+(: .*)?|Traceback \(most recent call last\):|\xa0.*")
_WAIT_SECONDS = 2.0
_PAUSE_SECONDS = 0.02


@dataclass(frozen=True)
class PrintedLine:
    """A line that a function printed."""

    function: str
    text: str


@dataclass(frozen=True)
class LoggedLine:
    """An entry that a function logged, as a person reads it; `call_id` is '' if it has none."""

    function: str
    text: str
    call_id: str = ""


type Output = PrintedLine | LoggedLine | FailureReport


@dataclass
class Outputs:
    """Follows the logs of a stack's functions, from their present end on.

    With `entries`, what was logged for machines counts as well.
    """

    stack: Stack
    entries: bool = False
    _ends: dict[str, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._reader = ReportReader(self.stack.project, Path(self.stack.info.build))
        for name in self.stack.info.functions:
            path = self._log(name)
            self._ends[name] = path.stat().st_size if path.exists() else 0

    def new(self) -> Iterator[Output]:
        """Yield what the functions have written since the last time."""
        for name in self.stack.info.functions:
            for line in self._lines(name):
                if output := self._output(name, line):
                    yield output

    def _log(self, name: str) -> Path:
        return Path(self.stack.info.logs) / f"{name}.log"

    def _lines(self, name: str) -> list[str]:
        """Return the complete lines that were appended."""
        path, end = self._log(name), self._ends.get(name, 0)
        if not path.exists() or path.stat().st_size <= end:
            return []
        with path.open("rb") as file:
            file.seek(end)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._ends[name] = end + len(whole)
        return whole.decode("utf-8", "replace").splitlines()

    def _output(self, name: str, line: str) -> Output | None:
        entry = _entry(line)
        if entry is not None:
            return self._reader.read(entry) or self._logged(name, line, entry)
        if not line.strip() or _RUNTIME.fullmatch(line) or _TRACE.fullmatch(line):
            return None
        return PrintedLine(name, line)

    def _logged(self, name: str, line: str, entry: Mapping[str, Any]) -> LoggedLine | None:
        text = readable(line) if self.entries else ""
        call_id = str(entry.get("correlation_id", ""))
        return LoggedLine(name, text, call_id) if text else None


def _entry(line: str) -> Mapping[str, Any] | None:
    """The log entry in a line; None for text, and for JSON that a function printed."""
    if not line.startswith("{"):
        return None
    try:
        value = json.loads(line)
    except ValueError:
        return None
    machine = isinstance(value, dict) and ({"service", "_aws", "log_level"} & value.keys())
    return value if machine else None


@dataclass
class CallOutputs:
    """Adds what functions print, and the causes of their failures, to the events of a call.

    With `legs`, the Call-ID of the call, what functions log about another call at the same time is
    left out. Printed lines have no Call-ID.
    """

    outputs: Outputs
    legs: set[str] = field(default_factory=set)
    _failures: list[FailureReport] = field(default_factory=list)

    def explained(self, events: Iterator[CallEvent]) -> Iterator[CallEvent]:
        """Yield `events`, each after the lines that were printed meanwhile."""
        for event in events:
            self._learn(event)
            yield from self._printed(event.at)
            if isinstance(event, FunctionFailed):
                yield from self._with_report(event)
            else:
                yield event

    def _learn(self, event: CallEvent) -> None:
        """Note the legs that a call gets, about which receivers log."""
        if self.legs:
            match event:
                case Ringing():
                    self.legs |= {leg.call_id for leg in event.legs}
                case Bridged() | PartyRung():
                    self.legs.add(event.call_id)

    def _printed(self, at: float) -> Iterator[Printed | Logged]:
        for output in self.outputs.new():
            match output:
                case PrintedLine(function, text):
                    yield Printed(at=at, function=function, text=text)
                case LoggedLine(function, text, call_id) if self._is_own(call_id):
                    yield Logged(at=at, function=function, text=text)
                case FailureReport() if self._is_own(output.call_id):
                    self._failures.append(output)

    def _is_own(self, call_id: str) -> bool:
        return not (self.legs and call_id) or call_id in self.legs

    def _with_report(self, event: FunctionFailed) -> Iterator[CallEvent]:
        """Yield a failure with its report, which the log has at the latest a moment later."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while (report := self._taken(event)) is None and time.monotonic() < deadline:
            time.sleep(_PAUSE_SECONDS)
            yield from self._printed(event.at)
        yield replace(event, report=tuple(report.text())) if report else event

    def _taken(self, event: FunctionFailed) -> FailureReport | None:
        """Take the report of the error that the event names, if it is there."""
        kind = event.error.split(" at ")[0]
        found = next((each for each in self._failures if each.error == kind), None)
        if found is not None:
            self._failures.remove(found)
        return found
