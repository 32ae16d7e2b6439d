"""Failures of functions: the author's lines become places that an editor can open."""

from pathlib import Path

from pivotctl.phone.failures import with_places

REPORT = (
    "ring failed: ValueError: no number",
    "  functions/pivot/ring/app.py:21, in handler",
    "    return number(call)",
    "  functions/pivot/ring/gone.py:3, in number",
    "  functions/pivot/ring/app.py:4",
    "  caused by KeyError: 'x'",
    "  (2 frames of the layer, the runtime, and libraries)",
)


def test_lines_become_places(tmp_path: Path) -> None:
    """A place has file, line, function, text, and path, if the file is there."""
    app = tmp_path / "functions/pivot/ring/app.py"
    app.parent.mkdir(parents=True)
    app.touch()
    event = {"type": "function_failed", "error": "ValueError", "report": REPORT}
    place = {"file": "functions/pivot/ring/app.py", "path": str(app.resolve())}
    assert with_places(event, tmp_path)["places"] == [
        {**place, "line": 21, "function": "handler", "text": "return number(call)"},
        {**place, "line": 4, "function": "", "text": ""},
    ]


def test_other_events_stay(tmp_path: Path) -> None:
    """Only failures have places."""
    assert with_places({"type": "end", "at": 1.0}, tmp_path) == {"type": "end", "at": 1.0}
