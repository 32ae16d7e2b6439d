"""What a property of a callflow action may hold, as small rules that name what they refuse.

KAZOO checks an answer's types strictly: `"486"` is no integer and neither is `20.0`
(`kzd_callflows:validate_flow`). Unlike its API it repairs nothing.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

type Check = Callable[[object], str | None]
"""Says what is wrong with a value, or `None`."""

_BLACKLISTED = ("localhost", "127.0.0.1", "0.0.0.0")  # noqa: S104  (KAZOO's list, not a bind)


class Rule(NamedTuple):
    """A check, whether the property has to be there, and what the rule allows in a few words."""

    check: Check
    required: bool = False
    says: str = ""


def text(
    least: int = 0, most: int | None = None, pattern: str | None = None, *, required: bool = False
) -> Rule:
    """A text of *least* to *most* characters all of which matches *pattern*.

    The pattern is compiled when it is first needed: compiling all would be felt at a cold start.
    """

    def check(value: object) -> str | None:
        if not isinstance(value, str):
            return "must be text"
        if len(value) < least or (most is not None and len(value) > most):
            return f"must have {_range(least, most)} characters, not {len(value)}"
        if pattern and not re.fullmatch(pattern, value):
            return f"must match {pattern}"
        return None

    bounds = f", {_range(least, most)} characters" if least or most else ""
    return Rule(check, required, f"text{bounds}")


def identifier(most: int | None = None, *, required: bool = False) -> Rule:
    """The id of a document of the account; KAZOO takes no URL in its place."""
    plain = text(1, most)

    def check(value: object) -> str | None:
        fault = plain.check(value)
        return fault or ("must be an id, not a URL" if "://" in str(value) else None)

    return Rule(check, required, "id")


def url(*, required: bool = False, fetched: bool = True) -> Rule:
    """An absolute URL. KAZOO fetches none from its own host, unless it is the local switch."""

    def check(value: object) -> str | None:
        if not isinstance(value, str):
            return "must be text"
        scheme, _, rest = value.partition("://")
        authority = rest.partition("/")[0].partition("?")[0].partition("#")[0]
        if scheme not in {"http", "https"} or not authority or len(value.split()) != 1:
            return "must match https?://host/..., without blanks"
        host = authority.rpartition("@")[2].partition(":")[0].lower()
        if fetched and host in _BLACKLISTED and os.environ.get("AWS_SAM_LOCAL") != "true":
            return f"must not be on {host}, which KAZOO refuses to ask"
        return None

    return Rule(check, required, "URL")


def integer(least: int | None = None, most: int | None = None, *, required: bool = False) -> Rule:
    """A whole number from *least* to *most*; booleans are none."""

    def check(value: object) -> str | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return "must be an integer"
        if (least is not None and value < least) or (most is not None and value > most):
            return f"must be {_range(least, most)}"
        return None

    bounds = "" if least is most is None else f", {_range(least, most)}"
    return Rule(check, required, f"integer{bounds}")


def _boolean(value: object) -> str | None:
    return None if isinstance(value, bool) else "must be True or False"


_BOOLEAN = Rule(_boolean, says="boolean")


def boolean() -> Rule:
    """True or false."""
    return _BOOLEAN


def boolean_or(other: Rule) -> Rule:
    """True, false, or what *other* takes."""

    def check(value: object) -> str | None:
        fault = None if isinstance(value, bool) else other.check(value)
        return fault and f"{fault}, or True or False"

    return Rule(check, says=f"boolean or {other.says}")


def one_of(*allowed: str, required: bool = False) -> Rule:
    """One of a few words."""

    def check(value: object) -> str | None:
        known = isinstance(value, str) and value in allowed
        return None if known else f"must be one of {', '.join(allowed)}"

    return Rule(check, required, " / ".join(f"`{word}`" for word in allowed))


def list_of(item: Rule, least: int = 0, *, unique: bool = False, required: bool = False) -> Rule:
    """A list of at least *least* members, which all keep *item*."""

    def check(value: object) -> str | None:
        if isinstance(value, str) or not isinstance(value, Sequence):
            return "must be a list"
        if len(value) < least:
            return f"must have {_range(least, None)} members"
        for member in value:
            if fault := item.check(member):
                return f"each {fault}"
        repeated = unique and len({*value}) < len(value)
        return "must not repeat a member" if repeated else None

    return Rule(check, required, f"list of {item.says}")


def fields(properties: Mapping[str, Rule], *, required: bool = False) -> Rule:
    """An object with the given properties."""

    def check(value: object) -> str | None:
        if not isinstance(value, Mapping):
            return "must be an object"
        for name, rule in properties.items():
            if name not in value:
                if rule.required:
                    return f"{name} is required"
            elif fault := rule.check(value[name]):
                return f"{name} {fault}"
        return None

    return Rule(check, required, f"object of {', '.join(properties)}")


def anything(*, required: bool = False) -> Rule:
    """An object of any JSON values."""

    def check(value: object) -> str | None:
        return None if isinstance(value, Mapping) else "must be an object"

    return Rule(check, required, "object")


def headers() -> Rule:
    """SIP headers by name; or two such objects, `in` and `out`."""

    def check(value: object) -> str | None:
        if not isinstance(value, Mapping):
            return "must be an object"
        for name, member in value.items():
            if name in {"in", "out"} and isinstance(member, Mapping):
                fault = check(member)
            else:
                fault = _header(name, member)
            if fault:
                return fault
        return None

    return Rule(check, says="SIP headers")


def _header(name: object, value: object) -> str | None:
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        return f"must have no header named {name!r}"
    plain = isinstance(value, str) and "\r" not in value and "\n" not in value
    return None if plain else f"must have text of one line for {name}"


def variables(*, required: bool = False) -> Rule:
    """An object of JSON values; `None` only at its top, where it deletes a variable.

    Deeper down KAZOO takes it, and crashes on its next request in form text (`kz_http_util`).
    """

    def check(value: object) -> str | None:
        if not isinstance(value, Mapping):
            return "must be an object"
        nulls = any(_holds_null(member) for member in value.values() if member is not None)
        return "must hold no None inside a value" if nulls else None

    return Rule(check, required, "object")


def _holds_null(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_null, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_holds_null, value))
    return value is None


def _range(least: int | None, most: int | None) -> str:
    if most is None:
        return f"at least {least}"
    return f"at most {most}" if least is None else f"{least} to {most}"
