"""The functions of this project, as they were when the console was built."""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from pivotkit.core.described_settings import field_of
from pivotkit.core.settings import Field

type FunctionEntry = dict[str, Any]
"""A function in catalogue.json."""

CATALOGUE: list[FunctionEntry] = json.loads(
    (Path(__file__).parent / "catalogue.json").read_text("utf-8")
)
WORKERS = "workers"
_UNDOCUMENTED: FunctionEntry = {
    "group": "",
    "summary": "",
    "hears": "",
    "samples": [],
    "document": None,
    "settings": None,
}


class Setting(NamedTuple):
    """A setting with its meaning, and the texts of its default and of the deployment.

    The deployment's text is None if it has none, or if it is that of an `option` of the stack.
    """

    field: Field
    meaning: str
    default: str
    deployment: str | None
    option: str | None

    @property
    def in_deployment(self) -> str | None:
        """The deployment's text, or the name of the option that has it; None if it has none."""
        return f"option {self.option}" if self.option else self.deployment


class Declared(NamedTuple):
    """The settings of a function. `by_number` if a dialed number may have its own."""

    name: str
    purpose: str
    by_number: bool
    settings: tuple[Setting, ...]


def live_functions() -> list[FunctionEntry]:
    """The deployed functions that have a URL, in the order of the catalogue.

    Functions that the catalogue lacks come last, with their name only.
    """
    deployed = os.environ.get("ENDPOINTS", "").split()
    entries = {f"{entry['kind']}/{entry['name']}": entry for entry in CATALOGUE}
    known = [entry for path, entry in entries.items() if path in deployed]
    return known + [_undocumented(path) for path in deployed if path not in entries]


def workers() -> list[FunctionEntry]:
    """The workers of the project."""
    return [entry for entry in CATALOGUE if entry["kind"] == WORKERS]


def with_settings() -> dict[str, FunctionEntry]:
    """The deployed functions and the workers that have settings, by name."""
    every = (*live_functions(), *workers())
    return {entry["name"]: entry for entry in every if entry["settings"]}


def declared(entry: FunctionEntry) -> Declared:
    """The settings of a function."""
    described = entry["settings"]
    settings = tuple(
        Setting(
            field_of(each), each["meaning"], each["default"], each["deployment"], each["option"]
        )
        for each in described["fields"]
    )
    return Declared(entry["name"], described["purpose"], described["by_number"], settings)


def _undocumented(path: str) -> FunctionEntry:
    kind, _, name = path.partition("/")
    return {"kind": kind, "name": name, **_UNDOCUMENTED}
