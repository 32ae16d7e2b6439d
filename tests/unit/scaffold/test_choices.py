"""The meaning of an answer to a list of choices."""

import pytest

from pivotctl.project import Project
from pivotctl.scaffold.choices import Choice, chosen, groups
from tests.functions import ROOT

CHOICES = [Choice(name, "") for name in ("variables", "variables_read", "ring", "Twilio style")]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("1", ["variables"]),
        ("3, 1", ["ring", "variables"]),
        ("variables ring ring", ["variables", "ring"]),
        ("twilio", ["Twilio style"]),
        ("all", ["variables", "variables_read", "ring", "Twilio style"]),
    ],
)
def test_numbers_names_and_beginnings_choose(text: str, names: list[str]) -> None:
    """Each is meant once, in the order of the answer."""
    assert chosen(text, CHOICES) == names


@pytest.mark.parametrize("text", ["0", "5", "var", "nope", "1 nope"])
def test_anything_else_is_refused(text: str) -> None:
    """A number outside the list, or a beginning of several names, chooses nothing."""
    with pytest.raises(ValueError, match=text.rsplit(maxsplit=1)[-1]):
        chosen(text, CHOICES)


def test_every_function_is_in_a_group_with_a_line() -> None:
    """Each function of the collection can be chosen, and says what it does."""
    project = Project.find(ROOT)
    every = [each for group in groups(project) for each in group.functions]
    assert sorted(each.name for each in every) == sorted(project.functions)
    assert [each.name for each in every if not each.about] == []
    assert [group.name for group in groups(project) if not group.about] == []
