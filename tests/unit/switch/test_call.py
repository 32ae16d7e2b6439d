"""Whole calls: statuses, fallbacks, time-outs, forbidden hosts, webhooks and records."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest

from pivotctl.switch.dialogue import Dialogue, DialogueError
from pivotctl.switch.events import CdrPosted, WebhookFired
from pivotctl.switch.http.exchange import ExchangeError, HttpRequest, HttpResponse
from pivotctl.switch.player.call import place_call
from pivotctl.switch.scenario import Scenario, pivot_flow
from pivotctl.switch.world import World
from tests.unit.switch.servers import EVENTS, URL, Server, as_json, as_xml, flow, says

FALLBACK = says("We are busy")
HOOKS = ("channel_create", "channel_answer", "channel_bridge", "channel_destroy")


def place(*answers: HttpResponse, fallback: object = FALLBACK) -> Dialogue:
    """A call whose pivot action has a fallback."""
    stored = pivot_flow(URL)
    stored["children"] = {"_": fallback} if fallback else {}
    return Dialogue.place(Scenario(flow=stored), Server(list(answers)))


@pytest.mark.parametrize("status", [201, 202, 204, 304, 401, 404, 500, 503])
def test_any_other_status_goes_on_with_the_fallback(status: int) -> None:
    """Only 200 and 206 are read; the rest leads to the default child of the pivot action."""
    dialogue = place(as_json(says("never"), status))
    dialogue.hears("We are busy").does_not_hear("never")
    assert dialogue.verdict == "falls_back"


def test_a_failed_request_without_fallback_ends_the_call() -> None:
    """No default child: the call is hung up."""
    dialogue = place(HttpResponse(500), fallback=None)
    dialogue.hung_up("kazoo")
    assert "finds no _ child" in str(dialogue)


def test_a_time_out_is_ten_seconds_of_silence_and_then_the_fallback() -> None:
    """KAZOO only notices that nothing came when its own wait is over."""

    def never(_request: HttpRequest) -> HttpResponse:
        raise ExchangeError("timeout", "no complete answer within 5.0 s")

    stored = pivot_flow(URL, fallback=FALLBACK)
    dialogue = Dialogue.place(Scenario(flow=stored), never)
    dialogue.hears("We are busy")
    assert "silence for 10 s" in str(dialogue)
    assert dialogue.verdict == "times_out"


def test_an_empty_answer_hangs_up() -> None:
    """A 200 without a body ends the call, without the fallback."""
    dialogue = place(HttpResponse(200, (("Content-Type", "application/json"),)))
    dialogue.hung_up("kazoo").does_not_hear("We are busy")
    assert dialogue.verdict == "hangs_up"


def test_an_invalid_flow_is_dead_air() -> None:
    """KAZOO has taken the call before it looks at the flow: no fallback, no hang-up."""
    dialogue = place(as_json(flow("response", {"code": "486"})))
    dialogue.hung_up("caller").does_not_hear("We are busy")
    assert dialogue.verdict == "dead_air"
    assert "data.code: '486' is a string, but KAZOO expects an integer" in dialogue.end.reason


def test_an_unreadable_answer_hangs_up_at_once() -> None:
    """XML under application/json is read by no parser."""
    body = b"<Response><Hangup/></Response>"
    dialogue = place(HttpResponse(200, (("Content-Type", "application/json"),), body))
    assert dialogue.verdict == "rejected"
    assert "Send Content-Type: text/xml." in dialogue.end.reason


def test_a_failed_follow_up_leaves_the_call_alone() -> None:
    """Only a first request has a fallback; later ones leave the caller in silence."""
    dialogue = place(as_xml("<Redirect>https://server.example/b</Redirect>"), HttpResponse(500))
    dialogue.hung_up("caller").does_not_hear("We are busy")
    assert dialogue.verdict == "dead_air"


def test_a_nested_pivot_that_fails_has_its_own_fallback() -> None:
    """Its default child runs, not the stored flow's."""
    nested = flow("pivot", {"voice_url": URL}, _=says("nested fallback"))
    dialogue = place(as_json(nested), HttpResponse(500))
    dialogue.hears("nested fallback").does_not_hear("We are busy")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "0.0.0.0"])  # noqa: S104
def test_an_answer_may_not_point_at_this_machine(host: str) -> None:
    """KAZOO forbids these hosts in answers, which kills the call."""
    dialogue = place(as_json(flow("pivot", {"voice_url": f"http://{host}:8080/x"})))
    assert dialogue.verdict == "dead_air"
    assert f"KAZOO forbids the host {host}" in dialogue.end.reason


def test_the_calls_own_stack_is_excepted() -> None:
    """An answer of a local stack may point at that stack, and at nothing else there."""
    url = "http://127.0.0.1:8080/x"
    scenario = Scenario(flow=pivot_flow(url), own_origins=frozenset({"http://127.0.0.1:8080"}))
    again = as_json(flow("pivot", {"voice_url": url}))
    Dialogue.place(scenario, Server([again, as_json(says("back"))])).hears("back")
    other = as_json(flow("pivot", {"voice_url": "http://127.0.0.1:9999/x"}))
    assert Dialogue.place(scenario, Server([other])).verdict == "dead_air"


def test_a_call_without_end_is_stopped() -> None:
    """A flow that asks for ever ends with a reason instead of the machine's patience."""

    def again(_request: HttpRequest) -> HttpResponse:
        return as_json(flow("pivot", {"voice_url": URL}))

    dialogue = Dialogue.place(Scenario(flow=pivot_flow(URL), most_requests=5), again)
    assert "more than 5 requests" in dialogue.end.reason


def _hooked(**scenario: object) -> Scenario:
    hooks = {hook: f"{EVENTS}{hook}" for hook in HOOKS}
    return Scenario(flow=pivot_flow(URL), webhooks=hooks, **scenario)  # type: ignore[arg-type]


def test_each_leg_fires_its_own_webhooks() -> None:
    """A bridged call creates, answers, bridges and destroys two legs."""
    server = Server([as_json(flow("user", {"id": "u" * 32}))])
    fired = [
        event.hook for event in place_call(_hooked(), server) if isinstance(event, WebhookFired)
    ]
    assert sorted(fired) == sorted(HOOKS * 2)
    assert (fired[0], fired[-1]) == ("channel_create", "channel_destroy")


@pytest.mark.parametrize(
    ("outcomes", "causes"),
    [
        ("no-answer answered no-answer", ("LOSE_RACE", "NORMAL_CLEARING", "LOSE_RACE")),
        ("unregistered answered no-answer", (None, "NORMAL_CLEARING", "LOSE_RACE")),
        ("no-answer no-answer no-answer", ("NO_ANSWER",) * 3),
        ("busy busy busy", ("USER_BUSY",) * 3),
        ("unregistered unregistered unregistered", (None,) * 3),
    ],
)
def test_each_phone_that_rings_is_a_leg(outcomes: str, causes: tuple[str | None, ...]) -> None:
    """It is created when the phone rings, and ends when somebody else answers, or nobody."""
    users = ("ann", "bob", "eve")
    members = [{"endpoint_type": "user", "id": user} for user in users]
    server = Server([as_json(flow("ring_group", {"endpoints": members}))])
    world = World.of({"endpoints": dict(zip(users, outcomes.split(), strict=True))})
    list(place_call(_hooked(world=world), server))
    told = [dict(parse_qsl(each.body.decode())) for each in server.requests if EVENTS in each.url]
    legs = [each for each in told if each["call_direction"] == "outbound"]
    ended = {each["owner_id"]: each["hangup_cause"] for each in legs if "hangup_cause" in each}
    created = {each["owner_id"] for each in legs if each["hook_event"] == "channel_create"}
    assert tuple(ended.get(user) for user in users) == causes
    assert created == ended.keys()
    assert len({each["call_id"] for each in legs}) == len(ended)


def test_a_webhook_is_a_form_post_of_the_channel() -> None:
    """The payload names account, leg and parties, and the end its cause and durations."""
    server = Server([as_json(says("x"))])
    scenario = _hooked()
    list(place_call(scenario, server))
    last = server.requests[-1]
    form = dict(parse_qsl(last.body.decode()))
    assert last.header("x-account-id") == scenario.account_id
    assert (form["hook_event"], form["call_id"]) == ("channel_destroy", scenario.call_id)
    assert (form["hangup_cause"], form["hangup_code"]) == ("NORMAL_CLEARING", "sip:200")
    assert int(form["timestamp"]) > 63_000_000_000
    assert form["duration_seconds"].isdigit()


@pytest.mark.parametrize(
    ("module", "told"),
    [
        ("user", {"owner_id": "b2c0", "authorizing_type": "device"}),
        ("device", {"authorizing_id": "b2c0", "authorizing_type": "device"}),
    ],
)
def test_a_called_leg_tells_whose_phone_it_rings(module: str, told: dict[str, str]) -> None:
    """The leg to a user has her id as its owner; the caller's leg, from a carrier, has none."""
    server = Server([as_json(flow(module, {"id": "b2c0"}))])
    list(place_call(_hooked(), server))
    sent = [dict(parse_qsl(request.body.decode())) for request in server.requests]
    bridges = [each for each in sent if each.get("hook_event") == "channel_bridge"]
    found = {each["call_direction"]: {key: each.get(key) for key in told} for each in bridges}
    assert found == {"inbound": dict.fromkeys(told), "outbound": told}


def test_a_record_goes_to_the_cdr_url_of_twiml_calls_only() -> None:
    """A and B legs post, without a call id of their own and without an account."""
    stored = pivot_flow(URL, req_format="twiml", cdr_url=f"{EVENTS}cdr")
    server = Server([as_xml("<Dial>+14155550123</Dial><Hangup/>")])
    events = list(place_call(Scenario(flow=stored), server))
    assert [event.leg for event in events if isinstance(event, CdrPosted)] == ["B", "A"]
    for request in server.requests[1:]:
        form = dict(parse_qsl(request.body.decode()))
        assert request.url == f"{EVENTS}cdr"
        assert not form.keys() & {"Call-ID", "Account-ID", "Custom-Channel-Vars"}
    flows = Server([as_json(says("x"))])
    assert not any(isinstance(e, CdrPosted) for e in place_call(Scenario(flow=stored), flows))


def test_with_a_cdr_url_a_document_that_just_ends_does_not_hang_up() -> None:
    """The caller hears silence until she gives up; <Hangup/> avoids it."""
    stored = pivot_flow(URL, req_format="twiml", cdr_url=f"{EVENTS}cdr")
    dialogue = Dialogue.place(Scenario(flow=stored), Server([as_xml("<Say>x</Say>")]))
    dialogue.hung_up("caller")
    assert dialogue.verdict == "dead_air"


def test_every_event_is_a_json_object_with_a_type() -> None:
    """The last one is the end, with verdict and reason."""
    server = Server([as_json(says("x"))])
    events = [json.loads(json.dumps(e.as_json())) for e in place_call(_hooked(), server)]
    assert all(event["type"] for event in events)
    assert {"request", "answer", "heard", "hung_up", "webhook"} <= {e["type"] for e in events}
    assert events[-1] == {"type": "end", "at": events[-1]["at"]} | {
        "verdict": "executes",
        "reason": "KAZOO executed every answer",
        "unused": [],
    }


def test_keys_that_nobody_asks_for_are_named() -> None:
    """A test that presses too much learns of it."""
    scenario = Scenario(flow=pivot_flow(URL), press=("1", "22#"))
    dialogue = Dialogue.place(scenario, Server([as_json(says("x"))]))
    assert dialogue.end.unused == ("1", "22#")
    assert "was never asked for 1, 22#" in str(dialogue)


def test_a_dialogue_that_goes_another_way_prints_itself() -> None:
    """The failure shows the whole call."""
    with pytest.raises(DialogueError, match="does not hear 'B'") as caught:
        place(as_json(says("A"))).hears("A").hears("B")
    assert "“A”" in str(caught.value)
    with pytest.raises(DialogueError, match="the verdict is falls_back"):
        place(HttpResponse(500)).is_carried_through()
    with pytest.raises(DialogueError, match="the caller hears 'A'"):
        place(as_json(says("A"))).does_not_hear("A")
    with pytest.raises(DialogueError, match="is not bridged to x"):
        place(as_json(says("A"))).is_bridged_to("x")
