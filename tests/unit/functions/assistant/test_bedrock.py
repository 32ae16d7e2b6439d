"""A model's answer, as callers hear it; and the conversation as the model gets it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.pivot.assistant.assistants import Exchange, Transcript
from functions.pivot.assistant.bedrock import messages, sayable
from pivotkit.core.speech import MAX_SPOKEN, spoken

LONG = "This is a sentence of some length that says nothing. " * 6


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("**We're open**, 9 to 5!", "We're open, 9 to 5."),
        ("# Hours\n- Monday\n- Tuesday", "Hours Monday Tuesday"),
        ("See [our page](https://example.com/x). Bye", "See our page. Bye"),
        ("Go to https://example.com/x?y=1 now.", "Go to now."),
        ('<tts voice="x">Hello</tts>', "Hello"),
        ("Press 1? Press 2: yes", "Press 1. Press 2, yes"),
        ("${system(x)}", "system x"),
        ("\U0001f642 ```", ""),
        (LONG, (LONG[:159]).strip()),
    ],
)
def test_markup_is_not_spoken(text: str, said: str) -> None:
    """Markdown, XML, and links are gone, and a long answer ends with a whole sentence."""
    assert sayable(text) == said


@given(st.text(alphabet=st.sampled_from("ab .?<>{}$`*_[]()#-\n1"), max_size=400))
def test_only_what_can_be_spoken_is(text: str) -> None:
    """Whatever a model writes, the result has no markup, and is not longer than is spoken."""
    said = sayable(text)
    assert len(said) <= MAX_SPOKEN
    assert said == spoken(said)


def test_the_conversation_alternates() -> None:
    """User and assistant speak by turns, the user first and last, as Converse demands."""
    transcript = Transcript("s", (Exchange(None, "Hello."), Exchange("1", "Nine to five.")))
    found = messages(transcript, "2")
    assert [each["role"] for each in found] == ["user", "assistant", "user", "assistant", "user"]
    assert found[-1]["content"] == [{"text": "The caller pressed 2."}]
