"""Workers that can be off: their parameters, their conditions, and what is wrong with them."""

from pathlib import Path
from typing import Any

import pytest

from pivotctl.infra import Application, FragmentError
from pivotctl.infra.switches import samples
from pivotctl.sam_template import parse
from tests.unit.infra.conftest import add, add_function

TELL = """\
description: Tells
events: [sms]
needs: [TELL_URL]
samples: {TELL_URL: https://tell.example.com}
settings: {TELL_URL: "", TOKEN: ""}
"""
BUS = "description: Fills\nstream: CallRecordsTable\nmay: {DeliveriesBus: [PutEvents]}\n"


def body(root: Path) -> Any:
    """The template.yaml of a project as data."""
    return parse(Application.read(root).assembled().text)


def test_an_empty_setting_that_is_needed_becomes_a_hidden_parameter(root: Path) -> None:
    """The worker reads the parameter, and everything that is made for it has the condition."""
    add_function(root, "workers/tell", TELL)
    made = body(root)
    assert made["Parameters"]["TellUrl"] == {
        "Type": "String",
        "NoEcho": True,
        "Default": "",
        "Description": "TELL_URL of tell. Empty turns it off",
    }
    filled = {"Fn::Not": [{"Fn::Equals": [{"Ref": "TellUrl"}, ""]}]}
    assert made["Conditions"]["TellOn"] == filled
    mine = {name: each for name, each in made["Resources"].items() if name.startswith("Tell")}
    assert len(mine) == 8
    assert {each["Condition"] for each in mine.values()} == {"TellOn"}
    variables = mine["TellWorker"]["Properties"]["Environment"]["Variables"]
    assert variables["TELL_URL"] == {"Ref": "TellUrl"}
    assert variables["TOKEN"] == ""


def test_a_setting_in_function_yaml_needs_no_parameter(root: Path) -> None:
    """A value written in the file keeps the worker on, whatever the stack remembers."""
    add_function(root, "workers/tell", TELL.replace('TELL_URL: ""', "TELL_URL: https://tell.me"))
    made = body(root)
    assert "TellUrl" not in made["Parameters"]
    assert "Condition" not in made["Resources"]["TellQueue"]
    variables = made["Resources"]["TellWorker"]["Properties"]["Environment"]["Variables"]
    assert variables["TELL_URL"] == "https://tell.me"


def test_workers_share_the_parameter_of_a_setting(root: Path) -> None:
    """An address that two workers need is asked for once."""
    add_function(root, "workers/tell", TELL)
    add_function(root, "workers/shout", TELL)
    made = body(root)
    assert made["Parameters"]["TellUrl"]["Description"] == (
        "TELL_URL of shout, tell. Empty turns them off"
    )
    assert {"ShoutOn", "TellOn"} <= made["Conditions"].keys()


def test_an_optional_worker_has_a_switch(root: Path) -> None:
    """It is off by default; with a need besides, both must hold."""
    add_function(root, "workers/count", "description: Counts\nevents: [sms]\noptional: true\n")
    add_function(root, "workers/tell", f"{TELL}optional: true\n")
    made = body(root)
    assert made["Parameters"]["Count"]["Default"] == "off"
    assert made["Parameters"]["Count"]["AllowedValues"] == ["off", "on"]
    on = {"Fn::Equals": [{"Ref": "Tell"}, "on"]}
    filled = {"Fn::Not": [{"Fn::Equals": [{"Ref": "TellUrl"}, ""]}]}
    assert made["Conditions"]["TellOn"] == {"Fn::And": [on, filled]}


def test_the_bus_is_filled_while_a_worker_listens(root: Path) -> None:
    """The worker that fills the bus is on by its own switch, or with a worker behind the bus."""
    add_function(root, "workers/fill", f"{BUS}optional: true\n")
    add_function(root, "workers/tell", TELL)
    assert body(root)["Conditions"]["FillOn"] == {
        "Fn::Or": [{"Fn::Equals": [{"Ref": "Fill"}, "on"]}, {"Condition": "TellOn"}]
    }


def test_the_bus_is_always_filled_for_a_worker_that_is_always_on(root: Path) -> None:
    """Its switch disappears, because a worker behind the bus has none."""
    add_function(root, "workers/fill", f"{BUS}optional: true\n")
    add_function(root, "workers/hear", "description: Hears\nevents: [sms]\n")
    made = body(root)
    assert "Fill" not in made["Parameters"]
    assert "Condition" not in made["Resources"]["FillWorker"]


@pytest.mark.parametrize("count", [9, 10, 25])
def test_any_number_of_workers_can_listen(root: Path, count: int) -> None:
    """CloudFormation combines ten conditions at most, so that more are nested."""
    add_function(root, "workers/fill", f"{BUS}optional: true\n")
    for number in range(count):
        add_function(root, f"workers/tell_{number}", TELL)
    test = body(root)["Conditions"]["FillOn"]
    assert len(_leaves(test)) == count + 1


def _leaves(test: Any) -> list[Any]:
    if "Fn::Or" not in test:
        return [test]
    assert 2 <= len(test["Fn::Or"]) <= 10
    return [leaf for each in test["Fn::Or"] for leaf in _leaves(each)]


def test_samples_are_for_local_runs(root: Path) -> None:
    """They are read from function.yaml, and are nowhere in template.yaml."""
    add_function(root, "workers/tell", TELL)
    assert samples(root) == {"TellUrl": "https://tell.example.com"}
    assert "tell.example.com" not in Application.read(root).assembled().text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("needs: [TELL_URL]", "needs: [ASK_URL]", 'needs: ASK_URL: add it to settings ("" turns'),
        ("needs: [TELL_URL]", "needs: TELL_URL", "needs: 'TELL_URL': write a list"),
        ("samples: {TELL_URL", "samples: {TOKEN", "samples: TOKEN: add it to needs, or remove it"),
        ("events: [sms]", "events: [sms]\noptional: maybe", "optional: 'maybe': write true or"),
    ],
)
def test_what_is_wrong_with_a_switch_is_said(root: Path, old: str, new: str, said: str) -> None:
    """An author finds the key, and what to write instead."""
    add_function(root, "workers/tell", TELL.replace(old, new))
    with pytest.raises(FragmentError) as error:
        Application.read(root)
    assert said in str(error.value)


def test_only_workers_can_be_off(root: Path) -> None:
    """A caller waits for a Pivot handler, and KAZOO for a receiver."""
    text = "description: Bad\ngroup: starters\noptional: true\n"
    add(root, "functions/pivot/greet/function.yaml", text)
    with pytest.raises(FragmentError, match="optional: is for workers only: remove it"):
        Application.read(root)
