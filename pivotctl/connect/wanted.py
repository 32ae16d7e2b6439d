"""Documents that `kazoo.toml` wants, made from the project's functions."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

from pivotctl.connect.documents import WantedDocument
from pivotctl.connect.kazoo_file import ALL, KazooFile, NumberRoute, near
from pivotctl.local.webhooks import ACTION, RECEIVERS, hook_at
from pivotctl.project import Function, Project

type Address = Callable[[Function, str, str], str]
"""The URL of a function: for the key of an account ('' for all), at another address if given."""

_SINK = "cdr_url"


def wanted_documents(
    wants: KazooFile, project: Project, address: Address, account: str
) -> tuple[WantedDocument, ...]:
    """Return the documents that *wants* has for *account*. Raises `KazooFileError`."""
    callflows = (_callflow(wants, route, project, address, account) for route in wants.routes)
    return (*callflows, *_webhooks(wants, project, address, account))


def _callflow(
    wants: KazooFile, route: NumberRoute, project: Project, address: Address, account: str
) -> WantedDocument:
    """The function's own callflow, fallback included, for one number and with a real URL."""
    function = _function(wants, route, project)
    flow = copy.deepcopy(_template(wants, route, function))
    data = flow["flow"]["data"]
    data["voice_url"] = address(function, account, route.url)
    if route.cdr_url:
        data["cdr_url"] = address(_sink(wants, project), account, route.url)
    fields = {"name": flow["name"], "numbers": [route.number], "flow": flow["flow"]}
    return WantedDocument("callflows", route.number, fields)


def _function(wants: KazooFile, route: NumberRoute, project: Project) -> Function:
    handlers = [each.name for each in project.functions.values() if each.kind == "pivot"]
    if route.function not in handlers:
        raise wants.wrong(
            f"{route.number}: function", route.function, near(route.function, handlers)
        )
    return project.functions[route.function]


def _template(wants: KazooFile, route: NumberRoute, function: Function) -> dict[str, Any]:
    path = function.path / "callflow.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        fix = f"its {path.name} cannot be read ({error}): copy one from another function"
        raise wants.wrong(f"{route.number}: function", route.function, fix) from error
    if found.get("flow", {}).get("module") != "pivot":
        fix = f"the flow in its {path.name} must begin with the module pivot"
        raise wants.wrong(f"{route.number}: function", route.function, fix)
    return found


def _sink(wants: KazooFile, project: Project) -> Function:
    if _SINK not in project.functions:
        raise wants.wrong(_SINK, None, "the project has no function of that name: remove the key")
    return project.functions[_SINK]


def _webhooks(
    wants: KazooFile, project: Project, address: Address, account: str
) -> Iterator[WantedDocument]:
    """The webhooks of each receiver. Those with events of subaccounts need a key for all."""
    owner = "" if wants.include_subaccounts else account
    for name in _receivers(wants, project):
        uri = address(project.functions[name], owner, "")
        for hook, kind in RECEIVERS[name]:
            made = hook_at(uri, hook, kind, name)
            fields = {
                "name": made.name,
                "hook": hook,
                "uri": uri,
                "include_subaccounts": wants.include_subaccounts,
            }
            fields |= {"custom_data": dict(made.custom_data)} if made.custom_data else {}
            yield WantedDocument("webhooks", made.name, fields)


def _receivers(wants: KazooFile, project: Project) -> tuple[str, ...]:
    """The receivers by name. Raises `KazooFileError`."""
    has_document = {name for name, taken in RECEIVERS.items() if (ACTION, "") not in taken}
    known = tuple(name for name in RECEIVERS if name in has_document & project.functions.keys())
    if wants.receivers == (ALL,):
        return known
    for name in wants.receivers:
        if name not in known:
            raise wants.wrong("webhooks.receivers", name, near(name, known))
    return wants.receivers
