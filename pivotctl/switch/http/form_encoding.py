"""KAZOO's own form encoding: JSON values to form text, and form text into a URL.

Follows `kz_http_util:json_to_querystring/1` (`core/kazoo_web/src/kz_http_util.erl`), which is not
`application/x-www-form-urlencoded` as browsers write it: keys are never encoded, an empty object or
list leaves an empty segment, and objects inside a list become JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-~_")
_VALUE = {byte: chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in range(256)} | {
    ord(" "): "+"
}


class EncodeError(Exception):
    """A value on which KAZOO's encoder crashes, such as a null inside an object."""


def encode_value(text: str) -> str:
    """Encode `text` as a form value: letters, digits, and `.-~_` stay, a space becomes `+`."""
    return _encoded(text.encode("utf-8", "surrogatepass"))


def _encoded(content: bytes) -> str:
    return "".join(_VALUE[byte] for byte in content)


def json_text(value: Json) -> str:
    """Return compact JSON as KAZOO writes it: no spaces, and UTF-8 unescaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def form_text(parameters: Mapping[str, Json]) -> str:
    """Return the form text of a request: parameters in the order given, keys raw.

    Raises `EncodeError` for a null, on which KAZOO's encoder crashes.
    """
    return "&".join(_segments(key, value) for key, value in parameters.items())


def _segments(key: str, value: Json) -> str:
    match value:
        case dict():
            return "&".join(_segments(f"{key}[{name}]", item) for name, item in value.items())
        case list():
            return "&".join(f"{key}[]={_encoded(item)}" for item in _items(key, value))
        case _:
            return f"{key}={encode_value(_scalar(key, value))}"


def _items(key: str, values: list[Json]) -> Iterator[bytes]:
    for value in values:
        match value:
            case list():
                yield _iolist(key, value)
            case dict() | None:
                yield json_text(value).encode("utf-8", "surrogatepass")
            case _:
                yield _scalar(key, value).encode("utf-8", "surrogatepass")


def _iolist(key: str, value: Json) -> bytes:
    """Join a list inside a list as Erlang does: texts, and integers that are bytes.

    Raises `EncodeError` for anything else.
    """
    match value:
        case list():
            return b"".join(_iolist(key, item) for item in value)
        case str():
            return value.encode("utf-8", "surrogatepass")
        case int() if not isinstance(value, bool) and value in range(256):
            return bytes([value])
        case _:
            text = f"{key} has {json_text(value)} in a list inside a list"
            raise EncodeError(f"{text}: KAZOO's form encoder crashes on it")


def _scalar(key: str, value: Json) -> str:
    match value:
        case None:
            raise EncodeError(f"{key} is null: KAZOO's form encoder crashes on it")
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case _:
            return json.dumps(value)


def with_query(url: str, form: str) -> str:
    """Return `url` with `form` added to its query, before a fragment (`pivot_call:uri/2`)."""
    address, hash_mark, fragment = url.partition("#")
    _, mark, query = address.partition("?")
    joint = "" if mark and not query else "&" if mark else "?"
    return f"{address}{joint}{form}{hash_mark}{fragment}" if form else url
