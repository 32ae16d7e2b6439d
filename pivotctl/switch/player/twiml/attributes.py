"""Attributes of TwiML verbs as KAZOO reads them, and the errors that end a verb.

Follows `kzt_twiml_util.erl` and `props:get_integer_value/3`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pivotctl.problems import Problem
from pivotctl.reader.rules import any_of
from pivotctl.xml_document import Element

MOST_SECONDS = 3600
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


def whole_number(attributes: Mapping[str, str], name: str) -> int | None:
    """Return an attribute as a rounded number; None if it is missing or not a number."""
    text = attributes.get(name, "")
    if re.fullmatch(r"[+-]?[0-9]+", text):
        return int(text)
    if re.fullmatch(r"[+-]?[0-9]+\.[0-9]+([eE][+-]?[0-9]+)?", text):
        value = float(text)
        return int(abs(value) + 0.5) * (-1 if value < 0 else 1)
    return None


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


def one_of(element: Element, path: str, name: str, allowed: tuple[str, ...]) -> None:
    """Accept a missing attribute, or one of a few values; KAZOO crashes on any other."""
    value = element.attributes.get(name)
    if value is not None and value not in allowed:
        fix = f"Use {any_of(allowed)}, or omit {name}."
        raise fault(element, path, f"{name} {value!r} is unknown to KAZOO", fix)
