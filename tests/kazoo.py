"""The requests and actions of KAZOO's own code, for tests that compare with it.

The data is not part of the project. It is looked for in the folder that KAZOO_DATA names, or in
`shared/kazoo` beside the checkout; without it such tests are skipped, with the reason.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("KAZOO_DATA") or ROOT.parent / "shared" / "kazoo")
ABSENT = f"KAZOO's observed data is not at {DATA} (see tests/README.md)"

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=ABSENT)


def document(name: str) -> Any:
    """One JSON file of the data; an empty one where there is none."""
    path = DATA / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"cases": []}


def captured(folder: str) -> list[Any]:
    """All documents of a folder but its index, by name."""
    paths = sorted((DATA / folder).glob("*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.stem != "index"]
