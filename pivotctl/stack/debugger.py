"""A debugger for one function: debugpy, which waits until an editor attaches.

The function then runs from its source folder, so that breakpoints need no mapping of paths, and
nothing times out meanwhile.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pivotctl.stack.ports import HOST

if TYPE_CHECKING:
    from pivotctl.project import Project
    from pivotctl.stack.environment import Code, LambdaEnvironment

PORT = 5678
"""The port that editors suggest."""

PATIENCE = 1000.0
"""The factor of all time limits while someone steps through the code."""


class DebuggerError(Exception):
    """debugpy is not installed; the text has the fix."""


@dataclass(frozen=True)
class Debugger:
    """The function to inspect, and the port on which debugpy waits for an editor."""

    function: str
    port: int = PORT

    def notice(self) -> str:
        """Return what to do now."""
        return (
            f"{self.function} waits for a debugger on {HOST}:{self.port} at its first request."
            " See docs/guides/debug.md."
        )

    def attached(
        self, environment: LambdaEnvironment, project: Project, folder: Path
    ) -> LambdaEnvironment:
        """Return the environment of the function under debugpy, which `folder` makes importable."""
        listen = ("--listen", f"{HOST}:{self.port}", "--wait-for-client")
        return replace(
            environment,
            code=self._sources(environment.code, project, _alone(folder)),
            python_options=("-Xfrozen_modules=off", "-m", "debugpy", *listen),
        )

    def _sources(self, code: Code, project: Project, debugpy: Path) -> Code:
        """The function and the layers as they are in the project; libraries as they were built."""
        function = project.function(self.function)
        layers = (project.layers[name] for name in function.layers)
        return replace(code, task=function.path, layers=(*layers, *code.layers, debugpy))


def _alone(folder: Path) -> Path:
    """Return a folder from which debugpy can be imported, and nothing else that pivotctl uses."""
    found = importlib.util.find_spec("debugpy")
    if found is None or found.origin is None:
        raise DebuggerError("debugpy is not installed: run `make setup`")
    folder.mkdir(exist_ok=True)
    link = folder / "debugpy"
    if not link.is_symlink():
        link.symlink_to(Path(found.origin).parent)
    return folder
