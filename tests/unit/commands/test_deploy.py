"""`pivotctl deploy`: what it plans and refuses before it runs `sam`."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from pivotctl.commands import deploy as module
from pivotctl.deployment import Choice, Plan, PlanError, saved_canary, saved_options
from pivotctl.infra import Application
from pivotctl.keys import KeyFile
from pivotctl.options import OptionError, unpacked
from pivotctl.project import Project, UnknownFunctionError
from pivotctl.sam_template import SamTemplate
from pivotctl.scaffold.workflow import WORKFLOW
from pivotkit.http.keys import digest_of
from scripts.lint_template import ROOT
from tests.events import ACCOUNT


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The project, with a samconfig.toml elsewhere."""
    found = Project.find(ROOT)
    monkeypatch.setenv("PIVOTCTL_KEYS", str(tmp_path / "keys.json"))
    for name in ("infra", "functions", "template.yaml", "layers"):
        (tmp_path / name).symlink_to(ROOT / name)
    return Project(tmp_path, found.template, found.parameters)


def plan(project: Project, **more: Any) -> Plan:
    """The plan of a choice."""
    return Plan.of(project, Choice("acme", "eu-west-1", **more))


@pytest.mark.parametrize(
    ("stack", "region", "email", "said"),
    [
        ("1st", "us-east-1", "", "'1st': a stack's name"),
        ("acme", "virginia", "", "'virginia': a region is like us-east-1"),
        ("acme", "us-east-1", "ops", "'ops': an e-mail address is like"),
    ],
)
def test_a_choice_that_aws_would_reject(stack: str, region: str, email: str, said: str) -> None:
    """The message has the value and the rule."""
    with pytest.raises(PlanError, match=said):
        Choice(stack, region, (), email)


def test_unknown_names_are_refused(project: Project) -> None:
    """A function that is not there, an option that is not there, or a value that is not allowed."""
    with pytest.raises(UnknownFunctionError, match="Did you mean say_hello"):
        plan(project, functions=("say_helo",))
    with pytest.raises(PlanError, match="Days: there is no such option"):
        plan(project, options={"Days": "1"})
    with pytest.raises(OptionError, match="LogRetentionDays: '2'"):
        plan(project, options={"LogRetentionDays": "2"})


def test_what_is_written_is_read_again(project: Project) -> None:
    """samconfig.toml holds the whole choice, so that the next deployment asks nothing."""
    made = plan(
        project,
        functions=("say_hello",),
        email="ops@example.com",
        options={"FanOut": "on", "LogRetentionDays": "30"},
    )
    assert Plan.saved(project, "acme") is None
    made.write_config()

    assert Plan.saved(project, "acme") == made.choice
    assert saved_options(project, "acme") == made.choice.options


def test_some_functions_bring_what_they_need(project: Project) -> None:
    """The template has the chosen functions, and those without which they do not work."""
    made = plan(project, functions=("last_agent",))
    made.write_template()

    assert "last_agents" in made.names
    assert "say_hello" not in made.names
    text = made.template.read_text()
    assert "LastAgentsWorker:" in text
    assert "SayHello:" not in text


@pytest.mark.parametrize("way", ["Canary10Percent5Minutes", "Linear10PercentEvery1Minute"])
def test_a_canary_has_a_template_of_its_own(project: Project, way: str) -> None:
    """It is kept in samconfig.toml, and each deployment has a new release."""
    made = plan(project, functions=("say_hello",), canary=way)
    made.write_template()
    made.write_config()

    assert "AutoPublishAlias: live" in made.template.read_text()
    assert f"Default: {way}" in made.template.read_text()
    assert Plan.saved(project, "acme") == made.choice
    assert made.shown["Rollout"] == way
    assert made.release.keys() == {"Release"}
    assert plan(project).release == {}


def test_a_canary_leaves_out_what_is_off(project: Project) -> None:
    """Workers that the stack does not have make room; one that it has stays, from any machine."""
    made = plan(project, canary="Canary10Percent5Minutes", options={"FanOut": "on"})
    made.write_template()
    text = made.template.read_text()
    assert "  FanOutWorker:" in text
    assert "  EventBusWorker:" in text
    assert "  BillingSyncWorker:" not in text

    replace(made, running=frozenset({"BillingSyncWorker"})).write_template()
    assert "  BillingSyncWorker:" in made.template.read_text()


def test_too_many_resources_are_refused(project: Project) -> None:
    """CloudFormation would refuse them an hour later, without a word about the fix."""
    workers = [each.logical_id for each in project.functions.values() if each.kind == "workers"]
    made = plan(project, canary="Canary10Percent5Minutes")
    with pytest.raises(PlanError, match=r"would have 6\d\d resources.*--canary off"):
        replace(made, running=frozenset(workers)).write_template()


def switched(project: Project, *names: str) -> Project:
    """The project, with snapshots of these functions; of all that can have them if none."""
    application = Application.read(ROOT)
    every = (
        replace(each, snap_start=each.kind.has_url and each.name in (names or [each.name]))
        for each in application.functions
    )
    path = project.root / "template.yaml"
    path.unlink()
    text = replace(application, functions=tuple(every)).assembled().text
    path.write_text(text, encoding="utf-8")
    return replace(project, template=SamTemplate.load(path))


def test_a_snapshot_is_made_at_each_deployment(project: Project) -> None:
    """A version keeps its options, so that a function with a snapshot needs a new release, too."""
    made = plan(switched(project, "say_hello"))
    made.write_template()

    assert made.release.keys() == {"Release"}
    assert "Rollout" not in made.shown


def test_too_many_snapshots_are_refused(project: Project) -> None:
    """An alias and a version for each function are more than a stack may have."""
    made = plan(switched(project))
    with pytest.raises(PlanError, match=r"would have 5\d\d resources.*snap_start"):
        made.write_template()


def test_an_unknown_canary_is_refused(project: Project) -> None:
    """The message lists CodeDeploy's ways."""
    with pytest.raises(PlanError, match="'Canary5Percent': a canary is one of AllAtOnce, Canary10"):
        plan(project, canary="Canary5Percent")


def test_the_canary_of_prod_is_on(project: Project) -> None:
    """samconfig.toml turns it on in production alone; the command line turns it off."""
    (project.root / "samconfig.toml").write_bytes((ROOT / "samconfig.toml").read_bytes())
    chosen = Choice("pivot-functions-prod", "eu-west-1")

    assert saved_canary(project, "pivot-functions-prod") == "Canary10Percent5Minutes"
    assert saved_canary(project, "pivot-functions-dev") == ""
    assert module._with_canary(project, chosen, None).canary == "Canary10Percent5Minutes"
    off = module._with_canary(project, chosen, "off")
    Plan.of(project, off).write_config()
    assert saved_canary(project, "pivot-functions-prod") == ""


def test_the_secret_is_made_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key file keeps it: a second attempt of a failed deployment uses the same."""
    monkeypatch.delenv("CI", raising=False)
    some = plan(project, functions=("say_hello",))
    first = some.secrets(new=True)

    assert first == some.secrets(new=True)
    assert first == {"Secrets": f"SigningSecrets={KeyFile().get('acme', 'signing')}"}
    assert some.secrets(new=False) == {}


def test_the_key_of_the_console_is_made_once(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stack gets its hash until a deployment has succeeded, and again after a new key."""
    monkeypatch.delenv("CI", raising=False)
    made = plan(project)
    first = unpacked(made.secrets(new=True)["Secrets"])
    key = KeyFile().get("acme", "console") or ""
    assert first["ConsoleKeyHashes"] == digest_of(key)
    assert unpacked(made.secrets(new=False)["Secrets"]) == first
    made.note_console()
    assert made.secrets(new=False) == {}

    KeyFile().put("acme", "console", "console-new")
    assert unpacked(made.secrets(new=False)["Secrets"]) == {
        **first,
        "ConsoleKeyHashes": digest_of("console-new"),
    }


def test_keys_of_the_console_for_accounts_stay(project: Project) -> None:
    """A new key replaces the one for all accounts alone; a given list is taken as it is."""
    KeyFile().put("acme", "signing", "s" * 40)
    limited = f"{'0' * 64}:{ACCOUNT}"
    given = plan(project, options={"ConsoleKeyHashes": f"{'1' * 64} {limited}"})
    assert unpacked(given.secrets(new=False)["Secrets"])["ConsoleKeyHashes"] == (
        f"{'1' * 64} {limited}"
    )
    KeyFile().put("acme", "console", "console-new")
    later = unpacked(plan(project).secrets(new=False)["Secrets"])
    assert later["ConsoleKeyHashes"] == f"{digest_of('console-new')} {limited}"


def test_an_older_stack_gets_a_key_where_its_secret_is(project: Project) -> None:
    """Another machine could not change hidden options, and deploys without one."""
    assert plan(project).secrets(new=False) == {}
    assert KeyFile().get("acme", "console") is None
    KeyFile().put("acme", "signing", "s" * 40)
    assert "ConsoleKeyHashes" in unpacked(plan(project).secrets(new=False)["Secrets"])


def test_without_a_console_there_is_no_key_of_it(project: Project) -> None:
    """A stack with the option Console=off has no console, and gets its key when it has one."""
    KeyFile().put("acme", "signing", "s" * 40)
    without = plan(project, options={"Console": "off"})
    assert (without.has_console, plan(project).has_console) == (False, True)
    assert without.secrets(new=False) == {}
    assert KeyFile().get("acme", "console") is None
    assert "ConsoleKeyHashes" in unpacked(plan(project).secrets(new=False)["Secrets"])


def test_a_hidden_option_keeps_the_others(project: Project) -> None:
    """CloudFormation replaces all of them at once, so the key file keeps those that were given."""
    signing = "s" * 40
    hidden = plan(
        project,
        functions=("say_hello",),
        options={"SigningSecrets": signing, "BillingUrl": "https://billing.example.com"},
    )
    hidden.secrets(new=False)
    given = {"DeskUrl": "https://desk.example.com", "FanOut": "on"}
    later = plan(project, functions=("say_hello",), options=given)

    assert unpacked(later.secrets(new=False)["Secrets"]) == {
        "SigningSecrets": signing,
        "BillingUrl": "https://billing.example.com",
        "DeskUrl": "https://desk.example.com",
    }
    later.write_config()
    assert "example.com" not in (project.root / "samconfig.toml").read_text()
    assert later.shown["Options"] == "FanOut=on"


def test_a_hidden_option_needs_the_secret(project: Project) -> None:
    """Without it, the stack would lose its keys."""
    with pytest.raises(PlanError, match="has no signing secret of acme"):
        plan(project, options={"BillingUrl": "https://billing.example.com"}).secrets(new=False)


def test_all_functions_again(project: Project) -> None:
    """A stack with some functions can have all of them later."""
    plan(project, functions=("say_hello",)).write_config()
    plan(project).write_config()

    saved = Plan.saved(project, "acme")
    assert saved is not None
    assert saved.functions == ()
    assert 'template_file = "template.yaml"' in (project.root / "samconfig.toml").read_text()


def test_no_secret_is_made_where_it_would_be_lost(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A runner of GitHub forgets its key file, and nobody could make a key."""
    monkeypatch.setenv("CI", "true")
    with pytest.raises(PlanError, match="make its first deployment from your machine"):
        plan(project).secrets(new=True)


@pytest.mark.parametrize(
    ("quota", "options"),
    [
        (None, {}),
        (1000, {}),
        (500, {"ConcurrencyWarning": "400"}),
        (10, {"ConcurrencyWarning": "8", "WorkerConcurrency": "2"}),
    ],
)
def test_a_low_quota_changes_the_options(
    project: Project, quota: int | None, options: dict[str, str]
) -> None:
    """The alarm is at 80 % of it, and workers leave some of a very low one to calls."""
    assert module._with_quota(plan(project), quota).choice.options == options


def test_a_low_quota_is_warned_of(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """The warning has the quota, what callers hear, and where to ask for more."""
    module._with_quota(plan(project), 10)
    assert "quota in eu-west-1 is 10 concurrent executions" in capsys.readouterr().out


def test_the_cost_is_that_of_the_template() -> None:
    """The figures are computed from the template that is deployed."""
    made = Plan.of(Project.find(ROOT), Choice("acme", "eu-west-1"))
    assert "dollars a month while idle, 0.00 within AWS's free tier" in made.idle_cost()


def test_the_workflow_has_no_long_lived_key() -> None:
    """It tests before it deploys, to staging before production, and signs in with a token."""
    jobs = yaml.safe_load(WORKFLOW)["jobs"]

    assert [jobs[name].get("needs") for name in jobs] == [None, "check", "staging"]
    assert [job["run"] for job in jobs["check"]["steps"][1:]] == [
        "make lint",
        "make test",
        "make build",
    ]
    for name in ("staging", "production"):
        assert jobs[name]["permissions"]["id-token"] == "write"
        assert jobs[name]["environment"] == name
    assert "secrets." not in WORKFLOW
    assert "AWS_SECRET_ACCESS_KEY" not in WORKFLOW
