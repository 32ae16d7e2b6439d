"""Click-to-call: documents, who may connect, who is rung, and what the history tells."""

from __future__ import annotations

from typing import Any

import pytest

from pivotctl.crossbar import ACCOUNT_ID, LocalCrossbar
from pivotctl.crossbar.clicktocall import CLICK_TO_CALL
from pivotctl.crossbar.client import CrossbarClient
from pivotctl.crossbar.numbers import normalized
from pivotctl.switch.world import Rung
from tests.unit.crossbar.conftest import NOW, Api, Clock

ANN, QUEUE = "+14155550123", "6081"
WRITTEN = "0014155550123"


def button(api: Api, **data: Any) -> str:
    """The id of a new document."""
    wanted = {"name": "Callbacks", "extension": QUEUE, "dial_first": "contact", "timeout": 18}
    answer = api.ask("PUT", "clicktocall", json={"data": wanted | data})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def connect(api: Api, identifier: str, method: str = "GET", **query: str) -> Any:
    """The answer to who connects with a token."""
    path = f"clicktocall/{identifier}/connect"
    return api.ask(method, path, params={"contact": WRITTEN} | query)


def history(api: Api, identifier: str, **query: str) -> list[Any]:
    """The outcomes of the calls, the latest first."""
    rows = api.get(f"clicktocall/{identifier}/history", **query)["data"]
    return [row for row in rows if row.pop("id")]


def test_a_document_from_its_making_to_its_end(api: Api) -> None:
    """PUT makes it, POST replaces it, PATCH merges, and a deleted one is a 404."""
    made = button(api)
    assert api.get("clicktocall")["data"] == [{"id": made, "name": "Callbacks", "extension": QUEUE}]
    replaced = {"name": "Sales", "extension": "6082"}
    api.ask("POST", f"clicktocall/{made}", json={"data": replaced})
    defaults = {"auth_required": True, "custom_application_vars": {}}
    assert api.get(f"clicktocall/{made}")["data"] == defaults | replaced | {"id": made}
    api.ask("PATCH", f"clicktocall/{made}", json={"data": {"timeout": 15, "auth_required": None}})
    assert api.get(f"clicktocall/{made}")["data"]["timeout"] == 15
    assert api.ask("DELETE", f"clicktocall/{made}").status_code == 200
    assert api.ask("GET", f"clicktocall/{made}").status_code == 404
    assert connect(api, made).status_code == 404


@pytest.mark.parametrize(
    ("data", "field", "rule"),
    [
        ({"extension": "1"}, "name", "required"),
        ({"name": "x"}, "extension", "required"),
        ({"name": "x", "extension": "1", "dial_first": "both"}, "dial_first", "enum"),
        ({"name": "x", "extension": "1", "whitelist": "+1"}, "whitelist", "type"),
        ({"name": "x", "extension": "1", "timeout": True}, "timeout", "type"),
    ],
)
def test_a_document_that_is_none(api: Api, data: Any, field: str, rule: str) -> None:
    """The schema names the field and the rule."""
    answer = api.ask("PUT", "clicktocall", json={"data": data})
    assert answer.status_code == 400
    assert list(answer.json()["data"][field]) == [rule]


@pytest.mark.parametrize(("needed", "status"), [(True, 401), (False, 200)])
def test_a_token_is_needed_unless_the_document_says_not(
    api: Api, status: int, *, needed: bool
) -> None:
    """`auth_required` is for `connect` alone: the history is for who has signed in."""
    made = button(api, auth_required=needed)
    path = f"accounts/{api.account}/clicktocall/{made}"
    assert api.client.get(f"{path}/connect", params={"contact": ANN}).status_code == status
    assert api.client.get(f"{path}/history").status_code == 401
    nowhere = f"accounts/{api.account}/clicktocall/{'0' * 32}/connect"
    assert api.client.get(nowhere).status_code == 401


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 202)])
def test_the_answer_is_the_request_to_ring(api: Api, method: str, status: int) -> None:
    """The query becomes application variables; there is no call_id."""
    made = button(api)
    answer = connect(api, made, method, ticket="7")
    data = answer.json()["data"]
    assert answer.status_code == status
    assert data["application_data"] == {"route": QUEUE}
    assert data["endpoints"][0]["route"] == ANN
    assert data["custom_application_vars"] == {"contact": WRITTEN, "ticket": "7"}
    assert data["outbound_call_id"].startswith(f"c2c-{made}-")
    assert "call_id" not in data


def test_what_connect_refuses(api: Api) -> None:
    """No contact, one that the whitelist lacks, and text for `blocking`, which crashes KAZOO."""
    made = button(api, whitelist=["^\\+1415"])
    missing = api.ask("GET", f"clicktocall/{made}/connect")
    assert (missing.status_code, list(missing.json()["data"]["contact"])) == (400, ["required"])
    other = connect(api, made, contact="00442079460000")
    assert (other.status_code, other.json()["data"]) == (400, "+442079460000")
    assert connect(api, made, blocking="true").status_code == 500
    assert connect(api, made).status_code == 200
    assert [row["contact"] for row in history(api, made)] == [ANN]


@pytest.mark.parametrize(
    ("outcome", "timeout", "result"),
    [
        (Rung.ANSWERED, 30, {"result": "success"}),
        (Rung.BUSY, 30, {"result": "error", "cause": "USER_BUSY"}),
        (Rung.REJECTED, 30, {"result": "error", "cause": "CALL_REJECTED"}),
        (Rung.NO_ANSWER, 18, {"result": "error", "cause": "NO_ANSWER"}),
        (Rung.NO_ANSWER, 30, {"result": "error", "cause": "timed out"}),
        (Rung.NO_RESOURCES, 18, {"result": "error", "cause": "no resources"}),
    ],
)
def test_the_history_tells_what_came_of_it(
    api: Api, crossbar: LocalCrossbar, outcome: Rung, timeout: int, result: dict[str, str]
) -> None:
    """Only a success has a call id; who lets ring for 20 seconds does not hear the end."""
    made = button(api, timeout=timeout)
    crossbar.phones.outcomes[ANN] = (outcome,)
    call_id = connect(api, made).json()["data"]["outbound_call_id"]
    (row,) = history(api, made)
    assert row.pop("timestamp") == int(NOW) + 62_167_219_200
    known = {"call_id": call_id} if outcome is Rung.ANSWERED else {}
    assert row == {"contact": ANN, **known, **result}


@pytest.mark.parametrize(
    ("first", "answers", "rung"),
    [
        ("contact", True, [ANN, QUEUE]),
        ("contact", False, [ANN]),
        ("extension", True, [QUEUE, ANN]),
        ("extension", False, [QUEUE, ANN]),
    ],
)
def test_who_is_rung_first(
    api: Api, crossbar: LocalCrossbar, first: str, rung: list[str], *, answers: bool
) -> None:
    """The history is about the first one: with the extension first it says nothing of the other."""
    crossbar.phones.outcomes[ANN] = (Rung.ANSWERED if answers else Rung.BUSY,)
    made = button(api, dial_first=first)
    connect(api, made)
    assert crossbar.phones.rung == rung
    (row,) = history(api, made)
    assert (row["result"] == "success") is (answers or first == "extension")


def test_the_history_of_a_range(api: Api, clock: Clock) -> None:
    """It is listed as everything is, newest first, and each document has its own."""
    made, other = button(api), button(api)
    for minute in range(3):
        clock.now = NOW + minute * 60
        connect(api, made, contact=f"200{minute}")
    connect(api, other)
    assert [row["contact"] for row in history(api, made)] == ["2002", "2001", "2000"]
    since = str(int(NOW) + 62_167_219_200 + 60)
    assert [row["contact"] for row in history(api, made, created_from=since)] == ["2002", "2001"]


def test_a_blocking_call(api: Api) -> None:
    """A request that waits gets the entry of the history."""
    made = button(api)
    path, body = f"clicktocall/{made}/connect", {"data": {"contact": "2001", "blocking": True}}
    data = api.ask("POST", path, json=body).json()["data"]
    assert (data["contact"], data["result"]) == ("2001", "success")


def test_each_attempt_has_an_outcome(api: Api, books: CrossbarClient) -> None:
    """A phone may be told from outside what becomes of each call to it; the last one stays."""
    made = button(api)
    books.phone(ANN, [Rung.NO_ANSWER, Rung.ANSWERED])
    results = [connect(api, made) and history(api, made)[0]["result"] for _ in range(3)]
    assert results == ["error", "success", "success"]
    rows = api.get("cdrs")["data"]
    answered = [row["billing_seconds"] for row in rows if row["callee_id_number"] == ANN]
    assert sorted(answered) == [0, 1, 1]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("4155550123", ANN),
        ("14155550123", ANN),
        (WRITTEN, ANN),
        ("01145321234560", "+45321234560"),
        ("4532123456", "+14532123456"),
        ("%2B14155550123", "%2B14155550123"),
        ("2001", "2001"),
    ],
)
def test_a_contact_is_normalized(written: str, number: str) -> None:
    """Ten digits are a North American number, and an encoded plus spoils any."""
    assert normalized(written) == number


def test_the_local_account_has_one(api: Api) -> None:
    """Local runs need not make it."""
    headers = {"x-auth-token": api.token}
    answer = api.client.get(f"accounts/{ACCOUNT_ID}/clicktocall/{CLICK_TO_CALL}", headers=headers)
    assert answer.json()["data"]["dial_first"] == "contact"
