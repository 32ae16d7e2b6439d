"""Webhooks in Crossbar: their state by KAZOO's rule, attempts, and how they are enabled again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pivotctl.crossbar import ACCOUNT_ID, HookDocument, LocalCrossbar
from pivotctl.crossbar.client import CrossbarClient
from pivotctl.switch.webhooks.ledger import DeliveryAttempt
from tests.unit.crossbar.conftest import NOW, Api, Clock

ID = "a1" * 16
HOOK = HookDocument(ID, ACCOUNT_ID, "calls", "channel_create", "https://hooks.example.com/calls")


@pytest.fixture
def owner(api: Api) -> Api:
    """The account that owns the hooks."""
    return Api(api.client, ACCOUNT_ID, api.token)


def attempt(at: float, status: int = 500) -> DeliveryAttempt:
    """A delivery of the hook."""
    return DeliveryAttempt(ID, "channel_create", HOOK.uri, "post", status, status == 200, at)


def fail(books: CrossbarClient, count: int, at: float = NOW) -> None:
    """So many deliveries fail, one after the other."""
    for number in range(count):
        books.attempted(attempt(at + number))


@pytest.mark.parametrize(
    ("failures", "seconds", "enabled"),
    [(5, 30, True), (6, 5, True), (6, 15, False), (7, 30, False), (6, 90, False)],
)
def test_six_failures_in_a_minute_disable(
    owner: Api, books: CrossbarClient, clock: Clock, failures: int, seconds: int, *, enabled: bool
) -> None:
    """KAZOO looks every fifteen seconds; what it has disabled stays so, and says why."""
    books.register([HOOK])
    fail(books, failures, NOW + 5 - NOW % 15)
    clock.now = NOW - NOW % 15 + seconds
    found = owner.get(f"webhooks/{ID}")["data"]
    assert found["enabled"] is enabled
    assert ("disable_reason" in found) is not enabled
    assert books.disabled() == (frozenset() if enabled else {ID})


def test_a_disabled_hook_counts_no_further(owner: Api, books: CrossbarClient, clock: Clock) -> None:
    """A thousand failures disable as six do, and cost no more to look at."""
    books.register([HOOK])
    for number in range(1000):
        clock.now = NOW + number / 100
        books.attempted(attempt(clock.now))
    clock.now = NOW + 30
    assert not owner.get(f"webhooks/{ID}")["data"]["enabled"]
    assert len(owner.get("webhooks/attempts", paginate="false")["data"]) == 1000


def test_failures_that_are_old_do_not_count(
    owner: Api, books: CrossbarClient, clock: Clock
) -> None:
    """Six failures over more than a minute leave the hook enabled."""
    books.register([HOOK])
    for number in range(6):
        clock.now = NOW + 15 * number
        books.attempted(attempt(clock.now))
    clock.now += 15
    assert owner.get(f"webhooks/{ID}")["data"]["enabled"]


ENABLED: list[tuple[str, str, dict[str, Any]]] = [
    ("PATCH", f"webhooks/{ID}", {"enabled": True}),
    ("PATCH", "webhooks", {"re-enable": True}),
    ("PATCH", "descendants/webhooks", {"re-enable": "true"}),
    ("POST", f"webhooks/{ID}", {"name": "calls", "hook": "all", "uri": HOOK.uri}),
]


@pytest.mark.parametrize(("method", "path", "data"), ENABLED)
def test_a_disabled_hook_is_enabled(
    owner: Api, books: CrossbarClient, clock: Clock, method: str, path: str, data: dict[str, Any]
) -> None:
    """One hook or all of them fire again, and old failures are forgotten."""
    books.register([HOOK])
    fail(books, 6)
    clock.now = NOW + 30
    assert not owner.get("webhooks")["data"][0]["enabled"]
    assert owner.ask(method, path, json={"data": data}).status_code == 200
    (found,) = owner.get("webhooks")["data"]
    assert found["enabled"]
    assert "disable_reason" not in found
    (state,) = books.hooks()
    assert state.failures == 0


@pytest.mark.parametrize(
    ("path", "data", "key", "rule"),
    [
        ("webhooks", {}, "re-enable", "required"),
        ("webhooks", {"re-enable": False}, "re-enable", "enum"),
        (f"webhooks/{ID}", {"enabled": "yes"}, "enabled", "type"),
        (f"webhooks/{ID}", {"http_verb": "delete"}, "http_verb", "enum"),
        (f"webhooks/{ID}", {"uri": None}, "uri", "required"),
    ],
)
def test_a_change_that_breaks_a_rule(
    owner: Api, books: CrossbarClient, path: str, data: dict[str, Any], key: str, rule: str
) -> None:
    """It is a 400 that names key and rule."""
    books.register([HOOK])
    answer = owner.ask("PATCH", path, json={"data": data})
    assert (answer.status_code, answer.json()["message"]) == (400, "validation error")
    assert list(answer.json()["data"][key]) == [rule]


def test_attempts_are_failures_newest_first(
    owner: Api, books: CrossbarClient, clock: Clock
) -> None:
    """Successes are not logged by default; no answer and a bad one have KAZOO's reasons."""
    books.register([HOOK])
    for at, status in ((NOW, 500), (NOW + 1, 0), (NOW + 2, 200)):
        books.attempted(attempt(at, status))
    clock.now = NOW + 5
    for path in ("webhooks/attempts", f"webhooks/{ID}/attempts"):
        found = owner.get(path)["data"]
        assert [each["reason"] for each in found] == [
            "kazoo http client error",
            "bad response code",
        ]
        assert {each["result"] for each in found} == {"failure"}
    assert found[1]["resp_status_code"] == "500"


def test_a_hook_is_made_and_taken_away(owner: Api, crossbar: LocalCrossbar) -> None:
    """PUT makes one with KAZOO's defaults, DELETE takes it away."""
    data = {"name": "all", "hook": "all", "uri": "https://hooks.example.com/all"}
    made = owner.ask("PUT", "webhooks", json={"data": data})
    assert made.status_code == 201
    document = made.json()["data"]
    assert (document["http_verb"], document["format"], document["retries"]) == (
        "post", "form-data", 2,
    )  # fmt: skip
    assert owner.ask("DELETE", f"webhooks/{document['id']}").status_code == 200
    assert owner.ask("GET", f"webhooks/{document['id']}").status_code == 404
    assert crossbar.hooks.documents(NOW) == []


def test_a_hook_is_its_owners(api: Api, books: CrossbarClient) -> None:
    """Another account has no such hook."""
    books.register([HOOK])
    assert api.get("webhooks")["data"] == []
    assert api.ask("GET", f"webhooks/{ID}").status_code == 404


def test_a_hook_that_is_known_keeps_its_state(books: CrossbarClient, clock: Clock) -> None:
    """To register a hook again does not enable it."""
    books.register([HOOK])
    fail(books, 6)
    clock.now = NOW + 30
    assert not books.register([HOOK])[0].document.enabled
    assert books.enable([ID])[0].document.enabled


def test_a_hook_keeps_the_mark_of_a_client(owner: Api, books: CrossbarClient, clock: Clock) -> None:
    """Fields that KAZOO does not know survive its disabling, and reach the switch."""
    data = {"name": "all", "hook": "all", "uri": HOOK.uri, "pivot_functions": {"project": "demo"}}
    made = owner.ask("PUT", "webhooks", json={"data": data}).json()["data"]
    (state,) = books.hooks()
    assert state.document.other == {"pivot_functions": {"project": "demo"}}
    for number in range(6):
        books.attempted(replace(attempt(NOW + number), hook_id=made["id"]))
    clock.now = NOW + 30
    disabled = owner.get(f"webhooks/{made['id']}")["data"]
    assert not disabled["enabled"]
    answer = owner.ask("PATCH", f"webhooks/{made['id']}", json={"data": {"enabled": True}})
    assert answer.json()["data"] == made


def test_available_hooks_are_open_to_all(owner: Api) -> None:
    """The list of hooks needs no token, describes them, and says what `custom_data` narrows."""
    rows = {row["id"]: row for row in owner.client.get("webhooks").json()["data"]}
    assert rows["channel_destroy"] == {
        "id": "channel_destroy", "name": "channel_destroy", "description": "A leg ended",
    }  # fmt: skip
    assert rows["object"]["modifiers"] == ["type", "action"]
