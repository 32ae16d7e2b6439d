"""The project as its template.yaml describes it: functions, routes, layers, tables and queues.

Nothing here knows which functions exist. A function's name is its folder's, its kind the folder
above it (`functions/pivot/say_hello` is the Pivot handler `say_hello`).
"""

from __future__ import annotations

import difflib
import math
import os
import platform
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from pivotctl.infra.switches import samples, secret_samples
from pivotctl.options import of_template
from pivotctl.sam_template import (
    ACCOUNT,
    REGION,
    Resolver,
    SamTemplate,
    TemplateError,
    Values,
    arn,
    physical_name,
)

TEMPLATE = "template.yaml"
_HEAD = "infra/base.yaml"
GATEWAY_URL = "http://127.0.0.1:8080"
AWS_URL = "http://127.0.0.1:4566"

_LOCAL = {"AccountSettings": "on", "Sockets": "on"}
"""The stack's parameters that a local run always has."""

_LIVE_DEBUG = "LiveDebug"

_FUNCTION = "AWS::Serverless::Function"
_LAYER = "AWS::Serverless::LayerVersion"
_TABLE = "AWS::DynamoDB::Table"
_QUEUE = "AWS::SQS::Queue"
_BUS = "AWS::Events::EventBus"
_RULE = "AWS::Events::Rule"
_BUCKET = "AWS::S3::Bucket"
_MAPPING = "AWS::Lambda::EventSourceMapping"
_STAGE = "AWS::ApiGatewayV2::Stage"
_HTTP_API = "AWS::Serverless::HttpApi"
_GATEWAY_TIMEOUT_SECONDS = 29.0
_MOST_PATIENCE = 1000


class ProjectError(Exception):
    """No project here, or no such function in it."""


class UnknownFunctionError(ProjectError):
    """No function has this name. The message suggests the nearest ones."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        near = difflib.get_close_matches(name, known)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(known)}."
        super().__init__(f"No function is called {name!r}. {hint}")


def _patience() -> float:
    text = os.environ.get("PIVOTCTL_PATIENCE", "1")
    try:
        factor = float(text)
    except ValueError:
        factor = math.nan
    if not 1 <= factor <= _MOST_PATIENCE:
        raise ProjectError(
            f"PIVOTCTL_PATIENCE={text!r}: set a number from 1 to {_MOST_PATIENCE}, or unset it"
        )
    return factor


@dataclass(frozen=True)
class Route:
    """One route of an API: `timeout` in seconds, `payload` is the event's format."""

    api: str
    method: str
    path: str
    payload: str = "2.0"
    timeout: float = _GATEWAY_TIMEOUT_SECONDS

    @property
    def key(self) -> str:
        """The route key, e.g. `ANY /{key}/pivot/say_hello`."""
        return self.path if self.path == "$default" else f"{self.method} {self.path}"

    @property
    def base(self) -> str:
        """The path without the variable at its end that stands for the rest."""
        return re.sub(r"/\{\w+\+\}$", "", self.path)


@dataclass(frozen=True)
class EventSource:
    """A mapping from a stream or a queue to a function; `source` and `destination` are ids."""

    name: str
    source: str
    stream: bool
    batch_size: int
    partial: bool = False
    filters: tuple[Mapping[str, Any], ...] = ()
    bisect: bool = False
    retries: int = -1
    destination: str | None = None
    enabled: bool = True


@dataclass(frozen=True)
class Schedule:
    """A function's schedule: `expression` is AWS's, `input` the event, if given."""

    name: str
    expression: str
    input: str | None = None
    enabled: bool = True
    timezone: str = "UTC"


@dataclass(frozen=True)
class Function:
    """One Lambda function: `memory` in MB, `timeout` in seconds, `path` its source folder."""

    name: str
    kind: str
    logical_id: str
    path: Path
    handler: str
    memory: int
    timeout: int
    layers: tuple[str, ...]
    routes: tuple[Route, ...]
    event_sources: tuple[EventSource, ...]
    environment: Mapping[str, str]
    log_format: str = "Text"
    schedules: tuple[Schedule, ...] = ()

    @property
    def route(self) -> Route | None:
        """The first route, for the functions that have exactly one."""
        return self.routes[0] if self.routes else None


@dataclass(frozen=True)
class Resource:
    """A table, queue, bus or rule: its logical id, its local name, its resolved properties."""

    logical_id: str
    name: str
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Tools:
    """The tools of the local stack, installed by `make setup`."""

    root: Path

    @property
    def sam(self) -> Path:
        """The AWS SAM CLI."""
        return self.root / ".tools/sam/bin/sam"

    @property
    def ministack(self) -> Path:
        """The server of MiniStack, the local AWS."""
        return self.root / ".tools/ministack/bin/uvicorn"

    @property
    def moto_server(self) -> Path:
        """The moto server, the second opinion on the local AWS."""
        return self.root / ".tools/moto/bin/moto_server"

    @property
    def runtime(self) -> Path:
        """The packages that Lambda itself provides: awslambdaric and boto3."""
        return self.root / ".tools/runtime"

    @property
    def rie(self) -> Path:
        """AWS's runtime interface emulator for this machine's processor."""
        arm = platform.machine().lower() in {"arm64", "aarch64"}
        return self.root / f".tools/rie/aws-lambda-rie-{'arm64' if arm else 'x86_64'}"

    @property
    def python(self) -> Path:
        """The bare interpreter under the project's environment: no package of ours is in it."""
        settings = self.root / ".venv/pyvenv.cfg"
        if not settings.is_file():
            return Path(sys.executable)
        lines = (line.partition("=") for line in settings.read_text(encoding="utf-8").splitlines())
        values = {key.strip(): value.strip() for key, _, value in lines}
        home = Path(values["home"])
        minor = ".".join(values.get("version_info", values.get("version", "3")).split(".")[:2])
        found = (home / name for name in (f"python{minor}", "python3", "python"))
        return next((path for path in found if path.exists()), Path(sys.executable))


@dataclass(frozen=True)
class Project:
    """A checkout with a template.yaml at its root.

    `patience` multiplies the timeouts of functions, routes, and calls, and the layer's own limits,
    for machines that are slower than Lambda. The variable PIVOTCTL_PATIENCE sets it.
    """

    root: Path
    template: SamTemplate
    parameters: Mapping[str, str] = field(default_factory=dict)
    patience: float = 1.0

    @classmethod
    def find(cls, start: Path | None = None) -> Project:
        """The project that `start` (default: the current folder) is in."""
        root = cls.root_of(start)
        if not (root / TEMPLATE).is_file():
            raise ProjectError(f"{root} has no {TEMPLATE}: run `pivotctl assemble`")
        template = SamTemplate.load(root / TEMPLATE)
        known = template.parameters().keys() | of_template(template.body).keys()
        wanted = {**samples(root), **_LOCAL}
        local = {name: text for name, text in wanted.items() if name in known}
        return cls(root, template, local, patience=_patience())

    def with_live_debug(self) -> Project:
        """The project in a stack that lists calls, if its template can."""
        if _LIVE_DEBUG not in of_template(self.template.body):
            return self
        return replace(self, parameters={**self.parameters, _LIVE_DEBUG: "on"})

    @staticmethod
    def root_of(start: Path | None = None) -> Path:
        """The folder of that project, even without a template.yaml."""
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if any((folder / name).is_file() for name in (TEMPLATE, _HEAD)):
                return folder
        raise ProjectError(
            f"No {TEMPLATE} in {here} or above it. Run this inside a checkout of the project."
        )

    @property
    def tools(self) -> Tools:
        """The tools of this checkout."""
        return Tools(self.root)

    @property
    def home(self) -> Path:
        """The folder for state and logs of the local stack."""
        return self.root / ".pivotctl"

    def function(self, name: str) -> Function:
        """The function called `name`, by its folder or its logical id."""
        for function in self.functions.values():
            if name in (function.name, function.logical_id):
                return function
        raise UnknownFunctionError(name, tuple(self.functions))

    @cached_property
    def functions(self) -> Mapping[str, Function]:
        """Every function by its folder's name, in the template's order."""
        read = FunctionReader(self).read
        functions = [read(logical_id) for logical_id in self.template.of_type(_FUNCTION)]
        by_name = {function.name: function for function in functions}
        if len(by_name) != len(functions):
            raise TemplateError(f"{self.template.path}: two functions have folders of one name")
        return by_name

    @cached_property
    def layers(self) -> Mapping[str, Path]:
        """The source folder of each layer, by logical ID."""
        return {
            logical_id: self.root / str(properties.get("ContentUri", "."))
            for logical_id, properties in self.template.of_type(_LAYER).items()
        }

    @cached_property
    def tables(self) -> Mapping[str, Resource]:
        """Every DynamoDB table by logical id, but those that only an option makes."""
        every = self._resources(_TABLE, "TableName")
        return {name: table for name, table in every.items() if self._is_made(name)}

    @cached_property
    def queues(self) -> Mapping[str, Resource]:
        """Every SQS queue by logical id."""
        return self._resources(_QUEUE, "QueueName")

    @cached_property
    def buses(self) -> Mapping[str, Resource]:
        """Every EventBridge bus by logical id."""
        return self._resources(_BUS, "Name")

    @cached_property
    def rules(self) -> Mapping[str, Resource]:
        """Every EventBridge rule by logical id."""
        return self._resources(_RULE, "Name")

    @cached_property
    def buckets(self) -> Mapping[str, Resource]:
        """Every S3 bucket by logical id."""
        return self._resources(_BUCKET, "BucketName")

    @cached_property
    def apis(self) -> tuple[str, ...]:
        """The logical ids of the APIs that functions have routes in; the implicit one last."""
        rest = self.template.of_type("AWS::Serverless::Api")
        declared = (*self.template.of_type(_HTTP_API), *rest)
        used = {route.api for function in self.functions.values() for route in function.routes}
        return tuple(api for api in declared if api in used) + tuple(
            sorted(used.difference(declared))
        )

    def _is_made(self, logical_id: str) -> bool:
        condition = self.template.resources[logical_id].get("Condition")
        return condition is None or self.resolver().condition(str(condition))

    def _resources(self, resource_type: str, name_key: str) -> Mapping[str, Resource]:
        resolve = self.resolver().resolve
        resources = {}
        for logical_id, raw in self.template.of_type(resource_type).items():
            properties = resolve(dict(raw), f"Resources.{logical_id}.Properties")
            name = self._name(logical_id, raw, name_key)
            resources[logical_id] = Resource(logical_id, name, properties)
        return resources

    def resolver(self, *, gateway_url: str = GATEWAY_URL, aws_url: str = AWS_URL) -> Resolver:
        """Resolves the template to local names, with queues and tables at `aws_url`."""
        values = Values(
            parameters=self.template.parameters(self.parameters),
            refs=self._refs(aws_url),
            attributes=self._attributes(gateway_url),
        )
        return self.template.resolver(values)

    def _refs(self, aws_url: str) -> dict[str, str]:
        return {
            logical_id: queue_url(aws_url, self._name(logical_id, raw, "QueueName"))
            for logical_id, raw in self.template.of_type(_QUEUE).items()
        } | {
            logical_id: self._name(logical_id, raw, key)
            for resource_type, key in (
                (_TABLE, "TableName"),
                (_BUS, "Name"),
                (_BUCKET, "BucketName"),
                (_STAGE, "StageName"),
            )
            for logical_id, raw in self.template.of_type(resource_type).items()
        }

    def _attributes(self, gateway_url: str) -> dict[tuple[str, str], str]:
        found = {(api, "ApiEndpoint"): gateway_url for api in self.template.of_type(_HTTP_API)}
        for resource_type, key in ((_TABLE, "TableName"), (_QUEUE, "QueueName")):
            for logical_id, raw in self.template.of_type(resource_type).items():
                name = self._name(logical_id, raw, key)
                full = arn(resource_type, logical_id, name)
                found[logical_id, "Arn"] = full
                found[logical_id, "StreamArn"] = f"{full}/stream/local"
                found[logical_id, "QueueName"] = name
        return found

    def _name(self, logical_id: str, raw: Mapping[str, Any], key: str) -> str:
        if key not in raw:
            name = physical_name(logical_id)
            return name.lower() if key == "BucketName" else name  # S3 takes no capitals
        values = Values(parameters=self.template.parameters(self.parameters))
        where = f"Resources.{logical_id}.Properties.{key}"
        return str(self.template.resolver(values).resolve(raw[key], where))

    def environment(self, function: Function, *, gateway_url: str, aws_url: str) -> dict[str, str]:
        """The template's variables for `function`, resolved to a stack at these URLs.

        PUBLIC_URL is the gateway's, unless the template's own value says otherwise.
        """
        resolver = self.resolver(gateway_url=gateway_url, aws_url=aws_url)
        raw = FunctionReader(self).variables(function.logical_id)
        where = f"Resources.{function.logical_id}.Properties.Environment.Variables"
        resolved: Mapping[str, Any] = resolver.resolve(raw, where)
        local = partial(_local_api_urls, self.apis, gateway_url)
        environment = {key: local(_plain(value)) for key, value in resolved.items()}
        if not environment.get("PUBLIC_URL", "-"):
            environment["PUBLIC_URL"] = gateway_url
        return {**environment, **self._of_settings(function, environment)}

    def _of_settings(self, function: Function, environment: Mapping[str, str]) -> dict[str, str]:
        """The variables for settings that only a local run has: changes take effect at once."""
        seconds = os.environ.get("PIVOTCTL_SETTINGS_SECONDS", "0")
        made = {"PIVOTCTL_SETTINGS_SECONDS": seconds} if "SETTINGS_TABLE" in environment else {}
        if "SECRETS_PATH" in environment:
            made |= secret_samples(self.root, function.path)
            made["PIVOTCTL_SECRETS"] = str(self.secrets)
        return made

    @property
    def secrets(self) -> Path:
        """The file with the secrets of a local run."""
        return self.home / "secrets.json"


def queue_url(aws_url: str, name: str) -> str:
    """The URL the local AWS gives the queue `name`."""
    return f"{aws_url}/{ACCOUNT}/{name}"


def _local_api_urls(apis: tuple[str, ...], gateway_url: str, text: str) -> str:
    """`text` with the addresses that AWS would give the APIs replaced by the gateway's."""
    for api in apis:
        aws = f"https://{physical_name(api)}.execute-api.{REGION}.amazonaws.com"
        text = text.replace(aws, gateway_url)
    return text


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class FunctionReader:
    """Reads functions out of the template, with what Globals adds to each."""

    project: Project

    @property
    def _template(self) -> SamTemplate:
        return self.project.template

    @cached_property
    def _resolve(self) -> Callable[[Any, str], Any]:
        return self.project.resolver().resolve

    def read(self, logical_id: str) -> Function:
        """The function with this logical id."""
        properties = self._properties(logical_id)
        resolve = self._resolve
        where = f"Resources.{logical_id}.Properties"
        folder = self._folder(logical_id, properties)
        return Function(
            name=folder.name,
            kind="console" if folder.parent.name == "functions" else folder.parent.name,
            logical_id=logical_id,
            path=folder,
            handler=self._required(logical_id, properties, "Handler"),
            memory=int(resolve(properties.get("MemorySize", 128), where)),
            timeout=math.ceil(resolve(properties.get("Timeout", 3), where) * self.project.patience),
            layers=tuple(self._layers(properties)),
            routes=tuple(self._routes(properties)),
            event_sources=tuple(self._event_sources(logical_id, properties)),
            environment=resolve(self.variables(logical_id), f"{where}.Environment.Variables"),
            log_format=self._log_format(logical_id),
            schedules=tuple(self._schedules(logical_id, properties)),
        )

    def variables(self, logical_id: str) -> dict[str, Any]:
        """The environment of a function as it stands in the template, Globals below it."""
        own = self._template.of_type(_FUNCTION)[logical_id].get("Environment") or {}
        shared = self._template.globals_for("Function").get("Environment") or {}
        return {**(shared.get("Variables") or {}), **(own.get("Variables") or {})}

    def _log_format(self, logical_id: str) -> str:
        own = self._template.of_type(_FUNCTION)[logical_id].get("LoggingConfig") or {}
        shared = self._template.globals_for("Function").get("LoggingConfig") or {}
        return str({**shared, **own}.get("LogFormat", "Text"))

    def _properties(self, logical_id: str) -> Mapping[str, Any]:
        shared = self._template.globals_for("Function")
        own = self._template.of_type(_FUNCTION)[logical_id]
        layers = [*(shared.get("Layers") or []), *(own.get("Layers") or [])]
        return {**shared, **own, "Layers": layers}

    def _required(self, logical_id: str, properties: Mapping[str, Any], key: str) -> str:
        if key not in properties:
            where = f"{self._template.path}: Resources.{logical_id}.Properties"
            raise TemplateError(f"{where} has no {key}: add it there or under Globals.Function")
        return str(properties[key])

    def _folder(self, logical_id: str, properties: Mapping[str, Any]) -> Path:
        return self.project.root / self._required(logical_id, properties, "CodeUri")

    def _layers(self, properties: Mapping[str, Any]) -> list[str]:
        names = [layer["Ref"] for layer in properties["Layers"] if isinstance(layer, dict)]
        return [name for name in names if name in self.project.layers]

    def _routes(self, properties: Mapping[str, Any]) -> list[Route]:
        events = (properties.get("Events") or {}).values()
        routes = [e for e in events if e.get("Type") in ("HttpApi", "Api")]
        return [self._route(e["Type"], e.get("Properties") or {}) for e in routes]

    def _route(self, event_type: str, properties: Mapping[str, Any]) -> Route:
        rest = event_type == "Api"
        api = properties.get("RestApiId" if rest else "ApiId")
        implicit = "ServerlessRestApi" if rest else "ServerlessHttpApi"
        name = api["Ref"] if isinstance(api, dict) else str(api or implicit)
        milliseconds = properties.get("TimeoutInMillis")
        seconds = float(milliseconds) / 1000 if milliseconds else _GATEWAY_TIMEOUT_SECONDS
        return Route(
            api=name,
            method=_any(str(properties.get("Method", "ANY"))),
            path=str(properties.get("Path", "$default")),
            payload="1.0" if rest else str(properties.get("PayloadFormatVersion", "2.0")),
            timeout=seconds * self.project.patience,
        )

    def _schedules(self, logical_id: str, properties: Mapping[str, Any]) -> list[Schedule]:
        found = []
        for name, event in (properties.get("Events") or {}).items():
            if event.get("Type") in ("Schedule", "ScheduleV2"):
                where = f"{logical_id}.{name}"
                raw = self._resolve(dict(event.get("Properties") or {}), where)
                expression = str(raw.get("Schedule") or raw.get("ScheduleExpression", ""))
                enabled = bool(raw.get("Enabled", raw.get("State", "ENABLED") == "ENABLED"))
                zone = str(raw.get("ScheduleExpressionTimezone") or "UTC")
                found.append(Schedule(where, expression, raw.get("Input"), enabled, zone))
        return found

    def _event_sources(self, logical_id: str, properties: Mapping[str, Any]) -> list[EventSource]:
        events = (properties.get("Events") or {}).items()
        found = [(name, e.get("Properties") or {}) for name, e in events if _is_source(e)]
        for name, mapping in self._template.of_type(_MAPPING).items():
            if _logical_id(mapping.get("FunctionName")) == logical_id:
                found.append((name, {"Stream": mapping.get("EventSourceArn"), **mapping}))
        return [self._event_source(f"{logical_id}.{name}", raw) for name, raw in found]

    def _event_source(self, where: str, raw: Mapping[str, Any]) -> EventSource:
        source = _logical_id(raw.get("Queue") or raw.get("Stream"))
        if source is None or source not in self._template.resources:
            raise TemplateError(
                f"{self._template.path}: {where} reads from no table or queue of this template"
            )
        stream = self._template.resources[source].get("Type") != _QUEUE
        rest = {key: value for key, value in raw.items() if key not in ("Queue", "Stream")}
        got: Mapping[str, Any] = self._resolve(
            {key: value for key, value in rest.items() if key in _SOURCE_KEYS}, where
        )
        failure = (rest.get("DestinationConfig") or {}).get("OnFailure") or {}
        return EventSource(
            name=where,
            source=source,
            stream=stream,
            batch_size=int(got.get("BatchSize", 100 if stream else 10)),
            partial="ReportBatchItemFailures" in (got.get("FunctionResponseTypes") or ()),
            filters=tuple((got.get("FilterCriteria") or {}).get("Filters") or ()),
            bisect=bool(got.get("BisectBatchOnFunctionError", False)),
            retries=int(got.get("MaximumRetryAttempts", -1)),
            destination=_logical_id(failure.get("Destination")),
            enabled=bool(got.get("Enabled", True)),
        )


_SOURCE_KEYS = (
    "BatchSize",
    "FunctionResponseTypes",
    "FilterCriteria",
    "BisectBatchOnFunctionError",
    "MaximumRetryAttempts",
    "Enabled",
)


def _is_source(event: Mapping[str, Any]) -> bool:
    return event.get("Type") in ("DynamoDB", "SQS")


def _any(method: str) -> str:
    upper = method.upper()
    return "ANY" if upper in ("ANY", "X-AMAZON-APIGATEWAY-ANY-METHOD", "*") else upper


def _logical_id(node: object) -> str | None:
    """The logical id a `Ref`, a `GetAtt` or a `Sub` of one resource names."""
    if not isinstance(node, dict) or len(node) != 1:
        return None
    ((name, argument),) = node.items()
    if name == "Ref":
        return str(argument)
    if name == "Fn::GetAtt":
        return str(argument.split(".")[0] if isinstance(argument, str) else argument[0])
    return None
