"""`pivotctl new`: a project of some functions, whole and no larger than they need."""

import os
import pty
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pivotctl.commands.new import command
from pivotctl.infra import Application, FragmentError, renew
from pivotctl.project import Project
from pivotctl.sam_template import parse
from pivotctl.scaffold.manifest import Manifest, kept, tree
from pivotctl.scaffold.new_project import new_project
from scripts.lint_template import lint, read, transformed
from tests.functions import ROOT
from tests.suite import checks
from tests.suite.subject import Template, templates

PROJECT = Project.find(ROOT)
APPLICATION = Application.read(ROOT)
PIVOTS = [each.name for each in PROJECT.functions.values() if each.kind == "pivot"]
THREE = ("say_hello", "account_balance", "twiml_menu")
LINK = re.compile(r"\[[^\]]+\]\((?!https?://)([^)#]+)\)")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project of three templates."""
    folder = tmp_path_factory.mktemp("new") / "acme-calls"
    new_project(PROJECT, folder, THREE)
    return Project.find(folder)


def run(*arguments: str) -> Result:
    """`pivotctl new` in the current folder."""
    return CliRunner().invoke(command, arguments)


def test_it_has_the_templates_and_no_other_function(made: Project) -> None:
    """Three functions, each with its events and dialogues."""
    assert set(made.functions) == set(THREE)
    assert set(templates(made)) == set(THREE)


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
def test_its_templates_keep_the_contract(made: Project, check: checks.Check) -> None:
    """Nothing of a template was left behind."""
    assert [said for name in THREE for said in check(Template(made, name))] == []


def test_template_yaml_holds_what_they_need(made: Project) -> None:
    """Their tables, logs and alarms stay, with comments; receivers, workers and console go."""
    text = made.template.path.read_text(encoding="utf-8")
    resources = made.template.resources
    assert {"CallStateTable", "DirectoryTable", "CallsFailedAlarm", "CommonLayer"} <= set(resources)
    gone = ("Console", "ChannelEvents", "CdrErrors", "SpoolQueue", "CallRecordsTable", "RingRole")
    assert [name for name in gone if name in resources] == []
    assert "WebhookKeyHashes" not in text
    assert "HasWebhookKeys" not in text
    assert "# The data that templates look up" in text
    assert "--- functions/webhooks" not in text


def test_any_function_can_be_had_alone(tmp_path: Path) -> None:
    """The console comes with its layer and its pages, and nothing of Pivot."""
    new_project(PROJECT, tmp_path / "made", ["console"])
    made = Project.find(tmp_path / "made")
    assert tuple(made.functions) == ("console",)
    assert {"ConsoleLayer", "ConsoleApi"} <= set(made.template.resources)
    assert (made.root / "layers/console/requirements.txt").is_file()
    assert lint(transformed(read(made.template.path))) == []
    assert dead_links(made.root) == []


def test_the_project_says_where_it_came_from(made: Project) -> None:
    """Version, chosen functions, and the files as they were delivered are kept in it."""
    manifest = Manifest.read(made.root)
    assert (manifest.name, manifest.functions) == ("acme-calls", THREE)
    assert manifest.version == version("pivot-functions")
    delivered = kept(made.root)
    assert delivered == tree(made.root)
    assert delivered.keys() >= {"Makefile", "AGENTS.md", "functions/pivot/say_hello/app.py"}
    assert "template.yaml" not in delivered


def test_a_stateless_project_has_no_tables() -> None:
    """Shared resources that no function uses are not deployed, nor paid for."""
    text = APPLICATION.only(["say_hello"]).assembled().text
    resources = parse(text)["Resources"]
    tables = {name: r for name, r in resources.items() if r["Type"] == "AWS::DynamoDB::Table"}
    assert {name: each.get("Condition") for name, each in tables.items()} == {
        "CallCountsTable": "LimitsCalls",
        "CallIndexTable": "HasLiveDebug",
    }
    assert "- Label: {default: Secrets (made" in text
    assert "Parameters: [Secrets]" in text
    assert "HookSecrets" not in text


def test_template_yaml_is_clean_after_the_transform(made: Project) -> None:
    """CloudFormation finds all that is referred to, and nothing that is not."""
    assert lint(transformed(read(made.template.path))) == []


@pytest.mark.parametrize("name", PIVOTS)
def test_each_template_can_be_had_alone(name: str, tmp_path: Path) -> None:
    """The template.yaml of one template refers to nothing that was left out."""
    path = tmp_path / "template.yaml"
    path.write_text(APPLICATION.only([name]).assembled().text, encoding="utf-8")
    (tmp_path / "functions").symlink_to(PROJECT.root / "functions")
    project = Project.find(tmp_path)
    function = project.functions[name]
    resolved = project.environment(function, gateway_url="http://g", aws_url="http://a")
    assert resolved["POWERTOOLS_SERVICE_NAME"] == name


def test_a_folder_that_is_deleted_takes_its_resources_along(tmp_path: Path) -> None:
    """Function, role, output, and the tables that nothing else uses are gone at the next build."""
    new_project(PROJECT, tmp_path / "made", THREE)
    root = tmp_path / "made"
    for folder in ("account_balance", "twiml_menu"):
        shutil.rmtree(root / "functions/pivot" / folder)
    assert renew(root).changed
    made = Project.find(root)
    assert tuple(made.functions) == ("say_hello",)
    assert not made.tables
    assert "AccountBalanceUrl" not in made.template.body["Outputs"]


def test_a_table_that_was_left_out_comes_back_when_a_function_uses_it(tmp_path: Path) -> None:
    """infra/ is whole in every project, so a permission is all that a table needs."""
    new_project(PROJECT, tmp_path / "made", ["say_hello"])
    root = tmp_path / "made"
    with (root / "functions/pivot/say_hello/function.yaml").open("a", encoding="utf-8") as file:
        file.write("may: {DirectoryTable: [GetItem]}\ndirectory: [visitor]\n")
    renew(root)
    made = Project.find(root)
    assert set(made.tables) == {"DirectoryTable"}
    assert made.function("say_hello").memory == 512
    assert "DIRECTORY_TABLE" in made.function("say_hello").environment


def test_a_folder_without_function_yaml_is_named(tmp_path: Path) -> None:
    """A function is not forgotten because one file is missing."""
    new_project(PROJECT, tmp_path / "made", ["say_hello"])
    (tmp_path / "made/functions/pivot/say_hello/function.yaml").unlink()
    with pytest.raises(FragmentError, match=r"say_hello/function\.yaml: add it"):
        renew(tmp_path / "made")


def dead_links(root: Path) -> list[str]:
    """The links of a project's pages that lead nowhere."""
    pages = [path for path in root.rglob("*.md") if "layers" not in path.parts]
    return [
        f"{page}: {link}"
        for page in pages
        for link in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists()
    ]


def test_its_pages_lead_somewhere(made: Project) -> None:
    """README and catalogue link to files that were made, and to all three templates."""
    assert dead_links(made.root) == []
    for page in (made.root / "README.md", made.root / "docs/catalogue.md"):
        found = LINK.findall(page.read_text(encoding="utf-8"))
        assert len([link for link in found if "functions/pivot" in link]) == len(THREE)


def test_its_stack_is_not_the_collections(made: Project) -> None:
    """A deploy does not overwrite another project's stack."""
    config = (made.root / "samconfig.toml").read_text(encoding="utf-8")
    assert 'stack_name = "acme-calls-prod"' in config
    assert "pivot-functions" not in config


def test_its_checks_and_commands_have_what_they_work_on(made: Project) -> None:
    """A project has what mypy reads and make runs, and names nothing else of the collection."""
    settings = tomllib.loads((made.root / "pyproject.toml").read_text(encoding="utf-8"))
    makefile = (made.root / "Makefile").read_text(encoding="utf-8")
    ours = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()} | {"scripts"}
    modules = set(re.findall(r"-m ([\w.]+)", makefile))
    run = [name.replace(".", "/") for name in modules if name.partition(".")[0] in ours]
    wanted = {*settings["tool"]["mypy"]["files"], *(f"{name}.py" for name in run)}
    assert run
    assert {name for name in wanted if not (made.root / name).exists()} == set()


def test_it_holds_nothing_of_this_machine(made: Project) -> None:
    """No byte-code, no environment, and no path of the collection it was made of."""
    names = {path.name for path in made.root.rglob("*")}
    assert not names & {"__pycache__", ".venv", ".tools", ".aws-sam", ".pivotctl"}
    texts = (path.read_bytes() for path in made.root.rglob("*") if path.is_file())
    assert not [text for text in texts if str(ROOT).encode() + b"/" in text]


def test_what_a_template_dials_comes_along(tmp_path: Path) -> None:
    """A template whose dialogues dial another one brings it, and that is said."""
    source = tmp_path / "source"
    new_project(PROJECT, source, THREE)
    test = source / "tests/calls/test_say_hello.py"
    test.write_text('def test_it(dial):\n    dial("twiml_menu")\n', encoding="utf-8")
    done = new_project(Project.find(source), tmp_path / "made", ["say_hello"])
    assert (set(done.names), done.added) == ({"say_hello", "twiml_menu"}, ("twiml_menu",))


def test_what_feeds_a_template_comes_along(tmp_path: Path) -> None:
    """last_agent learns from webhooks: receiver, workers, queues and their alarms stay."""
    done = new_project(PROJECT, tmp_path / "made", ["last_agent"])
    made = Project.find(tmp_path / "made")
    assert set(done.names) - {"last_agent"} == set(done.added)
    assert {"channel_events", "spooled_deliveries", "last_agents"} <= set(done.added)
    assert {
        "SpoolQueue",
        "SpoolDeadLetterAlarm",
        "WebhooksErrors",
        "DeliveriesFailedAlarm",
        "LastAgentsRule",
        "LastAgentsQueuePolicy",
        "LastAgentsDeadLetterPolicy",
        "LastAgentsDeadLetterAlarm",
    } <= set(made.template.resources)
    gone = {"CdrErrors", "ConsoleErrorsAlarm", "CdrUrl", "HooksFailing", "CdrBucketPolicy"}
    assert not gone & set(made.template.resources)
    assert lint(transformed(read(made.template.path))) == []
    assert dead_links(made.root) == []


def test_without_names_it_asks_on_a_terminal_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one, as in a script, the error says what to write."""
    monkeypatch.chdir(ROOT)
    done = run(str(tmp_path / "mine"))
    assert done.exit_code == 2
    assert "name the functions, such as: pivotctl new DIR say_hello" in done.output
    assert not (tmp_path / "mine").exists()


def test_on_a_terminal_groups_and_then_functions_are_chosen(tmp_path: Path) -> None:
    """Each has a line about it; a wrong answer is asked again, and Enter chooses none."""
    said = at_a_terminal([str(tmp_path / "mine")], "1, twilio nope\n1 twilio\nsay_hello\n\n")
    assert "Greets callers by name." in said
    assert "nope is not in the list: use a number from 1 to" in said
    assert tuple(Project.find(tmp_path / "mine").functions) == ("say_hello",)


def at_a_terminal(arguments: list[str], typed: str) -> str:
    """The output of `pivotctl new` on a pseudo-terminal when all of `typed` is typed ahead."""
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    command_line = [sys.executable, "-m", "pivotctl", "new", *arguments]
    done = subprocess.run(
        command_line, cwd=ROOT, stdin=theirs, capture_output=True, text=True, check=False
    )
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_command_says_what_to_do_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends with the commands that show the result."""
    monkeypatch.chdir(ROOT)
    done = run(str(tmp_path / "mine"), "say_hello")
    assert done.exit_code == 0
    assert "make setup\n" in done.output
    assert "pivotctl call say_hello --dialogue" in done.output


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["say_helo"], "Did you mean say_hello?"),
        (["say_hello", "notify_chats"], "Did you mean notify_chat or notifications?"),
    ],
)
def test_what_cannot_be_made_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str], said: str
) -> None:
    """A wrong name is met with a better one, and nothing is made."""
    monkeypatch.chdir(ROOT)
    done = run(str(tmp_path / "mine"), *names)
    assert done.exit_code == 1
    assert said in done.output
    assert not (tmp_path / "mine").exists()


def test_a_folder_with_something_in_it_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody's files are overwritten."""
    monkeypatch.chdir(ROOT)
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    done = run(str(tmp_path), "say_hello")
    assert "is not empty" in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.long
def test_make_test_and_sam_build_pass_in_it(made: Project) -> None:
    """A newcomer's first three commands work in a project that was just made."""
    tools = {"UV_CACHE_DIR": ROOT / ".tools/cache", "UV_PYTHON_INSTALL_DIR": ROOT / ".tools/python"}
    environment = {**os.environ, **{name: str(path) for name, path in tools.items()}}
    for command_line in (["make", "test"], [str(made.tools.sam), "build"], ["make", "lint"]):
        done = subprocess.run(
            command_line,
            cwd=made.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
