"""A stranger's path: the README's commands, copied as they stand, work in a fresh copy."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from pivotctl.project import Project
from tests.calls.test_readme import without_chance

pytestmark = pytest.mark.slow

NOT_HERE = ("Deploy",)
"""Sections whose commands need an AWS account; tests/deploy runs those against a local AWS."""

LONG = ("make test",)
"""Commands that would run this suite inside itself."""

SERVER = "make run"
TOOLS = (".venv", ".tools")
_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".tools", ".pivotctl", ".bench", ".*_cache", "__pycache__", ".hypothesis"
)
_BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_READY_SECONDS = 240.0


class Command(NamedTuple):
    """A command of the README, and the output below it in a console block."""

    line: str
    output: str = ""


def commands(text: str) -> Iterator[Command]:
    """The commands of a page in order, but those that the rules above exclude."""
    for section in re.split(r"^## ", text, flags=re.MULTILINE):
        if section.startswith(NOT_HERE):
            continue
        for kind, block in _BLOCK.findall(section):
            yield from _shown(block) if kind == "console" else _listed(block)


def _shown(block: str) -> Iterator[Command]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        yield Command(line, output)


def _listed(block: str) -> Iterator[Command]:
    for line in block.splitlines():
        command = line.partition("  #")[0].strip()
        if command and command not in LONG:
            yield Command(command)


@pytest.fixture
def copy(project: Project, tmp_path: Path) -> Path:
    """A fresh copy of the project, with the tools that `make setup` has installed."""
    root = tmp_path / "copy"
    shutil.copytree(project.root, root, ignore=_COPIED, symlinks=True)
    for name in TOOLS:
        (root / name).symlink_to(project.root / name)
    return root


@contextmanager
def up(root: Path, command: str) -> Iterator[None]:
    """Run the server of the README until it says that it is ready, and while the context lasts."""
    log = root.parent / "run.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            ["/bin/sh", "-c", command], cwd=root, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True, env=stranger(),
        )  # fmt: skip
        try:
            deadline = time.monotonic() + _READY_SECONDS
            while "Ready. Stop with Ctrl-C." not in log.read_text():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.2)
            yield
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(30)


def stranger() -> dict[str, str]:
    """The environment of a shell that knows nothing of this project."""
    known = ("HOME", "LANG", "TMPDIR", "PIVOTCTL_PATIENCE", "UV_CACHE_DIR")
    paths = [each for each in os.environ["PATH"].split(":") if ".venv" not in each]
    kept = {name: os.environ[name] for name in known if name in os.environ}
    return {**kept, "PATH": ":".join(paths)}


def test_the_commands_of_the_readme(project: Project, copy: Path) -> None:
    """From `make run` on, each command works as it stands, and prints what the page shows."""
    page = list(commands((project.root / "README.md").read_text(encoding="utf-8")))
    assert page[0].line == SERVER
    activated: list[str] = []
    with up(copy, SERVER):
        for command in page[1:]:
            script = "\n".join([*activated, command.line])
            done = subprocess.run(
                ["/bin/sh", "-ec", script], cwd=copy, env=stranger(),
                capture_output=True, text=True, check=False, timeout=120,
            )  # fmt: skip
            assert done.returncode == 0, (command.line, done.stdout, done.stderr)
            if command.output:
                assert without_chance(done.stdout) == without_chance(command.output)
            if command.line.startswith(". "):
                activated.append(command.line)
    assert activated
    assert any(command.output for command in page)
