"""Runs of the fuzzer: a process for each door, in the environment that has atheris."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from fuzz import seeds
from pivotctl.project import Project

type Say = Callable[[str], None]

_PYTHON = ".tools/promises/bin/python"
_CORPUS = ".fuzz"
_MOST_BYTES = 64 * 1024
_HANGING_SECONDS = 600
"""Seconds after which an input hangs. With 0, libFuzzer takes a process that has to wait for its
processor for a second to be broken."""

_GRACE_SECONDS = 120
"""Seconds for start and end; a process that takes longer hangs in an input."""

_DONE = re.compile(r"^Done (\d+) runs in (\d+) second", re.MULTILINE)
_STATE = re.compile(r"^#(\d+)\t", re.MULTILINE)
_UNCAUGHT = "=== Uncaught Python exception: ==="


class FuzzError(Exception):
    """The fuzzer cannot run; the text says what to do."""


@dataclass(frozen=True)
class Budget:
    """The share of each door: `seconds`, or `executions` whatever time they take."""

    seconds: int
    executions: int | None = None
    seed: int = 1

    def share(self, doors: int) -> Budget:
        """Return the part of one of so many doors."""
        executions = self.executions and max(1, self.executions // doors)
        return replace(self, seconds=max(1, self.seconds // doors), executions=executions)

    def arguments(self) -> Iterator[str]:
        """The arguments for libFuzzer."""
        yield f"-seed={self.seed}"
        yield f"-max_len={_MOST_BYTES}"
        yield f"-timeout={_HANGING_SECONDS}"
        yield f"-runs={self.executions}" if self.executions else f"-max_total_time={self.seconds}"

    @property
    def limit(self) -> int | None:
        """Seconds after which a process hangs; None for as long as it takes."""
        return None if self.executions else self.seconds + _GRACE_SECONDS


@dataclass(frozen=True)
class Door:
    """The outcome at a door: the executions, and a `report` if its rule was broken."""

    name: str
    executions: int
    report: str = ""

    @property
    def broken(self) -> bool:
        """Whether an input broke the rule."""
        return bool(self.report)


def fuzzed(project: Project, name: str, budget: Budget, say: Say) -> Door:
    """Try any bytes at a door. Raises `FuzzError`."""
    python = project.root / _PYTHON
    if not python.is_file():
        raise FuzzError(f"{_PYTHON} is missing: `make fuzz` installs it, on Linux")
    corpus = _corpus(project, name)
    artifacts = project.root / _CORPUS / "broken" / name
    shutil.rmtree(artifacts, ignore_errors=True)
    artifacts.mkdir(parents=True)
    arguments = [*budget.arguments(), f"-artifact_prefix={artifacts}/"]
    ended, text = _ended([python, "-m", "fuzz.drive", name, corpus, *arguments], project, budget)
    door = Door(name, _executions(text), _report(name, artifacts, text, ended=ended))
    say(f"{name}: {door.executions} executions{', and a broken rule' if door.broken else ''}")
    return door


def _ended(command: list[str | Path], project: Project, budget: Budget) -> tuple[bool, str]:
    """Run a process; return whether it ended well, and what it wrote."""
    path = (project.root, project.root / "layers/common", sysconfig.get_path("purelib"))
    try:
        done = subprocess.run(
            command,
            cwd=project.root,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=budget.limit,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return False, (error.stderr or b"").decode(errors="replace") + "\nit hangs"
    return done.returncode == 0, done.stderr.decode(errors="replace")


def _corpus(project: Project, name: str) -> Path:
    """The folder of a door's corpus, which grows with every run, and begins with the seeds."""
    folder = project.root / _CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds.of(name):
        (folder / hashlib.sha256(seed).hexdigest()).write_bytes(seed)
    return folder


def _executions(text: str) -> int:
    found = _DONE.findall(text)
    return int(found[-1][0]) if found else max(map(int, _STATE.findall(text)), default=0)


def _report(name: str, artifacts: Path, text: str, *, ended: bool) -> str:
    """Keep the inputs that broke the rule; return the report, '' if there is none."""
    if ended:
        return ""
    kept = []
    for artifact in sorted(artifacts.glob("*")):
        place = seeds.FOUND / name / artifact.name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(artifact, place)
        kept.append(str(place))
    trace = text.partition(_UNCAUGHT)[2] or text
    lines = [line for line in trace.splitlines() if line and not line.startswith(("#", "INFO"))]
    return "\n".join([*lines[-30:], *kept])
