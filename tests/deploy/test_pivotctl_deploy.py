"""`pivotctl deploy` and `undeploy`, driven on a terminal against the local AWS."""

import json
import os
import shutil
import stat
from pathlib import Path

import httpx
import pytest

from pivotctl.connect.accepted_keys import Ending
from pivotctl.connect.rotated_stacks import DeployedKeyStack
from pivotctl.deployed import DeployedStack
from pivotctl.deployment import saved_options
from pivotctl.keys import KeyFile, new_secret
from pivotctl.project import Project
from pivotctl.scaffold.new_project import new_project
from pivotctl.stack.aws import LocalAws
from scripts.lint_template import ROOT, read
from tests.deploy.conftest import REGION, Deployed, environment, routed
from tests.deploy.terminal import Terminal, drive
from tests.events import ACCOUNT, ASKED

pytestmark = [pytest.mark.deploy, pytest.mark.slow]

STACK = "first-deploy"
PIVOTCTL = ROOT / ".venv/bin/pivotctl"


class Operator:
    """Somebody with credentials, a project, and an empty home."""

    def __init__(self, aws: LocalAws, project: Path, home: Path) -> None:
        self.project, self.keys = project, home / "keys.json"
        self.env = environment(aws.url, home) | {
            "TERM": "dumb",
            "PIVOTCTL_KEYS": str(self.keys),
            "PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}",
        }

    def run(self, *arguments: str, **answers: str) -> Terminal:
        """The terminal of a run of `pivotctl`: its text and its questions."""
        named = {key.replace("_", " "): answer for key, answer in answers.items()}
        return drive([PIVOTCTL, *arguments], named, env=self.env, cwd=self.project)


@pytest.fixture(scope="module")
def operator(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """An operator of a new project with one template."""
    folder = tmp_path_factory.mktemp("operator")
    project = folder / "calls"
    new_project(Project.find(ROOT), project, ["say_hello"])
    for name in (".tools", ".venv"):
        (project / name).symlink_to(ROOT / name)
    shutil.rmtree(project / ".aws-sam", ignore_errors=True)
    return Operator(local_aws, project, folder)


@pytest.fixture(scope="module")
def first(operator: Operator) -> Terminal:
    """The first deployment: the name of the stack, and Enter for everything else."""
    return operator.run("deploy", Stack=STACK)


def test_the_first_deployment_asks_at_most_six_questions(first: Terminal) -> None:
    """Stack, region, functions, alarms, and whether to deploy: all but the name by Enter."""
    assert first.returncode == 0, first.screen
    assert len(first.questions) <= 6, first.questions
    assert first.questions[:2] == ["Stack", "AWS region"]


def test_what_will_be_made_is_shown_before_the_last_question(first: Terminal) -> None:
    """The operator sees where, how many functions, and what it costs before anything is made."""
    shown, _, _ = first.screen.partition("Deploy?")

    assert f"Create the stack {STACK} in {REGION}: 1 functions" in shown


def test_the_printed_url_answers(first: Terminal, operator: Operator, local_aws: LocalAws) -> None:
    """The voice_url that is printed answers a Pivot request as KAZOO sends it."""
    url = next(line for line in first.screen.splitlines() if line.startswith("voice_url"))
    path = url.split(".amazonaws.com", 1)[1]
    stack = Deployed(local_aws.url, STACK)
    base = routed(stack, read(operator.project / "template.yaml"))
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = httpx.post(f"{base}{path}", content=ASKED, headers=form, timeout=30)

    assert answer.status_code == 200, answer.text
    assert answer.json()["module"] == "tts"


def test_a_key_of_one_account_is_made_offline(
    first: Terminal, operator: Operator, local_aws: LocalAws
) -> None:
    """The stack accepts it for that account without a deployment, and refuses it for another."""
    assert first.returncode == 0
    base = routed(Deployed(local_aws.url, STACK), read(operator.project / "template.yaml"))
    form = {"content-type": "application/x-www-form-urlencoded"}
    for account, status in ((ACCOUNT, 200), ("f" * 32, 401)):
        key = KeyFile(operator.keys).key(STACK, "pivot", account)
        url = f"{base}/{key}/pivot/say_hello"
        assert httpx.post(url, content=ASKED, headers=form, timeout=30).status_code == status


def test_the_secret_is_in_the_key_file_alone(first: Terminal, operator: Operator) -> None:
    """Only this user can read it; samconfig.toml and the screen do not have it."""
    secret = json.loads(operator.keys.read_text())[STACK]["signing"]

    assert stat.S_IMODE(operator.keys.stat().st_mode) == 0o600
    assert secret not in first.screen
    files = (path for path in operator.project.glob("*") if path.is_file())
    assert not [path for path in files if secret in path.read_text(errors="ignore")]


def test_a_second_deployment_asks_nothing(first: Terminal, operator: Operator) -> None:
    """samconfig.toml and the key file have the answers; what is given is changed."""
    assert first.returncode == 0
    again = operator.run("deploy", "--stack", STACK, "--option", "LogRetentionDays=30")

    assert again.returncode == 0, again.screen
    assert again.questions == []
    assert "Update the stack" in again.screen
    assert "voice_url" in again.screen


def test_keys_end_without_a_deployment(
    first: Terminal, operator: Operator, local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parameters alone are updated: a key ends, a new secret comes, and others stay valid."""
    assert first.returncode == 0
    for name, value in operator.env.items():
        monkeypatch.setenv(name, value)
    file, project = KeyFile(operator.keys), Project.find(operator.project)
    stack = DeployedKeyStack(DeployedStack(STACK, REGION), project, file)
    base = routed(Deployed(local_aws.url, STACK), read(operator.project / "template.yaml"))

    def accepts(key: str) -> bool:
        answer = httpx.delete(f"{base}/{key}/pivot/say_hello", timeout=30)
        assert answer.status_code in (401, 405), answer.text
        return answer.status_code == 405

    old, new, other = (
        stack.keys.make("pivot", owner, generation)
        for owner, generation in ((ACCOUNT, 1), (ACCOUNT, 2), ("f" * 32, 1))
    )
    assert [accepts(old), accepts(new), accepts(other)] == [True, True, True]
    stack.set_options(stack.keys.without(Ending({ACCOUNT: 1})))
    assert [accepts(old), accepts(new), accepts(other)] == [False, True, True]
    secret = new_secret()
    stack.set_secrets([secret, *stack.keys.secrets])
    signed = stack.keys.make("pivot", ACCOUNT, 2)
    assert [accepts(new), accepts(signed)] == [True, True]
    stack.set_secrets([secret])
    assert [accepts(new), accepts(signed)] == [False, True]
    assert saved_options(project, STACK)["RevokedKeys"] == f"{ACCOUNT}:1"


def test_undeploy_says_what_stays(first: Terminal, operator: Operator) -> None:
    """It asks before it deletes; no answer but yes deletes."""
    assert first.returncode == 0
    asked = operator.run("undeploy", "--stack", STACK)
    assert asked.returncode == 1
    assert asked.questions == [f"Delete the stack {STACK}?"]

    done = operator.run("undeploy", "--stack", STACK, Delete="y")
    assert done.returncode == 0, done.screen
    missing = operator.run("url", "say_hello", "--stack", STACK)
    assert missing.returncode == 1
    assert f"There is no stack {STACK} in {REGION}: correct --stack" in missing.screen
