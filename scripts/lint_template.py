"""Lint template.yaml as CloudFormation will see it: after the SAM transform.

cfn-lint misses mistakes hidden behind `AWS::Serverless::*` and `Globals` (an unknown runtime, a
timeout of 5000 s), because it reads the template as it is written. SAM's own translator turns it
into plain CloudFormation here, without AWS, and that is what is linted.

    python -m scripts.lint_template [TEMPLATE]
"""

import json
import os
import sys
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any
from unittest import mock

from samtranslator.feature_toggle.feature_toggle import (
    FeatureToggle,
    FeatureToggleDefaultConfigProvider,
)
from samtranslator.translator.transform import transform as sam_transform

from pivotctl.infra import rollout
from pivotctl.sam_template import parse

Template = dict[str, Any]
ROOT = Path(__file__).resolve().parent.parent
REGIONS = ["eu-central-1", "us-east-1"]
LOCAL_CODE = ("CodeUri", "ContentUri")


class _NoManagedPolicies:
    """Placeholders for AWS's managed policies, which SAM would look up in IAM."""

    def load(self) -> dict[str, str]:
        return {}


def read(path: Path) -> Template:
    """Return the template at *path* with `!Ref` and the like in their long form."""
    template: Template = parse(path.read_text(encoding="utf-8"))
    return template


def transformed(template: Template, parameters: Mapping[str, str] | None = None) -> Template:
    """Return plain CloudFormation for the SAM *template*, which is left as it is.

    As `sam deploy` does, folders of code become locations in S3. *parameters* are those of the
    stack; the others have their defaults.
    """
    copy = deepcopy(template)
    for resource in copy["Resources"].values():
        properties = resource.get("Properties", {})
        properties.update({key: "s3://bucket/key" for key in LOCAL_CODE if key in properties})
    toggle = FeatureToggle(
        FeatureToggleDefaultConfigProvider(), stage=None, account_id=None, region=None
    )
    with mock.patch.dict(os.environ, {"AWS_DEFAULT_REGION": REGIONS[0]}):
        result: Template = sam_transform(
            copy, dict(parameters or {}), _NoManagedPolicies(), feature_toggle=toggle
        )
    return result


_NESTED = "W1028"
"""cfn-lint's rule about a condition within itself: SAM repeats that of a route in a Body."""

_UNUSED = "W2001"
_READ_BY_SAM = frozenset({rollout.RELEASE, rollout.ROLLOUT})
"""Parameters that SAM reads itself when it makes versions, so that nothing else refers to them."""


def lint(template: Template) -> list[str]:
    """Return what cfn-lint says of plain CloudFormation, one line a finding."""
    from cfnlint.api import lint as cfn_lint  # noqa: PLC0415  (seconds to import)
    from cfnlint.config import ManualArgs  # noqa: PLC0415

    matches = cfn_lint(json.dumps(template), config=ManualArgs(regions=REGIONS))
    return [
        f"{match.rule.id} {'/'.join(map(str, match.path))}: {match.message}"
        for match in matches
        if not (match.rule.id == _NESTED and "Body" in match.path)
        and not (match.rule.id == _UNUSED and match.path[-1] in _READ_BY_SAM)
    ]


def main(arguments: list[str]) -> int:
    """Print the findings; 1 if there are any."""
    path = Path(arguments[0]) if arguments else ROOT / "template.yaml"
    findings = lint(transformed(read(path)))
    print(*findings, sep="\n", end="\n" if findings else "")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
