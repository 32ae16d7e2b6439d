"""The destination of a number: its country, and whether it is premium-rate.

The numbering plans are those of Google's libphonenumber (`phonenumberslite`).
"""

import re
from dataclasses import dataclass

import phonenumbers

from pivotkit.phone.dialing import is_premium_rate
from pivotkit.phone.numbers import canonical, checked_country

_WORLD = "001"
_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}")


@dataclass(frozen=True)
class Destination:
    """A public number in E.164 form, and its country as two letters (ISO 3166).

    Satellite and other global services have their code in place of a country, such as `+881`.
    """

    number: str
    country: str
    premium_rate: bool


@dataclass(frozen=True)
class HomeCountries:
    """The countries that are not abroad, as in `"US CA"`.

    The first one is the default country for numbers without `+`.
    """

    countries: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> "HomeCountries":
        """Read the countries in *text*. Raises `CountryError` for an unknown country."""
        countries = tuple(text.replace(",", " ").split())
        for country in countries:
            checked_country(country)
        if not countries:
            raise ValueError("home is empty: must be at least one country, such as US")
        return cls(countries)

    def has(self, destination: Destination) -> bool:
        """Return whether *destination* is not abroad."""
        return destination.country in self.countries

    def destination(self, number: str) -> Destination | None:
        """Return the destination of *number*, in use or not; `None` for an extension or a word."""
        e164 = canonical(number, self.countries[0])
        if not e164.startswith("+"):
            return None
        try:
            parsed = phonenumbers.parse(e164)
        except phonenumbers.NumberParseException:
            return None
        return Destination(e164, _country(parsed), is_premium_rate(parsed))


@dataclass(frozen=True)
class DestinationList:
    """A list of countries and prefixes."""

    countries: frozenset[str]
    prefixes: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> "DestinationList":
        """Read a text such as `"CU +881 +44701"`, or `"none"` for an empty list.

        Raises `CountryError` for an entry that is neither a country nor a prefix.
        """
        entries = [] if text == "none" else text.replace(",", " ").split()
        prefixes = tuple(entry for entry in entries if _PREFIX.fullmatch(entry))
        countries = frozenset(entries) - set(prefixes)
        for country in countries:
            checked_country(country)
        return cls(countries, prefixes)

    def has(self, destination: Destination) -> bool:
        """Return whether *destination* is on the list."""
        listed = destination.country in self.countries
        return listed or destination.number.startswith(self.prefixes)


def _country(number: phonenumbers.PhoneNumber) -> str:
    code = number.country_code or 0
    region = phonenumbers.region_code_for_number(number)
    region = region or phonenumbers.region_code_for_country_code(code)
    return f"+{code}" if region == _WORLD else region
