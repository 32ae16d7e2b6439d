"""Settings of a template: declared in a class, and read from the environment, once at import.

A class of settings is a `NamedTuple` whose fields have types and defaults. A value of a setting is
a text wherever it is kept: in the environment, under the field's name in capitals, or in the entry
of an account. The type of the field reads the text, and says which rule it breaks.
"""

import os
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, cast, get_args, get_origin

from pivotkit.core.secret import Secret

_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class SettingError(ValueError):
    """A setting with an invalid value. Raised at import, so a bad deploy fails at once."""

    def __init__(self, name: str, text: str, rule: str, fix: str = "function.yaml") -> None:
        super().__init__(f"setting {name} is {text!r}: {rule}; correct it in {fix}")
        self.rule = rule


class Field(NamedTuple):
    """A declared setting: its name, the type of its values, its default, and its *choices*.

    The value of an *optional* setting may be `None`, which is written as an empty text.
    """

    name: str
    kind: type
    default: Any
    optional: bool = False
    choices: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """The environment variable of the setting."""
        return self.name.upper()

    @property
    def is_secret(self) -> bool:
        """Whether the value is a secret, which neither an environment nor an entry may hold."""
        return self.kind is Secret

    @property
    def label(self) -> str:
        """The meaning of the values, such as `user ID`."""
        if self.choices:
            return "choice"
        plain = {str: "text", int: "whole number", bool: "true or false"}
        return plain.get(self.kind) or str(getattr(self.kind, "label", self.kind.__name__))

    @property
    def rule(self) -> str:
        """The rule for a value."""
        if self.choices:
            said = f"must be one of {', '.join(self.choices)}"
        elif self.kind is bool:
            said = "must be true or false"
        elif self.kind is int:
            said = "must be a whole number"
        else:
            said = _rule_of(self.kind)
        return f"{said}, or empty for none" if self.optional and said else said

    def read(self, text: str) -> Any:
        """Return the value that *text* is. Raises `ValueError` with the rule."""
        text = text.strip()
        if not text and self.optional:
            return None
        try:
            return self._read(text)
        except ValueError as error:
            raise ValueError(self.rule or str(error)) from error

    def _read(self, text: str) -> Any:
        if self.choices and text not in self.choices:
            raise ValueError(text)
        if self.kind is bool:
            return _boolean(text)
        return self.kind(text)

    def text(self, value: Any) -> str:
        """Return *value* as a text that `read` understands."""
        if isinstance(value, bool):
            return str(value).lower()
        return "" if value is None else str(value)


def fields(settings: type[tuple[Any, ...]]) -> Iterator[Field]:
    """The settings that a class declares, in its order. Raises `TypeError` with the fix."""
    defaults: Mapping[str, Any] = settings._field_defaults  # type: ignore[attr-defined]
    for name, declared in settings.__annotations__.items():
        if name not in defaults:
            raise TypeError(f"{settings.__name__}.{name} has no default: give it one")
        yield field(f"{settings.__name__}.{name}", name, declared, defaults[name])


def field(where: str, name: str, declared: Any, default: Any) -> Field:
    """The setting *name*, as it is *declared*. Raises `TypeError` with the fix."""
    kind, optional = _without_none(getattr(declared, "__value__", declared))
    kind = getattr(kind, "__value__", kind)  # a type alias, such as that of a choice
    if get_origin(kind) is Literal:
        return Field(name, str, default, optional, get_args(kind))
    if not isinstance(kind, type):
        fix = "write one type, or `Type | None`, without `from __future__ import annotations`"
        raise TypeError(f"{where} is declared as {declared!r}: {fix}")
    return Field(name, kind, default, optional)


def from_environment[S: tuple[Any, ...]](settings: type[S]) -> S:
    """The settings of the deployment: environment variables over defaults.

    An unset variable gives the default. So does an empty one, unless the setting is optional: it
    then is `None`. Raises `SettingError`.
    """
    found: dict[str, Any] = {}
    for each in fields(settings):
        if each.is_secret:
            found[each.name] = Secret.named(each.name)
            continue
        text = os.environ.get(each.variable, "").strip()
        if text or (each.optional and each.variable in os.environ):
            try:
                found[each.name] = each.read(text)
            except ValueError as error:
                raise SettingError(each.variable, text, str(error)) from error
    return settings(**found)


def _without_none(declared: Any) -> tuple[Any, bool]:
    """The type in `Type | None`, and whether there is a `None`."""
    if not isinstance(declared, UnionType) and get_origin(declared) is None:
        return declared, False
    if get_origin(declared) is Literal:
        return declared, False
    others = [each for each in get_args(declared) if each is not NoneType]
    return (others[0], True) if len(others) == 1 else (declared, False)


def _rule_of(kind: type) -> str:
    """The rule that a type of `setting_types` states; empty for a type without one."""
    of_number = getattr(kind, "rule_of", None)
    return str(of_number() if of_number else getattr(kind, "rule", ""))


# -- single settings -------------------------------------------------------------------------------


def setting[T: (str, int, bool)](name: str, default: T) -> T:
    """Return the environment variable *name*, converted to the type of *default*.

    An unset or empty variable gives *default*. Raises `SettingError`.
    """
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    return cast("T", _read(name, type(default), text))


def _read(name: str, kind: type, text: str) -> Any:
    try:
        return Field(name, kind, None).read(text)
    except ValueError as error:
        raise SettingError(name, text, str(error)) from error


def _boolean(text: str) -> bool:
    if text.lower() not in _WORDS:
        raise ValueError("must be true or false")
    return _WORDS[text.lower()]
