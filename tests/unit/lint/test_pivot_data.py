"""Pivot actions: data that KAZOO ignores, and query names that clash with its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pivotctl.commands.lint import command as lint_command
from pivotctl.commands.url import command as url_command
from pivotctl.lint.parameter_names import KAZOOS_NAMES, query_warnings
from pivotctl.lint.verdict import Reading, read
from pivotctl.problems import Mode, Verdict
from pivotctl.reader.answers import PivotAnswer
from pivotctl.switch.player.kazoo_call import KazooCall, parameters
from pivotkit.twiml import KAZOOS_NAMES as LAYERS_NAMES
from tests.kazoo import ROOT

URL = "https://server.example/key/pivot/x"
CALLFLOWS = sorted((ROOT / "functions").glob("*/*/callflow.json"))


def pivot(**data: Any) -> dict[str, Any]:
    """A pivot action."""
    return {"module": "pivot", "data": {"voice_url": URL, **data}}


def judged(flow: dict[str, Any], mode: Mode = Mode.K50) -> Reading:
    """The reading of a flow."""
    return read(PivotAnswer(json.dumps(flow).encode(), "application/json"), mode=mode)


@pytest.mark.parametrize(
    ("data", "path", "rule", "fix"),
    [
        ({"req_timeout": "60"}, "req_timeout", "no parameter of pivot", "Write req_timeout_ms"),
        ({"req_formatt": "x"}, "req_formatt", "no parameter of pivot", "Did you mean req_format?"),
        ({"tenant": "x"}, "tenant", "KAZOO ignores it", "Remove it"),
        (
            {"custom_request_headers": {"X-A": "b"}},
            "custom_request_headers",
            "only KAZOO 5 has custom_request_headers",
            "--mode k5",
        ),
        ({"voice_url": f"{URL}?From=sales"}, "voice_url", "From, a parameter", "my_from"),
        ({"voice_url": f"{URL}?a=b&Call%2DID=1"}, "voice_url", "Call-ID", "my_call_id"),
        ({"voice_url": f"{URL}?User-ID[]=1"}, "voice_url", "User-ID", "my_user_id"),
    ],
)
def test_data_that_kazoo_ignores_is_a_warning(
    data: dict[str, Any], path: str, rule: str, fix: str
) -> None:
    """The verdict stays, and the warning names place, rule, and fix, however deep the action is."""
    flow = {"module": "menu", "data": {"id": "a"}, "children": {"_": pivot(**data)}}
    reading = judged(flow)
    assert reading.verdict is Verdict.EXECUTES
    (warning,) = reading.problems
    assert (warning.path, warning.line) == (f"children._.data.{path}", 1)
    assert warning.rule.startswith("WARNING: ")
    assert rule in warning.rule
    assert fix in warning.fix


def test_kazoo_5_takes_headers_that_begin_with_x() -> None:
    """It ignores other names."""
    headers = {"X-Tenant": "a", "x-team": "b", "Authorization": "c"}
    (warning,) = judged(pivot(custom_request_headers=headers), Mode.K5).problems
    assert warning.path == "data.custom_request_headers.Authorization"
    assert "begin with X-" in warning.rule


@pytest.mark.parametrize("value", [5001, 10_000])
def test_kazoo_waits_five_seconds_at_most(value: int) -> None:
    """A larger time limit is refused, with the largest that is accepted."""
    reading = judged(pivot(req_timeout_ms=value))
    assert reading.verdict is Verdict.DEAD_AIR
    assert (reading.problems[0].path, "5000" in str(reading.problems[0])) == (
        "data.req_timeout_ms",
        True,
    )


@pytest.mark.parametrize("flow", [pivot(), pivot(method=7), {"module": "pivot", "data": []}])
def test_other_data_gives_no_warning(flow: dict[str, Any]) -> None:
    """Data that KAZOO knows, or refuses anyway, gets no warning."""
    assert not [each for each in judged(flow).problems if "WARNING" in each.rule]


@pytest.mark.parametrize(
    ("method", "effect"), [("post", "ignore"), ("POST", "ignore"), ("get", "refuse")]
)
def test_a_clash_has_another_effect_in_a_get(method: str, effect: str) -> None:
    """In a POST, KAZOO's own parameters are in the body; a GET has both in the query."""
    (warning,) = judged(pivot(voice_url=f"{URL}?To=1", method=method)).problems
    assert effect in warning.rule


@pytest.mark.parametrize("url", [URL, f"{URL}?team=red&from=a&my_To=1", "https://[", ""])
def test_other_names_are_free(url: str) -> None:
    """Names are case-sensitive, and a URL that cannot be read is not warned of."""
    assert list(query_warnings(url, "URL")) == []


def test_the_names_are_those_that_kazoo_sends() -> None:
    """Every parameter that the switch sends is listed, and the layer reserves the same names."""
    call = KazooCall(call_id="c", account_id="a", owners=("u",), digits="1", queue_id="q")
    sent = {name for kind in ("kazoo", "twiml") for name in parameters(call, kind)}
    assert sent <= KAZOOS_NAMES
    assert KAZOOS_NAMES == LAYERS_NAMES


FLOW = {"module": "response", "data": {"code": "486"}}
BARE = {"numbers": ["6001"], "flow": FLOW}
ENVELOPE = {"data": {"id": "a", "patterns": ["^6"], "flow": FLOW}, "status": "success"}


def lint(document: object, *options: str) -> dict[str, Any]:
    """The object that the command prints for a document."""
    given = json.dumps(document, indent=1)
    done = CliRunner().invoke(lint_command, ["--json", *options, "-"], input=given)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(("document", "path"), [(BARE, "flow"), (ENVELOPE, "data.flow")])
def test_a_whole_callflow_is_judged_by_its_flow(document: dict[str, Any], path: str) -> None:
    """Paths and lines are those of the document, alone or as Crossbar returns it."""
    found = lint(document)
    (problem,) = found["problems"]
    lines = json.dumps(document, indent=1).splitlines()
    assert problem["path"] == f"{path}.data.code"
    assert "486" in lines[problem["line"] - 1]
    assert lint({**document, "flow": {"module": "hangup"}} if path == "flow" else BARE)


@pytest.mark.parametrize(
    ("document", "options"),
    [
        ({"flow": {"module": "hangup"}}, ()),
        ({"data": {"flow": {"module": "hangup"}}}, ()),
        ({"numbers": ["1"], "flow": {"module": "hangup"}}, ("--content-type", "application/json")),
        ({"numbers": ["1"], "flow": []}, ()),
        ({"numbers": ["1"], "flow": {"module": "hangup"}, "module": 1}, ()),
    ],
)
def test_an_answer_with_a_wrapper_is_still_refused(
    document: dict[str, Any], options: tuple[str, ...]
) -> None:
    """Without numbers, or with a Content-Type, the document is an answer, in which KAZOO fails."""
    assert lint(document, *options)["verdict"] == "dead_air"


@pytest.mark.parametrize("path", CALLFLOWS, ids=lambda path: path.parent.name)
def test_the_callflows_of_the_functions_have_no_warning(path: Path) -> None:
    """Callflows for Crossbar use only data that KAZOO reads."""
    assert lint(json.loads(path.read_text(encoding="utf-8")))["problems"] == []


def test_a_url_that_is_asked_may_not_use_kazoos_names() -> None:
    """The warning comes with the verdict on the answer."""
    done = CliRunner().invoke(lint_command, ["--json", "http://127.0.0.1:9/x?To=1"])
    assert "To, a parameter of KAZOO" in str(json.loads(done.stdout)["problems"])


def test_url_adds_parameters_and_warns() -> None:
    """The URL is printed with its query; a name of KAZOO's is a warning on standard error."""
    run = CliRunner().invoke
    free = run(url_command, ["say_hello", "--query", "team=red & blue"])
    assert (free.exit_code, free.stderr) == (0, "")
    assert free.stdout.strip().endswith("/pivot/say_hello?team=red+%26+blue")
    taken = run(url_command, ["say_hello", "--query", "From=sales"])
    assert taken.exit_code == 0
    assert taken.stdout.strip().endswith("?From=sales")
    assert "From, a parameter of KAZOO" in taken.stderr
    webhook = run(url_command, ["channel_events", "--query", "From=sales"])
    assert (webhook.exit_code, webhook.stderr) == (0, "")
    assert run(url_command, ["say_hello", "--query", "team"]).exit_code == 2
