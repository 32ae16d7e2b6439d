"""Variables of a running stack that are changed without stopping it, as a deployment changes them.

They are in a file of the run's folder, and are for all functions.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pivotctl.stack.info import StackInfo

RENEW_PATH = "/_pivotctl/renew"
"""Path of the gateway at which the functions are restarted."""

_FILE = "variables.json"
_SECONDS = 30.0


def live_variables(folder: Path) -> dict[str, str]:
    """Return the changed variables of the run in *folder*."""
    try:
        found: dict[str, str] = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def change(info: StackInfo, variables: Mapping[str, str]) -> None:
    """Change variables of a running stack, whose functions begin anew. Raises `OSError`."""
    folder = Path(info.build).parent
    draft = folder / f"{_FILE}.new"
    draft.write_text(json.dumps({**live_variables(folder), **variables}), encoding="utf-8")
    draft.replace(folder / _FILE)
    with urllib.request.urlopen(info.gateway_url + RENEW_PATH, timeout=_SECONDS):  # noqa: S310
        return
