"""Decode KAZOO's parameters from a form, a query string, or a JSON body into a nested mapping.

Follows `kz_http_util:json_to_querystring/1`. Values are percent-encoded, but keys are not: a
variable named `a&b` arrives as `Custom-Application-Vars[a&b]=...`, and `[x[y]]` is one key. Empty
objects arrive as empty segments (`&&&`). Decoding takes time linear in the length of the text.
"""

import json
from collections.abc import Iterable

from pivotkit.core.errors import Malformed

type Value = str | int | float | bool | list[Value] | dict[str, Value] | None
type FieldPath = tuple[str, list[str]]
"""A field's name and the keys in brackets that follow it; `[]` is the key ''."""

MAX_FIELDS = 256
MAX_DEPTH = 4

OBJECTS = frozenset({"Digits", "Custom-Application-Vars", "Custom-SIP-Headers"})
"""Parameters that are always objects: `Digits[]=4` is the key '', not a list."""

_CHARACTERS = {f"{byte:02X}": chr(byte) for byte in range(256)}
"""Latin-1 characters (one per byte) by percent-escape, in upper case as KAZOO writes it."""

_NO_KEYS: list[str] = []


class Parameters:
    """Fields collected into nested objects, within the limits for a request.

    *reserved* names have a meaning in KAZOO and must not be sent twice: neither the first nor the
    last value can be trusted, because a variable's raw key can forge a field. Other names may
    repeat; the last value counts.
    """

    def __init__(self, reserved: frozenset[str]) -> None:
        self.values: dict[str, Value] = {}
        self._reserved = reserved
        self._count = 0

    def add(self, name: str, keys: list[str], value: str) -> None:
        """Add one field. Raises `Malformed` if it is a duplicate or exceeds a limit."""
        self._count += 1
        if self._count > MAX_FIELDS:
            raise Malformed(f"more than {MAX_FIELDS} fields")
        if keys:
            self._add_keyed(name, keys, value)
        elif name in self.values:
            self._add_again(name, value)
        else:
            self.values[name] = value

    def _add_again(self, name: str, value: str) -> None:
        if name in self._reserved or not isinstance(self.values[name], str):
            raise Malformed(f"{name}: sent twice")
        self.values[name] = value

    def _add_keyed(self, name: str, keys: list[str], value: str) -> None:
        is_list = keys[-1] == "" and not (len(keys) == 1 and name in OBJECTS)
        names = keys[:-1] if is_list else keys
        if len(names) >= MAX_DEPTH:
            raise Malformed(f"{name}: nested deeper than {MAX_DEPTH} names")
        if isinstance(self.values.get(name), str):
            raise Malformed(f"{name}: sent as text and as an object")
        self._add_nested(name, names, value, is_list=is_list)

    def _add_nested(self, name: str, names: list[str], value: str, *, is_list: bool) -> None:
        holder: dict[str, Value] = self.values
        last = name
        for key in names:
            inner = holder.setdefault(last, {})
            if not isinstance(inner, dict):
                raise Malformed(f"{name}[{key}]: sent as a value and as an object")
            holder, last = inner, key
        if not is_list:
            if last in holder:
                raise Malformed(f"{name}[{last}]: sent twice")
            holder[last] = value
            return
        items = holder.setdefault(last, [])
        if not isinstance(items, list):
            raise Malformed(f"{name}: sent as a value and as a list")
        items.append(_list_item(value))


def read_form(text: str, into: Parameters) -> None:
    """Decode form text or a raw query string into *into*. Raises `Malformed`."""
    segments = text.split("&")
    for at, segment in enumerate(segments):
        if not segment:
            continue
        key, _, value = segment.partition("=")
        name, keys = key, _NO_KEYS
        if "[" in key:
            name, _, brackets = key.partition("[")
            keys = _plain_keys(brackets)
            if not keys:
                _read_odd("&".join(segments[at:]), into)
                return
        elif "%" in key:
            name, keys = _split_key(key)
        if "%" in value or "+" in value:
            value = _unquote(value)
        into.add(name, keys, value)


def read_pairs(pairs: Iterable[tuple[str, str]], into: Parameters) -> None:
    """Add pairs that API Gateway has already decoded (payload 1.0). Raises `Malformed`."""
    for key, value in pairs:
        name, keys = _split_key(key)
        into.add(name, keys, value)


def read_json(body: bytes) -> dict[str, Value]:
    """Decode a JSON body: one object, with the limits of a form. Raises `Malformed`."""
    try:
        document = json.loads(body, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed("the body is not valid JSON") from error
    if not isinstance(document, dict):
        raise Malformed("the body is not a JSON object")
    if b"\\u" in body:
        _refuse_lone_surrogates(document)
    if _count(document, 0) > MAX_FIELDS:
        raise Malformed(f"more than {MAX_FIELDS} fields")
    return document


def text_of(body: bytes) -> str:
    """Decode *body* as UTF-8. Raises `Malformed`."""
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Malformed("the body is not UTF-8") from error


def _plain_keys(brackets: str) -> list[str]:
    """The keys in `a][b]`; an empty list if they contain `&`, `=`, or nested brackets."""
    if brackets[-1:] != "]":
        return []
    inner = brackets[:-1]
    keys = inner.split("][")
    plain = inner if len(keys) == 1 else "".join(keys)
    return [] if "[" in plain or "]" in plain else keys


def _read_odd(text: str, into: Parameters) -> None:
    """Do the work of `read_form` character by character, for keys that contain separators."""
    start, length = 0, len(text)
    while start < length:
        end = _find(text, "&", start, length)
        bracket = text.find("[", start, _find(text, "=", start, end))
        if bracket < 0:
            read_form(text[start:end], into)
        else:
            keys, value = _keys(text, bracket)
            end = _find(text, "&", value, length)
            into.add(text[start:bracket], keys, _unquote(text[value:end]))
        start = end + 1


def _find(text: str, wanted: str, start: int, end: int) -> int:
    """The index of *wanted* between *start* and *end*, or *end* if it is not found."""
    at = text.find(wanted, start, end)
    return end if at < 0 else at


def _keys(text: str, bracket: int) -> tuple[list[str], int]:
    """The keys in brackets from index *bracket* on, and the index at which the value starts."""
    keys: list[str] = []
    depth = begin = 0
    for at in range(bracket, len(text)):
        if text[at] == "[":
            depth += 1
            begin = at + 1 if depth == 1 else begin
        elif text[at] == "]":
            depth -= 1
            if depth:
                continue
            keys.append(text[begin:at])
            follower = text[at + 1 : at + 2]
            if follower != "[":
                return keys, _value_start(follower, at)
    raise Malformed("a key's bracket is not closed")


def _value_start(follower: str, at: int) -> int:
    if follower == "=":
        return at + 2
    if follower in ("", "&"):
        return at + 1
    raise Malformed("text between a key's bracket and its '='")


def _split_key(key: str) -> FieldPath:
    """Split a key as sent; decode it first if a client other than KAZOO encoded its brackets."""
    if "[" not in key and "%5b" in key.lower():
        key = _unescape(key)
    name, bracket, brackets = key.partition("[")
    if not bracket:
        return key, []
    return name, _plain_keys(brackets) or _keys(key, len(name))[0]


def _unquote(value: str) -> str:
    return _unescape(value.replace("+", " "))


def _unescape(text: str) -> str:
    """Decode percent-escapes without `urllib.parse`, whose import takes a tenth of a cold start."""
    if "%" not in text:
        return text
    try:
        bytewise = text if text.isascii() else text.encode().decode("latin-1")
        found = _unescaped(bytewise.split("%"))
        return found if found.isascii() else found.encode("latin-1").decode()
    except UnicodeError as error:
        raise Malformed("a name or value is not UTF-8") from error


def _unescaped(parts: list[str]) -> str:
    """Join *parts*, the text split at each `%`, with their escapes decoded."""
    first = parts.pop(0)
    try:
        return first + "".join([_CHARACTERS[part[:2]] + part[2:] for part in parts])
    except KeyError:
        return first + "".join(map(_lenient, parts))


def _lenient(part: str) -> str:
    """Decode a lower-case escape, or keep a `%` that starts no escape."""
    character = _CHARACTERS.get(part[:2].upper())
    return f"%{part}" if character is None else character + part[2:]


def _list_item(value: str) -> Value:
    """Decode an object inside a list, which KAZOO writes as JSON text."""
    if not value.startswith("{"):
        return value
    try:
        return read_json(value.encode())
    except Malformed:
        return value


def _count(value: Value, depth: int) -> int:
    """The number of fields in *value*. Raises `Malformed` if it is nested too deeply."""
    if isinstance(value, dict):
        if depth >= MAX_DEPTH and value:
            raise Malformed(f"nested deeper than {MAX_DEPTH} names")
        return sum(_count(item, depth + 1) for item in value.values())
    if isinstance(value, list):
        nested = depth + any(isinstance(item, list) for item in value)
        if nested > MAX_DEPTH:
            raise Malformed(f"nested deeper than {MAX_DEPTH} names")
        return sum(_count(item, nested) for item in value)
    return 1


def _refuse_lone_surrogates(document: dict[str, Value]) -> None:
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Malformed("the body contains a lone surrogate") from error


def _unique(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed("a name is sent twice in one object")
    return members


def _no_constant(name: str) -> Value:
    raise Malformed(f"{name} is not JSON")
