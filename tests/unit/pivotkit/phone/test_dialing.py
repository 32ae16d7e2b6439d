"""Dial policies, for numbers of every kind and for any text."""

import json
import re

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from pivotkit.kazoo import offnet, resources
from pivotkit.phone.dialing import (
    KINDS,
    ORDINARY,
    DialPolicy,
    DialTarget,
    NumberRefused,
    dial_policy,
)
from pivotkit.phone.numbers import Country, Destinations
from pivotkit.twiml import Dial, Number

US = DialPolicy("US")
EVERYWHERE = DialPolicy("US", " ".join(sorted(phonenumbers.SUPPORTED_REGIONS)))

ALLOWED = [
    ("4155550123", "+14155550123"),
    ("14155550123", "+14155550123"),
    ("+1 (415) 555-0123", "+14155550123"),
    ("415.555.0123", "+14155550123"),
    ("0114155550123", None),
]


@pytest.mark.parametrize(("text", "target"), ALLOWED)
def test_numbers_of_the_home_country(text: str, target: str | None) -> None:
    """A number in the home country's format becomes E.164."""
    assert US.find(text) == target


REFUSED = {
    "": "not a number",
    "+": "not a number",
    "front desk": "not a number",
    "+1415555012#": "not a number",
    "*724155550123": "not a number",
    "4155550123 ext 5": "not a number",
    "1-800-FLOWERS": "not a number",
    "\uff14155550123": "not a number",
    "4155550123\n": "not a number",
    "++14155550123": "not a number",
    "sip:4155550123": "not a number",
    "911": "emergency number",
    "9-1-1": "emergency number",
    "112": "emergency number",
    "988": "short number",
    "411": "short number",
    "2030": "short number",
    "555012": "short number",
    "415555012": "no such number",
    "+1911": "short number",
    "9115550123": "emergency number",
    "7005551234": "no such number",
    "+999123456789": "no such number",
    "8005551234": "toll-free",
    "+18885551234": "toll-free",
    "9005551234": "premium rate",
    "4159761234": "premium rate",
    "4155551212": "premium rate",
    "5005551234": "personal number",
    "+18765551234": "not in an allowed country",
    "+442079460000": "not in an allowed country",
    "011442079460000": "not in an allowed country",
    "+870773111632": "not in an allowed country",
    "+881651234567": "not in an allowed country",
    "+979123456789": "not in an allowed country",
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.items())
def test_refused_numbers(text: str, reason: str) -> None:
    """A number that may not be dialed is rejected with a reason that never contains the number."""
    with pytest.raises(NumberRefused) as caught:
        US.target(text)
    assert caught.value.reason == reason
    assert not re.search(r"\d", str(caught.value))
    assert US.find(text) is None


def test_nothing_pressed() -> None:
    """Silence is not a number."""
    assert US.find(None) is None


POLICIES = [
    (DialPolicy("US", "US CA"), "6045550123", "+16045550123"),
    (DialPolicy("US", "US CA"), "6005551234", None),
    (DialPolicy("US", "US, GB"), "011442079460000", "+442079460000"),
    (DialPolicy("US", "US GB"), "+447012345678", None),
    (DialPolicy("US", "US GB"), "+449098765432", None),
    (DialPolicy("US", "US GB"), "+448451234567", None),
    (DialPolicy("US", "+4420"), "+442079460000", "+442079460000"),
    (DialPolicy("US", "+4420"), "+441632960000", None),
    (DialPolicy("US", "+4420"), "4155550123", None),
    (DialPolicy("GB"), "020 7946 0000", "+442079460000"),
    (DialPolicy("GB"), "999", None),
    (DialPolicy("DE"), "030 123456", "+4930123456"),
    (DialPolicy("DE"), "0049 30 123456", "+4930123456"),
    (DialPolicy("DE"), "0900 1 234567", None),
    (DialPolicy("DE"), "0180 5 123456", None),
    (DialPolicy("US", "+870"), "+870773111632", "+870773111632"),
    (DialPolicy("US", "US", {"toll-free"}), "8005551234", "+18005551234"),
    (DialPolicy("US", "US", {"toll-free"}), "4155550123", None),
]


@pytest.mark.parametrize(("policy", "text", "target"), POLICIES)
def test_policies(policy: DialPolicy, text: str, target: str | None) -> None:
    """Only the countries, prefixes, and kinds of the policy are allowed."""
    assert policy.find(text) == target


@pytest.mark.parametrize("allow", ["us", "USA", "XX", "001", "+", "+0", "+1a", "1415"])
def test_policies_that_there_are_not(allow: str) -> None:
    """An unknown country or prefix raises an error at import."""
    with pytest.raises(ValueError, match="must be"):
        DialPolicy("US", allow)


def test_kinds_that_there_are_not() -> None:
    """An unknown kind raises an error at import."""
    with pytest.raises(ValueError, match=r"premium'.*premium rate"):
        DialPolicy("US", "US", {"premium"})


# -- properties ------------------------------------------------------------------------------------

SERVICES = ("800", "808", "870", "878", "881", "882", "883", "888", "979", "1900", "1976")
SERVICE = re.compile(rf"\+(?:{'|'.join(SERVICES)}|1(?:800|833|844|855|866|877|888|900))")
EXAMPLES = [
    (region, kind, phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164))
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in KINDS
    if (found := phonenumbers.example_number_for_type(region, kind))
]
COSTLY = [(region, kind, text) for region, kind, text in EXAMPLES if KINDS[kind] not in ORDINARY]


def test_no_example_of_a_costly_kind_passes() -> None:
    """No country's example number of a costly kind may be dialed."""
    assert len(COSTLY) > 300
    passed = [(region, KINDS[kind], text) for region, kind, text in COSTLY if EVERYWHERE.find(text)]
    assert passed == []


def test_ordinary_numbers_of_every_country_pass() -> None:
    """A policy for all countries allows an ordinary number of nearly every country."""
    fixed = [each for each in EXAMPLES if each[1] == PhoneNumberType.MOBILE]
    passed = [each for each in fixed if EVERYWHERE.find(each[2])]
    assert len(passed) > 0.95 * len(fixed)


DIGITS = st.text("0123456789", min_size=1, max_size=12)
NEAR = st.sampled_from(COSTLY).flatmap(
    lambda each: st.builds(lambda cut, end: each[2][:-cut] + end[:cut], st.integers(1, 6), DIGITS)
)
NUMBERS = st.one_of(
    st.text(),
    DIGITS,
    NEAR,
    st.builds(lambda prefix, rest: f"+{prefix}{rest}", st.sampled_from(SERVICES), DIGITS),
    st.builds(lambda prefix, rest: f"{prefix}{rest}", st.sampled_from(["011", "00", "+"]), DIGITS),
)


@given(NUMBERS)
@example("+8835100123456")
def test_no_refused_number_ever_passes(text: str) -> None:
    """Any text that passes is a plain number of an ordinary kind in some country."""
    target = EVERYWHERE.find(text)
    if target is None:
        return
    number = phonenumbers.parse(target)
    assert re.fullmatch(r"\+[1-9][0-9]{6,14}", target)
    assert not SERVICE.match(target)
    assert KINDS[phonenumbers.number_type(number)] in ORDINARY
    assert phonenumbers.region_code_for_number(number) != "001"
    assert EVERYWHERE.find(target) == target


@given(NUMBERS)
def test_what_passes_at_home_is_at_home(text: str) -> None:
    """A policy for one country allows no number of another one, not even a Caribbean one."""
    target = US.find(text)
    assert target is None or phonenumbers.region_code_for_number(phonenumbers.parse(target)) == "US"


# -- where a target goes ---------------------------------------------------------------------------


def test_actions_take_a_target_as_text() -> None:
    """Actions and verbs that dial accept a target as text."""
    target = US.target("4155550123")
    assert isinstance(target, DialTarget)
    assert offnet(target).as_json()["data"] == {"to_did": "+14155550123"}
    assert resources(target).as_json()["data"] == {"to_did": "+14155550123"}
    assert "<Dial>+14155550123</Dial>" in str(Dial(target))
    assert "<Number>+14155550123</Number>" in str(Dial(Number(target)))
    assert json.dumps({"number": target}) == '{"number": "+14155550123"}'


# -- the policies of accounts ----------------------------------------------------------------------


def test_the_policy_of_two_settings() -> None:
    """The same settings have one policy, and other settings another."""
    home, allowed = Country("US"), Destinations("US CA")
    policy = dial_policy(home, allowed)
    assert dial_policy(Country("US"), Destinations("US CA")) is policy
    assert policy.find("6045550123") == "+16045550123"
    assert dial_policy(home, Destinations("US")).find("6045550123") is None
    assert dial_policy(Country("DE"), allowed).find("030 901820") is None
