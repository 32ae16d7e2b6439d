"""Calls during deployments: each request is answered by another build than the one before it.

The other build has a layer that stores more than this one knows, as a later layer would.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pivotctl.local.calls import local_scenario
from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.http.exchange import HttpRequest, HttpResponse, send

if TYPE_CHECKING:
    from pivotctl.stack import Stack

CALLS = {"survey": ("4", "2", "10"), "ivr_tree": ("2", "2", "*", "9", "2", "8")}
"""Calls of several requests: a function, and the keys that the caller presses."""

_callers = itertools.count(1)

_CHANGES = {
    "pivotkit/store/call_state.py": (
        ('"question": step.question}', '"question": step.question, "later": 1}'),
        (
            'item: Item = {"expires_at": {"N": str(now + LIFE)}}',
            'item: Item = {"expires_at": {"N": str(now + LIFE)}, "later": {"S": "field"}}',
        ),
    ),
}
"""Texts in a module, and those of the later layer that take their place."""


class ChangeError(Exception):
    """The layer's code is not the one that the change was written for."""


@dataclass
class Deployments:
    """Two builds of a function's layer in *stack*, of which one is deployed at a time."""

    stack: Stack
    name: str
    number: int = 0
    _deployed: Path = field(init=False)
    _other: Path = field(init=False)

    def __post_init__(self) -> None:
        build = Path(self.stack.info.build)
        common, *_ = self.stack.project.function(self.name).layers
        self._deployed = build / common
        self._other = build / f"{common}-other"
        if not self._other.exists():
            shutil.copytree(self._deployed, self._other)  # the build's own files are hard links
            _change(self._other / "python")

    def deploy(self) -> None:
        """Put the other build in place of the deployed one; the next request is a cold start."""
        aside = self._other.with_name(f"{self._other.name}-aside")
        self._deployed.rename(aside)
        self._other.rename(self._deployed)
        aside.rename(self._other)
        self.stack.restart_function(self.name)
        self.number += 1


def _change(layer: Path) -> None:
    for module, changes in _CHANGES.items():
        file = layer / module
        text = file.read_text(encoding="utf-8")
        for old, new in changes:
            if old not in text:
                raise ChangeError(f"{module} has no {old!r}")
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")
        for compiled in (file.parent / "__pycache__").glob(f"{file.stem}.*"):
            compiled.unlink()


def dialogue(stack: Stack, name: str, deployments: Deployments | None = None) -> Dialogue:
    """Play a call to its end, with a deployment before each request but the first."""
    sent = 0

    def transport(request: HttpRequest) -> HttpResponse:
        nonlocal sent
        if deployments and sent:
            deployments.deploy()
        sent += 1
        return send(request)

    caller = f"+1415555{next(_callers):04}"  # none who has called before
    return Dialogue.place(local_scenario(stack, name, press=CALLS[name], caller=caller), transport)


def cut(stack: Stack) -> Iterator[str]:
    """Play every call without deployments and with; yield the calls that went another way."""
    for name in CALLS:
        undisturbed = dialogue(stack, name)
        deployments = Deployments(stack, name)
        disturbed = dialogue(stack, name, deployments)
        if disturbed.heard != undisturbed.heard or disturbed.verdict != undisturbed.verdict:
            yield f"{name}, with {deployments.number} deployments"
