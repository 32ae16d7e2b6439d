"""Versions, and rollouts: new code gets a tenth of the calls first, until an alarm rings.

A published version of a function keeps the environment that it was published with. So each
deployment publishes a new one, by a new `Release`: without it, a stack whose options alone have
changed would go on with the old ones, ended keys included.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

from pivotctl.infra.intrinsics import ref

ALIAS = "live"
"""The alias of a function with versions that the API calls."""

AT_ONCE = "AllAtOnce"
CANARY = "Canary10Percent5Minutes"
WAYS = (
    AT_ONCE,
    CANARY,
    *(f"Canary10Percent{minutes}Minutes" for minutes in (10, 15, 30)),
    "Linear10PercentEvery1Minute",
    *(f"Linear10PercentEvery{minutes}Minutes" for minutes in (2, 3, 10)),
)
"""CodeDeploy's ways to shift calls from one version to the next."""

RELEASE, ROLLOUT = "Release", "Rollout"
ALARMS = ("CallsFailedAlarm", "RefusedAlarm")
"""Alarms that take a version back: errors, fallbacks, slow answers, and refused requests."""

LABEL = {"default": "Versions (set by `pivotctl deploy`)"}


def release_parameter() -> dict[str, Any]:
    """The parameter of a stack whose functions have versions."""
    return {
        RELEASE: {
            "Type": "String",
            "Default": "",
            "AllowedPattern": "[0-9a-f]{0,10}",
            "ConstraintDescription": "must be at most ten hexadecimal digits",
            "Description": (
                "Mark of a deployment. A new one publishes a new version of each function that "
                "has versions"
            ),
        },
    }


def parameters(way: str) -> dict[str, Any]:
    """The parameters of a stack that rolls out in steps."""
    return {
        **release_parameter(),
        ROLLOUT: {
            "Type": "String",
            "Default": way,
            "AllowedValues": list(WAYS),
            "Description": "Way in which calls are shifted to a new version",
        },
    }


def published() -> dict[str, Any]:
    """The properties of a function of which each deployment publishes a version."""
    return {"AutoPublishAlias": ALIAS, "AutoPublishCodeSha256": ref(RELEASE)}


def properties() -> dict[str, Any]:
    """The properties of a function that is rolled out in steps."""
    return {
        **published(),
        "DeploymentPreference": {"Type": ref(ROLLOUT), "Alarms": [ref(name) for name in ALARMS]},
    }


def new_release() -> str:
    """The mark of a deployment that begins now."""
    return f"{int(time.time()):x}"


def at_once(declared: Collection[str]) -> dict[str, str]:
    """The parameters with which a stack takes changed options in all calls at once.

    Empty for a stack without versions, by the parameters that it has `declared`.
    """
    given = {RELEASE: new_release(), ROLLOUT: AT_ONCE}
    return {name: value for name, value in given.items() if name in declared}
