"""The pages with live calls in a real browser: screen pop, and the operator's page."""

import itertools
import json
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

import pivotctl.stack
from pivotctl.project import Project
from pivotctl.stack import Stack
from pivotctl.stack.aws import dynamodb_at
from pivotctl.upstreams.crossbar import CrossbarFake
from pivotkit.services.crossbar import LOCAL_ACCOUNT
from pivotkit.store.account_entries import AccountEntries
from pivotkit.store.table import Table
from pivotkit.store.with_boto3 import Boto3DynamoDb
from tests.browser.axe import violations
from tests.browser.chromium import Page
from tests.sockets import THEIRS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
FUNCTIONS = ("channel_events", "event_bus", "sockets", "blackhole", "console")
USER = "b2c0a4e1d3f5968778695a4b3c2d1e0f"
HOSTILE = "<img src=x onerror=alert(1)>\u202e"
ALICE = "+14155550123"


class Live:
    """A stack whose account has a CRM, and KAZOO's events."""

    _seconds = itertools.count(63_935_919_000)

    def __init__(self, stack: Stack) -> None:
        self.url = f"{stack.console_url}/"
        self.crossbar = cast("CrossbarFake", stack.upstreams.crossbar.fake).crossbar
        self._receiver = stack.url("channel_events")
        table = Table(stack.tables["DirectoryTable"], Boto3DynamoDb(dynamodb_at(stack.aws_url)))
        crm = {"crm": "zendesk", "crm_url": f"{stack.upstreams_url}/crm/api/v2"}
        AccountEntries(table, "blackhole", LOCAL_ACCOUNT).change(crm, (), "a test")

    def happens(self, name: str, call: str = "leg", **values: Any) -> None:
        """Have KAZOO announce an event of a leg that rings a user."""
        leg = {
            "account_id": LOCAL_ACCOUNT,
            "call_id": call,
            "hook_event": name,
            "call_direction": "outbound",
            "owner_id": USER,
            "caller_id_name": "Al",
            "caller_id_number": ALICE,
            "callee_id_number": "2001",
            "other_leg_call_id": "caller",
            "timestamp": next(self._seconds),
            **values,
        }
        self.crossbar.happened(name, leg)
        headers = {"content-type": "application/json"}
        body = json.dumps(leg).encode()
        request = urllib.request.Request(self._receiver, body, headers)
        urllib.request.urlopen(request).close()


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    """The stack of all tests here."""
    with pivotctl.stack.session(Project.find(), functions=FUNCTIONS, fresh=True) as stack:
        yield Live(stack)


def until(page: Page, expression: str) -> None:
    """Wait until *expression* holds in the page."""
    page.until(expression, 60)


def text(page: Page) -> str:
    """The text of the page."""
    return str(page.evaluate("document.getElementById('content').innerText"))


def open_live(page: Page, live: Live, path: str, width: int = 1280, scheme: str = "light") -> None:
    """Open a live page, and wait for its connection."""
    page.open(f"{live.url}{path}account={LOCAL_ACCOUNT}", width=width, scheme=scheme)
    until(page, "document.getElementById('connection')?.textContent === 'Live'")


def test_a_caller_is_shown_while_the_phone_rings(page: Page, live: Live) -> None:
    """The card has the CRM's name and record, and goes when somebody has answered and hung up."""
    open_live(page, live, "screen-pop?")
    assert "No phone is ringing" in text(page)
    live.happens("channel_create", account_id=THEIRS, caller_id_name="Another account")
    live.happens("channel_create")
    until(page, "document.querySelector('.pop .customers a')")
    shown = text(page)
    assert "Alice Adams" in shown
    assert "+1 415 555 0123" in shown
    assert "Ringing" in shown
    assert "Another account" not in shown
    live.happens("channel_answer")
    until(page, "document.querySelector('.pop .chip').textContent.startsWith('Talking')")
    live.happens("channel_destroy")
    until(page, "!document.querySelector('.pop')")


def test_somebody_else_answers(page: Page, live: Live) -> None:
    """A user's page shows calls to that user alone, and says who took one."""
    open_live(page, live, f"screen-pop?user={USER}&")
    live.happens("channel_create", "other", owner_id="c" * 32, other_leg_call_id="another")
    live.happens("channel_create", "mine")
    live.happens("channel_create", "hers", owner_id="c" * 32, callee_id_name="Bea")
    until(page, "document.querySelectorAll('.pop').length === 1")
    live.happens("channel_answer", "hers", owner_id="c" * 32, callee_id_name="Bea")
    until(page, "document.querySelector('.pop .chip').textContent === 'Answered by Bea'")


def test_a_hostile_name_is_text(page: Page, live: Live) -> None:
    """Text of a caller's device is shown, and never markup; nothing breaks the policy."""
    open_live(page, live, "screen-pop?")
    live.happens("channel_create", caller_id_name=HOSTILE, caller_id_number="anonymous")
    until(page, "document.querySelector('.pop')")
    assert "<img src=x" in text(page)
    assert page.evaluate("document.querySelectorAll('#content img').length") == 0


def test_an_operator_commands_calls(page: Page, live: Live) -> None:
    """Live channels are listed, and a click hangs up or transfers."""
    live.crossbar.channels.clear()
    live.happens("channel_create", "before")
    open_live(page, live, "operator?")
    until(page, "document.querySelector('[data-call=before]')")
    live.happens("channel_create", "leg")
    until(page, "document.querySelectorAll('#channels tr').length === 2")
    page.evaluate("document.querySelector('[data-call=leg] button').click()")
    until_flow(live, "hangup")
    page.evaluate("document.querySelector('[data-call=before] button:last-child').click()")
    page.evaluate("document.getElementById('target').value = '2002'")
    page.evaluate("document.querySelector('dialog button').click()")
    until_flow(live, "transfer")
    live.happens("channel_destroy", "leg")
    until(page, "document.querySelectorAll('#channels tr').length === 1")


def until_flow(live: Live, module: str) -> None:
    """Wait until KAZOO has a metaflow."""
    limit = time.monotonic() + 60
    while module not in [each["flow"]["module"] for each in live.crossbar.actions]:
        assert time.monotonic() < limit, live.crossbar.actions
        time.sleep(0.02)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_live_pages_are_accessible(
    page: Page, live: Live, tmp_path: Path, width: int, scheme: str
) -> None:
    """Axe finds nothing against WCAG 2.2 AA, idle and in a call, and nobody scrolls sideways."""
    for path in ("screen-pop", "operator"):
        live.crossbar.channels.clear()
        open_live(page, live, f"{path}?", width, scheme)
        assert violations(page) == [], f"{path}, idle"
        live.happens("channel_create", "leg", caller_id_name="x" * 200)
        until(page, "document.querySelector('.pop, #channels tr')")
        page.picture(tmp_path / f"{path}-{width}-{scheme}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page) == [], f"{path}, in a call"
    page.evaluate("document.querySelector('[data-call=leg] button:last-child').click()")
    assert violations(page) == [], "the dialog of a transfer"
