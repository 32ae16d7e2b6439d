"""SnapStart and provisioned concurrency: switches of a function, transformed as SAM does."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

import pytest

from pivotctl.infra import Application, rollout
from pivotctl.infra.limits import resource_count
from pivotctl.infra.warm_starts import has_versions
from pivotctl.sam_template import parse
from scripts import make_costs
from scripts.deployed import deployed
from scripts.lint_template import ROOT, Template, lint, transformed
from scripts.request_costs import costs
from tests.template.facts import of_type

VERSION = "AWS::Lambda::Version"
NAMES = ("say_hello", "account_balance", "menu", "channel_events", "call_records")
SNAPSHOT, PROVISIONED = "SayHello", "AccountBalance"


def template_of(application: Application) -> Template:
    """The template of an application, before the SAM transform."""
    made: Template = parse(application.assembled().text)
    return made


@pytest.fixture(scope="module")
def project() -> Application:
    """Some functions: one with a snapshot, one with two environments running, and three without."""
    return switched(Application.read(ROOT).only(NAMES), {"say_hello"}, {"account_balance": 2})


def switched(
    application: Application, snapshots: Collection[str], running: Mapping[str, int]
) -> Application:
    """The application with snapshots of these functions, and so many environments running."""
    functions = (
        replace(
            each,
            snap_start=each.name in snapshots,
            provisioned_concurrency=running.get(each.name, 0),
        )
        for each in application.functions
    )
    return replace(application, functions=tuple(functions))


@pytest.fixture(scope="module")
def written(project: Application) -> Template:
    """The template of these functions."""
    return template_of(project)


@pytest.fixture(scope="module")
def stack(written: Template) -> Template:
    """The same after the transform."""
    return transformed(written, {"Release": "65a1b2c3"})


def test_a_switch_alone_brings_a_version(cloudformation: Template) -> None:
    """Alias, version, and release are in template.yaml for functions with a switch, if any."""
    having = {f.function_id for f in Application.read(ROOT).functions if has_versions(f)}
    found = of_type(cloudformation, VERSION).values()
    assert {each["FunctionName"]["Ref"] for each in found} == having
    assert ("Release" in cloudformation["Parameters"]) is bool(having)


def test_a_snapshot_is_of_a_version(stack: Template) -> None:
    """Lambda makes the snapshot when the version is published, and the alias leads to it."""
    (alias,) = aliases(stack, SNAPSHOT)
    (version,) = versions(stack, SNAPSHOT)
    assert of_type(stack, "AWS::Lambda::Function")[SNAPSHOT]["SnapStart"] == {
        "ApplyOn": "PublishedVersions"
    }
    assert alias == {
        "Name": rollout.ALIAS,
        "FunctionName": {"Ref": SNAPSHOT},
        "FunctionVersion": {"Fn::GetAtt": [version, "Version"]},
    }


def test_the_snapshot_of_an_earlier_version_is_deleted(stack: Template) -> None:
    """Lambda bills a snapshot as long as its version exists, called or not."""
    (of_snapshot,) = versions(stack, SNAPSHOT)
    (other,) = versions(stack, PROVISIONED)
    assert stack["Resources"][of_snapshot]["DeletionPolicy"] == "Delete"
    assert stack["Resources"][other]["DeletionPolicy"] == "Retain"


def test_environments_run_behind_the_alias(stack: Template) -> None:
    """They belong to the alias, so that a new version gets them when the alias moves."""
    (alias,) = aliases(stack, PROVISIONED)
    assert alias["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": 2}
    assert "SnapStart" not in of_type(stack, "AWS::Lambda::Function")[PROVISIONED]


def test_the_api_calls_the_alias(stack: Template) -> None:
    """A route to the function itself would meet neither a snapshot nor a running environment."""
    paths = stack["Resources"]["Api"]["Properties"]["Body"]["paths"]
    permissions = of_type(stack, "AWS::Lambda::Permission")
    for name, path in ((SNAPSHOT, "say_hello"), (PROVISIONED, "account_balance")):
        alias = f"{name}Alias{rollout.ALIAS}"
        assert f"${{{alias}}}" in json.dumps(paths[f"/{{key}}/pivot/{path}"])
        assert permissions[f"{name}RequestPermission"]["FunctionName"] == {"Ref": alias}


def test_a_function_without_a_switch_has_nothing_more(stack: Template) -> None:
    """A stack has 500 resources: alias and version are only of a function with a switch."""
    with_versions = {each["FunctionName"]["Ref"] for each in of_type(stack, VERSION).values()}
    assert with_versions == {SNAPSHOT, PROVISIONED}
    assert not of_type(stack, "AWS::CodeDeploy::DeploymentGroup")


def test_resources_are_counted_as_sam_makes_them(written: Template, stack: Template) -> None:
    """A stack that CloudFormation would reject is refused before it is built."""
    assert resource_count(written) == len(stack["Resources"])


def test_every_deployment_publishes_new_versions(written: Template, stack: Template) -> None:
    """A version keeps its environment: without a new release, an ended key would still work."""
    first = of_type(stack, VERSION).keys()
    again, later = (
        of_type(transformed(written, given), VERSION).keys()
        for given in ({"Release": "65a1b2c3", "Options": "a=b"}, {"Release": "65a1b2c4"})
    )
    assert first == again
    assert not first & later
    assert rollout.at_once(written["Parameters"]).keys() == {"Release"}


def test_a_canary_moves_them_too(project: Application) -> None:
    """With a canary, a handler has one alias, its switch, and a deployment group."""
    stack = transformed(template_of(project.rolled_out(rollout.CANARY)), {"Release": "65a1b2c3"})
    groups = of_type(stack, "AWS::CodeDeploy::DeploymentGroup")
    assert groups.keys() == {f"{n}DeploymentGroup" for n in (SNAPSHOT, PROVISIONED, "Menu")}
    (alias,) = aliases(stack, PROVISIONED)
    assert alias["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": 2}
    assert "SnapStart" in of_type(stack, "AWS::Lambda::Function")[SNAPSHOT]


def test_what_they_cost_while_idle(project: Application, stack: Template) -> None:
    """Two environments of 512 MB take 1 GB for a month, and the snapshot half a GB."""
    plain = transformed(template_of(switched(project, (), {})))
    before = make_costs.idle(deployed(plain))
    idle = make_costs.idle(deployed(stack))
    assert (before.provisioned, before.snapshots) == (0, 0)
    assert (idle.provisioned, idle.snapshots) == (1, 0.5)
    month = 30 * 24 * 60 * 60
    more = month * (1 * 0.0000033334 + 0.5 * 0.0000015046)
    assert idle.dollars(free=True) - before.dollars(free=True) == pytest.approx(more)
    assert costs(stack).keys() == costs(plain).keys()


@pytest.mark.parametrize(
    ("stack_of_one", "dollars"),
    [
        (make_costs.IdleStack(0, 0, 0, 0, snapshots=0.5), "1.95"),
        (make_costs.IdleStack(0, 0, 0, 0, provisioned=0.5), "4.32"),
    ],
)
def test_the_guides_say_what_they_cost(stack_of_one: make_costs.IdleStack, dollars: str) -> None:
    """Both guides have the amounts that follow from the price list."""
    assert f"{stack_of_one.dollars(free=True):.2f}" == dollars
    for guide in ("function-yaml.md", "operate.md"):
        assert dollars in (ROOT / "docs/guides" / guide).read_text(encoding="utf-8")


@pytest.mark.slow
def test_cfn_lint_has_nothing_to_say(stack: Template) -> None:
    """The template is held to the same rules as template.yaml."""
    assert lint(stack) == []


def aliases(stack: Template, name: str) -> Iterator[dict[str, object]]:
    """The properties of the aliases of a function."""
    found = of_type(stack, "AWS::Lambda::Alias").values()
    return (each for each in found if each["FunctionName"] == {"Ref": name})


def versions(stack: Template, name: str) -> Iterator[str]:
    """The logical IDs of the versions of a function."""
    found = of_type(stack, VERSION).items()
    return (key for key, each in found if each["FunctionName"] == {"Ref": name})
