"""Callflows in answers: the checks that KAZOO makes before it accepts one.

Follows `kzd_callflows:validate_flow/1` and `kz_json_schema_extensions:extra_validation/2`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from pivotctl.problems import Mode, Problem
from pivotctl.reader.json_document import JsonDocument
from pivotctl.reader.kazoo5 import ONLY_IN_KAZOO_5, modules_of
from pivotctl.reader.modules import CLIENT_URLS, SCHEMA_ONLY, ModuleSchema
from pivotctl.reader.rules import wrong_type
from pivotctl.reader.schemas import schema_problems

FORBIDDEN_HOSTS = frozenset({"localhost"})
FORBIDDEN_NETWORKS = (
    ipaddress.ip_network("127.0.0.1/32"),
    ipaddress.ip_network("0.0.0.0/32"),
)
_ACTION = "action"


@dataclass(frozen=True, slots=True)
class _Judge:
    """The modules that KAZOO has, and the origins exempt from the forbidden hosts."""

    modules: Mapping[str, ModuleSchema]
    own: Collection[str]


def flow_problems(
    document: JsonDocument, own: Collection[str] = (), mode: Mode = Mode.K50
) -> list[Problem]:
    """Return all problems for which KAZOO refuses the flow, with lines.

    KAZOO master's own schemas are consulted as well, if available. `own` are origins
    (`http://127.0.0.1:8080`) exempt from the list of forbidden hosts.
    """
    found = list(actions(document.value))
    judge = _Judge({**modules_of(mode), **SCHEMA_ONLY}, own)
    problems = [each for action, path in found for each in _action_problems(action, path, judge)]
    if mode is Mode.K50 and not problems:
        problems = schema_problems(found)
    lines = document.lines(problem.path for problem in problems)
    return [replace(problem, line=lines[problem.path]) for problem in problems]


def actions(root: Any) -> Iterator[tuple[Any, str]]:
    """Yield every action of a flow that KAZOO checks, with its path, however deep."""
    waiting = [(root, "")]
    while waiting:
        action, path = waiting.pop()
        yield action, path
        if isinstance(action, dict):
            waiting += reversed(list(_below(action, path)))


def _below(action: dict[str, Any], path: str) -> Iterator[tuple[Any, str]]:
    """Yield the children of an action, and the data that KAZOO checks as an action.

    Its schema has a rule for keys that match `.+`, so that a child without a key is not checked.
    """
    if action.get("module") == _ACTION and isinstance(action.get("data", {}), dict):
        yield action.get("data", {}), _at(path, "data")
    children = action.get("children", {})
    if isinstance(children, dict):
        where = _at(path, "children")
        yield from ((child, f"{where}.{key}") for key, child in children.items() if key.strip("\n"))


def _action_problems(action: Any, path: str, judge: _Judge) -> Iterator[Problem]:
    if not isinstance(action, dict):
        yield wrong_type(
            action, path or "the answer", "one action", 'Send {"module": ..., "data": ...}.'
        )
        return
    yield from _module_problems(action, path, judge)
    children = action.get("children", {})
    if not isinstance(children, dict):
        where = _at(path, "children")
        yield wrong_type(children, where, "an object", "Send {} or omit children.")


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _module_problems(action: dict[str, Any], path: str, judge: _Judge) -> Iterator[Problem]:
    data = action.get("data", {})
    if not isinstance(data, dict):
        yield wrong_type(data, _at(path, "data"), "an object", "Send {} or omit data.")
        data = {}
    if "module" not in action:
        yield Problem(
            _at(path, "module"),
            "required but missing",
            "Every action needs a module; send the action itself, without a wrapper, and omit"
            " empty children.",
        )
        return
    name = action["module"]
    if not isinstance(name, str) or name not in judge.modules:
        yield _unknown(name, _at(path, "module"), judge.modules)
        return
    faults = list(judge.modules[name].data.faults(data, _at(path, "data")))
    known = {fault.path for fault in faults}
    urls = _url_problems(name, data, _at(path, "data"), judge.own)
    yield from (*faults, *(problem for problem in urls if problem.path not in known))


def _unknown(name: Any, path: str, modules: Mapping[str, ModuleSchema]) -> Problem:
    if not isinstance(name, str):
        return wrong_type(name, path, "the name of a module", 'Write it as text, such as "tts".')
    if name in ONLY_IN_KAZOO_5:
        rule = f"only KAZOO 5 has the module {name!r}"
        return Problem(path, rule, "Use another module, or check the answer with --mode k5.")
    near = get_close_matches(name.lower(), modules, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Use one of {', '.join(sorted(modules))}."
    return Problem(path, f"KAZOO has no module {name!r}", hint)


def _url_problems(
    name: str, data: dict[str, Any], path: str, own: Collection[str]
) -> Iterator[Problem]:
    key = CLIENT_URLS.get(name)
    url = data.get(key) if key else None
    if key and isinstance(url, str) and (fault := url_fault(url, own)):
        yield Problem(f"{path}.{key}", fault, "Use the public host name of your server.")


def url_fault(url: str, own: Collection[str] = ()) -> str | None:
    """Return the reason for which KAZOO sends nothing to `url`, or None."""
    parts = _split(url)
    if parts is None:
        return f"{url!r} is not an absolute http or https URL"
    origin, host = parts
    if origin in own:
        return None
    return f"KAZOO forbids the host {host}" if _forbidden(host) else None


def _split(url: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", host


def _forbidden(host: str) -> bool:
    if host in FORBIDDEN_HOSTS:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in FORBIDDEN_NETWORKS)
