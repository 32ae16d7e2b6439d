"""Keys that prove their account by themselves."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pivotkit.core.errors import Unauthorized
from pivotkit.http.gateway import request_of
from pivotkit.http.keys import ANY_ACCOUNT, AccessKey, Ended, Keyring, KeySigner
from tests.events import ACCOUNT, ASKED, event

SECRET, NEXT_SECRET = "s" * 43, "n" * 43
OTHER_ACCOUNT = "f" * 32
KNOWN = "pivot-a4e3ae97ad5a54b65b6b3a2b2f6e1d2c0-g2-v9KL6Zye2RwN6S60ajfbcA6UZBicbqQ_"
KINDS = ("pivot", "webhooks", "cdr")
NONE_ENDED = Ended()

accounts = st.text("0123456789abcdef", min_size=32, max_size=32)
generations = st.integers(1, 999_999)
kinds = st.sampled_from(KINDS)


def accepted(
    key: str, kind: str = "pivot", *, secrets: Any = (SECRET,), ended: Ended = NONE_ENDED
) -> AccessKey | None:
    """The account that a function of *kind* reads from *key*; None if it refuses the request."""
    try:
        keyring = Keyring(kind, "", secrets=secrets, ended=ended)
        return keyring.authenticate(request_of(event(ASKED, key=key), 65536))
    except Unauthorized:
        return None


@given(kind=kinds, account=accounts, generation=generations)
def test_a_key_is_for_its_account_alone(kind: str, account: str, generation: int) -> None:
    """A key is accepted without any list, and for exactly the account that it names."""
    key = accepted(KeySigner([SECRET]).key(kind, account, generation), kind)

    assert key is not None
    assert key.only == account


@given(account=accounts, other=accounts, generation=generations)
def test_a_key_of_one_account_is_nothing_to_another(
    account: str, other: str, generation: int
) -> None:
    """A key never authenticates for an account other than its own, renamed or not."""
    key = KeySigner([SECRET]).key("pivot", account, generation)
    if account == other:
        return
    known = accepted(key)

    assert known is not None
    with pytest.raises(Unauthorized):
        known.require(other)
    assert accepted(key.replace(f"a{account}", f"a{other}")) is None
    assert accepted(key.replace(f"a{account}", ANY_ACCOUNT)) is None


@given(kind=kinds, other=kinds, account=accounts)
def test_a_key_of_one_kind_is_nothing_to_another(kind: str, other: str, account: str) -> None:
    """A Pivot key is refused by webhooks and CDRs, and so is one whose prefix was changed."""
    if kind == other:
        return
    key = KeySigner([SECRET]).key(kind, account)

    assert accepted(key, other) is None
    assert accepted(key.replace(kind, other, 1), other) is None


@given(account=accounts, data=st.data())
def test_any_changed_character_is_refused(account: str, data: st.DataObject) -> None:
    """A key with one character changed, removed, or added is unknown."""
    key = KeySigner([SECRET]).key("pivot", account)
    at = data.draw(st.integers(0, len(key) - 1))
    new = data.draw(st.sampled_from("0123456789abcdefgGxZ-_.:%é").filter(lambda c: c != key[at]))

    assert accepted(key[:at] + new + key[at + 1 :]) is None
    assert accepted(key[:at] + key[at + 1 :]) is None
    assert accepted(key[:at] + new + key[at:]) is None


@given(secret=st.text("abcXYZ019-_", min_size=32, max_size=64), account=accounts)
def test_a_key_under_another_secret_is_refused(secret: str, account: str) -> None:
    """Nobody makes a key without the stack's secret."""
    assert accepted(KeySigner([secret]).key("pivot", account)) is None


def test_a_key_for_all_accounts() -> None:
    """A key for any account is valid for each one."""
    key = accepted(KeySigner([SECRET]).key("pivot"))

    assert key is not None
    assert key.account(ACCOUNT) == ACCOUNT


def test_rotation_of_the_secret() -> None:
    """The first of two secrets makes keys, and keys of both are accepted."""
    old, new = KeySigner([SECRET]).key("pivot"), KeySigner([NEXT_SECRET, SECRET]).key("pivot")

    assert old != new
    assert all(accepted(key, secrets=(NEXT_SECRET, SECRET)) for key in (old, new))
    assert accepted(old, secrets=(NEXT_SECRET,)) is None
    assert accepted(new, secrets=()) is None


@given(first=generations, generation=generations)
def test_a_generation_ends_all_earlier_keys(first: int, generation: int) -> None:
    """KEY_GENERATION is the earliest generation that is accepted, of every account."""
    key = KeySigner([SECRET]).key("pivot", ACCOUNT, generation)

    assert bool(accepted(key, ended=Ended(first))) is (generation >= first)


@given(revoked=generations, generation=generations)
def test_a_revoked_key_ends_alone(revoked: int, generation: int) -> None:
    """REVOKED_KEYS ends an account's keys up to a generation, and nobody else's."""
    ended, signer = Ended(accounts={ACCOUNT: revoked}), KeySigner([SECRET])

    own = accepted(signer.key("pivot", ACCOUNT, generation), ended=ended)
    assert bool(own) is (generation > revoked)
    assert accepted(signer.key("pivot", OTHER_ACCOUNT, generation), ended=ended)


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both settings come from the environment; the latest generation of an account counts."""
    assert Ended.from_environment() == Ended(1, {})
    monkeypatch.setenv("KEY_GENERATION", "3")
    monkeypatch.setenv("REVOKED_KEYS", f"{ACCOUNT}:4, any:1 {ACCOUNT}:2")
    assert Ended.from_environment() == Ended(3, {ACCOUNT: 4, "any": 1})


@pytest.mark.parametrize(
    ("name", "value"),
    [("KEY_GENERATION", "two"), ("REVOKED_KEYS", ACCOUNT), ("REVOKED_KEYS", f"{ACCOUNT}:x")],
)
def test_an_unreadable_setting_names_itself(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """A revocation with a typing error stops the function instead of revoking nothing."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=name):
        Ended.from_environment()


def test_a_known_key() -> None:
    """The form and the MAC do not change from one version to the next: keys are in KAZOO's URLs."""
    assert KeySigner([SECRET]).key("pivot", ACCOUNT, 2) == KNOWN
