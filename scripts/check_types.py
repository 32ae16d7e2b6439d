"""Check the types of each function that has modules beside app.py, as Lambda sees it.

On Lambda a function's folder is on the path, and its modules import each other by their bare
names, which another function may have, too. So each such function is checked by itself.

    python -m scripts.check_types
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def functions_with_helpers() -> list[Path]:
    """The folders in `functions` that hold a module besides app.py."""
    folders = {path.parent for path in (ROOT / "functions").rglob("*.py") if path.name != "app.py"}
    return sorted(folders)


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run mypy on *folder*, which is a root of its own."""
    command = [sys.executable, "-m", "mypy", "--no-error-summary", str(folder)]
    environment = {**os.environ, "MYPYPATH": str(folder)}
    return subprocess.run(
        command, cwd=ROOT, env=environment, text=True, capture_output=True, check=False
    )


def main() -> int:
    """The exit status: 1 if the types of any function are wrong."""
    faults = 0
    for folder in functions_with_helpers():
        done = check(folder)
        if done.returncode:
            faults += 1
            print(f"{folder.relative_to(ROOT)}:\n{done.stdout}{done.stderr}")
    return min(faults, 1)


if __name__ == "__main__":
    sys.exit(main())
