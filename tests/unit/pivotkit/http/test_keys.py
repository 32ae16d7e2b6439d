"""Keys in the URL's path or in `X-Pivot-Key`."""

import json
from typing import Any

import pytest

from pivotkit.calls.call import Call
from pivotkit.calls.handler import pivot
from pivotkit.core.errors import Unauthorized
from pivotkit.http.gateway import GatewayResponse, request_of
from pivotkit.http.keys import DEVELOPMENT_KEYS, Keyring, digest_of
from pivotkit.kazoo import Action, hangup
from tests.events import ACCOUNT, ASKED, event

KEY = "pivot-" + "k" * 43
NEXT_KEY = "pivot-" + "n" * 43
OTHER_ACCOUNT = "f" * 32


def keyring(*keys: str, kind: str = "pivot", local: bool = False) -> Keyring:
    """A keyring with *keys*."""
    return Keyring(kind, ",".join(map(digest_of, keys)), local=local)


def sent(key: str, **headers: str) -> Any:
    """A request with *key* in its path."""
    return request_of(event(ASKED, key=key, headers=headers), 65536)


def test_the_right_key() -> None:
    """A known key is accepted in the path and in the header."""
    known = keyring(KEY).authenticate(sent(KEY))
    assert known.accounts == frozenset()
    assert keyring(KEY).authenticate(sent("header", **{"X-Pivot-Key": KEY})) == known


WRONG = {
    "wrong": (KEY[:-1] + "x", {}),
    "truncated": (KEY[:-1], {}),
    "longer": (KEY + "k", {}),
    "empty": ("", {}),
    "other case": (KEY.upper(), {}),
    "not ASCII": ("pivot-é\ud800", {}),
    "the hash itself": (digest_of(KEY), {}),
    "a key of another kind": ("webhooks-" + "k" * 43, {}),
    "the development key": ("pivot-development", {}),
    "header without X-Pivot-Key": ("header", {}),
    "header with an empty X-Pivot-Key": ("header", {"X-Pivot-Key": ""}),
    "header with a wrong X-Pivot-Key": ("header", {"X-Pivot-Key": KEY[:-1]}),
    "X-Pivot-Key without the word header": ("x", {"X-Pivot-Key": KEY}),
}


@pytest.mark.parametrize(("key", "headers"), WRONG.values(), ids=WRONG.keys())
def test_wrong_keys(key: str, headers: dict[str, str]) -> None:
    """Anything other than a known key of the function's kind is unauthorized."""
    known = keyring(KEY, "webhooks-" + "k" * 43)
    with pytest.raises(Unauthorized):
        known.authenticate(sent(key, **headers))


def test_rotation() -> None:
    """During a rotation, both the old and the new key are accepted."""
    both = keyring(KEY, NEXT_KEY)
    assert both.authenticate(sent(KEY)) != both.authenticate(sent(NEXT_KEY))
    with pytest.raises(Unauthorized):
        keyring(NEXT_KEY).authenticate(sent(KEY))


def test_no_keys_at_all() -> None:
    """A function without keys accepts no request."""
    with pytest.raises(Unauthorized):
        Keyring("pivot", "").authenticate(sent(""))


def test_hashes_in_upper_case_and_blanks() -> None:
    """Entries are separated by spaces or commas, and a hash may be in upper case."""
    hashes = f" {digest_of(NEXT_KEY)} ,\n{digest_of(KEY).upper()}  "
    assert Keyring("pivot", hashes).authenticate(sent(KEY))


@pytest.mark.parametrize("kind", DEVELOPMENT_KEYS)
def test_development_keys(kind: str, environment: pytest.MonkeyPatch) -> None:
    """The published development keys are accepted in a local run, each only for its kind."""
    local = Keyring.from_environment(kind)
    assert local.authenticate(sent(DEVELOPMENT_KEYS[kind]))
    for other in DEVELOPMENT_KEYS.keys() - {kind}:
        with pytest.raises(Unauthorized):
            local.authenticate(sent(DEVELOPMENT_KEYS[other]))
    environment.setenv("AWS_SAM_LOCAL", "false")
    with pytest.raises(Unauthorized):
        Keyring.from_environment(kind).authenticate(sent(DEVELOPMENT_KEYS[kind]))


def handler(monkeypatch: pytest.MonkeyPatch, hashes: str) -> Any:
    """A function with *hashes* in its environment."""
    monkeypatch.setenv("KEY_HASHES", hashes)
    monkeypatch.setenv("SIGNING_SECRETS", "s" * 32)

    @pivot
    def answered(call: Call) -> Action:
        assert call
        return hangup()

    return answered


def test_accounts_of_a_key(environment: pytest.MonkeyPatch) -> None:
    """A key with accounts is accepted only for calls of these accounts."""
    for accounts, status in ((ACCOUNT, 200), (f"x+{ACCOUNT}", 200), (OTHER_ACCOUNT, 401)):
        ask = handler(environment, f"{digest_of(KEY)}:{accounts}")
        assert ask(event(ASKED, key=KEY), None)["statusCode"] == status


BODIES = {"a call": ASKED, "rubbish": b"\xff", "nothing": "", "too many fields": "a&" * 300}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_unauthorized_says_nothing(environment: pytest.MonkeyPatch, body: str | bytes) -> None:
    """Every 401 is the same, and is sent before the request is parsed."""
    environment.delenv("AWS_SAM_LOCAL")
    ask = handler(environment, f"{digest_of(KEY)}:{OTHER_ACCOUNT}")
    keys = ("wrong", "header", "pivot-development", "t1.a.1.d0.9999999999.digest.mac")
    replies: list[GatewayResponse] = [ask(event(body, key=key), None) for key in keys]
    replies.append(ask(event(ASKED, key=KEY), None))
    expected = {
        "statusCode": 401,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"message": "Unauthorized"}),
    }
    assert replies == [expected] * 5
