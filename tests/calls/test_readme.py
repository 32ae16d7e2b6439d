"""The transcript in README.md is what a newcomer sees."""

import re
import subprocess

import pytest

from pivotctl.project import Project
from pivotctl.stack import Stack
from scripts.make_dialogues import reset

TIMES = re.compile(r"^ *\d+\.\d s|\d+ ms$", re.MULTILINE)
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


def without_chance(transcript: str) -> str:
    """*transcript* without times and ports."""
    return ADDRESS.sub("http://local", TIMES.sub("", transcript)).strip()


@pytest.mark.slow
def test_the_transcript(project: Project, stack: Stack) -> None:
    """The command in the README prints the dialogue that stands below it."""
    shown = re.search(
        r"```console\n\$ (?P<command>.+?)\n(?P<text>.+?)```",
        (project.root / "README.md").read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert shown
    reset(stack, project.function("account_balance"))
    command = [*shown["command"].split(), "--account", "first"]
    command += ["--url", stack.url("account_balance")]
    command.remove("account_balance")
    command[0] = str(project.root / ".venv/bin" / command[0])
    played = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False)
    assert played.returncode == 0, played.stderr
    assert without_chance(played.stdout) == without_chance(shown["text"])
