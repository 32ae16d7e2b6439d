"""Checks of a body before it is sent, by facts of our own about Crossbar's documents.

A check is a function from a body's data to its faults. `CHECKS` has them by the body's action, or
else by the collection that a path names; what has no check is left to Crossbar. A check finds
nothing that KAZOO's own schema accepts, and a test holds it to that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from pivotctl.kazoo.exchange import CrossbarCall
from pivotctl.kazoo.faults import Fault, faults_of
from pivotctl.reader.flows import flow_problems
from pivotctl.reader.json_document import JsonDocument

type Check = Callable[[Mapping[str, Any]], Iterator[Fault]]

_NAMES: Mapping[type, str] = {
    bool: "boolean", dict: "object", int: "integer", list: "array", str: "string",
}  # fmt: skip
_OF_THIS_MACHINE = re.compile(r"https?://(?:127\.0\.0\.1|localhost)(?::\d+)?(?=/)")
_VERBS = frozenset({"PUT", "POST", "PATCH"})
_LONGEST_NUMBER = 36


@dataclass(frozen=True)
class Field:
    """A field of a document: its type, its allowed texts, and the limits of its length or value."""

    kind: type = str
    choices: tuple[str, ...] = ()
    pattern: str = ""
    least: int | None = None
    most: int | None = None
    required: bool = False

    def faults(self, name: str, value: Any) -> Iterator[Fault]:
        """Yield what is wrong with a value."""
        if not isinstance(value, self.kind) or (isinstance(value, bool) and self.kind is not bool):
            yield Fault(name, "type", _NAMES[self.kind], value)
            return
        if self.choices and value not in self.choices:
            yield Fault(name, "enum", list(self.choices), value)
        if self.pattern and not re.search(self.pattern, str(value)):
            yield Fault(name, "pattern", self.pattern, value)
        yield from self._limit_faults(name, value)

    def _limit_faults(self, name: str, value: Any) -> Iterator[Fault]:
        """Yield what is too little or too much: of a number itself, of another value its length."""
        is_number = self.kind is int
        size = value if is_number else len(value) if isinstance(value, str | list) else 0
        if self.least is not None and size < self.least:
            yield Fault(name, "minimum" if is_number else "minLength", self.least, value)
        if self.most is not None and size > self.most:
            yield Fault(name, "maximum" if is_number else "maxLength", self.most, value)


_WEBHOOK: Mapping[str, Field] = {
    "hook": Field(required=True),
    "name": Field(required=True),
    "uri": Field(required=True),
    "custom_data": Field(dict),
    "enabled": Field(bool),
    "format": Field(choices=("form-data", "json")),
    "http_verb": Field(choices=("get", "post", "put")),
    "include_internal_legs": Field(bool),
    "include_subaccounts": Field(bool),
    "retries": Field(int, least=0, most=4),
}
_CALLFLOW: Mapping[str, Field] = {
    "featurecode": Field(dict),
    "flags": Field(list),
    "flow": Field(dict),
    "metaflow": Field(dict),
    "name": Field(),
    "numbers": Field(list),
    "patterns": Field(list),
    "ringback": Field(dict),
}
_USER_AUTH: Mapping[str, Field] = {
    "account_name": Field(least=1, most=128),
    "account_realm": Field(least=4, most=253, pattern=r"^[.\w_-]+$"),
    "credentials": Field(least=1, most=64, required=True),
    "method": Field(choices=("md5", "sha")),
    "phone_number": Field(least=1, most=64),
}
_API_AUTH: Mapping[str, Field] = {"api_key": Field(least=64, most=64, required=True)}
_METAFLOW: Mapping[str, Field] = {
    "children": Field(dict),
    "data": Field(dict),
    "module": Field(least=1, most=64, required=True),
}


def _fields(fields: Mapping[str, Field], data: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the faults of the known fields."""
    for name, each in fields.items():
        if name in data:
            yield from each.faults(name, data[name])
        elif each.required:
            yield Fault(name, "required")


def webhook_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the faults of a webhook (`webhooks.json`, `cb_webhooks.erl`)."""
    yield from _fields(_WEBHOOK, data)
    custom = data.get("custom_data")
    for name, value in custom.items() if isinstance(custom, Mapping) else ():
        if not isinstance(value, str):
            yield Fault(f"custom_data.{name}", "type", "string", value)
    uri = data.get("uri")
    if isinstance(uri, str) and not _is_web(uri):
        yield Fault("uri", "invalid", value=uri, message="use a URL with http:// or https://")


def callflow_faults(data: Mapping[str, Any], *, is_local: bool = False) -> Iterator[Fault]:
    """Yield the faults of a callflow and its actions (`callflows.json`, `cb_callflows.erl`).

    A Crossbar that *is_local* accepts URLs of this machine, which others refuse.
    """
    yield from _fields(_CALLFLOW, data)
    if "flow" in data and not (data.get("numbers") or data.get("patterns")):
        yield Fault("numbers", "required")
    yield from _number_faults(data.get("numbers"))
    if isinstance(data.get("flow"), dict):
        document = JsonDocument(data["flow"], json.dumps(data["flow"]))
        own = _OF_THIS_MACHINE.findall(document.text) if is_local else ()
        for problem in flow_problems(document, own):
            yield Fault(f"flow.{problem.path}", "flow", message=f"{problem.rule}. {problem.fix}")


def _number_faults(numbers: Any) -> Iterator[Fault]:
    if not isinstance(numbers, list):
        return
    for at, number in enumerate(numbers):
        yield from Field(least=1, most=_LONGEST_NUMBER).faults(f"numbers.{at}", number)
    if any(number in numbers[:at] for at, number in enumerate(numbers)):
        yield Fault("numbers", "uniqueItems", value=numbers)


def _by_facts(name: str, data: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the faults that the facts about a document find (`pivotctl.crossbar.facts`)."""
    from pivotctl.crossbar.validation import Validation  # noqa: PLC0415  (slow to import)

    yield from faults_of(Validation().examined(name, data)[1], data)


def _is_web(text: str) -> bool:
    url = urlsplit(text)
    return url.scheme in ("http", "https") and bool(url.hostname)


CHECKS: Mapping[str, Check] = {
    "api_auth": lambda data: _fields(_API_AUTH, data),
    "callflows": callflow_faults,
    "clicktocall": partial(_by_facts, "clicktocall"),
    "metaflow": lambda data: _fields(_METAFLOW, data),
    "resources": partial(_by_facts, "resources"),
    "storage": partial(_by_facts, "storage"),
    "user_auth": lambda data: _fields(_USER_AUTH, data),
    "webhooks": webhook_faults,
}

_COLLECTION = re.compile(r"(?:/accounts/[^/]+)?(?:/descendants)?/([a-z_]+)(?:/[^/]+)?")


def faults_in(call: CrossbarCall, *, is_local: bool = False) -> tuple[Fault, ...]:
    """Return the faults of a request's body; () if there is no check for its collection.

    PATCH changes a part of a document, so nothing is missing from its body, and null removes.
    """
    found = _COLLECTION.fullmatch(call.path)
    if found is None or call.data is None or call.method not in _VERBS:
        return ()
    check = CHECKS.get(str(call.whole.get("action") or found[1]), _unchecked)
    if check is callflow_faults:
        check = partial(callflow_faults, is_local=is_local)
    if call.method != "PATCH":
        return tuple(check(call.data))
    kept = {name: value for name, value in call.data.items() if value is not None}
    return tuple(fault for fault in check(kept) if fault.rule != "required")


def _unchecked(data: Mapping[str, Any]) -> Iterator[Fault]:
    del data
    yield from ()
