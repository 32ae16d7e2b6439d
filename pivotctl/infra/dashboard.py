"""The dashboard of a stack, made of its functions: what callers got, what waits, what costs.

CloudWatch bills a dashboard, except for three in each account, with at most fifty metrics each. So
figures by function are searched for: only those that have occurred are metrics at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pivotctl.infra.fragment import Fragment
from pivotctl.infra.intrinsics import ref, sub
from pivotctl.infra.switches import condition_of

NAME = "StackDashboard"
CONDITION = "HasDashboard"
_OURS, _STACKS = "PivotFunctions", "PivotFunctions/${AWS::StackName}"
_COLUMNS, _HEIGHT = 2, 6
_WIDTH = 24 // _COLUMNS
_SHOWN = 10
"""Functions that a search shows."""

_FUNCTION = "${!PROP('Dim.service')}"
"""The label of a searched metric, which CloudWatch fills in: the name of its function."""

_PERIOD = 300
_TABLES = ("CallStateTable", "CallRecordsTable", "DirectoryTable")
_BY_TEMPLATE = (
    'filter message in ["answered", "fallback"] '
    '| fields strcontains(message, "fallback") as is_fallback '
    "| stats count(*) as requests, sum(is_fallback) as fallbacks, pct(ms, 50) as p50_ms, "
    "pct(ms, 95) as p95_ms, pct(ms, 99) as p99_ms by service | sort requests desc"
)
"""A query that costs 0.005 dollars for each GB of the log, each time that somebody looks."""

type Metric = list[Any]


@dataclass(frozen=True)
class Widget:
    """One graph: metrics that a stack always has, and metrics under conditions of the stack."""

    title: str
    metrics: tuple[Metric, ...]
    stat: str = "Sum"
    conditional: tuple[tuple[str, Metric], ...] = ()

    @property
    def properties(self) -> dict[str, Any]:
        """The widget's properties, with the conditional metrics in its own variable."""
        more = [_marker(self.title)] if self.conditional else []
        return {
            "title": self.title,
            "view": "timeSeries",
            "region": "${AWS::Region}",
            "stat": self.stat,
            "period": _PERIOD,
            "metrics": [*self.metrics, *more],
        }

    @property
    def variable(self) -> Mapping[str, Any]:
        """The conditional metrics as text, each behind a comma."""
        texts = [
            {"Fn::If": [condition, _text(f",{json.dumps(metric)}"), ""]}
            for condition, metric in self.conditional
        ]
        return {_variable(self.title): {"Fn::Join": ["", texts]}} if texts else {}


def dashboard(functions: tuple[Fragment, ...], types: Mapping[str, str]) -> dict[str, Any]:
    """The dashboard of a stack with these functions.

    `types` are the types of the shared resources that it has under all conditions.
    """
    widgets = [each for each in _widgets(functions, types) if each.metrics]
    placed = [_placed(at, "metric", each.properties) for at, each in enumerate(widgets)]
    if "PivotLogGroup" in types:
        placed.append(_placed(len(placed), "log", _by_template()))
    text = json.dumps({"widgets": placed})
    variables: dict[str, Any] = {}
    for each in widgets:
        variables |= each.variable
        text = text.replace(f", {json.dumps(_marker(each.title))}", f"${{{_variable(each.title)}}}")
    body = sub(text, variables) if variables else sub(text)
    properties = {"DashboardName": ref("AWS::StackName"), "DashboardBody": body}
    return {"Type": "AWS::CloudWatch::Dashboard", "Condition": CONDITION, "Properties": properties}


def _widgets(functions: tuple[Fragment, ...], types: Mapping[str, str]) -> Iterator[Widget]:
    api = ("ApiId", "${Api}")
    yield Widget(
        "Requests", tuple(["AWS/ApiGateway", name, *api] for name in ("Count", "4xx", "5xx"))
    )
    latency: Metric = ["AWS/ApiGateway", "Latency", *api]
    stats = ("p50", "p95", "p99")
    yield Widget("Milliseconds", tuple([*latency, {"stat": stat}] for stat in stats))
    yield Widget("Failures", tuple(_failures(types)))
    yield Widget("Fallbacks by template", (_search("Fallback"),))
    yield Widget("Refused by function", (_search("Refused"),))
    yield Widget("Other services down, by function", (_search("UpstreamDown"),))
    yield _dead_letters(functions, types)
    yield _hooks(functions)
    yield Widget("Seconds behind", tuple(_behind(types)), "Maximum")
    yield Widget("Cost: Lambda", tuple(_lambda()))
    yield Widget("Cost: DynamoDB", tuple(_capacity(types)))
    yield Widget("Cost: bytes of logs", tuple(_bytes(types)))


def _failures(types: Mapping[str, str]) -> Iterator[Metric]:
    """The metrics that alarms watch, of the filters that the stack has."""
    for name, needed in (
        ("CallsFailed", "PivotErrors"),
        ("Refused", "Refused"),
        ("DeliveriesFailed", "DeliveriesFailedAlarm"),
    ):
        if needed in types:
            yield [_STACKS, name]


def _dead_letters(functions: tuple[Fragment, ...], types: Mapping[str, str]) -> Widget:
    own = [each for each in functions if each.events or each.stream or each.schedule]
    always = [each.stem for each in own if not condition_of(each)]
    always += ["Spool"] if "SpoolDeadLetterQueue" in types else []
    return Widget(
        "Dead letters",
        tuple(map(_waiting, always)),
        "Maximum",
        tuple((condition_of(e), _waiting(e.stem)) for e in own if condition_of(e)),
    )


def _waiting(stem: str) -> Metric:
    queue = f"${{{stem}DeadLetterQueue.QueueName}}"
    return ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue, {"label": stem}]


def _hooks(functions: tuple[Fragment, ...]) -> Widget:
    """The fate of deliveries, and the webhooks that KAZOO reports as failing."""
    watch = (
        (condition_of(each), [_OURS, "HookFailing", "service", each.name])
        for each in functions
        if each.name == "hook_watch"
    )
    return Widget(
        "Webhooks",
        tuple(_search(name) for name in ("StoreFailed", "Spooled")),
        conditional=tuple((name, metric) for name, metric in watch if name),
    )


def _behind(types: Mapping[str, str]) -> Iterator[Metric]:
    if "SpoolQueue" in types:
        queue = "${SpoolQueue.QueueName}"
        yield ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queue, {"label": "Spool"}]


def _lambda() -> Iterator[Metric]:
    """The executions of the account and region: Lambda's quota is theirs, too."""
    yield ["AWS/Lambda", "Invocations"]
    yield ["AWS/Lambda", "Duration"]
    yield ["AWS/Lambda", "ConcurrentExecutions", {"stat": "Maximum", "yAxis": "right"}]


def _capacity(types: Mapping[str, str]) -> Iterator[Metric]:
    for table in _TABLES:
        if table in types:
            for name in ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"):
                yield ["AWS/DynamoDB", name, "TableName", f"${{{table}}}", {"label": f"{table}"}]


def _bytes(types: Mapping[str, str]) -> Iterator[Metric]:
    for name, kind in types.items():
        if kind == "AWS::Logs::LogGroup":
            yield ["AWS/Logs", "IncomingBytes", "LogGroupName", f"${{{name}}}"]


def _search(name: str) -> Metric:
    """The functions with most of a metric. Its dimension is that of every metric of ours."""
    found = f"SEARCH('{{{_OURS},service}} MetricName=\"{name}\"', 'Sum', {_PERIOD})"
    return [{"expression": f"SLICE(SORT({found}, SUM, DESC), 0, {_SHOWN})", "label": _FUNCTION}]


def _by_template() -> dict[str, Any]:
    return {
        "title": "By template",
        "view": "table",
        "region": "${AWS::Region}",
        "query": f"SOURCE '${{PivotLogGroup}}' | {_BY_TEMPLATE}",
    }


def _placed(at: int, kind: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    place = {"x": at % _COLUMNS * _WIDTH, "y": at // _COLUMNS * _HEIGHT}
    return {"type": kind, **place, "width": _WIDTH, "height": _HEIGHT, "properties": properties}


def _text(text: str) -> Any:
    """The text, with its references resolved if it has any."""
    return sub(text) if "${" in text else text


def _marker(title: str) -> str:
    return f"@{_variable(title)}"


def _variable(title: str) -> str:
    return f"More{title.title().replace(' ', '')}"
