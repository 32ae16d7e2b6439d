"""Alarms that the generator makes, in the form of those in infra/."""

from __future__ import annotations

from typing import Any

from pivotctl.infra.intrinsics import get_att, ref

_FOURTEEN_DAYS = 14 * 24 * 60 * 60


def dead_letters(stem: str, description: str) -> dict[str, Any]:
    """A worker's own dead-letter queue and its alarm, by logical ID."""
    return {
        f"{stem}DeadLetterQueue": dead_letter_queue(),
        f"{stem}DeadLetterAlarm": _waiting(f"{stem}DeadLetterQueue", description),
    }


def dead_letter_queue() -> dict[str, Any]:
    """A queue that keeps what a worker gave up for as long as SQS can."""
    properties = {"MessageRetentionPeriod": _FOURTEEN_DAYS, "SqsManagedSseEnabled": True}
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def _waiting(queue: str, description: str) -> dict[str, Any]:
    """An alarm that rings while a queue holds a message."""
    properties = {
        "AlarmDescription": description,
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": get_att(queue, "QueueName")}],
        "Statistic": "Maximum",
        "Period": 300,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Threshold": 1,
        "EvaluationPeriods": 1,
        "TreatMissingData": "notBreaching",
        "AlarmActions": {"Fn::If": ["HasAlarmEmail", [ref("AlarmTopic")], ref("AWS::NoValue")]},
    }
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}
