"""The plan for an account: from what is wanted and what is found to steps, without any request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pivotctl.connect.documents import STORAGE, FoundDocument, WantedDocument


class Action(StrEnum):
    """The fate of a document in a plan."""

    CREATE = "create"
    CHANGE = "change"
    REMOVE = "remove"
    LEAVE = "leave"
    EDITED = "edited by hand"
    REMOVABLE = "no longer wanted"
    CONFLICT = "in conflict"


CHANGING = frozenset({Action.CREATE, Action.CHANGE, Action.REMOVE})


@dataclass(frozen=True)
class Difference:
    """A field by its dotted name, with the old value and the new; None for none."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Step:
    """A document's part of the plan, by its collection and its name in the project.

    `conflict` says why the document cannot be created, and the way out.
    """

    action: Action
    collection: str
    name: str
    wanted: WantedDocument | None = None
    found: FoundDocument | None = None
    conflict: str = ""

    @property
    def differences(self) -> tuple[Difference, ...]:
        """The differences between the document found and the one wanted, if there are both."""
        if self.wanted is None or self.found is None:
            return ()
        return tuple(differences(self.found.fields, self.wanted.fields))


@dataclass(frozen=True)
class Plan:
    """The steps for one account."""

    steps: tuple[Step, ...]

    @property
    def pending(self) -> tuple[Step, ...]:
        """The steps that change something."""
        return tuple(step for step in self.steps if step.action in CHANGING)

    @property
    def conflicts(self) -> tuple[str, ...]:
        """The conflicts with what others have made."""
        return tuple(step.conflict for step in self.steps if step.conflict)

    def count(self, action: Action) -> int:
        """Return the number of steps with an action."""
        return sum(step.action is action for step in self.steps)


@dataclass(frozen=True)
class Occupied:
    """Documents of others in an account: callflows by number, and whether one is a storage plan."""

    numbers: Mapping[str, str] = field(default_factory=dict)
    storage: bool = False

    def conflict(self, wanted: WantedDocument) -> str:
        """Return why *wanted* cannot be created, and the way out; '' if it can."""
        if wanted.collection == STORAGE and self.storage:
            return (
                "the account has a storage document of somebody else: remove [recordings] here, "
                "or have its owner delete it"
            )
        for number in wanted.fields.get("numbers", ()):
            if number in self.numbers:
                return (
                    f"callflow {self.numbers[number]} has {number}: remove the number there, or "
                    "use another one here"
                )
        return ""


def to_create(
    wanted: Iterable[WantedDocument], found: Iterable[FoundDocument]
) -> list[WantedDocument]:
    """Return the documents that are wanted, and not found."""
    known = {(each.collection, each.name) for each in found}
    return [each for each in wanted if (each.collection, each.name) not in known]


def planned(
    wanted: Iterable[WantedDocument],
    found: Iterable[FoundDocument],
    occupied: Occupied = Occupied(),
    *,
    overwrite: bool = False,
    prune: bool = False,
) -> Plan:
    """Return the plan that brings an account from *found* to *wanted*.

    What was edited by hand is left, unless *overwrite*; what is no longer wanted, unless *prune*.
    """
    left = {(each.collection, each.name, each.id): each for each in found}
    steps = []
    for each in wanted:
        at = (each.collection, each.name)
        key = next((key for key in sorted(left) if key[:2] == at), None)
        known = left.pop(key) if key else None
        conflict = occupied.conflict(each) if known is None else ""
        action = Action.CONFLICT if conflict else _action(each, known, overwrite=overwrite)
        steps.append(Step(action, *at, each, known, conflict))
    for known in left.values():
        end = _end(known, overwrite=overwrite, prune=prune)
        steps.append(Step(end, known.collection, known.name, found=known))
    return Plan(tuple(steps))


def removing(found: Iterable[FoundDocument]) -> Plan:
    """Return the plan that removes all documents of a project."""
    return Plan(
        tuple(Step(Action.REMOVE, each.collection, each.name, found=each) for each in found)
    )


def _action(wanted: WantedDocument, found: FoundDocument | None, *, overwrite: bool) -> Action:
    if found is None:
        return Action.CREATE
    if found.fields == wanted.fields:
        return Action.LEAVE
    if found.is_edited:
        return Action.CHANGE if overwrite else Action.EDITED
    return Action.LEAVE if found.mark.get("wanted") == wanted.digest else Action.CHANGE


def _end(found: FoundDocument, *, overwrite: bool, prune: bool) -> Action:
    if found.is_edited and not overwrite:
        return Action.EDITED
    return Action.REMOVE if prune else Action.REMOVABLE


def differences(old: Any, new: Any, field: str = "") -> Iterator[Difference]:
    """Yield what differs between two JSON values, by dotted field, down to the last one.

    A value is thus always beside its own name, which says whether it is secret.
    """
    before, after = _members(old), _members(new)
    if before is not None and after is not None and (before or after):
        for name in dict.fromkeys((*after, *before)):
            below = f"{field}.{name}" if field else name
            yield from differences(before.get(name), after.get(name), below)
    elif old != new:
        yield Difference(field, old, new)


def _members(value: Any) -> Mapping[str, Any] | None:
    """The members of an object, {} for nothing, or None for another value."""
    return {} if value is None else value if isinstance(value, Mapping) else None
