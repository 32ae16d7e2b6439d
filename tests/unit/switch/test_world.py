"""Every module in a scripted world: who answers, what documents there are, what time it is."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from pivotctl.commands.call import command
from pivotctl.problems import Mode
from pivotctl.reader.kazoo5 import ONLY_IN_KAZOO_5, modules_of
from pivotctl.reader.modules import MODULES
from pivotctl.switch import events as ev
from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.player.callflow.handlers import HANDLERS
from pivotctl.switch.scenario import Rung, Scenario, pivot_flow
from pivotctl.switch.world import World, WorldError
from tests.unit.switch.servers import EVENTS, URL, Server, as_json, flow, says

ROOT = Path(__file__).resolve().parents[3]
DESK, HOME = "d" * 32, "e" * 32


def place(action: dict[str, Any], world: Any = None, **scenario: Any) -> tuple[Dialogue, Server]:
    """A call whose pivot action is answered with one callflow, in a world of JSON."""
    server = Server([as_json(action), as_json(says("asked again"))])
    met = Scenario(flow=pivot_flow(URL), world=World.of(world or {}), **scenario)
    return Dialogue.place(met, server), server


def branching(module: str, data: dict[str, Any], *keys: str) -> dict[str, Any]:
    """An action each of whose children says its own key, as far as KAZOO speaks it."""
    action = flow(module, data)
    action["children"] = {key: says(key[:1000]) for key in (*keys, "_")}
    return action


def test_every_module_has_a_behaviour() -> None:
    """78 modules, and four of KAZOO 5: pivot is the session's, the others have a handler."""
    assert HANDLERS.keys() | {"pivot"} == modules_of(Mode.K5).keys()
    assert len(MODULES) == 78
    assert modules_of(Mode.K5).keys() - MODULES.keys() == ONLY_IN_KAZOO_5.keys()


NO_NUMBERS = ("\u00b2", "\u0663", "9" * 5000)
"""A superscript, a digit of another script, and more digits than Python reads."""


@pytest.mark.parametrize("name", sorted(HANDLERS))
def test_every_module_runs_without_data(name: str) -> None:
    """In a stored flow, where nothing is checked, a module without data ends or goes on."""
    flow_of = {"module": name, "data": {}, "children": {"_": says("on")}}
    dialogue = Dialogue.place(Scenario(flow=flow_of, mode=Mode.K5), Server([]))
    ends = modules_of(Mode.K5)[name].ends
    assert not (ends and "on" in dialogue.heard), name
    dialogue.hung_up()


@pytest.mark.parametrize(
    ("script", "heard"),
    [
        ("busy", ["USER_BUSY"]),
        ("no-answer", ["NO_ANSWER"]),
        ("rejected", ["CALL_REJECTED"]),
        ("unregistered", ["_"]),
        ("answered", []),
    ],
)
def test_a_device_behaves_as_scripted(script: str, heard: list[str]) -> None:
    """The outcome is the device's own; nobody to ring goes to the default child."""
    action = branching("device", {"id": DESK}, "USER_BUSY", "NO_ANSWER", "CALL_REJECTED")
    dialogue, _ = place(action, {"endpoints": {DESK: script}}, rung=Rung.BUSY)
    assert dialogue.heard == heard


def _ring_group(**data: Any) -> dict[str, Any]:
    endpoints = [{"id": each, "endpoint_type": "user"} for each in (DESK, HOME)]
    return flow("ring_group", {"endpoints": endpoints, **data}, _=says("nobody"))


def test_a_ring_group_rings_together_or_one_by_one() -> None:
    """The one who answers is bridged; those before them are rung first, one by one."""
    world = {"endpoints": {DESK: "busy"}}
    together, _ = place(_ring_group(), world)
    together.is_bridged_to(HOME)
    single, _ = place(_ring_group(strategy="single"), world)
    rung = [event.targets for event in single.events if isinstance(event, ev.Ringing)]
    assert rung == [(f"user {DESK}",), (f"user {HOME}",)]


def test_a_ring_group_repeats() -> None:
    """A second attempt may succeed where the first one failed."""
    world = {"endpoints": {DESK: ["no-answer", "answered"], HOME: "busy"}}
    place(_ring_group(repeats=1), world)[0].hears("nobody")
    place(_ring_group(repeats=2), world)[0].is_bridged_to(DESK)


def test_one_rejection_can_be_enough() -> None:
    """fail_on_single_reject gives up although the other phone would answer."""
    world = {"endpoints": {DESK: "rejected"}}
    place(_ring_group(), world)[0].is_bridged_to(HOME)
    place(_ring_group(fail_on_single_reject=True), world)[0].hears("nobody")


def test_a_delay_beyond_the_groups_time_never_rings() -> None:
    """An endpoint whose delay is not over when the group gives up cannot answer."""
    late = {"id": DESK, "endpoint_type": "user", "delay": 30}
    action = flow("ring_group", {"endpoints": [late], "timeout": 20}, _=says("nobody"))
    place(action)[0].hears("nobody")


def test_a_group_rings_its_members() -> None:
    """The world's group document says who they are."""
    world = {"members": {"sales": [DESK, HOME]}, "endpoints": {DESK: "busy"}}
    place(flow("group", {"id": "sales"}), world)[0].is_bridged_to(HOME)


@pytest.mark.parametrize(
    ("script", "code"), [("busy", 486), ("no-answer", 480), ("no-resources", 404)]
)
def test_carriers_answer_by_number_and_have_no_default_child(script: str, code: int) -> None:
    """Without a child for the cause, the caller gets a SIP code and the call ends."""
    world = {"carriers": {"+14155550123": script}}
    action = flow("resources", {"to_did": "+14155550123"}, _=says("no"))
    dialogue, _ = place(action, world)
    dialogue.does_not_hear("no").hung_up("kazoo")
    assert str(code) in str(dialogue)
    on_cause = branching("offnet", {"to_did": "+14155550123"}, "NO_ROUTE_DESTINATION")
    heard = place(on_cause, world)[0].heard
    assert heard == (["NO_ROUTE_DESTINATION"] if script == "no-resources" else [])


def test_a_stored_callflow_comes_back() -> None:
    """The branch runs to its end, then the default child of the action that branched."""
    world = {"callflows": {"night": says("closed")}}
    dialogue, _ = place(flow("callflow", {"id": "night"}, _=says("back")), world)
    dialogue.hears("closed").hears("back")


def test_fifty_branches_are_the_limit() -> None:
    """A callflow that branches to itself ends."""
    world = {
        "callflows": {"loop": {**says("x"), "children": {"_": flow("callflow", {"id": "loop"})}}}
    }
    dialogue, _ = place(flow("callflow", {"id": "loop"}), world)
    assert dialogue.heard == ["x"] * 50


def test_a_branch_that_nobody_answers_comes_back() -> None:
    """A branch that ends with a busy user leads on to the default child, not to a hang-up."""
    world = {"callflows": {"desk": flow("user", {"id": "u"})}, "endpoints": {"u": "busy"}}
    dialogue, _ = place(flow("callflow", {"id": "desk"}, _=says("back")), world)
    dialogue.hears("back")


def test_a_pivot_answer_inside_a_branch_comes_back_too() -> None:
    """The flow in the answer replaces the branched one; what waits behind the branch still runs."""
    world = {"callflows": {"ask": flow("pivot", {"voice_url": URL, "method": "post"})}}
    dialogue, server = place(flow("callflow", {"id": "ask"}, _=says("back")), world)
    dialogue.hears("asked again").hears("back")
    assert "CallSid" in server.form(), "a stored pivot without req_format asks in twiml"


MENU = {"prompt": "Press 1", "digits": 1, "retries": 2}


@pytest.mark.parametrize(
    ("press", "last"),
    [(("1",), "1"), (("5", "1"), "1"), ((), "timeout"), (("5", "6"), "max_retries")],
)
def test_a_menu_document_is_played(press: tuple[str, ...], last: str) -> None:
    """Its prompt, its number of digits and its retries count."""
    action = branching("menu", {"id": "m"}, "1", "timeout", "max_retries")
    dialogue, _ = place(action, {"menus": {"m": MENU}}, press=press)
    assert dialogue.heard[0] == "Press 1"
    assert dialogue.heard[-1] == last


def test_a_menu_hunts_for_an_extension() -> None:
    """Digits that are no child run the callflow of that number, and come back to `_`."""
    world = {
        "menus": {"m": {**MENU, "digits": 3, "hunt": True}},
        "extensions": {"201": "desk"},
        "callflows": {"desk": says("desk")},
    }
    dialogue, _ = place(branching("menu", {"id": "m"}), world, press=("201",))
    assert dialogue.heard == ["Press 1", "desk", "_"]


@pytest.mark.parametrize(
    ("module", "data", "world", "keys", "heard"),
    [
        (
            "cidlistmatch",
            {"id": "l"},
            {"lists": {"l": {"1415": ""}}},
            ("match", "nomatch"),
            "match",
        ),
        ("cidlistmatch", {"id": "l"}, {"lists": {"l": {"+1415": ""}}}, ("match",), "_"),
        (
            "cidlistmatch",
            {"id": "l"},
            {"lists": {"l": {"^.49": ""}}},
            ("match", "nomatch"),
            "nomatch",
        ),
        ("cidlistmatch", {"id": "none"}, {}, ("match",), "_"),
        ("check_cid", {"regex": "^.1415"}, {}, ("match", "nomatch"), "match"),
        ("check_cid", {"regex": "^.49"}, {}, ("match", "nomatch"), "nomatch"),
        ("check_cid", {"use_absolute_mode": True}, {}, ("+14155550199",), "+14155550199"),
        ("temporal_route", {"rules": ["a", "b"]}, {"schedules": ["b"]}, ("a", "b"), "b"),
        ("temporal_route", {"rules": ["a"]}, {}, ("a",), "_"),
        ("temporal_route", {"rule_set": "s"}, {"schedules": ["s"]}, ("rule_set",), "rule_set"),
        ("branch_bnumber", {}, {"captured": "12"}, ("12",), "12"),
        ("branch_bnumber", {}, {}, ("12",), "_"),
        (
            "branch_variable",
            {"variable": "v"},
            {"variables": {"custom_channel_vars": {"v": "gold"}}},
            ("gold",),
            "gold",
        ),
        ("branch_variable", {"variable": "v", "scope": "user"}, {}, ("gold",), "_"),
        ("fax_detect", {"duration": 2}, {"fax": True}, ("ON_FAX", "ON_VOICE"), "ON_FAX"),
        ("fax_detect", {"duration": 2}, {}, ("ON_FAX", "ON_VOICE"), "ON_VOICE"),
        ("acdc_wait_time", {"id": "q"}, {"queues": {"q": {"wait": 70}}}, ("30", "60", "90"), "60"),
        ("nomorobo", {"username": "u"}, {"score": 3}, ("3",), "3"),
        ("nomorobo", {"username": "u"}, {"score": 7}, ("3", "5", "9"), "5"),
        ("nomorobo", {"username": "u"}, {"score": 2}, ("3",), "_"),
        ("nomorobo", {"username": "u"}, {"score": 3}, (*NO_NUMBERS, "3"), "3"),
        ("acdc_wait_time", {"id": "q"}, {"queues": {"q": {"wait": 70}}}, NO_NUMBERS, "_"),
        ("nomorobo", {"username": "u"}, {}, ("3",), "_"),
        ("dynamic_cid", {"action": "static", "caller_id": {"number": "1"}}, {}, (), "_"),
        (
            "park",
            {"slot": "9", "max_slot_number": 5},
            {},
            ("MAX_SLOT_EXCEEDED",),
            "MAX_SLOT_EXCEEDED",
        ),
        ("park", {"slot": "9"}, {}, ("9",), "9"),
        ("park", {"slot": NO_NUMBERS[0], "max_slot_number": 5}, {}, NO_NUMBERS, NO_NUMBERS[0]),
        ("acdc_member", {"id": "q"}, {"queues": {"q": {"outcome": "full"}}}, (), "_"),
    ],
)
def test_a_module_branches_by_the_world(
    module: str, data: dict[str, Any], world: Any, keys: tuple[str, ...], heard: str
) -> None:
    """The child is that of what the world says; a missing one is the default child."""
    dialogue, _ = place(branching(module, data, *keys), world)
    assert dialogue.heard == [heard]


SHOWN = {"02": "Acme Sales +14155550102"}


def test_a_caller_id_from_a_list_runs_the_callflow_of_the_number() -> None:
    """Two digits choose the caller ID; the callflow of the number behind them runs, then `_`."""
    stored = flow("dynamic_cid", {"action": "lists", "id": "l"}, _=says("_"))
    world = {"extensions": {"201": "d"}, "callflows": {"d": says("desk")}, "lists": {"l": SHOWN}}
    dialogue, _ = place(stored, {**world, "captured": "02201"})
    assert dialogue.runs("dynamic_cid", "the caller is Acme Sales +14155550102").heard == [
        *("desk", "_")
    ]
    dialogue, _ = place(stored, {**world, "captured": "09201"})
    assert dialogue.runs("dynamic_cid", "+14155550199").heard == ["desk", "_"]
    assert place(stored, {**world, "captured": "02202"})[0].heard == []


@pytest.mark.parametrize(
    ("keys", "number"),
    [("4155550100", "4155550100"), ("2125550100", "+14155550199"), ("415", "+14155550199")],
)
def test_an_entered_caller_id_is_checked(keys: str, number: str) -> None:
    """A number that is too short, or that the pattern refuses, leaves the caller ID as it is."""
    stored = flow("dynamic_cid", {"whitelist_regex": "^415"}, _=says("_"))
    dialogue, _ = place(stored, {}, press=(keys,))
    dialogue.runs("dynamic_cid", number).hears("_")


def test_an_agent_answers_a_queue() -> None:
    """The caller waits as long as the queue says, and talks to an agent."""
    world = {"queues": {"q": {"wait": 30}}}
    dialogue, _ = place(flow("acdc_member", {"id": "q"}, _=says("no")), world)
    dialogue.is_bridged_to("an agent of q").hung_up("caller").does_not_hear("no")


def test_an_audio_macro_is_heard_entry_by_entry() -> None:
    """Media that the world knows are heard as speech."""
    macros = [{"macro": "tts", "text": "Hi"}, {"macro": "prompt", "id": "menu"}, {"macro": "tone"}]
    stored = flow("audio_macro", {"macros": macros}, _=says("end"))
    world = World.of({"media": {"menu": "Choose"}})
    dialogue = Dialogue.place(Scenario(flow=stored, world=world), Server([]))
    dialogue.hears("Hi").hears("Choose").hears_media("tone").hears("end")


def test_disa_asks_for_pin_and_number() -> None:
    """A right PIN and a known number run that number's callflow."""
    world = {"extensions": {"201": "desk"}, "callflows": {"desk": says("desk")}}
    action = flow("disa", {"pin": "42", "retries": 2})
    place(action, world, press=("42#", "201#"))[0].hears("desk")
    place(action, world, press=("1#", "2#"))[0].does_not_hear("desk").hung_up("kazoo")


def test_a_directory_leads_to_the_callflow_of_a_user() -> None:
    """The keys of a name are looked up in the directory."""
    world = {"directories": {"d": {"536": "jen"}}, "callflows": {"jen": says("Jen")}}
    place(branching("directory", {"id": "d"}), world, press=("536#",))[0].hears("Jen").hears("_")
    place(branching("directory", {"id": "none"}), world)[0].hears("_")


def test_a_directory_asks_until_somebody_is_found() -> None:
    """A name that nobody has is asked for again, `0` twice leads on, and silence ends the call."""
    world = {"directories": {"d": {"536": "jen"}}, "callflows": {"jen": says("Jen")}}
    directory = branching("directory", {"id": "d"})
    found = place(directory, world, press=("999#", "5#", "53#"))[0]
    found.hears_media("no_results_found").hears_media("specify_minimum").hears("Jen")
    place(directory, world, press=("99#", "00#"))[0].does_not_hear("Jen").hears("_")
    place(directory, world, press=("99#",))[0].does_not_hear("_").hung_up("kazoo")


@pytest.mark.parametrize(
    ("keys", "heard"), [("1", "Jen"), ("21", "Jo"), ("3", "_"), ("22", "_")], ids=str
)
def test_a_directory_offers_those_who_fit_one_by_one(keys: str, heard: str) -> None:
    """Of several names that begin alike, 1 takes one, 2 goes on, and 3 begins anew."""
    world = {
        "directories": {"d": {"5536": "jen", "556": "jo"}},
        "callflows": {"jen": says("Jen"), "jo": says("Jo")},
    }
    press = ("55#", *keys, "00#")
    dialogue = place(branching("directory", {"id": "d"}), world, press=press)[0]
    dialogue.hears_media("dir-result_menu").hears(heard)


def test_a_transfer_leaves_the_flow() -> None:
    """An extension's callflow takes over; nothing of this flow runs any more."""
    world = {"extensions": {"201": "desk"}, "callflows": {"desk": says("desk")}}
    dialogue, _ = place(flow("transfer", {"target": "201"}, _=says("no")), world)
    dialogue.hears("desk").does_not_hear("no")


def test_lookupcidname_names_the_caller_from_then_on() -> None:
    """Later pivot requests carry the list's name."""
    world = {"lists": {"l": {"1415": "Bay Area"}}}
    pivot = flow("pivot", {"voice_url": URL, "method": "post"})
    _, server = place(flow("lookupcidname", {"lists": ["l"]}, _=pivot), world)
    assert server.form()["Caller-ID-Name"] == "Bay Area"


def test_a_recording_is_sent_when_the_call_ends() -> None:
    """PUT or POST of the file to the URL of record_call, and no parameter about it."""
    data = {"action": "start", "url": f"{URL}/store", "method": "post", "format": "wav"}
    dialogue, server = place(flow("record_call", data, _=says("Hello")))
    dialogue.hears("Hello").hung_up()
    sent = server.uploads + [r for r in server.requests if "store" in r.url]
    assert [(r.method, urlsplit(r.url).path.rpartition("/")[2]) for r in sent] == [
        ("POST", f"call_recording_{_call_id(server)}.wav")
    ]


def test_a_stopped_recording_is_sent_at_once() -> None:
    """And not again at the end; one that is too short is not sent at all."""
    stop = flow("record_call", {"action": "stop"}, _=says("Hello"))
    start = {"action": "start", "url": f"{URL}/store"}
    _, server = place(flow("record_call", start, _=flow("sleep", {"duration": 9}, _=stop)))
    assert [request.method for request in server.uploads] == ["PUT"]
    _, server = place(flow("record_call", {**start, "record_min_sec": 60}, _=says("Hello")))
    assert server.uploads == []


def test_record_caller_sends_what_was_said() -> None:
    """The flow goes on behind it."""
    dialogue, server = place(flow("record_caller", {"url": f"{URL}/store"}, _=says("Thanks")))
    dialogue.hears("Thanks")
    assert len(server.uploads) == 1


def _call_id(server: Server) -> str:
    return server.form(0)["Call-ID"]


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("http://here/key/webhooks/all", "notifies …/webhooks/all step=topic, id=…"),
        ("https://a.example/hook?key=1", "notifies https://a.example/hook step=topic, id=…"),
    ],
)
def test_a_webhook_action_shows_no_key(uri: str, shown: str) -> None:
    """A dialogue names the server without keys, and what it is told without ids."""
    data = {"uri": uri, "custom_data": {"step": "topic", "id": "0" * 32}}
    dialogue, _ = place(flow("webhook", data), own_origins=frozenset({"http://here"}))
    dialogue.runs("webhook", shown)


def test_a_webhook_action_tells_a_server_in_form_text() -> None:
    """Snake case, the custom data on top, and the default child next."""
    data = {"uri": f"{EVENTS}hook", "custom_data": {"source": "pivot"}}
    dialogue, server = place(flow("webhook", data, _=says("told")))
    dialogue.hears("told")
    form = server.form(-1)
    assert (form["source"], form["call_id"]) == ("pivot", _call_id(server))


def test_a_mailbox_that_is_not_there_is_passed_over() -> None:
    """A world with mailboxes has no others; a greeting of one is heard."""
    world = {"mailboxes": {DESK: "Leave a message"}}
    place(flow("voicemail", {"id": DESK}), world)[0].hears("Leave").leaves_voicemail(DESK)
    dialogue, _ = place(flow("voicemail", {"id": HOME}, _=says("on")), world)
    dialogue.hears("on")
    assert not any(isinstance(event, ev.Voicemail) for event in dialogue.events)


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ([], "the world is []. Give an object"),
        ({"endpoint": {}}, "no 'endpoint'. Use callflows, captured"),
        ({"endpoints": {"a": "away"}}, 'endpoints.a is "away". Give one of answered, busy'),
        ({"menus": {"m": {"digits": "1"}}}, 'digits is "1". Give a whole number'),
        ({"schedules": "x"}, 'schedules is "x". Give a list of strings'),
        ({"fax": 1}, "fax is 1. Give true or false"),
    ],
)
def test_an_impossible_world_names_field_value_and_fix(document: Any, text: str) -> None:
    """Whoever wrote it can mend it."""
    with pytest.raises(WorldError) as caught:
        World.of(document)
    assert text in str(caught.value)


def test_the_command_takes_a_world(tmp_path: Path) -> None:
    """A file that is no world is an error of usage."""
    path = tmp_path / "world.json"
    path.write_text(json.dumps({"rooms": {}}), encoding="utf-8")
    result = CliRunner().invoke(command, ["--url", URL, "--world", str(path)])
    assert result.exit_code == 2
    assert "has no 'rooms'" in result.output


def test_the_world_of_the_guide_is_one() -> None:
    """Its example can be read, and its table names every field."""
    page = (ROOT / "docs/guides/calls.md").read_text(encoding="utf-8")
    example = page.partition("```json\n")[2].partition("```")[0]
    assert World.of(json.loads(example)).menus["main"].digits == 1
    table = page.partition("| field |")[2]
    assert all(f"`{each.name}`" in table for each in fields(World))
