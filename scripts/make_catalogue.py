"""Make docs/catalogue.md, docs/catalogue.json, and what the console says of each function.

They are put together from template.yaml, the READMEs, the code and the callflows. A test tells when
they are out of date.

    python -m scripts.make_catalogue
"""

from pathlib import Path

from pivotctl.catalogue import files
from pivotctl.project import Project

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Write the files."""
    for path, text in files(Project.find(ROOT)).items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
