"""A plan as the lines that a person reads; keys in URLs are not shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pivotctl.connect.plan import Action, Difference, Plan, Step
from pivotctl.kazoo.faults import Fault

_SIGNS: Mapping[Action, str] = {
    Action.CREATE: "+",
    Action.CHANGE: "~",
    Action.REMOVE: "-",
    Action.EDITED: "!",
    Action.REMOVABLE: "?",
    Action.CONFLICT: "x",
}
_REMARKS: Mapping[Action, str] = {
    Action.EDITED: "edited by hand, kept (--overwrite replaces it)",
    Action.REMOVABLE: "no longer wanted (--prune removes it)",
}
_KINDS: Mapping[str, str] = {
    "callflows": "callflow",
    "clicktocall": "click-to-call",
    "resources": "carrier",
    "storage": "storage plan",
    "webhooks": "webhook",
}
_COUNTS: Mapping[Action, str] = {
    Action.CREATE: "to create",
    Action.CHANGE: "to change",
    Action.REMOVE: "to remove",
    Action.EDITED: "edited by hand",
    Action.REMOVABLE: "no longer wanted",
    Action.CONFLICT: "in conflict",
    Action.LEAVE: "as wanted",
}


def summary(plan: Plan) -> str:
    """Return the plan in one phrase."""
    counts = (f"{plan.count(each)} {text}" for each, text in _COUNTS.items() if plan.count(each))
    text = ", ".join(counts) or "nothing wanted, nothing there"
    return text if plan.pending else f"nothing changes ({text})"


def plan_lines(plan: Plan) -> Iterator[str]:
    """Yield a line for each document that is not as wanted, and for each field below it."""
    for step in plan.steps:
        if step.action is not Action.LEAVE:
            yield _line(step)
            yield from (f"      {_changed(each)}" for each in step.differences)


def state_lines(plan: Plan) -> Iterator[str]:
    """Yield a line for each webhook that is disabled."""
    for step in plan.steps:
        if step.found and step.found.disable_reason:
            fix = "`pivotctl kazoo hooks --enable` enables it"
            yield f"  ! {_what(step)}: disabled ({step.found.disable_reason}); {fix}"


def _line(step: Step) -> str:
    remark = step.conflict or _REMARKS.get(step.action, "")
    if step.action is Action.REMOVE and step.found and step.found.is_edited:
        remark = "edited by hand"
    if step.action is Action.EDITED and step.wanted is None:
        remark = "no longer wanted, but edited by hand (--prune --overwrite removes it)"
    text = f"  {_SIGNS[step.action]} {_what(step)}"
    return f"{text}: {remark}" if remark else text


def _what(step: Step) -> str:
    return f"{_KINDS[step.collection]} {step.name}"


def _changed(difference: Difference) -> str:
    old, new = _shown(difference, difference.old), _shown(difference, difference.new)
    return f"{difference.field}: {old} → {new}{' (another key)' if old == new else ''}"


def _shown(difference: Difference, value: Any) -> str:
    return "nothing" if value is None else Fault(difference.field, "", value=value).shown
