"""template.yaml on disk is regenerated when it is old, and never over edits by hand."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pivotctl.commands.assemble import command
from pivotctl.infra import EditedError, renew
from tests.unit.infra.conftest import add, add_function


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`pivotctl assemble` in the project, whose template.yaml is up to date."""
    renew(root, force=True)
    monkeypatch.chdir(root)
    return lambda *arguments: CliRunner().invoke(command, arguments)


def test_it_is_regenerated_when_its_sources_have_changed(
    root: Path, run: Callable[..., Result]
) -> None:
    """One line says so; without a change nothing is said or written."""
    before = (root / "template.yaml").stat().st_mtime_ns
    assert (run().exit_code, run().output) == (0, "")
    assert (root / "template.yaml").stat().st_mtime_ns == before
    add_function(root, "pivot/more", "description: More\ngroup: starters\n")
    done = run()
    assert (done.exit_code, done.output.count("\n")) == (0, 1)
    assert done.output.startswith("Regenerated template.yaml: its sources have changed.")
    assert "  More:\n" in (root / "template.yaml").read_text(encoding="utf-8")


def test_a_check_writes_nothing(root: Path, run: Callable[..., Result]) -> None:
    """It fails while template.yaml is out of date."""
    assert run("--check").exit_code == 0
    before = (root / "template.yaml").read_text(encoding="utf-8")
    add_function(root, "pivot/more", "description: More\ngroup: starters\n")
    done = run("--check")
    assert done.exit_code == 1
    assert "run `pivotctl assemble`" in done.output
    assert (root / "template.yaml").read_text(encoding="utf-8") == before


EDITS = [
    ('SECONDS: "20"', 'SECONDS: "30"', "Resources.Find: in functions/pivot/find/function.yaml"),
    ("Timeout: 4", "Timeout: 5", "Globals: in infra/base.yaml"),
    ("    Default: 14", "    Default: 15", "Parameters.Days: in infra/base.yaml"),
    ("RetentionInDays: !Ref Days", "RetentionInDays: 1", "PivotLogGroup: in infra/shared.yaml"),
    (
        "  DirectoryTable:\n",
        "  Mine:\n    Type: AWS::SNS::Topic\n\n  DirectoryTable:\n",
        "Resources.Mine: in a file of infra/, or resources in the function.yaml",
    ),
    ("  GreetUrl:", "  GreetingUrl:", "Outputs.GreetingUrl: in a file of infra/"),
    ("Resources:\n", "Resources: [\n", "template.yaml was edited by hand"),
]


@pytest.mark.parametrize(("old", "new", "said"), EDITS)
def test_an_edit_by_hand_is_shown_and_kept(
    root: Path, run: Callable[..., Result], old: str, new: str, said: str
) -> None:
    """The message has the lines, and the file that each belongs into; the exit code is 1."""
    path = root / "template.yaml"
    edited = path.read_text(encoding="utf-8").replace(old, new, 1)
    path.write_text(edited, encoding="utf-8")
    done = run()
    assert done.exit_code == 1
    assert said in done.output
    assert f"+ {new.splitlines()[0].rstrip()}".replace("  ", "") in done.output.replace("  ", "")
    assert path.read_text(encoding="utf-8") == edited


def test_an_edit_can_be_given_up(root: Path, run: Callable[..., Result]) -> None:
    """`--force` is the only way to lose one."""
    before = (root / "template.yaml").read_text(encoding="utf-8")
    add(root, "template.yaml", before.replace("Timeout: 4", "Timeout: 5"))
    with pytest.raises(EditedError):
        renew(root)
    assert run("--force").exit_code == 0
    assert (root / "template.yaml").read_text(encoding="utf-8") == before


def test_a_template_that_was_deleted_is_made_again(root: Path, run: Callable[..., Result]) -> None:
    """There is nothing to lose."""
    before = (root / "template.yaml").read_text(encoding="utf-8")
    (root / "template.yaml").unlink()
    assert run().exit_code == 0
    assert (root / "template.yaml").read_text(encoding="utf-8") == before


def test_an_edit_that_was_moved_to_its_source_is_no_edit(
    root: Path, run: Callable[..., Result]
) -> None:
    """Whoever follows the message gets on, without --force."""
    base = (root / "infra/base.yaml").read_text(encoding="utf-8")
    text = (root / "template.yaml").read_text(encoding="utf-8")
    add(root, "template.yaml", text.replace("Timeout: 4", "Timeout: 3"))
    assert run().exit_code == 1
    add(root, "infra/base.yaml", base.replace("Timeout: 4", "Timeout: 3"))
    assert run().exit_code == 0


def test_outside_a_project_there_is_nothing_to_make(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says where to run it."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(command, [])
    assert done.exit_code == 1
    assert "inside a checkout" in done.output
