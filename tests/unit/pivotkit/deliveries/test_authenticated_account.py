"""Whatever a delivery claims, everything behind the door has the account of its key."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pivotctl.switch.webhooks.hook_request import second_version
from pivotkit.core.gregorian import GREGORIAN_EPOCH
from pivotkit.deliveries.webhooks import WebhookReceiver
from pivotkit.http.keys import digest_of
from pivotkit.store import Item
from pivotkit.store.records import Delivery
from pivotkit.workers.bus import delivery_in, detail_of
from scripts.sample_deliveries import MORE
from tests import functions
from tests.events import FORM, JSON, event

OURS, THEIRS = "a" * 32, "b" * 32
KEY, SECRET, AT = "webhooks-ours", "sha256-key", 63_885_519_612
CALL = {"account_id": OURS, "call_id": "c1", "owner_id": "u1", "caller_id_number": "+14155550123"}
EVENTS: dict[str, dict[str, Any]] = {
    "channel_bridge": CALL | {"hook_event": "channel_bridge", "call_direction": "outbound"},
    "channel_destroy": CALL | {"hook_event": "channel_destroy", "billing_seconds": 60},
    "callflow": CALL | {"fetch_id": "f", "funnel": "welcome", "step": "a", "outcome": "asked"},
    "doc_deleted": {"account_id": OURS, "action": "doc_deleted", "type": "user", "id": "u1"},
    "unknown": {"account_id": OURS, "hook_event": "moon"},
    "unreadable": {"account_id": OURS, "hook_event": "channel_destroy"},
    **{
        name: MORE[name] | {"account_id": OURS}
        for name in ("missed_call", "voicemail_new", "inbound_fax", "outbound_fax")
    },
}
SPELLINGS = (
    *("account_id", "account-id", "Account-ID", "Account-Id", "ACCOUNT_ID", "[account_id]"),
    *("accountId", "account_id[]", "account id", "x[account_id]", "data[account_id]"),
)
"""The spellings of an account's ID in a payload; with brackets a form nests it."""

NESTED = ("", "data", "custom_data", "custom_channel_vars", "event", "values", "items[]")
"""Members of an event that may have claims inside; '' stands for the event itself."""


class Kept(list[Item]):
    """Takes the place of the table behind a receiver."""

    def keep(self, item: Item) -> str:
        """Keep *item*."""
        self.append(item)
        return "stored"


@pytest.fixture
def settings_of_the_door(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of a receiver that has a key for all accounts."""
    monkeypatch.setenv("CALL_RECORDS_TABLE", "none")
    monkeypatch.setenv("KEY_HASHES", digest_of(KEY))
    return monkeypatch


@pytest.fixture
def door(settings_of_the_door: pytest.MonkeyPatch) -> WebhookReceiver:
    """The receiver of every event, with a key that is good for our account only."""
    settings_of_the_door.setenv("KEY_HASHES", f"{digest_of(KEY)}:{OURS}")
    return receiver()


def receiver() -> WebhookReceiver:
    """A receiver of every event, as the environment is now."""
    found: WebhookReceiver = functions.load("webhooks/everything")
    return found


def stored(door: WebhookReceiver, sent: dict[str, Any]) -> list[Delivery]:
    """The delivery that *door* stores; nothing if it refuses the request."""
    kept = Kept()
    door._store = kept  # type: ignore[assignment]
    status = door(sent, None)["statusCode"]
    assert status == (200 if kept else 401)
    return [Delivery(item["pk"]["S"], item) for item in kept]


def behind(delivery: Delivery) -> list[Delivery]:
    """The delivery as the workers get it: from the stream, and over the bus."""
    return [delivery, delivery_in(json.loads(detail_of(delivery)))]


def require_ours(delivery: Delivery) -> None:
    """Fail if anything that a worker can see of *delivery* names another account."""
    detail = json.loads(detail_of(delivery))
    assert (detail["account_id"], detail["event"]["account_id"]) == (OURS, OURS)
    assert THEIRS not in json.dumps(detail), detail
    for seen in behind(delivery):
        assert (seen.account_id, seen.event.account_id) == (OURS, OURS)
        assert seen.values["account_id"] == OURS
        assert seen.key.startswith(f"{OURS}#")
        assert THEIRS not in f"{seen.event!r} {seen.content!r} {seen.record!r}"
    assert type(behind(delivery)[0].event) is type(behind(delivery)[1].event)
    assert behind(delivery)[0].event.name == behind(delivery)[1].event.name


BESIDE = [("", "account_id")]
claims = st.lists(st.tuples(st.sampled_from(NESTED), st.sampled_from(SPELLINGS)), max_size=4)


def claiming(values: Mapping[str, Any], places: list[tuple[str, str]]) -> dict[str, Any]:
    """*values* with the claim that they are another account's, in *places*."""
    claimed: dict[str, Any] = dict(values)
    for member, name in places:
        if member == "":
            claimed[name] = THEIRS
        elif member == "items[]":
            claimed["items"] = [{name: THEIRS}]
        else:
            inside = claimed.get(member)
            claimed[member] = {**(inside if isinstance(inside, dict) else {}), name: THEIRS}
    return claimed


def form(values: Mapping[str, Any]) -> str:
    """*values* as KAZOO writes a form: keys as they are, values percent-encoded."""
    pairs = []
    for name, value in values.items():
        if isinstance(value, dict):
            pairs += [f"{name}[{key}]={quote(str(inner))}" for key, inner in value.items()]
        elif isinstance(value, list):
            pairs += [f"{name}[]={quote(json.dumps(item))}" for item in value]
        else:
            pairs.append(f"{name}={quote(str(value))}")
    return "&".join(pairs)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from([*EVENTS]),
    claims=claims,
    beside=claims,
    kind=st.sampled_from(["json", "form", "query", "envelope", "nested", "signed"]),
    again=st.booleans(),
    own=st.booleans(),
)
@example(name="doc_deleted", claims=[], beside=BESIDE, kind="envelope", again=False, own=True)
@example(name="doc_deleted", claims=[], beside=BESIDE, kind="nested", again=False, own=True)
@example(name="doc_deleted", claims=[], beside=BESIDE, kind="envelope", again=False, own=False)
def test_no_claim_changes_the_account(
    door: WebhookReceiver,
    name: str,
    claims: list[tuple[str, str]],
    beside: list[tuple[str, str]],
    kind: str,
    *,
    again: bool,
    own: bool,
) -> None:
    """A delivery with the key of one account is refused, or all of it is that account's."""
    values = claiming(EVENTS[name], claims)
    if not own:
        values.pop("account_id", None)
    for delivery in stored(door, delivered(kind, values, beside, again=again)):
        require_ours(delivery)


def delivered(
    kind: str, values: dict[str, Any], beside: list[tuple[str, str]], *, again: bool
) -> dict[str, Any]:
    """A request of one *kind* with *values*, and claims *beside* them."""
    headers = {"x-hook-id": "h", "x-account-id": OURS}
    repeated = f"account_id={THEIRS}&" if again else ""
    if kind == "form":
        return event(f"{repeated}{form(claiming(values, beside))}", key=KEY, headers=headers)
    if kind == "query":
        url = f"https://h/?{repeated}{form(claiming(values, beside))}"
        return event("", method="GET", url=url, key=KEY, headers=headers)
    if kind in ("envelope", "nested", "signed"):
        sealed = second_version(values, SECRET if kind == "signed" else "", AT)
        values = {**sealed, "data": {**sealed, **values}} if kind == "nested" else sealed
    body = json.dumps(claiming(values, beside))
    body = body.replace("{", f'{{"account_id": "{THEIRS}",', 1) if again else body
    return event(body, key=KEY, content_type=JSON, headers=headers)


def test_a_cut_body_keeps_its_account(door: WebhookReceiver) -> None:
    """A form that names two accounts is stored cut, without the one that counted: it still does."""
    filler = "x" * 300_000
    body = f"account_id={THEIRS}&action=doc_deleted&type=user&id=u&f={filler}&account_id={OURS}"
    (delivery,) = stored(door, event(body, key=KEY, content_type=FORM))
    require_ours(delivery)


@pytest.mark.usefixtures("settings_of_the_door")
def test_a_key_for_all_accounts() -> None:
    """With a key for all accounts the event's own account counts, and nothing overrides it."""
    sealed = second_version(EVENTS["doc_deleted"], "", AT)
    for beside in ({"account_id": THEIRS}, {"Account-ID": THEIRS}, {"data2": sealed}):
        sent = event(json.dumps(sealed | beside), key=KEY, content_type=JSON)
        (delivery,) = stored(receiver(), sent)
        require_ours(delivery)


@pytest.mark.usefixtures("settings_of_the_door")
@pytest.mark.parametrize("account", ["a#b", "#", "x" * 3000])
def test_an_id_that_is_no_kazoo_id(account: str) -> None:
    """No account ID can be mistaken for another account and a subject."""
    values = EVENTS["doc_deleted"] | {"account_id": account}
    (delivery,) = stored(receiver(), event(json.dumps(values), key=KEY, content_type=JSON))
    assert delivery.account_id not in ("a", "")
    assert delivery.event.account_id == delivery.account_id


def test_a_signature_does_not_cover_the_owner(settings_of_the_door: pytest.MonkeyPatch) -> None:
    """With signed deliveries, a header or custom data cannot give an event an account."""
    settings_of_the_door.setenv("HOOK_SECRETS", SECRET)
    settings_of_the_door.setattr(time, "time", lambda: AT - GREGORIAN_EPOCH)
    values = {name: value for name, value in EVENTS["doc_deleted"].items() if name != "account_id"}
    sealed = second_version(values, SECRET, AT) | {"account_id": THEIRS}
    sent = event(json.dumps(sealed), key=KEY, content_type=JSON, headers={"x-account-id": THEIRS})
    (delivery,) = stored(receiver(), sent)
    assert delivery.account_id == "unknown"
    assert THEIRS not in f"{delivery.event!r} {detail_of(delivery)}"
