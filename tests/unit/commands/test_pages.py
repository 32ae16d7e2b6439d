"""Pages show commands as a shell runs them in which `.venv/bin/activate` was read."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_call_pivotctl_by_its_name(page: Path) -> None:
    """No page shows the path of pivotctl: the README's activation line makes the name enough."""
    assert ".venv/bin/pivotctl" not in page.read_text(encoding="utf-8")
