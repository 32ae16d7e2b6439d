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
    return "".join(_VALUE[byte] for byte in text.encode("utf-8", "surrogatepass"))


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
            return "&".join(f"{key}[]={encode_value(text)}" for text in _items(key, value))
        case _:
            return f"{key}={encode_value(_scalar(key, value))}"


def _items(key: str, values: list[Json]) -> Iterator[str]:
    for value in values:
        yield json_text(value) if isinstance(value, dict | list) else _scalar(key, value)


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
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}{form}{hash_mark}{fragment}" if form else url
