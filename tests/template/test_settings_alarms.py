"""Alarms on the settings of accounts, in stacks whose accounts have settings."""

import pytest

from scripts.deployed import deployed
from scripts.lint_template import Template

METRICS = {
    "SettingsUnavailable": ("settings_unavailable", "Directory table"),
    "SettingIgnored": ("setting_ignored", "pivotctl settings"),
}
"""The metrics, with the words for which the text of each alarm says to search, and the fix."""


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_has_an_alarm(template: Template, metric: str) -> None:
    """An alarm watches what every log group counts, and its text says what to do first."""
    resources = template["Resources"]
    filters = [resources[f"{kind}{metric}"]["Properties"] for kind in ("Pivot", "Workers")]
    alarm = resources[f"{metric}Alarm"]["Properties"]
    groups = {each["LogGroupName"]["Ref"] for each in filters}
    assert groups == {"PivotLogGroup", "WorkersLogGroup"}
    for each in filters:
        (counted,) = each["MetricTransformations"]
        assert each["FilterPattern"] == f"{{ $.{metric}[0] >= 1 }}"
        assert counted["MetricName"] == alarm["MetricName"] == metric
        assert counted["MetricNamespace"] == alarm["Namespace"]
    for words in METRICS[metric]:
        assert words in alarm["AlarmDescription"]


@pytest.mark.parametrize(("option", "number"), [("on", 6), ("off", 0)])
def test_the_alarms_are_off_with_the_settings(
    cloudformation: Template, option: str, number: int
) -> None:
    """A stack without settings of accounts has neither alarms nor filters for them."""
    made = deployed(cloudformation, {"AccountSettings": option})
    assert len([name for name in made for metric in METRICS if metric in name]) == number
