"""What one process tells others about a running stack: `.pivotctl/stack.json`."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pivotctl.stack.ports import accepts
from pivotctl.stack.processes import alive

if TYPE_CHECKING:
    from pivotctl.project import Project


@dataclass(frozen=True)
class StackInfo:
    """Where a stack answers, and what it was made with."""

    pid: int
    gateway_url: str
    console_url: str | None
    aws_url: str
    logs: str
    build: str
    runtime: str
    functions: tuple[str, ...]
    overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    upstreams_url: str | None = None


def _path(project: Project) -> Path:
    return project.home / "stack.json"


def write(project: Project, info: StackInfo) -> None:
    """Publish a running stack, at once and for this user only: overrides may hold secrets."""
    target = _path(project)
    draft = target.with_suffix(f".{info.pid}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(info), file, indent=2)
    draft.replace(target)


def running(project: Project) -> StackInfo | None:
    """The stack that `pivotctl serve` runs for this project, if it does."""
    try:
        data = json.loads(_path(project).read_text(encoding="utf-8"))
        info = StackInfo(**{**data, "functions": tuple(data["functions"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    # A process id may be another process's by now, so the gateway must answer, too.
    port = int(info.gateway_url.rpartition(":")[2])
    return info if alive(info.pid) and accepts(port) else None


def withdraw(project: Project, pid: int) -> None:
    """Take back what process `pid` has published."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        if json.loads(_path(project).read_text(encoding="utf-8"))["pid"] == pid:
            _path(project).unlink()
