"""The actions that a function's role allows, as template.yaml declares them."""

import re
from typing import Any

from pivotctl.project import Project

_NAMED = re.compile(r"\w+")


def allowed(project: Project, role: str) -> set[tuple[str, str]]:
    """The actions of *role* with the logical IDs of their resources.

    Those on logs and queues, and those that read settings of accounts and secrets, are left out.
    """
    found = set()
    for policy in project.template.resources[role]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if "Fn::If" in statement or str(statement["Action"]).startswith("ssm:"):
                continue
            actions = statement["Action"]
            resource = _logical_id(statement["Resource"])
            found |= {(each, resource) for each in ([actions] if type(actions) is str else actions)}
    return {each for each in found if not each[0].startswith(("logs:", "sqs:"))}


def _logical_id(resource: dict[str, Any]) -> str:
    """The logical ID in `!GetAtt Table.Arn`, or `!Sub "${Bucket.Arn}/*"`."""
    named = str(resource.get("Fn::Sub") or resource["Fn::GetAtt"][0])
    identifier = _NAMED.search(named)
    assert identifier, resource
    return identifier[0]
