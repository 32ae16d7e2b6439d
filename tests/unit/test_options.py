"""Options: values packed into two parameters, and read back by CloudFormation's functions."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pivotctl.options import Option, OptionError, allowed_pattern, lowered, packed, unpacked
from pivotctl.sam_template import SamTemplate, Values, parse
from scripts.lint_template import ROOT

DAYS = Option.declared("Days", {"Default": 14, "AllowedValues": [1, 14, 30]})
MODE = Option.declared(
    "Mode", {"Default": "open", "AllowedValues": ["open", "shut"], "Needs": "Url"}
)
URL = Option.declared("Url", {"Default": "", "AllowedPattern": "^(https://[^;]+)?$"})
KEY = Option.declared("Key", {"NoEcho": True, "AllowedPattern": "[a-z]+"})
OPTIONS = {each.name: each for each in (DAYS, MODE, URL, KEY)}
values = st.fixed_dictionaries(
    {"Key": st.from_regex("[a-z]+", fullmatch=True)},
    optional={
        "Days": st.sampled_from(["1", "14", "30"]),
        "Url": st.from_regex("https://[a-z./?=&,+]{1,20}", fullmatch=True),
    },
)


def resolved(option: Option, parameters: dict[str, str]) -> object:
    """The value that CloudFormation reads."""
    template = SamTemplate(ROOT / "template.yaml", {"Resources": {}, "Parameters": {}})
    resolver = template.resolver(Values({"Options": "", "Secrets": "", **parameters}))
    return resolver.resolve(parse(option.expression))


@given(given_values=values)
def test_what_is_packed_is_read(given_values: dict[str, str]) -> None:
    """Every option has its value, and its default if it is not given, whatever others have."""
    parameters = packed(OPTIONS, given_values)

    for name, option in OPTIONS.items():
        assert resolved(option, parameters) == given_values.get(name, option.default or "")
    shown = [each for each in OPTIONS.values() if each.holder == "Options"]
    assert re.fullmatch(allowed_pattern(shown), parameters.get("Options", ""))
    assert re.fullmatch(allowed_pattern([KEY]), parameters["Secrets"])
    assert unpacked(parameters.get("Options", "")) == {
        name: value for name, value in given_values.items() if name != "Key"
    }


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("Days", "15", "Days: '15' does not match"), ("Key", "SECRET", "Key: the value does not")],
)
def test_a_refused_value(name: str, value: str, said: str) -> None:
    """The message has the name and the value, unless that is secret."""
    with pytest.raises(OptionError, match=said) as error:
        packed(OPTIONS, {name: value})
    assert "SECRET" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("", True),
        ("Mode=shut", False),
        ("Mode=shut;Url=", False),
        ("Mode=shut;Url=https://a", True),
        ("Url=https://a;Mode=shut", True),
        ("Mode=open", True),
    ],
)
def test_an_option_that_needs_another(text: str, *, fine: bool) -> None:
    """Its other values are refused unless the other option is given."""
    pattern = allowed_pattern([DAYS, MODE, URL])

    assert bool(re.fullmatch(pattern, text)) is fine


def test_references_become_expressions() -> None:
    """Names that merely begin like an option stay as they are."""
    text = lowered("a: !Ref Days\nb: [!Ref DaysLeft, !Ref Url]\n", [DAYS, URL])

    assert text == f"a: {DAYS.expression}\nb: [!Ref DaysLeft, {URL.expression}]\n"
