"""Masks: no digit that a caller pressed, no key, and no token is kept, whatever the text."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pivotkit.calls.call import Call
from pivotkit.core.masks import HIDDEN, digits_of, masked, masked_text, without_keys
from pivotkit.store.remembered import Changes, Remembered, Step
from pivotkit.store.steps import CodeVersion, Kept, item_of

CODE = CodeVersion("test", "Test", "abc")
PRESSED = st.text("0123456789", min_size=3, max_size=12)
WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Nd"]), max_size=20)


def spelled(digits: str) -> st.SearchStrategy[str]:
    """*digits* as people and templates write them."""
    return st.sampled_from(["", " ", "-", ", ", ". "]).map(lambda between: between.join(digits))


@st.composite
def kept_steps(draw: st.DrawFn) -> tuple[Kept, str]:
    """A step whose every part has what was pressed in it, and what that was."""
    pressed = draw(PRESSED)
    text = f"{draw(WORDS)}{draw(spelled(pressed))}{draw(WORDS)}"
    call = Call(
        "4e3ae97ad5a54b65b6b3a2b2f6e1d2c0",
        "call",
        "kazoo",
        digits={"answer": f"{pressed}#"},
        custom_application_vars={"note": [text, {text: text}]},
        variables={"n": int(pressed)},
    )
    body = json.dumps({"module": "tts", "data": {"text": text, "number": int(pressed)}})
    stored = Remembered(
        {"var": text},
        {"test:run:value": {"a": text}, "test:run:?1": "a secret's result"},
        (Step(1), Step(2, "1", pressed, len(pressed))),
    )
    changes = Changes({"new": text}, {"test:run:more": text})
    answer = draw(st.sampled_from([body, f"<Response><Say>{pressed}</Say></Response>"]))
    made = {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": answer}
    fields = draw(st.sampled_from([{}, {"error": "KeyError", "at": "app.py:3 handler"}]))
    return Kept(call, made, "answered", fields, 0, 1, memory=(stored, changes), step=1), pressed


@given(kept_steps())
def test_nothing_pressed_is_kept(step: tuple[Kept, str]) -> None:
    """Pressed keys are in no attribute of a kept step, in one piece or spelled out."""
    kept, pressed = step
    item = item_of(kept, CODE)
    texts = [value.get("S", "") for value in item.values()]
    number = str(int(pressed))  # as a number it has no leading zeros
    for text in texts:
        assert not re.search(rf"(?<![0-9]){'[ .,-]*'.join(pressed)}(?![0-9])", text)
        assert number == pressed or len(number) < 3 or pressed not in text
    assert "a secret's result" not in " ".join(texts)


@given(kept_steps())
def test_a_masked_answer_is_still_what_it_was(step: tuple[Kept, str]) -> None:
    """JSON remains JSON, and TwiML keeps its elements."""
    kept, pressed = step
    answer = str(kept.answer["body"])
    text = masked_text(answer, [pressed])
    if answer.startswith("{"):
        assert json.loads(text).keys() == json.loads(answer).keys()
    else:
        assert text == f"<Response><Say>{HIDDEN}</Say></Response>"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://a.example/pivot-secret/pivot/ring", "https://a.example/<key>/pivot/ring"),
        ("https://a.example/prod/t1.x.0.d/pivot/ring", "https://a.example/prod/<key>/pivot/ring"),
        (
            "see http://127.0.0.1:8080/k/cdr/cdr_url now",
            "see http://127.0.0.1:8080/<key>/cdr/cdr_url now",
        ),
        ("https://a.example/music.wav", "https://a.example/music.wav"),
    ],
)
def test_keys_in_urls(text: str, shown: str) -> None:
    """A URL of a function has its key or token masked, and no other URL is changed."""
    assert without_keys(text) == shown


@pytest.mark.parametrize(
    ("value", "pressed", "shown"),
    [
        ({"timeout": 20, "code": 4321}, ["4321"], {"timeout": 20, "code": HIDDEN}),
        ("call 14321 4321", ["4321"], f"call 14321 {HIDDEN}"),
        ("4-3-2-1", ["4321"], HIDDEN),
        ([True, None, 1.5], ["4321"], [True, None, 1.5]),
    ],
)
def test_masked_values(value: Any, pressed: list[str], shown: Any) -> None:
    """Only whole sequences are masked: a longer number that contains one is another number."""
    assert masked(value, pressed) == shown


def test_short_answers_are_no_search() -> None:
    """One or two digits tell a choice, and are in every text."""
    assert digits_of({"answer": "1", "code": "12#"}) == set()
    assert digits_of("123#") == {"123"}
