"""The output of `--help`."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from pivotctl.cli import COMMANDS, main


def paths(name: str) -> Iterator[tuple[str, ...]]:
    """A command, and the commands below it."""
    yield (name,)
    command = main.get_command(click.Context(main), name)
    for below in command.commands if isinstance(command, click.Group) else ():
        yield name, below


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_laid_out(name: str) -> None:
    """Help shows no marks of its own layout, and keeps each example on a line."""
    for path in paths(name):
        result = CliRunner().invoke(main, [*path, "--help"])
        assert result.exit_code == 0
        assert "\\b" not in result.output
        examples = result.output.partition("Examples:\n")[2].splitlines()
        assert all(not line.strip() or line.startswith("    ") for line in examples)
