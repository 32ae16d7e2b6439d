"""The CDRs that Crossbar lists: rows, pages, ranges, interactions, CSV."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pivotctl.crossbar import API_KEY, LocalCrossbar
from pivotctl.crossbar.cdrs import COLUMNS
from pivotctl.crossbar.client import CrossbarClient
from pivotctl.crossbar.envelope import GREGORIAN_OFFSET
from pivotctl.crossbar.paging import MAX_RANGE
from tests.kazoo import document, needs_data
from tests.unit.crossbar.conftest import NOW, Api, Clock

ACCOUNT = "c" * 32
GREGORIAN_NOW = int(NOW) + GREGORIAN_OFFSET


def ended(call_id: str, **more: Any) -> dict[str, Any]:
    """The event of a leg that has ended, after 48 seconds."""
    return {
        "account_id": ACCOUNT,
        "call_id": call_id,
        "call_direction": "inbound",
        "caller_id_name": "Jane Doe",
        "caller_id_number": "+14155550199",
        "duration_seconds": 48,
        "billing_seconds": 42,
        "hangup_cause": "NORMAL_CLEARING",
        "request": "2030@acme.sip.example",
        "timestamp": GREGORIAN_NOW,
        "to": "2030@acme.sip.example",
        **more,
    }


def test_a_row_shows_the_start_of_a_leg(api: Api, books: CrossbarClient) -> None:
    """`timestamp` is the end less the duration, as text; what is missing is an empty text."""
    books.happened("channel_destroy", ended("leg@host", owner_id="b" * 32))
    (row,) = api.get("cdrs")["data"]
    assert list(row) == list(COLUMNS)
    start = GREGORIAN_NOW - 48
    assert row["timestamp"] == str(start)
    assert row["unix_timestamp"] == str(start - GREGORIAN_OFFSET)
    assert row["id"] == "202609-leg@host"
    assert (row["datetime"], row["iso_8601_combined"]) == (
        "2026-09-21_14:12:32",
        "2026-09-21T14:12:32Z",
    )
    assert (row["owner_id"], row["dialed_number"]) == ("b" * 32, "2030")
    assert (row["billing_seconds"], row["callee_id_name"], row["media_recordings"]) == (42, "", [])


def test_the_document_keeps_the_end_of_a_leg(api: Api, books: CrossbarClient) -> None:
    """A document's `timestamp` is the end, a number; the account is a channel variable."""
    books.happened("channel_destroy", ended("leg@host"))
    found = api.get("cdrs/202609-leg%40host")["data"]
    assert (found["timestamp"], found["duration_seconds"]) == (GREGORIAN_NOW, 48)
    assert found["custom_channel_vars"]["account_id"] == ACCOUNT
    assert found["interaction_id"] == f"{GREGORIAN_NOW - 48}-{found['interaction_key']}"


def test_pages_follow_each_other(api: Api, books: CrossbarClient, clock: Clock) -> None:
    """Every leg is on exactly one page, newest first, and `next_start_key` leads to the next."""
    for number in range(7):
        clock.now = NOW + number
        books.happened("channel_destroy", ended(f"leg-{number}"))
    seen, sizes, query = [], [], {"page_size": 3}
    while True:
        found = api.get("cdrs", **query)
        seen += [row["call_id"] for row in found["data"]]
        sizes.append(found["page_size"])
        if "next_start_key" not in found:
            break
        query["start_key"] = found["next_start_key"]
    assert seen == [f"leg-{number}" for number in reversed(range(7))]
    assert sizes == ["3", "3", "1"]


def test_lists_have_fifty_rows_unless_all_are_wanted(api: Api, books: CrossbarClient) -> None:
    """A page is of 50; `paginate=false` gives everything and no keys."""
    for number in range(51):
        books.happened("channel_destroy", ended(f"leg-{number:02}"))
    first, whole = api.get("cdrs"), api.get("cdrs", paginate="false")
    assert (len(first["data"]), first["page_size"]) == (50, "50")
    assert len(whole["data"]) == 51
    assert {"page_size", "next_start_key"}.isdisjoint(whole)


def test_a_range_is_of_the_time_of_storing(api: Api, books: CrossbarClient, clock: Clock) -> None:
    """created_from and created_to include their ends; without them it is the last 31 days."""
    for number in (0, 10, 20):
        clock.now = NOW + number
        books.happened("channel_destroy", ended(f"leg-{number}"))
    bounds = {"created_from": GREGORIAN_NOW + 10, "created_to": GREGORIAN_NOW + 20}
    assert [row["call_id"] for row in api.get("cdrs", **bounds)["data"]] == ["leg-20", "leg-10"]
    ascending = api.get("cdrs", created_to=GREGORIAN_NOW, ascending="true")["data"]
    assert [row["call_id"] for row in ascending] == ["leg-0"]
    clock.now = NOW + MAX_RANGE + 5
    token = api.client.put("api_auth", json={"data": {"api_key": API_KEY}}).json()["auth_token"]
    later = Api(api.client, api.account, token)
    assert [row["call_id"] for row in later.get("cdrs")["data"]] == ["leg-20", "leg-10"]


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ({"created_from": 200, "created_to": 100}, 400, "created_to 100 is prior"),
        ({"created_from": 1, "created_to": 9_000_000}, 400, "is more than 2682000 seconds"),
        ({"page_size": "0"}, 404, "invalid page size"),
        ({"page_size": "\u00b2"}, 404, "invalid page size"),
        ({"page_size": "many"}, 404, "invalid page size"),
        ({"utc_offset": "east"}, 404, "utc_offset must be a number"),
    ],
)
def test_what_cannot_be_listed(api: Api, query: dict[str, Any], status: int, told: str) -> None:
    """A range that is backwards or too long, and odd numbers, are refused in KAZOO's envelope."""
    answer = api.ask("GET", "cdrs", params=query)
    assert answer.status_code == status
    assert answer.json()["status"] == "error"
    assert told in answer.text


def test_legs_of_a_call_are_one_interaction(api: Api, books: CrossbarClient) -> None:
    """The interaction list has one row, the caller's leg; `legs` has the documents of both."""
    began = GREGORIAN_NOW - 48
    root = {"bridge_id": "a-leg", "interaction_time": began}
    b_leg = {"duration_seconds": 40, "call_direction": "outbound"}
    books.happened("channel_destroy", ended("b-leg", **root, **b_leg))
    books.happened("channel_destroy", ended("a-leg", **root))
    (row,) = api.get("cdrs/interaction")["data"]
    assert row["call_id"] == "a-leg"
    for identifier in (row["interaction_id"], "202609-b-leg"):
        legs = api.get(f"cdrs/legs/{identifier}")["data"]
        assert [leg["call_id"] for leg in legs] == ["a-leg", "b-leg"]
    assert [leg["interaction_is_root"] for leg in legs] == [True, False]


def test_csv_has_a_line_of_names(api: Api, books: CrossbarClient) -> None:
    """Accept: text/csv gives the same columns, lines end in CR LF, and nothing is quoted."""
    books.happened("channel_destroy", ended("leg", caller_id_name="Doe, Jane"))
    answer = api.ask("GET", "cdrs", headers={"accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv"
    names, line, rest = answer.text.split("\r\n")
    assert names == ",".join(COLUMNS)
    assert line.startswith("202609-leg,leg,+14155550199,Doe, Jane,")
    assert rest == ""


def test_a_user_has_the_legs_that_are_hers(api: Api, books: CrossbarClient) -> None:
    """`users/ID/cdrs` lists what has her as owner; other accounts list nothing of it."""
    books.happened("channel_destroy", ended("hers", owner_id="b" * 32))
    books.happened("channel_destroy", ended("nobody's"))
    rows = api.get(f"users/{'b' * 32}/cdrs")["data"]
    assert [row["call_id"] for row in rows] == ["hers"]
    assert Api(api.client, "d" * 32, api.token).get("cdrs")["data"] == []


def test_a_leg_that_is_told_twice_is_stored_once(
    api: Api, books: CrossbarClient, crossbar: LocalCrossbar
) -> None:
    """A repeated event makes no second CDR."""
    for _ in range(2):
        books.happened("channel_destroy", ended("leg"))
    assert len(api.get("cdrs")["data"]) == 1
    assert crossbar.channels == {}


@needs_data
def test_documents_have_fields_that_kazoo_has(api: Api, books: CrossbarClient) -> None:
    """Every field of a stored document is in KAZOO's schema, or is one that KAZOO 5 adds."""
    schema = document("schemas/cdrs.json")["properties"].keys()
    added = {"id", "interaction_is_root", "interaction_key", "interaction_time", "bridge_id"}
    books.happened("channel_destroy", ended("leg"))
    found = api.get("cdrs/202609-leg")["data"]
    assert json.dumps(found)
    assert found.keys() - set(schema) <= added
