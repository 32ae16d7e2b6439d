"""Installed packages: locks, licenses, and the bill of materials of a release."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pivotctl.project import Project
from promises.promise import Outcome, Run

LAYERS = ("layers/common/requirements.txt", "layers/console/requirements.txt")
_PINNED = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^ ;\\]+)")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")
PERMITTED = re.compile(
    r"(MIT|MIT-0|ISC|0BSD|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|PSF-2\.0"
    r"|License :: OSI Approved :: (BSD|MIT|Apache Software) License)"
)
"""Permissive licenses, by their SPDX names, and the classifiers of packages without one."""


@dataclass(frozen=True)
class Locked:
    """An entry of a lock: `name` and `version` are empty for one that is not pinned."""

    file: str
    name: str
    version: str
    hashes: int

    @property
    def fault(self) -> str:
        """The fault of the entry; empty if there is none."""
        if not self.version:
            return f"{self.file}: an entry is not pinned to a version"
        return "" if self.hashes else f"{self.file}: {self.name} has no hash"


def locked(text: str, file: str) -> Iterator[Locked]:
    """Yield the entries of the lock *file*."""
    for line in text.replace("\\\n", " ").splitlines():
        if line and not line.startswith((" ", "#")):
            pinned = _PINNED.match(line)
            name, version = (pinned["name"], pinned["version"]) if pinned else ("", "")
            yield Locked(file, name.lower().replace("_", "-"), version, len(_HASH.findall(line)))


def locks(project: Project) -> Iterator[Locked]:
    """Yield the entries of all locks."""
    files = sorted((project.root / "requirements").glob("*.txt"))
    for path in (*files, *(project.root / name for name in LAYERS)):
        name = str(path.relative_to(project.root))
        yield from locked(path.read_text(encoding="utf-8"), name)


def bill(project: Project) -> dict[str, Any]:
    """Make the bill of materials as a release does, and return it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sbom.cdx.json"
        subprocess.run(
            ["make", "--silent", "sbom", f"SBOM={path}"],
            cwd=project.root,
            check=True,
            capture_output=True,
        )
        made: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return made


def licenses(component: dict[str, Any]) -> list[str]:
    """Return the licenses that a component may be used under."""
    found = []
    for each in component.get("licenses", []):
        one = each.get("license", {})
        found.append(each.get("expression") or one.get("id") or one.get("name") or "?")
    return found


def is_permitted(component: dict[str, Any]) -> bool:
    """Whether all licenses of a component are permissive."""
    names = [name for text in licenses(component) for name in re.split(r" OR | AND ", text)]
    return bool(names) and all(PERMITTED.fullmatch(name) for name in names)


def unlisted(project: Project, made: dict[str, Any]) -> list[str]:
    """Return what the layers' locks and the bill do not have in common."""
    bill_has = {(c["purl"].partition("@")[0].rpartition("/")[2], c["version"])
                for c in made["components"]}  # fmt: skip
    lock_has = {(e.name, e.version) for e in locks(project) if e.file in LAYERS}
    return sorted(f"{name} {version}" for name, version in bill_has ^ lock_has)


def audited(run: Run) -> Outcome:
    """Check every lock, and every license of what a deployment installs."""
    every = list(locks(run.project))
    faults = [entry.fault for entry in every if entry.fault]
    components = bill(run.project)["components"]
    faults += [f"{c['name']}: {licenses(c)}" for c in components if not is_permitted(c)]
    figure = (
        f"{len(every)} entries of {len({entry.file for entry in every})} locks, "
        f"{sum(entry.hashes for entry in every)} hashes, {len(components)} licenses"
    )
    return Outcome("; ".join([figure, *faults[:5]]), not faults)


def billed(run: Run) -> Outcome:
    """Make the bill of materials, and compare it with the locks of the layers."""
    made = bill(run.project)
    missing = unlisted(run.project, made)
    version = made["specVersion"]
    figure = f"CycloneDX {version}, {len(made['components'])} packages, {len(missing)} deviations"
    return Outcome("; ".join([figure, *missing[:5]]), not missing)
