"""The scenario of a call to the local stack."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pivotctl.switch.local import CallflowError, callflow
from tests.unit.switch.servers import says


def test_a_functions_callflow_gives_the_action_and_its_fallback(tmp_path: Path) -> None:
    """The file that goes into KAZOO is what the local call meets."""
    path = tmp_path / "callflow.json"
    stored = {"module": "pivot", "data": {"method": "post"}, "children": {"_": says("later")}}
    path.write_text(json.dumps({"name": "x", "flow": stored}), encoding="utf-8")
    assert callflow(path) == stored


def test_without_a_callflow_a_function_is_asked_by_post(tmp_path: Path) -> None:
    """A folder that has no file yet can be called all the same."""
    assert callflow(tmp_path / "callflow.json")["data"]["method"] == "post"


@pytest.mark.parametrize(("text", "fault"), [("{", "Correct the JSON"), ("{}", "no pivot")])
def test_a_callflow_that_is_none_is_named(tmp_path: Path, text: str, fault: str) -> None:
    """The message names the file and the fix."""
    path = tmp_path / "callflow.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CallflowError, match=fault):
        callflow(path)
