"""Speech by flite, played here by a small program that writes what it was given."""

import shutil
import stat
import sys
from pathlib import Path

import pytest

from pivotctl.phone.speech import LONGEST_TEXT, Speech, printable

SECOND = 8000
FLITE = f"""#!{sys.executable}
import sys, wave
arguments = dict(zip(sys.argv[1::2], sys.argv[2::2]))
open({{log!r}}, "a").write(arguments["-t"] + "\\n")
with wave.open(arguments["-o"], "wb") as sound:
    sound.setparams((1, 2, {SECOND}, 0, "NONE", ""))
    sound.writeframes(bytes(2 * {SECOND}) * len(arguments["-t"]))
"""


@pytest.fixture
def flite(tmp_path: Path) -> Speech:
    """A voice whose program speaks a second for each character."""
    program = tmp_path / "flite"
    program.write_text(FLITE.format(log=str(tmp_path / "log")), encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return Speech(str(program))


def test_text_is_spoken_once(flite: Speech, tmp_path: Path) -> None:
    """A text is spoken as WAV and kept; its length is known."""
    content = flite.spoken("Hi.")
    assert content is not None
    assert content.startswith(b"RIFF")
    assert flite.spoken("Hi.") == content
    assert flite.seconds("Hi.") == 3.0
    assert (tmp_path / "log").read_text() == "Hi.\n"


def test_no_shell_sees_a_text(flite: Speech, tmp_path: Path) -> None:
    """A text is one argument, whatever is in it, even one that looks like an option."""
    for text in ("$(touch x); `id`", "-o /etc/passwd"):
        assert flite.spoken(text)
    assert (tmp_path / "log").read_text() == "$(touch x); `id`\n-o /etc/passwd\n"


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Jane\r\n\x00Doe\u202e", "Jane Doe"),
        ("x" * 5000, "x" * LONGEST_TEXT),
        (" \n ", ""),
    ],
)
def test_texts_are_bounded(text: str, spoken: str) -> None:
    """Control characters are not spoken, nor more than some text."""
    assert printable(text) == spoken


@pytest.mark.parametrize("program", [None, "/no/such/program", shutil.which("false")])
def test_without_a_voice_there_is_no_speech(program: str | None) -> None:
    """Without flite, or when it fails, the page speaks itself."""
    speech = Speech(program)
    assert speech.spoken("Hi.") is None
    assert speech.seconds("Hi.") is None
