"""Pages show commands as a shell runs them in which `.venv/bin/activate` was read.

Each command of `pivotctl` on a page is parsed by its own parser. Those of the guides that need
nothing but the project are run, each guide's in their order; others are listed with the reason.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pivotctl.cli import COMMANDS, main
from tests.unit.commands.shown import Shown, blocks, fault, in_blocks, in_sentences, with_files

ROOT = Path(__file__).parents[3]
GUIDES = sorted((ROOT / "docs/guides").glob("*.md"))
READMES = sorted((ROOT / "functions").rglob("README.md"))
PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), *READMES)

SPOKEN = (
    ROOT / "functions/console/templates/root.html",
    *sorted((ROOT / "pivotctl/commands").glob("*.py")),
)
"""Files other than pages with commands that people read."""

RUN = ("check", "holidays", "key", "settings")
"""Commands of the guides that are run here, unless they need a stack."""

NEED_A_STACK = ("--account", "--stack")
NOT_RUN = {
    **dict.fromkeys(
        ("add", "new", "remove", "update"), "makes a project: tests/unit/scaffold does"
    ),
    "call": "needs a running stack: tests/calls plays every dialogue on a page",
    "dead-letters": "needs a deployed stack: tests/integration/test_dead_letters.py",
    "debug": "needs a running stack: tests/integration/test_debug_command.py",
    "deploy": "needs an AWS account: tests/deploy runs it against a local AWS",
    "entries": "needs a running stack: tests/integration/test_entries_command.py",
    "fire": "needs a running stack: tests/integration/test_stack_serve.py, test_fired_hooks.py",
    "hooks": "needs a running stack: tests/integration/test_disabled_hook.py",
    "invoke": "makes a stack of its own: tests/integration/test_invoke.py",
    "kazoo": "needs a Crossbar: tests/unit/kazoo/test_guide.py runs those of its guide",
    "key": "needs a deployed stack with --stack: tests/unit/commands/test_key.py",
    "lint": "has an answer to judge: test_lint.py makes what the guides show",
    "logs": "needs a running stack: tests/integration/test_logs.py",
    "record": "needs a running stack: tests/integration/test_record_command.py",
    "replay": "needs a log of deliveries: tests/faults replays those of its receivers",
    "restore": "needs a deployed stack: tests/integration/test_restore.py",
    "secret": "needs a running stack: tests/integration/test_settings_command.py",
    "serve": "runs until it is stopped: tests/integration/test_stack_serve.py",
    "settings": "has the settings of an account: tests/integration/test_settings_command.py",
    "sockets": "runs until it is stopped: tests/integration/test_sockets.py",
    "tick": "needs a running stack: tests/integration/test_cdr_sources.py",
    "url": "needs a deployed stack: tests/deploy",
}


def runs(shown: Shown) -> bool:
    """Whether a command of a guide is run here."""
    return shown.name in RUN and not any(word in shown.words for word in NEED_A_STACK)


def name_of(page: Path) -> str:
    """The page's path within the project."""
    return str(page.relative_to(ROOT))


def text_of(page: Path) -> str:
    """The page's text."""
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [*PAGES, *SPOKEN], ids=name_of)
def test_pages_call_pivotctl_by_its_name(page: Path) -> None:
    """No page shows the path of a tool: the README's activation line makes the name enough."""
    assert not re.search(r"\.venv/bin/(pivotctl|python)", text_of(page))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_is_one(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt command or option, or a value that is refused, is on no page."""
    monkeypatch.chdir(tmp_path)
    text = text_of(page)
    shown = [*in_blocks(text), *in_sentences(text)]
    for each in shown:
        with_files(each, tmp_path)
    assert [(each.line, found) for each in shown if (found := fault(each))] == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("kal", "ring"), "No such command 'kal'"),
        (("call", "ring", "--pres", "1"), "No such option"),
        (("call", "ring", "--answer", "maybe"), "'maybe' is not one of"),
        (("kazoo", "hook"), "No such command 'hook'"),
        (("settings",), "Missing parameter: name"),
        (("url", "ring", "--stack"), "requires an argument"),
    ],
)
def test_a_wrong_command_is_found(line: tuple[str, ...], said: str) -> None:
    """The check above says what the parser says."""
    assert said in fault(Shown(line))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_of_help_are_commands(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each example at the end of a command's help is accepted by its parser."""
    monkeypatch.chdir(tmp_path)
    for command in _with_subcommands(name):
        for each in in_blocks(f"```sh\n{_examples(command.epilog or '')}```\n"):
            with_files(each, tmp_path)
            assert fault(each) == "", each.line


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_a_shell_can_read_the_blocks(page: Path) -> None:
    """Quotes, pipes, and continued lines are whole."""
    for script in blocks(text_of(page)):
        done = subprocess.run(
            ["/bin/sh", "-n"], input=script, text=True, capture_output=True, check=False
        )
        assert done.returncode == 0, (script, done.stderr)


def test_the_guides_commands_are_run_or_listed() -> None:
    """A command that nothing runs has its reason above, and no reason is left over."""
    every = [each for page in GUIDES for each in in_blocks(text_of(page))]
    assert {each.name for each in every if not runs(each)} == NOT_RUN.keys()


RUNNING = [page for page in GUIDES if any(runs(each) for each in in_blocks(text_of(page)))]


@pytest.mark.parametrize("page", RUNNING, ids=name_of)
def test_the_commands_of_a_guide_work(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One after the other, in a folder with the project's files, they succeed."""
    here = tmp_path / "pivot-functions"
    here.mkdir()
    for path in ROOT.iterdir():
        if path.name != ".git":
            (here / path.name).symlink_to(path)
    monkeypatch.chdir(here)
    monkeypatch.setenv("PIVOTCTL_KEYS", str(tmp_path / "keys.json"))
    for each in filter(runs, in_blocks(text_of(page))):
        result = CliRunner().invoke(main, each.words)
        assert result.exit_code == 0, (each.line, result.output)
        if each.output:
            Path(each.output).write_text(result.stdout, encoding="utf-8")


def _with_subcommands(name: str) -> Iterator[click.Command]:
    command = main.get_command(click.Context(main), name)
    assert command
    yield command
    yield from command.commands.values() if isinstance(command, click.Group) else ()


def _examples(epilog: str) -> str:
    """The lines of a help's examples."""
    text = epilog.replace("\b", "").removeprefix("Example: ")
    return "".join(f"{line.strip()}\n" for line in text.splitlines())
