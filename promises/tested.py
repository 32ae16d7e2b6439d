"""Counts of the project's own tests: a promise that they try has their figures."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

from pivotctl.project import Project
from promises.promise import Outcome

_MOST_NAMED = 5
_BAD = ("failure", "error")


@dataclass(frozen=True)
class Case:
    """A test, by its module and its name with parameters, how it ended, and what it has tried.

    A test that tries several things notes their number as its property `tries`.
    """

    module: str
    name: str
    ended: str
    tries: int = 1

    def __str__(self) -> str:
        return f"{self.module.rpartition('.')[2]}: {self.name}"


@dataclass(frozen=True)
class Report:
    """The tests of one call of pytest."""

    cases: tuple[Case, ...]

    @property
    def passed(self) -> int:
        """The number of tries in tests that passed."""
        return sum(case.tries for case in self.cases if case.ended == "passed")

    @property
    def failed(self) -> list[Case]:
        """The tests that did not pass."""
        return [case for case in self.cases if case.ended in _BAD]

    def named(self, *words: str) -> Report:
        """Return the tests that have one of *words* in their names."""
        return Report(tuple(c for c in self.cases if any(word in c.name for word in words)))

    def outcome(self, what: str) -> Outcome:
        """Return the outcome of a promise for which all of them must pass."""
        counted = self.passed + sum(case.tries for case in self.failed)
        figure = f"{self.passed} of {counted} {what}"
        if skipped := sum(case.ended == "skipped" for case in self.cases):
            figure += f" ({skipped} skipped)"
        if self.failed:
            figure += "; failed: " + ", ".join(map(str, self.failed[:_MOST_NAMED]))
        return Outcome(figure, held=bool(self.passed) and not self.failed)


def tests(project: Project, *arguments: str) -> Report:
    """Run pytest with *arguments*, and return every test. Raises `RuntimeError` if it cannot."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        done = subprocess.run(
            [*command, f"--junitxml={report}", *arguments],
            cwd=project.root,
            capture_output=True,
            text=True,
            check=False,
        )
        if not report.is_file():
            raise RuntimeError(f"pytest did not run: {_last_line(done.stdout + done.stderr)}")
        found = tuple(_cases(report))
    if not found:
        raise RuntimeError(f"pytest found no tests: {' '.join(arguments)}")
    return Report(found)


def _cases(report: Path) -> Iterator[Case]:
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 (pytest has just written it)
        ended = next((each.tag for each in case if each.tag in (*_BAD, "skipped")), "passed")
        noted = case.find("properties/property[@name='tries']")
        tries = 1 if noted is None else int(noted.get("value", "1"))
        yield Case(case.get("classname", ""), case.get("name", ""), ended, tries)


def _last_line(text: str) -> str:
    lines: Sequence[str] = text.strip().splitlines() or [""]
    return lines[-1]
