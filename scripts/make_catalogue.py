"""Make functions/console/catalogue.json: what the console says of each function.

It is put together from the READMEs and the callflow.json and webhook.json beside them, because the
console is deployed without the other functions' folders. A test tells when it is out of date.

    python -m scripts.make_catalogue
"""

import json
import re
from pathlib import Path
from typing import Any

from pivotctl.project import Function, Project

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "functions/console/catalogue.json"
GROUPS = (
    "starters",
    "caller ID",
    "ask and choose",
    "routing",
    "features by phone",
    "applications",
    "Twilio style",
)
"""The groups of Pivot templates: `Metadata: { Group: starters }` of a function in template.yaml."""

_SETTING = re.compile(
    r"^\| `(?P<name>[A-Z][A-Z0-9_]*)` \| `(?P<default>[^`]*)` \| (?P<meaning>.*) \|$", re.MULTILINE
)
_SAMPLE = re.compile(r"[0-9a-f]{32}|https://\w+\.example\.com/.*")


def summary(readme: str) -> str:
    """The one line below the title."""
    return readme.split("\n")[2]


def settings(readme: str) -> list[dict[str, str]]:
    """The rows of the table of settings: `name`, `default`, `meaning`."""
    return [row.groupdict() for row in _SETTING.finditer(readme)]


def entry(function: Function) -> dict[str, Any]:
    """What the console shows of *function*."""
    readme = (function.path / "README.md").read_text(encoding="utf-8")
    return {
        "kind": function.kind,
        "name": function.name,
        "summary": summary(readme),
        "samples": [row["name"] for row in settings(readme) if _SAMPLE.fullmatch(row["default"])],
        "document": _document(function.path),
    }


def text(project: Project) -> str:
    """The whole catalogue."""
    entries = [entry(f) for f in project.functions.values() if f.kind != "console"]
    return json.dumps(entries, ensure_ascii=False, indent=2) + "\n"


def _document(folder: Path) -> Any:
    paths = (folder / name for name in ("callflow.json", "webhook.json"))
    found = [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.is_file()]
    return found[0] if found else None


def main() -> None:
    """Write the catalogue."""
    CATALOGUE.write_text(text(Project.find(ROOT)), encoding="utf-8")
    print(CATALOGUE.relative_to(ROOT))


if __name__ == "__main__":
    main()
