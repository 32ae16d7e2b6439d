"""Parts that only KAZOO 5 has: four modules, more data, streams, and answers in the action."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pivotctl.lint.verdict import Reading, read
from pivotctl.problems import Mode, Verdict
from pivotctl.reader.answers import PivotAnswer
from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.scenario import RecordingEnd, Rung, Scenario, pivot_flow
from tests.unit.switch.servers import URL, Server, as_json, as_xml, flow, says

TONE = {"frequencies": [440], "duration_on": 500, "duration_off": 100}
WS = "wss://server.example/audio"


def judged(body: object, mode: Mode) -> Reading:
    """The verdict of one KAZOO on TwiML, or on anything else as JSON."""
    if isinstance(body, str):
        return read(PivotAnswer(f"<Response>{body}</Response>".encode(), "text/xml"), mode=mode)
    return read(PivotAnswer(json.dumps(body).encode(), "application/json"), mode=mode)


def place(answer: Any, **scenario: Any) -> Dialogue:
    """A call to KAZOO 5 that is answered with a callflow or TwiML."""
    server = Server([as_xml(answer) if isinstance(answer, str) else as_json(answer)])
    return Dialogue.place(Scenario(flow=pivot_flow(URL), mode=Mode.K5, **scenario), server)


def action(module: str, **data: Any) -> dict[str, Any]:
    """One action of a callflow."""
    return {"module": module, "data": data}


@pytest.mark.parametrize(
    "flow",
    [
        action("call_pickup", target_call_id="a@b"),
        action("detect_speech", action="start", asr_engine="x", asr_params={}),
        action("doorman", id="x", failover_strategy="voicemail", tones=[TONE]),
        action("tones", tones=[TONE]),
        action("pivot", serverless={"flow_doc": "<Response> </Response>", "flow_type": "text/xml"}),
        action("ring_group", group_id="x"),
        action("branch_variable", scope="doc", variable=["a", "b"]),
        action("missed_call_alert", recipients=[{"type": "user", "id": "x"}]),
    ],
)
def test_kazoo_5_takes_what_kazoo_master_refuses(flow: dict[str, Any]) -> None:
    """The same flow is dead air in KAZOO master, and the problem names a place in it."""
    assert judged(flow, Mode.K5).verdict is Verdict.EXECUTES
    refused = judged(flow, Mode.K50)
    assert refused.verdict is Verdict.DEAD_AIR
    assert all(problem.line and problem.fix for problem in refused.problems)


@pytest.mark.parametrize(
    ("flow", "path", "rule"),
    [
        (action("call_pickup", target_call_id=""), "data.target_call_id", "0 characters"),
        (action("detect_speech", action="pause"), "data.action", "not an allowed value"),
        (action("doorman"), "data.id", "required but missing"),
        (action("tones", tones=[{}]), "data.tones[0].frequencies", "required but missing"),
        (action("callflow"), "data", "exactly one of: id, or doc_id and path, or flow"),
        (action("pivot"), "data", "exactly one of: voice_url, or serverless"),
        (
            action("pivot", voice_url=URL, custom_request_headers={"X-A": 1}),
            "data.custom_request_headers.X-A",
            "1 is an integer",
        ),
        (action("tone"), "module", "no module 'tone'"),
    ],
)
def test_kazoo_5_has_rules_too(flow: dict[str, Any], path: str, rule: str) -> None:
    """It hangs up at a flow that breaks them; the problem says where and why."""
    reading = judged(flow, Mode.K5)
    assert reading.verdict is Verdict.HANGS_UP
    assert reading.problems[0].path == path
    assert rule in reading.problems[0].rule


def test_kazoo_master_names_the_mode_that_has_a_module() -> None:
    """Whoever writes for KAZOO 5 learns how to ask for it."""
    (problem,) = judged(action("tones"), Mode.K50).problems
    assert "only KAZOO 5 has" in problem.rule
    assert "--mode k5" in problem.fix


@pytest.mark.parametrize(
    "verb",
    [
        f'<Start><Stream url="{WS}" name="a" track="both_tracks"/></Start>',
        f'<Start>\n<Stream url="{WS}"><Parameter name="a" value="b"/></Stream>\n</Start>',
        '<Stop><Stream name="a"/></Stop>',
        "<Stop><Stream/></Stop>",
        f'<Connect><Stream url="{WS}"/></Connect>',
    ],
)
def test_streams_are_kazoo_5s(verb: str) -> None:
    """KAZOO master knows no such verb and hangs up."""
    assert judged(verb, Mode.K5) == Reading(
        Verdict.EXECUTES, commands=judged(verb, Mode.K5).commands
    )
    refused = judged(f"<Say>Hello</Say>\n{verb}", Mode.K50)
    assert refused.verdict is Verdict.HANGS_UP
    (problem,) = refused.problems
    assert problem.line == 2
    assert "KAZOO 5 only" in problem.rule


@pytest.mark.parametrize(
    "verb",
    [
        "<Start/>",
        "<Connect><Room>a</Room></Connect>",
        "<Start><Stream/><Stream/></Start>",
        "<Start><Stream><Say>a</Say></Stream></Start>",
    ],
)
def test_what_kazoo_5_does_not_document_is_said_to_be_unknown(verb: str) -> None:
    """Its translator is not public: such a document does not pass, and the reason is honest."""
    reading = judged(verb, Mode.K5)
    assert reading.verdict is Verdict.HANGS_UP
    assert "not public" in reading.problems[0].rule


def test_an_empty_response_is_said_to_be_unknown() -> None:
    """KAZOO master crashes on it; nobody can tell what KAZOO 5 does."""
    reading = read(PivotAnswer(b"<Response/>", "text/xml"), mode=Mode.K5)
    assert reading.verdict is Verdict.DEAD_AIR
    assert "not public" in reading.problems[0].rule


@pytest.mark.parametrize("mode", Mode)
def test_a_body_that_is_no_utf8_falls_back(mode: Mode) -> None:
    """The process that reads it dies, which both versions report as a failed request."""
    answer = PivotAnswer(b"<Response><Say>\xff</Say></Response>", "text/xml")
    assert read(answer, mode=mode).verdict is Verdict.FALLS_BACK


def test_a_document_goes_on_behind_a_stream_that_starts() -> None:
    """And behind one that stops; what is streamed, and where to, is shown."""
    streams = f'<Start><Stream name="a" url="{WS}"/></Start>', '<Stop><Stream name="a"/></Stop>'
    dialogue = place(f"{streams[0]}<Say>On air</Say>{streams[1]}<Say>Off air</Say>")
    dialogue.hears("On air").hears("Off air").hung_up("kazoo").is_carried_through()
    assert f"streams the call to {WS}" in str(dialogue)


def test_nothing_runs_behind_a_connected_stream() -> None:
    """The call ends with the stream; without a URL it goes to that of the document."""
    dialogue = place("<Connect><Stream/></Connect><Say>never</Say>")
    dialogue.does_not_hear("never").hung_up().is_carried_through()
    assert f"connects the caller to {URL}" in str(dialogue)


def test_tones_and_speech_detection_go_on() -> None:
    """Tones answer the call and are heard."""
    detects = flow("detect_speech", {"action": "stop"}, _=says("on"))
    dialogue = place(flow("tones", {"tones": [TONE]}, _=detects))
    dialogue.hears_media("tones").hears("on").is_carried_through()
    assert "stops speech detection" in str(dialogue)


def test_a_picked_up_call_ends_the_flow() -> None:
    """The caller talks to that call until she hangs up."""
    dialogue = place(flow("call_pickup", {"target_call_id": "a@b"}, _=says("never")))
    dialogue.does_not_hear("never").hung_up("caller").is_carried_through()


TO_MAILBOX = {"failover_strategy": "voicemail", "vmbox_id": "v" * 32}


@pytest.mark.parametrize(
    ("rung", "data", "told"),
    [
        (Rung.REJECTED, TO_MAILBOX, "cf-doorman_unreachable"),
        (Rung.BUSY, {}, "cf-doorman_unreachable"),
        (Rung.NO_ANSWER, TO_MAILBOX, "“on”"),
    ],
)
def test_a_doorman_turns_callers_away(rung: Rung, data: dict[str, Any], told: str) -> None:
    """To a mailbox if the strategy says so and nobody rejected the call, else with a prompt."""
    dialogue = place(flow("doorman", {"id": "d", **data}, _=says("on")), rung=rung)
    dialogue.hears("Please state your name after the tone.")
    assert [each for each in ("cf-doorman_unreachable", "“on”") if each in str(dialogue)] == [told]


def test_a_doorman_lets_callers_in() -> None:
    """The one who answers accepts; a caller who hangs up without saying a name rings nobody."""
    doorman = flow("doorman", {"id": "d", "caller_greeting": "Who are you?"})
    place(doorman).hears("Who are you?").is_bridged_to("callee d")
    gone = place(doorman, recording=RecordingEnd.HANGUP)
    gone.hung_up("caller")
    assert "rings" not in str(gone)


@pytest.mark.parametrize(
    ("document", "kind"),
    [("<Response><Say>stored</Say></Response>", "text/xml"), (says("stored"), "application/json")],
)
def test_an_answer_may_stand_in_the_action(document: object, kind: str) -> None:
    """KAZOO 5 asks nobody then; KAZOO master passes it over and asks the URL."""
    serverless = {"flow_doc": document, "flow_type": kind}
    stored = pivot_flow(URL)
    stored["data"]["serverless"] = serverless
    server = Server([as_json(says("asked"))])
    Dialogue.place(Scenario(flow=stored, mode=Mode.K5), server).hears("stored")
    assert server.requests == []
    Dialogue.place(Scenario(flow=stored), server).hears("asked")


def test_a_stored_answer_that_is_refused_hangs_up() -> None:
    """As one that came from a server."""
    stored = flow("pivot", {"serverless": {"flow_doc": "{}", "flow_type": "application/json"}})
    dialogue = Dialogue.place(Scenario(flow=stored, mode=Mode.K5), Server([]))
    dialogue.hung_up("kazoo")
    assert dialogue.verdict == "hangs_up"
