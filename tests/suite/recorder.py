"""Findings from the dialogues of a test module: answers, logs, operations on AWS, branches taken.

The phone of tests/calls records while a function of this process answers. `tests/suite/played.py`
judges it when the module's last dialogue is over.
"""

from __future__ import annotations

import io
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
import coverage

from pivotctl.lint import verdict
from pivotctl.reader.answers import PivotAnswer
from pivotctl.switch.http.exchange import HttpResponse
from pivotctl.switch.scenario import Scenario
from pivotkit.core import telemetry
from promises.leaks import leaks, secrets_of
from tests.dynamodb import before_requests

_QUERIED = re.compile(r"pk = (:\w+)")
_TRANSACTED = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}


@dataclass(frozen=True)
class Use:
    """One kind of operation on AWS: `dynamodb:GetItem` on `DirectoryTable`.

    `partition` is the partition key that it is for, and `account` the call's own.
    """

    action: str
    table: str = ""
    partition: str = ""
    account: str = ""


@dataclass
class Seen:
    """The actions of one function in all dialogues; texts name the test in which they happened."""

    refused: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    uses: set[Use] = field(default_factory=set)
    outcomes: list[str] = field(default_factory=list)


@dataclass
class Recorder:
    """Records what functions do while tests of one module dial them."""

    seen: dict[str, Seen] = field(default_factory=dict)
    _secrets: frozenset[str] = frozenset()
    _account: str = ""

    def of(self, name: str) -> Seen:
        """The actions of the function `name`."""
        return self.seen.setdefault(name, Seen())

    def begin(self, scenario: Scenario) -> None:
        """Remember what of this call no log may hold."""
        self._secrets = secrets_of(scenario)
        self._account = scenario.account_id

    @contextmanager
    def watching(self, name: str, tables: Mapping[str, str]) -> Iterator[None]:
        """Watch the function `name` answer a request; `tables` are logical ids by physical name."""
        seen, written = self.of(name), _Lines()
        with _operations(seen.uses, tables, self._account), written.captured(), self._branches():
            yield
        seen.leaks += [f"{_test()}: {leak}" for leak in leaks(written.lines, self._secrets)]
        seen.outcomes += written.outcomes

    def answered(self, name: str, url: str, response: HttpResponse) -> None:
        """Judge an answer as both KAZOOs would."""
        seen = self.of(name)
        problems = refusals(response, url) if response.status == _OK else []
        seen.refused += [f"{_test()}: {problem}" for problem in problems]

    # -- branches ----------------------------------------------------------------------------------

    @cached_property
    def _coverage(self) -> coverage.Coverage:
        measured = coverage.Coverage(
            data_file=None, branch=True, include=["*/app.py"], config_file=False
        )
        for pragmas in ("report:exclude_lines", "report:partial_branches"):
            measured.set_option(pragmas, [])  # nothing may be left out
        return measured

    @contextmanager
    def _branches(self) -> Iterator[None]:
        self._coverage.start()
        try:
            yield
        finally:
            self._coverage.stop()

    def untaken(self, app: Path) -> list[str]:
        """The lines and branches of `app` that no dialogue took."""
        if str(app) not in self._coverage.get_data().measured_files():
            return ["nothing of it was dialled"]
        with TemporaryDirectory() as folder:
            report = Path(folder) / "report.json"
            self._coverage.json_report(morfs=[str(app)], outfile=str(report))
            (found,) = json.loads(report.read_text(encoding="utf-8"))["files"].values()
        lines = [f"line {line} is never run" for line in found["missing_lines"]]
        unrun = set(found["missing_lines"])
        branches = [
            f"line {start} never goes on to {_place(end)}"
            for start, end in found["missing_branches"]
            if not {start, end} & unrun
        ]
        return lines + branches


_OK = 200


def _place(line: int) -> str:
    return f"line {line}" if line > 0 else "its end"


def _test() -> str:
    """The test that is running."""
    return os.environ.get("PYTEST_CURRENT_TEST", "").rpartition("::")[2].partition(" (")[0]


# -- answers ---------------------------------------------------------------------------------------


def refusals(response: HttpResponse, url: str) -> list[str]:
    """Why KAZOO master or KAZOO 5 would not carry out an answer from `url`."""
    answer = PivotAnswer(response.body, response.content_type, response.status)
    return verdict.refusals(answer, url)


# -- logs ------------------------------------------------------------------------------------------


class _Lines(logging.Handler):
    """Everything that is logged or printed."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.outcomes: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record of any logger as the layer's own handler writes it."""
        self.lines.append(telemetry.logger().registered_formatter.format(record))

    @contextmanager
    def captured(self) -> Iterator[None]:
        """Listen for a while; what is printed is shown afterwards."""
        printed, logged = io.StringIO(), io.StringIO()
        before = telemetry.output.setStream(logged)
        logging.root.addHandler(self)
        try:
            with redirect_stdout(printed):
                yield
        finally:
            logging.root.removeHandler(self)
            telemetry.output.setStream(before)
            own = logged.getvalue().splitlines()
            self.lines += [*own, *printed.getvalue().splitlines()]
            self.outcomes += [json.loads(line)["message"] for line in own]
            sys.stdout.write(printed.getvalue())


# -- operations on AWS -----------------------------------------------------------------------------


@contextmanager
def _operations(uses: set[Use], tables: Mapping[str, str], account: str) -> Iterator[None]:
    """Collect what AWS clients of this process are asked to do."""

    def heard(service: str, name: str, params: Mapping[str, Any]) -> None:
        for operation, table, partitions in _asked(name, params):
            known = not table or table in tables  # a test may name a table that is not there
            if known and service != _MODELS:
                asked = Use(f"{service}:{operation}", tables.get(table, ""), account=account)
                uses.update(replace(asked, partition=each) for each in partitions)

    def keep(params: Mapping[str, Any], model: Any, **_: Any) -> None:
        heard(str(model.service_model.service_name), str(model.name), params)

    def of_store(operation: str, request: Mapping[str, Any]) -> None:
        heard("dynamodb", operation.title().replace("_", ""), request)

    _LISTENERS.append(keep)
    try:
        with before_requests(of_store):
            yield
    finally:
        _LISTENERS.remove(keep)


_MODELS = "bedrock-runtime"
"""The service of models, which have no items; the template's tests check its permission."""

_LISTENERS: list[Callable[..., None]] = []


def _told(**event: Any) -> None:
    for listener in _LISTENERS:
        listener(**event)


def hear_new_clients() -> None:
    """From now on, what AWS clients of this process are asked to do can be recorded."""
    if boto3.DEFAULT_SESSION is None:
        boto3.setup_default_session()
    session: Any = boto3.DEFAULT_SESSION
    session.events.register("provide-client-params", _told, unique_id=__name__)


def _asked(operation: str, params: Mapping[str, Any]) -> Iterator[tuple[str, str, set[str]]]:
    """Each permission that an operation needs, and the table and partitions that it is for."""
    if "TransactItems" in params:
        for item in params["TransactItems"]:
            ((kind, inner),) = item.items()
            action = _TRANSACTED.get(kind, "ConditionCheckItem")
            yield action, inner["TableName"], partitions_in(inner)
    elif "RequestItems" in params:
        for table, wanted in params["RequestItems"].items():
            yield operation, table, {key["pk"]["S"] for key in wanted["Keys"]}
    else:
        yield operation, str(params.get("TableName", "")), partitions_in(params)


def partitions_in(params: Mapping[str, Any]) -> set[str]:
    """The partition that an operation is for; '' for one on no item."""
    if named := _QUERIED.fullmatch(str(params.get("KeyConditionExpression", "")).split(" AND ")[0]):
        return {params["ExpressionAttributeValues"][named[1]]["S"]}
    key = params.get("Key") or params.get("Item") or {}
    return {key["pk"]["S"] if "pk" in key else ""}
