"""The resources and outputs of a function, derived from its kind and its function.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pivotctl.infra import encryption, rollout, warm_starts
from pivotctl.infra.fragment import Fragment
from pivotctl.infra.grants import Grants, allow
from pivotctl.infra.intrinsics import get_att, merged, ref, sub
from pivotctl.infra.kinds import CONSOLE, PIVOT, SOCKETS
from pivotctl.infra.layered_settings import LayeredSettings
from pivotctl.infra.live_debug import TABLE, LiveDebug
from pivotctl.infra.switches import asked, condition_of, parameter_of
from pivotctl.infra.triggers import Trigger, trigger_of

API_URL = sub("https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}")
_LOGGING = ("CreateLogStream", "PutLogEvents")


@dataclass(frozen=True)
class FunctionResources:
    """A function's part of template.yaml.

    `types` are the types of the shared resources by logical id, `endpoints` the functions that
    KAZOO reaches, which the console lists, `declaring` those whose settings it changes, and
    `handlers` the Pivot handlers, whose requests it replays. `used` are the shared resources that
    any function uses. The console's pages open WebSockets where the application `has_sockets`.
    `in_steps` says that new code of a Pivot handler gets a share of the calls first.
    """

    fragment: Fragment
    types: Mapping[str, str]
    endpoints: tuple[str, ...] = ()
    declaring: tuple[Fragment, ...] = ()
    handlers: tuple[Fragment, ...] = ()
    used: frozenset[str] = frozenset()
    has_sockets: bool = False
    in_steps: bool = False

    @cached_property
    def resources(self) -> dict[str, Any]:
        """The function, its role, and its triggers, by logical ID."""
        own, name = self.fragment, self.fragment.function_id
        made = {
            name: self._function(),
            f"{name}Role": self._role(),
            **self._trigger.resources,
        }
        if self._may_have_key:
            made = {each: encryption.encrypted(value) for each, value in made.items()}
        changed: dict[str, Any] = merged(made, own.resources)
        return {each: _under(condition_of(own), value) for each, value in changed.items()}

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """The URL, with a placeholder for the key, if KAZOO calls the function."""
        own = self.fragment
        made = {f"{own.stem}Url": _url(own)} if own.kind.has_url else {}
        changed: dict[str, Any] = merged(made, own.outputs)
        return changed

    @cached_property
    def _trigger(self) -> Trigger:
        return trigger_of(self.fragment)

    @cached_property
    def _grants(self) -> Grants:
        return Grants(self.fragment, self.types)

    @property
    def _settings(self) -> LayeredSettings:
        own = self.fragment
        return LayeredSettings(own, self.declaring if own.kind is CONSOLE else ())

    @property
    def _live_debug(self) -> LiveDebug:
        own = self.fragment
        replayed = self.handlers if own.kind is CONSOLE else ()
        return LiveDebug(own, TABLE in self.types, replayed, self.used)

    @property
    def _may_have_key(self) -> bool:
        """Whether stacks of this project can have a key of their operator's."""
        return encryption.CONDITION in self.types

    @property
    def _opens_sockets(self) -> bool:
        return self.has_sockets and self.fragment.kind is CONSOLE

    def _function(self) -> dict[str, Any]:
        own = self.fragment
        timeout = own.timeout or self._trigger.timeout
        derived = {
            "Description": own.description,
            "CodeUri": own.folder.as_posix(),
            "Role": get_att(f"{own.function_id}Role"),
            **({"Timeout": timeout} if timeout else {}),
            "LoggingConfig": {"LogGroup": ref(own.kind.log_group)},
            "Environment": {"Variables": self._variables()},
            **({"Events": self._trigger.events} if self._trigger.events else {}),
            **own.kind.properties,
            **self._trigger.properties,
            **(rollout.properties() if self.in_steps and own.kind is PIVOT else {}),
            **warm_starts.properties(own),
        }
        group = {"Metadata": {"Group": own.group}} if own.group else {}
        properties = merged(derived, own.properties)
        return {"Type": "AWS::Serverless::Function", **group, "Properties": properties}

    def _variables(self) -> dict[str, Any]:
        own = self.fragment
        listed: dict[str, Any] = {}
        if own.kind is CONSOLE:
            listed = {"ENDPOINTS": " ".join(self.endpoints)}
        if self._opens_sockets:
            listed |= TICKETS
        derived = {
            "POWERTOOLS_SERVICE_NAME": own.name,
            **own.kind.variables,
            **self._grants.variables(),
            **self._settings.variables(),
            **self._live_debug.variables(),
            **listed,
        }
        from_stack = {each: ref(parameter_of(each)) for each in asked(own)}
        settings = {**own.settings, **from_stack}
        variables: dict[str, Any] = merged({**derived, **settings}, own.variables)
        return variables

    def _role(self) -> dict[str, Any]:
        statements = [
            allow("logs", _LOGGING, get_att(self.fragment.kind.log_group)),
            *self._trigger.receives,
            *self._grants.statements(),
            *self._settings.statements(),
            *self._live_debug.statements(),
            *self.fragment.kind.statements,
            *self.fragment.statements,
            *([TICKET_STATEMENT] if self._opens_sockets else []),
            *self._trigger.sends,
        ]
        if self._may_have_key:
            statements += encryption.key_use(statements)
        if TRACING in self.types:
            statements.append(TRACE_STATEMENT)
        return role(statements)


TRACING = "HasTracing"
"""The condition under which Lambda traces requests. Its own agent sends them, not our code."""

TRACE_STATEMENT = {
    "Fn::If": [
        TRACING,
        allow("xray", ("PutTraceSegments", "PutTelemetryRecords"), "*"),
        ref("AWS::NoValue"),
    ]
}
"""X-Ray has no resources that a role could name."""


def _if_sockets(value: Any) -> dict[str, Any]:
    return {"Fn::If": [SOCKETS.condition, value, ref("AWS::NoValue")]}


_SOCKET_HOST = "${SocketApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}"
TICKETS = {
    "SOCKETS_URL": _if_sockets(sub(f"wss://{_SOCKET_HOST}/${{SocketStage}}")),
    "SOCKETS_TABLE": _if_sockets(ref("SocketsTable")),
}
"""Variables of the console: where its pages connect, and the table that has their tickets."""

TICKET_STATEMENT = _if_sockets(
    {
        "Effect": "Allow",
        "Action": "dynamodb:PutItem",
        "Resource": get_att("SocketsTable"),
        "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ticket#*"]}},
    }
)
"""The console makes tickets; it reads none, and nothing else in the table."""


def _under(condition: str, resource: Mapping[str, Any]) -> dict[str, Any]:
    """A resource that is made under a condition."""
    first = {"Type": resource["Type"], **({"Condition": condition} if condition else {})}
    return {**first, **resource}


def role(statements: list[Mapping[str, Any]]) -> dict[str, Any]:
    """A role that only Lambda may take."""
    taken = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    properties = {
        "AssumeRolePolicyDocument": _document([taken]),
        "Policies": [{"PolicyName": "Function", "PolicyDocument": _document(statements)}],
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def _document(statements: list[Mapping[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _url(fragment: Fragment) -> dict[str, Any]:
    first, _, rest = fragment.description.partition(" ")
    said = f"{first.lower() if first.istitle() else first} {rest}".strip()
    path = f"${{Base}}/<KEY>/{fragment.kind.name}/{fragment.name}"
    base = {"Fn::If": ["HasPublicUrl", ref("PublicUrl"), API_URL]}
    return {
        "Description": f"{fragment.kind.label}, {said}",
        "Value": sub(path, {"Base": base}),
    }
