"""Decode KAZOO's parameters from a form, a query string, or a JSON body into a nested mapping.

Follows `kz_http_util:json_to_querystring/1`. Values are percent-encoded, but keys are not: a
variable named `a&b` arrives as `Custom-Application-Vars[a&b]=...`, and `[x[y]]` is one key. Empty
objects arrive as empty segments (`&&&`). Decoding takes time linear in the length of the text.

Variables hold any JSON, under any name. A limit, an ambiguity, or an unreadable part among them
leaves out only what it concerns. KAZOO's own parameters are exact, or the request is refused.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator

from pivotkit.core.errors import Malformed

type Value = str | int | float | bool | list[Value] | dict[str, Value] | None
type FieldPath = tuple[str, list[str]]
"""A field's name and the keys in brackets that follow it; `[]` is the key ''."""

MAX_FIELDS = 1000
"""Limit on the members of one object or list. Those after it are cut."""

MAX_DEPTH = 16
"""Limit on nested names, the parameter's own included. What is nested deeper is cut."""

MAX_DIGITS = 4000
"""Limit on the digits of an integer in JSON. A longer one is read as text."""

OBJECTS = frozenset({"Digits", "Custom-Application-Vars", "Custom-SIP-Headers"})
"""Parameters that are always objects: `Digits[]=4` is the key '', not a list."""

VARIABLES = frozenset({"Custom-Application-Vars"})
"""Reserved parameters whose content is not KAZOO's own."""

_CHARACTERS = {f"{byte:02X}": chr(byte) for byte in range(256)}
"""Latin-1 characters (one per byte) by percent-escape, in upper case as KAZOO writes it."""

_NO_KEYS: list[str] = []


class Parameters:
    """Fields collected into nested objects, within the limits for a request.

    *reserved* names have a meaning in KAZOO. They must not be sent twice, because neither the first
    nor the last value can be trusted: a variable's raw key can forge a field. Other names may
    repeat; the last value counts. Anywhere else, what is ambiguous, unreadable, or beyond a limit
    is left out, and `cut` is true.
    """

    def __init__(self, reserved: frozenset[str] = frozenset()) -> None:
        self.cut = False
        self._fields: dict[str, Value] = {}
        self._reserved = reserved
        self._exact = reserved - VARIABLES
        self._ambiguous: list[tuple[dict[str, Value], str]] = []

    @property
    def values(self) -> dict[str, Value]:
        """The fields, without those that were sent with different meanings."""
        for holder, name in self._ambiguous:
            holder.pop(name, None)
        return self._fields

    def add(self, name: str, keys: list[str], value: str) -> None:
        """Add a field of a form. Raises `Malformed` for a fault in one of KAZOO's own."""
        if not keys and name not in self._fields:
            self._fields[name] = value
            return
        try:
            if keys:
                self._add_keyed(name, keys, value)
            else:
                self._add_again(name, value)
        except Malformed as error:
            self.leave_out(name, error)

    def put(self, name: str, value: Value) -> None:
        """Add a member of a JSON body. Raises `Malformed` for a fault in one of KAZOO's own."""
        if name in self._fields and name in self._reserved:
            raise Malformed(f"{name}: sent twice")
        self._fields[self._whole(name, name)] = self._bounded(name, value, 1)

    def leave_out(self, name: str, error: Malformed) -> None:
        """Leave out what *error* is about, or raise it if *name* is one of KAZOO's own."""
        if name in self._exact:
            raise error
        self.cut = True

    def _add_again(self, name: str, value: str) -> None:
        if not isinstance(self._fields[name], str):
            raise self._unclear(self._fields, name, f"{name}: sent as text and as an object")
        if name in self._reserved:
            raise Malformed(f"{name}: sent twice")
        self._fields[name] = value

    def _add_keyed(self, name: str, keys: list[str], value: str) -> None:
        is_list = keys[-1] == "" and not (len(keys) == 1 and name in OBJECTS)
        names = [name, *(keys[:-1] if is_list else keys)]
        if len(names) > MAX_DEPTH:
            raise Malformed(f"{name}: nested deeper than {MAX_DEPTH} names")
        if isinstance(self._fields.get(name), str):
            raise self._unclear(self._fields, name, f"{name}: sent as text and as an object")
        holder = self._holder(names)
        if is_list:
            self._append(holder, names[-1], value)
        elif names[-1] in holder:
            raise self._unclear(holder, names[-1], f"{name}[{names[-1]}]: sent twice")
        else:
            holder[names[-1]] = value

    def _holder(self, names: list[str]) -> dict[str, Value]:
        """The object that holds the last of *names*."""
        holder, last = self._fields, names[0]
        for key in names[1:]:
            inner = holder.setdefault(last, {})
            if not isinstance(inner, dict):
                problem = f"{names[0]}[{key}]: sent as a value and as an object"
                raise self._unclear(holder, last, problem)
            if len(inner) >= MAX_FIELDS and key not in inner:
                raise Malformed(f"{names[0]}: more than {MAX_FIELDS} fields")
            holder, last = inner, key
        return holder

    def _append(self, holder: dict[str, Value], name: str, value: str) -> None:
        items = holder.setdefault(name, [])
        if not isinstance(items, list):
            raise self._unclear(holder, name, f"{name}: sent as a value and as a list")
        if len(items) >= MAX_FIELDS:
            raise Malformed(f"{name}: more than {MAX_FIELDS} fields")
        items.append(self._list_item(value))

    def _list_item(self, value: str) -> Value:
        """Decode an object inside a list, which KAZOO writes as JSON text."""
        if not value.startswith("{"):
            return value
        found = Parameters()
        try:
            read_json(value.encode(), found)
        except Malformed:
            return value
        self.cut |= found.cut
        return found.values

    def _unclear(self, holder: dict[str, Value], name: str, problem: str) -> Malformed:
        """The error for a member that was sent with two meanings, of which neither counts."""
        self._ambiguous.append((holder, name))
        return Malformed(problem)

    def _bounded(self, name: str, value: Value, depth: int) -> Value:
        """*value* as far as it is within the limits; *depth* is the number of names above it."""
        if isinstance(value, str):
            return self._whole(name, value)
        if isinstance(value, list):
            return [
                self._bounded(name, item, depth + 1)
                for _, item in self._kept(name, enumerate(value), depth)
            ]
        if not isinstance(value, dict):
            return value
        if isinstance(value, _Repeated):
            self.leave_out(name, Malformed(f"{name}: a name is sent twice in one object"))
        return {
            self._whole(name, key): self._bounded(name, item, depth + 1)
            for key, item in self._kept(name, value.items(), depth)
        }

    def _kept[Key](
        self, name: str, members: Iterable[tuple[Key, Value]], depth: int
    ) -> Iterator[tuple[Key, Value]]:
        for count, (key, value) in enumerate(members):
            if count >= MAX_FIELDS:
                self.leave_out(name, Malformed(f"{name}: more than {MAX_FIELDS} fields"))
                return
            if isinstance(value, dict | list) and value and depth + 1 >= MAX_DEPTH:
                self.leave_out(name, Malformed(f"{name}: nested deeper than {MAX_DEPTH} names"))
            elif isinstance(value, float) and not math.isfinite(value):
                self.leave_out(name, Malformed(f"{name}: a number is too large"))
            else:
                yield key, value

    def _whole(self, name: str, text: str) -> str:
        """*text* with `?` for lone surrogates, which are no characters."""
        if text.isascii():
            return text
        try:
            text.encode()
        except UnicodeEncodeError:
            self.leave_out(name, Malformed(f"{name}: contains a lone surrogate"))
            return text.encode(errors="replace").decode()
        return text


def read_form(text: str, into: Parameters, *, closed: bool = True) -> None:
    """Decode form text or a raw query string into *into*. Raises `Malformed`.

    Unless *closed*, a bracket is open somewhere, and every key is taken to end at the next `&`.
    """
    segments = text.split("&")
    for at, segment in enumerate(segments):
        if _added(segment, into):
            continue
        if closed:
            _read_odd("&".join(segments[at:]), into)
            return
        into.leave_out(segment.partition("[")[0], Malformed("a key's bracket is not closed"))


def _added(segment: str, into: Parameters) -> bool:
    """Add the field in *segment*; False if its key has odd brackets, and may end elsewhere."""
    if not segment:
        return True
    key, _, value = segment.partition("=")
    name, keys = key, _NO_KEYS
    if "[" in key:
        name, _, brackets = key.partition("[")
        keys = _plain_keys(brackets)
        if not keys:
            return False
    try:
        if not keys and "%" in key:
            name, keys = _split_key(key)
        if "%" in value or "+" in value:
            value = _unquote(value)
    except Malformed as error:
        into.leave_out(name, error)
        return True
    into.add(name, keys, value)
    return True


def read_pairs(pairs: Iterable[tuple[str, str]], into: Parameters) -> None:
    """Add pairs that API Gateway has already decoded (payload 1.0). Raises `Malformed`."""
    for key, value in pairs:
        try:
            name, keys = _split_key(key)
        except Malformed as error:
            into.leave_out(key.partition("[")[0], error)
        else:
            into.add(name, keys, value)


def read_json(body: bytes, into: Parameters) -> None:
    """Add the members of a JSON body, which is one object. Raises `Malformed`."""
    text = text_of(body)
    try:
        document = _loaded(text)
    except RecursionError:
        document = _loaded(_shallow(text))  # of unbalanced brackets nothing is left
    if not isinstance(document, dict):
        raise Malformed("the body is not a JSON object")
    if isinstance(document, _Repeated):
        raise Malformed("a name is sent twice in one object")
    for name, value in document.items():
        into.put(name, value)


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
            _added(text[start:end], into)
        else:
            keys, value = _keys(text, bracket)
            if value == length and not keys:
                read_form(text[start:], into, closed=False)
                return
            end = _find(text, "&", value, length)
            _add_odd(text[start:bracket], keys, text[value:end], into)
        start = end + 1


def _add_odd(name: str, keys: list[str], value: str, into: Parameters) -> None:
    if not keys:
        into.leave_out(name, Malformed(f"{name}: text between a key's bracket and its '='"))
        return
    try:
        found = _unquote(value)
    except Malformed as error:
        into.leave_out(name, error)
    else:
        into.add(name, keys, found)


def _find(text: str, wanted: str, start: int, end: int) -> int:
    """The index of *wanted* between *start* and *end*, or *end* if it is not found."""
    at = text.find(wanted, start, end)
    return end if at < 0 else at


def _keys(text: str, bracket: int) -> tuple[list[str], int]:
    """The keys in brackets from index *bracket* on, and the index at which the value starts.

    No keys if text follows them, with its index, or if a bracket is not closed, with the length.
    """
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
            if follower == "=":
                return keys, at + 2
            if follower != "[":
                return (keys if follower in ("", "&") else []), at + 1
    return [], len(text)


def _split_key(key: str) -> FieldPath:
    """Split a key as sent; decode it first if a client other than KAZOO encoded its brackets."""
    if "[" not in key and "%5b" in key.lower():
        key = unescape(key)
    name, bracket, brackets = key.partition("[")
    if not bracket:
        return key, []
    keys = _plain_keys(brackets) or _keys(key, len(name))[0]
    if not keys:
        raise Malformed(f"{name}: a key's bracket is not closed")
    return name, keys


def _unquote(value: str) -> str:
    return unescape(value.replace("+", " "))


def unescape(text: str) -> str:
    """Decode percent-escapes without `urllib.parse`, whose import takes a tenth of a cold start.

    Raises `Malformed`.
    """
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


class _Repeated(dict[str, Value]):
    """An object of a JSON text in which names occur twice, without them."""


_NESTING = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]+|[\]}]+', re.DOTALL)
"""A string, closed or not, or brackets of one direction."""


def _loaded(text: str) -> Value:
    try:
        value: Value = json.loads(
            text, object_pairs_hook=_members, parse_int=_integer, parse_constant=_no_constant
        )
    except ValueError as error:
        raise Malformed("the body is not valid JSON") from error
    return value


def _members(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            members.pop(name, None)
        seen.add(name)
    return _Repeated(members)


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= MAX_DIGITS else digits


def _no_constant(name: str) -> Value:
    raise Malformed(f"{name} is not JSON")


def _shallow(text: str) -> str:
    """The JSON in *text*, with empty texts for all that is nested much deeper than allowed."""
    parts, depth, start, deepest = [], 0, 0, 2 * MAX_DEPTH
    for token in _NESTING.finditer(text):
        first, count = token[0][0], len(token[0])
        if first in "[{":
            if depth < deepest <= depth + count:
                parts.append(text[start : token.start() + deepest - depth - 1])
            depth += count
        elif first in "]}":
            if depth - count < deepest <= depth:
                parts.append('""')
                start = token.start() + depth - deepest + 1
            depth -= count
    return "".join([*parts, text[start:]]) if depth == 0 else ""
