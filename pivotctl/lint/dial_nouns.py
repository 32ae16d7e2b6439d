"""Nouns of a Dial: which of them KAZOO dials, skips, or fails on.

Follows `kzt_twiml_dial:exec/3`: a text in front is dialed alone; a noun without anything beside it
may be any; of several, only users and devices are rung.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pivotctl.lint import fates
from pivotctl.lint.fates import NOUNS, Fate
from pivotctl.xml_document import Element, Text
from pivotctl.xml_document.nodes import text_of

_ID_LENGTH = 32
_SIP_ADDRESS = re.compile(r"<*(?:sips?:)?[^@]*@[^:]+")


@dataclass(frozen=True, slots=True)
class Nouns:
    """The number in front of the nouns, if any, the nouns, and whether there is only one.

    `readable` is false if the Dial begins with anything but a text or a noun.
    """

    number: str
    nouns: tuple[Element, ...]
    alone: bool
    readable: bool = True

    @classmethod
    def of(cls, dial: Element) -> Nouns:
        """Read the content of a Dial as KAZOO does; a text of one space does not count."""
        nodes = [
            node for node in dial.children if not (isinstance(node, Text) and node.value == " ")
        ]
        nouns = tuple(dial.elements)
        match nodes:
            case [Text(cdata=False), *_]:
                return cls(_digits(text_of(nodes)), nouns, len(nouns) == 1)
            case [Element(), *_]:
                return cls("", nouns, len(nodes) == 1)
            case _:
                return cls("", nouns, alone=False, readable=False)

    @property
    def is_number(self) -> bool:
        """Whether KAZOO dials a number."""
        return bool(self.number) or (self.alone and self.nouns[0].name == "Number")

    @property
    def rings(self) -> bool:
        """Whether KAZOO rings users and devices."""
        return not self.number and self.readable and any(map(_is_endpoint, self.nouns))

    @property
    def fault(self) -> Fate | None:
        """The fate of the Dial if its content decides it, else None."""
        if self.number == "0":
            return fates.ZERO
        if self.number:
            return None
        if not self.readable or not self.nouns:
            return fates.NO_ONE
        names = [noun.name for noun in self.nouns]
        return fates.NUMBERS if not self.alone and "Number" in names else None

    def fate(self, noun: Element) -> Fate:
        """Return the fate of a noun in this Dial."""
        if self.number:
            return fates.IGNORED_NOUN
        if not self.readable:
            return fates.NO_ONE
        known = self._known_fate(noun)
        if known:
            return known
        if self.rings:
            return fates.SKIPPED
        return self._uncalled_fate(noun)

    def _known_fate(self, noun: Element) -> Fate | None:
        """Return the fate of a noun that KAZOO dials or fails on; None if it skips it."""
        if _is_endpoint(noun):
            return fates.KAZOOS_OWN
        if noun.name == "Number":
            return _number_fate(noun) if self.alone else fates.BESIDE
        if noun.name == "Sip" and _SIP_ADDRESS.match(noun.text):
            return NOUNS["Sip"].fate
        alone = self.alone and noun.name in ("Conference", "Queue")
        return NOUNS[noun.name].fate if alone else None

    @staticmethod
    def _uncalled_fate(noun: Element) -> Fate:
        """Return the fate of a noun that is skipped, with no one else to call."""
        if noun.name in fates.OWN_NOUNS:
            return fates.LONG_ID
        if noun.name == "Sip":
            return fates.NOT_A_SIP_ADDRESS
        if noun.name == "Conference":
            return fates.BESIDE
        entry = NOUNS.get(noun.name)
        return entry.fate if entry else fates.UNKNOWN_NOUN


def _digits(text: str) -> str:
    return "".join(character for character in text if character in "0123456789+")


def _is_endpoint(noun: Element) -> bool:
    return noun.name in fates.OWN_NOUNS and len(noun.text) == _ID_LENGTH


def _number_fate(noun: Element) -> Fate:
    number = _digits(noun.text)
    if number == "0":
        return fates.ZERO
    return NOUNS["Number"].fate if number else fates.NO_DIGITS
