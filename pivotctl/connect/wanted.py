"""Documents that `kazoo.toml` wants, made from the project's functions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pivotctl.connect.documents import WantedDocument, own_fields
from pivotctl.connect.kazoo_file import ALL, KazooFile, NumberRoute, Recordings, near
from pivotctl.connect.samples import missing, replaced
from pivotctl.project import Function, Project

type Address = Callable[[Function, str, str], str]
"""The URL of a function: for the key of an account ('' for all), at another address if given."""

_CALLFLOW, _WEBHOOKS, _SINK = "callflow.json", "webhook.json", "cdr_url"


def wanted_documents(
    wants: KazooFile, project: Project, address: Address, account: str
) -> tuple[WantedDocument, ...]:
    """Return the documents that *wants* has for *account*. Raises `KazooFileError`."""
    callflows = (_callflow(wants, route, project, address, account) for route in wants.routes)
    carriers = (WantedDocument("resources", each.name, each.fields) for each in wants.carriers)
    buttons = (WantedDocument("clicktocall", each.name, each.fields) for each in wants.buttons)
    hooks = _webhooks(wants, project, address, account)
    return (*carriers, *callflows, *hooks, *buttons, *_storage(wants))


def _callflow(
    wants: KazooFile, route: NumberRoute, project: Project, address: Address, account: str
) -> WantedDocument:
    """The function's own callflow, fallback included, for one number and with a real URL."""
    function = _function(wants, route, project)
    flow = _template(wants, route, function)
    data = flow["flow"]["data"]
    data["voice_url"] = address(function, account, route.url)
    if route.cdr_url:
        data["cdr_url"] = address(_sink(wants, project), account, route.url)
    if route.debug:
        data["debug"] = True
    fields = {
        "name": flow.get("name", route.function),
        "numbers": [route.number],
        "flow": flow["flow"],
    }
    return WantedDocument("callflows", route.number, fields)


def _function(wants: KazooFile, route: NumberRoute, project: Project) -> Function:
    handlers = [each.name for each in project.functions.values() if each.kind == "pivot"]
    if route.function not in handlers:
        raise wants.wrong(
            f"{route.number}: function", route.function, near(route.function, handlers)
        )
    return project.functions[route.function]


def _template(wants: KazooFile, route: NumberRoute, function: Function) -> dict[str, Any]:
    """The function's own callflow. Raises `KazooFileError`."""
    key, path = f"{route.number}: function", function.path / _CALLFLOW
    found: Any = _read(wants, key, path)
    match found:
        case {"flow": {"module": "pivot", "data": dict()} as flow}:
            return {**found, "flow": _with_own_ids(wants, route, function, flow)}
    raise wants.wrong(key, function.name, f"the flow in {path} must begin with pivot and its data")


def _with_own_ids(
    wants: KazooFile, route: NumberRoute, function: Function, flow: dict[str, Any]
) -> dict[str, Any]:
    """The flow with the account's IDs, or without its fallback. Raises `KazooFileError`."""
    if not route.fallback:
        return {**flow, "children": {}}
    found = replaced(flow, wants.ids)
    if names := missing(found):
        lines = ", ".join(f'{name} = "..."' for name in names)
        fix = (
            f"its fallback has sample IDs, which no account has: add [ids] {lines} with IDs of "
            f"your account, change {function.path / _CALLFLOW}, or set fallback = false"
        )
        raise wants.wrong(f"{route.number}: function", function.name, fix)
    return found


def _storage(wants: KazooFile) -> Iterator[WantedDocument]:
    """The storage plan by which KAZOO writes recordings itself, whatever their length."""
    if wants.recordings is None:
        return
    own = hashlib.md5(f"{wants.name}/recordings".encode(), usedforsecurity=False).hexdigest()
    kept = {"call_recording": {"attachments": {"handler": own}}}
    fields = {
        "attachments": {own: _attachment(wants.recordings)},
        "plan": {"modb": {"types": kept}},
    }
    yield WantedDocument("storage", "recordings", fields)


def _attachment(place: Recordings) -> dict[str, Any]:
    """The store of attachments at a place."""
    if place.url:
        settings = {"url": place.url, "verb": "put"}
        return {"handler": "http", "name": "Recordings", "settings": settings}
    names = ("bucket", "region", "key", "secret")
    settings = {name: getattr(place, name) for name in names}
    return {"handler": "s3", "name": "Recordings", "settings": settings}


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
        uri = address(project.functions[name], owner, wants.webhooks_url)
        for fields in _hooks(wants, project.functions[name]):
            fields |= {"uri": uri, "include_subaccounts": wants.include_subaccounts}
            short = str(fields["name"]).removeprefix("Pivot Functions: ")
            yield WantedDocument("webhooks", f"{name}/{short}", fields)


def _receivers(wants: KazooFile, project: Project) -> tuple[str, ...]:
    """The receivers by name. Raises `KazooFileError`."""
    functions = project.functions.values()
    known = tuple(each.name for each in functions if (each.path / _WEBHOOKS).is_file())
    if wants.receivers == (ALL,):
        return known
    for name in wants.receivers:
        if name not in known:
            raise wants.wrong("webhooks.receivers", name, near(name, known))
    return wants.receivers


def _hooks(wants: KazooFile, receiver: Function) -> list[dict[str, Any]]:
    """The receiver's own webhooks, each with a name of its own. Raises `KazooFileError`."""
    key, path = "webhooks.receivers", receiver.path / _WEBHOOKS
    rows = _read(wants, key, path)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise wants.wrong(key, receiver.name, f"{path} must have a list of webhooks")
    names = {row.get("name") for row in rows}
    if len(names) != len(rows) or not all(names):
        raise wants.wrong(key, receiver.name, f"name each webhook in {path} differently")
    return [own_fields("webhooks", row) for row in rows]


def _read(wants: KazooFile, key: str, path: Path) -> Any:
    """The JSON of a function's document. Raises `KazooFileError`."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        fix = f"{path} cannot be read ({error}): write it as another function has it"
        raise wants.wrong(key, path.parent.name, fix) from error
