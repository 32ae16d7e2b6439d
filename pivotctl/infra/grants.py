"""`may` of a function.yaml: the role's statements, and the variables that name the resources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pivotctl.infra.fragment import DIRECTORY, Fragment, FragmentError
from pivotctl.infra.intrinsics import get_att, ref, sub

RECEIVE = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
READ_STREAM = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")


@dataclass(frozen=True)
class Service:
    """Operations that a function may be allowed on a type of resource, and the variable naming it.

    `{name}` in `variable` is the logical id in capitals; `within` says that the operations are on
    what the resource contains.
    """

    prefix: str
    operations: tuple[str, ...]
    variable: str
    within: bool = False


SERVICES = {
    "AWS::DynamoDB::Table": Service(
        "dynamodb",
        (
            *("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
            *("BatchWriteItem", "ConditionCheckItem"),
        ),
        "{name}",
    ),
    "AWS::S3::Bucket": Service(
        "s3", ("GetObject", "PutObject", "DeleteObject"), "{name}", within=True
    ),
    "AWS::SQS::Queue": Service("sqs", ("SendMessage", *RECEIVE), "{name}_URL"),
    "AWS::Events::EventBus": Service("events", ("PutEvents",), "EVENT_BUS"),
}
"""The services by type of resource. Scan is missing: it reads, and costs, the whole table."""


def allow(
    service: str, operations: tuple[str, ...], resource: Mapping[str, Any] | str
) -> dict[str, Any]:
    """A statement that allows operations of one service on one resource."""
    actions = [f"{service}:{operation}" for operation in operations]
    action = actions[0] if len(actions) == 1 else actions
    return {"Effect": "Allow", "Action": action, "Resource": resource}


@dataclass(frozen=True)
class Grants:
    """A function's permissions on shared resources. `types` are their types by logical ID."""

    fragment: Fragment
    types: Mapping[str, str]

    def statements(self) -> Iterator[dict[str, Any]]:
        """The statements, with those of all functions of the kind last."""
        for name, operations in self._every():
            service = self._service(name, operations)
            resource = sub(f"${{{name}.Arn}}/*") if service.within else get_att(name)
            statement = allow(service.prefix, operations, resource)
            yield self._within_kinds(statement) if name == DIRECTORY else statement

    def _within_kinds(self, statement: dict[str, Any]) -> dict[str, Any]:
        """*statement* for the entries of the function's kinds: an account's own, or shared ones."""
        keys = [*(f"{kind}#*" for kind in self.fragment.directory), *self.fragment.shared]
        leading = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys}}
        return {**statement, "Condition": leading}

    def variables(self) -> dict[str, Any]:
        """The variables that name the resources."""
        return {
            self._service(name, operations).variable.format(name=_capitals(name)): ref(name)
            for name, operations in self._every()
        }

    def _every(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield from self.fragment.may.items()
        yield from self.fragment.kind.may.items()

    def _service(self, name: str, operations: tuple[str, ...]) -> Service:
        service = SERVICES.get(self.types.get(name, ""))
        if service is None:
            known = [each for each, kind in self.types.items() if kind in SERVICES]
            fix = f"is no table, bucket, queue or bus of infra/: use {', '.join(known)}"
            raise FragmentError(self.fragment.path, f"may: {name}", fix)
        for operation in operations:
            if operation not in service.operations:
                fix = f"use {', '.join(service.operations)}, or write it under statements"
                raise FragmentError(self.fragment.path, f"may: {name}", fix, operation)
        return service


def _capitals(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()
