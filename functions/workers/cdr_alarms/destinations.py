"""Where a number leads: its country, and whether it costs more than others.

The numbering plans are those of Google's libphonenumber (`phonenumberslite`).
"""

import re
from dataclasses import dataclass

import phonenumbers

from pivotkit.phone.dialing import is_premium_rate
from pivotkit.phone.numbers import canonical

_WORLD = "001"
_COUNTRY = re.compile(r"[A-Z]{2}")
_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}")


@dataclass(frozen=True)
class Destination:
    """A public number in E.164 form, and its country: two letters (ISO 3166).

    Satellites and services of no country have their code in its place, such as `+881`.
    """

    number: str
    country: str
    premium_rate: bool


@dataclass(frozen=True)
class Home:
    """The countries in which calls are not abroad, as in `"US CA"`.

    The first is the one in whose way a number without `+` is read.
    """

    countries: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> "Home":
        """Those of a text. Raises `ValueError` for what is no country."""
        countries = tuple(text.replace(",", " ").split())
        for country in countries:
            _check_country(country)
        if not countries:
            raise ValueError("home is empty: must be at least one country, such as US")
        return cls(countries)

    def has(self, destination: Destination) -> bool:
        """Whether *destination* is not abroad."""
        return destination.country in self.countries

    def destination(self, number: str) -> Destination | None:
        """Where *number* leads, also one that nobody has; `None` for an extension or a word."""
        code = phonenumbers.country_code_for_region(self.countries[0])
        written = canonical(number, str(code))
        try:
            parsed = phonenumbers.parse(written) if written.startswith("+") else None
        except phonenumbers.NumberParseException:
            parsed = None
        if parsed is None:
            return None
        return Destination(written, _country(parsed), is_premium_rate(parsed))


@dataclass(frozen=True)
class Destinations:
    """Some countries and prefixes."""

    countries: frozenset[str]
    prefixes: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> "Destinations":
        """Those of a text such as `"CU +881 +44701"`; of `"none"` none.

        Raises `ValueError` for what is neither country nor prefix.
        """
        entries = [] if text == "none" else text.replace(",", " ").split()
        prefixes = tuple(entry for entry in entries if _PREFIX.fullmatch(entry))
        countries = frozenset(entries) - set(prefixes)
        for country in countries:
            _check_country(country)
        return cls(countries, prefixes)

    def have(self, destination: Destination) -> bool:
        """Whether *destination* is one of them."""
        listed = destination.country in self.countries
        return listed or destination.number.startswith(self.prefixes)


def _country(number: phonenumbers.PhoneNumber) -> str:
    code = number.country_code or 0
    region = phonenumbers.region_code_for_number(number)
    region = region or phonenumbers.region_code_for_country_code(code)
    return f"+{code}" if region == _WORLD else region


def _check_country(text: str) -> None:
    if text not in phonenumbers.SUPPORTED_REGIONS or not _COUNTRY.fullmatch(text):
        raise ValueError(f"country is {text!r}: must be two capital letters, or +digits")
