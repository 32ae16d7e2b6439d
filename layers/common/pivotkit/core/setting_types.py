"""Types of settings, in KAZOO's words. A value of a type is always valid.

Each is a text or a whole number that its constructor checks, so a wrong value fails where it is
written: in the class, in a deployment, or when an operator sets it for an account.
"""

import re
from typing import ClassVar, Self

MOST_CHARACTERS = 1000
"""The longest text of a setting."""

_MOST_DIGITS = 15
_HEX = frozenset("0123456789abcdef")
_DIGITS = frozenset("0123456789")


class Text(str):
    """A text of a setting: one line, and not empty.

    A subclass says what its values are in `label`, and what they must be in `rule`.
    """

    __slots__ = ()
    label: ClassVar[str] = "text"
    rule: ClassVar[str] = f"must be one line of 1 to {MOST_CHARACTERS} characters"

    def __new__(cls, text: str) -> Self:
        """Check *text*. Raises `ValueError` with the rule."""
        if not (0 < len(text) <= MOST_CHARACTERS and text.isprintable() and cls.accepts(text)):
            raise ValueError(cls.rule)
        return super().__new__(cls, text)

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* keeps the type's rule."""
        del text
        return True


class Whole(int):
    """A whole number of a setting, from `least` to `most`; never a negative one."""

    __slots__ = ()
    label: ClassVar[str] = "whole number"
    least: ClassVar[int] = 0
    most: ClassVar[int] = 1_000_000_000

    def __new__(cls, number: int | str) -> Self:
        """Check *number*, which may be a text. Raises `ValueError` with the rule."""
        text = str(number).strip()
        if text.isdigit() and text.isascii() and len(text) <= _MOST_DIGITS:
            made = super().__new__(cls, text)
            if cls.least <= made <= cls.most:
                return made
        raise ValueError(cls.rule_of())

    @classmethod
    def rule_of(cls) -> str:
        """The rule of the type: its smallest and its largest number."""
        return f"must be a whole number from {cls.least} to {cls.most}"


# -- documents of the account ----------------------------------------------------------------------


class DocumentId(Text):
    """The ID of a document in KAZOO."""

    __slots__ = ()
    label = "ID"
    rule = "must be an ID of 32 hexadecimal digits, as KAZOO's pages and its API show it"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* is such an ID."""
        return len(text) == 32 and _HEX.issuperset(text)  # noqa: PLR2004


class AccountId(DocumentId):
    """The ID of an account."""

    __slots__ = ()
    label = "account ID"


class CallflowId(DocumentId):
    """The ID of a callflow of the account."""

    __slots__ = ()
    label = "callflow ID"


class ConferenceId(DocumentId):
    """The ID of a conference of the account."""

    __slots__ = ()
    label = "conference ID"


class DeviceId(DocumentId):
    """The ID of a device of the account."""

    __slots__ = ()
    label = "device ID"


class DirectoryId(DocumentId):
    """The ID of a directory of the account."""

    __slots__ = ()
    label = "directory ID"


class FaxboxId(DocumentId):
    """The ID of a fax box of the account."""

    __slots__ = ()
    label = "fax box ID"


class GroupId(DocumentId):
    """The ID of a group of the account."""

    __slots__ = ()
    label = "group ID"


class ListId(DocumentId):
    """The ID of a list of the account: numbers with names, or caller IDs by key."""

    __slots__ = ()
    label = "list ID"


class MailboxId(DocumentId):
    """The ID of a voicemail box of the account."""

    __slots__ = ()
    label = "voicemail box ID"


class MenuId(DocumentId):
    """The ID of a menu of the account."""

    __slots__ = ()
    label = "menu ID"


class QueueId(DocumentId):
    """The ID of a call queue of the account."""

    __slots__ = ()
    label = "queue ID"


class UserId(DocumentId):
    """The ID of a user of the account."""

    __slots__ = ()
    label = "user ID"


class _DocumentIds(Text):
    """IDs of documents, separated by spaces or commas."""

    __slots__ = ()
    rule = "must be IDs of 32 hexadecimal digits, separated by spaces or commas"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* has one ID or more, and nothing else."""
        ids = text.replace(",", " ").split()
        return bool(ids) and all(map(DocumentId.accepts, ids))


class DeviceIds(_DocumentIds):
    """IDs of devices of the account, separated by spaces or commas."""

    __slots__ = ()
    label = "device IDs"

    @property
    def each(self) -> list[DeviceId]:
        """The IDs, in their order."""
        return [DeviceId(text) for text in self.replace(",", " ").split()]


class UserIds(_DocumentIds):
    """IDs of users of the account, separated by spaces or commas."""

    __slots__ = ()
    label = "user IDs"

    @property
    def each(self) -> list[UserId]:
        """The IDs, in their order."""
        return [UserId(text) for text in self.replace(",", " ").split()]


class Names(Text):
    """Names, such as those of fields or types of documents, separated by spaces or commas."""

    __slots__ = ()
    label = "names"
    rule = "must be names of letters, digits, _ and -, separated by spaces or commas"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* has one name or more, and nothing else."""
        names = text.replace(",", " ").split()
        plain = (name.replace("_", "").replace("-", "") for name in names)
        return bool(names) and all(each.isalnum() and each.isascii() for each in plain)

    @property
    def each(self) -> list[str]:
        """The names, in their order."""
        return self.replace(",", " ").split()


# -- numbers and addresses -------------------------------------------------------------------------


class PhoneNumber(Text):
    """A public number, in E.164 form."""

    __slots__ = ()
    label = "phone number"
    rule = "must be a number such as +14155550123: a plus and 5 to 15 digits"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* is a number with its country code."""
        return text[0] == "+" and 5 <= len(text) - 1 <= 15 and _DIGITS.issuperset(text[1:])  # noqa: PLR2004


class Extension(Text):
    """An extension of the account."""

    __slots__ = ()
    label = "extension"
    rule = "must be an extension of 1 to 10 digits, * or #"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* can be dialed within the account."""
        return len(text) <= 10 and (_DIGITS | {"*", "#"}).issuperset(text)  # noqa: PLR2004


class DialedNumber(Text):
    """A number or an extension, as people dial it, see it, or hear it."""

    __slots__ = ()
    label = "number or extension"
    rule = "must be 1 to 20 digits, * or #, perhaps after a plus"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* can be dialed on a phone of the account."""
        keys = text.removeprefix("+")
        return 0 < len(keys) <= 20 and (_DIGITS | {"*", "#"}).issuperset(keys)  # noqa: PLR2004


class NumberToDial(Text):
    """A public number, or the word `dialled` for the one that the caller has dialed."""

    __slots__ = ()
    label = "phone number or dialled"
    rule = "must be a number such as +14155550123, or the word dialled"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* is a number with its country code, or the word."""
        return text == "dialled" or PhoneNumber.accepts(text)

    @property
    def fixed(self) -> PhoneNumber | None:
        """The number; `None` for the one that the caller has dialed."""
        return None if self == "dialled" else PhoneNumber(self)


class NumberPattern(Text):
    """A regular expression for numbers, which KAZOO tries anywhere in a number."""

    __slots__ = ()
    label = "pattern of numbers"
    rule = r"must be a regular expression of digits and + ^ $ . * ? | ( ) [ ] { } - , \ and d"
    _characters: ClassVar = re.compile(r"(?:\\[d+*.]|[0-9+^$.*?|()\[\]{},-])+")

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* is a pattern that KAZOO can compile: it would drop the call else."""
        try:
            return bool(cls._characters.fullmatch(text) and re.compile(text))
        except re.error:
            return False


class PresenceId(Text):
    """A presence ID, with or without the account's realm."""

    __slots__ = ()
    label = "presence ID"
    rule = "must be one word, such as reception or reception@example.com"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* is one word."""
        return " " not in text


class Url(Text):
    """An absolute URL without user, query, or fragment."""

    __slots__ = ()
    label = "URL"
    rule = "must be a URL such as https://crm.example.com/v1, without user, query, or fragment"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* has a scheme and a host, and nothing that hides either."""
        scheme, _, rest = text.partition("://")
        host = rest.partition("/")[0]
        return scheme in {"https", "http"} and bool(host) and not set(" @?#\\") & set(text)


class Media(Text):
    """A recording: a media document of the account, or a URL."""

    __slots__ = ()
    label = "media ID or URL"
    rule = "must be the ID of a media document, or a URL that begins with http:// or https://"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* is one word, with a scheme that KAZOO requests if it has one."""
        scheme, colon, _ = text.partition("://")
        return " " not in text and (not colon or scheme in {"http", "https"})


# -- words -----------------------------------------------------------------------------------------


class Words(Text):
    """A text that callers hear."""

    __slots__ = ()
    label = "spoken text"
    rule = f"must be 1 to {MOST_CHARACTERS} characters that can be spoken, without ${{"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether the media server speaks *text* as it is written."""
        return "${" not in text and any(map(str.isalnum, text))


class LanguageCode(Text):
    """The language of prompts and spoken texts."""

    __slots__ = ()
    label = "language"
    rule = "must be a language such as en or en-us, in small letters"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* is a language, perhaps with a country."""
        return text.islower() and text.isascii() and all(map(str.isalnum, text.split("-")))


class RoomName(Text):
    """The name of a conference room."""

    __slots__ = ()
    label = "room name"
    rule = "must be 1 to 64 letters, digits, spaces, _ and -"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* is a short name without special characters."""
        plain = text.replace(" ", "").replace("_", "").replace("-", "")
        return len(text) <= 64 and plain.isalnum()  # noqa: PLR2004


# -- whole numbers ---------------------------------------------------------------------------------


class Seconds(Whole):
    """A time in seconds, at most a day."""

    __slots__ = ()
    label = "seconds"
    least = 1
    most = 86_400


class Minutes(Whole):
    """A time in minutes, at most a week."""

    __slots__ = ()
    label = "minutes"
    least = 1
    most = 10_080


class Hours(Whole):
    """A time in hours, at most a month."""

    __slots__ = ()
    label = "hours"
    least = 1
    most = 744


class Days(Whole):
    """A time in days, at most ten years."""

    __slots__ = ()
    label = "days"
    least = 1
    most = 3650


class Cents(Whole):
    """An amount of money, in cents."""

    __slots__ = ()
    label = "amount in cents"


class Count(Whole):
    """A number of things: one or more."""

    __slots__ = ()
    label = "number"
    least = 1
    most = 1_000_000


class Few(Whole):
    """A small number of things: at most 50."""

    __slots__ = ()
    label = "number"
    least = 1
    most = 50


class SipCode(Whole):
    """The code of a SIP response that ends a call."""

    __slots__ = ()
    label = "SIP code"
    least = 400
    most = 699
