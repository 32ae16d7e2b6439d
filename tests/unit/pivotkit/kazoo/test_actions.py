"""Callflow actions: rendering, and rejection of invalid ones."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pivotkit import kazoo
from pivotkit.calls.render import rendered
from pivotkit.core.errors import AnswerError
from pivotkit.core.setting_types import PhoneNumber
from pivotkit.kazoo import (
    Action,
    answer,
    collect_dtmf,
    device,
    endpoint,
    hangup,
    menu,
    pivot,
    play,
    response,
    ring_group,
    set_variables,
    sleep,
    tts,
    user,
    voicemail,
    webhook,
)
from pivotkit.kazoo.facts import MODULES
from scripts.make_actions_table import PAGE, page
from tests.kazoo import needs_data
from tests.kazoo_schemas import faults, validator

ID = "b2c0a4e1d3f5968778695a4b3c2d1e0f"
BOX = "7a6b5c4d3e2f10918273645546372819"
URL = "https://pivot.example.com/k/pivot/x"
BYE = tts("Bye.") >> hangup()


def node(module: str, data: dict[str, Any] | None = None, **children: Any) -> dict[str, Any]:
    """One action as callflow JSON."""
    found: dict[str, Any] = {"module": module, "data": data or {}}
    return found | ({"children": children} if children else {})


END = node("hangup")
BUILT: list[tuple[Action, dict[str, Any]]] = [
    (answer(), node("answer")),
    (hangup(), END),
    (tts("Hi."), node("tts", {"text": "Hi."})),
    (
        tts("Hi.", voice="male", language="en-gb", engine="flite", terminators=("1", "#")),
        node(
            "tts",
            {
                "text": "Hi.",
                "voice": "male",
                "language": "en-gb",
                "engine": "flite",
                "terminators": ["1", "#"],
            },
        ),
    ),
    (tts("Hi.", endless_playback=True), node("tts", {"text": "Hi.", "endless_playback": True})),
    (play("m1"), node("play", {"id": "m1"})),
    (
        play("m1", answer=False, loop_count=2, terminators=[]),
        node("play", {"id": "m1", "answer": False, "loop_count": 2, "terminators": []}),
    ),
    (collect_dtmf(), node("collect_dtmf")),
    (
        collect_dtmf(max_digits=4, collection_name="pin", timeout=1, terminator="*"),
        node(
            "collect_dtmf",
            {"max_digits": 4, "collection_name": "pin", "timeout": 1, "terminator": "*"},
        ),
    ),
    (sleep(3), node("sleep", {"duration": 3, "unit": "s"})),
    (sleep(0, "ms"), node("sleep", {"duration": 0, "unit": "ms"})),
    (
        set_variables({"a": "1", "b": None}),
        node("set_variables", {"custom_application_vars": {"a": "1", "b": None}}),
    ),
    (response(), node("response")),
    (response(404, "Gone"), node("response", {"code": 404, "message": "Gone"})),
    (voicemail(BOX), node("voicemail", {"id": BOX})),
    (voicemail(action="check"), node("voicemail", {"action": "check"})),
    (user(ID, timeout=20), node("user", {"id": ID, "timeout": 20})),
    (
        device(ID, dial_strategy="single", can_call_self=False),
        node("device", {"id": ID, "dial_strategy": "single", "can_call_self": False}),
    ),
    (
        ring_group([endpoint(ID, "user", delay=0), endpoint(BOX, "device", weight=5)]),
        node(
            "ring_group",
            {
                "endpoints": [
                    {"id": ID, "endpoint_type": "user", "delay": 0},
                    {"id": BOX, "endpoint_type": "device", "weight": 5},
                ]
            },
        ),
    ),
    (
        pivot(URL),
        node(
            "pivot",
            {"voice_url": URL, "method": "post", "req_format": "kazoo", "req_body_format": "form"},
        ),
    ),
    (
        pivot(URL, method="get", req_format="twiml", cdr_url=URL, debug=False, req_timeout_ms=5000),
        node(
            "pivot",
            {
                "voice_url": URL,
                "method": "get",
                "req_format": "twiml",
                "req_body_format": "form",
                "req_timeout_ms": 5000,
                "cdr_url": URL,
                "debug": False,
            },
        ),
    ),
    # order: `a >> b >> c` is executed as it reads
    (
        tts("a") >> tts("b") >> hangup(),
        node("tts", {"text": "a"}, _=node("tts", {"text": "b"}, _=END)),
    ),
    (
        tts("a") >> (tts("b") >> hangup()),
        node("tts", {"text": "a"}, _=node("tts", {"text": "b"}, _=END)),
    ),
    # branches
    (
        menu(ID).on("1", BYE).on("timeout", hangup()) >> hangup(),
        {
            **node("menu", {"id": ID}),
            "children": {"1": node("tts", {"text": "Bye."}, _=END), "timeout": END, "_": END},
        },
    ),
    (
        user(ID).on("USER_BUSY", hangup()).on("sip:486", hangup()) >> voicemail(BOX),
        {
            **node("user", {"id": ID}),
            "children": {"USER_BUSY": END, "sip:486": END, "_": node("voicemail", {"id": BOX})},
        },
    ),
    (pivot(URL) >> hangup(), {**pivot(URL).as_json(), "children": {"_": END}}),
]


@pytest.mark.parametrize(("action", "expected"), BUILT, ids=[str(at) for at in range(len(BUILT))])
def test_rendering(action: Action, expected: dict[str, Any]) -> None:
    """An expression renders to exactly the callflow JSON next to it, without omitted properties."""
    assert action.as_json() == expected


def errors_of(build: Callable[[], object]) -> AnswerError:
    """Return the error that *build* raises."""
    with pytest.raises(AnswerError) as refusal:
        build()
    return refusal.value


FAULTS: list[tuple[Callable[[], object], str]] = [
    (lambda: tts(""), "tts: text is '': must have 1 to 1000 characters, not 0"),
    (lambda: tts("a" * 1001), "must have 1 to 1000 characters, not 1001"),
    (lambda: tts(None), "speech: text is None: must be text"),  # type: ignore[arg-type]
    (lambda: tts("a", engine="polly"), "tts: engine is 'polly': must be one of flite"),  # type: ignore[arg-type]
    (lambda: tts("a", terminators=["x"]), "terminators is ['x']: each must be one of"),
    (lambda: play(""), "play: id is '': must have at least 1 characters, not 0"),
    (lambda: play(None), "play: id is None: is required"),  # type: ignore[arg-type]
    (lambda: play("m", loop_count=0), "play: loop_count is 0: must be at least 1"),
    (lambda: play("m", answer=1), "play: answer is 1: must be True or False"),  # type: ignore[arg-type]
    (lambda: collect_dtmf(max_digits=0), "max_digits is 0: must be at least 1"),
    (lambda: collect_dtmf(max_digits="4"), "max_digits is '4': must be an integer"),  # type: ignore[arg-type]
    (lambda: collect_dtmf(max_digits=True), "max_digits is True: must be an integer"),
    (lambda: collect_dtmf(timeout=5.0), "timeout is 5.0: must be an integer"),  # type: ignore[arg-type]
    (lambda: collect_dtmf(terminator="##"), "terminator is '##': must be one of 0, 1"),
    (lambda: sleep(-1), "sleep: duration is -1: must be 0 to 86400000"),
    (lambda: sleep(86_400_001, "ms"), "duration is 86400001: must be 0 to 86400000"),
    (lambda: sleep(1, "d"), "sleep: unit is 'd': must be one of ms, s, m, h"),  # type: ignore[arg-type]
    (lambda: response("486"), "response: code is '486': must be an integer"),  # type: ignore[arg-type]
    (lambda: response(200), "response: code is 200: must be 400 to 699"),
    (lambda: voicemail("short"), "voicemail: id is 'short': must have 32 to 32 characters, not 5"),
    (lambda: voicemail(BOX, action="leave"), "action is 'leave': must be one of"),  # type: ignore[arg-type]
    (lambda: menu(""), "menu: id is '': must have at least 1 characters, not 0"),
    (lambda: menu(ID).on("9a", BYE), "menu: on is '9a': must match"),
    (lambda: menu(ID).on("٣", BYE), "menu: on is '٣': must match"),
    (lambda: menu(ID).on("_", BYE), "menu: on is '_': must match"),
    (lambda: menu(ID).on(1, BYE), "menu: on is 1: must match"),  # type: ignore[arg-type]
    (lambda: user(ID).on("busy", BYE), "user: on is 'busy': must match"),
    (lambda: tts("a").on("1", BYE), "tts: on is '1': the module has no branches"),
    (lambda: user(""), "user: id is '': must have at least 1"),
    (lambda: user(ID, strategy="all"), "strategy is 'all': must be one of"),  # type: ignore[arg-type]
    (lambda: user(ID, custom_sip_headers="X"), "custom_sip_headers is 'X': must be an"),  # type: ignore[arg-type]
    (lambda: ring_group([]), "ring_group: endpoints is []: must have at least 1 members"),
    (lambda: ring_group([{"id": ID}]), "each endpoint_type is required"),
    (lambda: ring_group([endpoint("", "user")]), "each id must have 1 to 128 characters"),
    (lambda: ring_group([endpoint(ID, "user", weight=101)]), "each weight must be 1 to 100"),
    (lambda: pivot("/menu"), "pivot: voice_url is '/menu': must match https?://"),
    (lambda: pivot("https://h/a b"), "pivot: voice_url is 'https://h/a b': must match"),
    (lambda: pivot("https://h/ü"), "voice_url is 'https://h/ü': must not contain 'ü', which"),
    (lambda: pivot("https://h/?a[b]=c"), "must not contain '[', which KAZOO's HTTP client"),
    (lambda: pivot("https://h/%2"), "must not contain '%', which KAZOO's HTTP client refuses"),
    (lambda: pivot("https://h/#a#b"), "must not contain '#', which KAZOO's HTTP client refuses"),
    (lambda: pivot("ftp://h"), "voice_url is 'ftp://h': must match"),
    (lambda: pivot(URL, cdr_url="cdr"), "cdr_url is 'cdr': must match"),
    (lambda: pivot(URL, req_timeout_ms=5001), "req_timeout_ms is 5001: must be 1 to 5000"),
    (lambda: pivot(URL, method="PUT"), "method is 'PUT': must be one of get, post"),  # type: ignore[arg-type]
    (lambda: set_variables("a"), "custom_application_vars is 'a': must be an object"),  # type: ignore[arg-type]
    (lambda: set_variables({"a": {"b": None}}), "custom_application_vars is {'a': {'b': None}}"),
    (lambda: set_variables({1: "a", "1": "b"}), "must not have the key 1: use text"),  # type: ignore[dict-item]
    (lambda: set_variables({"a": [{None: 1}]}), "must not have the key None: use text"),
    (lambda: webhook(URL, custom_data={"a": {True: 1}}), "must not have the key True: use text"),
    (lambda: set_variables({"a": [None]}), "custom_application_vars is {'a': [None]}"),
    (lambda: hangup() >> tts("a"), "hangup: >> is 'tts': KAZOO runs nothing after hangup"),
    (lambda: response() >> tts("a"), "response: >> is 'tts': KAZOO runs nothing"),
    (lambda: BYE >> tts("a"), "hangup: >> is 'tts': KAZOO runs nothing after hangup"),
]


@pytest.mark.parametrize(("build", "message"), FAULTS, ids=[message for _, message in FAULTS])
def test_what_cannot_be_built(build: Callable[[], object], message: str) -> None:
    """An action that KAZOO would reject cannot be built; the error names field, value, and rule."""
    assert message in str(errors_of(build))


def test_an_error_cuts_long_values() -> None:
    """An error quotes a value, but at most as much as fits on a line."""
    assert len(str(errors_of(lambda: tts("a" * 100_000)))) < 200


@pytest.mark.parametrize("follower", [None, "tts", URL, [hangup()]])
def test_only_actions_follow(follower: Any) -> None:
    """Only an action may follow `>>`; anything else is a TypeError, as for any operator."""
    with pytest.raises(TypeError):
        tts("a") >> follower


def test_actions_never_change() -> None:
    """`>>` and `.on` return new actions, so fragments can be shared."""
    shared = menu(ID)
    before = shared.as_json()
    assert (shared >> hangup()).as_json() != before
    assert shared.on("1", BYE).on("1", hangup()).children["1"] == hangup()
    assert shared.as_json() == before
    assert BYE.as_json() == (tts("Bye.") >> hangup()).as_json()
    with pytest.raises(AttributeError):
        shared.module = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        shared.data["id"] = "x"  # type: ignore[index]
    with pytest.raises(TypeError):
        shared.children["1"] = BYE  # type: ignore[index]


def test_arguments_are_copied() -> None:
    """Changes to an argument after the action was built do not affect the action."""
    variables, members, keys = {"a": "1"}, [endpoint(ID, "user")], ["1"]
    built = (set_variables(variables), ring_group(members), play("m", terminators=keys))
    before = [action.as_json() for action in built]
    variables["b"] = "2"
    members[0]["id"] = "x"
    keys.append("2")
    assert [action.as_json() for action in built] == before


def test_nested_pivots_get_a_fallback() -> None:
    """Every pivot without a `_` child gets the fallback, even in branches."""
    flow = menu(ID).on("1", pivot(URL)).on("2", pivot(URL) >> hangup()) >> tts("a") >> pivot(URL)
    found = json.loads(flow.as_text(BYE))
    assert found["children"]["1"]["children"]["_"] == BYE.as_json()
    assert found["children"]["2"]["children"]["_"] == hangup().as_json()
    assert found["children"]["_"]["children"]["_"]["children"]["_"] == BYE.as_json()
    assert "children" not in flow.children["1"].as_json()


def test_texts_are_made_safe() -> None:
    """Spoken text loses control characters and expansions, which a media server might execute."""
    assert tts("a\nb\x00c ${system} $$${x}").data["text"] == "a b c {system} {x}"


@needs_data
@pytest.mark.parametrize("action", [action for action, _ in BUILT])
def test_kazoo_accepts_what_can_be_built(action: Action) -> None:
    """Every action that can be built is valid by KAZOO's schemas, fallbacks included."""
    flow = json.loads(rendered(action, BYE)["body"])
    assert list(validator("callflows.action").iter_errors(flow)) == []
    assert list(faults(flow)) == []


def test_public_names() -> None:
    """Every action function is named after its module."""
    functions = set(kazoo.__all__) - {"Action", "endpoint"}
    assert functions == set(MODULES)


def test_the_page_is_up_to_date() -> None:
    """docs/callflow-actions.md is the output of scripts/make_actions_table.py."""
    assert PAGE.read_text(encoding="utf-8") == page()


COUPLED: list[tuple[Callable[[], object], str]] = [
    (kazoo.eavesdrop, "needs one of approved_device_id"),
    (kazoo.intercept, "needs exactly one of device_id"),
    (lambda: kazoo.after_bridge("transfer", data=True), "data must be an extension"),
    (lambda: kazoo.after_bridge("park", data="x"), "data must be True or False"),
    (lambda: kazoo.check_cid(user_id=ID), "must be given together"),
    (lambda: kazoo.check_cid().on("+14155550199", BYE), "must match match|nomatch"),
    (lambda: kazoo.dynamic_cid("static"), "static needs caller_id"),
    (lambda: kazoo.resources("sip:a@b"), "resources: to_did is 'sip:a@b': must match"),
    (lambda: kazoo.resources("0"), "resources: to_did is '0': must not be 0, on which KAZOO fails"),
    (lambda: kazoo.offnet("0"), "offnet: to_did is '0': must not be 0, on which KAZOO fails"),
    (lambda: kazoo.offnet("2030") >> BYE, "offnet: >> is 'tts': KAZOO runs nothing"),
    (lambda: kazoo.record_call("start", url="/put"), "url is '/put': must match https?://"),
    (lambda: kazoo.cidlistmatch("http://h/x"), "must be an id, not a URL"),
    (lambda: kazoo.nomorobo("u").on("11", BYE), "nomorobo: on is '11': must match"),
    (lambda: kazoo.check_cid(user_id=ID, caller_id={}), "must be given together"),
    (lambda: kazoo.acdc_queue(ID, None), "acdc_queue: action is None: is required"),  # type: ignore[arg-type]
    (lambda: kazoo.hotdesk(None), "hotdesk: action is None: is required"),  # type: ignore[arg-type]
    (lambda: kazoo.group_pickup(user_id=ID, group_id=ID), "needs exactly one of device_id"),
    (lambda: kazoo.transfer("2030", captures=[]), "captures is []: must have at least 1 members"),
    (lambda: kazoo.audio_macro([{"macro": "tts"}]), "each tts: text is required"),
    (lambda: kazoo.audio_macro([{"macro": "x"}]), "each macro must be one of play, prompt"),
    (
        lambda: kazoo.missed_call_alert([{"type": "user", "id": ID}]),
        "each id must match [^@]+@[^@]+",
    ),
    (lambda: kazoo.conference(config={"profile": {"rate": 1}}), "must be one of 8000, 12000"),
]


@pytest.mark.parametrize(("build", "message"), COUPLED, ids=[message for _, message in COUPLED])
def test_what_does_not_go_together(build: Callable[[], object], message: str) -> None:
    """Combinations of properties and branches that KAZOO ignores or rejects cannot be built."""
    assert message in str(errors_of(build))


def test_a_blacklisted_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL on a host that KAZOO does not request is allowed only in a local run."""
    monkeypatch.delenv("AWS_SAM_LOCAL", raising=False)
    assert "must not be on 127.0.0.1" in str(errors_of(lambda: pivot("http://127.0.0.1:80/x")))
    assert "must not be on localhost" in str(errors_of(lambda: pivot("http://LOCALHOST/x")))
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    assert pivot("http://127.0.0.1:80/x").data["voice_url"] == "http://127.0.0.1:80/x"


def test_a_branch_takes_a_setting_as_its_key() -> None:
    """A number from the settings names a branch as a plain text does."""
    check = kazoo.check_cid(use_absolute_mode=True)
    number = PhoneNumber("+14155550199")
    assert check.on(number, BYE) == check.on(str(number), BYE)
