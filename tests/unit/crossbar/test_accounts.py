"""Accounts: their tree, who may act on whom, and how they are found."""

from __future__ import annotations

from typing import Any

import pytest

from pivotctl.crossbar import ACCOUNT_ID, API_KEY, SECOND_ACCOUNT_ID
from tests.unit.crossbar.conftest import Caller
from tests.unit.crossbar.test_documents import CALLFLOW

CLIENTS = 200


def names(rows: list[dict[str, Any]]) -> list[str]:
    """The names of accounts in a list."""
    return [row["name"] for row in rows]


def test_an_account_from_its_making_to_its_end(master: Caller) -> None:
    """PUT creates it below another with a realm of its own; without descendants it can go."""
    made = master.done("PUT", "", {"name": "Initech", "mark": "x"})
    at = f"/accounts/{made['id']}"
    assert (made["name"], made["mark"], made["is_reseller"]) == ("Initech", "x", False)
    assert made["realm"].endswith(".sip.example")
    assert (
        master.done("PATCH", at, {"mark": None, "timezone": "Europe/Berlin"})["name"] == "Initech"
    )
    assert "mark" not in master.done("GET", at)
    assert master.done("POST", at, {"name": "Initrode"})["realm"] == made["realm"]
    below = master.done("PUT", at, {"name": "Chotchkie"})
    status, envelope = master.ask("DELETE", at)
    assert (status, envelope["message"]) == (500, "account_has_descendants")
    assert master.ask("PUT", f"/accounts/{below['id']}/phone_numbers/+14155550123", {})[0] == 201
    master.done("DELETE", f"/accounts/{below['id']}")
    assert master.ask("PUT", "phone_numbers/+14155550123", {})[0] == 201
    master.done("DELETE", at)
    assert master.ask("GET", at)[0] == 404
    assert master.ask("DELETE", "")[0] == 405


def test_the_tree_of_accounts(master: Caller) -> None:
    """Children are one level down, descendants all levels, and parents the way up."""
    child = master.below(name="Child")
    grandchild = child.below(name="Grandchild")
    assert names(master.done("GET", "children")) == ["Child", "globex"]
    assert names(master.done("GET", "descendants")) == ["Child", "Grandchild", "globex"]
    assert names(child.done("GET", "descendants")) == ["Grandchild"]
    assert names(child.done("GET", "siblings")) == ["Child", "globex"]
    tree = f"/accounts/{grandchild.account}/tree"
    assert names(master.done("GET", tree)) == ["acme", "Child"]
    assert names(child.done("GET", tree)) == ["Child"]
    row = master.done("GET", "children")[0]
    assert (row["id"], row["descendants_count"]) == (child.account, 1)


REACHED = [
    ("master", "child", 200),
    ("master", "grandchild", 200),
    ("child", "child", 200),
    ("child", "grandchild", 200),
    ("grandchild", "child", 403),
    ("child", "master", 403),
    ("child", "other", 403),
    ("grandchild", "other", 403),
    ("child", "unknown", 403),
]


@pytest.mark.parametrize(("actor", "target", "status"), REACHED)
@pytest.mark.parametrize("path", ["callflows", "webhooks", "clicktocall", "cdrs", "api_key", ""])
def test_a_token_reaches_its_account_and_those_below(
    master: Caller, actor: str, target: str, status: int, path: str
) -> None:
    """Every other account is a 403, whether it exists or not."""
    child = master.below(name="Child")
    callers = {"master": master, "child": child, "grandchild": child.below(name="Grandchild")}
    ids = {name: each.account for name, each in callers.items()}
    ids |= {"other": SECOND_ACCOUNT_ID, "unknown": "e" * 32}
    found, envelope = callers[actor].ask("GET", f"/accounts/{ids[target]}/{path}".rstrip("/"))
    assert found == status
    if status == 403:
        assert (envelope["message"], envelope["error"]) == ("forbidden", "403")
        assert envelope["data"] == {"message": "forbidden"}


def test_two_hundred_accounts_are_listed_and_changed(master: Caller) -> None:
    """All of them are found page by page, and one token makes a callflow in each."""
    made = {
        master.done("PUT", "", {"name": f"Client {number:03}"})["id"] for number in range(CLIENTS)
    }
    found, query = [], {"filter_not_name": "globex"}
    while True:
        _, envelope = master.ask("GET", "descendants", **query)
        found += envelope["data"]
        if "next_start_key" not in envelope:
            break
        query["start_key"] = envelope["next_start_key"]
    assert names(found) == [f"Client {number:03}" for number in range(CLIENTS)]
    assert {row["id"] for row in found} == made
    for identifier in made:
        assert master.ask("PUT", f"/accounts/{identifier}/callflows", CALLFLOW)[0] == 201


def test_accounts_are_searched_by_name(master: Caller) -> None:
    """The search looks at the start of names, without case, in one's own tree only."""
    for name in ("Initech North", "Initech South", "Vandelay"):
        master.done("PUT", "", {"name": name})
    search = {"t": "account", "q": "name"}
    found = master.done("GET", "/search", v="initech", **search)
    assert names(found) == ["Initech North", "Initech South"]
    assert names(master.done("GET", "descendants", filter_name="Vandelay")) == ["Vandelay"]
    child = master.below(name="Initrode")
    assert names(child.done("GET", "/search", v="init", **search)) == ["Initrode"]
    assert master.ask("GET", "/search", t="account", q="colour", v="x")[0] == 400


@pytest.mark.parametrize(
    ("data", "field", "rule"),
    [
        ({}, "name", "required"),
        ({"name": ""}, "name", "minLength"),
        ({"name": "A-c-m-e"}, "name", "unique"),
        ({"name": "x", "realm": "ACME.sip.example"}, "realm", "unique"),
        ({"name": "x", "realm": "abc"}, "realm", "minLength"),
    ],
)
def test_an_account_that_cannot_be(
    master: Caller, data: dict[str, Any], field: str, rule: str
) -> None:
    """Names and realms are unique in the cluster."""
    status, envelope = master.ask("PUT", "", data)
    assert status == 400
    assert list(envelope["data"][field]) == [rule]


def test_an_api_key_is_replaced(master: Caller) -> None:
    """A new key replaces the old one at once; tokens of the old one go on."""
    assert master.done("GET", "api_key") == {"api_key": API_KEY}
    child = master.below()
    old = child.done("GET", "api_key")
    new = child.done("PUT", "api_key", {})
    assert child.ask("PUT", "/api_auth", old)[0] == 404
    assert child.done("PUT", "/api_auth", new)["account_id"] == child.account
    assert child.ask("GET", "")[0] == 200
    assert master.account == ACCOUNT_ID


@pytest.mark.parametrize(("path", "enabled"), [("descendants/webhooks", True), ("webhooks", False)])
def test_hooks_of_accounts_below_are_enabled_together(
    master: Caller, path: str, *, enabled: bool
) -> None:
    """`re-enable` for descendants reaches their webhooks, and otherwise only one's own."""
    child = master.below(name="Child")
    hook = {"name": "calls", "hook": "all", "uri": "https://hooks.example.com", "enabled": False}
    made = child.done("PUT", "webhooks", hook)
    master.done("PATCH", path, {"re-enable": True})
    assert child.done("GET", f"webhooks/{made['id']}")["enabled"] is enabled
