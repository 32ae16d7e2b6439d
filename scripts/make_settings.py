"""Write the tables of settings in the READMEs of functions, from the classes in their code.

python -m scripts.make_settings
"""

from collections.abc import Iterator
from pathlib import Path

from pivotctl.declared_settings import declared_settings
from pivotctl.settings_table import with_table

ROOT = Path(__file__).resolve().parent.parent


def pages(root: Path = ROOT) -> Iterator[tuple[Path, str]]:
    """Each README of a function that declares settings, and the text that it should have."""
    for app in sorted((root / "functions").rglob("app.py")):
        declared, readme = declared_settings(app.parent), app.parent / "README.md"
        if declared and readme.is_file():
            yield readme, with_table(readme.read_text(encoding="utf-8"), declared)


def main() -> None:
    """Write every page that changed."""
    for path, text in pages():
        if path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
