"""The dashboard: it is JSON, no graph on it is empty, and it stays within the free tier."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from pivotctl.infra import Application
from pivotctl.sam_template import parse
from pivotkit.core import telemetry
from scripts.lint_template import ROOT, Template
from tests.template.facts import of_type

FREE_METRICS = 50
"""Metrics on a dashboard that is free. Searched ones are metrics only once they have occurred."""

OF_AWS = {
    "AWS/ApiGateway": ({"Count", "4xx", "5xx", "Latency"}, ("ApiId",)),
    "AWS/SQS": (
        {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"}, ("QueueName",)
    ),
    "AWS/Lambda": ({"Invocations", "Duration", "ConcurrentExecutions"}, ()),
    "AWS/DynamoDB": ({"ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"}, ("TableName",)),
    "AWS/Logs": ({"IncomingBytes"}, ("LogGroupName",)),
}  # fmt: skip
"""Metrics that AWS documents for the dimensions beside them."""


def body_of(resource: dict[str, Any], *, on: bool) -> dict[str, Any]:
    """The dashboard's body, with or without what is under a condition; names stand for values."""
    given = resource["Properties"]["DashboardBody"]["Fn::Sub"]
    text, variables = given if isinstance(given, list) else (given, {})
    for name, value in variables.items():
        given = (each["Fn::If"][1] for each in value["Fn::Join"][1])
        parts = (each if isinstance(each, str) else each["Fn::Sub"] for each in given)
        text = text.replace(f"${{{name}}}", "".join(parts) if on else "")
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.fixture(params=[True, False], ids=["all on", "all off"])
def body(cloudformation: Template, request: pytest.FixtureRequest) -> dict[str, Any]:
    """The body in a stack with every worker, and in one as shipped."""
    return body_of(cloudformation["Resources"]["StackDashboard"], on=request.param)


def metrics(body: dict[str, Any]) -> Iterator[list[Any]]:
    """The metrics of a dashboard, without their options."""
    for widget in body["widgets"]:
        for metric in widget["properties"].get("metrics", []):
            yield [each for each in metric if isinstance(each, str)]


def searched(body: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Namespace, dimension, and metric of each search."""
    return re.findall(r"\{(\w+),(\w+)\} MetricName=\\\"(\w+)\\\"", json.dumps(body))


def test_a_dashboard_is_off_until_it_is_wanted(template: Template) -> None:
    """The fourth of an account costs three dollars a month."""
    (name,) = of_type(template, "AWS::CloudWatch::Dashboard")
    assert template["Resources"][name]["Condition"] == "HasDashboard"
    assert 'Options=LogRetentionDays=90;Dashboard=on"' in (ROOT / "samconfig.toml").read_text(
        "utf-8"
    )


def test_it_shows_at_most_the_metrics_that_are_free(body: dict[str, Any]) -> None:
    """Three dashboards of an account are free, with fifty metrics each."""
    named = [metric for metric in metrics(body) if metric]
    assert 20 < len(named) <= FREE_METRICS
    assert len(searched(body)) == 5


def test_its_graphs_lie_beside_each_other(body: dict[str, Any]) -> None:
    """No graph covers another, and each has a title of its own."""
    places = {(each["x"], each["y"]) for each in body["widgets"]}
    titles = {each["properties"]["title"] for each in body["widgets"]}
    assert len(places) == len(titles) == len(body["widgets"])
    assert all(each["x"] + each["width"] <= 24 for each in body["widgets"])


def test_no_graph_is_empty(body: dict[str, Any], cloudformation: Template) -> None:
    """Each metric is one of AWS, of a filter of the stack, or of our own code."""
    written = {
        each["MetricName"]
        for found in of_type(cloudformation, "AWS::Logs::MetricFilter").values()
        for each in found["MetricTransformations"]
    }
    for metric in filter(None, metrics(body)):
        namespace, name, *dimensions = metric
        if namespace == "PivotFunctions/${AWS::StackName}":
            assert name in written
            assert dimensions == []
        elif namespace == "PivotFunctions":
            assert dimensions == ["service", "hook_watch"]
            assert name in _counted("functions/workers/hook_watch")
        else:
            names, known = OF_AWS[namespace]
            assert name in names
            assert tuple(dimensions[::2]) == known
    for namespace, dimension, name in searched(body):
        assert (namespace, dimension) == ("PivotFunctions", "service")
        assert name in _counted("layers/common/pivotkit")


def test_searches_ask_for_the_dimensions_that_are_sent(capsys: pytest.CaptureFixture[str]) -> None:
    """A search finds only metrics whose dimensions are all of those in its braces."""
    telemetry.count("Fallback")
    (line,) = (each for each in capsys.readouterr().out.splitlines() if "_aws" in each)
    (sent,) = json.loads(line)["_aws"]["CloudWatchMetrics"]
    assert sent["Namespace"] == "PivotFunctions"
    assert sent["Dimensions"] == [["service"]]
    assert [each["Name"] for each in sent["Metrics"]] == ["Fallback"]


def test_the_query_asks_for_fields_that_are_logged(body: dict[str, Any]) -> None:
    """The table of templates counts the two outcomes of a call, by the function's name."""
    (query,) = (each["properties"]["query"] for each in body["widgets"] if each["type"] == "log")
    handler = (ROOT / "layers/common/pivotkit/calls/handler.py").read_text("utf-8")
    for outcome in ("answered", "fallback"):
        assert f'"{outcome}"' in query
        assert f'"{outcome}"' in handler
    assert "ms=" in handler


def test_it_shows_every_dead_letter_queue(cloudformation: Template) -> None:
    """With every worker on, none of their queues is missing."""
    body = body_of(cloudformation["Resources"]["StackDashboard"], on=True)
    queues = {name for name in of_type(cloudformation, "AWS::SQS::Queue") if "DeadLetter" in name}
    shown = re.findall(r"\$\{(\w+DeadLetterQueue)\.QueueName\}", json.dumps(body))
    assert sorted(shown) == sorted(queues)


@pytest.mark.parametrize("names", [["say_hello"], ["channel_events"], ["say_hello", "fan_out"]])
def test_some_functions_have_a_dashboard_of_theirs(names: list[str]) -> None:
    """A stack with few functions has no graph of what it lacks."""
    made = parse(Application.read(ROOT).only(names).assembled().text)["Resources"]
    body = body_of(made["StackDashboard"], on=True)
    known = {*made, "AWS::Region", "AWS::StackName"}
    mentioned = re.findall(r"\$\{([\w:]+)(?:\.\w+)?\}", json.dumps(body))
    assert set(mentioned) <= known
    assert all(each["properties"].get("metrics", True) for each in body["widgets"])


def _counted(folder: str) -> set[str]:
    """The metrics that code counts."""
    return {
        name
        for path in (ROOT / folder).rglob("*.py")
        for name in re.findall(r'count\("(\w+)"', path.read_text("utf-8"))
    }
