"""Layout, order, and unknown keys make no difference to KAZOO, and none to the reader."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pivotctl.lint.verdict import read
from pivotctl.reader.answers import PivotAnswer
from tests.kazoo import document, needs_data

pytestmark = needs_data

_DECLARED = '<?xml version="1.0" encoding="UTF-8"?>\n'
_LAYOUT = "\n  text <!-- and a comment -->\n  "


def _cases(start: str) -> list[Any]:
    cases = document("observed/random_answers.json")["cases"]
    return [
        pytest.param(case, id=f"{index}-{case['name']}")
        for index, case in enumerate(cases)
        if str(case["job"].get("body", "")).startswith(start)
    ]


def _verdict(job: dict[str, Any], body: str, kind: str) -> str:
    answer = PivotAnswer(body.encode(), kind)
    return read(answer, base_url=job["uri"], press=job.get("digits") or ()).verdict.value


def _turned(value: Any) -> Any:
    """The same JSON value with the keys of every object in the other order."""
    if isinstance(value, dict):
        return {key: _turned(value[key]) for key in reversed(value)}
    return [_turned(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("case", _cases("<Response><"))
def test_layout_of_twiml_makes_no_difference(case: dict[str, Any]) -> None:
    """A declaration, text and comments between verbs, and another XML type are all the same."""
    job = case["job"]
    body = str(job["body"]).replace("<Response>", f"{_DECLARED}<Response>{_LAYOUT}", 1)
    assert _verdict(job, body, "application/xml; charset=utf-8") == case["verdict"]


@pytest.mark.parametrize("case", _cases("{"))
def test_layout_of_a_callflow_makes_no_difference(case: dict[str, Any]) -> None:
    """Order of keys, blanks, and keys that KAZOO does not know are all the same."""
    job, kind = case["job"], "application/json;charset=utf-8"
    flow = json.loads(job["body"])
    if isinstance(flow.get("data"), dict):
        flow["data"]["x_unknown"] = {"a": [1, None]}
    body = json.dumps(_turned(flow | {"metadata": {}}), indent=3, ensure_ascii=True)
    assert _verdict(job, f"\n{body}\n ", kind) == case["verdict"]
