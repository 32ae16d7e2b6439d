"""The parts that every function has, of whatever kind."""

import pytest

from pivotctl.infra import Fragment
from pivotctl.project import Project

PROJECT = Project.find()
FUNCTIONS = sorted(PROJECT.functions)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_explains_itself(name: str) -> None:
    """Its folder has a README with its name and a first sentence, and a function.yaml."""
    function = PROJECT.function(name)
    readme = (function.path / "README.md").read_text(encoding="utf-8")
    title, _, about, *_ = readme.splitlines()
    assert title == f"# {name}"
    assert about
    assert Fragment.read(PROJECT.root, function.path).description


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_a_sample_event(name: str) -> None:
    """`pivotctl invoke` and `sam local invoke` have something to start with."""
    function = PROJECT.function(name)
    assert list((PROJECT.root / "events" / function.kind / name).glob("*.json"))
