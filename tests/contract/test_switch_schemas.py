"""The reader's own table of modules refuses what KAZOO's schemas refuse, and nothing else.

Data is generated from each schema, right and wrong ones, and judged by the table alone.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest

from pivotctl.reader.modules import MODULES
from pivotctl.reader.schemas import Schemas
from tests.kazoo import DATA, needs_data

pytestmark = needs_data

_ROUNDS = 60
_ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 20.0, 0.5, 10**6, 5, 7, "", "x", "20", "true", "3.0"),
    *(
        "a" * 32,
        "a" * 33,
        "a@b.example",
        "https://h.example/x",
        "ftp://x",
        "12",
        "en-us",
        "en-us\n",
    ),
    *([], [1], ["x"], ["1"], ["1", "1"], [None], {}, {"a": 1}, {"a": "b"}, {"id": "x"}, [{}]),
)


class _Generator:
    """Makes values for a schema, most of them right."""

    def __init__(self, schemas: Schemas, seed: str) -> None:
        self.schemas = schemas
        self.random = random.Random(seed)  # noqa: S311 - chosen data, no secret

    def value(self, schema: dict[str, Any], odd: float) -> Any:
        """A value for `schema`; with chance `odd`, anything."""
        schema = self.schemas.by_id.get(schema.get("$ref", ""), schema)
        if self.random.random() < odd:
            return copy.deepcopy(self.random.choice(_ODD))
        for many in ("oneOf", "anyOf"):
            if many in schema:
                return self.value(self.random.choice(schema[many]), odd)
        if "allOf" in schema:
            return self._all(schema["allOf"], odd)
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        kind = schema.get("type")
        kind = self.random.choice(kind) if isinstance(kind, list) else kind
        return self._typed(kind, schema, odd)

    def _typed(self, kind: str | None, schema: dict[str, Any], odd: float) -> Any:
        match kind:
            case "object":
                return self.fields(schema, odd)
            case "array":
                items = schema.get("items", {})
                return [self.value(items, odd) for _ in range(self.random.randint(0, 3))]
            case "integer" | "number":
                low = schema.get("minimum", -2)
                return self.random.randint(low - 1, schema.get("maximum", low + 90) + 1)
            case "boolean":
                return self.random.choice((True, False))
            case "string":
                return self._text(schema)
            case _:
                return copy.deepcopy(self.random.choice(_ODD))

    def _all(self, schemas: list[dict[str, Any]], odd: float) -> Any:
        """An object that has what each schema wants."""
        merged: dict[str, Any] = {}
        for schema in schemas:
            part = self.value({"type": "object", **schema}, odd)
            merged |= part if isinstance(part, dict) else {}
        return merged

    def _text(self, schema: dict[str, Any]) -> str:
        least, most = schema.get("minLength", 0), schema.get("maxLength", 40)
        length = self.random.choice((least, most, least - 1, most + 1, 8))
        texts = ("é" * max(length, 0), "https://h.example/x", "en-GB", "a@b.example", "42")
        return self.random.choice(texts[:1] if "maxLength" in schema else texts)

    def fields(self, schema: dict[str, Any], odd: float) -> dict[str, Any]:
        """An object with some of its properties, and sometimes others."""
        chosen = {}
        for name, rule in schema.get("properties", {}).items():
            needed = name in schema.get("required", ())
            if self.random.random() < (0.95 if needed else 0.4):
                chosen[name] = self.value(rule, odd)
        if self.random.random() < odd or self.random.random() < 0.1:
            chosen["x_other"] = copy.deepcopy(self.random.choice(_ODD))
        return chosen


def _cases(name: str) -> Iterator[tuple[dict[str, Any], bool]]:
    """Data of a module, and whether KAZOO's schema accepts it."""
    schemas = Schemas.at(DATA / "schemas")
    schema = schemas.by_id[f"callflows.{name}"]
    generator = _Generator(schemas, name)
    generated = [generator.fields(schema, odd) for odd in (0.0, 0.05, 0.3) for _ in range(_ROUNDS)]
    one_each = [
        {**generator.fields({**schema, "properties": {}}, 0.0), key: value}
        for key in schema.get("properties", {})
        for value in _ODD
    ]
    for data in ({}, *generated, *one_each):
        problems = list(schemas.problems(f"callflows.{name}", data, "data"))
        yield data, not problems


@pytest.mark.parametrize("name", sorted(MODULES))
def test_the_table_agrees_with_kazoos_schema(name: str) -> None:
    """Both ways: what the schema accepts the table accepts, and nothing more."""
    differing = [
        (accepted, data)
        for data, accepted in _cases(name)
        if accepted is any(MODULES[name].data.faults(data, "data"))
    ]
    assert differing == []


def test_every_schema_of_a_module_is_in_the_table() -> None:
    """78 modules, no more and no fewer."""
    paths = (DATA / "schemas").glob("callflows.*.json")
    names = {path.stem.removeprefix("callflows.") for path in paths}
    parts = {"action", "audio_macro.play", "audio_macro.prompt", "audio_macro.say"}
    parts |= {"audio_macro.tone", "audio_macro.tts"}
    assert names - parts - {"callflows"} == set(MODULES)
