"""Encryption by a key of the operator's own: of a worker's queues, and what roles may do with it.

Without such a key, everything is encrypted by keys that AWS owns, which cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pivotctl.infra.intrinsics import merged, ref, sub

CONDITION = "HasKmsKey"
KEY = "KmsKeyArn"

_NONE = ref("AWS::NoValue")
_REUSE_SECONDS = 3600
"""Time for which SQS uses one data key: each new one is a request to KMS, which is billed."""

_READ = ("Decrypt", "DescribeKey")
_WRITE = ("Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo")
_READS = ("Get", "BatchGet", "Query", "Describe", "List", "Receive", "DeleteMessage")
"""Beginnings of operations that encrypt nothing."""

_VIA = ("dynamodb", "s3", "sqs", "ssm")
"""Services whose data the key encrypts; a role uses it through them alone."""


def encrypted(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    """A resource; if it is a queue, with the operator's key where there is one."""
    if resource["Type"] != "AWS::SQS::Queue":
        return resource
    properties = {
        "SqsManagedSseEnabled": {"Fn::If": [CONDITION, _NONE, True]},
        "KmsMasterKeyId": {"Fn::If": [CONDITION, ref(KEY), _NONE]},
        "KmsDataKeyReusePeriodSeconds": {"Fn::If": [CONDITION, _REUSE_SECONDS, _NONE]},
    }
    changed: dict[str, Any] = merged(resource, {"Properties": properties})
    return changed


def key_use(statements: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The statement that a role with these needs for the key: through the same services."""
    actions = sorted(set(_actions(statements)))
    services = [each for each in _VIA if any(a.startswith(f"{each}:") for a in actions)]
    if not services:
        return []
    writes = any(not _only_reads(a) for a in actions if a.partition(":")[0] in services)
    allowed = [f"kms:{each}" for each in (*_READ, *(_WRITE if writes else ()))]
    hosts = [sub(f"{each}.${{AWS::Region}}.${{AWS::URLSuffix}}") for each in services]
    statement = {
        "Effect": "Allow",
        "Action": allowed,
        "Resource": ref(KEY),
        "Condition": {"StringEquals": {"kms:ViaService": hosts}},
    }
    return [{"Fn::If": [CONDITION, statement, _NONE]}]


def _actions(node: Any) -> Iterator[str]:
    """The actions in statements, conditional ones included."""
    if isinstance(node, Mapping):
        own = node.get("Action", ())
        yield from [own] if isinstance(own, str) else own
        for value in node.values():
            yield from _actions(value)
    elif isinstance(node, Iterable) and not isinstance(node, str):
        for each in node:
            yield from _actions(each)


def _only_reads(action: str) -> bool:
    _, _, operation = action.partition(":")
    return operation.startswith(_READS)
