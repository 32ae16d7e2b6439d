"""KAZOO's own schemas as KAZOO's own validator reads them, and values at their limits.

The validator is 2600hz/jesse at the tag 1.5-rc13 (KAZOO's `make/deps.mk`). Unlike draft 4 it goes
on with what stands beside a `$ref` (`jesse_validator_draft4:check_value`), and only so is an entry
of an audio macro of one kind alone. It checks the formats `email` and `uri`: the first with
`^[^@]+@[^@]+$`, the second not at all; KAZOO itself then looks at the URLs that it is to fetch
(`kz_json_schema_extensions`).
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from jsonschema import Draft4Validator, FormatChecker, ValidationError, validators
from referencing import Registry
from referencing.jsonschema import DRAFT4

from tests.kazoo import DATA

FORMATS = FormatChecker(formats=())


@FORMATS.checks("email")
def _is_email(value: object) -> bool:
    return not isinstance(value, str) or re.search("^[^@]+@[^@]+$", value) is not None


@cache
def schemas() -> dict[str, Any]:
    """KAZOO's schemas by `_id`."""
    found = [json.loads(path.read_text()) for path in sorted((DATA / "schemas").glob("*.json"))]
    return {schema["_id"]: _whole(schema) for schema in found}


def _whole(schema: Any) -> Any:
    """*schema* where what stands beside a `$ref` counts."""
    if isinstance(schema, list):
        return [_whole(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: _whole(part) for name, part in schema.items()}
    if "$ref" in parts and len(parts) > 1:
        return {"allOf": [{"$ref": parts.pop("$ref")}, parts]}
    return parts


def with_defaults(schema: Mapping[str, Any], value: Any) -> Any:
    """KAZOO fills in a schema's defaults before it checks what is required."""
    if isinstance(value, list):
        return [with_defaults(schema.get("items", {}), item) for item in value]
    if not isinstance(value, dict):
        return value
    filled = dict(value)
    for name, part in schema.get("properties", {}).items():
        if name not in filled and "default" in part:
            filled[name] = part["default"]
        if name in filled:
            filled[name] = with_defaults(part, filled[name])
    return filled


def _is_fetched(_: object, on: object, url: object, schema: object) -> Iterator[ValidationError]:
    """`kazoo-validation` of a URL: http or https, and a host that is not on KAZOO's list."""
    del schema
    parts = urlsplit(url) if on and isinstance(url, str) else None
    hosts = (None, "localhost", "127.0.0.1", "0.0.0.0")  # noqa: S104  (KAZOO's list, not a bind)
    if parts and (parts.scheme not in ("http", "https") or parts.hostname in hosts):
        yield ValidationError("invalid client URL")


@cache
def validator(name: str) -> Any:
    """A draft-04 validator in which a boolean is no integer."""
    resources = [(key, DRAFT4.create_resource(schema)) for key, schema in schemas().items()]
    extend: Any = validators.extend
    strict = extend(
        Draft4Validator,
        {} if name in ("callflows.action", "metaflow") else {"kazoo-validation": _is_fetched},
        type_checker=Draft4Validator.TYPE_CHECKER.redefine(
            "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
        ),
    )
    registry = Registry().with_resources(resources)
    return strict(schemas()[name], registry=registry, format_checker=FORMATS)


def faults(document: dict[str, Any]) -> Iterator[str]:
    """The faults that KAZOO's schemas find in a flow."""
    name = f"callflows.{document['module']}"
    data = with_defaults(schemas()[name], document.get("data", {}))
    yield from (error.message for error in validator(name).iter_errors(data))
    for child in document.get("children", {}).values():
        yield from faults(child)


class Probe(NamedTuple):
    """A value at, or beyond, a limit of a schema: what it is, where it stands, the whole value."""

    at: str
    what: str
    value: Any


_KINDS: Mapping[str, Any] = {
    "null": None,
    "a boolean": True,
    "a fraction": 1.5,
    "an empty text": "",
    "a text": "some text",
    "a long text": "a" * 3000,
    "a URL": "https://media.example.com/a",
    "a zero": 0,
    "a negative": -1,
    "an integer": 7,
    "a large integer": 10**9,
    "an empty list": [],
    "an empty object": {},
}


def probes(schema: Mapping[str, Any], valid: Any, at: str = "") -> Iterator[Probe]:
    """*valid* and values around each limit of *schema*, one member of it changed at a time."""
    yield Probe(at, "a valid value", valid)
    yield from (Probe(at, what, value) for what, value in _KINDS.items())
    for part in _alternatives(schema):
        yield from _limits(part, at)
        if isinstance(valid, list):
            yield Probe(at, "a repeated member", [valid[0], valid[0]])
            for member in valid:
                yield from _of_items(part, member, at)
        if isinstance(valid, dict):
            yield from _of_members(part, valid, at)


def _alternatives(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "$ref" in schema:
        yield from _alternatives(schemas()[schema["$ref"]])
        return
    yield schema
    for word in ("oneOf", "anyOf", "allOf"):
        for part in schema.get(word, []):
            yield from _alternatives(part)


def _limits(schema: Mapping[str, Any], at: str) -> Iterator[Probe]:
    for word in schema.get("enum", []):
        yield Probe(at, f"{word!r}", word)
    for word, step in (("minimum", -1), ("maximum", 1)):
        if word in schema:
            yield Probe(at, f"the {word}", schema[word])
            yield Probe(at, f"beyond the {word}", schema[word] + step)
    for word, step in (("minLength", -1), ("maxLength", 1)):
        if word in schema:
            yield Probe(at, f"the {word}", "a" * schema[word])
            yield Probe(at, f"beyond the {word}", "a" * (schema[word] + step))


def _of_items(schema: Mapping[str, Any], valid: Any, at: str) -> Iterator[Probe]:
    for found in probes(schema.get("items", {}), valid, f"{at}[]"):
        yield found._replace(value=[found.value])


def _of_members(schema: Mapping[str, Any], valid: dict[str, Any], at: str) -> Iterator[Probe]:
    for name, part in schema.get("properties", {}).items():
        without = {key: value for key, value in valid.items() if key != name}
        yield Probe(f"{at}.{name}", "nothing", without)
        for found in probes(part, valid.get(name, "some text"), f"{at}.{name}"):
            yield found._replace(value=without | {name: found.value})
