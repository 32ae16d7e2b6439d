"""Channels while they live, and metaflows on them."""

from __future__ import annotations

from typing import Any

import pytest

from pivotctl.crossbar import LocalCrossbar
from pivotctl.crossbar.client import CrossbarClient
from pivotctl.switch.world import Rung
from pivotctl.upstreams import Upstreams
from tests.unit.crossbar.conftest import Api

ACCOUNT = "c" * 32
LEG: dict[str, Any] = {"account_id": ACCOUNT, "call_id": "a leg/1@198.51.100.23"}
QUOTED = "a%20leg%2F1%40198.51.100.23"


def test_a_channel_lives_until_its_leg_ends(
    api: Api, books: CrossbarClient, crossbar: LocalCrossbar
) -> None:
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


def metaflow(module: str, **data: Any) -> dict[str, Any]:
    """A request for a metaflow."""
    return {"action": "metaflow", "data": {"module": module, "data": data}}


REFUSED = [
    ({"action": "metaflow", "data": {}}, "validation error"),
    ({"action": "metaflow", "data": {"data": {"module": "hangup"}}}, "validation error"),
    ({"action": "dance", "data": {"module": "hangup"}}, "invalid data"),
    (metaflow("dance"), "validation error"),
    (metaflow("transfer", target=2001), "validation error"),
    (metaflow("transfer", transfer_type="warm"), "validation error"),
    (metaflow("pivot", method="post"), "validation error"),
]


@pytest.mark.parametrize(("body", "message"), REFUSED)
def test_a_metaflow_that_is_none(api: Api, books: CrossbarClient, body: Any, message: str) -> None:
    """An action or a module that KAZOO does not know, and data of another type, are a 400."""
    books.happened("channel_create", LEG)
    answer = api.ask("PUT", f"channels/{QUOTED}", json=body)
    assert (answer.status_code, answer.json()["message"]) == (400, message)


@pytest.mark.parametrize(
    ("data", "rung"),
    [
        ({"captures": ["+14155550123"]}, ["+14155550123"]),
        ({"captures": ["+14155550123"], "target": "2001"}, ["+14155550123"]),
        ({"target": "+14155550123"}, ["no_match"]),
    ],
)
def test_a_transfer_rings_its_captures(
    api: Api, books: CrossbarClient, crossbar: LocalCrossbar, data: Any, rung: list[str]
) -> None:
    """The schema has captures for who names none, and konami takes them before the target."""
    books.happened("channel_answer", LEG)
    assert api.ask("PUT", f"channels/{QUOTED}", json=metaflow("transfer", **data)).is_success
    assert crossbar.phones.rung == rung


@pytest.mark.parametrize(("outcome", "other"), [(Rung.ANSWERED, True), (Rung.BUSY, False)])
def test_a_channel_is_bridged_to_who_answers(
    api: Api, books: CrossbarClient, crossbar: LocalCrossbar, outcome: Rung, *, other: bool
) -> None:
    """The list of a user's channels says whether they talk to somebody."""
    crossbar.phones.outcomes["2001"] = (outcome,)
    books.happened("channel_create", LEG | {"owner_id": "ann", "to": "6082@acme.sip.example"})
    books.happened("channel_answer", LEG)
    api.ask("PUT", f"channels/{QUOTED}", json=metaflow("transfer", captures=["2001"]))
    (channel,) = api.get("users/ann/channels")["data"]
    assert channel["answered"]
    assert ("other_leg" in channel) is other
    assert channel["destination"] == ("2001" if other else "6082")
    assert api.get("users/bob/channels")["data"] == []


def test_kazoo_is_another_name_of_crossbar(upstreams: Upstreams) -> None:
    """Templates that ask KAZOO_URL and workers that ask CROSSBAR_URL ask the same one."""
    assert upstreams.kazoo is upstreams.crossbar


def test_the_books_are_open_when_crossbar_is_dead(
    upstreams: Upstreams, books: CrossbarClient
) -> None:
    """The switch goes on to write; customers get no answer, or a bad one."""
    upstreams.crossbar.is_dead()
    books.happened("channel_create", LEG)
    assert books.hooks() == []
    upstreams.crossbar.is_well()
