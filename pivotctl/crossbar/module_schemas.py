"""JSON schemas of callflow modules, made from the reader's table of them.

They are used where KAZOO's own schemas are not at hand, so that an error has the same rule and
text in both cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, singledispatch
from typing import Any

from pivotctl.reader.modules import MODULES, SCHEMA_ONLY
from pivotctl.reader.rules import (
    Anything,
    Fields,
    Flag,
    Kinds,
    ListOf,
    OneOf,
    SchemaRule,
    Whole,
    Words,
)

type JsonSchema = dict[str, Any]


@cache
def module_schemas() -> Mapping[str, JsonSchema]:
    """Return the schema of each module's data, as `callflows.<module>`."""
    modules = {**MODULES, **SCHEMA_ONLY}
    named = {f"callflows.{name}": schema_of(module.data) for name, module in modules.items()}
    return {name: {"_id": name, **schema} for name, schema in named.items()}


@singledispatch
def schema_of(rule: SchemaRule) -> JsonSchema:
    """Return the JSON schema (draft 4) of a rule."""
    raise TypeError(f"There is no JSON schema for {rule!r}.")


@schema_of.register
def _(rule: Anything) -> JsonSchema:
    del rule
    return {}


@schema_of.register
def _(rule: Flag) -> JsonSchema:
    del rule
    return {"type": "boolean"}


@schema_of.register
def _(rule: Whole) -> JsonSchema:
    values = list(rule.values) or None
    return _given(type="integer", minimum=rule.least, maximum=rule.most, enum=values)


@schema_of.register
def _(rule: Words) -> JsonSchema:
    limits = {"minLength": rule.least or None, "maxLength": rule.most}
    return _given(type="string", pattern=rule.pattern, enum=list(rule.values) or None, **limits)


@schema_of.register
def _(rule: ListOf) -> JsonSchema:
    limits = {"minItems": rule.least or None, "uniqueItems": rule.unique or None}
    return _given(type="array", items=schema_of(rule.item), **limits)


@schema_of.register
def _(rule: OneOf) -> JsonSchema:
    return {"oneOf": [schema_of(choice) for choice in rule.choices]}


@schema_of.register
def _(rule: Kinds) -> JsonSchema:
    return {"oneOf": [_kind(rule.key, name, schema_of(kind)) for name, kind in rule.kinds.items()]}


@schema_of.register
def _(rule: Fields) -> JsonSchema:
    matching = {rule.matching[0]: schema_of(rule.matching[1])} if rule.matching else None
    return _given(
        type="object",
        properties={name: schema_of(each) for name, each in rule.rules.items()},
        required=list(rule.required) or None,
        patternProperties=matching,
        additionalProperties=None if rule.others else False,
        oneOf=[{"required": list(names)} for names in rule.either] or None,
    )


def _kind(key: str, name: str, schema: JsonSchema) -> JsonSchema:
    """Return the schema of an object whose property *key* is *name*."""
    chosen = {"properties": {key: {"type": "string", "enum": [name]}}, "required": [key]}
    return {"allOf": [schema, chosen]}


def _given(**keywords: Any) -> JsonSchema:
    return {name: value for name, value in keywords.items() if value is not None}
