"""Bytes to characters, as xmerl decodes them.

Follows `xmerl_lib:detect_charset/2` and `xmerl_ucs:to_unicode/2`. KAZOO hands over only bodies that
are UTF-8, so other encodings matter where their bytes happen to be UTF-8, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pivotctl.xml_document.nodes import XmlError

_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"),)
_SHAPES: Final = (
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0<\0?", "utf-16-be"),
    (b"<\0?\0", "utf-16-le"),
)
_AS_BYTES: Final = frozenset(
    {
        *("ansi_x3.4-1968", "ansi_x3.4-1986", "ascii", "cp367", "csascii", "ibm367", "iso-ir-6"),
        *("iso646-us", "iso_646.irv:1991", "us", "us-ascii"),
        *("csisolatin1", "cp819", "ibm819", "iso-8859-1", "iso-ir-100", "iso_8859-1"),
        *("iso_8859-1:1987", "l1", "latin1"),
        *("csiso10646utf1", "csiso646basic1983", "iso-10646-utf-1", "iso_646.basic:1983", "ref"),
    }
)
"""Names under which xmerl takes each byte for a character."""

_LATIN_9: Final = frozenset({"iso_8859-15", "iso-8859-15", "latin9"})
_UTF8_FIX: Final = 'Send UTF-8, and write encoding="UTF-8" or no encoding.'


@dataclass(frozen=True, slots=True)
class Decoded:
    """Characters of a body; `final` if xmerl recognized the encoding from the first bytes.

    Then it ignores the encoding that the declaration names.
    """

    text: str
    final: bool


def decoded(body: bytes) -> Decoded:
    """Decode a body by its byte order mark or its first bytes, else as UTF-8.

    Raises `XmlError`.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return Decoded(_decode(body.removeprefix(mark), name), final=True)
    for shape, name in _SHAPES:
        if body.startswith(shape):
            return Decoded(_decode(body, name), final=True)
    return Decoded(_decode(body, "utf-8"), final=False)


def _decode(body: bytes, name: str) -> str:
    try:
        return body.decode(name)
    except UnicodeDecodeError as error:
        raise XmlError(f"not {name.upper()}", 1, _UTF8_FIX) from error


def declared(text: str, name: str) -> str:
    """Return text decoded as UTF-8 in the encoding that the declaration names.

    Raises `XmlError` for an encoding that xmerl does not know, such as utf8 or windows-1252, and
    for UTF-16 and UCS-4, which a body in UTF-8 cannot be.
    """
    match name.lower():
        case "utf-8":
            return text
        case same if same in _AS_BYTES:
            return text.encode().decode("latin-1")
        case same if same in _LATIN_9:
            return text.encode().decode("iso-8859-15")
        case _:
            raise XmlError(f"KAZOO does not know the encoding {name!r}", 1, _UTF8_FIX)
