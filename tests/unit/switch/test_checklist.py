"""Rules of a whole call that no other file here tests: one section for each part of KAZOO."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest

from pivotctl.lint.verdict import read
from pivotctl.reader.answers import PivotAnswer
from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.events import CdrPosted, RecordingSent, Ringing, Waited, WebhookFired
from pivotctl.switch.http.exchange import ExchangeError, HttpRequest, HttpResponse, exchange, upload
from pivotctl.switch.player.call import place_call
from pivotctl.switch.scenario import Mode, Rung, Scenario, World, pivot_flow
from pivotctl.switch.webhooks.hook import Webhook
from pivotctl.switch.webhooks.hook_request import HookFailures
from tests.unit.switch.servers import EVENTS, URL, Server, as_json, as_xml, flow, says

CDR = f"{EVENTS}cdr"
AGAIN = as_xml(f"<Redirect>{URL}</Redirect>")


def dead(_request: HttpRequest) -> HttpResponse:
    """A server that nobody can reach."""
    raise ExchangeError("unreachable", "nobody there")


def answered(answer: Any, request: HttpRequest) -> HttpResponse:
    """An answer as it is, or what a function makes of the request."""
    response: HttpResponse = answer(request) if callable(answer) else answer
    return response


def place(*answers: HttpResponse, server: Any = None, **scenario: Any) -> Dialogue:
    """A call whose pivot action gets these answers and has a fallback."""
    scenario.setdefault("flow", pivot_flow(URL, fallback=says("fallback")))
    return Dialogue.place(Scenario(**scenario), server or Server(list(answers)))


def playing(action: dict[str, Any], world: dict[str, Any] | None = None, **more: Any) -> Dialogue:
    """A call that is answered with one callflow, in a scripted world."""
    return place(as_json(action), world=World.of(world or {}), **more)


# Requests


@pytest.mark.parametrize(("method", "heard"), [("get", "fallback"), ("post", "asked")])
def test_a_newer_client_refuses_raw_brackets(method: str, heard: str) -> None:
    """A GET with a variable is never sent, and KAZOO learns of it at once; a POST works."""
    flow = pivot_flow(URL, method=method, fallback=says("fallback"))
    server = Server([as_json(says("asked"))])
    dialogue = place(server=server, flow=flow, variables={"a": "b"}, strict_urls=True)
    dialogue.hears(heard)
    assert len(server.requests) == (method == "post")
    assert not any(isinstance(event, Waited) for event in dialogue.events)


def test_a_newer_client_sends_what_has_no_brackets() -> None:
    """The two empty objects of a fresh call leave only empty segments."""
    flow = pivot_flow(URL, method="get")
    place(as_json(says("asked")), flow=flow, strict_urls=True).hears("asked")


@pytest.mark.parametrize(("given", "seconds"), [({}, 5.0), ({"req_timeout_ms": 1500}, 1.5)])
def test_a_pivot_action_may_shorten_its_time(given: dict[str, int], seconds: float) -> None:
    """Five seconds for the whole exchange, or fewer."""
    stored = pivot_flow(URL)
    stored["data"] |= given
    server = Server([as_json(says("x"))])
    place(server=server, flow=stored)
    assert server.requests[0].timeout == pytest.approx(seconds, abs=0.1)


def test_a_nested_pivot_that_gets_no_answer_waits_too() -> None:
    """Ten seconds of silence, then its own default child."""
    nested = flow("pivot", {"voice_url": URL, "method": "post"}, _=says("nested fallback"))
    answers = [as_json(nested)]

    def once(request: HttpRequest) -> HttpResponse:
        return answers.pop() if answers else dead(request)

    dialogue = place(server=once).hears("nested fallback")
    assert len(dialogue.heard) == 1
    assert [event.seconds for event in dialogue.events if isinstance(event, Waited)] == [10.0]
    assert dialogue.verdict == "times_out"


def test_a_nested_pivot_without_fallback_ends_the_call() -> None:
    """The stored flow is gone, its fallback too."""
    nested = flow("pivot", {"voice_url": URL, "method": "post"})
    dialogue = place(as_json(nested), HttpResponse(500))
    dialogue.hung_up("kazoo").does_not_hear("fallback")


def test_the_key_that_ended_a_recording_sticks() -> None:
    """It hides the digits of a later Gather."""
    gather = as_xml(f'<Gather numDigits="1" action="{URL}"><Say>Press</Say></Gather>')
    server = Server([as_xml("<Record/>"), gather, as_xml("<Hangup/>")])
    place(server=server, press=("5",))
    assert [server.form(index)["Digits"] for index in (1, 2)] == ["#", "#"]


# Answers


@pytest.mark.parametrize(
    ("module", "key"),
    [("pivot", "voice_url"), ("webhook", "uri"), ("record_call", "url"), ("record_caller", "url")],
)
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "0.0.0.0"])  # noqa: S104
def test_urls_of_clients_may_not_lead_home(module: str, key: str, host: str) -> None:
    """Four modules are held against KAZOO's list; the problem names the host and the place."""
    reading = read(_flow({"module": module, "data": {key: f"http://{host}:8080/x"}}))
    assert reading.verdict == "dead_air"
    assert reading.problems[0].path == f"data.{key}"
    assert host in reading.problems[0].rule
    assert read(_flow({"module": module, "data": {key: "http://10.0.0.1/x"}})).verdict == "executes"


def test_a_cdr_url_is_not_held_against_the_list() -> None:
    """KAZOO checks the voice_url alone."""
    data = {"voice_url": URL, "cdr_url": "http://localhost/cdr"}
    assert read(_flow({"module": "pivot", "data": data})).verdict == "executes"


def _flow(action: dict[str, Any]) -> PivotAnswer:
    return PivotAnswer(as_json(action).body, "application/json")


# Callflows


def test_the_fifty_first_branch_ends_the_call() -> None:
    """Fifty run; then KAZOO hangs up, whatever waits behind the branches."""
    loop = flow("callflow", {"id": "loop"}, _=says("behind"))
    world = {"callflows": {"loop": says("in the loop", loop)}}
    dialogue = playing(loop, world)
    dialogue.does_not_hear("behind").hung_up("kazoo")
    assert dialogue.heard.count("in the loop") == 50


def test_a_page_that_reaches_somebody_ends_the_flow() -> None:
    """Else the default child runs, whatever the cause."""
    page = flow(
        "page_group",
        {"endpoints": [{"endpoint_type": "group", "id": "g"}], "timeout": 3},
        _=says("nobody"),
    )
    world: dict[str, Any] = {"members": {"g": ["a", "b"]}, "endpoints": {"a": "busy"}}
    found = playing(page, world).is_bridged_to("device b").does_not_hear("nobody")
    rung = [event for event in found.events if isinstance(event, Ringing)]
    assert [(event.targets, event.seconds) for event in rung] == [(("device a", "device b"), 3.0)]
    playing(page, world | {"endpoints": {"a": "busy", "b": "unregistered"}}).hears("nobody")


@pytest.mark.parametrize(
    ("data", "world", "heard"),
    [
        ({"action": "retrieve", "slot": "7"}, {"parked": {"7": "Jo"}}, "talks to Jo"),
        ({"action": "retrieve", "slot": "7"}, {}, "[park-no_caller]"),
        ({"action": "auto", "slot": "7"}, {"parked": {"7": "Jo"}}, "talks to Jo"),
        ({"action": "auto", "slot": "7"}, {}, "parks the call in slot 7"),
        ({"action": "park"}, {"captured": "8"}, "parks the call in slot 8"),
        ({"slot": "12", "max_slot_number": 10}, {}, "“MAX_SLOT_EXCEEDED”"),
    ],
)
def test_a_slot_parks_or_gives_back(data: dict[str, Any], world: Any, heard: str) -> None:
    """The world says who waits in a slot; a slot above the highest has a child of its own."""
    park = flow("park", data)
    park["children"] = {key: says(key) for key in ("_", "MAX_SLOT_EXCEEDED")}
    assert heard in str(playing(park, world))


@pytest.mark.parametrize(
    ("queue", "waited", "told"),
    [
        ({"wait": 40}, [40], "talks to an agent of q"),
        ({"wait": 40, "outcome": "timeout"}, [40], "“no agent”"),
        ({"outcome": "full"}, [], "“no agent”"),
        (None, [], "“no agent”"),
    ],
)
def test_a_queue_is_as_the_world_says(
    queue: dict[str, Any] | None, waited: list[int], told: str
) -> None:
    """The caller waits and talks to an agent, or goes on to the default child."""
    world = {"queues": {"q": queue} if queue else {}}
    dialogue = playing(flow("acdc_member", {"id": "q"}, _=says("no agent")), world)
    assert told in str(dialogue)
    assert [event.seconds for event in dialogue.events if isinstance(event, Waited)] == waited


@pytest.mark.parametrize("module", ["conference", "conference_feature"])
def test_a_conference_has_the_name_that_the_world_gives_it(module: str) -> None:
    """The caller hears its welcome and stays; no child ever runs."""
    data: dict[str, Any] = {"welcome_prompt": {"media_id": "hi"}}
    data |= {"id": "c" * 32} if module == "conference" else {}
    world = {
        "conferences": {"c" * 32: "Board", "301": "Board"},
        "captured": "301",
        "media": {"hi": "Welcome"},
    }
    dialogue = playing(flow(module, data, _=says("never")), world)
    dialogue.hears("Welcome").does_not_hear("never").hung_up("caller")
    assert "Board" in str(dialogue)


# CDRs


def with_cdrs(server: Any, **scenario: Any) -> tuple[Dialogue, list[str]]:
    """A TwiML call with a cdr_url, and the legs whose records were posted."""
    stored = pivot_flow(URL, req_format="twiml", cdr_url=CDR)
    dialogue = place(server=server, flow=stored, **scenario)
    return dialogue, [event.leg for event in dialogue.events if isinstance(event, CdrPosted)]


def test_a_record_that_is_refused_is_not_posted_again() -> None:
    """KAZOO ignores what a cdr_url answers."""
    posts: list[str] = []

    def server(request: HttpRequest) -> HttpResponse:
        posts.append(request.url)
        return HttpResponse(500) if request.url == CDR else as_xml("<Hangup/>")

    dialogue, legs = with_cdrs(server)
    assert (legs, posts.count(CDR)) == (["A"], 1)
    dialogue.is_carried_through()


@pytest.mark.parametrize(
    ("following", "k50", "k5"),
    [
        (as_json(says("flow")), [], []),
        (HttpResponse(500), [], []),
        (as_xml("<Hangup/>"), ["A"], ["A"]),
        (as_xml("<Say voice='alice'>x</Say>"), ["A"], ["A"]),
        (HttpResponse(200, (("Content-Type", "text/xml"),), b"<Response/>"), [], []),
    ],
)
def test_records_are_posted_while_pivots_worker_lives(
    following: HttpResponse, k50: list[str], k5: list[str]
) -> None:
    """A callflow, a failed follow-up or a crash ends it, and with it the records."""
    assert with_cdrs(Server([AGAIN, following]))[1] == k50
    legs = with_cdrs(Server([AGAIN, following]), mode=Mode.K5)[1]
    assert legs == k5


@pytest.mark.parametrize(("mode", "legs"), [(Mode.K50, ["A"]), (Mode.K5, [])])
def test_a_follow_up_without_answer_ends_the_worker_of_kazoo_5_only(
    mode: Mode, legs: list[str]
) -> None:
    """KAZOO master only logs it, and posts the record when the caller has given up."""
    answers = [AGAIN]

    def once(request: HttpRequest) -> HttpResponse:
        if request.url == CDR:
            return HttpResponse(200)
        return answers.pop() if answers else dead(request)

    assert with_cdrs(once, mode=mode)[1] == legs


@pytest.mark.parametrize(
    "answers",
    [
        (as_xml("<Say>x</Say><Say voice='alice'>y</Say>"),),
        (AGAIN, HttpResponse(200, (("Content-Type", "text/xml"),))),
        (AGAIN, as_json({"module": "nonsense"})),
    ],
)
def test_with_a_cdr_url_nobody_hangs_up_after_a_fault(answers: tuple[HttpResponse, ...]) -> None:
    """KAZOO master's stop has no handler then: silence; KAZOO 5 hangs up."""
    dialogue, legs = with_cdrs(Server(list(answers)))
    dialogue.hung_up("caller")
    assert (dialogue.verdict, legs) == ("dead_air", ["A"])
    dialogue, _ = with_cdrs(Server(list(answers)), mode=Mode.K5)
    dialogue.hung_up("kazoo")
    assert dialogue.verdict == "hangs_up"


def test_a_crash_on_a_later_document_hangs_up_in_kazoo_5() -> None:
    """The process that read it is watched; KAZOO master leaves the caller in silence."""
    empty = HttpResponse(200, (("Content-Type", "text/xml"),), b"<Response/>")
    for mode, by, verdict in ((Mode.K50, "caller", "dead_air"), (Mode.K5, "kazoo", "hangs_up")):
        dialogue = place(AGAIN, empty, mode=mode).hung_up(by)
        assert dialogue.verdict == verdict


# Webhooks


def fired(answer: Any, *hooks: tuple[str, Webhook | str], **scenario: Any) -> list[WebhookFired]:
    """The webhooks of a call to somebody who is not there; their server always gives *answer*."""

    def server(request: HttpRequest) -> HttpResponse:
        if request.url.startswith(EVENTS):
            return answered(answer, request)
        return as_json(flow("user", {"id": "u" * 32}))

    met = Scenario(flow=pivot_flow(URL), webhooks=dict(hooks), rung=Rung.UNREGISTERED, **scenario)
    return [event for event in place_call(met, server) if isinstance(event, WebhookFired)]


@pytest.mark.parametrize(
    ("verb", "body_format", "kind"),
    [
        ("post", "form-data", "application/x-www-form-urlencoded"),
        ("put", "form-data", "application/x-www-form-urlencoded"),
        ("post", "json", "application/json"),
        ("get", "json", None),
    ],
)
def test_a_webhook_has_a_verb_and_a_format(verb: str, body_format: str, kind: str | None) -> None:
    """Its own data lies over the event's; a get carries all of it in its URL."""
    sent: list[HttpRequest] = []

    def keep(request: HttpRequest) -> HttpResponse:
        sent.append(request)
        return HttpResponse(200)

    hook = Webhook(EVENTS, verb, body_format, custom_data={"call_direction": "mine", "type": "no"})
    fired(keep, ("channel_create", hook))
    (request,) = sent
    assert (request.method, request.header("content-type")) == (verb.upper(), kind)
    text = request.body.decode() or request.url
    assert "mine" in text
    assert '"type"' not in text
    assert "type=no" not in text


@pytest.mark.parametrize(
    ("status", "verb", "counted"),
    [(200, "post", 0), (201, "post", 1), (201, "put", 0), (204, "put", 1), (500, "post", 1)],
)
def test_only_200_is_a_success(status: int, verb: str, counted: int) -> None:
    """For a put also 201; any other answer is a failure, and is not tried again."""
    (event,) = fired(HttpResponse(status), ("channel_create", Webhook(EVENTS, verb, retries=5)))
    assert event.status == status
    failures = HookFailures([0.0] * 5)
    if counted:
        assert failures.note(0.0)
    assert failures.disabled(15.0) is bool(counted)


@pytest.mark.parametrize(("retries", "attempts"), [(0, 1), (2, 2), (4, 4), (9, 5)])
def test_a_webhook_that_nobody_takes_is_sent_again(retries: int, attempts: int) -> None:
    """Two seconds apart, once to five times in all."""
    events = fired(dead, ("channel_create", Webhook(EVENTS, retries=retries)))
    assert [event.at for event in events] == [2.0 * number for number in range(attempts)]


def test_six_failures_in_a_minute_disable_a_hook() -> None:
    """KAZOO looks every fifteen seconds, and sends no more of them afterwards."""
    failures = HookFailures()
    assert [failures.note(at) for at in (0, 10, 20, 30, 40, 50)] == [False] * 5 + [True]
    assert [failures.disabled(at) for at in (50, 59.9)] == [False, False]
    late = HookFailures([0, 1, 2, 3, 4, 14])
    assert [late.disabled(at) for at in (14, 15, 500)] == [False, True, True]
    slow = HookFailures([0, 20, 40, 60, 80, 100, 120, 140])
    assert not slow.disabled(1000)


def test_a_disabled_hook_is_silent() -> None:
    """The failure that was one too many says so, and nothing follows it."""
    events = fired(
        dead,
        ("all", Webhook(EVENTS, retries=5)),
        world=World.of({"endpoints": {"u" * 32: "no-answer"}}),
    )
    assert {event.hook for event in events} == {"channel_create", "channel_destroy"}
    assert not any(event.disabled for event in events[:5])


def test_a_hook_for_all_gets_every_event() -> None:
    """Beside the hook of that name."""
    events = fired(HttpResponse(200), ("all", f"{EVENTS}all"), ("channel_create", f"{EVENTS}one"))
    assert [(event.hook, event.url[len(EVENTS) :]) for event in events] == [
        ("channel_create", "one"),
        ("channel_create", "all"),
        ("channel_destroy", "all"),
    ]


def test_a_null_among_the_variables_keeps_a_webhook_back() -> None:
    """KAZOO's encoder crashes on it in form text, and writes it in JSON."""
    odd = {"variables": {"a": {"b": None}}}
    assert fired(HttpResponse(200), ("channel_create", Webhook(EVENTS)), **odd) == []
    assert fired(HttpResponse(200), ("channel_create", Webhook(EVENTS, body_format="json")), **odd)


def test_kazoo_5_signs_webhooks_of_version_2() -> None:
    """The signature covers the timestamp and the canonical data; KAZOO master ignores it."""
    sent: list[HttpRequest] = []

    def keep(request: HttpRequest) -> HttpResponse:
        sent.append(request)
        return HttpResponse(200)

    own = {"X-Pivot-Key": "k"}
    hook = Webhook(EVENTS, body_format="json", version="v2", sha256_key="s", headers=own)
    for mode in Mode:
        fired(keep, ("channel_create", replace(hook, custom_data={"mine": "1"})), mode=mode)
    old, new = sent
    assert b'\n  "hook_event" : "channel_create"' in old.body
    assert (old.header("x-pivot-key"), new.header("x-pivot-key")) == (None, "k")
    body = json.loads(new.body)
    assert body.keys() == {"action", "name", "data", "timestamp", "hmac", "mine"}
    assert (body["action"], body["name"]) == ("event", "CHANNEL_CREATE")
    data = json.dumps(body["data"], separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    signed = hmac.new(b"s", f"{body['timestamp']}{data}".encode(), hashlib.sha256).digest()
    assert base64.b64decode(body["hmac"]) == signed


def test_a_webhook_action_may_have_headers_in_kazoo_5() -> None:
    """KAZOO master passes them over."""
    data = {"uri": EVENTS, "custom_request_headers": {"X-Pivot-Key": "k"}}
    sent = {}
    for mode in Mode:
        server = Server([as_json(flow("webhook", data))])
        place(server=server, mode=mode)
        sent[mode] = server.requests[-1].header("x-pivot-key")
    assert sent == {Mode.K50: None, Mode.K5: "k"}


# Recordings

STORE = f"{EVENTS}store"


def stored(answer: Any, method: str = "put") -> tuple[list[RecordingSent], list[HttpRequest]]:
    """The outcome of a recording whose store gives *answer* each time."""
    sent: list[HttpRequest] = []

    def server(request: HttpRequest) -> HttpResponse:
        if request.url.startswith(EVENTS):
            sent.append(request)
            return answered(answer, request)
        return as_json(flow("record_call", {"action": "start", "url": STORE, "method": method}))

    events = place_call(Scenario(flow=pivot_flow(URL)), server)
    return [event for event in events if isinstance(event, RecordingSent)], sent


@pytest.mark.parametrize("status", [200, 201, 204])
def test_any_2xx_stores_a_recording(status: int) -> None:
    """One request is enough then."""
    events, _ = stored(HttpResponse(status))
    assert [event.status for event in events] == [status]


@pytest.mark.parametrize("answer", [HttpResponse(500), dead])
def test_a_recording_that_is_not_taken_is_sent_five_times_more(answer: Any) -> None:
    """Minutes apart, when the call is long over."""
    events, sent = stored(answer)
    assert len(events) == len(sent) == 6
    assert events[-1].at - events[0].at == 5 * 300
    assert {request.method for request in sent} == {"PUT"}


def test_a_recording_is_repeated_until_it_is_taken() -> None:
    """A recording that was stored is not sent again."""
    answers = [HttpResponse(503), HttpResponse(500), HttpResponse(200)]
    events, _ = stored(lambda _request: answers.pop(0))
    assert [event.status for event in events] == [503, 500, 200]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_put_is_redirected_as_a_put(status: int) -> None:
    """The file goes to the new place; nothing is lost."""
    answers = [HttpResponse(status, (("Location", f"{EVENTS}new"),)), HttpResponse(200)]
    events, sent = stored(lambda _request: answers.pop(0))
    assert [event.status for event in events] == [200]
    assert [(each.method, each.url[len(EVENTS) :][:5]) for each in sent] == [
        ("PUT", "store"),
        ("PUT", "new"),
    ]
    assert sent[0].body == sent[1].body


def test_a_posted_recording_is_lost_in_a_redirect() -> None:
    """The client turns a POST into a GET without a body."""
    server = Server([HttpResponse(302, (("Location", "/new"),)), HttpResponse(200)])
    assert exchange(upload(URL, "post", "a.mp3"), server).status == 200
    assert [(each.method, each.body) for each in server.requests] == [
        ("POST", b"a.mp3"),
        ("GET", b""),
    ]


def test_a_recording_of_twiml_is_put_once() -> None:
    """The media switch sends it, and nothing is known of a second try."""
    puts: list[str] = []

    def server(request: HttpRequest) -> HttpResponse:
        if request.method == "PUT":
            puts.append(request.url)
            return HttpResponse(500)
        asked = dict(parse_qsl(request.body.decode()))
        return as_xml("<Hangup/>") if "RecordingUrl" in asked else as_xml("<Record/>")

    place(server=server).is_carried_through()
    assert len(puts) == 1
