"""Faults of every part that a template depends on, each for the time of one try."""

from __future__ import annotations

import json
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import trustme

from pivotctl.crossbar import ACCOUNT_ID
from pivotctl.declared_settings import declared_settings
from pivotctl.project import Function
from pivotctl.stack.environment import LambdaEnvironment
from pivotctl.stack.faults import Fault as WireFault
from pivotctl.stack.ports import HOST, free_port
from pivotctl.upstreams import FakeMode
from pivotkit.core.settings import Field
from promises.stage import Stage

_INSIDE = Path(__file__).with_name("inside")

type On = Callable[[Stage, Function], AbstractContextManager[None]]


@dataclass(frozen=True)
class Fault:
    """A fault: `on` keeps it up while its context lasts. It begins before the template starts.

    One that is `doubled` is also tried with faults of DynamoDB; one that `may_refuse` is an error
    of the deployment, for which a function need not start.
    """

    name: str
    on: On
    service: str = ""
    doubled: bool = False
    may_refuse: bool = False

    def __str__(self) -> str:
        return f"{self.service} {self.name}".lstrip()


# -- DynamoDB --------------------------------------------------------------------------------------

DYNAMODB: Mapping[str, WireFault] = {
    "DynamoDB refused": "refused",
    "DynamoDB black hole": "silent",
    "DynamoDB cut": "cut",
    "DynamoDB throttled": "throttled",
    "DynamoDB internal error": "broken",
    "DynamoDB slow (900 ms)": "slow",
    "DynamoDB wrong item shape": "misshapen",
    "DynamoDB expired items": "expired",
}
"""Names of the wire's faults. They strike a single request of a call."""

DOUBLED = frozenset(DYNAMODB) - {"DynamoDB cut", "DynamoDB internal error"}
"""Those that are tried with faults of services. The others are answered as fast as a refusal."""


# -- services --------------------------------------------------------------------------------------

_MODES = {
    "error 500": FakeMode.ERROR,
    "slow": FakeMode.SLOW,
    "drip": FakeMode.DRIP,
    "huge": FakeMode.HUGE,
    "HTML": FakeMode.HTML,
    "wrong shape": FakeMode.WRONG,
    "reset": FakeMode.DEAD,
}

_DOUBLED = {FakeMode.SLOW, FakeMode.DRIP, FakeMode.HUGE, FakeMode.HTML}


def of_service(service: str) -> Iterator[Fault]:
    """Yield the faults of a service."""
    yield Fault("refused", partial(_refused, service), service, doubled=True)
    yield Fault("TLS error", partial(_untrusted, service), service, doubled=True)
    for name, mode in _MODES.items():
        yield Fault(name, partial(_switched, service, mode), service, doubled=mode in _DOUBLED)


@contextmanager
def _switched(service: str, mode: FakeMode, stage: Stage, function: Function) -> Iterator[None]:
    with stage.started(function):
        stage.stack.upstreams[service].switch(mode)
        try:
            yield
        finally:
            stage.stack.upstreams[service].is_well()


@contextmanager
def _refused(service: str, stage: Stage, function: Function) -> Iterator[None]:
    with stage.started(function, _moved(stage, service, f"http://{HOST}:{free_port()}")):
        yield


@contextmanager
def _untrusted(service: str, stage: Stage, function: Function) -> Iterator[None]:
    with _untrusted_server() as url, stage.started(function, _moved(stage, service, url)):
        yield


def _moved(
    stage: Stage, service: str, url: str
) -> Callable[[LambdaEnvironment], LambdaEnvironment]:
    """The environment with another address of the service."""
    old = f"{stage.stack.upstreams_url}/{service}"

    def moved(environment: LambdaEnvironment) -> LambdaEnvironment:
        variables = {
            name: value.replace(old, url, 1) if _leads_to(value, old) else value
            for name, value in environment.variables.items()
        }
        return replace(environment, variables=variables)

    return moved


def _leads_to(value: str, url: str) -> bool:
    return value == url or value.startswith(f"{url}/")


@contextmanager
def _untrusted_server() -> Iterator[str]:
    """Yield the URL of a server whose certificate is from an unknown authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(HOST).configure_cert(context)
    with socket.create_server((HOST, 0)) as listener:
        threading.Thread(target=_shake_hands, args=(listener, context), daemon=True).start()
        yield f"https://{HOST}:{listener.getsockname()[1]}"
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _shake_hands(listener: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, suppress(OSError):
            context.wrap_socket(connection, server_side=True).close()


# -- settings and secrets --------------------------------------------------------------------------


def of_settings(function: Function) -> Iterator[Fault]:
    """Yield the faults of the settings and secrets that a template declares."""
    declared = declared_settings(function.path)
    if declared is None:
        return
    plain = [each.field for each in declared.settings if not each.field.is_secret]
    yield Fault("settings missing", _settings_missing)
    wrong = partial(_settings_wrong, plain)
    yield Fault("settings of the deployment wrong", wrong, may_refuse=True)
    yield Fault("settings of the account wrong", partial(_entry, _wrong_entry(plain)))
    yield Fault("settings of the account unreadable", partial(_entry, {"S": "seven"}))
    names = [each.field.name for each in declared.settings if each.field.is_secret]
    if names:
        yield from _of_secrets(names)


@contextmanager
def _settings_missing(stage: Stage, function: Function) -> Iterator[None]:
    declared = declared_settings(function.path)
    names = declared.variables if declared else {}
    with stage.started(function, lambda given: _without(given, names)):
        yield


def _without(environment: LambdaEnvironment, names: Mapping[str, str]) -> LambdaEnvironment:
    kept = {key: text for key, text in environment.variables.items() if key not in names}
    return replace(environment, variables=kept)


@contextmanager
def _settings_wrong(fields: list[Field], stage: Stage, function: Function) -> Iterator[None]:
    wrong = {field.variable: _wrong(field) for field in fields}
    with stage.started(function, lambda given: _with(given, wrong), may_fail=True):
        yield


def _with(environment: LambdaEnvironment, variables: Mapping[str, str]) -> LambdaEnvironment:
    return replace(environment, variables={**environment.variables, **variables})


_WRONG = ("?", "-1", "x" * 5000, "\x00")


def _wrong(field: Field) -> str:
    """A text that breaks the field's rule, if one of a few does."""
    for text in _WRONG[:-1]:  # an environment cannot hold the last one
        try:
            field.read(text)
        except ValueError:
            return text
    return _WRONG[0]


def _wrong_entry(fields: list[Field]) -> dict[str, Any]:
    return {"M": {field.name: {"S": _wrong(field)} for field in fields}}


@contextmanager
def _entry(value: Mapping[str, Any], stage: Stage, function: Function) -> Iterator[None]:
    """Give the account an entry of settings with this *value*."""
    key = {"pk": {"S": f"settings#{ACCOUNT_ID}"}, "sk": {"S": function.name}}
    table = stage.stack.tables["DirectoryTable"]
    with stage.started(function):
        stage.dynamodb.put_item(TableName=table, Item={**key, "value": value})
        try:
            yield
        finally:
            stage.dynamodb.delete_item(TableName=table, Key=key)


def _of_secrets(names: list[str]) -> Iterator[Fault]:
    yield Fault("secret missing", partial(_secrets, names, "{}"))
    yield Fault("secret wrong", partial(_wrong_secrets, names))
    yield Fault("secret unreadable", partial(_secrets, names, "no JSON"))
    yield Fault("secrets: SSM refused", _ssm_refused)
    yield Fault("secrets: SSM black hole", _ssm_silent)


@contextmanager
def _wrong_secrets(names: list[str], stage: Stage, function: Function) -> Iterator[None]:
    folder = stage.stack.environment(function.name)["SECRETS_PATH"]
    text = json.dumps({f"{folder}/{name}": "wr\u00f6ng\n" for name in names})
    with _secrets(names, text, stage, function):
        yield


@contextmanager
def _secrets(names: list[str], text: str, stage: Stage, function: Function) -> Iterator[None]:
    """Give the function a file of secrets with this *text*, and no samples."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "secrets.json"
        file.write_text(text, encoding="utf-8")
        samples = dict.fromkeys((name.upper() for name in names), "")
        variables = {**samples, "PIVOTCTL_SECRETS": str(file)}
        with stage.started(function, lambda given: _with(given, variables)):
            yield


@contextmanager
def _ssm_refused(stage: Stage, function: Function) -> Iterator[None]:
    with _in_trouble("ssm", stage, function, f"http://{HOST}:{free_port()}"):
        yield


@contextmanager
def _ssm_silent(stage: Stage, function: Function) -> Iterator[None]:
    with socket.create_server((HOST, 0)) as listener:  # takes connections, and reads nothing
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        with _in_trouble("ssm", stage, function, url):
            yield


# -- the template ----------------------------------------------------------------------------------

_TROUBLES = ("raises", "loops", "blocks", "exits", "nothing")


def of_template() -> Iterator[Fault]:
    """Yield the faults of a template's own code."""
    for trouble in _TROUBLES:
        yield Fault(f"template {_SAID.get(trouble, trouble)}", partial(_in_trouble, trouble))


_SAID = {"nothing": "returns nothing"}


@contextmanager
def _in_trouble(
    trouble: str, stage: Stage, function: Function, ssm_url: str = ""
) -> Iterator[None]:
    with stage.started(function, partial(_troubled, trouble, ssm_url)):
        yield


def _troubled(trouble: str, ssm_url: str, environment: LambdaEnvironment) -> LambdaEnvironment:
    variables = {
        "TROUBLE": trouble,
        "PYTHONPATH": os.pathsep.join([environment.code.python_path, str(_INSIDE)]),
        **({"AWS_ENDPOINT_URL_SSM": ssm_url} if ssm_url else {}),
    }
    function = replace(environment.function, handler="troubled.handler")
    return replace(_with(environment, variables), function=function)
