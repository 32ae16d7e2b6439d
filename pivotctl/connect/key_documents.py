"""Documents of an account whose URLs or headers carry keys of a stack, and the change of keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from pivotctl.connect.accepted_keys import HASHES, KEY, Renewal, StackKey, StackKeys
from pivotctl.connect.documents import FIELDS, MARK, digest_of, own_fields
from pivotctl.kazoo.client import KazooClient, ReadDocument
from pivotctl.kazoo.errors import Conflict, NotPermitted, NotSupported
from pivotkit.services.crossbar_api import path_of
from pivotkit.services.upstream import UpstreamDown

_LISTS: Mapping[str, str] = {
    "callflows": "",
    "webhooks": "",
    "users": "call_recording",
    "devices": "call_recording",
}
"""Collections that are looked through; of some only the documents with a field."""

_STORAGE = "storage"
"""The plan for files of the account, whose URLs may have a key; some operators keep it for
themselves."""

_RECORDINGS = "recordings"
"""The receiver of files, each of which has a path of its own below the receiver's."""

_TRIES = 3
_HEADER = "x-pivot-key"


@dataclass(frozen=True)
class Probe:
    """A URL, and the key that it has, or that goes into the header if *is_header*."""

    url: str
    key: str
    is_header: bool = False


@dataclass(frozen=True)
class KeyDocument:
    """A document as it was read, with keys of the stack."""

    account: str
    collection: str
    path: str
    document: ReadDocument

    @property
    def data(self) -> Mapping[str, Any]:
        """The document."""
        return self.document.data

    @property
    def is_ours(self) -> bool:
        """Whether `apply` has made it."""
        return isinstance(self.data.get(MARK), dict)

    @property
    def name(self) -> str:
        """The document by its collection, and its name, its numbers, or its ID."""
        mark = self.data.get(MARK)
        marked = mark.get("name") if isinstance(mark, dict) else None
        numbers = ", ".join(map(str, self.data.get("numbers") or ()))
        own = marked or numbers or self.data.get("name") or self.path.rpartition("/")[2]
        return f"{self.collection.removesuffix('s')} {own}"

    @property
    def is_for_all(self) -> bool:
        """Whether it is a webhook with the events of other accounts."""
        return self.data.get("include_subaccounts") is True

    def keys(self, known: StackKeys) -> tuple[StackKey, ...]:
        """Return the keys of the stack in it."""
        found: dict[StackKey, None] = {}

        def noted(key: StackKey) -> str:
            found[key] = None
            return key.text

        _each_key(dict(self.data), known, noted)
        return tuple(found)

    def changed(self, known: StackKeys, how: Renewal) -> dict[str, Any]:
        """Return the fields that carry other keys then; {} if all its keys stay."""

        def fresh(key: StackKey) -> str:
            return how.fresh(key, self.account, for_all=self.is_for_all)

        values = {name: _each_key(value, known, fresh) for name, value in self.data.items()}
        return {name: value for name, value in values.items() if value != self.data[name]}

    def with_(self, changed: Mapping[str, Any]) -> KeyDocument:
        """Return the document with these fields."""
        return replace(self, document=replace(self.document, data={**self.data, **changed}))

    def probes(self, known: StackKeys) -> tuple[Probe, ...]:
        """Return the URLs by which its keys of the stack can be tried, each once."""
        return tuple(dict.fromkeys(each for each in _probes(self.data) if known.read(each.key)))


def key_documents(client: KazooClient, account: str, known: StackKeys) -> tuple[KeyDocument, ...]:
    """Return the documents of an account with keys of the stack. Raises `CrossbarError`."""
    read = (_read(client, account, *place) for place in _paths(client, account))
    return tuple(each for each in read if each and each.keys(known))


def _paths(client: KazooClient, account: str) -> Iterator[tuple[str, str]]:
    """The documents that may carry a key: collection, and path."""
    for collection, having in _LISTS.items():
        query = {"has_key": having} if having else {}
        for row in client.rows(path_of(account, collection), **query):
            yield collection, path_of(account, collection, str(row.get("id")))
    yield "account", path_of(account)
    yield _STORAGE, path_of(account, _STORAGE)


def _read(client: KazooClient, account: str, collection: str, path: str) -> KeyDocument | None:
    """The document at *path*, or None if there is none, or nobody but its operator may read it."""
    try:
        return KeyDocument(account, collection, path, client.read(path))
    except UpstreamDown as error:
        hidden = collection == _STORAGE and isinstance(error, NotPermitted | NotSupported)
        if error.is_unknown or hidden:
            return None
        raise


def _each_key(value: Any, known: StackKeys, fresh: Callable[[StackKey], str]) -> Any:
    """A JSON value in which every key of the stack is replaced."""

    def replaced(found: re.Match[str]) -> str:
        key = known.read(found[0])
        return fresh(key) if key else found[0]

    if isinstance(value, str):
        return KEY.sub(replaced, value)
    if isinstance(value, dict):
        return {name: _each_key(each, known, fresh) for name, each in value.items()}
    if isinstance(value, list):
        return [_each_key(each, known, fresh) for each in value]
    return value


def renew(client: KazooClient, document: KeyDocument, known: StackKeys, how: Renewal) -> None:
    """Give a document its new keys, also if somebody changes it meanwhile. Raises `CrossbarError`.

    Its mark says that this was no edit by hand, unless the document was edited before.
    """
    for tries in range(1, _TRIES + 1):
        changed = document.changed(known, how)
        if not changed:
            return
        try:
            client.change(document.path, document.document, **changed, **_mark(document, changed))
        except Conflict:
            again = _read(client, document.account, document.collection, document.path)
            if again is None:
                return
            if tries == _TRIES:
                raise
            document = again
        else:
            return


def _mark(document: KeyDocument, changed: Mapping[str, Any]) -> dict[str, Any]:
    """The mark with new digests, {} for a document without one, or one that was edited."""
    mark, collection = document.data.get(MARK), document.collection
    if collection not in FIELDS or not isinstance(mark, dict):
        return {}
    if digest_of(own_fields(collection, document.data)) != mark.get("digest"):
        return {}
    digest = digest_of(own_fields(collection, {**document.data, **changed}))
    return {MARK: {**mark, "wanted": digest, "digest": digest}}


def _probes(value: Any, header: str = "") -> Iterator[Probe]:
    """The URLs of functions in a JSON value; *header* is the key beside them."""
    if isinstance(value, list):
        for each in value:
            yield from _probes(each, header)
    elif isinstance(value, Mapping):
        headers = value.get("custom_request_headers")
        named = headers.items() if isinstance(headers, dict) else ()
        beside = next((str(key) for name, key in named if name.lower() == _HEADER), "")
        for each in value.values():
            yield from _probes(each, beside)
    elif isinstance(value, str) and value.startswith(("http://", "https://")):
        yield from _probe(value, header)


def _probe(url: str, header: str) -> Iterator[Probe]:
    """The URL, if it has a key, or the word `header`, before the kind of a function."""
    plain = url.partition("?")[0]
    parts = plain.split("/")
    for at, (key, kind) in enumerate(pairwise(parts)):
        is_kind = kind in HASHES or kind == _RECORDINGS
        if is_kind and (KEY.fullmatch(key) or (key == "header" and header)):
            is_header = key == "header"
            if _RECORDINGS in parts[at + 1 : at + 3]:
                plain = "/".join([*parts[: at + 1], _RECORDINGS, "key"])
            yield Probe(plain, header if is_header else key, is_header)
            return
