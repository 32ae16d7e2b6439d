"""Attributes of TwiML verbs as KAZOO reads them, and the errors that end a verb.

Follows `kzt_twiml_util.erl`, `props.erl` and `kz_term.erl`. xmerl gives KAZOO a value as a list of
characters, which becomes a binary only if none is above U+00FF; otherwise the value is lost.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from pivotctl.problems import Problem
from pivotctl.reader.rules import any_of
from pivotctl.xml_document import Element

MOST_SECONDS = 3600
LAST_BYTE = "\xff"
VOICES = ("man", "male", "woman", "female")


class VerbError(Exception):
    """A verb fails: KAZOO skips the rest of the document, and hangs up."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class VerbCrash(VerbError):
    """KAZOO's worker crashes: nothing controls the call any more."""


def fault(element: Element, path: str, rule: str, fix: str) -> VerbError:
    """Return the error of a verb: the rule it breaks, and how to fix it."""
    return VerbError(Problem(path, f"<{element.name}> {rule}", fix, element.line))


def kept(value: str) -> bool:
    """Return whether a value survives in KAZOO: no character is above U+00FF."""
    return not value or max(value) <= LAST_BYTE


def binary(attributes: Mapping[str, str], name: str) -> str | None:
    """Return an attribute as `props:get_binary_value/2` does: None if missing or lost."""
    value = attributes.get(name)
    return value if value is not None and kept(value) else None


def whole_number(attributes: Mapping[str, str], name: str) -> int | None:
    """Return an attribute as a rounded number; None if it is missing or not a number.

    Erlang takes a comma for a decimal point, too.
    """
    text = attributes.get(name, "")
    if re.fullmatch(r"[+-]?[0-9]+", text):
        return int(text[:_MOST_DIGITS])
    if re.fullmatch(r"[+-]?[0-9]+[.,][0-9]+([eE][+-]?[0-9]+)?", text):
        value = float(text.replace(",", "."))
        return int(abs(value) + 0.5) * (-1 if value < 0 else 1) if math.isfinite(value) else None
    return None


_MOST_DIGITS = 4000
"""Digits that are read of a number; more make no difference to KAZOO's limits."""


def positive(element: Element, path: str, name: str, default: int) -> int:
    """Return a whole number above 0, or the default; 0 and less end the verb."""
    value = whole_number(element.attributes, name)
    if value is None:
        return default
    if value <= 0:
        rule = f"{name} is {value}, but KAZOO expects 1 or more"
        raise fault(element, path, rule, f"Use a {name} of at least 1.")
    return value


def seconds_of(element: Element, path: str, name: str, default: int) -> int:
    """Return a time in seconds, an hour at most."""
    return min(positive(element, path, name, default), MOST_SECONDS)


_ATOMS = frozenset(
    ("", "put", "delete", "head", "options", "trace", "patch", "connect", "true", "false", "ok")
)
"""Words that are atoms in every KAZOO, but no methods for it."""


def method_of(element: Element, path: str) -> str:
    """Return the method of a follow-up request, get or post (`kzt_util:http_method/1`).

    A word that is no atom yet means POST. An atom that is another method makes KAZOO crash.
    """
    value = element.attributes.get("method", "post")
    word = value.lower()
    if not kept(value) or word in _ATOMS:
        raise fault(
            element, path, f"method {value!r} makes KAZOO crash", "Use GET or POST, or omit method."
        )
    return "get" if word == "get" else "post"


def one_of(element: Element, path: str, name: str, allowed: tuple[str, ...]) -> None:
    """Accept a missing or lost attribute, or one of a few values; KAZOO crashes on any other."""
    value = binary(element.attributes, name)
    if value is not None and value not in allowed:
        fix = f"Use {any_of(allowed)}, or omit {name}."
        raise fault(element, path, f"{name} {value!r} is unknown to KAZOO", fix)
