"""The destination of a number: country, abroad or not, premium rate, listed or not."""

import pytest

from functions.workers.cdr_alarms.destinations import Destination, DestinationList, HomeCountries

NUMBERS = [
    # home, number, E.164, country, premium rate
    ("US CA", "+442071838750", "+442071838750", "GB", False),
    ("US CA", "442071838750", "+442071838750", "GB", False),
    ("US CA", "011442071838750", "+442071838750", "GB", False),
    ("US CA", "4155550142", "+14155550142", "US", False),
    ("US CA", "+16135550142", "+16135550142", "CA", False),
    ("US CA", "+18765550142", "+18765550142", "JM", False),
    ("US CA", "+19005550142", "+19005550142", "US", True),
    ("US CA", "+14159761234", "+14159761234", "US", True),
    ("GB", "09098790001", "+449098790001", "GB", True),
    ("GB", "02071838750", "+442071838750", "GB", False),
    ("US CA", "+8821612345678", "+8821612345678", "+882", False),
    ("US CA", "+979123456789", "+979123456789", "+979", True),
    ("US CA", "+44999999999999", "+44999999999999", "GB", False),  # not in use
]


@pytest.mark.parametrize(("home", "number", "written", "country", "premium"), NUMBERS)
def test_destinations(home: str, number: str, written: str, country: str, *, premium: bool) -> None:
    """A number has a country in each form that KAZOO uses, whether it is in use or not."""
    found = HomeCountries.read(home).destination(number)
    assert found == Destination(written, country, premium)


@pytest.mark.parametrize("number", ["", "2001", "911", "anonymous", "+999123456789", "*97"])
def test_numbers_without_a_destination(number: str) -> None:
    """An extension, a word, and an unknown country code have no destination."""
    assert HomeCountries.read("US").destination(number) is None


LISTED = [
    ("+881 CU", "+88121234567", "+881", True),
    ("+881 CU", "+5352123456", "CU", True),
    ("+881, CU", "+442071838750", "GB", False),
    ("+4470", "+447012345678", "GB", True),
    ("+4470", "+447712345678", "GB", False),
    ("", "+88121234567", "+881", False),
    ("none", "+88121234567", "+881", False),
]


@pytest.mark.parametrize(("text", "number", "country", "listed"), LISTED)
def test_a_list(text: str, number: str, country: str, *, listed: bool) -> None:
    """Countries and prefixes are separated by spaces or commas; the list may be empty."""
    destination = Destination(number, country, premium_rate=False)
    assert DestinationList.read(text).has(destination) is listed


@pytest.mark.parametrize("text", ["USA", "us", "+", "+0", "44", "001"])
def test_an_invalid_list(text: str) -> None:
    """An entry that is neither a country nor a prefix is an error when the function starts."""
    with pytest.raises(ValueError, match="must be two capital letters"):
        DestinationList.read(text)


@pytest.mark.parametrize("text", ["", "USA", "+1"])
def test_invalid_home_countries(text: str) -> None:
    """There is at least one home country."""
    with pytest.raises(ValueError, match="must be"):
        HomeCountries.read(text)
