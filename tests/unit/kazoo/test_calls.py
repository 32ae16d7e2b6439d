"""`pivotctl kazoo resource`, `click`, and `call`, on the local Crossbar."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import Mock

import pytest
from click.testing import CliRunner

from pivotctl.cli import main
from pivotctl.crossbar import ACCOUNT_ID, CrossbarRefusal
from pivotctl.crossbar.quickcall import QuickCalls
from pivotctl.kazoo.call_outcome import CallOutcome, Leg, PlacedCall
from pivotctl.kazoo.client import KazooClient, dialable
from pivotctl.switch.http.exchange import HttpRequest, HttpResponse
from pivotctl.switch.world import Rung
from tests.unit.kazoo.crossbar_server import ACCOUNT, ScriptedCrossbar
from tests.unit.kazoo.office import Office

ANN = "+14155550123"
GREETING = json.dumps({"module": "tts", "data": {"text": "Hello."}})


@pytest.fixture
def office(office: Office) -> Office:
    """An account with a carrier and a callflow, whose function greets."""

    def answered(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, (("Content-Type", "application/json"),), GREETING.encode())

    office.crossbar.calls.transport = answered
    data: dict[str, Any] = {"voice_url": "https://f.example/pivot/x", "req_format": "kazoo"}
    flow: dict[str, Any] = {"module": "pivot", "data": data, "children": {}}
    callflow: dict[str, Any] = {"numbers": ["6083"], "flow": flow}
    office.client.put(f"/accounts/{ACCOUNT_ID}/callflows", {"data": callflow})
    return office


def ran(office: Office, *words: str, text: str = "", status: int = 0) -> str:
    """The output of a command, which must exit with *status*."""
    result = CliRunner().invoke(main, ["kazoo", *words], input=text, env={"KAZOO_URL": office.url})
    assert result.exit_code == status, result.output
    return result.output


# -- carriers --------------------------------------------------------------------------------------


def test_flowroute(office: Office) -> None:
    """Flowroute needs a user name, and a password from standard input."""
    words = ("resource", "flowroute", "--username", "12345678")
    assert "1 to create" in ran(office, *words, text="pw-7Qx\n")
    (carrier,) = office.documents("resources")
    (gateway,) = carrier["gateways"]
    assert gateway["server"].endswith(".sip.flowroute.com")
    assert (gateway["username"], gateway["password"]) == ("12345678", "pw-7Qx")
    assert "nothing changes" in ran(office, *words, text="pw-7Qx\n")
    said = ran(office, *words, text="pw-8Qx\n")
    assert "1 to change" in said
    assert "Qx" not in said
    assert office.documents("resources")[0]["gateways"][0]["password"] == "pw-8Qx"
    ran(office, "resource", "flowroute", status=2)


def test_a_tech_prefix(office: Office) -> None:
    """A carrier that knows KAZOO's addresses needs no password, but a prefix."""
    ran(office, "resource", "flowroute", "--tech-prefix", "12345678")
    (gateway,) = office.documents("resources")[0]["gateways"]
    assert gateway["prefix"] == "12345678*"
    assert "password" not in gateway


def test_any_carrier(office: Office) -> None:
    """Another carrier is added by its server, listed, kept if edited by hand, and removed."""
    add = ("resource", "add", "backup", "--server", "sip.example.com", "--port", "5080")
    ran(office, *add, "--rule", r"^\+(49\d+)$", "--prefix", "9")
    (carrier,) = office.documents("resources")
    assert carrier["rules"] == [r"^\+(49\d+)$"]
    assert carrier["gateways"][0]["port"] == 5080
    assert "backup  enabled" in ran(office, "resource", "list")
    path = f"/accounts/{ACCOUNT_ID}/resources/{carrier['id']}"
    office.client.patch(path, rules=[r"^\+1"])
    assert "edited by hand, kept" in ran(office, *add, status=1)
    assert "1 to change" in ran(office, *add, "--overwrite")
    assert json.loads(ran(office, "resource", "list", "--json"))["name"] == "backup"
    assert "it has backup" in ran(office, "resource", "remove", "front", status=2)
    ran(office, "resource", "remove", "backup")
    assert "no carriers" in ran(office, "resource", "list")


def test_apply_leaves_these_carriers(office: Office) -> None:
    """A file does not remove the carriers and click-to-calls that `resource` and `click` make."""
    ran(office, "resource", "flowroute", "--tech-prefix", "12345678")
    ran(office, "click", ANN, "--extension", "6083")
    before = office.all()
    office.does("apply", "--yes", "--prune", text="numbers = []")
    office.does("remove", "--yes")
    assert office.all() == before


# -- calls -----------------------------------------------------------------------------------------


def carried(office: Office) -> None:
    """Give the account a carrier."""
    ran(office, "resource", "flowroute", "--tech-prefix", "12345678")


def test_click(office: Office) -> None:
    """The number is rung and hears the function; the command reports both legs by their CDRs."""
    carried(office)
    said = ran(office, "click", ANN, "--extension", "6083", "--var", "why=your appointment")
    assert "Created the click-to-call Extension 6083." in said
    assert f"{ANN} was connected for" in said
    assert "6083 was connected for" in said
    (call,) = office.crossbar.calls.played.values()
    (request,) = [event for event in call if event.type == "request"]
    variables = request.as_json()["parameters"]["Custom-Application-Vars"]
    assert variables["why"] == "your appointment"
    assert variables["contact"] == "14155550123"
    again = ran(office, "click", ANN, "--extension", "6083", "--json")
    assert "Created" not in again
    assert json.loads(again.splitlines()[-1])["answered"] is True


@pytest.mark.parametrize(
    ("rung", "sentence"),
    [
        (Rung.BUSY, f"{ANN} was busy (USER_BUSY)."),
        (Rung.NO_ANSWER, f"{ANN} did not answer (NO_ANSWER)."),
        (Rung.REJECTED, f"{ANN} rejected the call (CALL_REJECTED)."),
    ],
)
def test_a_click_without_an_answer(office: Office, rung: Rung, sentence: str) -> None:
    """A call that fails exits with 1, and says why."""
    carried(office)
    office.crossbar.phones.outcomes[ANN] = (rung,)
    assert sentence in ran(office, "click", ANN, "--extension", "6083", status=1)


def test_a_click_without_a_carrier(office: Office) -> None:
    """Without a carrier the number is not called, and the message has the command that fixes it."""
    said = ran(office, "click", ANN, "--extension", "6083", status=1)
    assert f"{ANN} was not called: no carrier takes the number" in said
    assert "pivotctl kazoo resource" in said


def test_a_click_by_name(office: Office) -> None:
    """A click-to-call can be named; without a name there must be only one."""
    carried(office)
    data: dict[str, Any] = {"name": "Front", "extension": "6083", "dial_first": "contact"}
    office.client.put(f"/accounts/{ACCOUNT_ID}/clicktocall", {"data": data})
    assert "was connected" in ran(office, "click", ANN, "--name", "Front")
    said = ran(office, "click", ANN, status=2)
    assert "Several click-to-calls are meant" in said
    assert "The account has Callbacks, Front." in said
    assert "There is no such" in ran(office, "click", ANN, "--name", "x", status=2)
    ran(office, "click", ANN, "--name", "x", "--extension", "6083", status=2)


def test_an_extension_without_a_callflow(office: Office) -> None:
    """A click-to-call is created for an extension that exists only."""
    said = ran(office, "click", ANN, "--extension", "6999", status=2)
    assert "No callflow has the extension 6999" in said
    assert "The account has 6083, 7001." in said


@pytest.mark.parametrize("number", ["4155550123", "+1", "ann", "12345678"])
def test_numbers_that_cannot_be_meant(office: Office, number: str) -> None:
    """A number has its country code, so that KAZOO rings nobody else."""
    assert "is no number" in ran(office, "click", number, "--extension", "6083", status=2)


def test_call(office: Office) -> None:
    """A user is rung and connected to a number, or to an extension with a function."""
    carried(office)
    assert f"{ANN} was connected for" in ran(office, "call", ANN, "--user", "operator")
    assert "6083 was connected for" in ran(office, "call", "6083", "--user", "operator")
    assert "Name the user whose phones ring" in ran(office, "call", ANN, status=2)
    said = ran(office, "call", ANN, "--user", "jane", status=2)
    assert "There is no user 'jane'. The account has operator." in said


def test_a_user_without_a_phone(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """KAZOO answers 500 for a user without a device; the message says what to check."""
    fault = CrossbarRefusal(500, "unspecified_fault")
    monkeypatch.setattr(QuickCalls, "place", Mock(side_effect=fault))
    said = ran(office, "call", ANN, "--user", "operator", status=1)
    assert "check that the user has a device" in said


def test_a_call_without_a_carrier(office: Office) -> None:
    """The user answers, but the number is not called."""
    said = ran(office, "call", ANN, "--user", "operator", status=1)
    assert "no carrier takes the number" in said


def test_a_call_of_your_own(office: Office) -> None:
    """Somebody who has signed in as a user calls from their own phones."""
    login = ("login", "--user", "operator", "--account-name", "acme", "--url", office.url)
    ran(office, *login, text="local-development\n")
    assert "6083 was connected for" in ran(office, "call", "6083")


# -- waiting ---------------------------------------------------------------------------------------

CALL = "c2c-1"
ROW = {"call_id": CALL, "direction": "inbound", "to": "6083@r", "billing_seconds": "7"}
OTHER = {
    "call_id": "leg-2", "direction": "outbound", "callee_id_number": ANN, "billing_seconds": "7",
    "bridge_id": CALL, "hangup_cause": "NORMAL_CLEARING",
}  # fmt: skip


def waited(
    client: KazooClient, crossbar: ScriptedCrossbar, *looks: tuple[list[Any], list[Any], list[Any]]
) -> tuple[CallOutcome, list[float]]:
    """The outcome of a call at which KAZOO has CDRs, channels, and history, look by look."""
    now, pauses = [1_790_000_000.0], list[float]()

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        now[0] += seconds
        look(min(len(pauses), len(looks) - 1))

    def look(at: int) -> None:
        for noun, rows in zip(
            ("cdrs", "channels", "clicktocall/b/history"), looks[at], strict=True
        ):
            crossbar.route("GET", f"/accounts/{ACCOUNT}/{noun}", rows)

    crossbar.route("GET", f"/accounts/{ACCOUNT}/clicktocall/b/history", [{"result": "error"}])
    call = PlacedCall(client, ACCOUNT, "b", sleep=sleep, clock=lambda: now[0])
    call.place(lambda: [CALL])
    look(0)
    return call.outcome(10.0), pauses


def test_waiting_for_the_end(client: KazooClient, crossbar: ScriptedCrossbar) -> None:
    """A call is over when no leg is live, and no more CDRs come."""
    live, history = [{"uuid": CALL}], [{"result": "error"}]
    outcome, pauses = waited(
        client,
        crossbar,
        ([], live, history),
        ([OTHER], live, history),
        ([OTHER], [], history),
        ([OTHER, ROW], [], history),
        ([OTHER, ROW], [], history),
    )
    assert outcome.legs == (
        Leg(ANN, is_outbound=True, answered=7, cause="NORMAL_CLEARING"),
        Leg("6083", is_outbound=False, answered=7, cause=""),
    )
    assert outcome.is_answered
    assert len(pauses) == 4


def test_a_history_with_the_cause(client: KazooClient, crossbar: ScriptedCrossbar) -> None:
    """A call that KAZOO could not place has no CDR, but a new cause in the history."""
    failed = [{"result": "error", "cause": "no resources"}, {"result": "error"}]
    outcome, _ = waited(client, crossbar, ([], [], [{"result": "error"}]), ([], [], failed))
    assert (outcome.cause, outcome.is_answered, outcome.legs) == ("no resources", False, ())


def test_patience_ends(client: KazooClient, crossbar: ScriptedCrossbar) -> None:
    """KAZOO that reports nothing is waited for as long as asked, and not longer."""
    gave_up = [{"result": "error", "cause": "timed out"}]
    outcome, pauses = waited(client, crossbar, ([], [{"uuid": CALL}], gave_up))
    assert not outcome.is_known
    assert 10 <= sum(pauses) < 13


@pytest.mark.parametrize(
    ("number", "contact"),
    [(ANN, "14155550123"), ("+4930123456", "004930123456"), ("6083", "6083"), ("*97", "*97")],
)
def test_contacts(number: str, contact: str) -> None:
    """A contact has no plus sign, which KAZOO would corrupt, and is read as the same number."""
    assert dialable(number) == contact
