"""The console in a real browser: on a desktop and a phone, in light and dark mode."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from pivotkit.store.account_entries import AccountEntries
from pivotkit.store.dynamodb import dynamodb
from pivotkit.store.table import Table
from tests.browser.chromium import Page
from tests.browser.conftest import ENDPOINTS, Site
from tests.console import KEY
from tests.events import ACCOUNT

pytestmark = [pytest.mark.slow]

DESK, PHONE = 1280, 360
HOSTILE = "<script>x\u202e" + "y" * 4000
OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"
# The lowest contrast of any text against what lies behind it, as WCAG 2 defines it.
CONTRAST = """
(() => {
  const part = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = rgb => 0.2126 * part(rgb[0]) + 0.7152 * part(rgb[1]) + 0.0722 * part(rgb[2]);
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const found = numbers(getComputedStyle(node).backgroundColor);
      if (found.length === 3 || found[3] === 1) return found;
    }
    return [255, 255, 255];
  };
  const ratio = node => {
    const pair = [light(numbers(getComputedStyle(node).color)), light(behind(node))].sort();
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  };
  const texts = [...document.body.querySelectorAll('*')].filter(
    node => [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim()));
  return Math.min(...texts.map(ratio));
})()
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_nobody_has_to_scroll_sideways(
    page: Page, console: Site, tmp_path: Path, width: int, scheme: str
) -> None:
    """Everything fits into the window, including opened callflows."""
    page.open(console.url, width=width, scheme=scheme)
    page.evaluate(OPEN_ALL)
    page.picture(tmp_path / f"console-{width}-{scheme}.png")

    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read(page: Page, console: Site, scheme: str) -> None:
    """The contrast of every text is at least 4.5 to 1 (WCAG 2, AA), in both schemes."""
    page.open(console.url, width=DESK, scheme=scheme)

    assert page.evaluate(CONTRAST) >= 4.5


def test_the_schemes_differ(page: Page, console: Site) -> None:
    """Users who prefer dark pages get one: the policy admits the style."""
    found = set()
    for scheme in ("light", "dark"):
        page.open(console.url, width=DESK, scheme=scheme)
        found.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert len(found) == 2


def test_the_browser_logs_no_errors(page: Page, console: Site) -> None:
    """The page loads only the console's own files, and its policy admits them."""
    page.open(console.url, width=DESK)

    assert page.evaluate("document.styleSheets[0].cssRules.length") > 10
    # An icon requested from the previous test's server may be reported here.
    assert [entry for entry in page.log if console.url in entry] == []
    assert all(path == "/" or path.startswith("/assets/") for path in console.requested)


def test_every_function_shows_its_url(page: Page, console: Site) -> None:
    """Users who open a function see its URL."""
    page.open(console.url, width=DESK)
    page.evaluate(OPEN_ALL)
    text = page.evaluate("document.body.innerText")

    for endpoint in ENDPOINTS.split():
        assert f"amazonaws.com/<KEY>/{endpoint}" in text


def test_a_callflow_opens_without_a_script(page: Page, console: Site) -> None:
    """The callflow to paste is hidden until its function is opened."""
    page.open(console.url, width=PHONE)
    shown = "document.querySelector('details pre').checkVisibility()"
    before = page.evaluate(shown)
    page.evaluate("document.querySelector('details summary').click()")

    assert (before, page.evaluate(shown)) == (False, True)


def test_the_first_tab_key_leads_to_the_skip_link(page: Page, console: Site) -> None:
    """Keyboard users can skip the head of the page, and see the link that does it."""
    page.open(console.url, width=DESK)
    for kind in ("keyDown", "keyUp"):
        page.do("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)

    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().width") > 50


# -- behind the lock -------------------------------------------------------------------------------


@pytest.fixture
def entries(tables: Mapping[str, str]) -> AccountEntries:
    """An account's settings, one of which is hostile, and their history."""
    table = Table(tables["DIRECTORY_TABLE"], dynamodb())
    made = AccountEntries(table, "ring", ACCOUNT)
    made.change({"ring_id": HOSTILE}, (), "jo@desk")
    made.change({"ring_kind": "device"}, (), "al@desk")
    return made


def sign_in(page: Page, site: Site, path: str) -> None:
    """Open a page, and sign in with the keyboard."""
    page.do("Network.clearBrowserCookies")
    page.open(site.url.rstrip("/") + path, width=DESK)
    page.evaluate("document.querySelector('[autofocus]').focus()")  # it may come after the load
    page.type(KEY)
    page.enter()


PLACES = ("/sign-in", "/settings", "/settings/ring", f"/settings/ring?account={ACCOUNT}")


@pytest.mark.usefixtures("entries")
@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_the_settings_fit_and_can_be_read(
    page: Page, locked: Site, tmp_path: Path, width: int
) -> None:
    """No page scrolls sideways, and all text has its contrast, in both schemes."""
    sign_in(page, locked, "/settings")
    for at, place in enumerate(PLACES):
        for scheme in ("light", "dark"):
            page.open(locked.url.rstrip("/") + place, width=width, scheme=scheme)
            page.picture(tmp_path / f"{at}-{width}-{scheme}.png")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, place
            assert page.evaluate(CONTRAST) >= 4.5, (place, scheme)


def test_a_setting_is_changed_by_keyboard(
    page: Page, locked: Site, entries: AccountEntries
) -> None:
    """Sign-in leads to the page; a wrong value is refused beside its field; a right one is kept."""
    sign_in(page, locked, f"/settings/ring?account={ACCOUNT}")
    assert page.evaluate("location.search") == f"?account={ACCOUNT}"
    field = "document.querySelector('[name=\"set.ring_id\"]')"
    page.evaluate(f"{field}.focus()")
    page.enter()
    assert page.evaluate(f"{field}.getAttribute('aria-invalid')") == "true"
    assert "must be an ID" in page.evaluate("document.querySelector('.row .fault').innerText")
    page.evaluate(f"{field}.focus()")
    page.type("b" * 32)
    page.enter()
    assert "Saved." in page.evaluate("document.querySelector('[role=status]').innerText")
    assert entries.read().texts == {"ring_id": "b" * 32, "ring_kind": "device"}


def test_every_field_has_its_label(page: Page, locked: Site, entries: AccountEntries) -> None:
    """Screen readers name each field, its hint, and its fault."""
    assert entries.read().version == 2
    sign_in(page, locked, f"/settings/ring?account={ACCOUNT}")
    fields = "[...document.querySelectorAll('input:not([type=hidden]), select')]"
    assert page.evaluate(f"{fields}.length") == 4
    assert page.evaluate(f"{fields}.every(f => f.labels.length === 1)")
    about = "f.getAttribute('aria-describedby').split(' ').every(id => document.getElementById(id))"
    assert page.evaluate(f"{fields}.every(f => {about})")
