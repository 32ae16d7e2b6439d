"""`sam build`, and byte-code for the functions' own files; the layers bring theirs along.

Waits for a build that `pivotctl` may be making at the same time.

    python -m scripts.build
"""

import sys
from pathlib import Path

from pivotctl.project import Project
from pivotctl.stack.build import BuildError, build


def main() -> int:
    """Build; 1 and the end of SAM's output if that fails."""
    try:
        build(Project.find(Path(__file__).parent))
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
