"""CloudFormation's limit on the resources of a stack, counted before anything is deployed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST_RESOURCES = 500

_OF_EVENTS = {"Schedule": 2}
"""The rule of a schedule and its permission; any other event is one resource."""

_OF_AN_ALIAS = 2
_OF_THE_APPLICATION = 2
"""CodeDeploy's application and role, which all deployment groups share."""


def resource_count(template: Mapping[str, Any]) -> int:
    """The resources that SAM makes of a template."""
    resources = template["Resources"].values()
    stepwise = any("DeploymentPreference" in each.get("Properties", {}) for each in resources)
    return sum(map(_made_of, resources)) + (_OF_THE_APPLICATION if stepwise else 0)


def _made_of(resource: Mapping[str, Any]) -> int:
    if resource["Type"] == "AWS::Serverless::HttpApi":
        return 2  # the stage
    properties = resource.get("Properties", {})
    if resource["Type"] != "AWS::Serverless::Function":
        return 1
    events = properties.get("Events", {}).values()
    return (
        1
        + sum(_OF_EVENTS.get(each["Type"], 1) for each in events)
        + ("EventInvokeConfig" in properties)
        + (_OF_AN_ALIAS if "AutoPublishAlias" in properties else 0)
        + ("DeploymentPreference" in properties)
    )
