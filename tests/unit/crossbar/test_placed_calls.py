"""Calls that Crossbar places to a callflow: events, CDRs, history, and debug documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest

from pivotctl.crossbar import ACCOUNT_ID
from pivotctl.crossbar.client import CrossbarClient
from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.http.exchange import HttpRequest, HttpResponse
from pivotctl.switch.world import Rung
from tests.unit.crossbar.conftest import Api, Caller

ANN, WRITTEN, EXTENSION = "+14155550123", "14155550123", "6083"
URL, HOOK = "http://127.0.0.1:8080/key/pivot/greet", "http://127.0.0.1:8080/key/webhooks/events"
GREETING: Mapping[str, Any] = {
    "module": "tts",
    "data": {"text": "Hello."},
    "children": {"_": {"module": "hangup", "data": {}, "children": {}}},
}
CARRIER = {"name": "carrier", "gateways": [{"server": "sip.example"}], "rules": [r"^\+\d+$"]}


@dataclass
class Net:
    """The network of the switch: a Pivot function, and a receiver of webhooks."""

    answer: str = field(default_factory=lambda: json.dumps(GREETING))
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    hooks: list[tuple[str, str, str]] = field(default_factory=list)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer to a request."""
        fields = parse_qs(request.body.decode())
        if request.url == HOOK:
            names = ("hook_event", "call_direction", "call_id")
            self.hooks.append(tuple(fields[name][0] for name in names))  # type: ignore[arg-type]
            return HttpResponse(200)
        self.asked.append(fields)
        return HttpResponse(200, (("Content-Type", "application/json"),), self.answer.encode())


@pytest.fixture
def net(master: Caller) -> Net:
    """The network, and an account with a carrier, a callflow, and a webhook."""
    found = Net()
    master.crossbar.calls.transport = found
    master.done("PUT", "resources", CARRIER)
    data = {"voice_url": URL, "method": "post", "req_format": "kazoo", "debug": True}
    flow = {"module": "pivot", "data": data, "children": {}}
    master.done("PUT", "callflows", {"numbers": [EXTENSION], "flow": flow})
    master.done("PUT", "webhooks", {"name": "events", "hook": "all", "uri": HOOK})
    return found


def button(master: Caller, **more: Any) -> str:
    """The ID of a click-to-call for the extension."""
    data = {"name": "x", "extension": EXTENSION, "dial_first": "contact", **more}
    return str(master.done("PUT", "clicktocall", data)["id"])


def connected(master: Caller, identifier: str, **query: str) -> Dialogue:
    """The call that connecting places, once it is over."""
    path = f"clicktocall/{identifier}/connect"
    call = master.done("GET", path, contact=WRITTEN, **query)
    master.crossbar.calls.finish()
    return Dialogue(master.crossbar.calls.played[call["outbound_call_id"]])


def cdrs(master: Caller) -> dict[str, tuple[str, str, int]]:
    """Direction, hangup cause, and billing seconds of each leg, by the number that was called."""
    rows = master.done("GET", "cdrs")
    return {
        row["to"].partition("@")[0]: (row["direction"], row["hangup_cause"], row["billing_seconds"])
        for row in rows
    }


def history(master: Caller, identifier: str) -> Any:
    """The latest result of a click-to-call."""
    row = master.done("GET", f"clicktocall/{identifier}/history")[0]
    return row["result"], row.get("cause", "")


def test_a_contact_that_is_rung_first(master: Caller, net: Net) -> None:
    """The number is rung, the function is asked, and the contact hears its answer."""
    made = button(master, caller_id_number="+14155550100")
    call = connected(master, made, who="Dr. Brown")
    call.hears("Hello.").hung_up("kazoo").is_carried_through()
    (asked,) = net.asked
    assert asked["Caller-ID-Number"] == ["+14155550100"]
    assert asked["Request"] == [EXTENSION]
    assert asked["Custom-Application-Vars[contact]"] == [WRITTEN]
    assert asked["Custom-Application-Vars[who]"] == ["Dr. Brown"]
    assert asked["Account-ID"] == [ACCOUNT_ID]
    assert history(master, made) == ("success", "")
    legs = cdrs(master)
    assert legs[ANN][:2] == ("outbound", "NORMAL_CLEARING")
    assert legs[EXTENSION][:2] == ("inbound", "NORMAL_CLEARING")
    assert min(leg[2] for leg in legs.values()) > 0


def test_the_events_of_both_legs(master: Caller, net: Net) -> None:
    """Each leg is created, answered, bridged to the other, and destroyed."""
    connected(master, button(master))
    by_leg: dict[str, list[str]] = {"inbound": [], "outbound": []}
    for hook, direction, _ in net.hooks:
        by_leg[direction].append(hook)
    life = ["channel_create", "channel_answer", "channel_bridge", "channel_destroy"]
    assert by_leg == {"inbound": life, "outbound": life}
    assert len({call_id for _, _, call_id in net.hooks}) == 2
    assert master.done("GET", "channels") == []
    legs = master.done("GET", "cdrs")
    assert len({row["interaction_id"] for row in legs}) == 1
    assert {row["other_leg_call_id"] for row in legs} == {row["call_id"] for row in legs}


@pytest.mark.parametrize(
    ("rung", "cause"),
    [(Rung.BUSY, "USER_BUSY"), (Rung.NO_ANSWER, "timed out"), (Rung.REJECTED, "CALL_REJECTED")],
)
def test_a_contact_that_does_not_answer(master: Caller, net: Net, rung: Rung, cause: str) -> None:
    """The function is not asked, the history has the cause, and the CDR no talk."""
    master.crossbar.phones.outcomes[ANN] = (rung,)
    made = button(master)
    connected(master, made).hung_up("kazoo")
    assert net.asked == []
    assert history(master, made) == ("error", cause)
    assert {leg[2] for leg in cdrs(master).values()} == {0}


def test_a_number_needs_a_carrier(master: Caller, net: Net) -> None:
    """A number that no enabled carrier takes is not rung."""
    (carrier,) = master.done("GET", "resources")
    master.done("PATCH", f"resources/{carrier['id']}", {"enabled": False})
    made = button(master)
    connected(master, made).hung_up("kazoo")
    assert history(master, made) == ("error", "no resources")
    assert (net.asked, master.crossbar.phones.rung) == ([], [])
    master.done("PUT", "/resources", {**CARRIER, "rules": ["(", r"^\+1"]})
    connected(master, made).hears("Hello.")


def test_an_extension_that_is_dialed_first(master: Caller, net: Net) -> None:
    """The function is asked at once; a contact who answers after its end misses it."""
    net.answer = json.dumps({"module": "tts", "data": {"text": "Good morning. " * 20}})
    made = button(master, dial_first="extension")
    connected(master, made).hears("Good morning.").hung_up("kazoo")
    assert cdrs(master)[ANN][1] == "NORMAL_CLEARING"
    net.answer = json.dumps(GREETING)
    connected(master, made).hears("Hello.")
    assert history(master, made) == ("success", "")
    causes = [row["hangup_cause"] for row in master.done("GET", "cdrs")]
    assert sorted(causes) == ["NORMAL_CLEARING"] * 3 + ["ORIGINATOR_CANCEL"]


def test_a_contact_who_is_busy_after_the_extension(master: Caller, net: Net) -> None:
    """The call ends with the contact's cause, but its result is that of the extension."""
    master.crossbar.phones.outcomes[ANN] = (Rung.BUSY,)
    made = button(master, dial_first="extension")
    call = connected(master, made).hung_up("kazoo")
    assert (call.heard, len(net.asked)) == ([], 1)
    assert history(master, made) == ("success", "")
    assert {cause for _, cause, _ in cdrs(master).values()} == {"USER_BUSY"}


def test_a_contact_who_is_busy_after_a_bridge(master: Caller, net: Net) -> None:
    """A flow that rings a user answers with the user; without the contact nobody talks."""
    net.answer = json.dumps({"module": "user", "data": {"id": "a" * 32}})
    master.crossbar.phones.outcomes[ANN] = (Rung.BUSY,)
    call = connected(master, button(master, dial_first="extension")).rings("user aaa")
    call.hung_up("kazoo")
    assert "talks to" not in str(call)
    assert [hook for hook, _, _ in net.hooks].count("channel_destroy") == 3
    assert "channel_bridge" not in {hook for hook, _, _ in net.hooks}


def test_an_extension_that_refuses(master: Caller, net: Net) -> None:
    """A callflow that does not answer is the result, and no one else is rung."""
    net.answer = json.dumps({"module": "response", "data": {"code": 486}})
    made = button(master, dial_first="extension")
    connected(master, made).is_refused(486)
    assert history(master, made)[0] == "error"
    assert set(cdrs(master)) == {EXTENSION}


def test_a_blocking_call_waits_for_the_result(master: Caller, net: Net) -> None:
    """Whoever waits gets the result of the party that is dialed first."""
    made = button(master, dial_first="extension")
    data = {"contact": WRITTEN, "blocking": True}
    _, envelope = master.ask("POST", f"clicktocall/{made}/connect", data)
    master.crossbar.calls.finish()
    assert envelope["data"]["result"] == "success"
    assert len(net.asked) == 1


def test_keys_of_the_contact(master: Caller, net: Net) -> None:
    """The person at a number presses scripted keys, and is connected."""
    to_agent = {"module": "user", "data": {"id": "a" * 32}}
    net.answer = json.dumps({"module": "collect_dtmf", "data": {}, "children": {"_": to_agent}})
    master.crossbar.phones.keys[ANN] = ("1",)
    connected(master, button(master)).presses("1").is_bridged_to("user aaa")
    assert len(cdrs(master)) == 3


def test_webhooks_of_accounts_above(master: Caller, net: Net) -> None:
    """A webhook with subaccounts is fired for calls of accounts below, and others are not."""
    below = master.below()
    for collection in ("callflows", "resources"):
        (found,) = master.done("GET", collection)
        data = master.done("GET", f"{collection}/{found['id']}")
        below.done("PUT", collection, {key: data[key] for key in data if key != "metadata"})
    connected(below, button(below))
    assert net.hooks == []
    (hook,) = master.done("GET", "webhooks")
    master.done("PATCH", f"webhooks/{hook['id']}", {"include_subaccounts": True})
    connected(below, button(below))
    assert len(net.hooks) == 8


def test_a_quickcall(master: Caller, net: Net) -> None:
    """A user's phone is rung first, and then hears the callflow or reaches the number."""
    path = f"users/{'b' * 32}/quickcall"
    calls = []
    for number in (EXTENSION, ANN, "7999"):
        status, envelope = master.ask("GET", f"{path}/{number.replace('+', '%2B')}")
        assert status == 202
        calls.append(envelope["data"]["endpoints"][0]["outbound_call_id"])
    master.crossbar.calls.finish()
    played = master.crossbar.calls.played
    Dialogue(played[calls[0]]).hears("Hello.")
    Dialogue(played[calls[1]]).is_bridged_to(ANN)
    assert calls[2] not in played
    assert len(net.asked) == 1


# -- debug documents -------------------------------------------------------------------------------


def test_debug_documents(master: Caller, net: Net) -> None:
    """A pivot action with `debug` leaves its request and the answer, found by the call."""
    call_id = connected(master, button(master)).requests[0].parameters["Call-ID"]
    (row,) = master.done("GET", "pivot/debug")
    assert row["debug_id"].endswith(f"-{call_id}")
    assert (row["status_code"], row["has_schema_errors"], row["iteration"]) == ("200", False, 1)
    assert row["uri"] == URL
    for identifier in (call_id, row["debug_id"]):
        asked, came = master.done("GET", f"pivot/debug/{identifier}")
        assert (asked["method"], asked["uri"]) == ("post", URL)
        assert asked["req_headers"]["content-type"] == "application/x-www-form-urlencoded"
        assert f"Request={EXTENSION}" in asked["req_body"]
        assert (came["resp_status_code"], came["resp_body"]) == ("200", net.answer)
        assert asked["node"] == came["node"]
    assert master.ask("GET", "pivot/debug/unknown")[0] == 404
    assert master.below().done("GET", "pivot/debug") == []


@pytest.mark.parametrize(
    ("answer", "key", "found"),
    [
        ('{"module": "response", "data": {"code": "486"}}', "schema_errors", "data.code"),
        ('{"module": "tts",\n"data": }', "json_errors", "message"),
    ],
)
def test_debug_documents_of_errors(
    master: Caller, net: Net, answer: str, key: str, found: str
) -> None:
    """An answer that KAZOO cannot execute is stored with its errors."""
    net.answer = answer
    connected(master, button(master))
    (row,) = master.done("GET", "pivot/debug")
    assert row["has_schema_errors"] is (key == "schema_errors")
    last = master.done("GET", f"pivot/debug/{row['debug_id']}")[-1]
    assert found in last[key]
    assert last["resp_body"] == answer


def test_debug_documents_of_other_calls(api: Api, books: CrossbarClient) -> None:
    """The switch reports the documents of a call from `pivotctl call` as well."""
    books.debugged({"account_id": api.account, "call_id": "a/1", "iteration": 1, "uri": URL})
    (row,) = api.get("pivot/debug")["data"]
    assert (row["call_id"], row["status_code"]) == ("a/1", None)
    (document,) = api.get("pivot/debug/a%2F1")["data"]
    assert document["uri"] == URL
    assert "account_id" not in document


def test_debug_documents_of_follow_ups(master: Caller, net: Net) -> None:
    """Follow-up requests of TwiML count, and a row has the first request."""
    xml = "<Response><Redirect>http://127.0.0.1:8080/key/pivot/greet</Redirect></Response>"
    answers = iter([xml, "<Response><Hangup/></Response>"])

    def answered(request: HttpRequest) -> HttpResponse:
        if request.url == HOOK:
            return HttpResponse(200)
        return HttpResponse(200, (("Content-Type", "text/xml"),), next(answers).encode())

    master.crossbar.calls.transport = answered
    connected(master, button(master))
    (row,) = master.done("GET", "pivot/debug")
    documents = master.done("GET", f"pivot/debug/{row['debug_id']}")
    assert [each["iteration"] for each in documents] == [1, 1, 2, 2]
    assert row["iteration"] == 1
    assert net.asked == []
