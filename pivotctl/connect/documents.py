"""Documents that a project wants of an account, and those found there, by their mark.

The mark is a member of the document that KAZOO keeps without a meaning: the project's name, the
document's own, and two digests: of what was *wanted*, and of what Crossbar stored for it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pivotkit.services.crossbar_api import path_of

MARK = "pivot_functions"

FIELDS: Mapping[str, tuple[str, ...]] = {
    "callflows": ("name", "numbers", "flow"),
    "webhooks": (
        "name", "hook", "uri", "http_verb", "format", "retries", "custom_data",
        "include_subaccounts", "include_internal_legs",
    ),
    "resources": ("name", "gateways", "rules"),
    "clicktocall": (
        "name", "extension", "dial_first", "auth_required", "timeout", "caller_id_number",
        "whitelist", "outbound_callee_id_number",
    ),
    "storage": ("attachments", "plan"),
}  # fmt: skip
"""Fields that a project sets, by collection. All others belong to KAZOO, or to the account."""

OPTIONAL = frozenset({"resources", "clicktocall", "storage"})
"""Collections that a KAZOO may lack, or not show to everybody."""

STORAGE = "storage"
"""The collection with one document, whose ID is the account's."""

_DERIVED = ("id", "metadata")


def document_path(account: str, collection: str, identifier: str = "") -> str:
    """Return the path of a document, or of its collection; that of storage is the same."""
    nouns = () if collection == STORAGE or not identifier else (identifier,)
    return path_of(account, collection, *nouns)


def digest_of(fields: Mapping[str, Any]) -> str:
    """Return the digest of JSON, whatever the order of its members."""
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class WantedDocument:
    """A document by its collection, its name in the project, and the fields that are set."""

    collection: str
    name: str
    fields: Mapping[str, Any]

    @cached_property
    def digest(self) -> str:
        """The digest of the fields."""
        return digest_of(self.fields)

    def marked(self, project: str, stored: str = "") -> dict[str, Any]:
        """Return the mark; *stored* is the digest of what Crossbar made of the fields."""
        digests = {"wanted": self.digest, "digest": stored or self.digest}
        return {"project": project, "name": self.name, **digests}


@dataclass(frozen=True)
class FoundDocument:
    """A document of an account that has a mark, with the ETag that it was read with."""

    collection: str
    id: str
    document: Mapping[str, Any]
    etag: str = ""

    @property
    def mark(self) -> Mapping[str, Any]:
        """The mark, {} if there is none."""
        found = self.document.get(MARK)
        return found if isinstance(found, dict) else {}

    @property
    def name(self) -> str:
        """The document's name in the project."""
        return str(self.mark.get("name", ""))

    @property
    def fields(self) -> dict[str, Any]:
        """The fields that the project sets, as they are now."""
        return own_fields(self.collection, self.document)

    @property
    def is_edited(self) -> bool:
        """Whether somebody has changed these fields since they were stored."""
        return digest_of(self.fields) != self.mark.get("digest")

    @property
    def others(self) -> dict[str, Any]:
        """The other fields that a change keeps."""
        ours = (*FIELDS[self.collection], MARK, *_DERIVED)
        return {
            name: value
            for name, value in self.document.items()
            if name not in ours and not name.startswith(("_", "pvt_"))
        }

    @property
    def disable_reason(self) -> str:
        """Why KAZOO has disabled a webhook, or ''."""
        is_off = self.collection == "webhooks" and self.document.get("enabled") is False
        return str(self.document.get("disable_reason") or "by hand") if is_off else ""


def own_fields(collection: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a document that a project sets."""
    return {name: document[name] for name in FIELDS[collection] if name in document}
