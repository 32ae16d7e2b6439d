"""Types of settings: what each accepts, and what it says of anything else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pivotkit.core import setting_types as types
from pivotkit.core.setting_types import Text, Whole

ID = "b2c0a4e1d3f5968778695a4b3c2d1e0f"
OTHER = "c3d1b5f2e4a6079889706b5c4d3e2f1a"
ACCEPTED: list[tuple[type[Any], str]] = [
    (types.UserId, ID),
    (types.DeviceIds, f"{ID} {OTHER}"),
    (types.DeviceIds, f"{ID},{OTHER}"),
    (types.PhoneNumber, "+14155550123"),
    (types.Extension, "6031"),
    (types.Extension, "*78"),
    (types.NumberToDial, "+14155550123"),
    (types.NumberToDial, "dialled"),
    (types.DialedNumber, "*6063"),
    (types.DialedNumber, "+14155550100"),
    (types.NumberPattern, r"^\+1(415|510)[0-9]{7}$"),
    (types.NumberPattern, r"^\d{3,4}$"),
    (types.PresenceId, "reception@example.com"),
    (types.Url, "https://crm.example.com/v1"),
    (types.Url, "http://127.0.0.1:8080/crm"),
    (types.Media, "https://media.example.com/a.mp3"),
    (types.Media, ID),
    (types.Words, "We're closed. Goodbye."),
    (types.LanguageCode, "en-us"),
    (types.LanguageCode, "de"),
    (types.RoomName, "weekly call-1"),
    (types.Seconds, "20"),
    (types.Minutes, "5"),
    (types.Hours, "12"),
    (types.Days, "90"),
    (types.Cents, "0"),
    (types.Count, "10"),
    (types.SipCode, "486"),
]
REFUSED: list[tuple[type[Any], str, str]] = [
    (types.UserId, "", "32 hexadecimal digits"),
    (types.UserId, ID[:-1], "32 hexadecimal digits"),
    (types.UserId, ID.upper(), "32 hexadecimal digits"),
    (types.DeviceIds, f"{ID} x", "separated by spaces or commas"),
    (types.PhoneNumber, "4155550123", "a plus and 5 to 15 digits"),
    (types.PhoneNumber, "+1415", "a plus and 5 to 15 digits"),
    (types.Extension, "60a", "1 to 10 digits"),
    (types.NumberToDial, "4155550123", "or the word dialled"),
    (types.DialedNumber, "+", "1 to 20 digits"),
    (types.DialedNumber, "60a", "1 to 20 digits"),
    (types.NumberPattern, "^+1", "regular expression of digits"),
    (types.NumberPattern, "(415", "regular expression of digits"),
    (types.NumberPattern, "(?=1)a", "regular expression of digits"),
    (types.PresenceId, "two words", "must be one word"),
    (types.Url, "crm.example.com", "must be a URL"),
    (types.Url, "https://user:pass@crm.example.com", "without user"),
    (types.Url, "ftp://crm.example.com", "must be a URL"),
    (types.Media, "file:///etc/passwd", "begins with http"),
    (types.Words, "Hello ${name}", "without ${"),
    (types.Words, "...", "can be spoken"),
    (types.Words, "a\nb", "can be spoken"),
    (types.LanguageCode, "EN", "small letters"),
    (types.RoomName, "a/b", "letters, digits"),
    (types.Seconds, "0", "from 1 to 86400"),
    (types.Seconds, "90000", "from 1 to 86400"),
    (types.Seconds, "9" * 5000, "from 1 to 86400"),
    (types.Hours, "745", "from 1 to 744"),
    (types.Seconds, "1.5", "whole number"),
    (types.Days, "0", "from 1 to 3650"),
    (types.Cents, "-1", "from 0"),
    (types.Count, "", "whole number"),
    (types.SipCode, "200", "from 400 to 699"),
]


@pytest.mark.parametrize(("kind", "text"), ACCEPTED)
def test_what_a_type_accepts(kind: type[Any], text: str) -> None:
    """A value is a text or a number, and equal to what was written."""
    made = kind(text)
    assert isinstance(made, str | int)
    assert str(made) == text


@pytest.mark.parametrize(("kind", "text", "rule"), REFUSED)
def test_what_a_type_refuses(kind: type[Any], text: str, rule: str) -> None:
    """The error is the rule that the value breaks."""
    with pytest.raises(ValueError, match="must be") as caught:
        kind(text)
    assert rule in str(caught.value)


def test_ids_of_several_devices() -> None:
    """A list of IDs is read into its members."""
    assert types.DeviceIds(f"{ID}, {OTHER}").each == [ID, OTHER]


KINDS = [
    each
    for each in vars(types).values()
    if isinstance(each, type) and issubclass(each, Text | Whole)
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(text=st.text(max_size=70))
def test_no_text_gets_past_a_type(kind: type[Any], text: str) -> None:
    """Any text is a value in one line, or a `ValueError`."""
    try:
        made = str(kind(text))
    except ValueError:
        return
    assert made.isprintable()
    assert str(kind(made)) == made
