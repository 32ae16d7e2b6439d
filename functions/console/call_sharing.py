"""A call as JSON without names and numbers, for somebody outside, or for a report."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from call_story import Entry, Step, Story

VERSION = 1
_NAMES = re.compile(r"(^|_)name$")
_DIGITS = re.compile(r"\+?[0-9]{5,}")
_WORD = re.compile(r"[^\W\d_]{3,}")
_ADDRESS = re.compile(r"[^\s\"'<>@,;]+@[^\s\"'<>@,;]+")


class Pseudonyms:
    """Replaces each name, number, and SIP address by a word that is the same wherever it comes.

    Templates change names before they speak them, so each word of a name counts as one.
    """

    def __init__(self, names: Iterator[str]) -> None:
        words = {word.lower() for name in names for word in _WORD.findall(name)}
        ordered = sorted(map(re.escape, words), key=len, reverse=True)
        self._names = re.compile("|".join(ordered) or r"(?!)", re.IGNORECASE)
        self._known: dict[str, str] = {}

    def of(self, value: Any) -> Any:
        """*value* with pseudonyms, at any depth."""
        if isinstance(value, Mapping):
            return {self.of(name): self._member(str(name), each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.of(each) for each in value]
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            text = str(value)
            return value if self._text(text) == text else self._text(text)
        return self._text(str(value))

    def _member(self, name: str, value: Any) -> Any:
        if isinstance(value, str) and value and _NAMES.search(name.lower().replace("-", "_")):
            return self._word("name", value)
        return self.of(value)

    def _text(self, text: str) -> str:
        text = self._names.sub(lambda found: self._word("name", found[0].lower()), text)
        text = _ADDRESS.sub(lambda found: self._word("address", found[0]), text)
        return _DIGITS.sub(lambda found: self._word("number", found[0].lstrip("+")), text)

    def _word(self, kind: str, text: str) -> str:
        return self._known.setdefault(text, f"{kind}-{len(self._known) + 1}")


def shared(story: Story) -> dict[str, Any]:
    """A call as JSON's types: its entries with times from its start, without names and numbers.

    The Call-ID is left out as well: it often has an address in it.
    """
    pseudonyms = Pseudonyms(_names(story))
    return {
        "version": VERSION,
        "row": {
            "functions": list(story.row.functions),
            "steps": story.row.steps,
            "fallbacks": story.row.fallbacks,
            "state": story.row.state,
            "duration": story.row.duration,
            "cause": story.row.cause,
            "fault": story.row.fault,
        },
        "entries": [_entry(entry, story.began, pseudonyms) for entry in story.entries],
    }


def _entry(entry: Entry, began: int, pseudonyms: Pseudonyms) -> dict[str, Any]:
    made = {
        "lane": entry.lane,
        "at_ms": entry.at - began,
        "title": pseudonyms.of(entry.title),
        "ms": entry.ms,
        "details": pseudonyms.of(dict(entry.details)),
    }
    return made | ({"step": _step(entry.step, pseudonyms)} if entry.step else {})


def _step(step: Step, pseudonyms: Pseudonyms) -> dict[str, Any]:
    left_out = {"account_id", "call_id"}
    request = {name: value for name, value in step.request.items() if name not in left_out}
    return {
        "function": step.function,
        "code": step.code,
        "outcome": step.outcome,
        "status": step.status,
        "content_type": step.content_type,
        "request": pseudonyms.of(request),
        "answer": pseudonyms.of(step.answer),
        "before": pseudonyms.of(step.before),
        "after": pseudonyms.of(step.after),
        "error": {name: step.log[name] for name in ("error", "at", "reason") if name in step.log},
    }


def _names(story: Story) -> Iterator[str]:
    """The names of people in a call: those that KAZOO sends as such."""
    for entry in story.entries:
        facts = dict(entry.step.request) if entry.step else dict(entry.details)
        for name, value in facts.items():
            if isinstance(value, str) and _NAMES.search(name):
                yield value
