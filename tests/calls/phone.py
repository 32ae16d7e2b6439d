"""A phone for tests: it dials functions that run in this process, over a real DynamoDB.

Every test has tables of its own, filled from the seed.json of the functions that it dials. What the
real runtime does to the same functions, the transcripts of their READMEs show.
"""

from __future__ import annotations

import functools
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import time_machine
from boto3.dynamodb.types import TypeSerializer

from pivotctl.crossbar import ACCOUNT_ID
from pivotctl.local.calls import local_scenario
from pivotctl.project import Function, Resource
from pivotctl.stack import gateway, seed
from pivotctl.stack.aws import create_table, dynamodb_at
from pivotctl.stack.gateway import Returned, Router
from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.http.exchange import HttpRequest, HttpResponse, send
from pivotkit.store.dynamodb import dynamodb
from tests.dynamodb import forget_clients
from tests.functions import load
from tests.suite.recorder import Recorder, hear_new_clients

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from pivotctl.stack import Stack

TABLES = {"CALL_STATE_TABLE": "CallStateTable", "DIRECTORY_TABLE": "DirectoryTable"}
_VARIABLES: dict[tuple[str, str], Mapping[str, str]] = {}
_NOT_OURS = {"PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "LANG", "TZ"}


@dataclass
class Phone:
    """Dials a function by name: `dial("ring", press=("1",))` plays the whole call.

    `data` is put over the pivot action, `settings` over the function's variables, the rest over
    the scenario; `at` is the time of the call, which goes on from there.
    """

    stack: Stack
    dynamodb: DynamoDBClient
    tables: Mapping[str, str]
    recorder: Recorder = field(default_factory=Recorder)
    settings: dict[str, str] = field(default_factory=dict)
    _handlers: dict[str, Callable[[Any, Any], Any]] = field(default_factory=dict)
    _seeded: set[str] = field(default_factory=set)

    def __call__(
        self,
        name: str,
        data: Mapping[str, Any] | None = None,
        *,
        settings: Mapping[str, object] | None = None,
        at: datetime | None = None,
        **call: Any,
    ) -> Dialogue:
        """Play the call to its end."""
        self._handlers.clear()
        self.settings = {key: str(value) for key, value in (settings or {}).items()}
        unheard: dict[str, Any] = {"webhooks": {}, "ledger": None}
        scenario = local_scenario(self.stack, name, data, **{**unheard, **call})
        self.recorder.begin(scenario)
        with time_machine.travel(at, tick=True) if at else nullcontext():
            return Dialogue.place(scenario, self.exchange)

    def put(self, kind: str, key: str, value: Mapping[str, Any], account: str = ACCOUNT_ID) -> None:
        """Write an entry of the Directory, the first local account's by default."""
        value = TypeSerializer().serialize(value)
        item = {"pk": {"S": f"{kind}#{account}"}, "sk": {"S": key}, "value": value}
        self.dynamodb.put_item(TableName=self.tables["DIRECTORY_TABLE"], Item=item)

    def exchange(self, request: HttpRequest) -> HttpResponse:
        """The answer of a Pivot function in this process to *request*."""
        if not request.url.startswith(self.stack.gateway_url):
            return send(request)
        match = self._router.match(request.method, urlsplit(request.url).path)
        if match is None:
            return send(request)
        event = gateway.http_event(
            request.method, request.url, request.headers, request.body, route=match.route
        )
        returned = self.invoke(match.target, json.loads(json.dumps(event)))
        answer = gateway.http_answer(Returned(json.dumps(returned).encode()))
        response = HttpResponse(answer.status, answer.headers, answer.body)
        self.recorder.answered(match.target.name, request.url, response)
        return response

    def invoke(self, function: Function, event: Mapping[str, Any]) -> Any:
        """The result of *function* for an API Gateway event, in its environment."""
        with self._environment(function), self.recorder.watching(function.name, self._logical_ids):
            _forget_other_clients()
            return self._handler(function)(event, None)

    @property
    def _logical_ids(self) -> dict[str, str]:
        return {name: TABLES[variable] for variable, name in self.tables.items()}

    @property
    def _router(self) -> Router[Function]:
        functions = self.stack.project.functions.values()
        return Router(
            (function.route, function)
            for function in functions
            if function.kind == "pivot" and function.route
        )

    def _handler(self, function: Function) -> Callable[[Any, Any], Any]:
        if function.name not in self._handlers:
            self._seed(function)
            self._handlers[function.name] = load(function.path)
        return self._handlers[function.name]

    def _seed(self, function: Function) -> None:
        """Before the first call: what calls have changed stays."""
        if function.name in self._seeded:
            return
        self._seeded.add(function.name)
        tables = {name: self.tables[name] for name in TABLES if name in function.environment}
        seed.seed(self.dynamodb, replace(function, environment=tables))

    @contextmanager
    def _environment(self, function: Function) -> Iterator[None]:
        variables = _variables(self.stack, function.name)
        with pytest.MonkeyPatch.context() as patch:
            for name in variables.keys() - _NOT_OURS:
                patch.setenv(name, variables[name])
            for name in variables.keys() & self.tables.keys():
                patch.setenv(name, self.tables[name])
            if "SETTINGS_TABLE" in variables:
                patch.setenv("SETTINGS_TABLE", self.tables["DIRECTORY_TABLE"])
            for name, value in self.settings.items():
                patch.setenv(name, value)
            yield


def _variables(stack: Stack, name: str) -> Mapping[str, str]:
    """The variables of a function, which stay the same as long as its stack runs."""
    key = (stack.gateway_url, name)
    if key not in _VARIABLES:
        _VARIABLES[key] = stack.environment(name)
    return _VARIABLES[key]


@contextmanager
def phone(stack: Stack, recorder: Recorder | None = None) -> Iterator[Phone]:
    """A phone with new, empty tables; *recorder* keeps what the functions do."""
    dynamodb = _dynamodb_at(stack.aws_url)
    made = {}
    declared = stack.project.tables
    for variable, table in TABLES.items():
        if table in declared:
            made[variable] = f"{table}-{secrets.token_hex(6)}"
            create_table(dynamodb, _kept(declared[table], made[variable]))
    hear_new_clients()
    yield Phone(stack, dynamodb, made, recorder or Recorder())
    for name in made.values():
        dynamodb.delete_table(TableName=name)


def _kept(table: Resource, name: str) -> Resource:
    """The table under another name, without expiry: the store's clock is not that of the call."""
    kept = {key: value for key, value in table.properties.items() if "TimeToLive" not in key}
    return replace(table, name=name, properties=kept)


_dynamodb_at = functools.cache(dynamodb_at)


def _forget_other_clients() -> None:
    """Drop the layer's clients unless they were made for the database of this environment."""
    variables = ("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL")
    wanted = next((os.environ[name] for name in variables if name in os.environ), None)
    if dynamodb.cache_info().currsize and dynamodb().endpoint != wanted:
        forget_clients()
