"""The limit on each account's calls: one option makes table, permission, and alarm."""

import pytest

from pivotctl.options import OptionError, of_template
from scripts.deployed import deployed
from scripts.lint_template import Template
from tests.template.facts import functions, of_type

LIMITED = {"CallsPerMinute": "600 4e3ae97ad5a54b65b6b3a2b2f6e1d2c0:2000"}
MADE = {"CallCountsTable", "PivotAccountFlood", "AccountFloodAlarm"}


def test_a_stack_without_the_option_has_nothing_of_it(cloudformation: Template) -> None:
    """No table, no alarm, and no handler with the variable or the permission."""
    made = deployed(cloudformation)
    assert not MADE & made.keys()
    assert "CallCountsTable" not in str(made)


def test_the_option_limits_every_pivot_handler(
    template: Template, cloudformation: Template
) -> None:
    """Each may add to the counts and do nothing else with them; no other function may."""
    made = deployed(cloudformation, LIMITED)
    assert made.keys() >= MADE
    for function in functions(template):
        role = made.get(f"{function.logical_id}Role")
        granted = [each for each in _statements(role) if "CallCountsTable" in str(each)]
        actions = [each["Action"] for each in granted]
        assert actions == (["dynamodb:UpdateItem"] if function.kind == "pivot" else [])


def test_counts_expire(cloudformation: Template) -> None:
    """Nothing has to be cleaned up, and nothing is left when the stack is deleted."""
    table = cloudformation["Resources"]["CallCountsTable"]
    time_to_live = table["Properties"]["TimeToLiveSpecification"]
    assert time_to_live == {"AttributeName": "expires_at", "Enabled": True}
    assert table["DeletionPolicy"] == "Delete"


def test_a_flood_has_an_alarm_of_its_own(cloudformation: Template) -> None:
    """Its text has the line to look for and what to do; a flood hides no failed call."""
    alarm = cloudformation["Resources"]["AccountFloodAlarm"]["Properties"]
    for words in ("flood lines", "RevokedKeys", "CallsPerMinute", "operate.md"):
        assert words in alarm["AlarmDescription"]
    filters = of_type(cloudformation, "AWS::Logs::MetricFilter")
    (counted,) = filters["PivotAccountFlood"]["MetricTransformations"]
    assert (counted["MetricName"], counted["MetricNamespace"]) == (
        alarm["MetricName"],
        alarm["Namespace"],
    )
    failed = filters["PivotErrors"]["FilterPattern"]
    assert '(($.status = 429) && ($.integrationStatus != "200"))' in failed


@pytest.mark.parametrize("value", ["0", "many", "600;", "acme:600", "600 4e3a:2000", "-1"])
def test_a_value_that_is_no_limit_is_refused(template: Template, value: str) -> None:
    """CloudFormation refuses it before it makes anything."""
    options = of_template(template)
    options["CallsPerMinute"].require(LIMITED["CallsPerMinute"])
    with pytest.raises(OptionError, match="must be a number from 1 to 999999"):
        options["CallsPerMinute"].require(value)


def _statements(role: Template | None) -> list[Template]:
    policies = role["Properties"]["Policies"] if role else []
    return [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
