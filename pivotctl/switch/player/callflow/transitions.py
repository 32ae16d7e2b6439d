"""Transitions from one action of a callflow to the next (`cf_exe.erl`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

type FlowNode = Mapping[str, Any]
type ActionData = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Next:
    """Continue with the first of `keys` that the action has as a child, or, with `default`, `_`."""

    keys: tuple[str, ...] = ()
    default: bool = True


@dataclass(frozen=True, slots=True)
class Stop:
    """End the flow, and with it the call; `by` is who hangs up, `cause` KAZOO's hangup cause."""

    cause: str = "NORMAL_CLEARING"
    by: str = "kazoo"


@dataclass(frozen=True, slots=True)
class Replace:
    """Replace the flow with another one; `answer` if a server sent it."""

    flow: FlowNode
    answer: bool = True


@dataclass(frozen=True, slots=True)
class Branch:
    """Run a stored flow, then the `_` child of the action that branched."""

    flow: FlowNode


type Transition = Next | Stop | Replace | Branch
ALWAYS = Next()


def child(node: FlowNode, step: Next) -> FlowNode | None:
    """Return the next action; None ends the flow."""
    children: Mapping[str, FlowNode] = node.get("children") or {}
    keys = (*step.keys, "_") if step.default else step.keys
    return next((children[key] for key in keys if key and children.get(key)), None)
