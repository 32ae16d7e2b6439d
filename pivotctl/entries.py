"""Entries of the Directory in a file: as `seed.json` has them, or the value of one alone."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

EVERY = "*"
"""The account of entries that all accounts share."""

_ACCOUNT = re.compile(r"[0-9a-f]{32}|\*|")


class EntryError(Exception):
    """A file whose entries cannot be read. The message names it and the fix."""


class Entry(NamedTuple):
    """An entry: its *kind*, its *key*, its *value*, and its *account*.

    The account is an Account-ID, `*` for an entry that all accounts share, and '' where it follows
    from where the entry goes: in a local stack, it is the first account.
    """

    kind: str
    key: str
    value: dict[str, Any]
    account: str = ""

    @property
    def partition(self) -> str:
        """The partition key of the Directory: the kind, and the account if it has one."""
        return self.kind if self.account == EVERY else f"{self.kind}#{self.account}"

    @property
    def is_hours(self) -> bool:
        """Tell whether the entry has the hours of an office."""
        return self.kind == "office_hours"


def read_entries(path: Path, kind: str = "") -> Iterator[Entry]:
    """Yield the entries in the file *path*. Raises `EntryError`.

    The file has a list of `{"kind": ..., "key": ..., "value": {...}}`, one of them, or the value
    alone, whose kind is *kind* or follows from its properties. `account` is optional.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise EntryError(f"{path} is not valid JSON: {error}") from error
    for each in document if isinstance(document, list) else [document]:
        yield _entry(path, each, kind)


def written(entries: Iterable[Entry]) -> str:
    """Return *entries* as the text of a file."""
    return json.dumps([_document(each) for each in entries], indent=2, ensure_ascii=False)


def _document(entry: Entry) -> dict[str, Any]:
    own = {} if not entry.account else {"account": entry.account}
    return {"kind": entry.kind, **own, "key": entry.key, "value": entry.value}


def _entry(path: Path, document: Any, kind: str) -> Entry:
    if not isinstance(document, dict):
        raise EntryError(
            f'{path} must have a list of {{"kind": "...", "key": "...", "value": {{}}}}'
        )
    if isinstance(document.get("value"), dict) and "kind" in document:
        account = document.get("account", "")
        if not isinstance(account, str) or not _ACCOUNT.fullmatch(account):
            raise EntryError(
                f"{path}: account is {account!r}: must be an Account-ID (32 lower-case hex"
                " characters), or * for an entry that all accounts share"
            )
        key = str(document.get("key", ""))
        return Entry(str(document["kind"]), key, document["value"], account)
    found = kind or _kind_of(document)
    if not found:
        raise EntryError(f"{path} has no kind: give it with --kind, such as office_hours")
    return Entry(found, "", document)


def _kind_of(value: Mapping[str, Any]) -> str:
    if "week" in value:
        return "office_hours"
    return "ivr_tree" if "nodes" in value else ""
