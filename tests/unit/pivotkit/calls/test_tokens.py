"""Tokens in the URLs that our own answers hand to KAZOO."""

import json
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pivotkit import kazoo
from pivotkit.calls import tokens
from pivotkit.calls.call import Call
from pivotkit.calls.handler import PivotFunction, pivot
from pivotkit.calls.tokens import FollowUp, NamedCall, Signer, call_digest, is_token
from pivotkit.core.errors import Unauthorized
from pivotkit.http.gateway import GatewayResponse
from pivotkit.kazoo import Action, tts
from tests.events import ACCOUNT, ASKED, CALL, event

OLD, NEW = "o" * 32, "n" * 32
SIGNER = Signer([NEW, OLD], "menu")
TOKEN = FollowUp(1_800_000_000, call_digest(ACCOUNT, CALL), "run-1_", 3, "pin", secret=True)
NAMED = NamedCall(ACCOUNT, CALL)


@given(
    st.builds(
        FollowUp,
        st.integers(0, 2**40),
        st.just(call_digest("a", "c")),
        st.from_regex(r"[A-Za-z0-9_-]{8}", fullmatch=True),
        st.integers(0, 100),
        st.from_regex(tokens.QUESTION, fullmatch=True),
        st.booleans(),
    )
)
@settings(max_examples=200, deadline=None)
def test_round_trip(token: FollowUp) -> None:
    """A token gives back what was written into it, in characters that a URL leaves alone."""
    text = SIGNER.follow_up(token)
    assert SIGNER.read_follow_up(text) == token
    assert is_token(text)
    assert re.fullmatch(r"[A-Za-z0-9._~-]+", text)


@given(
    st.text(alphabet=st.characters(codec="utf-8")), st.text(alphabet=st.characters(codec="utf-8"))
)
@settings(max_examples=200, deadline=None)
def test_a_named_call_may_be_any_text(account: str, call: str) -> None:
    """A call's token carries any Call-ID, whatever its characters, through any URL."""
    text = SIGNER.named_call(NamedCall(account, call))
    assert SIGNER.read_named_call(text) == NamedCall(account, call)
    assert re.fullmatch(r"[A-Za-z0-9._~-]+", text)


READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "follow-up": (SIGNER.follow_up(TOKEN), SIGNER.read_follow_up),
    "named call": (SIGNER.named_call(NAMED), SIGNER.read_named_call),
}


@pytest.mark.parametrize(("text", "read"), READERS.values(), ids=READERS.keys())
@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_any_changed_character_is_refused(
    text: str, read: Callable[[str], Any], data: st.DataObject
) -> None:
    """A token of which one character was changed, taken out or put in is refused."""
    at = data.draw(st.integers(0, len(text) - 1))
    char = data.draw(st.characters())
    changed = data.draw(
        st.sampled_from(
            [
                text[:at] + char + text[at + 1 :],
                text[:at] + text[at + 1 :],
                f"{text[:at]}{char}{text[at:]}",
            ]
        ).filter(lambda candidate: candidate != text)
    )
    with pytest.raises(Unauthorized):
        read(changed)


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_no_text_is_a_token(text: str) -> None:
    """A text that we did not sign is refused, whatever it is."""
    for forged in (text, f"t1.{text}", f"c1.{text}", f"t1.{text}.{'A' * 22}"):
        with pytest.raises(Unauthorized):
            SIGNER.read_follow_up(forged)
        with pytest.raises(Unauthorized):
            SIGNER.read_named_call(forged)


def test_one_functions_token_is_nothing_to_another() -> None:
    """A token is refused by every function but the one it was made for."""
    with pytest.raises(Unauthorized):
        Signer([NEW, OLD], "other").read_follow_up(SIGNER.follow_up(TOKEN))


def test_kinds_of_tokens() -> None:
    """A follow-up token is no call's token and the other way round, even with the same key."""
    with pytest.raises(Unauthorized):
        SIGNER.read_named_call(SIGNER.follow_up(TOKEN))
    with pytest.raises(Unauthorized):
        SIGNER.read_follow_up(SIGNER.named_call(NAMED))


def test_rotation() -> None:
    """The first secret signs and both verify, so that a secret is changed without a lost call."""
    before, during, after = (Signer(list(keys), "menu") for keys in ((OLD,), (NEW, OLD), (NEW,)))
    assert during.read_follow_up(before.follow_up(TOKEN)) == TOKEN
    assert after.read_follow_up(during.follow_up(TOKEN)) == TOKEN
    with pytest.raises(Unauthorized):
        after.read_follow_up(before.follow_up(TOKEN))


def test_no_secret() -> None:
    """Without a secret nothing can be signed, and the error says how to make one."""
    with pytest.raises(RuntimeError, match="pivotctl key --for signing"):
        Signer([], "menu").follow_up(TOKEN)
    with pytest.raises(Unauthorized):
        Signer([], "menu").read_follow_up(SIGNER.follow_up(TOKEN))


def test_the_development_secret_is_local(environment: pytest.MonkeyPatch) -> None:
    """Only a local run signs with the published secret."""
    assert Signer.from_environment("menu").follow_up(TOKEN)
    environment.delenv("AWS_SAM_LOCAL")
    with pytest.raises(RuntimeError):
        Signer.from_environment("menu").follow_up(TOKEN)


def test_a_token_tells_nothing_of_the_call() -> None:
    """A follow-up URL holds no account, call or number."""
    text = SIGNER.follow_up(TOKEN)
    assert ACCOUNT not in text
    assert CALL.partition("@")[0] not in text


# -- through a function ---------------------------------------------------------------------------


@pytest.fixture
def asked_twice() -> PivotFunction:
    """A function that asks KAZOO to come back, and says so when it does."""

    @pivot(fallback=tts("The fallback."))
    def handler(call: Call) -> Action:
        return tts("Again.") if call.follow_up else kazoo.pivot(call.url)

    return handler


def key_of(answer: GatewayResponse) -> str:
    """The key in the URL of a nested pivot."""
    url = str(json.loads(answer["body"])["data"]["voice_url"])
    return urlsplit(url).path.split("/")[1]


def text_of(answer: GatewayResponse) -> str:
    """The first thing that a caller hears."""
    assert answer["statusCode"] == 200
    return str(json.loads(answer["body"])["data"]["text"])


def test_a_follow_up_of_the_same_call(asked_twice: PivotFunction) -> None:
    """The URL that an answer hands out is good for the call it was handed to."""
    key = key_of(asked_twice(event(ASKED), None))
    assert text_of(asked_twice(event(ASKED, key=key), None)) == "Again."


OTHERS = {
    "another call": (CALL.partition("@")[0], "other"),
    "another account": (ACCOUNT, "f" * 32),
}


@pytest.mark.parametrize(("old", "new"), OTHERS.values(), ids=OTHERS.keys())
def test_a_follow_up_of_another_call(asked_twice: PivotFunction, old: str, new: str) -> None:
    """The same URL with another Call-ID or Account-ID is unauthorized."""
    key = key_of(asked_twice(event(ASKED), None))
    answer = asked_twice(event(ASKED.replace(old, new), key=key), None)
    assert answer["statusCode"] == 401


def test_an_expired_token(asked_twice: PivotFunction) -> None:
    """A genuine token whose time is over gets 200 and the fallback: a 401 would be dead air."""
    signer = Signer.from_environment("test")
    old = FollowUp(int(time.time()), call_digest(ACCOUNT, CALL))
    answer = asked_twice(event(ASKED, key=signer.follow_up(old)), None)
    assert text_of(answer) == "The fallback."


def test_a_tampered_step(asked_twice: PivotFunction) -> None:
    """A token whose step or expiry was changed is unauthorized."""
    parts = key_of(asked_twice(event(ASKED), None)).split(".")
    for place in (2, 4):
        changed = [*parts[:place], str(int(parts[place]) + 1), *parts[place + 1 :]]
        answer = asked_twice(event(ASKED, key=".".join(changed)), None)
        assert answer["statusCode"] == 401


URLS = {
    "": "https://abc123.execute-api.eu-central-1.amazonaws.com/",
    "https://pivot.example.com": "https://pivot.example.com/",
    "https://pivot.example.com/prod/": "https://pivot.example.com/prod/",
}


@pytest.mark.parametrize(("public", "start"), URLS.items(), ids=["context", "domain", "path"])
def test_urls_are_absolute(environment: pytest.MonkeyPatch, public: str, start: str) -> None:
    """URLs start with PUBLIC_URL or the request context's domain, never with a header."""
    environment.setenv("PUBLIC_URL", public)

    @pivot
    def handler(call: Call) -> Action:
        return kazoo.pivot(call.url, cdr_url=call.cdr_url())

    sent = event(ASKED, headers={"host": "evil.example", "x-forwarded-host": "evil.example"})
    data = json.loads(handler(sent, None)["body"])["data"]
    assert re.fullmatch(re.escape(start) + r"t1\.[^/]+/pivot/test", data["voice_url"])
    cdr = re.fullmatch(re.escape(start) + r"(c1\.[^/]+)/cdr/cdr_url", data["cdr_url"])
    assert cdr
    assert Signer.from_environment("cdr_url").read_named_call(cdr[1]) == NAMED


def test_secrets_of_purposes() -> None:
    """A function's secret for one purpose is nothing to another purpose, function or stack."""
    signer = Signer(["first", "second"], "a")
    assert signer.secret("x") == Signer(["first"], "a").secret("x")
    others = (
        signer.secret("y"),
        Signer(["first"], "b").secret("x"),
        Signer(["2"], "a").secret("x"),
    )
    assert signer.secret("x") not in others
