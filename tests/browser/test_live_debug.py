"""Live Debug on a local stack: a whole call through the gateway, kept, shown, and replayed."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urljoin

import pytest

import pivotctl.stack
from pivotctl.crossbar import ACCOUNT_ID
from pivotctl.local.calls import local_scenario
from pivotctl.project import Project
from pivotctl.stack import Stack
from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.http.exchange import send
from pivotctl.switch.scenario import new_call_id
from pivotkit.store.debug_switches import Switches
from pivotkit.store.table import Table
from pivotkit.store.with_boto3 import Boto3DynamoDb
from tests.browser.axe import violations
from tests.browser.chromium import Page
from tests.browser.test_console import CONTRAST

pytestmark = [pytest.mark.slow]

FUNCTIONS = (
    *("account_balance", "say_hello", "channel_events"),
    *("call_records", "console", "kazoo_debug"),
)
HOSTILE = '"><img src=x onerror=alert(1)>'
DESK, PHONE = 1280, 390
MOST_SECONDS = 30.0


@pytest.fixture(scope="module")
def live(project: Project) -> Iterator[Stack]:
    """A stack that lists its calls, and keeps those of the first local account."""
    with pivotctl.stack.session(
        project.with_live_debug(), functions=FUNCTIONS, fresh=True, wire=True
    ) as stack:
        table = Table(stack.tables["CallIndexTable"], Boto3DynamoDb(stack.own.aws.dynamodb()))
        Switches(table).turn_on(ACCOUNT_ID, "", 3600)
        yield stack


class Played(NamedTuple):
    """A call that was played, and its ID."""

    dialogue: Dialogue
    call_id: str

    def path(self, entry: int | None = None) -> str:
        """The page of the call."""
        query: dict[str, Any] = {"account": ACCOUNT_ID, "id": self.call_id}
        return f"call?{urlencode(query | ({} if entry is None else {'entry': entry}))}"


@pytest.fixture(scope="module")
def played(live: Stack) -> Played:
    """A call of four requests, whose caller has a hostile name."""
    press = ("1001#", "4321", "1")
    return dialed(live, "account_balance", {"debug": True}, press=press, caller_name=HOSTILE)


def dialed(stack: Stack, name: str, data: dict[str, Any], **call: Any) -> Played:
    """A call, once all of it is in the table."""
    call_id = new_call_id()
    dialogue = Dialogue.place(local_scenario(stack, name, data, call_id=call_id, **call), send)
    stack.wait_for_workers()
    _until(lambda: len(kept(stack, call_id)) >= len(dialogue.requests))
    assert [each.failed for each in stack.tick("kazoo_debug")] == [False]
    return Played(dialogue, call_id)


def kept(stack: Stack, call_id: str) -> list[dict[str, Any]]:
    """The steps of a call, in order."""
    answer = stack.own.aws.dynamodb().query(
        TableName=stack.tables["CallIndexTable"],
        KeyConditionExpression="pk = :pk AND begins_with(sk, :step)",
        ExpressionAttributeValues={
            ":pk": {"S": f"call#{ACCOUNT_ID}#{call_id}"},
            ":step": {"S": "step#"},
        },
    )
    found: list[dict[str, Any]] = [*answer["Items"]]
    return found


def _until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + MOST_SECONDS
    while not holds():
        assert time.monotonic() < ends, "it has not happened"
        time.sleep(0.05)


def opened(stack: Stack, path: str, **fields: str) -> str:
    """The text of a page of the console, or of a form's answer."""
    url = urljoin(str(stack.console_url), path)
    data = urlencode(fields).encode() if fields else None
    request = urllib.request.Request(url, data, {"Sec-Fetch-Site": "same-origin"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return str(answer.read().decode())


def test_every_step_is_kept(live: Stack, played: Played) -> None:
    """Each request and answer of a call is kept in order, the first one too."""
    steps = kept(live, played.call_id)
    assert played.dialogue.verdict == "executes"
    assert [each["function"]["S"] for each in steps] == ["account_balance"] * 4
    assert [each["step"]["N"] for each in steps] == ["0", "1", "2", "3"]
    texts = [each["answer"]["S"] for each in steps]
    assert "account number" in texts[0]
    assert "42 dollars" in texts[2]
    assert "4321" not in json.dumps(steps)
    assert "1001" not in " ".join(each["request"]["S"] for each in steps)


def test_the_page_shows_every_source(live: Stack, played: Played) -> None:
    """The page of a call has what each source reports, its end, and a hostile name as text."""
    text = opened(live, played.path())
    for lane in ("Pivot", "Webhooks", "KAZOO"):
        assert f">{lane}</text>" in text
    assert "The call has ended" in text
    pages = [opened(live, played.path(number)) for number in range(text.count('class="entry"'))]
    assert not any("<img" in page for page in pages)
    assert any("resp_status_code" in page for page in pages)
    assert not any("4321" in page.replace(played.call_id, "") for page in pages)


def test_a_replay_in_the_real_runtime(live: Stack, played: Played) -> None:
    """The function itself is asked again through Lambda's Invoke, and changes nothing."""
    state = items_of(live)
    path = {"account": ACCOUNT_ID, "id": played.call_id}
    marks = opened(live, played.path()).count('class="entry"')
    numbers = [n for n in range(marks) if "Replay against" in opened(live, played.path(n))]
    assert len(numbers) == 4
    for number in numbers:
        text = opened(live, "call/replay", **path, entry=str(number), digits="")
        assert "same answer" in text, text
    assert items_of(live) == state


def items_of(stack: Stack) -> list[Any]:
    """The calls' states."""
    client = stack.own.aws.dynamodb()
    found = client.scan(TableName=stack.tables["CallStateTable"])["Items"]
    return sorted(map(json.dumps, found))


def test_only_an_sdk_can_invoke(live: Stack) -> None:
    """A page elsewhere cannot ask the stack for a run of a function, nor name a worker."""
    url = f"{live.gateway_url}/2015-03-31/functions/AccountBalance/invocations"
    for headers in ({}, {"Authorization": "Bearer x"}):
        request = urllib.request.Request(url, b"{}", headers)
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(request, timeout=20)
    signed = {"Authorization": "AWS4-HMAC-SHA256 x", "Host": "evil.example"}
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(urllib.request.Request(url, b"{}", signed), timeout=20)


@pytest.mark.parametrize(("width", "scheme"), [(DESK, "light"), (DESK, "dark"), (PHONE, "light")])
def test_in_a_browser(
    live: Stack, played: Played, page: Page, tmp_path: Path, width: int, scheme: str
) -> None:
    """Somebody finds a call, follows its steps by keyboard, and replays one; all of it is text."""
    page.log.clear()
    page.open(urljoin(str(live.console_url), "calls"), width=width, scheme=scheme)
    assert page.evaluate("document.querySelectorAll('#rows tr').length") >= 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.picture(tmp_path / f"calls-{width}-{scheme}.png")
    assert violations(page) == []
    assert page.evaluate(CONTRAST) >= 4.5
    page.open(urljoin(str(live.console_url), played.path()), width=width, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.querySelectorAll('svg.lanes a').length") > 4
    assert page.evaluate("document.querySelectorAll('img').length") == 0
    assert violations(page) == []
    assert page.evaluate(CONTRAST) >= 4.5
    page.picture(tmp_path / f"call-{width}-{scheme}.png")
    page.evaluate("document.querySelector('form[action^=\"/call/replay\"] button').focus()")
    page.enter()
    assert "same answer" in page.evaluate("document.getElementById('replayed').innerText")
    page.picture(tmp_path / f"replay-{width}-{scheme}.png")
    assert page.log == []
