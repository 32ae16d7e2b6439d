"""A stack with a canary: CloudFormation's rules for shifting calls, and for taking code back.

No local AWS has CodeDeploy, so these rules are read in the template as SAM transforms it: what
CloudFormation and CodeDeploy do by them is AWS's own.
"""

import json
from typing import Any

import pytest

from pivotctl.infra import Application, rollout, switches
from pivotctl.infra.limits import MOST_RESOURCES, resource_count
from pivotctl.sam_template import parse
from scripts.lint_template import ROOT, Template, lint, transformed
from tests.template.facts import functions, of_type

ALIAS, VERSION = "AWS::Lambda::Alias", "AWS::Lambda::Version"
GROUP = "AWS::CodeDeploy::DeploymentGroup"


def assembled(application: Application) -> Template:
    """The template of an application, before the SAM transform."""
    template: Template = parse(application.assembled().text)
    return template


@pytest.fixture(scope="module")
def project() -> Application:
    """The project, without a canary."""
    return Application.read(ROOT)


@pytest.fixture(scope="module")
def canary(project: Application) -> Template:
    """The template that `pivotctl deploy --config-env prod` writes for a new stack."""
    names = {each.name for each in project.functions}
    names -= switches.idle(project.functions, {}, frozenset())
    return assembled(project.only(names).rolled_out(rollout.CANARY))


@pytest.fixture(scope="module")
def stack(canary: Template) -> Template:
    """The same after the transform."""
    return transformed(canary, {"Release": "65a1b2c3"})


@pytest.fixture(scope="module")
def handlers(canary: Template) -> set[str]:
    """The logical IDs of the Pivot handlers."""
    return {each.logical_id for each in functions(canary) if each.kind == "pivot"}


def test_a_stack_without_one_has_none_of_its_resources(cloudformation: Template) -> None:
    """Off, a canary takes no resource, so it costs nothing and leaves room for functions."""
    types = {each["Type"] for each in cloudformation["Resources"].values()}

    assert not {kind for kind in types if "CodeDeploy" in kind}
    assert "Rollout" not in cloudformation["Parameters"]


def test_all_handlers_with_a_canary_fit_into_a_stack(stack: Template) -> None:
    """Every handler and receiver is in it; workers that are off are left out to make room."""
    assert len(stack["Resources"]) <= MOST_RESOURCES
    assert len(json.dumps(stack)) < 1_000_000


def test_resources_are_counted_as_sam_makes_them(
    canary: Template, stack: Template, template: Template, cloudformation: Template
) -> None:
    """A stack that CloudFormation would reject is refused before it is built."""
    assert resource_count(canary) == len(stack["Resources"])
    assert resource_count(template) == len(cloudformation["Resources"])


def test_calls_are_shifted_in_steps(stack: Template, handlers: set[str]) -> None:
    """CodeDeploy moves the alias of each Pivot handler to its new version: a tenth, then all."""
    groups = of_type(stack, GROUP)
    aliases = {k: v for k, v in stack["Resources"].items() if v["Type"] == ALIAS}

    assert groups.keys() == {f"{name}DeploymentGroup" for name in handlers}
    assert aliases.keys() == {f"{name}Alias{rollout.ALIAS}" for name in handlers}
    for name in handlers:
        update = aliases[f"{name}Alias{rollout.ALIAS}"]["UpdatePolicy"]
        assert update["CodeDeployLambdaAliasUpdate"] == {
            "ApplicationName": {"Ref": "ServerlessDeploymentApplication"},
            "DeploymentGroupName": {"Ref": f"{name}DeploymentGroup"},
        }
        assert _way(groups[f"{name}DeploymentGroup"]) == "Canary10Percent5Minutes"


def test_a_ringing_alarm_takes_the_new_version_back(stack: Template) -> None:
    """Failed calls and refused requests stop the deployment, and CodeDeploy rolls it back."""
    alarms = of_type(stack, "AWS::CloudWatch::Alarm")
    for group in of_type(stack, GROUP).values():
        back = group["AutoRollbackConfiguration"]
        assert back["Enabled"] is True
        assert {"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"} <= set(back["Events"])
        watched = group["AlarmConfiguration"]
        assert watched["Enabled"] is True
        names = [each["Name"]["Ref"] for each in watched["Alarms"]]
        assert names == ["CallsFailedAlarm", "RefusedAlarm"]
        assert all("Condition" not in stack["Resources"][name] for name in names)
    assert {alarms[name]["Period"] for name in ("CallsFailedAlarm", "RefusedAlarm")} == {300}


def test_the_alarms_see_errors_fallbacks_and_refusals(stack: Template) -> None:
    """The filters that feed them count every way in which a caller hears a failure."""
    patterns = {
        name: each["FilterPattern"]
        for name, each in of_type(stack, "AWS::Logs::MetricFilter").items()
    }

    assert "$.status >= 500" in patterns["PivotErrors"]
    assert "$.latency >= 4000" in patterns["PivotErrors"]
    assert "$.Fallback[0] >= 1" in patterns["PivotFallbacks"]
    assert "$.status >= 400" in patterns["Refused"]


def test_the_api_calls_the_alias(stack: Template, handlers: set[str]) -> None:
    """A route to the function itself would send every call to the new code at once."""
    aliases = {f"{name}Alias{rollout.ALIAS}" for name in handlers}
    paths = stack["Resources"]["Api"]["Properties"]["Body"]["paths"]
    called = {
        path: json.dumps(methods)
        for path, methods in paths.items()
        if path.startswith("/{key}/pivot/")
    }
    permissions = of_type(stack, "AWS::Lambda::Permission")

    assert len(called) == len(handlers)
    for text in called.values():
        assert any(f"${{{alias}}}" in text for alias in aliases), text
    allowed = {permissions[f"{name}RequestPermission"]["FunctionName"]["Ref"] for name in handlers}
    assert allowed == aliases


def test_every_deployment_publishes_new_versions(
    canary: Template, stack: Template, handlers: set[str]
) -> None:
    """A version keeps its environment: without a new release, an ended key would still work."""
    first = of_type(stack, VERSION).keys()
    again = of_type(transformed(canary, {"Release": "65a1b2c3", "Options": "a=b"}), VERSION).keys()
    later = of_type(transformed(canary, {"Release": "65a1b2c4"}), VERSION).keys()

    assert len(first) == len(handlers)
    assert first == again
    assert not first & later


def test_changed_keys_reach_all_calls_at_once(canary: Template) -> None:
    """A rotation changes parameters alone: two secrets must not be in use side by side."""
    given = rollout.at_once(canary["Parameters"])
    groups = of_type(transformed(canary, given), GROUP).values()

    assert {_way(each) for each in groups} == {"AllAtOnce"}
    assert rollout.at_once(["Options", "Secrets"]) == {}


def test_a_release_is_a_mark_that_cloudformation_takes(canary: Template) -> None:
    """SAM uses the first ten characters of it, so a longer mark would not tell releases apart."""
    mark = rollout.new_release()

    assert 0 < len(mark) <= 10
    assert set(mark) <= set("0123456789abcdef")
    assert set(canary["Parameters"]["Rollout"]["AllowedValues"]) == set(rollout.WAYS)


@pytest.mark.slow
def test_cfn_lint_has_nothing_to_say(project: Application) -> None:
    """The template of a canary is held to the same rules as template.yaml."""
    some = project.only(["say_hello", "account_balance", "channel_events", "call_records"])
    assert lint(transformed(assembled(some.rolled_out(rollout.CANARY)))) == []


def _way(group: dict[str, Any]) -> str:
    """CodeDeploy's way to shift calls."""
    _, names = group["DeploymentConfigName"]["Fn::Sub"]
    return str(names["ConfigName"])
