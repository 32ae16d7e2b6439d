"""How a callflow action ends, and the child with which the flow goes on (`cf_exe.erl`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

type FlowNode = Mapping[str, Any]
type ActionData = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Next:
    """Go on with the first of `keys` that the action has as a child; then, if wanted, `_`."""

    keys: tuple[str, ...] = ()
    default: bool = True


@dataclass(frozen=True, slots=True)
class Stop:
    """The flow ends and with it the call; `by` is who hangs up, `cause` KAZOO's name for why."""

    cause: str = "NORMAL_CLEARING"
    by: str = "kazoo"


@dataclass(frozen=True, slots=True)
class Replace:
    """The flow is dropped for another one; `answer` when a server sent it."""

    flow: FlowNode
    answer: bool = True


@dataclass(frozen=True, slots=True)
class Branch:
    """A stored flow runs; after it the `_` child of the action that branched."""

    flow: FlowNode


type Transition = Next | Stop | Replace | Branch
ALWAYS = Next()


def child(node: FlowNode, step: Next) -> FlowNode | None:
    """The child with which the flow goes on; None ends the flow."""
    children: Mapping[str, FlowNode] = node.get("children") or {}
    keys = (*step.keys, "_") if step.default else step.keys
    return next((children[key] for key in keys if key and children.get(key)), None)
