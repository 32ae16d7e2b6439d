"""Click-to-call, quickcall, and channels while they live."""

from __future__ import annotations

from typing import Any

import pytest

from pivotctl.crossbar import Crossbar
from pivotctl.crossbar.books import Books
from pivotctl.upstreams import Upstreams
from tests.unit.crossbar.conftest import Api

ACCOUNT, BUTTON = "c" * 32, "b7" * 16
LEG: dict[str, Any] = {"account_id": ACCOUNT, "call_id": "a leg/1@198.51.100.23"}
QUOTED = "a%20leg%2F1%40198.51.100.23"


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 202)])
def test_click_to_call_needs_no_token(api: Api, method: str, status: int) -> None:
    """The answer is the request to ring, with the query as application variables; no call_id."""
    url = f"accounts/{ACCOUNT}/clicktocall/{BUTTON}/connect"
    answer = api.client.request(method, url, params={"contact": "2001", "ticket": "7"})
    data = answer.json()["data"]
    assert answer.status_code == status
    assert data["application_name"] == "transfer"
    assert data["custom_application_vars"] == {"contact": "2001", "ticket": "7"}
    assert data["outbound_call_id"].startswith(f"c2c-{BUTTON}-")
    assert "call_id" not in data
    (entry,) = api.get(f"clicktocall/{BUTTON}/history")["data"]
    assert (entry["contact"], entry["result"]) == ("2001", "success")


def test_click_to_call_says_what_is_missing(api: Api) -> None:
    """No contact is a validation error, and text for `blocking` crashes KAZOO."""
    url = f"accounts/{ACCOUNT}/clicktocall/{BUTTON}/connect"
    missing = api.client.get(url)
    assert missing.status_code == 400
    assert list(missing.json()["data"]["contact"]) == ["required"]
    crash = api.client.get(url, params={"contact": "2001", "blocking": "true"})
    assert crash.status_code == 500


def test_a_channel_lives_until_its_leg_ends(api: Api, books: Books, crossbar: Crossbar) -> None:
    """A metaflow can be sent to a channel that lives, and is a 404 for one that does not."""
    flow = {"action": "metaflow", "data": {"module": "hangup", "data": {}}}
    assert api.ask("PUT", f"channels/{QUOTED}", json=flow).status_code == 404
    books.happened("channel_create", LEG)
    assert [each["call_id"] for each in api.get("channels")["data"]] == [LEG["call_id"]]
    answer = api.ask("PUT", f"channels/{QUOTED}", json=flow)
    assert (answer.status_code, answer.json()["data"]) == (202, "metaflow sent")
    assert crossbar.actions == [{"call_id": LEG["call_id"], "flow": flow["data"]}]
    books.happened("channel_destroy", LEG | {"timestamp": 63_957_219_200, "duration_seconds": 1})
    assert api.ask("GET", f"channels/{QUOTED}").status_code == 404


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"action": "metaflow", "data": {}}, "validation error"),
        ({"action": "dance", "data": {"module": "hangup"}}, "invalid data"),
    ],
)
def test_a_metaflow_that_is_none(api: Api, books: Books, body: Any, message: str) -> None:
    """An action that KAZOO does not know, or no module, is a 400."""
    books.happened("channel_create", LEG)
    answer = api.ask("PUT", f"channels/{QUOTED}", json=body)
    assert (answer.status_code, answer.json()["message"]) == (400, message)


def test_kazoo_is_another_name_of_crossbar(upstreams: Upstreams) -> None:
    """Templates that ask KAZOO_URL and workers that ask CROSSBAR_URL ask the same one."""
    assert upstreams.kazoo is upstreams.crossbar


def test_the_books_are_open_when_crossbar_is_dead(upstreams: Upstreams, books: Books) -> None:
    """The switch goes on to write; customers get no answer, or a bad one."""
    upstreams.crossbar.is_dead()
    books.happened("channel_create", LEG)
    assert books.hooks() == []
    upstreams.crossbar.is_well()
