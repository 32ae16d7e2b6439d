"""Variables and permissions of a function for Live Debug: only in a stack that has it on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pivotctl.infra.fragment import Fragment
from pivotctl.infra.intrinsics import get_att, ref, sub
from pivotctl.infra.kinds import CONSOLE, PIVOT

CONDITION = "HasLiveDebug"
TABLE = "CallIndexTable"
SWITCHES = "switches"
"""The key of the item that says which accounts and numbers are on."""

FIGURES = "figures#*"
"""The keys of the figures of templates."""

CALLS = "call#*"
"""The keys of calls, their rows and steps."""

INDEXER = "call_records"
"""The worker that adds webhooks and CDRs to the rows of their calls."""

DOCUMENTS = "kazoo_debug"
"""The worker that keeps KAZOO's debug documents with the steps of their calls."""

_INDEXES = ("by_account", "by_day")
_CALL_STATE = "CallStateTable"
_CALL_RECORDS = "CallRecordsTable"
_RECORDINGS = "RecordingsBucket"
_SHOWN = {_CALL_RECORDS: "CALL_RECORDS_TABLE", _RECORDINGS: "RECORDINGS_BUCKET"}
"""The shared resources of which the console shows what belongs to a call, and their variables."""


@dataclass(frozen=True)
class LiveDebug:
    """The part of a function in Live Debug. `replayed` are the functions that a console invokes.

    It is empty in a project without the table in infra/. `used` are the shared resources that
    functions of the project use: what has no recordings has no bucket for them.
    """

    fragment: Fragment
    has_table: bool
    replayed: tuple[Fragment, ...] = ()
    used: frozenset[str] = frozenset()

    def variables(self) -> dict[str, Any]:
        """The table, and for how long rows live, if the stack has Live Debug."""
        if not self._takes_part:
            return {}
        made = {
            "CALL_INDEX_TABLE": _if_on(ref(TABLE)),
            "LIVE_DEBUG_DAYS": _if_on(ref("LiveDebugDays")),
        }
        if self.fragment.kind is CONSOLE:
            made |= {name: _if_on(ref(each)) for each, name in _SHOWN.items() if each in self.used}
        return made

    def statements(self) -> Iterator[dict[str, Any]]:
        """The permissions, each for the keys that it is needed for."""
        if not self._takes_part:
            return
        if self.fragment.kind is CONSOLE:
            yield from self._of_console()
        elif self._keeps_steps:
            yield _if_on(_keys(["UpdateItem", "PutItem"], CALLS))
            yield _if_on(_keys(["UpdateItem"], FIGURES))
            yield _if_on(_keys(["GetItem"], SWITCHES))
            if _CALL_STATE in self.fragment.may:  # a replay reads what a call would change
                yield _if_on(_allowed("dynamodb:GetItem", get_att(_CALL_STATE)))
        elif self.fragment.name == DOCUMENTS:
            yield _if_on(_keys(["Query", "PutItem"], CALLS))
            yield _if_on(_keys(["GetItem"], SWITCHES))
        else:
            yield _if_on(_keys(["UpdateItem"], CALLS))

    def _of_console(self) -> Iterator[dict[str, Any]]:
        """Read rows and steps, set the switches, and ask handlers what they answer today."""
        yield _if_on(_allowed("dynamodb:Query", get_att(TABLE)))
        for index in _INDEXES:
            yield _if_on(_allowed("dynamodb:Query", sub(f"${{{TABLE}.Arn}}/index/{index}")))
        yield _if_on(_keys(["GetItem", "PutItem"], SWITCHES))
        if _CALL_RECORDS in self.used:
            yield _if_on(_allowed("dynamodb:Query", get_att(_CALL_RECORDS)))
        if _RECORDINGS in self.used:
            yield _if_on(_allowed("s3:GetObject", sub(f"${{{_RECORDINGS}.Arn}}/*")))
        functions = [get_att(each.function_id) for each in self.replayed]
        yield _if_on(_allowed("lambda:InvokeFunction", functions))

    @property
    def _keeps_steps(self) -> bool:
        return self.has_table and self.fragment.kind is PIVOT

    @property
    def _takes_part(self) -> bool:
        worker = self.fragment.name in (INDEXER, DOCUMENTS)
        return self.has_table and (worker or self._keeps_steps or bool(self.replayed))


def _if_on(value: Any) -> dict[str, Any]:
    return {"Fn::If": [CONDITION, value, ref("AWS::NoValue")]}


def _allowed(action: str, resource: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def _keys(operations: list[str], keys: str) -> dict[str, Any]:
    """The permission to do *operations* on items with such a key."""
    actions = [f"dynamodb:{operation}" for operation in operations]
    action: Any = actions[0] if len(actions) == 1 else actions
    leading = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [keys]}}
    return {**_allowed(action, get_att(TABLE)), "Condition": leading}
