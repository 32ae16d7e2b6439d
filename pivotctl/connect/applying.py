"""Requests that find a project's documents in an account, and that apply a plan there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pivotctl.connect.documents import (
    FIELDS,
    MARK,
    OPTIONAL,
    STORAGE,
    FoundDocument,
    WantedDocument,
    digest_of,
    document_path,
    own_fields,
)
from pivotctl.connect.plan import Action, Occupied, Plan, Step
from pivotctl.kazoo.client import KazooClient
from pivotctl.kazoo.errors import NotPermitted, NotSupported, Unknown
from pivotkit.services.crossbar_api import CrossbarRow, object_of, path_of
from pivotkit.services.upstream import UpstreamDown


def found_documents(
    client: KazooClient, account: str, project: str, collections: Iterable[str] = FIELDS
) -> list[FoundDocument]:
    """Return the documents with the project's mark. Raises `CrossbarError`."""
    return [
        found
        for collection in collections
        for found in _marked(client, account, collection)
        if found.mark.get("project") == project
    ]


def _marked(client: KazooClient, account: str, collection: str) -> list[FoundDocument]:
    """The documents of a collection with a mark; none if KAZOO has no such collection."""
    read = _stored if collection == STORAGE else _listed
    try:
        return list(read(client, account, collection))
    except (NotPermitted, NotSupported, Unknown):
        if collection in OPTIONAL:
            return []
        raise


def _listed(client: KazooClient, account: str, collection: str) -> Iterator[FoundDocument]:
    """The whole documents of a collection with a mark; rows of lists have few fields."""
    for row in client.rows(path_of(account, collection), has_key=MARK):
        identifier = str(row.get("id"))
        read = client.read(path_of(account, collection, identifier))
        yield FoundDocument(collection, identifier, read.data, read.etag)


def _stored(client: KazooClient, account: str, collection: str) -> Iterator[FoundDocument]:
    """The account's one document, if it has a mark."""
    read = client.read(path_of(account, collection))
    if MARK in read.data:
        yield FoundDocument(collection, account, read.data, read.etag)


def occupied(client: KazooClient, account: str, wanted: Iterable[WantedDocument]) -> Occupied:
    """Return what others have in the account that new documents would need.

    Nothing is asked for collections in which nothing is new. Raises `CrossbarError`.
    """
    new = {each.collection for each in wanted}
    numbers: dict[str, str] = {}
    rows = client.rows(path_of(account, "callflows")) if "callflows" in new else iter(())
    for row in rows:
        listed = row.get("numbers")
        for number in listed if isinstance(listed, list) else ():
            numbers[str(number)] = f"{row.get('name') or 'a callflow'} ({row.get('id')})"
    return Occupied(numbers, STORAGE in new and _has_storage(client, account))


def _has_storage(client: KazooClient, account: str) -> bool:
    """Whether the account has a storage document."""
    try:
        client.get(path_of(account, STORAGE))
    except UpstreamDown as error:
        if error.is_unknown:
            return False
        raise
    return True


def apply_plan(client: KazooClient, account: str, project: str, plan: Plan) -> None:
    """Do what is pending, removals first, as they free numbers. Raises `CrossbarError`.

    What somebody has changed since the plan was made is kept: `Conflict`.
    """
    for step in sorted(plan.pending, key=lambda each: each.action is not Action.REMOVE):
        _apply(client, account, project, step)


def _apply(client: KazooClient, account: str, project: str, step: Step) -> None:
    match step:
        case Step(Action.REMOVE, found=FoundDocument() as found):
            _remove(client, document_path(account, found.collection, found.id), found.etag)
        case Step(Action.CREATE, wanted=WantedDocument() as wanted):
            data = {**wanted.fields, MARK: wanted.marked(project)}
            stored = object_of(client.put(path_of(account, wanted.collection), {"data": data}))
            path = document_path(account, wanted.collection, str(stored.get("id")))
            _settle(client, path, project, wanted, stored)
        case Step(Action.CHANGE, wanted=WantedDocument() as wanted, found=FoundDocument() as found):
            path = document_path(account, found.collection, found.id)
            data = {**found.others, **wanted.fields, MARK: wanted.marked(project)}
            stored = object_of(client.post(path, data, found.etag))
            _settle(client, path, project, wanted, stored)


def _remove(client: KazooClient, path: str, etag: str) -> None:
    try:
        client.delete(path, etag)
    except UpstreamDown as error:
        if not error.is_unknown:
            raise


def _settle(
    client: KazooClient, path: str, project: str, wanted: WantedDocument, stored: CrossbarRow
) -> None:
    """Correct the mark if Crossbar has stored something else, such as a number in E.164."""
    digest = digest_of(own_fields(wanted.collection, stored))
    if digest != wanted.digest:
        client.patch(path, **{MARK: wanted.marked(project, digest)})
