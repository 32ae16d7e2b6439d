"""Tickets of the console for an account's WebSocket: for viewers of the account alone."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from pivotctl.keys import entry
from pivotkit.store.sockets import Sockets
from tests.console import HASH, KEY, Visitor, cookie, signed_in
from tests.sockets import OURS, THEIRS, Local, ask, blackhole

ENDPOINT = "/sockets/ticket"


@pytest.fixture(autouse=True)
def local(tables: Mapping[str, str], function_environment: Any) -> Iterator[Local]:
    """A console with a key, and the WebSocket beside it."""
    assert tables
    with blackhole(function_environment) as running:
        function_environment.setenv("SOCKETS_URL", running.url)
        function_environment.setenv("KEY_HASHES", HASH)
        function_environment.delenv("AWS_SAM_LOCAL")  # as deployed, where cookies need TLS
        yield running


def subscribed(local: Local, token: str, account: str) -> list[str]:
    """The errors of a subscription with *token*; none if it is done."""

    async def talk() -> dict[str, Any]:
        async with local.client() as client:
            data = {"account_id": account, "binding": "call.*.*"}
            return await ask(client, {"action": "subscribe", "auth_token": token, "data": data})

    return list(asyncio.run(talk())["data"].get("errors", ()))


def test_a_viewer_gets_a_ticket_for_the_account_of_the_page(local: Local) -> None:
    """It opens the account's socket, no other account's, and only once."""
    answer = signed_in().get(f"{ENDPOINT}?account={OURS}")
    given = json.loads(answer.text)
    assert (answer.status, given["url"], given["commands"]) == (200, local.url, True)
    assert answer.headers["cache-control"] == "no-store"
    assert subscribed(local, given["token"], THEIRS) == ["unauthorized account id"]
    assert "failed to authenticate" in subscribed(local, given["token"], OURS)[0]
    again = json.loads(signed_in().get(f"{ENDPOINT}?account={OURS}").text)
    assert subscribed(local, again["token"], OURS) == []


LIMITED = entry(KEY, (OURS,))


@pytest.mark.parametrize(
    ("visitor", "account", "status"),
    [
        (Visitor(), OURS, 401),
        (Visitor("session=forged"), OURS, 401),
        (Visitor(cookie(LIMITED)), THEIRS, 403),
        (Visitor(cookie(LIMITED)), "none", 422),
        (Visitor(cookie(LIMITED)), OURS, 200),
        (Visitor(cookie(LIMITED)), "", 200),
    ],
    ids=["stranger", "forged", "another account", "no account", "own", "the only one"],
)
def test_a_ticket_needs_a_viewer_of_the_account(
    function_environment: pytest.MonkeyPatch, visitor: Visitor, account: str, status: int
) -> None:
    """Nobody else gets a token, whatever they ask for."""
    function_environment.setenv("KEY_HASHES", LIMITED)
    answer = visitor.get(f"{ENDPOINT}?account={account}")
    assert answer.status == status
    assert ("ticket-" in answer.text) is (status == 200)


@pytest.mark.parametrize(
    ("roles", "permissions"),
    [
        ("see", set()),
        ("see-numbers", {"numbers"}),
        ("change", {"commands"}),
        ("see-numbers+change", {"numbers", "commands"}),
    ],
)
def test_a_ticket_has_what_the_viewers_roles_allow(
    function_environment: pytest.MonkeyPatch, roles: str, permissions: set[str]
) -> None:
    """Whole numbers need the role `see-numbers`, and commands the role `change`."""
    limited = f"{entry(KEY, (OURS,))}/{roles}"
    function_environment.setenv("KEY_HASHES", limited)
    answer = json.loads(Visitor(cookie(limited)).get(f"{ENDPOINT}?account={OURS}").text)
    grant = Sockets().redeem(answer["token"])
    assert grant
    assert grant.accounts == frozenset({OURS})
    assert grant.permissions == frozenset(permissions)
    assert answer["commands"] is ("commands" in permissions)


def test_another_site_gets_no_ticket() -> None:
    """A request that the browser says comes from elsewhere is refused."""
    answer = signed_in().ask("GET", f"{ENDPOINT}?account={OURS}", {"sec-fetch-site": "cross-site"})
    assert (answer.status, answer.text) == (403, "{}")


def test_the_policy_names_the_socket(
    local: Local, function_environment: pytest.MonkeyPatch
) -> None:
    """Scripts may connect to this WebSocket and to the console, and to nothing else."""
    policy = signed_in().get("/screen-pop").headers["content-security-policy"]
    assert f"connect-src 'self' {local.gateway.url};" in policy
    function_environment.delenv("SOCKETS_URL")
    policy = signed_in().get("/").headers["content-security-policy"]
    assert "connect-src 'self';" in policy


@pytest.mark.parametrize("path", ["/screen-pop", "/operator"])
def test_a_live_page_asks_for_its_account(
    function_environment: pytest.MonkeyPatch, path: str
) -> None:
    """Without an account there is a form; a wrong one is named, and another's is refused."""
    assert 'name="account"' in signed_in().get(path).text
    assert f'data-account="{OURS}"' in signed_in().get(f"{path}?account={OURS}").text
    wrong = signed_in().get(f"{path}?account=<b>")
    assert (wrong.status, "&lt;b&gt;" in wrong.text) == (422, True)
    function_environment.setenv("KEY_HASHES", LIMITED)
    viewer = Visitor(cookie(LIMITED))
    assert viewer.get(f"{path}?account={THEIRS}").status == 403
    assert f'data-account="{OURS}"' in viewer.get(path).text
    function_environment.delenv("SOCKETS_URL")
    assert "Sockets=on" in viewer.get(path).text
