"""Canonical numbers, whatever form they arrive in, and in whatever country."""

from typing import NamedTuple

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from pivotkit.core.settings import SettingError, from_environment
from pivotkit.phone.numbers import (
    ANONYMOUS,
    Country,
    CountryError,
    canonical,
    checked_country,
    longest_prefix,
)
from scripts import make_plans


class Settings(NamedTuple):
    """The settings of a template with a home country."""

    home_country: Country = Country("US")


FORMS = {
    "+14155550199": "+14155550199",
    "14155550199": "+14155550199",
    "4155550199": "+14155550199",
    " 4155550199 ": "+14155550199",
    "(415) 555-0199": "+14155550199",
    "011442071838750": "+442071838750",
    "00442071838750": "+442071838750",
    "442071838750": "+442071838750",
    "+442071838750": "+442071838750",
    "+44 (0)20 7183 8750": "+442071838750",
    "+1415": "+1415",
    "0014155550199": "+14155550199",
    "2001": "2001",
    "5550199": "5550199",
    "*72": "*72",
    "0": "0",
    "0000000000": ANONYMOUS,
    "+0000000": ANONYMOUS,
    "": ANONYMOUS,
    "anonymous": ANONYMOUS,
    "Anonymous": ANONYMOUS,
    "Restricted": ANONYMOUS,
    "unknown": ANONYMOUS,
    "+anonymous": ANONYMOUS,
    "sip:anonymous@anonymous.invalid": ANONYMOUS,
    "Private Number": ANONYMOUS,
    "alice": "alice",
    "+1415abc": "+1415abc",
    "1-800-FLOWERS": "+18003569377",
    "4155550199 ext 12": "4155550199 ext 12",
    "sip:alice@example.com": "sip:alice@example.com",
    "sip:2001@example.com": "sip:2001@example.com",
    "sip:4155550199@example.com;user=phone": "+14155550199",
    "SIPS:+14155550199@example.com": "+14155550199",
    "tel:+1-415-555-0199;ext=12": "+14155550199",
    "tel:020-7183-8750;phone-context=+44": "+442071838750",
    "tel:7042;phone-context=example.com": "tel:7042;phone-context=example.com",
    "1155550199": "1155550199",
    "+" + "1" * 16: "+" + "1" * 16,
}


@pytest.mark.parametrize(("number", "expected"), FORMS.items())
def test_canonical(number: str, expected: str) -> None:
    """A public number becomes E.164, a withheld one `anonymous`; other text stays unchanged."""
    assert canonical(number, "US") == expected


@pytest.mark.parametrize(
    ("home", "number", "expected"),
    [
        ("GB", "02071838750", "+442071838750"),
        ("GB", "442071838750", "+442071838750"),
        ("GB", "0014155550199", "+14155550199"),
        ("GB", "14155550199", "+14155550199"),
        ("GB", "01154960000", "+441154960000"),
        ("GB", "200", "200"),
        ("GB", "0", "0"),
        ("ZA", "0111234567", "+27111234567"),
        ("ES", "612345678", "+34612345678"),
        ("IT", "3471234567", "+393471234567"),
        ("IT", "0667121234", "+390667121234"),
        ("PT", "912345678", "+351912345678"),
        ("NO", "41234567", "+4741234567"),
        ("DK", "32123456", "+4532123456"),
        ("MX", "5512345678", "+525512345678"),
        ("SG", "81234567", "+6581234567"),
        ("VN", "392975086", "+84392975086"),
        ("RU", "84951234567", "+74951234567"),
        ("RU", "810442071838750", "+442071838750"),
        ("HU", "06301234567", "+36301234567"),
        ("AU", "0011442071838750", "+442071838750"),
        ("JP", "010442071838750", "+442071838750"),
        ("BR", "0211123456789", "+551123456789"),
        ("BR", "0021442071838750", "+442071838750"),
        ("AR", "0111523456789", "+5491123456789"),
        ("DE", "4915123456789", "+4915123456789"),
        ("AD", "712345", "+376712345"),
        ("AT", "123456", "123456"),
        ("MC", "00800 1234 5678", "+80012345678"),
    ],
)
def test_canonical_at_home(home: str, number: str, expected: str) -> None:
    """Exit codes, trunk prefixes, and the lengths of numbers are those of the home country."""
    assert canonical(number, home) == expected


# -- the numbering plans of the world --------------------------------------------------------------

COUNTRIES = [
    "AE", "AR", "AT", "AU", "BE", "BG", "BR", "CA", "CH", "CL", "CN", "CO", "CZ", "DE", "DK",
    "EG", "ES", "FI", "FR", "GB", "GR", "HK", "HR", "HU", "ID", "IE", "IL", "IN", "IS", "IT",
    "JP", "KE", "KR", "LT", "LU", "MX", "MY", "NG", "NL", "NO", "NZ", "PE", "PH", "PL", "PT",
    "RO", "RS", "RU", "SA", "SE", "SG", "SI", "SK", "TH", "TR", "TW", "UA", "US", "VN", "ZA",
]  # fmt: skip
KINDS = (
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.VOIP,
)
EXAMPLES = [
    (country, example)
    for country in COUNTRIES
    for kind in KINDS
    if (example := phonenumbers.example_number_for_type(country, kind))
]


def e164(number: PhoneNumber) -> str:
    """The number as libphonenumber writes it."""
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def abroad(country: str) -> str:
    """Another country than *country*."""
    return "NZ" if country != "NZ" else "US"


def forms(country: str, number: PhoneNumber) -> dict[str, tuple[str, str]]:
    """The forms in which *number* of *country* may arrive, each with the home of its receiver."""
    written = e164(number)
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    other = abroad(country)
    from_abroad = phonenumbers.format_out_of_country_calling_number(number, other)
    return {
        "E.164": (written, other),
        "national": (national, country),
        "national digits": ("".join(filter(str.isdigit, national)), country),
        "from abroad": (from_abroad, other),
        "from abroad, digits": ("".join(filter(str.isdigit, from_abroad)), other),
        "international": (
            phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
            other,
        ),
        "tel URI": (phonenumbers.format_number(number, PhoneNumberFormat.RFC3966), other),
        "SIP URI": (f"sip:{written}@example.com;user=phone", other),
        "SIP URI at home": (f"sip:{national.replace(' ', '')}@example.com", country),
        "vanity": (_with_letters(written), other),
    }


def _with_letters(written: str) -> str:
    """The last four digits as letters of the keypad, if they have letters."""
    keypad = str.maketrans("23456789", "ADGJMPTW")
    letters = written[-4:].translate(keypad)
    return f"{written[:-4]}{letters}" if letters.isalpha() else written


@pytest.mark.parametrize(
    ("country", "number"), EXAMPLES, ids=[f"{each}-{e164(number)}" for each, number in EXAMPLES]
)
def test_the_plans_of_the_world(country: str, number: PhoneNumber) -> None:
    """Every form of a country's number has the canonical form that libphonenumber gives it."""
    for form, (text, home) in forms(country, number).items():
        if form != "vanity" and not form.startswith("SIP"):
            assert e164(phonenumbers.parse(text, home)) == e164(number), form
        assert canonical(text, home) == e164(number), form


@pytest.mark.parametrize("country", COUNTRIES)
def test_what_is_no_public_number(country: str) -> None:
    """Extensions, emergency numbers, feature codes, and words stay as they are everywhere."""
    short = phonenumbers.shortnumberinfo._example_short_number(country)
    for text in ("100", "2001", "62001", short, "112", "*98", "#31#", "alice", "alice@example.com"):
        assert canonical(text, country) == text
    for text in ("", "anonymous", "ANONYMOUS", "Private", "restricted", "unavailable", "0000000"):
        assert canonical(text, country) == ANONYMOUS


@pytest.mark.parametrize("country", COUNTRIES)
def test_numbers_of_all_countries_from_home(country: str) -> None:
    """A number with the exit code of any home country is the same number."""
    exits = phonenumbers.format_out_of_country_calling_number
    for other in COUNTRIES:
        number = phonenumbers.example_number_for_type(other, PhoneNumberType.FIXED_LINE)
        assert number
        assert canonical(exits(number, country), country) == e164(number), other


def test_the_table_of_plans_is_fresh() -> None:
    """The table holds the plans of the locked libphonenumber."""
    assert make_plans.PAGE.read_text(encoding="utf-8") == make_plans.page(), (
        "run `python -m scripts.make_plans`"
    )


# -- the home country ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("UK", "write GB"),
        ("gb", "write GB"),
        ("USA", "write US"),
        ("44", "44 is a calling code, write GB or GG or IM"),
        ("+44", "is a calling code, write GB"),
        ("0044", "is a calling code, write GB"),
        ("1", "1 is a calling code, write US or AG or AI"),
        ("34", "34 is a calling code, write ES"),
        ("800", "such as US or GB"),
        ("Germany", "such as US or GB"),
        ("XX", "such as US or GB"),
    ],
)
def test_a_wrong_home_country(text: str, rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong country fails at import, and the error names the setting and what to write."""
    with pytest.raises(CountryError, match=rule.replace("+", r"\+")):
        canonical("02071838750", text)
    monkeypatch.setenv("HOME_COUNTRY", text)
    with pytest.raises(SettingError, match=r"HOME_COUNTRY is .*two capital letters"):
        from_environment(Settings)


def test_a_country() -> None:
    """A country is two capital letters; without the setting, it is the default."""
    assert from_environment(Settings).home_country == "US"
    assert checked_country("GB") == "GB"


# -- anything --------------------------------------------------------------------------------------

HOMES = st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS))
DIALED = st.text("0123456789+", min_size=1, max_size=16)


@given(st.text(max_size=80), HOMES)
def test_canonical_is_stable(number: str, home: str) -> None:
    """The canonical form of any text has at most 64 characters, and is its own canonical form."""
    form = canonical(number, home)
    assert len(form) <= 64
    assert canonical(form, home) == form


@given(DIALED, HOMES, HOMES)
def test_e164_is_the_same_everywhere(number: str, home: str, other: str) -> None:
    """A number that was made E.164 in one country has that form in every other."""
    form = canonical(number, home)
    if form.startswith("+"):
        assert canonical(form, other) == form


@given(st.integers(2, 9), st.integers(0, 99), st.integers(2, 9), st.integers(0, 999_999))
def test_all_forms_of_a_number_are_one(first: int, area: int, exchange: int, line: int) -> None:
    """All forms of a number have the same canonical form."""
    number = f"{first}{area:02}{exchange}{line:06}"
    forms = (f"+1{number}", f"1{number}", number, f"0111{number}", f"001{number}")
    assert {canonical(form, "US") for form in forms} == {f"+1{number}"}


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+14155550199", "west"),
        ("+12125550199", "country"),
        ("+442071838750", "abroad"),
        ("+4930123456", "elsewhere"),
        ("anonymous", "withheld"),
        ("", "elsewhere"),
    ],
)
def test_longest_prefix(number: str, expected: str) -> None:
    """An area code takes precedence over its country, and other numbers get the default."""
    table = {"+1": "country", "+1415": "west", "+44": "abroad", "anonymous": "withheld"}
    assert longest_prefix(number, table, "elsewhere") == expected
