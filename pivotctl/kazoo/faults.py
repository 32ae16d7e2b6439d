"""Faults of a request's body, field by field, as sentences with the fix."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

_SECRET = re.compile(
    r"api_key|credentials|password|\bpin\b|secret|sha256_key|token|-key|(?:^|\.)key$",
    re.IGNORECASE,
)
_KEY_IN_URL = re.compile(r"(https?://[^/\s]+/)[^/\s]+(/(?:pivot|webhooks|cdr)/)")
_LONGEST = 60


@dataclass(frozen=True)
class Fault:
    """A field that breaks a rule: KAZOO's name of the rule, its limit, and the value that was sent.

    *field* is dotted, as in KAZOO's errors. `limit` and `value` are None if they are not known.
    """

    field: str
    rule: str
    limit: Any = None
    value: Any = None
    message: str = ""

    def __str__(self) -> str:
        sentence = _SENTENCES.get(self.rule, _by_its_message)
        return sentence(self)

    @property
    def named(self) -> str:
        """The field with its value, as in `retries (7)`; secrets are not shown."""
        return self.field if self.value is None else f"{self.field} ({self.shown})"

    @property
    def shown(self) -> str:
        """The value as JSON, cut and without secrets."""
        if _SECRET.search(self.field):
            return "not shown"
        value = json.dumps(_without_secrets(self.value), ensure_ascii=False)
        text = _KEY_IN_URL.sub(r"\1…\2", value)
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _without_secrets(value: Any) -> Any:
    """The value, with an ellipsis for each secret in it."""
    if isinstance(value, Mapping):
        return {
            name: "…" if _SECRET.search(str(name)) else _without_secrets(item)
            for name, item in value.items()
        }
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value


def faults_of(data: Any, body: Any) -> tuple[Fault, ...]:
    """Read the `data` of a validation error (`kz_json_schema:build_validate_error/4`).

    A value that KAZOO does not repeat is looked up in *body*, the data that was sent.
    """
    if not isinstance(data, Mapping):
        return ()
    return tuple(
        _fault(_dotted(field), str(rule), detail, body)
        for field, rules in data.items()
        if isinstance(rules, Mapping)
        for rule, detail in rules.items()
    )


def _fault(field: str, rule: str, detail: Any, body: Any) -> Fault:
    if not isinstance(detail, Mapping):
        return Fault(field, rule, value=_sent(body, field), message=str(detail))
    value = None if rule == "required" else _first(detail, "value", "cause")
    if value is None and rule != "required":
        value = _sent(body, field)
    return Fault(field, rule, detail.get("target"), value, str(detail.get("message") or ""))


def _first(detail: Mapping[str, Any], *names: str) -> Any:
    return next((detail[name] for name in names if name in detail), None)


def _dotted(field: str) -> str:
    """The name of a field with the dots that KAZOO escapes."""
    return field.replace("%2E", ".").replace("%2e", ".")


def _sent(body: Any, field: str) -> Any:
    """The value at a dotted path of what was sent; None inside a list, which has no names."""
    found = body
    for name in field.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


# -- sentences -------------------------------------------------------------------------------------


def _by_its_message(fault: Fault) -> str:
    """A rule without a sentence of ours, in KAZOO's words."""
    return f"{fault.named}: {fault.message or 'is not accepted'} (rule {fault.rule})."


def _required(fault: Fault) -> str:
    if fault.field == "numbers":
        return "numbers is missing or empty: add a number, or a pattern."
    if fault.field == "other_leg_call_id":
        return "The channel is not bridged to another: transfer a call that someone has answered."
    return f"{fault.field} is missing: add it."


def _enum(fault: Fault) -> str:
    allowed = [str(each) for each in fault.limit] if isinstance(fault.limit, list) else []
    near = get_close_matches(str(fault.value), allowed, n=1)
    hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(allowed)}."
    return f"{fault.named} is not a value that KAZOO knows: {hint if allowed else 'change it.'}"


def _type(fault: Fault) -> str:
    wanted = fault.limit or fault.message.partition(": ")[2] or "another type"
    return f"{fault.named} has the wrong type: use {wanted}."


def _unique(fault: Fault) -> str:
    if fault.field == "numbers":
        return f"{fault.named}: another callflow of the account has it. Remove it there first."
    return f"{fault.named} is taken: use another."


def _not_found(fault: Fault) -> str:
    return f"{fault.named} does not exist in this account: check the ID."


def _invalid(fault: Fault) -> str:
    return f"{fault.named} is not valid: {fault.message or 'change it'}."


def _account(fault: Fault) -> str:
    return f"The account is {fault.rule}: its reseller can enable it again."


def _limited(template: str) -> Callable[[Fault], str]:
    """A sentence with the fault's name and limit."""
    return lambda fault: template.format(named=fault.named, limit=fault.limit)


_SENTENCES: Mapping[str, Callable[[Fault], str]] = {
    "additionalItems": _limited("{named} has an item that KAZOO does not know: remove it."),
    "additionalProperties": _limited("{named} is not a field that KAZOO knows: remove it."),
    "all_schemas_not_valid": _limited("{named} fits no form that KAZOO knows: look at its schema."),
    "date_range": _limited("{named} is not a range of time that KAZOO lists: use 31 days at most."),
    "dependencies": _limited("{named} needs another field: look it up in KAZOO's schema."),
    "disabled": _account,
    "enum": _enum,
    "expired": _account,
    "flow": lambda fault: f"{fault.field}: {fault.message}",
    "forbidden": _limited("{named} belongs to another account: use one of your own."),
    "invalid": _invalid,
    "maxItems": _limited("{named} has too many items: use at most {limit}."),
    "maxLength": _limited("{named} is too long: use at most {limit} characters."),
    "maxSize": _limited("The request is too large: send at most {limit} bytes."),
    "maximum": _limited("{named} is too large: use at most {limit}."),
    "minItems": _limited("{named} has too few items: use at least {limit}."),
    "minLength": _limited("{named} is too short: use at least {limit} characters."),
    "minProperties": _limited("{named} has too few fields: use at least {limit}."),
    "minimum": _limited("{named} is too small: use at least {limit}."),
    "not_found": _not_found,
    "not_one_schema_valid": _limited(
        "{named} fits none, or several, of the forms that KAZOO knows: look at its schema."
    ),
    "pattern": _limited("{named} does not match {limit}: change it."),
    "required": _required,
    "type": _type,
    "unique": _unique,
    "uniqueItems": _limited("{named} has an item twice: remove one."),
    "wrong_format": _limited("{named} is not in the right format: change it."),
}


def lines(faults: tuple[Fault, ...]) -> Iterator[str]:
    """Yield the faults, one a line."""
    yield from (f"  {fault}" for fault in faults)
