"""The layer's rooms: few, and each module there for two functions or more."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pivotkit
from tests.import_graph import arrows, imports, reached
from tests.kazoo import ROOT

LAYER = ROOT / "layers/common/pivotkit"
MOST_ROOMS = 12
VOCABULARY = ("pivotkit.kazoo", "pivotkit.events", "pivotkit.twiml")
"""KAZOO's own modules, events, and TwiML are complete, whether a function uses them or not."""


def functions() -> list[Path]:
    """The folders of all functions."""
    return sorted(path.parent for path in (ROOT / "functions").rglob("app.py"))


def used_by(folder: Path, known: set[str]) -> Iterator[str]:
    """The modules of the layer that the code in *folder* imports."""
    for path in folder.glob("*.py"):
        for name in imports(path):
            home = pivotkit._HOME.get(name.removeprefix("pivotkit."), "")
            yield from {name, f"pivotkit.{home}"} & known


def test_the_layer_has_few_rooms() -> None:
    """A dozen names are enough to find one's way."""
    rooms = {path.relative_to(LAYER).parts[0] for path in LAYER.rglob("*.py")} - {"__init__.py"}
    assert len(rooms) <= MOST_ROOMS


def test_a_module_serves_two_functions() -> None:
    """A module that one function alone uses is in its folder, not in the layer.

    What `pivotctl` does as the function does, such as a change of settings, is written once, too.
    """
    graph = arrows(LAYER)
    graph["pivotkit"] = set()  # names a home for each public name, and loads it on first use
    modules = {name for name in graph if (LAYER.parent / f"{name.replace('.', '/')}.py").is_file()}
    users: Counter[str] = Counter()
    for folder in functions():
        users.update(reached(set(used_by(folder, set(graph))), graph))
    users.update({name for path in (ROOT / "pivotctl").rglob("*.py") for name in imports(path)})
    lonely = {name for name in modules if users[name] < 2 and not name.startswith(VOCABULARY)}
    assert lonely == set()
