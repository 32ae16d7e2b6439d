"""Layout, order, and unknown keys make no difference to KAZOO, and none to the reader."""

from __future__ import annotations

import json
from itertools import batched
from typing import Any

import pytest

from pivotctl.lint.verdict import read
from pivotctl.reader.answers import PivotAnswer
from tests.kazoo import document, needs_data

pytestmark = needs_data

_DECLARED = '<?xml version="1.0" encoding="UTF-8"?>\n'
_LAYOUT = "\n  text <!-- and a comment -->\n  "


_AT_ONCE = 100


def _cases(start: str) -> list[Any]:
    """The recorded answers that begin with *start*, many at a time."""
    cases = document("observed/random_answers.json")["cases"]
    found = [case for case in cases if str(case["job"].get("body", "")).startswith(start)]
    return [
        pytest.param(some, id=str(number)) for number, some in enumerate(batched(found, _AT_ONCE))
    ]


def _verdict(job: dict[str, Any], body: str, kind: str) -> str:
    answer = PivotAnswer(body.encode(), kind)
    return read(answer, base_url=job["uri"], press=job.get("digits") or ()).verdict.value


def _turned(value: Any) -> Any:
    """The same JSON value with the keys of every object in the other order."""
    if isinstance(value, dict):
        return {key: _turned(value[key]) for key in reversed(value)}
    return [_turned(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("cases", _cases("<Response><"))
def test_layout_of_twiml_makes_no_difference(cases: tuple[dict[str, Any], ...]) -> None:
    """A declaration, text and comments between verbs, and another XML type are all the same."""
    for case in cases:
        job = case["job"]
        laid_out = f"{_DECLARED}<Response>{_LAYOUT}"
        body = str(job["body"]).replace("<Response>", laid_out, 1)
        assert _verdict(job, body, "application/xml; charset=utf-8") == case["verdict"], case


@pytest.mark.parametrize("cases", _cases("{"))
def test_layout_of_a_callflow_makes_no_difference(cases: tuple[dict[str, Any], ...]) -> None:
    """Order of keys, blanks, and keys that KAZOO does not know are all the same."""
    kind = "application/json;charset=utf-8"
    for case in cases:
        flow = json.loads(case["job"]["body"])
        if isinstance(flow.get("data"), dict):
            flow["data"]["x_unknown"] = {"a": [1, None]}
        body = json.dumps(_turned(flow | {"metadata": {}}), indent=3, ensure_ascii=True)
        assert _verdict(case["job"], f"\n{body}\n ", kind) == case["verdict"], case
