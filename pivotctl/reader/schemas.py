"""KAZOO's own JSON schemas as a second opinion on callflows, if available.

The environment variable `KAZOO_SCHEMAS` names their folder; the default is `shared/kazoo/schemas`
beside the checkout. Without them, or without the library that reads them, `modules.py` alone
decides.
"""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from pivotctl.problems import Problem

_BESIDE = Path(__file__).resolve().parents[3] / "shared" / "kazoo" / "schemas"


def folder() -> Path | None:
    """Return the folder of the schemas, or None."""
    named = os.environ.get("KAZOO_SCHEMAS")
    path = Path(named) if named else _BESIDE
    return path if path.is_dir() else None


def schema_problems(actions: Iterable[tuple[Mapping[str, Any], str]]) -> list[Problem]:
    """Return the problems that KAZOO's schemas find in actions; none without schemas."""
    found = folder()
    if found is None:
        return []
    try:
        schemas = Schemas.at(found)
    except ImportError:
        return []
    return [problem for action, path in actions for problem in _problems(action, path, schemas)]


def _problems(action: Mapping[str, Any], path: str, schemas: Schemas) -> list[Problem]:
    """Return the problems of one action; none if its data is nested too deeply to be checked."""
    name = f"callflows.{action['module']}"
    try:
        data = f"{path}.data" if path else "data"
        return list(schemas.problems(name, action.get("data", {}), data))
    except RecursionError:
        return []


def _beside(schema: dict[str, Any]) -> dict[str, Any]:
    """Combine a reference with the properties beside it, which draft 4 would ignore.

    KAZOO's validator does so (2600hz/jesse, tag 1.5-rc13: `jesse_validator_draft4`); otherwise an
    entry of an audio_macro could be of several kinds.
    """
    if "$ref" in schema and "properties" in schema:
        own = {"properties": schema["properties"], "required": list(schema["properties"])}
        return {"allOf": [{"$ref": schema["$ref"]}, own]}
    return schema


def _is_email(value: object) -> bool:
    """Whether the same validator accepts an address; it checks no other format."""
    return not isinstance(value, str) or re.search("^[^@]+@[^@]+$", value) is not None


@cache
def read(path: Path) -> Mapping[str, Any]:
    """Return the schemas in the folder *path* by ID, read once."""
    texts = (file.read_text("utf-8") for file in sorted(path.glob("*.json")))
    documents = [json.loads(_python(text), object_hook=_beside) for text in texts]
    return {each["_id"]: each for each in documents if "_id" in each}


def _python(text: str) -> str:
    """Write the POSIX classes in a schema's patterns as Python's `re` reads them."""
    return text.replace("[:alnum:]", "a-zA-Z0-9")


class Schemas:
    """JSON schemas by ID, which refer to each other by it."""

    def __init__(self, by_id: Mapping[str, Any]) -> None:
        self.by_id = by_id
        referencing, jsonschema = import_module("referencing"), import_module("jsonschema")
        draft4 = import_module("referencing.jsonschema").DRAFT4
        resources = [(name, draft4.create_resource(schema)) for name, schema in by_id.items()]
        self._registry = referencing.Registry().with_resources(resources)
        self._draft4 = jsonschema.Draft4Validator
        self._validators: dict[str, Any] = {}
        self._formats = jsonschema.FormatChecker(formats=())
        self._formats.checks("email")(_is_email)

    @staticmethod
    @cache
    def at(path: Path) -> Schemas:
        """Return the schemas in `path`, read once."""
        return Schemas(read(path))

    def filled(self, name: str, data: Any) -> Any:
        """Return a copy of *data* with the defaults of the schema *name*."""
        return self._filled(self.by_id[name], copy.deepcopy(data))

    def errors(self, name: str, data: Any) -> Iterator[Any]:
        """Yield the errors of *data*, which has its defaults, as `jsonschema` describes them."""
        yield from self._validator(name).iter_errors(data)

    def _validator(self, name: str) -> Any:
        """The validator of the schema *name*; making it takes longer than most checks."""
        if name not in self._validators:
            schema, formats = self.by_id[name], self._formats
            made = self._draft4(schema, registry=self._registry, format_checker=formats)
            self._validators[name] = made
        return self._validators[name]

    def problems(self, name: str, data: Any, path: str) -> Iterator[Problem]:
        """Yield the problems of `data` after filling in defaults, as KAZOO does."""
        if name not in self.by_id:
            return
        for error in self.errors(name, self.filled(name, data)):
            where = "".join(
                f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.path
            )
            yield Problem(path + where, error.message, "Correct it according to KAZOO's schema.")

    def _filled(self, schema: Mapping[str, Any], value: Any) -> Any:
        schema = self.by_id.get(schema.get("$ref", ""), schema)
        if isinstance(value, list):
            return [self._filled(schema.get("items", {}), item) for item in value]
        if not isinstance(value, dict):
            return value
        for name, rule in schema.get("properties", {}).items():
            if name not in value and "default" in rule:
                value[name] = copy.deepcopy(rule["default"])
            if name in value:
                value[name] = self._filled(rule, value[name])
        return value
