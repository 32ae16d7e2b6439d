"""The option Console=off: a stack without the console, which is whole and loses no audit."""

import itertools
from collections.abc import Mapping

import pytest

from pivotctl.infra.intrinsics import references
from pivotctl.options import OPTIONS, of_template
from pivotctl.sam_template import SamTemplate, Values
from scripts.deployed import deployed, switched_on, workers
from scripts.lint_template import ROOT, Template
from scripts.make_costs import idle

OFF = {"Console": "off"}
WORKERS = switched_on(*workers())
FEATURES = ("AccountSettings", "LiveDebug")
"""Options by which the console has more rights."""


def test_it_is_on_as_shipped(template: Template, cloudformation: Template) -> None:
    """A stack has the console unless somebody leaves it out; until it has a key, it is locked."""
    option = of_template(template)["Console"]
    assert (option.holder, option.default) == (OPTIONS, "on")
    assert {"Console", "ConsoleApi"} <= deployed(cloudformation).keys()


def test_nothing_but_the_audit_is_left(cloudformation: Template) -> None:
    """Function, role, layer, API, permissions, logs, and alarm go; the audit of before stays."""
    with_it, without = deployed(cloudformation), deployed(cloudformation, OFF)
    gone = with_it.keys() - without.keys()
    assert gone >= {"Console", "ConsoleRole", "ConsoleApi", "ConsoleLogGroup", "ConsoleErrorsAlarm"}
    assert all(name.startswith("Console") for name in gone)
    assert [name for name in without if name.startswith("Console")] == []
    assert "AuditTable" in without
    assert idle(without).dollars(free=False) == pytest.approx(
        idle(with_it).dollars(free=False) - 0.1
    )


@pytest.mark.parametrize("features", [*itertools.product(("off", "on"), repeat=len(FEATURES))])
@pytest.mark.parametrize("workers_on", [{}, WORKERS], ids=["no worker", "all workers"])
def test_what_is_deployed_without_it_is_whole(
    cloudformation: Template, features: tuple[str, ...], workers_on: Mapping[str, str]
) -> None:
    """No resource and no output refers to what is left out; CloudFormation would reject it."""
    given = {**OFF, **workers_on, **dict(zip(FEATURES, features, strict=True))}
    found = deployed(cloudformation, given)
    missing = cloudformation["Resources"].keys() - found.keys() - {"AlarmTopic"}
    read = SamTemplate(ROOT / "template.yaml", cloudformation)
    resolver = read.resolver(Values(read.parameters(given)))
    outputs = {
        name: each
        for name, each in cloudformation["Outputs"].items()
        if "Condition" not in each or resolver.condition(each["Condition"])
    }
    assert "ConsoleUrl" not in outputs
    for name, made in {**found, **outputs}.items():
        assert not references(made) & missing, name
