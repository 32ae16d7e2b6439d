"""Masks of what a kept step must not show: pressed digits, and the keys and tokens in URLs."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

HIDDEN = "••••"
"""Takes the place of digits, however many there were."""

SHORTEST = 3
"""The number of digits from which on a text is searched for those that were pressed.

One or two digits are in every text, and tell a choice in a menu rather than a secret.
"""

_KEY = re.compile(r"(https?://[^\s\"'<>?#]*?/)[^/\s\"'<>?#]+(/(?:pivot|webhooks|cdr)/)")
_BETWEEN = r"[\s.,*#-]*"


def digits_of(value: object) -> set[str]:
    """The sequences of digits in a request's `digits`, or in a list of answers, worth a search."""
    texts = value.values() if isinstance(value, Mapping) else [value]
    found = ("".join(re.findall(r"[0-9]", text)) for text in texts if isinstance(text, str))
    return {each for each in found if len(each) >= SHORTEST}


def without_digits(text: str, pressed: Iterable[str]) -> str:
    """Return *text* without the sequences *pressed*, also where they are spelled out."""
    for each in sorted(pressed, key=len, reverse=True):
        text = re.sub(rf"(?<![0-9]){_BETWEEN.join(each)}(?![0-9])", HIDDEN, text)
    return text


def without_keys(text: str) -> str:
    """Return *text* without the keys and tokens in URLs of functions."""
    return _KEY.sub(r"\1<key>\2", text)


def masked(value: Any, pressed: Iterable[str]) -> Any:
    """Return *value* (JSON's types) without pressed digits, keys, and tokens, at any depth."""
    pressed = tuple(pressed)
    if isinstance(value, Mapping):
        return {masked(str(name), pressed): masked(item, pressed) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item, pressed) for item in value]
    if isinstance(value, str):
        return without_digits(without_keys(value), pressed)
    if isinstance(value, int | float) and not isinstance(value, bool):
        text = str(value)
        return value if without_digits(text, pressed) == text else HIDDEN
    return value


def masked_text(text: str, pressed: Iterable[str]) -> str:
    """Return an answer's *text* masked: JSON remains JSON, and TwiML remains XML."""
    try:
        value = json.loads(text)
    except ValueError:
        return without_digits(without_keys(text), pressed)
    return json.dumps(masked(value, pressed), ensure_ascii=False)
