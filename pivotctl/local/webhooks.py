"""Webhooks of the local stack: the events that each of its receivers takes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pivotctl.crossbar import ACCOUNT_ID, HookDocument

if TYPE_CHECKING:
    from pivotctl.stack import Stack
    from pivotctl.switch.webhooks.payloads import FiredEvent

ALL, ACTION = "all", "callflow"
_FAXES = (
    "inbound_fax", "inbound_fax_error", "outbound_fax", "outbound_fax_error",
    "outbound_smtp_fax_error",
)  # fmt: skip
_VOICEMAILS = ("voicemail_new", "voicemail_saved", "voicemail_deleted", "voicemail_full")

RECEIVERS: dict[str, tuple[tuple[str, str], ...]] = {
    "channel_events": tuple(
        (hook, "")
        for hook in (
            "channel_create", "channel_answer", "channel_bridge", "channel_destroy",
            "channel_hold", "channel_unhold", "cdr", "stream",
        )
    ),
    "parked_calls": (("parking", ""),),
    "faxes": tuple(("notifications", kind) for kind in _FAXES),
    "voicemails": tuple(("notifications", kind) for kind in _VOICEMAILS),
    "object_changes": (("object", ""),),
    "messages": (("sms", ""), ("mms", "")),
    "notifications": (("notifications", ALL),),
    "custom_events": ((ACTION, ""),),
    "everything": ((ALL, ""),),
}  # fmt: skip
"""Hooks by receiver, with the type for notifications, as the account is set up."""


class NoReceiverError(Exception):
    """No receiver of the stack takes an event; the text says what to do."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"No receiver of this stack takes {name}. Name one with --to NAME or --to URL."
        )


def registered(stack: Stack) -> list[HookDocument]:
    """Return the webhooks of the account; a callflow's webhook action has no document."""
    return [each for each in receiving(stack) if each.hook != ACTION]


def receiving(stack: Stack) -> list[HookDocument]:
    """Return a webhook for each kind of event that a receiver of *stack* takes."""
    return [
        hook_at(stack.url(name), hook, kind, name)
        for name, taken in RECEIVERS.items()
        if name in stack.info.functions
        for hook, kind in taken
    ]


def hook_at(url: str, hook: str, kind: str = "", name: str = "") -> HookDocument:
    """Return a webhook that delivers *hook* to *url*; *name* is the receiver's."""
    whole = f"{name or url}/{kind if kind not in ('', ALL) else hook}"
    data = {"type": kind} if kind else {}
    return HookDocument(
        _identifier(whole), ACCOUNT_ID, whole, hook, url, custom_data=data, include_subaccounts=True
    )


def matching(documents: Sequence[HookDocument], fired: FiredEvent) -> list[HookDocument]:
    """Return the webhooks of an event: those for its type, or else its hook, or else all.

    KAZOO would fire every match; here the most specific ones replace the others.
    Raises `NoReceiverError`.
    """
    found = (
        [each for each in documents if each.hook == fired.hook and _kind(each) == fired.kind]
        or [each for each in documents if each.hook == fired.hook and _kind(each) in ("", ALL)]
        or [each for each in documents if each.hook == ALL]
    )
    if not found:
        raise NoReceiverError(fired.kind or fired.hook)
    return found


def stored(
    documents: Iterable[HookDocument], fired: FiredEvent, account: str
) -> list[HookDocument]:
    """Return the webhooks for an event of *account* that were made through Crossbar's API.

    As in KAZOO, every match is fired.
    """
    return [
        each
        for each in documents
        if each.id != _identifier(each.name)
        and (each.account_id == account or _is_above_all(each))
        and _takes(each, fired)
    ]


def _identifier(name: str) -> str:
    """Return the ID of a webhook that the stack registers itself."""
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


def _is_above_all(document: HookDocument) -> bool:
    """Whether a webhook of the master account is for the accounts below, too."""
    return document.account_id == ACCOUNT_ID and document.include_subaccounts


def _takes(document: HookDocument, fired: FiredEvent) -> bool:
    """Whether hook, type, and action of a webhook are an event's."""
    if document.hook == ALL:
        return fired.hook != ACTION
    kinds = {"type": fired.kind or fired.payload.get("type"), "action": fired.payload.get("action")}
    return document.hook == fired.hook and all(
        document.custom_data.get(name, ALL) in (ALL, kind) for name, kind in kinds.items()
    )


def named(documents: Iterable[HookDocument], name: str) -> list[HookDocument]:
    """Return the webhooks with this ID or name, or all of the receiver *name*."""
    return [
        each for each in documents if name in (each.id, each.name, each.name.rpartition("/")[0])
    ]


def encoded_as(document: HookDocument, verb: str, body_format: str) -> HookDocument:
    """Return the webhook with another verb and format, and the same ID."""
    return replace(document, http_verb=verb, format=body_format)


def _kind(document: HookDocument) -> str:
    return document.custom_data.get("type", "")
