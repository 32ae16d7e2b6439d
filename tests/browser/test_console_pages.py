"""The console's pages in a real browser: accessible by axe's rules, from phone to wall."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from pivotctl.project import Project
from tests.browser.axe import violations
from tests.browser.chromium import Page
from tests.browser.conftest import Site
from tests.browser.pages_filled import PATHS, fill_calls, fill_entries, fill_templates
from tests.browser.test_console import sign_in
from tests.console import KEY
from tests.integration.functions.console.filled import fill
from tests.livedebug import index_table

pytestmark = [pytest.mark.slow]


@pytest.fixture
def filled(
    tables: Mapping[str, str], project: Project, monkeypatch: pytest.MonkeyPatch, locked: Site
) -> Site:
    """The console of a stack with calls, menus, webhooks, figures, and changes."""
    index_table(project, monkeypatch)
    fill(tables)
    fill_calls(tables)
    fill_templates()
    fill_entries()
    return locked


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_accessible(page: Page, filled: Site, tmp_path: Path, path: str) -> None:
    """Axe finds nothing against WCAG 2.2 AA, in both schemes, and no page scrolls sideways."""
    sign_in(page, filled, "/settings")
    place = filled.url.rstrip("/") + path
    page.log.clear()
    for width in (390, 1280, 1920):
        for scheme in ("light", "dark") if width == 1280 else ("light",):
            page.open(place, width=width, scheme=scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, width
            if width != 1920:
                assert violations(page) == [], (width, scheme)
            page.picture(tmp_path / f"{path.strip('/').replace('/', '-')}-{width}-{scheme}.png")
    assert [entry for entry in page.log if filled.url in entry] == []


def test_the_sign_in_page_is_accessible(page: Page, filled: Site) -> None:
    """Axe finds nothing on the page that everybody sees."""
    page.do("Network.clearBrowserCookies")
    page.open(filled.url, width=390, scheme="dark")
    assert violations(page) == []
    assert KEY not in page.evaluate("document.body.innerText")


def test_a_column_leads_to_its_rows(page: Page, filled: Site) -> None:
    """A chart is drawn from its table, which can be opened; a column leads to its rows."""
    sign_in(page, filled, "/cdrs")
    page.open(f"{filled.url}cdrs", width=1280)
    drawn = "document.querySelectorAll('.drawing canvas').length"
    assert page.evaluate(drawn) == 3, page.log
    assert page.evaluate("document.querySelector('details.behind').open") is False
    assert page.evaluate("document.querySelectorAll('#hours-table tbody a').length") == 24
    page.click("[data-chart=hours-table] .u-over")
    page.loaded()
    assert "hour=" in page.evaluate("location.search")


def test_the_browsers_time_zone_is_used(page: Page, filled: Site) -> None:
    """The console learns the zone from the browser, and counts days and hours by it."""
    page.do("Emulation.setTimezoneOverride", timezoneId="Asia/Tokyo")
    try:
        sign_in(page, filled, "/cdrs")
        page.open(f"{filled.url}cdrs", width=1280)
        page.open(f"{filled.url}cdrs", width=1280)
        assert "Times are in Asia/Tokyo." in page.evaluate("document.body.innerText")
    finally:
        page.do("Emulation.setTimezoneOverride", timezoneId="")
