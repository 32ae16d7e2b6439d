"""The catalogue: docs/catalogue.md and .json, the table in README.md, and the console's list."""

import json

import pytest

from pivotctl import catalogue
from pivotctl.infra.groups import GROUPS
from pivotctl.project import Project

PROJECT = Project.find()
PIVOTS = [each.name for each in PROJECT.functions.values() if each.kind == "pivot"]


def test_the_catalogue_is_up_to_date() -> None:
    """`python -m scripts.make_catalogue` was run after the last change."""
    old = [
        str(path.relative_to(PROJECT.root))
        for path, text in catalogue.files(PROJECT).items()
        if path.read_text(encoding="utf-8") != text
    ]
    assert old == [], "run python -m scripts.make_catalogue"


def test_every_function_is_in_it() -> None:
    """The JSON holds each function once, a Pivot template in its group; its paths exist."""
    shown = json.loads((PROJECT.root / "docs/catalogue.json").read_text(encoding="utf-8"))
    assert [each["name"] for each in shown] == list(PROJECT.functions)
    assert {each["group"] for each in shown if each["kind"] == "pivot"} <= GROUPS.keys()
    paths = [path for each in shown for path in (each["folder"], *each["samples"])]
    assert [path for path in paths if not (PROJECT.root / path).exists()] == []


def test_what_a_function_needs_is_in_it() -> None:
    """The functions that come along with one are functions of the project, and never itself."""
    shown = json.loads((PROJECT.root / "docs/catalogue.json").read_text(encoding="utf-8"))
    for each in shown:
        assert {*each["needs"]} <= PROJECT.functions.keys() - {each["name"]}


@pytest.mark.parametrize("name", PIVOTS)
def test_an_entry_is_whole(name: str) -> None:
    """Each entry says what the template does, what a caller hears, and what KAZOO runs."""
    each = catalogue.entry(PROJECT, PROJECT.function(name))
    assert each.summary.endswith(".")
    assert each.hears
    assert each.modules or each.verbs


README = """# Title

Asks.

```console
$ pivotctl call title --dialogue --press 1
KAZOO    picks up
caller   hears   “For sales, press 1.”
caller   presses 1# (collected: 1)
KAZOO    rings user b2c0a4e1d3f5968778695a4b3c2d1e0f, for up to 20 s
caller   hears   “Goodbye.”
KAZOO    hangs up
```
"""


def test_what_is_heard_is_the_first_call_in_short() -> None:
    """Of a transcript stay the words, the keys and who is rung, without what every call has."""
    told = "“For sales, press 1.”, presses 1#, KAZOO rings user b2c0a4e1, for up to 20 s"
    assert catalogue.heard(README) == told


def test_a_long_call_is_cut_between_two_steps() -> None:
    """Of a long transcript the beginning is shown, and that there is more."""
    step = f"caller   hears   “{'la ' * 30}”\n"
    assert catalogue.heard(README.replace("KAZOO    picks up\n", step * 3)).endswith("”, ...")


def test_a_readme_without_marks_stays() -> None:
    """In a project of one's own the README's table is renewed only where its marks are."""
    assert catalogue.renewed(README, PROJECT) == README
