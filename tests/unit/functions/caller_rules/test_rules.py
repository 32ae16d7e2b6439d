"""Rules with regular expressions: the flows they choose, and their faults."""

from pathlib import Path
from typing import Any

import pytest

from functions.pivot.caller_rules.patterns import PatternError
from functions.pivot.caller_rules.rules import MOST_RULES, CallerRules, RuleError
from pivotkit.calls.call import Call
from pivotkit.kazoo import hangup, tts

FLOWS = {"a": tts("a"), "b": tts("b"), "refuse": hangup()}


def call(number: str = "4155550199", name: str = "Jane Doe", dialled: str = "+14155550100") -> Call:
    """A call from *number* to *dialled*."""
    return Call(
        account_id="acct",
        call_id="c1",
        req_format="kazoo",
        caller_id_number=number,
        caller_id_name=name,
        request=dialled,
    )


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({"number": r"\+1415[0-9]{7}"}, True),
        ({"number": r"\+1415"}, False),
        ({"number": r".*"}, True),
        ({"name": "jane.*"}, True),
        ({"name": "doe"}, False),
        ({"dialled": r"\+14155550100"}, True),
        ({"dialled": r"\+14155550101"}, False),
        ({"number": r"\+1.*", "name": "Jane Doe", "dialled": ".*"}, True),
        ({"number": r"\+1.*", "name": "John Doe"}, False),
    ],
)
def test_a_rule_fits(rule: dict[str, str], fits: bool) -> None:  # noqa: FBT001
    """All patterns of a rule have to match their whole text, in canonical form."""
    rules = CallerRules.of([{**rule, "then": "a", "why": "a test"}], FLOWS)
    assert rules.flow(call()) == (FLOWS["a"] if fits else None)


def test_the_first_match_wins() -> None:
    """Rules are tried in order."""
    rules = CallerRules.of(
        [
            {"number": "anonymous", "then": "refuse"},
            {"number": r"\+1.*", "then": "a"},
            {"number": r"\+.*", "then": "b"},
        ],
        FLOWS,
    )
    assert rules.flow(call("Restricted")) is FLOWS["refuse"]
    assert rules.flow(call("14155550199")) is FLOWS["a"]
    assert rules.flow(call("00442071838750")) is FLOWS["b"]
    assert rules.flow(call("2001")) is None


def test_home() -> None:
    """Numbers without a country code belong to the home country."""
    rules = CallerRules.of([{"number": r"\+44.*", "then": "a"}], FLOWS, "GB")
    assert rules.flow(call("02071838750")) is FLOWS["a"]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("x", "rule 2: it is 'x': must be an object"),
        ({"number": "1", "then": "c"}, "rule 2: then is 'c': must be one of a, b, refuse"),
        ({"number": "1"}, "rule 2: then is '': must be one of a, b, refuse"),
        ({"numbr": "1", "then": "a"}, "rule 2: numbr is '1': must be one of number, name, dialled"),
        ({"number": 1, "then": "a"}, "rule 2: number is 1: must be text"),
        ({"then": "a"}, "rule 2: it is {'then': 'a'}: needs one of number, name, dialled"),
    ],
)
def test_wrong_rules(rule: Any, message: str) -> None:
    """The error names the rule and the fix."""
    with pytest.raises(RuleError) as error:
        CallerRules.of([{"number": "1", "then": "a"}, rule], FLOWS)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("document", [{}, [], [{"number": "1", "then": "a"}] * (MOST_RULES + 1)])
def test_wrong_documents(document: Any) -> None:
    """Rules are a list of 1 to 100 rules."""
    with pytest.raises(ValueError, match="must be a list of 1 to 100 rules"):
        CallerRules.of(document, FLOWS)


def test_patterns_are_compiled_at_once() -> None:
    """A pattern that could run away is refused when the rules are read, not during a call."""
    with pytest.raises(PatternError):
        CallerRules.of([{"name": "(a+)+b", "then": "a"}], FLOWS)


def test_beside(tmp_path: Path) -> None:
    """Rules are read from a file next to the module that uses them."""
    (tmp_path / "rules.json").write_text('[{"number": "[0-9]{4}", "then": "b"}]', encoding="utf-8")
    rules = CallerRules.beside(str(tmp_path / "app.py"), "rules.json", FLOWS)
    assert rules.flow(call("2001")) is FLOWS["b"]
