"""Requests that find a project's documents in an account, and that apply a plan there."""

from __future__ import annotations

from collections.abc import Iterator

from pivotctl.connect.documents import (
    FIELDS,
    MARK,
    FoundDocument,
    WantedDocument,
    digest_of,
    own_fields,
)
from pivotctl.connect.plan import Action, Plan, Step
from pivotctl.kazoo.client import KazooClient
from pivotkit.services.crossbar_api import CrossbarRow, object_of, path_of
from pivotkit.services.upstream import UpstreamDown


def found_documents(client: KazooClient, account: str, project: str) -> list[FoundDocument]:
    """Return the documents with the project's mark. Raises `CrossbarError`."""
    return [
        found
        for collection in FIELDS
        for found in _marked(client, account, collection)
        if found.mark.get("project") == project
    ]


def _marked(client: KazooClient, account: str, collection: str) -> Iterator[FoundDocument]:
    """The whole documents of a collection with a mark; rows of lists have few fields."""
    for row in client.rows(path_of(account, collection), has_key=MARK):
        identifier = str(row.get("id"))
        document = object_of(client.get(path_of(account, collection, identifier)))
        yield FoundDocument(collection, identifier, document)


def apply_plan(client: KazooClient, account: str, project: str, plan: Plan) -> None:
    """Do what is pending, removals first, as they free numbers. Raises `CrossbarError`."""
    for step in sorted(plan.pending, key=lambda each: each.action is not Action.REMOVE):
        _apply(client, account, project, step)


def _apply(client: KazooClient, account: str, project: str, step: Step) -> None:
    match step:
        case Step(Action.REMOVE, found=FoundDocument() as found):
            _remove(client, path_of(account, found.collection, found.id))
        case Step(Action.CREATE, wanted=WantedDocument() as wanted):
            data = {**wanted.fields, MARK: wanted.marked(project)}
            path = path_of(account, wanted.collection)
            stored = object_of(client.put(path, {"data": data}))
            _settle(client, f"{path}/{stored.get('id')}", project, wanted, stored)
        case Step(Action.CHANGE, wanted=WantedDocument() as wanted, found=FoundDocument() as found):
            path = path_of(account, found.collection, found.id)
            data = {**found.others, **wanted.fields, MARK: wanted.marked(project)}
            stored = object_of(client.post(path, data))
            _settle(client, path, project, wanted, stored)


def _remove(client: KazooClient, path: str) -> None:
    try:
        client.delete(path)
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
