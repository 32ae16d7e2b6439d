"""The resources that CloudFormation creates for given parameters: those whose conditions hold."""

from collections.abc import Callable, Mapping
from typing import Any

from pivotctl.infra import Fragment
from pivotctl.infra.fragment import fragments
from pivotctl.infra.switches import ON, asked, parameter_of
from pivotctl.sam_template import SamTemplate, Values
from scripts.lint_template import ROOT, Template

GIVEN = "https://service.test/v1"
"""A value of a setting that turns workers on."""


def deployed(template: Template, parameters: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The resources of *template* by logical ID, as conditions make them.

    Parameters that are not given have defaults.
    """
    read = SamTemplate(ROOT / "template.yaml", template)
    resolver = read.resolver(Values(read.parameters(parameters)))
    return {
        name: _chosen(resource, resolver.condition)
        for name, resource in template["Resources"].items()
        if "Condition" not in resource or resolver.condition(resource["Condition"])
    }


def _chosen(node: Any, holds: Callable[[str], bool]) -> Any:
    """*node* with the branch of each `Fn::If` that CloudFormation takes."""
    if isinstance(node, list):
        return [_chosen(each, holds) for each in node]
    if not isinstance(node, Mapping):
        return node
    if node.keys() == {"Fn::If"}:
        condition, then, otherwise = node["Fn::If"]
        return _chosen(then if holds(condition) else otherwise, holds)
    return {name: _chosen(each, holds) for name, each in node.items()}


def workers() -> list[Fragment]:
    """The workers that can be off."""
    every = (each for each in fragments(ROOT) if each.kind.triggers)
    return [each for each in every if each.optional or asked(each)]


def switched_on(*fragments: Fragment) -> dict[str, str]:
    """The parameters that turn workers on."""
    found = {parameter_of(name): GIVEN for each in fragments for name in asked(each)}
    return found | {each.stem: ON for each in fragments if each.optional}
