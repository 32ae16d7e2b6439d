"""The text of a document while it is scanned: position, line, and small tokens."""

from __future__ import annotations

import re

from pivotctl.xml_document.names import ILLEGAL, NAME, TOKEN, is_atom
from pivotctl.xml_document.nodes import XmlError

MAX_TEXT = 1_000_000
"""Characters that entities may expand to before the document is refused."""

ESCAPED = "Write & as &amp; and < as &lt;, and put attribute values in quotes."
_SPACE = re.compile("[ \t\r\n]*")


class Source:
    """A text and a position in it; `final` if it was decoded by its first bytes.

    Entities are read by pushing their text in front of the rest.
    """

    def __init__(self, text: str, *, final: bool = False, line: int = 1) -> None:
        self.text = text
        self.at = 0
        self.final = final
        self._line = line
        self._counted = 0
        self._pushed = 0

    @property
    def line(self) -> int:
        """The line of the position, from 1."""
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    @property
    def ended(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self.text)

    def error(self, rule: str, fix: str = ESCAPED) -> XmlError:
        """Return the error of this position."""
        column = self.at - self.text.rfind("\n", 0, self.at)
        return XmlError(f"{rule} near column {column}", self.line, fix)

    def starts(self, prefix: str) -> bool:
        """Return whether the rest begins with *prefix*."""
        return self.text.startswith(prefix, self.at)

    def take(self, prefix: str) -> bool:
        """Go past *prefix*, if it is next."""
        found = self.starts(prefix)
        self.at += len(prefix) if found else 0
        return found

    def need(self, prefix: str, where: str) -> None:
        """Go past *prefix*. Raises `XmlError` if it is not next."""
        if not self.take(prefix):
            raise self.error(f"{prefix} is missing {where}")

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Go past a match of *pattern*, and return it."""
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found

    def space(self) -> bool:
        """Go past whitespace, and return whether there was any."""
        start = self.at
        self.match(_SPACE)
        return self.at > start

    def need_space(self) -> None:
        """Go past whitespace. A parameter entity needs none. Raises `XmlError`."""
        parameter = self.starts("%") and self.text[self.at + 1 : self.at + 2] not in tuple(
            " \t\r\n"
        )
        if not self.space() and not parameter:
            raise self.error("a space is missing")

    def name(self) -> str:
        """Go past a name. Raises `XmlError`."""
        found = self.match(NAME)
        if not found or not is_atom(found[0]):
            raise self.error("not well-formed (a name is missing)")
        return found[0]

    def token(self) -> None:
        """Go past a token of a list of values. Raises `XmlError`."""
        if not self.match(TOKEN):
            raise self.error("not well-formed (a token is missing)")

    def until(self, end: str, what: str) -> str:
        """Go past *end*, and return the characters before it. Raises `XmlError`."""
        found = self.text.find(end, self.at)
        if found < 0:
            raise self.error(f"{what} does not end", f"End it with {end}")
        taken = self.legal(self.text[self.at : found])
        self.at = found + len(end)
        return taken

    def legal(self, text: str) -> str:
        """Return *text*. Raises `XmlError` if XML forbids one of its characters."""
        if found := ILLEGAL.search(text):
            raise self.error(
                f"XML forbids the character U+{ord(found[0]):04X}", "Remove this character."
            )
        return text

    def push(self, text: str) -> None:
        """Put the text of an entity in front of the rest. Raises `XmlError` if that is too much."""
        self._pushed += len(text)
        if self._pushed > MAX_TEXT:
            raise self.error(f"entities expand to more than {MAX_TEXT} characters")
        self._line = self.line
        self.text = text + self.text[self.at :]
        self.at = self._counted = 0

    def comment(self) -> None:
        """Go past a comment, behind its `<!--`, and the whitespace after it. Raises `XmlError`."""
        self.until("--", "a comment")
        self.need(">", "after -- in a comment")
        self.space()

    def instruction(self) -> None:
        """Go past a processing instruction, behind its `<?`. Raises `XmlError`."""
        if self.text[self.at : self.at + 3].lower() == "xml":
            self.at += 3
            if not self.take("-stylesheet"):
                raise self.error("an XML declaration in the wrong place", _DECLARATION)
        else:
            self.name()
        if self.take("?>"):
            return
        if not self.space():
            raise self.error("a space is missing")
        self.until("?>", "a processing instruction")


_DECLARATION = "Put <?xml at the very beginning, once."
