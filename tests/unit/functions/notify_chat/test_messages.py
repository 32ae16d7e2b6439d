"""The messages for a chat, into which nobody can write markup."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.workers.notify_chat.messages import alarm, call_or_fax, request
from functions.workers.notify_chat.plain_text import caller, plain
from pivotkit.events import (
    Event,
    InboundFax,
    InboundFaxError,
    MissedCall,
    OutboundFaxError,
    VoicemailNew,
    VoicemailSaved,
)
from pivotkit.store import Item
from pivotkit.store.records import Delivery

TEXTS = {
    "Zoë Miller": "Zoë Miller",
    "王小明": "王小明",
    "O'Neil, J.R. (Sales)": "O'Neil, J. R. (Sales)",
    "<!channel> now": "!channel now",
    "<https://evil.example|click>": "https evil. example click",
    "*bold* _it_ ~no~ `x` :smile: #a @all": "bold it no x smile a all",
    "![x](https://evil.example)": "! x (https evil. example)",
    "line\nbreak\u202eevil\u200b": "line break evil",
    "": "",
    "x" * 81: "x" * 79 + "…",
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.items())
def test_plain_text(text: str, expected: str) -> None:
    """Letters and plain punctuation stay, and anything that a chat could take for markup goes."""
    assert plain(text) == expected


@given(st.text())
def test_no_text_is_markup(text: str) -> None:
    """Whatever the text, no character with a meaning for a chat is left."""
    found = plain(text)
    markup = set(string.punctuation) - set("+.,;'()%!?-")
    assert not markup & set(found)
    assert len(found) <= 80
    assert found == " ".join(found.split())


CALLERS = {
    ("Ann", "+14155550142"): "Ann (+14155550142)",
    ("+14155550142", "+14155550142"): "+14155550142",
    (None, "+14155550142"): "+14155550142",
    ("Ann", None): "Ann",
    ("<>", None): "an unknown caller",
}


@pytest.mark.parametrize(("caller_id", "expected"), CALLERS.items())
def test_callers(caller_id: tuple[str | None, str | None], expected: str) -> None:
    """A caller has a name, a number, both, or neither."""
    name, number = caller_id
    assert caller(MissedCall(caller_id_name=name, caller_id_number=number)) == expected


ZOE: dict[str, Any] = {"caller_id_name": "Zoë", "caller_id_number": "+14155550142"}
MESSAGES: list[tuple[Event, str]] = [
    (MissedCall(**ZOE, to_user="6001"), "Missed call from Zoë (+14155550142) to 6001."),
    (MissedCall(), "Missed call from an unknown caller."),
    (MissedCall(**ZOE, message_left=True), ""),
    (
        VoicemailNew(**ZOE, to_user="6001", voicemail_transcription={"text": "Call me."}),
        "New voicemail from Zoë (+14155550142) for 6001: “Call me.”",
    ),
    (VoicemailNew(to_user="6001"), "New voicemail from an unknown caller for 6001."),
    (VoicemailSaved(**ZOE), ""),
    (InboundFax(**ZOE, to_user="6001"), "New fax from Zoë (+14155550142) for 6001."),
    (InboundFaxError(**ZOE, fax_error="busy"), "A fax from Zoë (+14155550142) failed: busy."),
    (InboundFaxError(**ZOE), "A fax from Zoë (+14155550142) failed."),
    (OutboundFaxError(callee_id_number="+14155550160"), "A fax to +14155550160 failed."),
]


@pytest.mark.parametrize(("event", "text"), MESSAGES)
def test_messages(event: Event, text: str) -> None:
    """A message names those who are known, and leaves no gap for those who are not."""
    assert call_or_fax(event) == text


def test_a_request_asks_for_no_markup() -> None:
    """The chat is asked to look for no markup and to follow no links."""
    assert request("x") == {
        "text": "x",
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


@pytest.mark.parametrize(
    ("sort", "text"),
    [
        ("cdr_alarm#told", "Suspicious calls in account 5d2f: A call was too long."),
        ("event#cdr_alarm#0a1b", ""),
    ],
)
def test_only_our_own_alarms_are_posted(sort: str, text: str) -> None:
    """An alarm's sentence is posted as it is; a webhook that calls itself an alarm is ignored."""
    item: Item = {
        "pk": {"S": "5d2f#alarm-long_call-2026-01-15T09"},
        "sk": {"S": sort},
        "method": {"S": "POST"},
        "content_type": {"S": "application/json"},
        "body": {"S": '{"summary": "A call was too long."}'},
    }
    assert alarm(Delivery(item["pk"]["S"], item)) == text
