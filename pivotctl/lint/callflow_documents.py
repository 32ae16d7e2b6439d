"""Whole callflows, as Crossbar stores and returns them: judged by the flow inside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from pivotctl.problems import Problem
from pivotctl.reader.json_document import JsonDocument, JsonError, parse_json


@dataclass(frozen=True, slots=True)
class StoredFlow:
    """The flow of a callflow, and its path in the document: `flow` or `data.flow`."""

    document: JsonDocument
    path: str
    flow: dict[str, Any]

    def placed(self, problem: Problem) -> Problem:
        """Return a problem of the flow with its path and line in the document."""
        path = f"{self.path}.{problem.path}"
        return replace(problem, path=path, line=self.document.line(path))


def stored_flow(body: bytes) -> StoredFlow | None:
    """Return the flow in *body* if it is a callflow, alone or in Crossbar's `data`; else None.

    A callflow has `numbers` or `patterns` beside its `flow`. An answer never has them.
    """
    try:
        document = parse_json(body)
    except JsonError:
        return None
    value = document.value
    if not isinstance(value, dict) or "module" in value:
        return None
    for path, callflow in (("flow", value), ("data.flow", value.get("data"))):
        if flow := _flow_of(callflow):
            return StoredFlow(document, path, flow)
    return None


def _flow_of(callflow: Any) -> dict[str, Any] | None:
    """Return the flow of a callflow; None if it is none."""
    if not isinstance(callflow, dict) or not {"numbers", "patterns"} & callflow.keys():
        return None
    flow = callflow.get("flow")
    return flow if isinstance(flow, dict) else None
