"""Reads logs as people export them: plain or compressed, in UTF-8 or UTF-16, files or folders."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import sys
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

STANDARD_INPUT = "-"

_GZIP = b"\x1f\x8b"
_MOST_LAYERS = 3
"""A file may be compressed by the service that exports it, and again by hand."""

_BYTES_AT_ONCE = 1 << 16
_BEGINNING = 1000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


class LogText(NamedTuple):
    """The text of a log, its name, and the reason why the rest cannot be read, if so."""

    name: str
    text: str
    fault: str = ""


def logs_in(paths: Iterable[Path]) -> Iterator[LogText]:
    """Read each file, all files in each folder, and standard input for `-`. Raises `OSError`."""
    for path in paths:
        if str(path) == STANDARD_INPUT:
            yield log_text("standard input", sys.stdin.buffer.read())
        elif path.is_dir():
            yield from logs_in(sorted(each for each in path.rglob("*") if each.is_file()))
        else:
            yield log_text(str(path), path.read_bytes())


def log_text(name: str, data: bytes) -> LogText:
    """Return the text in *data*, unpacked and decoded as far as possible.

    Bytes that are not in the encoding become lone surrogates or U+FFFD.
    """
    fault = ""
    for _ in range(_MOST_LAYERS):
        if not data.startswith(_GZIP) or fault:
            break
        data, fault = unpacked(data)
    text = _COLOR.sub("", _decoded(data))
    if "\0" in text[:_BEGINNING]:
        return LogText(name, "", "is not a text; give the log as text, JSON, CSV, or gzip")
    return LogText(name, text, fault)


def unpacked(data: bytes) -> tuple[bytes, str]:
    """Return the content of all members of a gzip file, and the reason if it breaks off."""
    parts = []
    try:
        with gzip.open(io.BytesIO(data)) as file:
            while part := file.read1(_BYTES_AT_ONCE):
                parts.append(part)
    except EOFError:
        return b"".join(parts), "breaks off: the gzip file is incomplete"
    except (OSError, zlib.error):
        return b"".join(parts), "breaks off: the gzip file is damaged"
    return b"".join(parts), ""


def _decoded(data: bytes) -> str:
    encoding = _encoding(data)
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    return data.decode(encoding, errors)


def _encoding(data: bytes) -> str:
    """The encoding by its byte order mark, or by the zeros of UTF-16 without one."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    beginning = data[:_BEGINNING]
    low, high = beginning[::2].count(0), beginning[1::2].count(0)
    if max(low, high) * 4 > len(beginning):
        return "utf-16-le" if high > low else "utf-16-be"
    return "utf-8"
