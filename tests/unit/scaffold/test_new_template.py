"""`pivotctl template`: a new template of another one, whichever it is."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pivotctl import catalogue
from pivotctl.commands.template import command
from pivotctl.project import Project, UnknownFunctionError
from pivotctl.scaffold.errors import ScaffoldError
from pivotctl.scaffold.new_function import Renaming, copied, new_template
from pivotctl.scaffold.new_project import new_project
from scripts import make_events
from tests.functions import ROOT
from tests.suite import checks
from tests.suite.subject import Template

PROJECT = Project.find(ROOT)
PIVOTS = [each.name for each in PROJECT.functions.values() if each.kind == "pivot"]


SHAPES = ["say_hello", "ring", "account_balance", "twiml_menu", "ivr_tree", "last_agent"]
"""Stateless, with settings, a conversation, TwiML, with data beside it, fed by webhooks."""


@pytest.fixture
def three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project, which is the current folder."""
    folder = tmp_path / "three"
    new_project(PROJECT, folder, ["say_hello", "account_balance", "twiml_menu"])
    monkeypatch.chdir(folder)
    return folder


def run(*arguments: str) -> Result:
    """`pivotctl template` in the current folder."""
    return CliRunner().invoke(command, arguments)


@pytest.mark.parametrize("like", SHAPES)
def test_a_new_template_keeps_the_contract_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, like: str
) -> None:
    """Whatever it is made of, no check of the suite has anything to say."""
    folder = tmp_path / "one"
    new_project(PROJECT, folder, [like])
    monkeypatch.chdir(folder)
    assert run("opening_times", "--like", like).exit_code == 0
    template = Template(Project.find(folder), "opening_times")
    assert [said for check in checks.CHECKS for said in check(template)] == []
    texts = make_events.texts(template.project).items()
    assert [path for path, text in texts if _differs(folder / "events" / path, text)] == []
    files = catalogue.files(template.project).items()
    assert [path for path, text in files if _differs(path, text)] == []
    shown = template.project.template.resources["OpeningTimes"]["Properties"]["Environment"]
    assert shown["Variables"]["POWERTOOLS_SERVICE_NAME"] == "opening_times"


def _differs(path: Path, text: str) -> bool:
    return path.read_text(encoding="utf-8") != text


@pytest.mark.parametrize("like", PIVOTS)
def test_every_template_can_be_copied(like: str) -> None:
    """Nothing of the new files says the old name where it stands for the function."""
    files = copied(PROJECT, PROJECT.function(like), Renaming(like, "opening_times"))
    texts = {str(path): text for path, text in files.items()}
    assert f"functions/pivot/{like}/" not in "".join(texts)
    assert "# opening_times\n" in texts["functions/pivot/opening_times/README.md"]
    left = [path for path, text in texts.items() if re.search(rf"/pivot/{like}\b", text)]
    assert left == []
    assert f'dial("{like}"' not in texts["tests/calls/test_opening_times.py"]


def test_it_says_what_it_is_for(three: Path) -> None:
    """The description is in the README, in the code, in template.yaml and in the catalogue."""
    assert run("opening_times", "--description", "Tells: when we open").exit_code == 0
    said = "Tells: when we open."
    folder = three / "functions/pivot/opening_times"
    assert (folder / "README.md").read_text(encoding="utf-8").split("\n")[2] == said
    assert (folder / "app.py").read_text(encoding="utf-8").startswith(f'"""{said}"""\n')
    body = Project.find(three).template.body
    assert body["Resources"]["OpeningTimes"]["Properties"]["Description"] == "Tells: when we open"
    assert body["Outputs"]["OpeningTimesUrl"]["Description"] == "voice_url, tells: when we open"
    assert said in (three / "docs/catalogue.md").read_text(encoding="utf-8")


def test_a_dry_run_writes_nothing(three: Path) -> None:
    """It says what would be written, and what to do then."""
    done = run("opening_times", "--dry-run")
    assert "would write functions/pivot/opening_times/app.py\n" in done.output
    assert "scripts.make_dialogues opening_times" in done.output
    assert not (three / "functions/pivot/opening_times").exists()


def test_the_console_lists_it_in_its_place() -> None:
    """template.yaml has it once, and its endpoints stay in order: by group and name."""
    text = new_template(PROJECT, "opening_times", "menu")[Path("template.yaml")]
    assert text.count("CodeUri: functions/pivot/opening_times\n") == 1
    assert "pivot/one_time_code pivot/opening_times pivot/pin_gate" in " ".join(text.split())


def test_modules_beside_app_py_are_copied(three: Path) -> None:
    """A template that has modules and data of its own takes them along."""
    own = three / "functions/pivot/say_hello"
    (own / "greetings.py").write_text('"""Greetings."""\n', encoding="utf-8")
    (own / "tables").mkdir()
    (own / "tables/hours.json").write_text("{}\n", encoding="utf-8")
    assert run("opening_times").exit_code == 0
    made = three / "functions/pivot/opening_times"
    assert (made / "greetings.py").read_text(encoding="utf-8") == '"""Greetings."""\n'
    assert (made / "tables/hours.json").is_file()


def test_comments_of_function_yaml_stay(three: Path) -> None:
    """Only the description is another one."""
    path = three / "functions/pivot/say_hello/function.yaml"
    path.write_text("# Why.\n" + path.read_text("utf-8") + "# The end.\n", encoding="utf-8")
    assert run("opening_times", "--description", "Tells when we open").exit_code == 0
    made = three / "functions/pivot/opening_times/function.yaml"
    assert made.read_text("utf-8") == (
        "# Why.\ndescription: Tells when we open\ngroup: starters\n# The end.\n"
    )


def test_an_edited_template_yaml_is_not_overwritten(three: Path) -> None:
    """A change by hand is shown, and nothing is written."""
    path = three / "template.yaml"
    text = path.read_text(encoding="utf-8").replace("MemorySize: 512", "MemorySize: 1024")
    path.write_text(text, encoding="utf-8")
    done = run("opening_times")
    assert (done.exit_code, path.read_text(encoding="utf-8")) == (1, text)
    assert "Globals: in infra/base.yaml" in done.output
    assert not (three / "functions/pivot/opening_times").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Opening Times", "'Opening Times' is no name"),
        ("Opening Times", "such as opening_times"),
        ("class", "such as class_call"),
        ("1st", "such as st"),
        ("__", "such as opening_times"),
        ("x" * 41, "up to 40"),
        ("say_hello", "say_hello is taken: there is functions/pivot/say_hello"),
        (
            "channel_events",
            "there is ChannelEvents in functions/webhooks/channel_events/function.yaml",
        ),
        ("common_layer", "there is CommonLayer in infra/base.yaml"),
        ("pivot_log_group", "there is PivotLogGroup in infra/pivot.yaml. Use another name"),
    ],
)
def test_a_bad_name_is_refused_with_a_better_one(name: str, said: str) -> None:
    """The error says what is wrong with it, and what would do."""
    with pytest.raises(ScaffoldError) as error:
        new_template(PROJECT, name)
    assert said in str(error.value)


def test_only_pivot_templates_are_copied() -> None:
    """A receiver has another shape; an unknown name gets the nearest one."""
    with pytest.raises(ScaffoldError, match="channel_events is no Pivot template"):
        new_template(PROJECT, "opening_times", "channel_events")
    with pytest.raises(UnknownFunctionError, match="Did you mean say_hello"):
        new_template(PROJECT, "opening_times", "say_helo")


@pytest.mark.parametrize("description", ['Says "hello".', "A | B.", "Long. " * 20])
def test_a_description_that_would_break_a_file_is_refused(description: str) -> None:
    """It stands in a docstring, in YAML and in a table."""
    with pytest.raises(ScaffoldError, match="write one sentence of up to 90 characters"):
        new_template(PROJECT, "opening_times", description=description)


def test_the_command_says_what_is_wrong(three: Path) -> None:
    """An error of the command is one line, and its exit code 1."""
    done = run("Say_Hello")
    assert three.exists()
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert done.output.startswith("Error: 'Say_Hello' is no name")
