"""Webhooks that were made through Crossbar's API, among those that `fire` delivers to."""

from __future__ import annotations

from typing import Any

import pytest

from pivotctl.crossbar import ACCOUNT_ID, SECOND_ACCOUNT_ID, HookDocument
from pivotctl.local.webhooks import ACTION, hook_at, stored
from pivotctl.switch.webhooks.payloads import FiredEvent

URL = "https://hooks.example.com/calls"
ANSWER = FiredEvent("channel_answer", {})
FAX = FiredEvent("notifications", {}, "inbound_fax")
EDITED = FiredEvent("object", {"type": "user", "action": "doc_edited"})


def made(hook: str, account: str = ACCOUNT_ID, **more: Any) -> HookDocument:
    """A webhook that a client made."""
    return HookDocument("a1" * 16, account, "mine", hook, URL, **more)


MATCHES: list[tuple[HookDocument, FiredEvent, bool]] = [
    (made("channel_answer"), ANSWER, True),
    (made("channel_create"), ANSWER, False),
    (made("all"), ANSWER, True),
    (made("all"), FiredEvent(ACTION, {}), False),
    (made("notifications"), FAX, True),
    (made("notifications", custom_data={"type": "all"}), FAX, True),
    (made("notifications", custom_data={"type": "inbound_fax"}), FAX, True),
    (made("notifications", custom_data={"type": "outbound_fax"}), FAX, False),
    (made("object", custom_data={"type": "user", "action": "all"}), EDITED, True),
    (made("object", custom_data={"type": "user", "action": "doc_deleted"}), EDITED, False),
    (made("object", custom_data={"type": "device", "action": "all"}), EDITED, False),
    (made("channel_answer", SECOND_ACCOUNT_ID), ANSWER, False),
    (hook_at(URL, "channel_answer", name="channel_events"), ANSWER, False),
]


@pytest.mark.parametrize(("hook", "fired", "taken"), MATCHES)
def test_a_stored_hook_is_fired_if_it_takes_the_event(
    hook: HookDocument, fired: FiredEvent, *, taken: bool
) -> None:
    """Hook, type, action, and account match, and the stack did not register it itself."""
    assert stored([hook], fired, ACCOUNT_ID) == ([hook] if taken else [])


@pytest.mark.parametrize(("include", "count"), [(True, 1), (False, 0)])
def test_a_hook_of_the_master_account_can_take_all_accounts(*, include: bool, count: int) -> None:
    """With `include_subaccounts`, events of the accounts below are fired as well."""
    hook = made("channel_answer", include_subaccounts=include)
    assert len(stored([hook], ANSWER, SECOND_ACCOUNT_ID)) == count
