"""The contract suite itself: a good template has no faults, a broken one is told what to add.

Each case breaks one thing in a project of two templates, `ring` and a new one called `probe`.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from pivotctl.commands.template import command
from pivotctl.infra import renew
from pivotctl.project import Project
from pivotctl.scaffold.new_function import new_template
from pivotctl.scaffold.new_project import new_project
from pivotctl.stack import Stack
from pivotctl.switch.http.exchange import HttpResponse
from pivotctl.switch.scenario import Scenario
from promises.leaks import leaks, secrets_of
from tests.calls.phone import Phone, phone
from tests.functions import ROOT
from tests.suite import checks, played, running
from tests.suite.broken import APP, BROKEN, YAML, Broken
from tests.suite.recorder import Recorder, Use, refusals
from tests.suite.subject import Template, templates


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the templates `ring` and `probe`, its copy with settings of its own."""
    folder = tmp_path_factory.mktemp("good") / "project"
    new_project(Project.find(ROOT), folder, ["ring"])
    for path, text in new_template(Project.find(folder), "probe", "ring").items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    shutil.rmtree(folder / "pivotctl")
    return folder


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    """A copy of it, to be broken."""
    copy = tmp_path / "project"
    shutil.copytree(good, copy)
    return copy


def probe(root: Path) -> Template:
    """The template in a project."""
    return Template(Project.find(root), "probe")


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
def test_a_good_template_has_no_faults(good: Path, check: checks.Check) -> None:
    """A new template of `pivotctl template` keeps the contract as it stands."""
    assert templates(Project.find(good)) == ["probe", "ring"]
    assert check(probe(good)) == []


@pytest.mark.parametrize("broken", BROKEN, ids=lambda each: f"{each.check.__name__}-{each.message}")
def test_a_broken_template_is_told_what_to_do(folder: Path, broken: Broken) -> None:
    """One thing is wrong, and the one check that looks for it says so."""
    broken.apply(folder)
    assert broken.message in "\n".join(broken.check(probe(folder)))


def test_every_check_is_seen_to_fail() -> None:
    """No check is there that nothing has ever failed."""
    assert {broken.check for broken in BROKEN} == set(checks.CHECKS)


def test_a_folder_that_is_not_declared_is_found(folder: Path) -> None:
    """A folder alone is a template already, and is told what it lacks."""
    (folder / "functions/pivot/forgotten").mkdir()
    (folder / "functions/pivot/forgotten/app.py").write_text('"""Forgets."""\n', encoding="utf-8")
    project = Project.find(folder)
    assert templates(project) == ["probe", "ring", "forgotten"]
    said = [said for check in checks.CHECKS for said in check(Template(project, "forgotten"))]
    assert len(said) >= 10


# -- checks that run a template --------------------------------------------------------------------


@pytest.fixture
def reached(stack: Stack, folder: Path) -> Iterator[Phone]:
    """A phone that reaches the functions of the project in `folder`."""
    with phone(Stack(Project.find(folder), stack.info)) as ready:
        yield ready


FALLING = "    raise ValueError\n"
REFUSED = '    return {"statusCode": 200, "headers": {}, "body": "{}"}\n'
NO_PIVOT = f"""\"\"\"Answers everybody.\"\"\"


def handler(event, context):
{REFUSED}"""


@pytest.mark.parametrize("check", running.CHECKS, ids=lambda check: check.__name__)
def test_a_good_template_runs(reached: Phone, check: running.RunningCheck) -> None:
    """A new template answers its events, to those who have a key, and is light."""
    assert check(Template(reached.stack.project, "probe"), reached) == []


@pytest.mark.parametrize(
    ("check", "broken", "message"),
    [
        (running.events_are_answered, FALLING, "the log says 'fallback'"),
        (running.a_key_is_needed, NO_PIVOT, "key 'wrong' gets 200: make the handler with @pivot"),
        (running.a_stateless_template_is_light, "import boto3\n", "app.py imports boto3"),
        (running.a_stateless_template_is_light, "import no_such\n", "app.py cannot be imported"),
    ],
)
def test_a_template_that_runs_badly_is_told_so(
    reached: Phone, folder: Path, check: running.RunningCheck, broken: str, message: str
) -> None:
    """A template that raises, has no lock or is heavy is told what to do."""
    path = folder / APP
    text = path.read_text(encoding="utf-8")
    changed = text.replace("    return ring(settings) >> take_message(settings)\n", FALLING)
    path.write_text(changed if broken is FALLING else broken, encoding="utf-8")
    said = check(Template(reached.stack.project, "probe"), reached)
    assert message in said[0]


def test_a_new_template_says_hello(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A template made by `pivotctl template NAME` alone can be dialed at once."""
    whole = tmp_path / "whole"
    new_project(Project.find(ROOT), whole, ["say_hello"])
    monkeypatch.chdir(whole)
    assert CliRunner().invoke(command, ["opening_times"]).exit_code == 0
    with phone(Stack(Project.find(whole), stack.info)) as dial:
        dial("opening_times").hears("Hello Jane Doe.").hung_up("kazoo").is_carried_through()


# -- checks of what dialogues showed ---------------------------------------------------------------


def test_a_good_template_is_dialled_on_every_path(reached: Phone) -> None:
    """Dialogues that take every branch leave nothing to say."""
    reached("probe")
    template = Template(reached.stack.project, "probe")
    assert [said for check in played.CHECKS for said in check(template, reached.recorder)] == []


def test_branches_that_nobody_dials_are_named(reached: Phone, folder: Path) -> None:
    """A line that no dialogue takes is named, with what to add, also if it asks to be spared."""
    path = folder / APP
    branch = (
        '    if call.request == "1":  # pragma: no branch\n'
        "        return MESSAGE  # pragma: no cover\n"
        "    return ring(settings) >> take_message(settings)\n"
    )
    text = path.read_text(encoding="utf-8").replace(
        "    return ring(settings) >> take_message(settings)\n", branch
    )
    path.write_text(text, encoding="utf-8")
    template = Template(reached.stack.project, "probe")
    undialled = played.every_branch_is_dialled(template, reached.recorder)
    reached("probe")
    (missing,) = played.every_branch_is_dialled(template, reached.recorder)

    assert "nothing of it was dialled" in undialled[0]
    line = text.splitlines().index("        return MESSAGE  # pragma: no cover") + 1
    assert f"line {line} is never run: add a dialogue" in missing


def test_a_template_that_prints_who_calls_is_found(reached: Phone, folder: Path) -> None:
    """The lines that a template logs are read while a dialogue goes on."""
    path = folder / APP
    text = path.read_text(encoding="utf-8")
    line = "    return ring(settings) >> take_message(settings)\n"
    path.write_text(text.replace(line, f"    print(call.caller.number)\n{line}"), encoding="utf-8")
    reached("probe")
    (said,) = played.logs_hold_no_caller_data(
        Template(reached.stack.project, "probe"), reached.recorder
    )
    assert "a log line holds '4155550199'" in said


def test_the_checks_stand_behind_the_dialogues() -> None:
    """A module that is named after a template ends with the checks of what was shown."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "tests/calls/test_ring.py", "tests/calls/test_readme.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    added = [f"tests/calls/test_ring.py::{check.__name__}" for check in played.CHECKS]
    collected = [line for line in done.stdout.splitlines() if "::" in line]
    assert [line for line in collected if "::test_" not in line] == added


def seen(**what: object) -> Recorder:
    """A recorder that has seen the template `probe` do something."""
    recorder = Recorder()
    for name, value in what.items():
        setattr(recorder.of("probe"), name, value)
    return recorder


def test_answers_and_leaks_are_said_with_their_test(folder: Path) -> None:
    """A finding of a dialogue is reported with its name."""
    recorder = seen(refused=["test_a: no"], leaks=["test_b: no"])
    assert played.kazoo_accepts_every_answer(probe(folder), recorder) == ["probe: test_a: no"]
    assert played.logs_hold_no_caller_data(probe(folder), recorder) == ["probe: test_b: no"]


GET = Use("dynamodb:GetItem", "DirectoryTable")


def test_a_role_that_grants_too_little_is_found(folder: Path) -> None:
    """An operation that was made, and that the role does not allow, is named."""
    (said,) = played.the_role_grants_what_is_used(probe(folder), seen(uses={GET}))
    assert said.endswith("lacks dynamodb:GetItem on DirectoryTable: add it")


def test_a_role_that_grants_too_much_is_found(folder: Path) -> None:
    """A permission that no dialogue used is named."""
    with (folder / YAML).open("a", encoding="utf-8") as file:
        file.write("may: {DirectoryTable: [GetItem]}\ndirectory: [visitor]\n")
    renew(folder)
    template = probe(folder)

    assert played.the_role_grants_what_is_used(template, seen(uses={GET})) == []
    (said,) = played.the_role_grants_what_is_used(template, Recorder())
    assert "allows dynamodb:GetItem on DirectoryTable for no dialogue: remove it" in said


def test_kinds_of_entries_are_compared(folder: Path) -> None:
    """A kind that was used and is not declared is named, and so is one that was not used."""
    with (folder / YAML).open("a", encoding="utf-8") as file:
        file.write("may: {DirectoryTable: [GetItem]}\ndirectory: [visitor]\nshared: [rate]\n")
    used = [replace(GET, partition=each) for each in ("caller#a", "visitor#a", "holiday")]
    said = played.the_role_covers_the_entries(probe(folder), seen(uses=set(used)))
    assert [line.partition(": ")[2].split(" for ")[0] for line in said] == [
        "directory lacks caller: add it",
        "shared lacks holiday: add it",
        "shared has rate",
    ]


@pytest.mark.parametrize(
    ("partition", "found"),
    [("visitor#a", False), ("a#call", False), ("attempts#*#code", False), ("visitor#b", True)],
)
def test_another_accounts_item_is_found(folder: Path, partition: str, *, found: bool) -> None:
    """An item that belongs to another account than the call's is named."""
    uses = {replace(GET, partition=partition, account="a")}
    said = played.everything_is_of_the_account(probe(folder), seen(uses=uses))
    assert bool(said) is found


# -- the recorder ----------------------------------------------------------------------------------

CALL = Scenario({}, caller="+14155550199", caller_name="Jane Doe", press=("1", "4321#"))


def test_what_of_a_call_is_secret() -> None:
    """Number, name, and keys that are long enough to be told from other numbers."""
    assert secrets_of(CALL) == {"4155550199", "Jane Doe", "4321"}


@pytest.mark.parametrize(
    ("line", "leaking"),
    [
        ({"message": "answered", "ms": 4321, "timestamp": "4321"}, False),
        ({"message": "answered", "call": "43210"}, False),
        ({"message": "PIN 4321"}, True),
        ({"message": "answered", "name": "Jane Doe"}, True),
        ({"message": "+14155550199"}, True),
        ({"message": "4155550199"}, True),
    ],
)
def test_a_log_line_with_caller_data_is_found(line: Mapping[str, object], *, leaking: bool) -> None:
    """Values are searched, apart from the fields that hold times."""
    assert bool(leaks([json.dumps(line)], secrets_of(CALL))) is leaking


@pytest.mark.parametrize(
    ("kind", "body", "refused"),
    [
        ("application/json", '{"module": "hangup", "data": {}, "children": {}}', False),
        ("application/json", '{"module": "hang", "data": {}, "children": {}}', True),
        ("text/xml", "<Response><Hangup/></Response>", False),
        ("text/xml", "<Response><Dial>", True),
    ],
)
def test_an_answer_that_kazoo_refuses_is_found(kind: str, body: str, *, refused: bool) -> None:
    """Callflow or TwiML: both KAZOOs have to carry it out."""
    response = HttpResponse(200, (("content-type", kind),), body.encode())
    assert bool(refusals(response, "https://pivot.example.com/key/pivot/probe")) is refused
