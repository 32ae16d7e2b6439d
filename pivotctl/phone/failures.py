"""Failures of functions, with the author's lines as places that an editor can open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

_PLACE = re.compile(r"  (?P<file>\S.*?):(?P<line>\d+)(?:, in (?P<function>.+))?")
_CODE = "    "


def with_places(event: Mapping[str, Any], root: Path) -> dict[str, Any]:
    """Return `event`; that of a failed function also has `places`, its lines below `root`.

    A place has `file`, `line`, `function`, `text`, and the whole `path`.
    """
    if event.get("type") != "function_failed":
        return dict(event)
    return {**event, "places": list(_places(event["report"], root))}


def _places(report: Sequence[str], root: Path) -> Iterator[dict[str, Any]]:
    for line, below in zip(report, [*report[1:], ""], strict=False):
        found = _PLACE.fullmatch(line)
        if found is None or not (path := root / found["file"]).is_file():
            continue
        yield {
            "file": found["file"],
            "line": int(found["line"]),
            "function": found["function"] or "",
            "text": below.removeprefix(_CODE) if below.startswith(_CODE) else "",
            "path": str(path.resolve()),
        }
