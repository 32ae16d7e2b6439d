"""The permission to ask a model of Amazon Bedrock."""

import json
from typing import Any

import pytest

from pivotctl.sam_template import SamTemplate, Values
from scripts.lint_template import ROOT, Template

MODEL = "amazon.nova-lite-v1:0"


def statements(template: Template, options: str) -> list[Any]:
    """The statements of the assistant's role in a stack with these options."""
    read = SamTemplate(ROOT / "template.yaml", template)
    resolver = read.resolver(Values(read.parameters({"Options": options})))
    role = resolver.resolve(template["Resources"]["AssistantRole"])
    found: list[Any] = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    return [each for each in found if each and "bedrock" in json.dumps(each)]


@pytest.mark.parametrize("options", ["", "LogRetentionDays=30", "BedrockModel="])
def test_no_permission_without_a_model(template: Template, options: str) -> None:
    """As shipped, the assistant may ask no model."""
    assert statements(template, options) == []


def test_the_permission_is_for_one_model(template: Template) -> None:
    """The option names the only model that the assistant may ask."""
    (statement,) = statements(template, f"BedrockModel={MODEL}")
    assert statement["Action"] == ["bedrock:InvokeModel"]
    assert statement["Resource"].endswith(f"::foundation-model/{MODEL}")
    assert "*" not in statement["Resource"]
