"""Callflows as KAZOO executes them: children, digits, bridging, variables."""

from __future__ import annotations

from typing import Any

import pytest

from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.scenario import Rung, Scenario, pivot_flow
from tests.unit.switch.servers import URL, Server, as_json, flow, says

DESK = "d" * 32


def _pivot(**data: Any) -> dict[str, Any]:
    return flow("pivot", {"voice_url": URL, "method": "post", **data})


def _collect(name: str, then: dict[str, Any] | None = None, **data: Any) -> dict[str, Any]:
    return flow("collect_dtmf", {"collection_name": name, **data}, _=then or _pivot())


def place(*answers: Any, **scenario: Any) -> tuple[Dialogue, Server]:
    """A call whose pivot action gets these callflows, one after the other."""
    server = Server([as_json(answer) for answer in answers])
    return Dialogue.place(Scenario(flow=pivot_flow(URL), **scenario), server), server


def test_the_end_of_the_tree_hangs_up() -> None:
    """After the last action the call ends, and the stored flow is gone."""
    dialogue, _ = place(says("Hello"))
    dialogue.hears("Hello").hung_up("kazoo").is_carried_through()


def test_an_action_is_skipped_on_demand() -> None:
    """skip_module goes straight to the default child."""
    dialogue, _ = place(flow("tts", {"text": "no", "skip_module": True}, _=says("yes")))
    dialogue.does_not_hear("no").hears("yes")


def test_keys_before_the_terminator_are_collected() -> None:
    """The terminator ends the collection and is not part of it."""
    _, server = place(_collect("pin", max_digits=8), says("x"), press=("12#",))
    assert server.form()["Digits[pin]"] == "12"


def test_a_full_collection_needs_no_terminator() -> None:
    """max_digits keys complete a collection."""
    _, server = place(_collect("pin", max_digits=4), says("x"), press=("4321",))
    assert server.form()["Digits[pin]"] == "4321"


def test_no_key_stores_an_empty_string() -> None:
    """After the time-out the collection is there, and empty."""
    dialogue, server = place(_collect("pin", max_digits=4), says("x"))
    dialogue.is_silent()
    assert server.form()["Digits[pin]"] == ""


def test_silence_is_an_empty_default_collection() -> None:
    """An unnamed collection without a key is sent, and empty."""
    _, server = place(flow("collect_dtmf", {}, _=_pivot()), says("x"))
    assert server.form()["Digits[default]"] == ""


@pytest.mark.parametrize("name", ["prompt", "say", "tone"])
def test_a_schema_without_a_module_goes_on(name: str) -> None:
    """KAZOO accepts the name of a schema as a module, skips it, and continues with `_`."""
    dialogue, _ = place(flow(f"audio_macro.{name}", {}, _=says("Hello")))
    dialogue.hears("Hello").is_carried_through()


def test_a_stray_key_stops_the_next_prompt_and_is_dropped_at_the_next_question() -> None:
    """Keys beyond a full collection are type-ahead; a terminator cuts it, and asking goes on."""
    again = says("Choose", _collect("choice", max_digits=1))
    dialogue, server = place(
        _collect("pin", max_digits=4), again, says("done"), press=("4321#", "1")
    )
    dialogue.presses("4321#").hears("Choose").presses("1").hears("done")
    heard = next(e for e in dialogue.events if getattr(e, "text", "") == "Choose")
    assert getattr(heard, "interrupted_by", "") == "#"
    assert server.form(1)["Digits[pin]"] == "4321"
    assert server.form(2)["Digits[choice]"] == "1"
    assert "Digits[default]" not in server.form(2)


def test_type_ahead_fills_the_next_collection() -> None:
    """Keys pressed during a prompt are the first keys of the next collection."""
    ask = says("PIN", _collect("pin", max_digits=4))
    _, server = place(ask, says("x"), press_during_prompts=("12",), press=("34",))
    assert server.form()["Digits[pin]"] == "1234"


def test_enough_type_ahead_asks_nobody() -> None:
    """A collection that the default one fills takes no further key."""
    ask = says("PIN", _collect("pin", max_digits=2))
    dialogue, server = place(ask, says("x"), press_during_prompts=("123",), press=("9",))
    assert server.form()["Digits[pin]"] == "12"
    assert "presses" not in str(dialogue)


def test_keys_pressed_during_a_prompt_are_sent_as_the_default_collection() -> None:
    """Without a collection behind the prompt they stay in the default one."""
    _, server = place(says("x", _pivot()), says("y"), press_during_prompts=("5",))
    assert server.form()["Digits[default]"] == "5"


def test_named_collections_are_sent_again_every_time() -> None:
    """A collection stays with the call."""
    _, server = place(_collect("a"), _collect("b"), says("x"), press=("1", "2"))
    assert (server.form()["Digits[a]"], server.form()["Digits[b]"]) == ("1", "2")


def test_variables_are_merged_and_come_back() -> None:
    """set_variables merges, a null deletes, and later kazoo requests carry the result."""
    first = flow("set_variables", {"custom_application_vars": {"a": "1", "b": "2"}}, _=_pivot())
    second = flow("set_variables", {"custom_application_vars": {"a": None, "c": {"d": 3}}})
    second["children"] = {"_": _pivot()}
    _, server = place(first, second, says("x"), variables={"z": "0"})
    names = {key for key in server.form() if key.startswith("Custom-Application-Vars")}
    assert names == {f"Custom-Application-Vars{key}" for key in ("[z]", "[b]", "[c][d]")}


def test_variables_are_not_sent_in_twiml_format() -> None:
    """The twiml format has no place for them."""
    first = flow("set_variables", {"custom_application_vars": {"a": "1"}})
    first["children"] = {"_": _pivot(req_format="twiml")}
    _, server = place(first, says("x"))
    assert not any("a]" in key for key in server.form())
    assert server.form()["CallSid"]


@pytest.mark.parametrize("module", ["user", "device", "ring_group"])
def test_a_bridge_ends_the_flow(module: str) -> None:
    """A call that was answered does not go on to the default child."""
    data = {"endpoints": [{"id": DESK, "endpoint_type": "user"}]}
    action = flow(module, data if module == "ring_group" else {"id": DESK}, _=says("nobody"))
    dialogue, _ = place(action)
    dialogue.is_bridged_to(DESK).hung_up("caller").does_not_hear("nobody").is_carried_through()


@pytest.mark.parametrize(
    ("rung", "children", "heard"),
    [
        (Rung.BUSY, {"USER_BUSY": "cause", "sip:486": "code", "_": "default"}, "cause"),
        (Rung.BUSY, {"sip:486": "code", "_": "default"}, "code"),
        (Rung.BUSY, {"NO_ANSWER": "other", "_": "default"}, "default"),
        (Rung.NO_ANSWER, {"NO_ANSWER": "cause", "_": "default"}, "cause"),
        (Rung.NO_ANSWER, {"_": "default"}, "default"),
    ],
)
def test_a_failed_bridge_looks_for_the_cause_first(
    rung: Rung, children: dict[str, str], heard: str
) -> None:
    """The cause's name comes before the SIP code, and that before the default child."""
    action = flow("user", {"id": DESK})
    action["children"] = {key: says(text) for key, text in children.items()}
    dialogue, _ = place(action, rung=rung)
    assert dialogue.heard == [heard]


def test_carriers_have_no_default_child() -> None:
    """A failed resources action ends the call although it has a default child."""
    dialogue, _ = place(flow("resources", {"to_did": "+1"}, _=says("no")), rung=Rung.BUSY)
    dialogue.hung_up("kazoo").does_not_hear("no")


def test_voicemail_goes_on_afterwards() -> None:
    """After the message the default child runs."""
    dialogue, _ = place(flow("voicemail", {"id": DESK}, _=says("Thanks")))
    dialogue.leaves_voicemail(DESK).hears("Thanks")


@pytest.mark.parametrize(
    ("press", "heard"),
    [(("1",), "one"), (("9", "1"), "one"), (("9", "9", "9"), "enough"), ((), "late")],
)
def test_a_menu_branches_on_exact_digits(press: tuple[str, ...], heard: str) -> None:
    """A wrong choice is a try; three of them are enough; silence has a child of its own."""
    menu = flow("menu", {"id": DESK}, on_1=says("one"), max_retries=says("enough"))
    if not press:
        menu["children"]["timeout"] = says("late")
    dialogue, _ = place(menu, press=press)
    assert dialogue.heard == [heard]


def test_a_response_ends_the_call_with_its_code() -> None:
    """The default code is 486."""
    dialogue, _ = place(flow("response"))
    assert "486" in str(dialogue)


def test_language_changes_later_requests() -> None:
    """KAZOO sends the language that was set from then on."""
    _, server = place(flow("language", {"language": "fr-FR"}, _=_pivot()), says("x"))
    assert server.form()["Language"] == "fr-fr"


def test_a_caller_id_is_for_those_who_are_rung() -> None:
    """The caller ID of set_cid and prepend_cid is shown; requests keep the caller's own."""
    prepended = flow("prepend_cid", {"caller_id_name_prefix": "VIP "}, _=_pivot())
    cid = flow("set_cid", {"caller_id_number": "7", "caller_id_name": "N"}, _=prepended)
    dialogue, server = place(cid, says("x"))
    dialogue.runs("set_cid", "shown as N 7").runs("prepend_cid", "shown as VIP N 7")
    form = server.form()
    assert (form["Caller-ID-Number"], form["Caller-ID-Name"]) == ("+14155550199", "Jane Doe")


def test_prefixes_add_up_until_they_are_reset() -> None:
    """The newest prefix stands first; `original` starts anew, `reset` takes all away."""
    reset = flow("prepend_cid", {"action": "reset"})
    anew = {"caller_id_name_prefix": "c", "apply_to": "original"}
    third = flow("prepend_cid", anew, _=reset)
    second = flow("prepend_cid", {"caller_id_name_prefix": "b"}, _=third)
    dialogue, _ = place(flow("prepend_cid", {"caller_id_name_prefix": "a"}, _=second))
    dialogue.runs("prepend_cid", "as aJane").runs("prepend_cid", "as baJane")
    dialogue.runs("prepend_cid", "as cJane").runs("prepend_cid", "as Jane")


def test_a_module_with_nothing_to_hear_goes_on() -> None:
    """It shows as an action, and its default child runs."""
    dialogue, _ = place(flow("record_call", {"action": "start"}, _=says("recorded")))
    assert "runs record_call" in str(dialogue.hears("recorded"))


def test_a_stored_flow_may_name_an_unknown_module() -> None:
    """In a stored flow it is skipped; in an answer it would be refused."""
    stored = {"module": "no_such", "data": {}, "children": {"_": says("here")}}
    Dialogue.place(Scenario(flow=stored), Server([])).hears("here")


def test_a_prompt_is_stopped_by_its_terminators_only() -> None:
    """A key that is no terminator is collected, and the prompt is heard to its end."""
    data = {"text": "Choose", "terminators": ["1"]}
    ask = flow("tts", data, _=_collect("choice", max_digits=2))
    dialogue, server = place(ask, says("x"), press_during_prompts=("2",), press=("3",))
    heard = next(e for e in dialogue.events if getattr(e, "text", "") == "Choose")
    assert getattr(heard, "interrupted_by", "") == ""
    assert server.form()["Digits[choice]"] == "23"
