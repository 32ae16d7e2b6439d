"""The local Crossbar's facts about documents agree with KAZOO's own schemas.

The facts name fewer fields, but what they say about a field is what the schema says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from pivotctl.crossbar.facts import SCHEMAS
from pivotctl.crossbar.module_schemas import module_schemas
from pivotctl.reader.schemas import Schemas, read
from tests.contract.test_switch_schemas import _cases
from tests.kazoo import DATA, needs_data

pytestmark = needs_data

LIMITS = (
    "$ref", "default", "enum", "maxLength", "maximum", "minLength", "minimum", "pattern", "type",
    "uniqueItems",
)  # fmt: skip
SHAPE = "callflows.action"
"""The schema of an action, which is also the name of a module without data."""

KNOWN = sorted(SCHEMAS.keys() & read(DATA / "schemas").keys()) if DATA.is_dir() else []


def differences(fact: Mapping[str, Any], schema: Mapping[str, Any], at: str) -> Iterator[str]:
    """A fact that differs from the schema."""
    yield from (f"{at}.{name}" for name in LIMITS if fact.get(name) != schema.get(name))
    if set(fact.get("required", ())) != set(schema.get("required", ())):
        yield f"{at}.required"
    for words in ("properties", "patternProperties"):
        for name, part in fact.get(words, {}).items():
            yield from differences(part, schema.get(words, {}).get(name, {}), f"{at}.{name}")
    for word in ("items", "additionalProperties"):
        if word in fact:
            yield from differences(fact[word], schema.get(word, {}), f"{at}.{word}")


@pytest.mark.parametrize("name", KNOWN)
def test_facts_agree_with_the_schema(name: str) -> None:
    """Types, limits, defaults, and required fields are the schema's."""
    assert list(differences(SCHEMAS[name], read(DATA / "schemas")[name], name)) == []


@pytest.mark.parametrize("name", sorted(module_schemas().keys() - {SHAPE}))
def test_schemas_of_modules_agree_with_kazoos(name: str) -> None:
    """The schema made from the reader's table accepts what KAZOO's schema accepts, and no more."""
    module = name.removeprefix("callflows.")
    made = Schemas({name: module_schemas()[name]})
    differing = [
        (accepted, data)
        for data, accepted in _cases(module)
        if accepted is any(made.errors(name, made.filled(name, data)))
    ]
    assert differing == []
