"""Which numbers may be dialled: the one way from text to a number that costs somebody money.

Keys that a caller presses, entries of a table and answers of other services are text from outside.
A `DialPolicy` makes a `DialTarget` of those it allows, and refuses all others with the reason. The
numbering plans are those of Google's libphonenumber (`phonenumberslite`), a new one a month.
"""

import re
from collections.abc import Collection
from typing import NoReturn

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

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
"""The kinds of numbers that a policy allows unless it is told otherwise."""

_WRITTEN = re.compile(r"(?=.*[0-9])\+?[0-9 ().\-/]{1,40}")
_LONGEST_SHORT = 6
_WORLD = "001"
"""Satellites and other services that belong to no country: +800, +808, +870, +881 to +888, +979."""

_COSTLY = re.compile(r"\+1(?:6(?:00|22|33|44|55|77|88)\d{7}|\d{3}(?:976\d{4}|5551212))")
"""What North America's plan does not mark: pay-per-call 976, directory assistance, Canada's 6xx."""


class NumberRefused(ValueError):
    """A number that the policy does not allow. `reason` says why, and never holds the number."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the number may not be dialled: {reason}")
        self.reason = reason


class DialTarget(str):
    """A number in E.164 form (`+14155550123`) that a policy allows. Text: actions take it as such.

    Made by `DialPolicy` alone.
    """

    __slots__ = ()


class DialPolicy:
    """The numbers that may be dialled, by country, prefix and kind.

    *home* is the country (two letters, ISO 3166) in whose way a number without `+` is read. *allow*
    names countries and prefixes, as in `"US CA +4420"`; by default it is *home* alone. *kinds* are
    those of `KINDS`. Emergency and short numbers are always refused, satellites and other services
    without a country unless *allow* names their prefix. Raises `ValueError` for what is none of it.
    """

    def __init__(self, home: str, allow: str = "", kinds: Collection[str] = ORDINARY) -> None:
        entries = (allow or home).replace(",", " ").split()
        self._home = home
        self._prefixes = tuple(entry for entry in entries if entry.startswith("+"))
        self._countries = frozenset(entries) - set(self._prefixes)
        self._kinds = frozenset(kinds)
        self._check()
        self.find("0" * 10)  # loads the plan of the home country now, not while a caller waits

    def target(self, text: str) -> DialTarget:
        """*text* as a number to dial. Raises `NumberRefused`."""
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
        """*text* as a number to dial, or `None` for one that is refused, or nothing."""
        try:
            return self.target(text or "")
        except NumberRefused:
            return None

    def _parsed(self, text: str) -> PhoneNumber:
        if not _WRITTEN.fullmatch(text):
            _refuse("not a number")
        digits = re.sub(r"[^0-9]", "", text)
        if phonenumbers.connects_to_emergency_number(digits, self._home):
            _refuse("emergency number")
        if len(digits) <= _LONGEST_SHORT:
            _refuse("short number")
        try:
            return phonenumbers.parse(text, self._home)
        except phonenumbers.NumberParseException:
            _refuse("no such number")

    def _is_allowed(self, number: PhoneNumber, target: str) -> bool:
        if target.startswith(self._prefixes):
            return True
        country = phonenumbers.region_code_for_number(number)
        return country in self._countries and country != _WORLD

    def _check(self) -> None:
        known = phonenumbers.SUPPORTED_REGIONS
        for country in {self._home, *self._countries}:
            if country not in known:
                raise ValueError(f"country is {country!r}: must be two capital letters, or +digits")
        for prefix in self._prefixes:
            if not re.fullmatch(r"\+[1-9][0-9]{0,14}", prefix):
                raise ValueError(f"prefix is {prefix!r}: must be + and digits")
        for kind in self._kinds - set(KINDS.values()):
            raise ValueError(f"kind is {kind!r}: must be one of {', '.join(KINDS.values())}")


def is_premium_rate(number: PhoneNumber) -> bool:
    """Whether *number* costs more than its country's others, also where a plan does not say so."""
    marked = phonenumbers.number_type(number) == PhoneNumberType.PREMIUM_RATE
    return marked or bool(_COSTLY.fullmatch(_e164(number)))


def _e164(number: PhoneNumber) -> str:
    text: str = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return text


def _refuse(reason: str) -> NoReturn:
    raise NumberRefused(reason)
