"""What a chat is told, and that nobody writes markup into it."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.workers.notify_chat.messages import alarm, caller, harmless, message
from pivotkit.events import MissedCall
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
def test_what_is_left_of_a_text(text: str, expected: str) -> None:
    """Letters and plain punctuation stay, and what a chat could take for markup goes."""
    assert harmless(text) == expected


@given(st.text())
def test_no_text_is_markup(text: str) -> None:
    """Whatever a caller is called, no character with a meaning for a chat is left."""
    found = harmless(text)
    markup = set(string.punctuation) - set("+.,;'()%!?-")
    assert not markup & set(found)
    assert len(found) <= 80
    assert found == " ".join(found.split())


CALLERS = {
    ("Ann", "+14155550142"): "Ann (+14155550142)",
    ("+14155550142", "+14155550142"): "+14155550142",
    (None, "+14155550142"): "+14155550142",
    ("Ann", None): "Ann",
    ("<>", None): "somebody",
}


@pytest.mark.parametrize(("told", "expected"), CALLERS.items())
def test_how_a_caller_is_told(told: tuple[str | None, str | None], expected: str) -> None:
    """A caller has a name, a number, both, or neither."""
    assert caller(MissedCall(caller_id_name=told[0], caller_id_number=told[1])) == expected


def test_a_message_asks_for_no_markup() -> None:
    """The chat is told to look for no markup and to follow no links."""
    assert message("x") == {
        "text": "x",
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


@pytest.mark.parametrize(
    ("sort", "line"),
    [("cdr_alarm#told", "Too long. Account 5d2f."), ("event#cdr_alarm#0a1b", "")],
)
def test_only_our_own_alarms_are_told(sort: str, line: str) -> None:
    """An alarm's sentence is told as it is; a hook that calls itself an alarm is none."""
    item: Item = {
        "pk": {"S": "5d2f#alarm-long_call-2026-01-15T09"},
        "sk": {"S": sort},
        "method": {"S": "POST"},
        "content_type": {"S": "application/json"},
        "body": {"S": '{"summary": "Too long."}'},
    }
    assert alarm(Delivery(item["pk"]["S"], item)) == line
