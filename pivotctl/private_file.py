"""Files with secrets, which only their owner can read."""

import json
import os
from pathlib import Path
from typing import Any


def write_private(path: Path, value: Any) -> None:
    """Replace the file *path* by *value* as JSON, at once and with mode 0600."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(value, file, indent=2)
    draft.replace(path)
