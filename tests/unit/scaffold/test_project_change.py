"""`pivotctl add`, `remove`, and `update` in a project, and the project's own tests after each."""

import compileall
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pivotctl.cli import main
from pivotctl.infra import renew
from pivotctl.project import Project
from pivotctl.scaffold.manifest import Manifest, kept, tree
from pivotctl.scaffold.new_project import new_project
from tests.functions import ROOT

FIRST = ("say_hello", "menu", "account_balance", "channel_events", "screen_pop", "notify_chat")
MENU = "functions/pivot/menu/app.py"
CONTRACT, UNIT = "tests/suite", "tests/unit"
GREETING = "functions/pivot/say_hello/app.py"


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with a few functions more than that project, whose `pivotctl` has run before."""
    folder = tmp_path_factory.mktemp("upstream") / "collection"
    new_project(Project.find(ROOT), folder, [*FIRST, "twiml_menu", "last_agent"])
    for code in ("pivotctl", "layers"):
        assert compileall.compile_dir(folder / code, quiet=1)
    return folder


@pytest.fixture(scope="module")
def delivered(collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of three templates, a receiver, and two workers, as it was made."""
    folder = tmp_path_factory.mktemp("delivered") / "acme"
    new_project(Project.find(collection), folder, FIRST)
    return folder


@pytest.fixture
def project(delivered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project, which is the current folder."""
    folder = tmp_path / "acme"
    shutil.copytree(delivered, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def newer(collection: Path, tmp_path: Path) -> Path:
    """A copy of the checkout whose greeting and menu are others, and whose layer is fixed."""
    folder = tmp_path / "newer"
    shutil.copytree(collection, folder)
    edit(folder / MENU, '"""', '"""Version 2. ')
    edit(folder / GREETING, "Have a great day.", "Have a nice day.")
    edit(folder / "layers/common/pivotkit/__init__.py", '"""', '"""Version 2. ')
    edit(folder / "functions/webhooks/channel_events/README.md", "Stores", "Version 2: stores")
    return folder


def edit(path: Path, old: str, new: str) -> None:
    """Replace the first occurrence of a text in a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def run(*arguments: str, typed: str | None = None) -> Result:
    """`pivotctl` in the current folder."""
    return CliRunner().invoke(main, arguments, input=typed)


def quick_tests(project: Path, *folders: str) -> None:
    """Run the project's own quick tests in some folders."""
    python(project, "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *folders)


def python(project: Path, *module: str) -> None:
    """Run a module on the project's own code; it has to succeed."""
    path = os.pathsep.join((str(project), str(project / "layers/common")))
    done = subprocess.run(
        [sys.executable, "-m", *module],
        cwd=project,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_a_project_grows_and_is_updated(project: Path, collection: Path, newer: Path) -> None:
    """It keeps the contract with a new template; after a conflict is solved, all its tests pass."""
    done = run("add", "twiml_menu", "--from", str(collection))
    assert done.exit_code == 0, done.output
    assert "twiml_menu" in Project.find(project).functions
    quick_tests(project, CONTRACT)

    edit(project / GREETING, "Have a great day.", "Welcome to Acme.")
    done = run("update", "--from", str(newer))
    assert done.exit_code == 1
    assert f"{GREETING}: CONFLICT" in done.output
    assert "<<<<<<< yours" in (project / GREETING).read_text(encoding="utf-8")

    shutil.copy(newer / GREETING, project / GREETING)
    assert run("assemble").exit_code == 0
    python(project, "scripts.make_catalogue")
    quick_tests(project, CONTRACT, UNIT)


def test_add_brings_what_a_function_needs(project: Path, collection: Path) -> None:
    """A template comes with its workers, folders, events, and tests; both lists are renewed."""
    done = run("add", "last_agent", "--from", str(collection))
    assert done.exit_code == 0, done.output
    assert "Added because others need them: last_agents." in done.output
    found = Project.find(project)
    assert {"last_agent", "last_agents"} <= found.functions.keys()
    assert "LastAgentsQueue" in found.template.resources
    assert (project / "tests/calls/test_last_agent.py").is_file()
    assert "last_agent" in (project / "docs/catalogue.md").read_text(encoding="utf-8")
    manifest = Manifest.read(project)
    assert manifest.functions == (*FIRST, "last_agent")
    assert "last_agents" in manifest.needed


def test_add_and_remove_leave_nothing_behind(project: Path, collection: Path) -> None:
    """A function that comes and goes changes neither files nor record."""
    before = tree(project), kept(project), (project / "template.yaml").read_bytes()
    done = run("add", "twiml_menu", "--from", str(collection))
    assert done.exit_code == 0, done.output
    assert run("remove", "twiml_menu", "--yes").exit_code == 0
    assert (tree(project), kept(project), (project / "template.yaml").read_bytes()) == before


@pytest.mark.usefixtures("project")
def test_the_checkout_is_remembered(collection: Path) -> None:
    """`--from` is needed once, and is asked for by name before."""
    assert "--from ../pivot-functions" in run("add", "twiml_menu").output
    assert run("update", "--check", "--from", str(collection)).exit_code == 0
    assert run("update", "--check").exit_code == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("menu", "menu: in the project already"),
        ("twiml_men", "Did you mean twiml_menu"),
    ],
)
def test_what_cannot_be_added_is_said(
    project: Path, collection: Path, name: str, said: str
) -> None:
    """A wrong name gets near ones, and nothing is written."""
    before = tree(project)
    done = run("add", name, "--from", str(collection))
    assert (done.exit_code, said in done.output) == (1, True), done.output
    assert tree(project) == before


def test_add_wants_the_version_that_the_project_has(project: Path, newer: Path) -> None:
    """A function is not put on a layer that it was not written for."""
    done = run("add", "twiml_menu", "--from", str(newer))
    assert done.exit_code == 1
    assert "run `pivotctl update` first" in done.output
    assert not (project / "functions/pivot/twiml_menu").exists()


def test_a_function_that_is_needed_is_not_removed(project: Path) -> None:
    """The error says which function needs it; together they go."""
    done = run("remove", "channel_events", "--yes")
    assert done.exit_code == 1
    assert "channel_events is needed by" in done.output
    assert "screen_pop" in done.output
    assert (project / "functions/webhooks/channel_events").exists()
    names = ["notify_chat", "screen_pop", "event_bus", "call_records", "channel_events"]
    left = ["faxes", "voicemails", "notifications", "spooled_deliveries"]
    assert run("remove", "--yes", *names, *left).exit_code == 0
    assert tuple(Project.find(project).functions) == ("say_hello", "menu", "account_balance")


def test_what_nothing_needs_any_more_is_named(project: Path) -> None:
    """Functions that came along stay until their owner removes them."""
    done = run("remove", "notify_chat", "--yes")
    assert "No longer needed: faxes, notifications, voicemails." in done.output
    assert "faxes" in Project.find(project).functions


def test_remove_asks_and_shows_edits(project: Path) -> None:
    """The owner's changes are named before they go, and "no" keeps everything."""
    edit(project / MENU, '"""', '"""Ours. ')
    done = run("remove", "menu", typed="n\n")
    assert done.exit_code == 1
    assert f"You have changed: {MENU}." in done.output
    assert (project / MENU).exists()


def test_an_update_without_edits_is_the_newer_version(project: Path, newer: Path) -> None:
    """All files are those that a new project would have, and the check agrees."""
    done = run("update", "--from", str(newer))
    assert done.exit_code == 0, done.output
    assert "You have changed nothing." in done.output
    fresh = project.parent / "fresh/acme"
    new_project(Project.find(newer), fresh, FIRST)
    assert tree(project) == tree(fresh)
    assert not renew(project, write=False).changed
    done = run("update", "--check")
    assert (done.exit_code, "Up to date." in done.output) == (0, True)


def test_a_check_writes_nothing(project: Path, newer: Path) -> None:
    """It says what an update would leave, shows the owner's lines, and exits with 1."""
    edit(project / GREETING, "Have a great day.", "Welcome to Acme.")
    before = tree(project)
    done = run("update", "--check", "--diff", "--from", str(newer))
    assert done.exit_code == 1
    assert f"  {GREETING}: +1 -1" in done.output
    assert "Welcome to Acme." in done.output
    assert f"{GREETING}: CONFLICT" in done.output
    assert tree(project) == before


def test_edits_survive_an_update(project: Path, newer: Path) -> None:
    """Other lines are merged, deleted files stay deleted, and own files are left alone."""
    edit(project / MENU, "def handler", "# ours\ndef handler")
    (project / "functions/pivot/say_hello/ours.py").write_text('"""Ours."""\n', encoding="utf-8")
    (project / "functions/webhooks/channel_events/README.md").unlink()
    done = run("update", "--from", str(newer))
    assert done.exit_code == 0, done.output
    text = (project / MENU).read_text(encoding="utf-8")
    assert ('"""Version 2.' in text, "# ours\n" in text) == (True, True)
    assert f"{MENU}: merged with your changes" in done.output
    assert (project / "functions/pivot/say_hello/ours.py").is_file()
    assert not (project / "functions/webhooks/channel_events/README.md").exists()
    assert "changed upstream, stays deleted" in done.output


def test_open_conflicts_stop_the_next_update(project: Path, newer: Path) -> None:
    """Markers of one update are never merged into those of the next."""
    edit(project / GREETING, "Have a great day.", "Welcome to Acme.")
    assert run("update", "--from", str(newer)).exit_code == 1
    edit(newer / GREETING, "Have a nice day.", "Have a fine day.")
    done = run("update")
    assert done.exit_code == 1
    assert f"These files have conflict markers: {GREETING}" in done.output


def test_a_conflict_in_a_source_of_template_yaml_is_said(project: Path, newer: Path) -> None:
    """template.yaml stays as it was until the conflict is resolved."""
    fragment = "functions/pivot/say_hello/function.yaml"
    edit(project / fragment, "description: ", "description: Acme ")
    edit(newer / fragment, "description: ", "description: Newly ")
    before = (project / "template.yaml").read_bytes()
    done = run("update", "--from", str(newer))
    assert done.exit_code == 1
    assert f"{fragment}: CONFLICT" in done.output
    assert "template.yaml is not regenerated" in done.output
    assert (project / "template.yaml").read_bytes() == before


def test_the_version_of_a_project_is_shown(project: Path) -> None:
    """`pivotctl --version` says which version of Pivot Functions a project was made of."""
    assert (
        f"acme, made of Pivot Functions {Manifest.read(project).version}" in run("--version").output
    )


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["update", "--from", "."], "is no checkout of Pivot Functions"),
        (["update", "--from", "nowhere"], "nowhere is no checkout of Pivot Functions"),
        (["remove", "say_helo"], "Did you mean say_hello"),
    ],
)
def test_a_wrong_command_says_what_to_give(project: Path, command: list[str], said: str) -> None:
    """The error is one sentence with the fix."""
    done = run(*command)
    assert project.exists()
    assert (done.exit_code, said in done.output) == (1, True), done.output


def test_outside_a_project_the_manifest_is_missed(
    tmp_path: Path, delivered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkout without pivot-functions.json was not made by `pivotctl new`."""
    shutil.copytree(delivered / "infra", tmp_path / "infra")
    monkeypatch.chdir(tmp_path)
    done = run("update", "--from", str(delivered))
    assert (done.exit_code, "pivotctl new" in done.output) == (1, True)
