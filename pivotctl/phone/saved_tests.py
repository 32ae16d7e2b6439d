"""A finished call as a dialogue test: the text of a module, and the file it is written to."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from pivotctl.phone.saved_calls import SavedCall
from pivotctl.phone.saved_steps import Step, steps
from pivotctl.switch.world import World

FOLDER = Path("tests/calls")
LONGEST_NAME = 80
_LONGEST_SLUG = 48
_WIDTH = 60
_NAMED = {"Mode", "RecordingEnd", "Rung", "World"}
_SECONDS = 300
_SWITCHES = {
    "slow": "is_slow",
    "wrong": "is_wrong",
    "error": "fails",
    "dead": "is_dead",
    "drip": "drips",
    "huge": "is_huge",
    "html": "answers_html",
}


class SavedTestError(ValueError):
    """A test that cannot be written; the text has the reason and the fix."""


@dataclass(frozen=True)
class TestRun:
    """A run of a test file: whether it passed, and what pytest printed."""

    passed: bool
    output: str


@dataclass(frozen=True)
class DialogueTest:
    """The test of one call, under a name that a person gave it: a short sentence."""

    call: SavedCall
    name: str

    @property
    def slug(self) -> str:
        """The name as an identifier. Raises `SavedTestError`."""
        plain = unicodedata.normalize("NFKD", self.name).encode("ascii", "ignore").decode()
        words = re.findall(r"[a-z0-9]+", plain.lower())
        if not words or len(self.name) > LONGEST_NAME:
            raise SavedTestError(
                f"The name is {self.name[:100]!r}. Use letters, {LONGEST_NAME} characters at most."
            )
        return "_".join(words)[:_LONGEST_SLUG].strip("_")

    @property
    def path(self) -> Path:
        """The path of the module below the project's folder."""
        return FOLDER / f"test_{self.call.facts.template}_{self.slug}.py"

    def source(self, root: Path) -> str:
        """Return the text of the module, formatted as the project in `root` formats its files."""
        return _formatted("\n".join([*self._head(), "", "", *self._function(), ""]), root)

    def write(self, root: Path) -> Path:
        """Write the module to the project in `root`, never over another file.

        Raises `SavedTestError`.
        """
        if not (root / FOLDER / "conftest.py").is_file():
            raise SavedTestError(
                f"{root / FOLDER} has no conftest.py: the project has no dialogues."
            )
        path, source = root / self.path, self.source(root)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(source)
        except FileExistsError as error:
            raise SavedTestError(f"There is already {self.path}. Choose another name.") from error
        return path

    # -- its text ----------------------------------------------------------------------------------

    def _head(self) -> Iterator[str]:
        yield f'"""{self.call.facts.template}, dialed: {_sentence(self.name)}"""'
        yield ""
        if self.call.facts.began:
            yield "from datetime import UTC, datetime"
            yield ""
        arguments = self.call.arguments()
        named = sorted({type(value).__name__ for value in arguments.values()} & _NAMED)
        if named:
            yield f"from pivotctl.switch.scenario import {', '.join(named)}"
        phones = "Phone, Upstreams" if self.call.facts.upstreams else "Phone"
        yield f"from tests.calls.conftest import {phones}"

    def _function(self) -> Iterator[str]:
        upstreams = self.call.facts.upstreams
        more = ", upstreams: Upstreams" if upstreams else ""
        yield f"def test_{self.slug}(dial: Phone{more}) -> None:"
        yield f'    """{_sentence(self.name)}"""'
        for name, mode in upstreams.items():
            if mode in _SWITCHES:
                yield f"    upstreams.{name}.{_SWITCHES[mode]}()"
        yield from self._dialed()
        for step in steps(self.call.events):
            yield _expected(step)

    def _dialed(self) -> Iterator[str]:
        facts = self.call.facts
        yield "    call = dial("
        yield f"        {literal(facts.template)},"
        if facts.data:
            yield f"        {literal(dict(facts.data))},"
        for name, value in self.call.arguments().items():
            yield f"        {name}={literal(value)},"
        if facts.began:
            yield f"        at={literal(datetime.fromisoformat(facts.began))},"
        yield "    )"


def _expected(step: Step) -> str:
    if step.method == "verdict":
        return f"    assert call.verdict == {literal(step.arguments[0])}"
    return f"    call.{step.method}({', '.join(map(literal, step.arguments))})"


def _pieces(text: str) -> Iterator[str]:
    """Cut a text after spaces, or anywhere in a long word."""
    while len(text) > _WIDTH:
        cut = text.rfind(" ", 0, _WIDTH) + 1 or _WIDTH
        yield text[:cut]
        text = text[cut:]
    yield text


def literal(value: Any) -> str:
    """Return Python code for a value; characters that could be mistaken are escaped."""
    write = next((write for kind, write in _WRITERS if isinstance(value, kind)), repr)
    return write(value)


def _date(value: datetime) -> str:
    at = value.astimezone(UTC)
    parts = (at.year, at.month, at.day, at.hour, at.minute, at.second)
    return f"datetime({', '.join(map(str, parts))}, tzinfo=UTC)"


def _dict(value: Mapping[str, Any]) -> str:
    return f"{{{', '.join(f'{literal(name)}: {literal(each)}' for name, each in value.items())}}}"


def _tuple(value: tuple[Any, ...]) -> str:
    return f"({', '.join(map(literal, value))}{',' if len(value) == 1 else ''})"


def _text(value: str) -> str:
    pieces = [_quoted(each) for each in _pieces(value)]
    return pieces[0] if len(pieces) == 1 else f"({' '.join(pieces)})"


def _quoted(value: str) -> str:
    """Return a string literal in double quotes, unless single ones need fewer escapes."""
    quote = "'" if '"' in value and "'" not in value else '"'
    return quote + "".join(_character(each, quote) for each in value) + quote


_WRITERS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (World, lambda value: f"World.of({literal(value.as_json())})"),
    (Enum, lambda value: f"{type(value).__name__}.{value.name}"),
    (datetime, _date),
    (str, _text),
    (Mapping, _dict),
    (tuple, _tuple),
    (list, lambda value: f"[{', '.join(map(literal, value))}]"),
    (float, lambda value: repr(int(value)) if value.is_integer() else repr(value)),
)


def _character(character: str, quote: str) -> str:
    if character in (quote, "\\"):
        return f"\\{character}"
    plain = character.isascii() or character in _LATIN
    return character if plain and character.isprintable() else ascii(character)[1:-1]


_LATIN = frozenset(map(chr, range(0xC0, 0x180))) - {"\xd7", "\xf7"}


def _sentence(name: str) -> str:
    """Return the name as a docstring: one line that begins with a capital and ends in a period."""
    words = " ".join(re.sub(r'["\\]', "", name).split())
    shown = "".join(each if each.isascii() or each in _LATIN else "?" for each in words)
    return f"{shown[:1].upper()}{shown[1:]}".rstrip(".") + "."


def _formatted(source: str, root: Path) -> str:
    """Return the text as Ruff lays it out; as it is where there is no Ruff."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(FOLDER / "test_.py")]
    done = subprocess.run(
        [*command, "-"], cwd=root, input=source, capture_output=True, text=True, check=False
    )
    return done.stdout if done.returncode == 0 else source


# -- its run ---------------------------------------------------------------------------------------


def run(path: Path, root: Path) -> TestRun:
    """Run a test file of the project in `root`, on a stack of its own."""
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", str(path)]
    try:
        done = subprocess.run(
            command, cwd=root, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return TestRun(passed=False, output=f"The test did not end within {_SECONDS} s.")
    return TestRun(passed=done.returncode == 0, output=done.stdout[-8000:] + done.stderr[-2000:])
