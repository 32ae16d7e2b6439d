"""A program on a pseudo-terminal, and the questions that it asks there."""

import os
import pty
import re
import selectors
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_QUESTION = re.compile(r"(?:: |\? )\Z")
_COLORS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_SECONDS = 170.0
_QUIET = 0.4


@dataclass
class Terminal:
    """The text on the screen, and each question with its answer. `returncode` is the program's."""

    screen: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    returncode: int = -1

    @property
    def questions(self) -> list[str]:
        """The questions in their order, without defaults."""
        return [re.split(r" \[|: *$", question)[0].strip() for question, _ in self.asked]


def drive(
    command: Sequence[str | Path],
    answers: Mapping[str, str],
    *,
    env: Mapping[str, str],
    cwd: Path,
) -> Terminal:
    """Run *command* on a terminal of its own, and answer its questions until it ends.

    A question gets the answer whose key it contains, and otherwise just Enter. Whatever stands in
    the last line, ends like a question, and waits is a question.
    """
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        command, stdin=follower, stdout=follower, stderr=follower, env=env, cwd=cwd,
        start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    try:
        seen = _answered(process, leader, answers)
    finally:
        if process.poll() is None:
            process.kill()
        os.close(leader)
    seen.returncode = process.wait(10)
    return seen


def _answered(
    process: subprocess.Popen[bytes], leader: int, answers: Mapping[str, str]
) -> Terminal:
    seen, told, deadline = Terminal(), 0, time.monotonic() + _SECONDS
    screen = selectors.PollSelector()  # `select` refuses a file descriptor over 1023
    screen.register(leader, selectors.EVENT_READ)
    while time.monotonic() < deadline:
        if screen.select(_QUIET):
            try:
                data = os.read(leader, 65536)
            except OSError:  # Linux: the program closed the terminal
                break
            if not data:
                break
            seen.screen += _COLORS.sub("", data.decode(errors="replace")).replace("\r", "")
        elif process.poll() is not None:
            break
        elif _QUESTION.search(seen.screen[told:]):
            question = seen.screen.rpartition("\n")[2].strip()
            answer = next((text for key, text in answers.items() if key in question), "")
            seen.asked.append((question, answer))
            told = len(seen.screen)
            os.write(leader, f"{answer}\n".encode())
    process.wait(max(1.0, deadline - time.monotonic()))
    return seen
