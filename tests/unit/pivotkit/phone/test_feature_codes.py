"""Features by code or by key."""

import pytest

from pivotkit.calls.call import Call, Context
from pivotkit.calls.tokens import Signer
from pivotkit.calls.urls import Urls
from pivotkit.kazoo import Action, hangup, tts
from pivotkit.phone.feature_codes import COLLECTION, SORRY, UNCHANGED, Feature

ON, OFF = tts("on"), tts("off")
FEATURE = Feature({"*1": ON, "*2": OFF}, "On or off?", {"1": ON, "2": OFF})
URLS = Urls("https://pivot.example.com", "feature", Signer(["x" * 32], "feature"))


def call(request: str, pressed: str | None = None, *, follow_up: bool = False) -> Call:
    """A call to *request*, or the follow-up after the question."""
    return Call(
        account_id="a" * 32,
        call_id="c1",
        req_format="kazoo",
        request=request,
        digits={COLLECTION: pressed or ""},
        follow_up=follow_up,
        context=Context(URLS),
    )


@pytest.mark.parametrize(("code", "action"), FEATURE.codes.items())
def test_a_code(code: str, action: Action) -> None:
    """A code runs its action without a question."""
    assert FEATURE.flow(call(code)) is action


@pytest.mark.parametrize("pressed", [None, "1", "9"])
def test_the_question(pressed: str | None) -> None:
    """Any other number asks for one key, whatever an earlier question of the call collected."""
    asked = FEATURE.flow(call("6070", pressed))
    collect = asked.children["_"]
    back = collect.children["_"]
    assert [asked.module, collect.module, back.module] == ["tts", "collect_dtmf", "pivot"]
    assert asked.data["text"] == "On or off?"
    assert str(back.data["voice_url"]).startswith("https://pivot.example.com/t1.")


@pytest.mark.parametrize(("key", "action"), FEATURE.keys.items())
def test_a_key(key: str, action: Action) -> None:
    """A key runs its action."""
    assert FEATURE.flow(call("6070", key, follow_up=True)) is action


def test_a_wrong_key() -> None:
    """An invalid key gets an apology and the question again."""
    asked = FEATURE.flow(call("6070", "9", follow_up=True))
    assert asked.data["text"] == f"{SORRY}On or off?"


@pytest.mark.parametrize("silence", [UNCHANGED, hangup()])
def test_silence(silence: Action) -> None:
    """Without a key nothing changes, unless the template specifies otherwise."""
    feature = FEATURE._replace(silence=silence)
    assert feature.flow(call("6070", follow_up=True)) is silence
