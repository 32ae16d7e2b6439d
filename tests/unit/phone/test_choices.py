"""Choices for a call: what a page may send, and the scenario that is made of it."""

from typing import Any

import pytest

from pivotctl.crossbar import SECOND_ACCOUNT_ID
from pivotctl.phone.choices import CallChoices, ChoiceError
from pivotctl.problems import Mode
from pivotctl.switch.scenario import Rung, Scenario, pivot_flow
from pivotctl.switch.world import World

WHOLE = {
    "template": "ring",
    "caller": "anonymous",
    "caller_name": "<b>\r\n\u202e",
    "called": "*73",
    "account": "second",
    "rung": "busy",
    "endpoints": {"b2": "answered"},
    "carriers": {"+14155550123": "no-resources"},
    "world": {"captured": "2", "schedules": ["open"]},
    "mode": "k5",
}


def test_choices_become_a_scenario() -> None:
    """Every choice is in the scenario; what the template's own world has and no one chose stays."""
    choices = CallChoices.of(WHOLE)
    met = Scenario(flow=pivot_flow("https://x/"), world=World(fax=True, endpoints={"a1": ()}))
    made = choices.scenario(met)
    assert (made.caller, made.caller_name, made.called) == ("anonymous", "<b>\r\n\u202e", "*73")
    assert (made.rung, made.mode, made.followed) == (Rung.BUSY, Mode.K5, True)
    assert made.world == World(
        fax=True,
        captured="2",
        schedules=("open",),
        endpoints={"a1": (), "b2": (Rung.ANSWERED,)},
        carriers={"+14155550123": (Rung.NO_RESOURCES,)},
    )
    assert choices.account_id == SECOND_ACCOUNT_ID


@pytest.mark.parametrize("document", [WHOLE, {"template": "ring"}], ids=["whole", "least"])
def test_choices_are_kept_as_json(document: dict[str, Any]) -> None:
    """The JSON of choices makes the same choices again."""
    choices = CallChoices.of(document)
    assert CallChoices.of(choices.as_json()) == choices
    assert document.items() <= choices.as_json().items()


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ([], "The choices must be an object."),
        ({}, "Choose a template."),
        ({"template": "ring", "flow": {}}, "There is no choice 'flow'. Use template, caller,"),
        ({"template": "../ring"}, 'template is "../ring". Give the name of a Pivot function.'),
        ({"template": "ring", "caller": 5}, "caller is 5. Give text of at most 8000 characters."),
        ({"template": "ring", "caller_name": "x" * 8001}, "Give text of at most 8000 characters."),
        ({"template": "ring", "account": "third"}, 'account is "third". Give one of first, second'),
        ({"template": "ring", "rung": "maybe"}, 'rung is "maybe". Give one of answered, busy,'),
        ({"template": "ring", "mode": []}, "mode is []. Give one of k50, k5"),
        ({"template": "ring", "endpoints": ["a"]}, "Give an object with at most 50 outcomes."),
        ({"template": "ring", "endpoints": {"a": "x"}}, 'endpoints.a is "x". Give one of'),
        ({"template": "ring", "world": {"moon": 1}}, "world: the world has no 'moon'. Use"),
    ],
)
def test_wrong_choices_are_refused(document: Any, text: str) -> None:
    """A wrong choice is refused with its field, its value, and the fix."""
    with pytest.raises(ChoiceError) as refused:
        CallChoices.of(document)
    assert text in str(refused.value)
