"""Commands of `pivotctl` that pages show: in blocks for a shell, and within sentences."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from pivotctl.cli import main

_BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SENTENCE = re.compile(r"`(pivotctl\s[^`]+)`")
_COMMAND = re.compile(r"(?<![\w./-])pivotctl ([^|;<>)\n]+)(?:>\s*(\S+))?")
"""A command up to what a shell takes for itself, and the file that it writes its output to."""

SHOWN_BY = {"ID": "4e3ae97ad5a54b65b6b3a2b2f6e1d2c0", "FILE": "hours.json"}
"""Words of pages that stand for something."""


@dataclass(frozen=True)
class Shown:
    """A command: its words after `pivotctl`, and the file with its output. `whole` as it stands."""

    words: tuple[str, ...]
    output: str = ""
    whole: bool = True

    @property
    def line(self) -> str:
        """The command in one line."""
        return " ".join(("pivotctl", *self.words))

    @property
    def name(self) -> str:
        """The command of pivotctl."""
        return self.words[0] if self.words else ""


def blocks(text: str) -> Iterator[str]:
    """The scripts of a page's blocks, continued lines joined; of an example the lines after `$`."""
    for kind, block in _BLOCK.findall(text):
        whole = block.replace("\\\n", " ")
        if kind == "console":
            yield "\n".join(line[2:] for line in whole.splitlines() if line.startswith("$ "))
        else:
            yield whole


def in_blocks(text: str) -> Iterator[Shown]:
    """The commands in the blocks of a page."""
    for script in blocks(text):
        for line in script.splitlines():
            yield from _commands(re.sub(r"(^|\s)# .*", "", line))


def in_sentences(text: str) -> Iterator[Shown]:
    """The commands in the sentences of a page, which may be only the beginning of one."""
    for shown in _SENTENCE.findall(_BLOCK.sub("", text)):
        for found in _commands(" ".join(shown.split())):
            yield Shown(found.words, whole=False)


def _commands(line: str) -> Iterator[Shown]:
    for words, output in _COMMAND.findall(line):
        yield Shown(tuple(SHOWN_BY.get(word, word) for word in shlex.split(words)), output)


def with_files(shown: Shown, folder: Path) -> None:
    """Make the files that a command names, empty ones in *folder*."""
    for word in shown.words:
        path = Path(word)
        if ("." in word or "/" in word) and not re.match(r"-|/|\.\.|https?:", word):
            made = folder / (path if word.endswith("/") else path.parent)
            made.mkdir(parents=True, exist_ok=True)
            if not word.endswith("/"):
                (folder / path).touch()


def fault(shown: Shown) -> str:
    """The objection of pivotctl's own parser to a command; empty if there is none.

    Nothing is run. A sentence may leave out arguments, and the value of its last option.
    """
    try:
        _parse(shown.words)
    except click.exceptions.Exit:
        return ""  # --help and --version
    except (
        click.MissingParameter,
        click.BadOptionUsage,
        click.exceptions.NoArgsIsHelpError,
    ) as error:
        return str(error) if shown.whole else ""
    except click.ClickException as error:
        return error.format_message()
    return ""


def _parse(words: tuple[str, ...]) -> None:
    command: click.Command = main
    context, rest = main.make_context("pivotctl", list(words)), list(words)
    while isinstance(command, click.Group):
        rest = [*context._protected_args, *context.args]
        name, below, rest = command.resolve_command(context, rest)
        assert name
        assert below
        context, command = below.make_context(name, rest, parent=context), below
