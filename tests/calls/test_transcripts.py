"""The calls in the templates' READMEs, played through the gateway and AWS's runtime."""

import pytest

from pivotctl.catalogue import CALL
from pivotctl.project import Project
from pivotctl.stack import Stack
from scripts.make_dialogues import played

PIVOTS = sorted(
    name for name, function in Project.find().functions.items() if function.kind == "pivot"
)


@pytest.mark.slow
@pytest.mark.parametrize("name", PIVOTS)
def test_the_readme_shows_what_a_caller_hears(stack: Stack, name: str) -> None:
    """Each call in a README goes as it says; scripts.make_dialogues brings it up to date."""
    function = stack.project.function(name)
    readme = (function.path / "README.md").read_text(encoding="utf-8")
    assert CALL.search(readme), f"{name}: show a call as `$ pivotctl call {name} --dialogue`"
    for block, said in played(stack, function):
        assert block["text"].rstrip() == said, block["command"]
