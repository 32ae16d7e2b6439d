"""Dial policies: the only way to turn text into a number that may be dialed, at somebody's cost.

Keys that a caller presses, Directory entries, and responses of other services are untrusted text.
A `DialPolicy` converts the numbers it allows to `DialTarget`s, and rejects all others with a
reason. The numbering plans come from Google's libphonenumber (`phonenumberslite`), which is
updated about monthly.
"""

import re
from collections.abc import Collection
from functools import lru_cache
from typing import NoReturn

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from pivotkit.phone.numbers import checked_country

KINDS = {
    PhoneNumberType.FIXED_LINE: "fixed line",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed line or mobile",
    PhoneNumberType.VOIP: "VoIP",
    PhoneNumberType.TOLL_FREE: "toll-free",
    PhoneNumberType.PREMIUM_RATE: "premium rate",
    PhoneNumberType.SHARED_COST: "shared cost",
    PhoneNumberType.PERSONAL_NUMBER: "personal number",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "universal access number",
    PhoneNumberType.VOICEMAIL: "voicemail access",
    PhoneNumberType.UNKNOWN: "unknown",
}
ORDINARY = frozenset({"fixed line", "mobile", "fixed line or mobile", "VoIP"})
"""The kinds of numbers that a policy allows by default."""

_WRITTEN = re.compile(r"(?=.*[0-9])\+?[0-9 ().\-/]{1,40}")
_LONGEST_SHORT = 6
_WORLD = "001"
"""Region of satellite and other global services: +800, +808, +870, +881 to +888, +979."""

_COSTLY = re.compile(r"\+1(?:6(?:00|22|33|44|55|77|88)\d{7}|\d{3}(?:976\d{4}|5551212))")
"""Costly numbers that North America's plan does not mark: 976, 555-1212, and Canada's 6xx."""


class NumberRefused(ValueError):
    """A number that the policy does not allow. `reason` says why, without quoting the number."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the number may not be dialed: {reason}")
        self.reason = reason


class DialTarget(str):
    """A number in E.164 form (`+14155550123`) that a policy allows; a `str`, as actions expect.

    Only `DialPolicy` creates it.
    """

    __slots__ = ()


class DialPolicy:
    """The numbers that may be dialed, by country, prefix, and kind.

    *home* is the default country (two letters, ISO 3166) for numbers without `+`. *allow* lists
    countries and prefixes, as in `"US CA +4420"`, and defaults to *home*. *kinds* are values of
    `KINDS`. Emergency and short numbers are never allowed; satellite and other global services
    only if *allow* contains their prefix. Raises `CountryError` for an unknown country, and
    `ValueError` for an unknown prefix or kind.
    """

    def __init__(self, home: str, allow: str = "", kinds: Collection[str] = ORDINARY) -> None:
        entries = (allow or home).replace(",", " ").split()
        self.home = home
        self._prefixes = tuple(entry for entry in entries if entry.startswith("+"))
        self._countries = frozenset(entries) - set(self._prefixes)
        self._kinds = frozenset(kinds)
        self._check()
        self.find("0" * 10)  # loads the home country's plan at import, not while a caller waits

    def target(self, text: str) -> DialTarget:
        """Return the number in *text*, ready to dial. Raises `NumberRefused`."""
        number = self._parsed(text)
        target = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        if not phonenumbers.is_valid_number(number):
            _refuse("no such number")
        if not self._is_allowed(number, target):
            _refuse("not in an allowed country")
        kind = KINDS[phonenumbers.number_type(number)]
        if kind not in self._kinds:
            _refuse(kind)
        if _COSTLY.fullmatch(target):
            _refuse("premium rate")
        return DialTarget(target)

    def find(self, text: str | None) -> DialTarget | None:
        """Return the number in *text*, or `None` if it is missing or not allowed."""
        try:
            return self.target(text or "")
        except NumberRefused:
            return None

    def _parsed(self, text: str) -> PhoneNumber:
        if not _WRITTEN.fullmatch(text):
            _refuse("not a number")
        digits = re.sub(r"[^0-9]", "", text)
        if phonenumbers.connects_to_emergency_number(digits, self.home):
            _refuse("emergency number")
        if len(digits) <= _LONGEST_SHORT:
            _refuse("short number")
        try:
            return phonenumbers.parse(text, self.home)
        except phonenumbers.NumberParseException:
            _refuse("no such number")

    def _is_allowed(self, number: PhoneNumber, target: str) -> bool:
        if target.startswith(self._prefixes):
            return True
        country = phonenumbers.region_code_for_number(number)
        return country in self._countries and country != _WORLD

    def _check(self) -> None:
        for country in (self.home, *self._countries):
            checked_country(country)
        for prefix in self._prefixes:
            if not re.fullmatch(r"\+[1-9][0-9]{0,14}", prefix):
                raise ValueError(f"prefix is {prefix!r}: must be + and digits")
        for kind in self._kinds - set(KINDS.values()):
            raise ValueError(f"kind is {kind!r}: must be one of {', '.join(KINDS.values())}")


@lru_cache(256)
def dial_policy(home: str, allow: str = "", kinds: frozenset[str] = ORDINARY) -> DialPolicy:
    """Return the `DialPolicy` with these settings, made once in an execution environment.

    Call it at import with the deployment's settings: it loads numbering plans.
    """
    return DialPolicy(home, allow, kinds)


def is_premium_rate(number: PhoneNumber) -> bool:
    """Tell whether *number* is a premium-rate number, marked in its numbering plan or not."""
    marked = phonenumbers.number_type(number) == PhoneNumberType.PREMIUM_RATE
    return marked or bool(_COSTLY.fullmatch(_e164(number)))


def _e164(number: PhoneNumber) -> str:
    text: str = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return text


def _refuse(reason: str) -> NoReturn:
    raise NumberRefused(reason)
