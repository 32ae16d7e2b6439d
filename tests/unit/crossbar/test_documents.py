"""Documents of accounts: from their making to their end, and in lists."""

from __future__ import annotations

from typing import Any

import pytest

from pivotctl.crossbar import ACCOUNT_ID, SECOND_ACCOUNT_ID, CrossbarRequest
from tests.unit.crossbar.conftest import Caller

PIVOT = {"module": "pivot", "data": {"voice_url": "https://pivot.example.com/k/pivot/say_hello"}}
CALLFLOW = {"name": "Front desk", "numbers": ["2030"], "flow": PIVOT}

DOCUMENTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "callflows": (CALLFLOW, {"name": "Reception"}),
    "users": ({"first_name": "Ann", "last_name": "Lee", "username": "ann"}, {"first_name": "Anna"}),
    "devices": ({"name": "Desk phone", "device_type": "sip_device"}, {"name": "Softphone"}),
    "vmboxes": ({"name": "Sales", "mailbox": "2001"}, {"name": "Support"}),
    "resources": ({"name": "Carrier", "gateways": [{"server": "sip.example.com"}]}, {"name": "C2"}),
    "webhooks": ({"name": "calls", "hook": "all", "uri": "https://h.example.com"}, {"name": "c2"}),
    "clicktocall": ({"name": "Call us", "extension": "2030"}, {"name": "Call now"}),
    "storage/plans": ({"name": "Long recordings", "plan": {"modb": {}}}, {"name": "Faxes"}),
}


@pytest.mark.parametrize("collection", DOCUMENTS)
def test_a_document_from_its_making_to_its_end(master: Caller, collection: str) -> None:
    """PUT creates, POST replaces, PATCH merges, and a deleted document is gone from everywhere."""
    first, change = DOCUMENTS[collection]
    status, envelope = master.ask("PUT", collection, first)
    assert (status, envelope["status"]) == (201, "success")
    identifier = envelope["data"]["id"]
    assert len(identifier) == 32
    assert int(identifier, 16)
    at = f"{collection}/{identifier}"
    assert master.done("GET", at).keys() >= first.keys()
    assert master.done("POST", at, first | change).items() >= change.items()
    name, value = next(iter(change.items()))
    assert master.done("PATCH", at, {name: first[name]})[name] == first[name]
    assert identifier in [row["id"] for row in master.done("GET", collection)]
    assert master.done("DELETE", at)["id"] == identifier
    assert master.ask("GET", at)[0] == 404
    assert master.ask("PATCH", at, {name: value})[0] == 404
    assert master.ask("DELETE", at)[0] == 404
    assert identifier not in [row["id"] for row in master.done("GET", collection)]


@pytest.mark.parametrize("collection", DOCUMENTS)
def test_fields_that_kazoo_does_not_know_are_kept(master: Caller, collection: str) -> None:
    """A mark of a client survives changes by others; fields of KAZOO's own cannot be set."""
    mark = {"pivot_functions": {"project": "demo", "fields": ["flow"]}}
    private = {"pvt_type": "other", "_rev": "1-0"}
    first, change = DOCUMENTS[collection]
    made = master.done("PUT", collection, first | mark | private)
    assert made.items() >= mark.items()
    assert not private.keys() & made.keys()
    changed = master.done("PATCH", f"{collection}/{made['id']}", change | private)
    assert changed.items() >= (mark | change).items()
    assert not private.keys() & changed.keys()


@pytest.mark.parametrize("collection", DOCUMENTS)
def test_documents_belong_to_an_account(master: Caller, collection: str) -> None:
    """Another account does not have it."""
    made = master.done("PUT", collection, DOCUMENTS[collection][0])
    at = f"/accounts/{SECOND_ACCOUNT_ID}/{collection}"
    assert master.ask("GET", f"{at}/{made['id']}")[0] == 404
    assert made["id"] not in [row["id"] for row in master.done("GET", at)]


def test_a_patch_merges_objects_and_null_removes(master: Caller) -> None:
    """Objects merge field by field, lists are replaced, and null removes a field."""
    made = master.done("PUT", "devices", {"name": "x", "sip": {"username": "a", "realm": "b"}})
    at = f"devices/{made['id']}"
    changed = master.done("PATCH", at, {"sip": {"username": "c", "realm": None}, "tags": [1]})
    assert changed["sip"] == {"username": "c"}
    changed = master.done("PATCH", at, {"sip": None, "tags": [2]})
    assert "sip" not in changed
    assert changed["tags"] == [2]


def test_a_revision_changes_with_the_document(master: Caller) -> None:
    """Each change counts the revision in the envelope, and a GET answers the latest."""
    _, envelope = master.ask("PUT", "callflows", CALLFLOW)
    at = f"callflows/{envelope['data']['id']}"
    first = envelope["revision"]
    _, envelope = master.ask("PATCH", at, {"name": "Other"})
    assert [each.partition("-")[0] for each in (first, envelope["revision"])] == ["1", "2"]
    assert master.ask("GET", at)[1]["revision"] == envelope["revision"]


def test_a_new_document_has_a_location(master: Caller) -> None:
    """The answer to PUT names the ID in a header as well."""
    headers = {"x-auth-token": master.token}
    path, body = f"/v2/accounts/{ACCOUNT_ID}/callflows", {"data": CALLFLOW}
    answer = master.crossbar.handle(CrossbarRequest("PUT", path, {}, headers, body))
    assert answer.headers == {"location": answer.body["data"]["id"]}


def test_crossbar_fills_in_the_defaults_of_the_schema(master: Caller) -> None:
    """A document comes back with fields that nobody sent: those with a default."""
    made = master.done("PUT", "resources", DOCUMENTS["resources"][0])
    assert (made["enabled"], made["weight_cost"]) == (True, 50)
    assert made["gateways"][0]["port"] == 5060
    assert master.done("PUT", "callflows", CALLFLOW)["patterns"] == []


def test_lists_have_pages(master: Caller) -> None:
    """A page names the start key of the next one; every document is on one page."""
    made = [master.done("PUT", "devices", {"name": f"phone {number}"})["id"] for number in range(7)]
    found: list[str] = []
    start: dict[str, str] = {}
    for _ in range(3):
        _, envelope = master.ask("GET", "devices", page_size="3", **start)
        found += [row["id"] for row in envelope["data"]]
        start = {"start_key": envelope.get("next_start_key", "")}
    assert found == made
    assert start == {"start_key": ""}
    assert len(master.done("GET", "devices", paginate="false")) == 7


FILTERS: list[tuple[dict[str, str], list[str]]] = [
    ({"filter_name": "b"}, ["b"]),
    ({"filter_not_name": "b"}, ["a", "c"]),
    ({"filter_mark.project": "demo"}, ["a"]),
    ({"has_key": "mark"}, ["a"]),
    ({"key_missing": "mark"}, ["b", "c"]),
    ({"filter_enabled": "false"}, ["c"]),
    ({"filter_enabled": "false", "filter_name": "b"}, []),
]


@pytest.mark.parametrize(("query", "names"), FILTERS)
def test_lists_are_filtered_by_the_whole_document(
    master: Caller, query: dict[str, str], names: list[str]
) -> None:
    """Filters look at fields that are not in the list, and at fields of objects."""
    for more in ({"name": "a", "mark": {"project": "demo"}}, {"name": "b"},
                 {"name": "c", "enabled": False}):  # fmt: skip
        master.done("PUT", "devices", more)
    assert [row["name"] for row in master.done("GET", "devices", **query)] == names


@pytest.mark.parametrize("collection", DOCUMENTS)
def test_a_client_finds_its_mark(master: Caller, collection: str) -> None:
    """Every list of documents is filtered, so that marked ones are found among others."""
    first, _ = DOCUMENTS[collection]
    made = master.done("PUT", collection, first | {"mark": {"project": "demo"}})
    rows = master.done("GET", collection, **{"filter_mark.project": "demo"})
    assert [row["id"] for row in rows] == [made["id"]]
    assert master.done("GET", collection, **{"filter_mark.project": "other"}) == []


def test_storage_is_one_document(master: Caller) -> None:
    """An account has one storage document: a second PUT is a conflict, and DELETE removes it."""
    plan = {"attachments": {"a" * 32: {"handler": "s3", "settings": {
        "bucket": "recordings", "key": "AKIA", "secret": "s"}}}}  # fmt: skip
    assert master.ask("GET", "storage")[0] == 404
    assert master.done("PUT", "storage", plan) == plan | {"id": ACCOUNT_ID}
    status, envelope = master.ask("PUT", "storage", plan)
    assert (status, envelope["message"], envelope["error"]) == (409, "datastore_conflict", "409")
    assert master.done("PATCH", "storage", {"mark": "x"})["mark"] == "x"
    assert "mark" not in master.done("POST", "storage", plan)
    assert master.done("DELETE", "storage") == plan | {"id": ACCOUNT_ID}
    assert master.ask("GET", "storage")[0] == 404
    assert master.done("PUT", "storage", plan) == plan | {"id": ACCOUNT_ID}


def test_a_callflow_names_what_it_refers_to(master: Caller) -> None:
    """GET of one adds the names of the documents in its flow."""
    box = master.done("PUT", "vmboxes", {"name": "Sales", "mailbox": "2001"})
    voicemail = {"module": "voicemail", "data": {"id": box["id"]}}
    flow = {**PIVOT, "children": {"_": voicemail}}
    made = master.done("PUT", "callflows", CALLFLOW | {"flow": flow})
    found = master.done("GET", f"callflows/{made['id']}")
    assert found["metadata"] == {box["id"]: {"name": "Sales", "pvt_type": "vmbox"}}


def test_carriers_of_the_cluster_are_the_master_accounts(master: Caller) -> None:
    """Global resources have a path without an account, which no other account may use."""
    carrier = DOCUMENTS["resources"][0]
    made = master.done("PUT", "/resources", carrier)
    assert [row["id"] for row in master.done("GET", "/resources")] == [made["id"]]
    assert master.done("GET", "resources") == []
    assert master.below().ask("GET", "/resources")[0] == 403


# -- phone numbers ---------------------------------------------------------------------------------


def test_a_number_from_its_making_to_its_end(master: Caller) -> None:
    """Numbers are documents under their number in E.164, however a client writes it."""
    path = "phone_numbers/4155550123"
    made = master.done("PUT", path, {"mark": "x"})
    assert (made["id"], made["state"], made["mark"]) == ("+14155550123", "in_service", "x")
    status, envelope = master.ask("PUT", path, {})
    assert (status, envelope["message"]) == (409, "number_exists")
    assert master.done("PATCH", path, {"carrier": "y"})["mark"] == "x"
    assert "mark" not in master.done("POST", path, {"carrier": "y"})
    assert "+14155550123" in master.done("GET", "phone_numbers")["numbers"]
    master.done("DELETE", path)
    assert master.ask("GET", path)[0] == 404


def test_a_number_knows_the_callflow_that_uses_it(master: Caller) -> None:
    """`used_by` says that a callflow has the number."""
    master.done("PUT", "phone_numbers/+14155550123", {})
    assert "used_by" not in master.done("GET", "phone_numbers/+14155550123")
    made = master.done("PUT", "callflows", CALLFLOW | {"numbers": ["(415) 555-0123", "4155550123"]})
    assert made["numbers"] == ["(415) 555-0123", "+14155550123"]
    assert master.done("GET", "phone_numbers/+14155550123")["used_by"] == "callflow"


def test_a_number_of_another_account_is_forbidden(master: Caller) -> None:
    """A callflow cannot take a number that belongs to another account."""
    child = master.below()
    child.done("PUT", "phone_numbers/+14155550123", {})
    status, _ = master.ask("PUT", "callflows", CALLFLOW | {"numbers": ["+14155550123"]})
    assert status == 403
    assert child.ask("PUT", "callflows", CALLFLOW | {"numbers": ["+14155550123"]})[0] == 201


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "callflows", 404),
        ("PUT", "callflows", 404),
        ("GET", "phone_numbers", 404),
        ("GET", "", 404),
        ("GET", "descendants", 404),
    ],
)
def test_an_unknown_account_has_no_documents(
    master: Caller, method: str, path: str, status: int
) -> None:
    """Documents belong to known accounts, so a mistyped Account-ID is a 404."""
    lost = Caller(master.crossbar, "e" * 32, master.token)
    assert lost.ask(method, path, CALLFLOW if method == "PUT" else None)[0] == status


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "callflows"), ("DELETE", "callflows"), ("PUT", f"callflows/{'0' * 32}")],
)
def test_a_method_that_a_path_has_not(master: Caller, method: str, path: str) -> None:
    """A known path with another method is a 405."""
    assert master.ask(method, path, {})[0] == 405
