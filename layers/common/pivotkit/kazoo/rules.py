"""Rules for the properties of callflow actions; each says what is wrong with a value.

KAZOO checks the types in an answer strictly (`kzd_callflows:validate_flow`): neither `"486"` nor
`20.0` is an integer. Unlike its API, it converts nothing.
"""

import math
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

type Check = Callable[[object], str | None]
"""A function that returns what is wrong with a value, or `None`."""

_BLACKLISTED = ("localhost", "127.0.0.1", "0.0.0.0")  # noqa: S104  (KAZOO's list, not a bind)


class Rule(NamedTuple):
    """A check, whether the property is required, and a short description of what is allowed."""

    check: Check
    required: bool = False
    says: str = ""


def text(
    minimum: int = 0,
    maximum: int | None = None,
    pattern: str | None = None,
    *,
    required: bool = False,
) -> Rule:
    """A rule for text of *minimum* to *maximum* characters that matches *pattern* as a whole.

    The pattern is compiled on first use; compiling all of them would slow down a cold start.
    """
    most = sys.maxsize if maximum is None else maximum

    def check(value: object) -> str | None:
        if not isinstance(value, str):
            return "must be text"
        if not minimum <= len(value) <= most:
            return f"must have {_range(minimum, maximum)} characters, not {len(value)}"
        if pattern and not re.fullmatch(pattern, value):
            return f"must match {pattern}"
        return None

    bounds = f", {_range(minimum, maximum)} characters" if minimum or maximum else ""
    return Rule(check, required, f"text{bounds}")


def identifier(maximum: int | None = None, *, required: bool = False) -> Rule:
    """A rule for the ID of a document in the account; KAZOO accepts no URL instead."""
    plain = text(1, maximum)

    def check(value: object) -> str | None:
        fault = plain.check(value)
        return fault or ("must be an id, not a URL" if "://" in str(value) else None)

    return Rule(check, required, "id")


def url(*, required: bool = False, fetched: bool = True) -> Rule:
    """A rule for an absolute URL, in the characters that KAZOO's HTTP client accepts.

    If it is *fetched*, it must not be on KAZOO's own host, except in a local run.
    """

    def check(value: object) -> str | None:
        if not isinstance(value, str):
            return "must be text"
        found = _good_url().fullmatch(value)
        if found is None:
            return _url_fault(value)
        host = _host(found[1])
        if fetched and host in _BLACKLISTED and os.environ.get("AWS_SAM_LOCAL") != "true":
            return f"must not be on {host}, which KAZOO does not request"
        return None

    return Rule(check, required, "URL")


@cache
def _good_url() -> re.Pattern[str]:
    """A URL up to its path, query, or fragment, then nothing that must be percent-encoded.

    Placeholders, such as `<KEY>`, are not encoded in templates.
    """
    rest = r"(?:[!$&-Z_a-z~]++|%[0-9A-Fa-f]{2})*+"
    return re.compile(rf"({_BASE}){rest}(?:#{rest})?")


_BASE = r"https?://[^/?#\s]++"


def _url_fault(url: str) -> str:
    """The error of a *url* that is not good."""
    base = re.match(_BASE, url)
    if base is None or len(url.split()) != 1:
        return "must match https?://host/..., without spaces"
    odd = _odd_character(url[base.end() :])
    return f"must not contain {odd!r}, which KAZOO's HTTP client refuses: percent-encode it"


@lru_cache(64)
def _host(base: str) -> str:
    """The host of a URL that begins with *base*, which ends before the path."""
    authority = base.partition("://")[2]
    return authority.rpartition("@")[2].partition(":")[0].lower()


def _odd_character(text: str) -> str | None:
    """The first character of a path, query, or fragment that has to be percent-encoded."""
    found = re.search(r"[^!$&-Z_a-z~#%]|%(?![0-9A-Fa-f]{2})|#(?=[^#]*#)", text)
    return found and found[0]


def number(maximum: int) -> Rule:
    """A rule for a number to dial, of at most *maximum* keys; KAZOO takes `0` for none."""
    keys = text(1, maximum, r"\+?[0-9*#]+")

    def check(value: object) -> str | None:
        return "must not be 0, on which KAZOO fails" if value == "0" else keys.check(value)

    return Rule(check, says=keys.says)


def integer(
    minimum: int | None = None, maximum: int | None = None, *, required: bool = False
) -> Rule:
    """A rule for an integer from *minimum* to *maximum*; a boolean is not an integer."""
    least = -math.inf if minimum is None else minimum
    most = math.inf if maximum is None else maximum

    def check(value: object) -> str | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return "must be an integer"
        if not least <= value <= most:
            return f"must be {_range(minimum, maximum)}"
        return None

    bounds = "" if minimum is maximum is None else f", {_range(minimum, maximum)}"
    return Rule(check, required, f"integer{bounds}")


def _boolean(value: object) -> str | None:
    return None if isinstance(value, bool) else "must be True or False"


_BOOLEAN = Rule(_boolean, says="boolean")


def boolean() -> Rule:
    """A rule for a boolean."""
    return _BOOLEAN


def boolean_or(other: Rule) -> Rule:
    """A rule for a boolean or anything that *other* allows."""

    def check(value: object) -> str | None:
        fault = None if isinstance(value, bool) else other.check(value)
        return fault and f"{fault}, or True or False"

    return Rule(check, says=f"boolean or {other.says}")


def one_of(*allowed: str, required: bool = False) -> Rule:
    """A rule for one of the *allowed* words."""
    words = frozenset(allowed)

    def check(value: object) -> str | None:
        known = isinstance(value, str) and value in words
        return None if known else f"must be one of {', '.join(allowed)}"

    return Rule(check, required, " / ".join(f"`{word}`" for word in allowed))


def list_of(item: Rule, minimum: int = 0, *, unique: bool = False, required: bool = False) -> Rule:
    """A rule for a list of at least *minimum* members, each of which satisfies *item*."""

    def check(value: object) -> str | None:
        if isinstance(value, str) or not isinstance(value, (list, tuple, Sequence)):
            return "must be a list"
        if len(value) < minimum:
            return f"must have {_range(minimum, None)} members"
        for member in value:
            if fault := item.check(member):
                return f"each {fault}"
        repeated = unique and len({*value}) < len(value)
        return "must not repeat a member" if repeated else None

    return Rule(check, required, f"list of {item.says}")


def fields(properties: Mapping[str, Rule], *, required: bool = False) -> Rule:
    """A rule for an object whose *properties* satisfy their rules; others are not checked."""

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
    """A rule for an object with any JSON values."""

    def check(value: object) -> str | None:
        return _key_fault(value) if isinstance(value, Mapping) else "must be an object"

    return Rule(check, required, "object")


def headers() -> Rule:
    """A rule for an object of SIP headers by name, or two such objects, `in` and `out`."""

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
        return f"must not have a header named {name!r}: use letters, digits, _ and -"
    plain = isinstance(value, str) and "\r" not in value and "\n" not in value
    return None if plain else f"must have a single line of text for {name}"


def variables(*, required: bool = False) -> Rule:
    """A rule for an object of JSON values; `None` only at the top level, to delete a variable.

    KAZOO accepts a nested null, but crashes when it encodes its next request as a form
    (`kz_http_util`).
    """

    def check(value: object) -> str | None:
        if not isinstance(value, Mapping):
            return "must be an object"
        nulls = any(_holds_null(member) for member in value.values() if member is not None)
        return "must not contain None inside a value" if nulls else _key_fault(value)

    return Rule(check, required, "object")


def _holds_null(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_null, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_holds_null, value))
    return value is None


def _key_fault(value: object) -> str | None:
    """The error of a key that is not text: JSON writes 1 and "1" alike, and KAZOO keeps one."""
    if isinstance(value, list | tuple):
        return next(filter(None, map(_key_fault, value)), None)
    if not isinstance(value, Mapping):
        return None
    for key, member in value.items():
        if not isinstance(key, str):
            return f"must not have the key {key!r}: use text"
        if fault := _key_fault(member):
            return fault
    return None


def _range(minimum: int | None, maximum: int | None) -> str:
    if maximum is None:
        return f"at least {minimum}"
    return f"at most {maximum}" if minimum is None else f"{minimum} to {maximum}"
