"""Settings as JSON: every template's settings survive the way into the console's catalogue."""

import json

import pytest

from pivotctl.catalogue import for_console
from pivotctl.declared_settings import declared_settings
from pivotctl.project import Project
from pivotkit.core.described_settings import described, field_of
from pivotkit.core.settings import Field

PROJECT = Project.find()
DECLARED = {
    name: found
    for name, function in PROJECT.functions.items()
    if (found := declared_settings(function.path))
}
CATALOGUE = {each["name"]: each["settings"] for each in json.loads(for_console(PROJECT))}


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_a_setting_is_the_same_in_the_console(name: str) -> None:
    """Its type, default, choices, and rule are those of the class in the template."""
    declared, shown = DECLARED[name], CATALOGUE[name]
    made = [field_of(each) for each in shown["fields"]]
    assert made == [each.field for each in declared.settings]
    for one, other in zip(made, declared.settings, strict=True):
        assert type(one.default) is type(other.field.default)
        assert (one.label, one.rule) == (other.field.label, other.field.rule)
    assert (shown["purpose"], shown["by_number"]) == (declared.purpose, declared.by_number)


def test_a_function_without_settings_has_none_in_the_console() -> None:
    """The console has a form for each class of settings, and no other."""
    assert {name for name, shown in CATALOGUE.items() if shown} == DECLARED.keys()


@pytest.mark.parametrize("kind", ["os.system", "pivotkitten.Words", "object"])
def test_a_type_is_one_of_the_layer(kind: str) -> None:
    """A description names no other code."""
    with pytest.raises(ValueError, match="is no type of a setting"):
        field_of({**described(Field("name", str, "")), "type": kind})
