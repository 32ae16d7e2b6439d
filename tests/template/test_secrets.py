"""Secrets of other services: in no template, no environment, and no code."""

import json
import re
from collections.abc import Iterator

import pytest

from pivotctl.declared_settings import declared_settings
from pivotctl.infra.fragment import FRAGMENT
from scripts.lint_template import ROOT, Template
from tests.template.facts import Function, functions

NAMES = re.compile(r"TOKEN|SECRET|PASSWORD|API_KEY|CHAT_URL")
ALLOWED = {"SIGNING_SECRETS", "HOOK_SECRETS", "OIDC_CLIENT_SECRET", "SIGNING_SECRETS_SET"}
"""Secrets of the stack itself, which are hidden parameters, and whether there is one."""


def secretive(function: Function) -> Iterator[tuple[str, object]]:
    """The variables of a function whose names are those of secrets."""
    for name, value in function.variables.items():
        if NAMES.search(name) and name not in ALLOWED | {"SECRETS_PATH"}:
            yield name, value


def test_no_secret_is_in_an_environment(template: Template) -> None:
    """A function has no variable for a secret."""
    for function in functions(template):
        assert list(secretive(function)) == [], function.name


def test_parameters_with_secrets_are_hidden(template: Template) -> None:
    """A parameter whose name is that of a secret has NoEcho, and no default but an empty one."""
    for name, parameter in template["Parameters"].items():
        if re.search(r"Token|Secret|Password|ApiKey", name):
            assert parameter.get("NoEcho") is True, name
            assert parameter.get("Default", "") == "", name


@pytest.mark.parametrize("path", sorted((ROOT / "functions").rglob(FRAGMENT)), ids=str)
def test_no_function_yaml_has_a_secret(path: object) -> None:
    """A value under settings whose name is that of a secret is empty."""
    text = (ROOT / str(path)).read_text(encoding="utf-8")
    for name, value in re.findall(r"(\w*(?:TOKEN|PASSWORD|API_KEY)\w*): *([^,}\n]*)", text):
        assert value.strip() in {'""', "''", ""} or "sample" in text, f"{path}: {name}"


def test_declared_secrets_are_in_no_template(template: Template) -> None:
    """A secret that a class declares is named in the role, and nowhere else."""
    found = 0
    for function in functions(template):
        declared = declared_settings(function.folder)
        for name in declared.secrets if declared else ():
            found += 1
            assert name.upper() not in json.dumps(function.properties)
            role = template["Resources"][f"{function.logical_id}Role"]
            assert f"/{function.name}/{name}" in json.dumps(role)
    assert found >= 2
