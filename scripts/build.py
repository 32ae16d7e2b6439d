"""`sam build`, and byte-code for the functions' own files; the layers bring theirs along.

Waits for a build that `pivotctl` may be making at the same time.

    python -m scripts.build
"""

import compileall
import fcntl
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

from pivotctl.project import Project
from pivotctl.stack.build import BuildError, build_folder, sam_build


def main() -> int:
    """Build; 1 and the end of SAM's output if that fails."""
    project = Project.find(Path(__file__).parent)
    project.home.mkdir(parents=True, exist_ok=True)
    with (project.home / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            sam_build(project)
        except BuildError as error:
            print(error, file=sys.stderr)
            return 1
        return 0 if _compile(build_folder(project)) else 1


def _compile(build: Path) -> bool:
    """Lambda's file system is read-only and its dates are 1980: nothing is looked up again."""
    folders = [path.parent for path in build.glob("*/app.py")]
    return all(
        compileall.compile_dir(
            folder,
            quiet=1,
            force=True,
            stripdir=str(folder),
            prependdir="/var/task",
            invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
        )
        for folder in folders
    )


if __name__ == "__main__":
    sys.exit(main())
