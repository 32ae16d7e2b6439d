"""Triggers of functions: a route of the API, the event bus, a queue, a stream, or a schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pivotctl.infra.alarms import dead_letters
from pivotctl.infra.fragment import Fragment
from pivotctl.infra.grants import READ_STREAM, RECEIVE, allow
from pivotctl.infra.intrinsics import get_att, ref

BUS = "DeliveriesBus"
SOURCE = "pivot-functions"
GATEWAY_MILLISECONDS = 4500
WORKER_CONCURRENCY = "WorkerConcurrency"
"""The parameter that limits how many batches of a queue are processed at once."""

_FOURTEEN_DAYS = 14 * 24 * 60 * 60
_TRIES = 5
_NEW_DELIVERIES = (
    '{"eventName":["INSERT","MODIFY"], "dynamodb":{"NewImage":{"item":{"S":["delivery"]}}}}'
)
"""A merged record must not wake its own worker. An untimed delivery replaces an equal one."""


@dataclass(frozen=True)
class Trigger:
    """A function's trigger.

    `properties` belong to the function, `receives` and `sends` to its role, before and behind what
    the function itself needs; `resources` are the function's own. `timeout` is in seconds.
    """

    events: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    receives: tuple[Mapping[str, Any], ...] = ()
    sends: tuple[Mapping[str, Any], ...] = ()
    resources: Mapping[str, Any] = field(default_factory=dict)
    timeout: int = 0


def trigger_of(fragment: Fragment) -> Trigger:
    """The trigger of a function, by its kind and its function.yaml."""
    if fragment.kind.has_url:
        return route(fragment)
    if fragment.events:
        return from_bus(fragment)
    if fragment.queue:
        return from_queue(fragment.queue, timeout=30)
    if fragment.stream:
        return from_stream(fragment)
    return on_schedule(fragment) if fragment.schedule else Trigger()


def route(fragment: Fragment) -> Trigger:
    """One route, whose first part is the key."""
    path = f"/{{key}}/{fragment.kind.name}/{fragment.name}"
    return Trigger({"Request": {"Type": "HttpApi", "Properties": _route("Api", path)}})


def _route(api: str, path: str) -> dict[str, Any]:
    return {
        "ApiId": ref(api),
        "Path": path,
        "Method": "ANY",
        "PayloadFormatVersion": "2.0",
        "TimeoutInMillis": GATEWAY_MILLISECONDS,
    }


def from_queue(queue: str, timeout: int) -> Trigger:
    """Batches from a queue, few at a time: a backlog must not take the concurrency of calls."""
    event = {
        "Queue": get_att(queue),
        "BatchSize": 10,
        "ScalingConfig": {"MaximumConcurrency": ref(WORKER_CONCURRENCY)},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    return Trigger(
        {"Deliveries": {"Type": "SQS", "Properties": event}},
        receives=(allow("sqs", RECEIVE, get_att(queue)),),
        timeout=timeout,
    )


def from_bus(fragment: Fragment) -> Trigger:
    """A queue of the worker's own, which a rule of the bus fills, and one for its dead letters."""
    queue, rule, dead = f"{fragment.stem}Queue", f"{fragment.stem}Rule", _dead_letters(fragment)
    taken = from_queue(queue, timeout=60)
    resources = {
        rule: _rule(queue, fragment.events, dead),
        queue: _queue(6 * (fragment.timeout or taken.timeout), dead),
        f"{queue}Policy": _policy(queue, rule),
        **_set_aside(fragment, _GAVE_UP),
        f"{fragment.stem}DeadLetterPolicy": _policy(dead, rule),
    }
    return Trigger(
        taken.events, receives=taken.receives, resources=resources, timeout=taken.timeout
    )


def _dead_letters(fragment: Fragment) -> str:
    return f"{fragment.stem}DeadLetterQueue"


_RUNBOOK = "Runbook: docs/guides/runbooks.md#dead-letters-of-a-worker"
_GAVE_UP = (
    "{name} gave up on a delivery. Read its errors in the log group of the workers, fix the cause, "
    "then send the messages of {queue} back (docs/guides/recover-deliveries.md)"
)
_NOT_DONE = (
    "{name} gave up on a delivery, which is in the table. Read its errors in the log group of the "
    "workers, fix the cause, then process it again (docs/guides/recover-deliveries.md)"
)
_RUN_FAILED = (
    "A run of {name} failed, and no retry succeeded. Read its errors in the log group of the "
    "workers and fix the cause; the next run catches up. Then purge {queue}"
)


def _set_aside(fragment: Fragment, text: str) -> dict[str, Any]:
    said = f"{text}. {_RUNBOOK}".format(name=fragment.name, queue=_dead_letters(fragment))
    return dead_letters(fragment.stem, said)


def _rule(queue: str, events: tuple[str, ...], dead: str) -> dict[str, Any]:
    target = {
        "Id": "Queue",
        "Arn": get_att(queue),
        "DeadLetterConfig": {"Arn": get_att(dead)},
    }
    properties = {
        "EventBusName": ref(BUS),
        "EventPattern": {"source": [SOURCE], "detail-type": list(events)},
        "Targets": [target],
    }
    return {"Type": "AWS::Events::Rule", "Properties": properties}


def _queue(hidden_seconds: int, dead: str) -> dict[str, Any]:
    """A queue that hides a message for six times the worker's time-out, as AWS advises."""
    properties = {
        "VisibilityTimeout": hidden_seconds,
        "MessageRetentionPeriod": _FOURTEEN_DAYS,
        "SqsManagedSseEnabled": True,
        "RedrivePolicy": {"deadLetterTargetArn": get_att(dead), "maxReceiveCount": _TRIES},
    }
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def _policy(queue: str, rule: str) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": get_att(queue),
        "Condition": {"ArnEquals": {"aws:SourceArn": get_att(rule)}},
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    properties = {"Queues": [ref(queue)], "PolicyDocument": document}
    return {"Type": "AWS::SQS::QueuePolicy", "Properties": properties}


def from_stream(fragment: Fragment) -> Trigger:
    """Batches of new deliveries from a table's stream. Bad ones are halved, then dead-lettered."""
    table, dead = fragment.stream, _dead_letters(fragment)
    event = {
        "Stream": get_att(table, "StreamArn"),
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": 100,
        "MaximumRetryAttempts": 5,
        "BisectBatchOnFunctionError": True,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "FilterCriteria": {"Filters": [{"Pattern": _NEW_DELIVERIES}]},
        **_failures(dead),
    }
    return Trigger(
        {"Deliveries": {"Type": "DynamoDB", "Properties": event}},
        receives=(allow("dynamodb", READ_STREAM, get_att(table, "StreamArn")),),
        sends=(allow("sqs", ("SendMessage",), get_att(dead)),),
        resources=_set_aside(fragment, _NOT_DONE),
        timeout=30,
    )


def on_schedule(fragment: Fragment) -> Trigger:
    """Runs by `rate(...)` or `cron(...)`. A run that keeps failing is dead-lettered."""
    event = {
        "Description": fragment.description,
        "Schedule": fragment.schedule,
        "Enabled": True,
    }
    dead = _dead_letters(fragment)
    invocations = {"MaximumRetryAttempts": 2, **_failures(dead)}
    return Trigger(
        {"Clock": {"Type": "Schedule", "Properties": event}},
        properties={"EventInvokeConfig": invocations},
        sends=(allow("sqs", ("SendMessage",), get_att(dead)),),
        resources=_set_aside(fragment, _RUN_FAILED),
        timeout=120,
    )


def _failures(queue: str) -> dict[str, Any]:
    destination = {"Type": "SQS", "Destination": get_att(queue)}
    return {"DestinationConfig": {"OnFailure": destination}}
