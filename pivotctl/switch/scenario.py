"""Scenario of a call: the caller, their keys, the outcomes, and the flow that the call meets."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from pivotctl.problems import Mode
from pivotctl.switch.http.form_encoding import Json
from pivotctl.switch.webhooks.hook import Webhook
from pivotctl.switch.webhooks.ledger import CallLedger
from pivotctl.switch.world import Rung, World

__all__ = [
    "RECORD_SECONDS",
    "TALK_SECONDS",
    "Mode",
    "OtherParty",
    "RecordingEnd",
    "Rung",
    "Scenario",
    "World",
    "new_call_id",
    "origin",
    "pivot_flow",
]

TALK_SECONDS = 42.0
RECORD_SECONDS = 7


def new_call_id() -> str:
    """Return a Call-ID as carriers make them."""
    return f"{secrets.token_hex(16)}@198.51.100.23"


class RecordingEnd(StrEnum):
    """Ways in which the caller ends a recording of their voice."""

    KEY = "key"
    SILENCE = "silence"
    HANGUP = "hangup"


@dataclass(frozen=True)
class OtherParty:
    """The party that KAZOO rings for a call of its own, as a click-to-call does.

    It is rung first, and then meets the flow; or else once the flow answers, and the flow does not
    wait for it. A party that does not answer rings for at most `seconds`.
    """

    number: str
    rung: Rung = Rung.ANSWERED
    is_first: bool = True
    seconds: float = 30.0


@dataclass(frozen=True)
class Scenario:
    """A call to play.

    `flow` is the stored callflow of the dialed number, usually one pivot action. `press` has one
    entry for each time the caller is asked for keys; `press_during_prompts` one for each prompt
    that waits for none. `caller_user` is the user part of From if it is not the caller's number;
    `realm` is the account's. `webhooks` are URLs by hook name. `own_origins` are exempt from
    KAZOO's list of forbidden hosts, which includes 127.0.0.1. `authorized` calls have an
    Authorizing-ID, of a device or of a known gateway. `rung` is the outcome for parties
    that `world` does not name. The call is reported to `ledger`; without `post_cdrs` only the
    ledger learns how the legs end: no CDR is posted, and no channel_destroy is fired. `patience`
    multiplies the time that a pivot request may take. KAZOO rings `party` if it places the call
    itself. The events of a call that is `followed` name every document, action, and verb that KAZOO
    reaches.
    """

    flow: Mapping[str, Any]
    caller: str = "+14155550199"
    caller_name: str = "Jane Doe"
    caller_user: str | None = None
    caller_realm: str = "pstn.example"
    called: str = "2030"
    realm: str = "acme.sip.example"
    account_id: str = field(default_factory=lambda: secrets.token_hex(16))
    call_id: str = field(default_factory=new_call_id)
    press: tuple[str, ...] = ()
    press_during_prompts: tuple[str, ...] = ()
    rung: Rung = Rung.ANSWERED
    world: World = field(default_factory=World)
    mode: Mode = Mode.K50
    recording: RecordingEnd = RecordingEnd.KEY
    authorized: bool = True
    variables: Mapping[str, Json] = field(default_factory=dict)
    webhooks: Mapping[str, str | Webhook | tuple[Webhook, ...]] = field(default_factory=dict)
    own_origins: frozenset[str] = frozenset()
    most_requests: int = 100
    strict_urls: bool = False
    ledger: CallLedger | None = None
    post_cdrs: bool = True
    patience: float = 1.0
    party: OtherParty | None = None
    followed: bool = False


def pivot_flow(
    voice_url: str,
    *,
    method: str = "post",
    req_format: str = "kazoo",
    req_body_format: str = "form",
    cdr_url: str | None = None,
    fallback: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a callflow of one pivot action, with `fallback` as its `_` child."""
    data = {
        "voice_url": voice_url,
        "method": method,
        "req_format": req_format,
        "req_body_format": req_body_format,
    }
    data |= {"cdr_url": cdr_url} if cdr_url else {}
    return {
        "module": "pivot",
        "data": data,
        "children": {"_": dict(fallback)} if fallback else {},
    }


def origin(url: str) -> str:
    """Return scheme and authority of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
