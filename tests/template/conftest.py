"""The template as it is written and as CloudFormation gets it."""

import pytest

from scripts.lint_template import ROOT, Template, read, transformed


@pytest.fixture(scope="session")
def template() -> Template:
    """template.yaml as it is written."""
    return read(ROOT / "template.yaml")


@pytest.fixture(scope="session")
def cloudformation(template: Template) -> Template:
    """template.yaml after the SAM transform."""
    return transformed(template)
