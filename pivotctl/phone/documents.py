"""Documents for people: laid out, so that each value that KAZOO objects to has its own line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from pivotctl.phone.graph_shapes import numbered_from
from pivotctl.reader.json_document import JsonDocument, JsonError, parse_json
from pivotctl.xml_document import Element, XmlError, parse_xml


@dataclass(frozen=True, slots=True)
class Layout:
    """A laid-out document; `places` has the line of each element of XML by its path."""

    text: str
    document: JsonDocument | None = None
    places: Mapping[str, int] = field(default_factory=dict)

    def line(self, path: str, line: int) -> int:
        """Return the line of a problem: that of its path, or else `line` of the text as it came."""
        if self.document is not None:
            return self.document.line(path)
        within = [each for each in self.places if _lies_in(path, each)]
        return self.places[max(within, key=len)] if within else line


def laid_out(body: str) -> Layout:
    """Lay out JSON or XML with a value or an element in each line; other text stays as it is."""
    encoded = body.encode("utf-8", "surrogatepass")
    try:
        if body.lstrip().startswith("<"):
            return _xml(parse_xml(encoded).root)
        return _json(parse_json(encoded).value)
    except (JsonError, XmlError):
        return Layout(body)


def _json(value: Any) -> Layout:
    text = _written_json(value, "")
    return Layout(text, JsonDocument(value, text))


def _written_json(value: Any, indent: str) -> str:
    """Return JSON with a field in each line, but with lists of plain values in one."""
    deeper = f"{indent}  "
    match value:
        case dict() if value:
            fields = [
                f"{_plain(key)}: {_written_json(each, deeper)}" for key, each in value.items()
            ]
            ends = "{}"
        case list() if any(isinstance(each, dict | list) for each in value):
            fields, ends = [_written_json(each, deeper) for each in value], "[]"
        case _:
            return _plain(value)
    inside = f",\n{deeper}".join(fields)
    return f"{ends[0]}\n{deeper}{inside}\n{indent}{ends[1]}"


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _xml(root: Element) -> Layout:
    lines: list[str] = []
    places: dict[str, int] = {}
    for paths, text in _written(root, (root.name,), ""):
        lines.append(text)
        for path in paths:
            places.setdefault(path, len(lines))
    return Layout("\n".join(lines), None, places)


def _written(element: Element, paths: tuple[str, ...], indent: str) -> Iterator[Line]:
    """Yield the lines of an element, the first one with the paths by which it is known."""
    given = "".join(f" {name}={quoteattr(value)}" for name, value in element.attributes.items())
    head, text = f"{indent}<{element.name}{given}", escape(element.text)
    if not element.elements:
        yield paths, f"{head}>{text}</{element.name}>" if text else f"{head}/>"
        return
    yield paths, f"{head}>"
    if text:
        yield (), f"{indent}  {text}"
    for path, child in numbered_from(element, paths[0]):
        # The player names an element by its parent's name alone.
        short = f"{element.name}/{path.rpartition('/')[2]}"
        yield from _written(child, (path, short), f"{indent}  ")
    yield (), f"{indent}</{element.name}>"


def _lies_in(path: str, place: str) -> bool:
    return path == place or path.startswith((f"{place}/", f"{place}@", f"{place}."))


type Line = tuple[tuple[str, ...], str]
"""Paths of the element that begins in a line, and the line."""
