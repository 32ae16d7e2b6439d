"""One canonical form for the numbers that calls come from and go to, to compare and look them up.

KAZOO normalizes the dialed number but passes the caller's number on as the carrier sent it:
`+14155550199`, `14155550199`, `4155550199`, `011442071838750`, an extension, or a word such as
`anonymous`. Exit codes, trunk prefixes, and the shape of national numbers are those of the home
country. A canonical number is not necessarily allowed to be dialed; `pivotkit.phone.dialing`
decides that.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pivotkit.core.caller_ids import is_withheld
from pivotkit.core.setting_types import Text
from pivotkit.phone.plans import MAIN, PLANS, Plan

ANONYMOUS = "anonymous"
"""The canonical form of a withheld number."""

_LONGEST = 64

_URI = re.compile(r"(?:tel|sips?):(?P<user>[^@;?]*)(?P<rest>.*)", re.IGNORECASE)
_CONTEXT = re.compile(r";phone-context=(\+[0-9]+)(?:;|$)", re.IGNORECASE)
_SEPARATORS = re.compile(r"[ .()/~\-\u00a0\u2010-\u2015]")
_DIGITS = re.compile(r"\+?[0-9]{4,}")
_VANITY = re.compile(r"\+?[0-9]{3,}(?=(?:[0-9]*[A-Z]){3})[0-9A-Z]+")
_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_UNKNOWN = re.compile(r"[1-9][0-9]{4,14}")
_EXIT = "00"
_EXTENSION = 6
"""The most digits of an extension, unless the country's own numbers are as short."""

_OTHER_NAMES = {"UK": "GB", "EL": "GR", "USA": "US", "CAN": "CA", "GBR": "GB", "DEU": "DE"}


class CountryError(ValueError):
    """A country that is not two capital letters of ISO 3166. The message suggests one."""

    def __init__(self, text: str) -> None:
        self.rule = f"must be two capital letters (ISO 3166){_suggestion(text)}"
        super().__init__(f"country is {text!r}: {self.rule}")


class Country(Text):
    """A country, as a setting."""

    __slots__ = ()
    label = "country"
    rule = "must be a country as two capital letters (ISO 3166), such as US or GB"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* is a country with a numbering plan."""
        return text in PLANS and not text.isdigit()


class Countries(Text):
    """Countries, as a setting; the first one is the default for numbers without `+`."""

    __slots__ = ()
    label = "countries"
    rule = "must be countries (ISO 3166), separated by spaces, as in US CA"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* has one country or more, and nothing else."""
        countries = text.replace(",", " ").split()
        return bool(countries) and all(map(Country.accepts, countries))


class Destinations(Text):
    """Countries and prefixes that may be dialed, as a setting: `US CA +4420`."""

    __slots__ = ()
    label = "countries and prefixes"
    rule = "must be countries (ISO 3166) and prefixes, separated by spaces, as in US CA +4420"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* has one country or prefix, or more."""
        entries = text.replace(",", " ").split()
        return bool(entries) and all(map(_is_destination, entries))


class _Number(NamedTuple):
    """A possible reading of a text: a country code and a national number."""

    code: str
    national: str

    @property
    def text(self) -> str:
        return f"+{self.code}{self.national}"

    @property
    def is_public(self) -> bool:
        return _fits(PLANS[MAIN[self.code]], self.national)


def canonical(number: str, home: str) -> str:
    """Return *number* in E.164 form (`+14155550199`), or `anonymous` if it is withheld.

    *home* is the default country (two letters, ISO 3166) for numbers without `+`; raises
    `CountryError` for an unknown one. Accepts separators, `tel:` and `sip:` URIs, and letters in
    place of digits (`1800FLOWERS`). Extensions, service numbers, and other text that is not a
    public number are returned unchanged, cut to 64 characters.

    Text that is not a number of the home country may begin with `00`, or with a country code
    without `+`, as KAZOO's default converters accept (`knm_converter_regex.erl`).
    """
    plan = PLANS[checked_country(home)]
    text = number[:_LONGEST].strip()
    if is_withheld(text):
        return ANONYMOUS
    written = _SEPARATORS.sub("", _user(text)).upper()
    if _DIGITS.fullmatch(written):
        return _public(written, plan) or _abroad(written, plan) or text
    if _VANITY.fullmatch(written):
        return _public(written.translate(_KEYPAD), plan) or text
    return text


def checked_country(text: str) -> str:
    """Return *text* if it is a country as two capital letters. Raises `CountryError`."""
    if text not in PLANS or text.isdigit():
        raise CountryError(text)
    return text


def _is_destination(entry: str) -> bool:
    return Country.accepts(entry) or bool(re.fullmatch(r"\+[1-9][0-9]{0,14}", entry))


def longest_prefix[T](number: str, table: Mapping[str, T], default: T) -> T:
    """Return the value in *table* for the longest prefix of *number*: `+1415` before `+1`.

    Returns *default* if no prefix matches.
    """
    prefixes = (number[:length] for length in range(len(number), 0, -1))
    return next((table[prefix] for prefix in prefixes if prefix in table), default)


def _user(text: str) -> str:
    """The number in a `tel:` or `sip:` URI, with the `+` of its context; other text as it is."""
    uri = _URI.fullmatch(text)
    if uri is None:
        return text
    context = _CONTEXT.search(uri["rest"])
    return f"{context[1]}{uri['user']}" if context else uri["user"]


def _public(written: str, plan: Plan) -> str | None:
    """The public number that *written* (digits, perhaps after `+`) is at home, or `None`."""
    return next((each.text for each in _readings(written, plan) if each.is_public), None)


def _abroad(written: str, plan: Plan) -> str | None:
    """A number that no plan has, if it begins with `+` or the exit code; or `None`."""
    rests = (_UNKNOWN.fullmatch(digits) for digits in _behind_exit(written, plan))
    return next((f"+{rest[0]}" for rest in rests if rest), None)


def _readings(written: str, plan: Plan) -> Iterator[_Number]:
    """The possible meanings of *written*, the likeliest first."""
    for digits in _behind_exit(written, plan):
        yield from _international(digits)
    is_extension = len(written) <= min(_EXTENSION, plan.shortest - 1)
    if is_extension or written.startswith("+"):
        return
    if (national := _without_trunk(plan, written)) != written:
        yield _Number(plan.code, national)
    if plan.trunk and written.startswith(plan.code):
        yield from _without_plus(written)
    if len(written) >= plan.shortest:
        yield _Number(plan.code, written)
    yield from _without_plus(written)
    if written.startswith(_EXIT):
        yield from _international(written.removeprefix(_EXIT))


def _behind_exit(written: str, plan: Plan) -> Iterator[str]:
    """The digits of *written* behind `+` or the exit code, which a carrier's code may end."""
    if written.startswith("+"):
        yield written[1:]
        return
    found = re.match(plan.exit, written)
    if found and found[0].startswith(_EXIT) and re.fullmatch(plan.exit, _EXIT):
        yield written.removeprefix(_EXIT)
    if found:
        yield written[found.end() :]


def _international(digits: str) -> Iterator[_Number]:
    """The number that begins with a country code, without a trunk prefix behind the code."""
    code = next((digits[:length] for length in (1, 2, 3) if digits[:length] in MAIN), None)
    if code:
        plan = PLANS[MAIN[code]]
        national = digits[len(code) :]
        yield _Number(code, national)
        yield _Number(code, _without_trunk(plan, national))


def _without_plus(written: str) -> Iterator[_Number]:
    """The international number that *written* is, if it is as long as those of its country."""
    for number in _international(written):
        if len(number.national) >= PLANS[MAIN[number.code]].shortest:
            yield number


def _without_trunk(plan: Plan, digits: str) -> str:
    """National *digits* without trunk prefix and carrier code; unchanged if they have none."""
    found = re.match(plan.trunk, digits)
    if not found:
        return digits
    if plan.instead and found[found.re.groups]:
        return found.re.sub(plan.instead, digits, count=1)
    return digits[found.end() :]


def _fits(plan: Plan, national: str) -> bool:
    return re.fullmatch(plan.national, national) is not None


def _suggestion(text: str) -> str:
    """The end of a message about *text*: the country to write, if it is known."""
    name = text.strip().upper()
    name = _OTHER_NAMES.get(name, name)
    if name in PLANS and not name.isdigit():
        return f": write {name}"
    code = name.removeprefix("+").removeprefix(_EXIT)
    if code not in MAIN or MAIN[code] == code:
        return ", such as US or GB"
    sharing = {MAIN[code]: None} | {each: None for each in PLANS if PLANS[each].code == code}
    return f": {text} is a calling code, write {' or '.join([*sharing][:3])}"
