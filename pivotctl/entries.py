"""Entries of the Directory in a file: as `seed.json` has them, or the value of one alone."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple


class EntryError(Exception):
    """A file without entries. The message names it and the fix."""


class Entry(NamedTuple):
    """An entry: its *kind*, its *key*, and its *value*."""

    kind: str
    key: str
    value: dict[str, Any]

    @property
    def is_hours(self) -> bool:
        """Tell whether the entry has the hours of an office."""
        return self.kind == "office_hours"


def read_entries(path: Path, kind: str = "") -> Iterator[Entry]:
    """Yield the entries in the file *path*. Raises `EntryError`.

    The file has a list of `{"kind": ..., "key": ..., "value": {...}}`, one of them, or the value
    alone, whose kind is *kind* or follows from its properties.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise EntryError(f"{path} is not valid JSON: {error}") from error
    for each in document if isinstance(document, list) else [document]:
        yield _entry(path, each, kind)


def written(entries: Iterable[Entry]) -> str:
    """Return *entries* as the text of a file."""
    return json.dumps([each._asdict() for each in entries], indent=2, ensure_ascii=False)


def _entry(path: Path, document: Any, kind: str) -> Entry:
    if not isinstance(document, dict):
        raise EntryError(
            f'{path} must have a list of {{"kind": "...", "key": "...", "value": {{}}}}'
        )
    if isinstance(document.get("value"), dict) and "kind" in document:
        return Entry(str(document["kind"]), str(document.get("key", "")), document["value"])
    found = kind or _kind_of(document)
    if not found:
        raise EntryError(f"{path} has no kind: give it with --kind, such as office_hours")
    return Entry(found, "", document)


def _kind_of(value: Mapping[str, Any]) -> str:
    if "week" in value:
        return "office_hours"
    return "ivr_tree" if "nodes" in value else ""
