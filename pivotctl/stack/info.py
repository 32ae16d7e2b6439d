"""Published facts of a running stack, for other processes: `.pivotctl/stack.json`."""

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
    """Addresses of a stack, and its options.

    `sockets_url` is where WebSocket clients connect, and `socket_posts_url` where functions send to
    them. `public_url` is the address of a tunnel, and `public_keys` are the keys there, by kind.
    `phone_url` is the address of its softphone.
    """

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
    schedules: bool = False
    sockets_url: str = ""
    socket_posts_url: str = ""
    public_url: str = ""
    public_keys: Mapping[str, str] = field(default_factory=dict)
    phone_url: str = ""


def _path(project: Project) -> Path:
    return project.home / "stack.json"


def write(project: Project, info: StackInfo) -> None:
    """Publish a running stack atomically, for this user only: overrides may have secrets."""
    target = _path(project)
    draft = target.with_suffix(f".{info.pid}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(info), file, indent=2)
    draft.replace(target)


def running(project: Project) -> StackInfo | None:
    """Return the stack of `pivotctl serve` for this project, or None."""
    try:
        data = json.loads(_path(project).read_text(encoding="utf-8"))
        info = StackInfo(**{**data, "functions": tuple(data["functions"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    # The process ID may belong to another process by now, so the gateway must answer as well.
    port = int(info.gateway_url.rpartition(":")[2])
    return info if alive(info.pid) and accepts(port) else None


def withdraw(project: Project, pid: int) -> None:
    """Remove the publication of process `pid`."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        if json.loads(_path(project).read_text(encoding="utf-8"))["pid"] == pid:
            _path(project).unlink()
