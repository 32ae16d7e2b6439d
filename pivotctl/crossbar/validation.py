"""Validation of documents, with Crossbar's errors (`kz_json_schema.erl`).

KAZOO's own JSON schemas decide if their folder is at hand (see `pivotctl.reader.schemas`), and the
facts of `facts.py` decide otherwise. Unlike Crossbar without strict validation, wrong types are
never repaired: what passes here passes there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pivotctl.crossbar.envelope import CrossbarRefusal
from pivotctl.crossbar.facts import SCHEMAS
from pivotctl.crossbar.module_schemas import module_schemas
from pivotctl.reader.flows import actions
from pivotctl.reader.modules import CLIENT_URLS
from pivotctl.reader.schemas import Schemas, read

type Faults = dict[str, dict[str, Any]]
"""Errors as in a refusal's data: by dotted field, then by rule."""

type FieldPath = Iterable[str | int]

MISSING = "Field is required but missing"

_TEXTS: Mapping[str, str] = {
    "enum": "Value not found in enumerated list of values",
    "maximum": "Value must be at most {}",
    "maxItems": "The list is more than {} items",
    "maxLength": "String must not be more than {} characters",
    "minimum": "Value must be at least {}",
    "minItems": "The list must have at least {} items",
    "minLength": "String must be at least {} characters",
    "pattern": "Failed to match pattern '{}'",
    "type": "Value did not match type(s): {}",
    "uniqueItems": "List of items is not unique",
}
_OTHERWISE = "failed to validate"
_RULES = {"oneOf": "not_one_schema_valid", "anyOf": "all_schemas_not_valid"}


@dataclass(frozen=True)
class Validation:
    """Validation by KAZOO's schemas in `folder`, or by the facts alone for None."""

    folder: Path | None = None

    @property
    def schemas(self) -> Schemas:
        """All schemas, read when the first document is checked."""
        return _schemas(self.folder)

    def checked(self, name: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return *data* with the defaults of the schema *name*. Raises `CrossbarRefusal`."""
        found, faults = self.examined(name, data)
        refuse(faults)
        return found

    def examined(self, name: str, data: Mapping[str, Any]) -> tuple[dict[str, Any], Faults]:
        """Return *data* with the defaults of the schema *name*, and its faults."""
        filled: dict[str, Any] = self.schemas.filled(name, data)
        return filled, merged(self._faults(name, filled, ()))

    def flow_faults(self, flow: Any, at: str = "flow") -> Faults:
        """Return the faults of the modules in a flow, and of their data."""
        found = (self._module_faults(action, f"{at}.{path}") for action, path in actions(flow))
        return merged(each for faults in found for each in faults)

    def _module_faults(self, action: Any, at: str) -> Iterator[tuple[str, str, Any]]:
        """Yield the faults of one action; its shape is the schema's concern."""
        module = action.get("module") if isinstance(action, dict) else None
        if not isinstance(module, str):
            return
        parts = [part for part in at.split(".") if part]
        name = f"callflows.{module}"
        if name not in self.schemas.by_id:
            text = f"unable to find callflow schema for module {module}"
            yield key([*parts, "module"]), "error", {"message": text, "value": module}
            return
        data = self.schemas.filled(name, action.get("data", {}))
        yield from self._faults(name, data, [*parts, "data"])
        url = CLIENT_URLS.get(module)
        if url and isinstance(data, dict) and isinstance(data.get(url), str):
            yield from _url_faults(data[url], [*parts, "data", url])

    def _faults(self, name: str, data: Any, at: FieldPath) -> Iterator[tuple[str, str, Any]]:
        for error in self.schemas.errors(name, data):
            yield from _fault(error, at)


@cache
def _schemas(folder: Path | None) -> Schemas:
    return Schemas({**module_schemas(), **SCHEMAS, **(read(folder) if folder else {})})


def _fault(error: Any, at: FieldPath) -> Iterator[tuple[str, str, Any]]:
    """Yield field, rule, and description of an error that `jsonschema` found."""
    path, rule, value = [*at, *error.absolute_path], error.validator, error.instance
    if rule == "required":
        for name in error.validator_value:
            if name not in value:
                yield key([*path, name]), rule, {"message": MISSING}
        return
    target = error.validator_value
    shown = ", ".join(target) if rule == "type" and isinstance(target, list) else target
    text = _TEXTS.get(rule, _OTHERWISE).format(shown)
    limits = {"target": shown} if rule in _TEXTS and rule != "uniqueItems" else {}
    yield key(path), _RULES.get(rule, rule), {"message": text, **limits, "value": value}


def url_faults(name: str, value: Any) -> Faults:
    """Return the fault of a URL that KAZOO could not send anything to."""
    return merged(_url_faults(value, [name])) if isinstance(value, str) else {}


def _url_faults(url: str, path: FieldPath) -> Iterator[tuple[str, str, Any]]:
    """Yield the fault of a URL; hosts of this machine, which KAZOO refuses, are accepted."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        yield key(path), "error", {"message": "invalid client URL", "value": url}


def key(path: FieldPath) -> str:
    """Return the dotted name of a field; dots in a name become `%2E`."""
    return ".".join(str(part).replace(".", "%2E") for part in path)


def merged(found: Iterable[tuple[str, str, Any]]) -> Faults:
    """Return faults by field and rule."""
    faults: Faults = {}
    for name, rule, text in found:
        faults.setdefault(name, {})[rule] = text
    return faults


def refuse(*found: Faults) -> None:
    """Raise `CrossbarRefusal` if there are faults."""
    every = merged(
        (name, rule, text)
        for faults in found
        for name, rules in faults.items()
        for rule, text in rules.items()
    )
    if every:
        raise CrossbarRefusal(400, "validation error", every)
