"""Configuration documents of a template: a JSON file next to it, or a Directory entry."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pivotkit.core import telemetry
from pivotkit.core.setting_types import Text
from pivotkit.kazoo.rules import Rule
from pivotkit.store import Owned
from pivotkit.store.directory import Directory

OBJECT = Rule(lambda value: None if isinstance(value, dict) and value else "must be an object")
"""A rule for an object that is not empty."""


class DocumentName(Text):
    """The name of a configuration document, as a setting: a file, or the key of an entry."""

    __slots__ = ()
    label = "document"
    rule = "must be a file of the function that ends in .json, or the key of a Directory entry"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* names nothing outside of the function's folder."""
        return not {"/", "\\", " "} & set(text) and text[0] != "."


class DocumentError(ValueError):
    """An invalid document: the place of the fault, and the rule that the value there breaks.

    The message reads `<where>: <field> is <value>: <rule>`.
    """

    def __init__(self, where: str, field: str, value: object, rule: str) -> None:
        super().__init__(f"{where}: {field} is {value!r}: {rule}")
        self.where = where
        self.field = field
        self.value = value
        self.rule = rule


def check_shape(where: str, value: Any, shape: Mapping[str, Rule]) -> None:
    """Raise `DocumentError` unless *value* is an object with only the properties in *shape*."""
    for fault in shape_faults(where, value, shape):
        raise fault


def shape_faults(where: str, value: Any, shape: Mapping[str, Rule]) -> Iterator[DocumentError]:
    """Everything that keeps *value* from being an object with only the properties in *shape*."""
    if fault := OBJECT.check(value):
        yield DocumentError(where, "value", value, fault)
        return
    for field, rule in shape.items():
        if rule.required and field not in value:
            yield DocumentError(where, field, None, "is required")
    for field, member in value.items():
        known = shape.get(field)
        fault = known.check(member) if known else f"must be one of {', '.join(shape)}"
        if fault:
            yield DocumentError(where, field, member, fault)


def read_beside[T](source: str, read: Callable[[Any], T], beside: str) -> T:
    """Return the JSON file *source* in the folder of the module *beside*, as *read* converts it."""
    return read(json.loads(Path(beside).with_name(source).read_text(encoding="utf-8")))


class Document[T]:
    """A configuration document that *read* checks and converts to a value.

    A *source* ending in `.json` is a file in the folder of the module *beside*. It is read at
    import, so a bad deploy fails at once. Any other source is the key of a Directory entry of
    *kind* in each account, which is read with every request (one round trip) and can be changed at
    any time.
    """

    def __init__(self, source: str, read: Callable[[Any], T], *, kind: str, beside: str) -> None:
        self._source = source
        self._read = read
        self._file = source.endswith(".json")
        if self._file:
            self._value = read_beside(source, read, beside)
        else:
            self._entries = Directory(kind)

    def current(self, owner: Owned) -> T:
        """Return the current value for *owner*'s account.

        Raises `DocumentError` and `StateUnavailable`.

        The error of a document is logged: operators wrote it, so it contains no caller data.
        """
        if self._file:
            return self._value
        try:
            return self._read(self._entries.of(owner).get(self._source))
        except DocumentError as error:
            telemetry.logger().error(
                "document refused", extra={"document": self._source, "fault": str(error)}
            )
            raise
