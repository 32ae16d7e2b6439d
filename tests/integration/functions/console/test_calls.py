"""The console's pages of calls: lists without a scan, a call with all its sources, two accounts."""

import json
import os
import re
import time
from collections.abc import Mapping
from html import unescape
from importlib import import_module
from typing import Any
from urllib.parse import quote

import pytest

from pivotctl.keys import entry
from pivotctl.project import Project
from pivotkit.calls.call import Call
from pivotkit.calls.conversations import Conversation, ask, conversation
from pivotkit.kazoo import hangup, tts
from pivotkit.store.call_index import CallIndex, CallKey
from pivotkit.store.debug_switches import Switches
from pivotkit.store.dynamodb import dynamodb
from pivotkit.store.table import Table
from tests.aws import aws_client
from tests.console import Visitor, cookie
from tests.events import ACCOUNT, JSON, event
from tests.functions import load
from tests.integration.pivotkit.workers.batches import stream
from tests.integration.replaying import Line
from tests.livedebug import Later, index_table, later

OTHER = "d4e2c6a3f5b7180990817c6d5e4f3a2b"
HOSTILE = '"><script>alert(1)</script>${x}'
PIN = "4321"
NO_NUMBERS = ("9" * 40, "9" * 5000, "\u00b2", "\u0663")
"""Too many digits, a superscript, and a digit of another script."""


@pytest.fixture
def after(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Work that answers leave to be done."""
    return later(monkeypatch)


@pytest.fixture
def index(
    tables: Mapping[str, str],
    project: Project,
    environment: pytest.MonkeyPatch,
    after: Later,
) -> str:
    """The table of a stack with Live Debug, whose console is open."""
    del after
    environment.setenv("CALL_RECORDS_TABLE", tables["CALL_RECORDS_TABLE"])
    return index_table(project, environment)


@pytest.fixture
def visitor(index: str) -> Visitor:
    """Somebody who sees everything."""
    del index
    return Visitor()


@pytest.fixture
def locked(index: str, environment: pytest.MonkeyPatch) -> None:
    """Lock the console with a key for one account without numbers, and one for another account."""
    del index
    environment.delenv("AWS_SAM_LOCAL")
    environment.setenv("KEY_HASHES", f"{HASHES[0]} {HASHES[1]}")
    environment.setenv("CALL_STATE_TABLE", "state")


MINE, THEIRS = "console-" + "m" * 32, "console-" + "t" * 32
HASHES = (f"{entry(MINE, (ACCOUNT,))}/see", f"{entry(THEIRS, (OTHER,))}")


def signed_in(key: str) -> Visitor:
    """A visitor with a session that *key* has started."""
    return Visitor(cookie(" ".join(HASHES), key))


def balance() -> Any:
    """A conversation with a plain answer, a secret one, and a state."""

    @conversation
    def template(call: Call) -> Conversation:
        account = yield from ask("Account number?", max_digits=8)
        if not (yield from ask("PIN?", max_digits=4, secret=lambda digits: digits == PIN)):
            return tts("Goodbye.") >> hangup()
        call.vars["greeted"] = "yes"
        return tts(f"Hello {call.caller_id_name or 'you'}, {account}.") >> hangup()

    return template


def played(index: str, after: Later, call_id: str = "c1", account: str = ACCOUNT) -> None:
    """A call of three requests, kept, whose caller's name is hostile."""
    Switches(Table(index, dynamodb())).turn_on(account, "", 600)
    fields = {
        "Account-ID": account,
        "Caller-ID-Number": "+14155550199",
        "Caller-ID-Name": HOSTILE,
        "Request": "6031@a.example",
    }
    Line(balance(), call_id, **fields).ask().ask("100123#").ask(PIN)
    after.do()


def reported(call_id: str = "c1") -> None:
    """The webhooks of the call's end, and their record."""
    receive, merge = load("webhooks/channel_events"), load("workers/call_records")
    for name, hook in (
        ("channel_create", {}),
        ("channel_destroy", {"hangup_cause": "NORMAL_CLEARING"}),
    ):
        values = {
            "hook_event": name,
            "account_id": ACCOUNT,
            "call_id": call_id,
            "timestamp": time.time() + 62_167_219_200,
            "call_direction": "inbound",
            "caller_id_number": "+14155550199",
            "caller_id_name": HOSTILE,
            "to": "6031@a.example",
            "duration_seconds": 12,
            **hook,
        }
        answer = receive(
            event(json.dumps(values), key="webhooks-development", content_type=JSON), None
        )
        assert answer["statusCode"] == 200
    items = aws_client("dynamodb").scan(TableName=os.environ["CALL_RECORDS_TABLE"])["Items"]
    assert merge(stream(*items), None) == {"batchItemFailures": []}


def test_a_call_shows_all_its_sources(index: str, after: Later, visitor: Visitor) -> None:
    """Each step and each webhook of a call is an entry of its page, in order, with its facts."""
    played(index, after)
    reported()
    page = visitor.get(f"/call?account={ACCOUNT}&id=c1")
    assert page.status == 200
    for lane in ("Pivot", "Webhooks"):
        assert f">{lane}</text>" in page.text
    assert page.text.count('class="entry"') == 5
    assert "The call has ended: NORMAL_CLEARING." in page.shown
    entries = [visitor.get(f"/call?account={ACCOUNT}&id=c1&entry={number}") for number in range(5)]
    steps = [each for each in entries if "Pivot · test" in each.shown]
    assert [("PIN?" in each.text, "Hello" in each.text) for each in steps] == [
        (False, False),
        (True, False),
        (False, True),
    ]
    assert "<ins>" in steps[2].text
    assert "greeted" in steps[2].text
    assert [each for each in entries if "Webhooks · channel_destroy" in each.shown]
    everything = " ".join(each.text for each in entries)
    assert "<script>alert" not in everything
    assert "100123" not in everything


def test_the_list_finds_calls(index: str, after: Later, visitor: Visitor) -> None:
    """The list shows a call's row, newest first, and finds it by any part of what it shows."""
    played(index, after)
    played(index, after, "c2")
    reported("c2")
    page = visitor.get("/calls")
    assert page.text.index("id=c2") < page.text.index("id=c1")
    assert "+14155550199" in page.shown
    for query, found in {
        "number=5550199": 2,
        "number=999": 0,
        "call=c2": 1,
        f"account={ACCOUNT}": 2,
        f"account={OTHER}": 0,
        "template=test": 2,
        "template=ring": 0,
        "verdict=answered": 2,
        "verdict=fallback": 0,
        "day=2020-01-01": 0,
    }.items():
        shown = visitor.get(f"/calls?{query}")
        assert (query, shown.text.count("<tr data-started")) == (query, found)


def test_pages_follow_each_other(index: str, visitor: Visitor) -> None:
    """Every call is on exactly one page, however many begin in one millisecond or on other days."""
    rows = CallIndex(Table(index, dynamodb()), 14)
    now = int(time.time() * 1000) - 1000
    for number in range(130):
        at = now - (number // 3) * 1000 - (number // 50) * 86_400_000
        rows.note_record(CallKey(ACCOUNT, f"c{number}"), {"state": "created"}, at // 1000)
    for start in ("/calls", f"/calls?account={ACCOUNT}"):
        seen: list[str] = []
        path = start
        while path:
            page = visitor.get(path)
            assert page.status == 200
            seen += re.findall(r"id=(c\d+)\"", page.text)
            older = re.search(r'rel="next" href="([^"]+)"', page.text)
            path = unescape(older[1]) if older else ""
        assert sorted(seen) == sorted({f"c{number}" for number in range(130)})


def test_new_calls_slide_in(index: str, after: Later, visitor: Visitor) -> None:
    """The page asks for what has begun since its newest row, and gets those rows alone."""
    played(index, after)
    newest = re.search(r'data-newest="(\d+)"', visitor.get("/calls").text)
    assert newest
    assert "<tr" not in visitor.get(f"/calls/newer?after={newest[1]}").text
    played(index, after, "c2")
    fresh = visitor.get(f"/calls/newer?after={newest[1]}")
    assert ("id=c2" in fresh.text, "id=c1" in fresh.text) == (True, False)


@pytest.mark.usefixtures("locked")
@pytest.mark.parametrize(
    "path",
    [
        "/call?account={0}&id=c1",
        "/call?account={0}&id=c1&entry=2",
        "/call.json?account={0}&id=c1",
        "/call/recording?account={0}&id=c1&recording=0",
        "/calls?account={0}",
        "/calls",
        "/calls/newer?after=1",
    ],
)
def test_another_accounts_call(
    index: str, after: Later, environment: pytest.MonkeyPatch, path: str
) -> None:
    """A key for another account sees nothing of a call, whatever it asks for."""
    environment.setenv("AWS_SAM_LOCAL", "true")
    played(index, after)
    environment.delenv("AWS_SAM_LOCAL")
    shown = signed_in(THEIRS).get(path.format(ACCOUNT))
    assert "c1" not in shown.shown.replace("id=c1", "")
    assert "PIN?" not in shown.text
    mine = signed_in(MINE).get(path.format(ACCOUNT))
    assert mine.status == (404 if "recording" in path else 200)


@pytest.mark.usefixtures("locked")
def test_a_viewer_of_masked_numbers(
    index: str, after: Later, environment: pytest.MonkeyPatch
) -> None:
    """Numbers and names are masked on every page, and cannot be guessed by a search."""
    environment.setenv("AWS_SAM_LOCAL", "true")
    played(index, after)
    reported()
    environment.delenv("AWS_SAM_LOCAL")
    viewer = signed_in(MINE)
    pages = [viewer.get("/calls"), viewer.get("/calls?number=5550199")]
    pages += [viewer.get(f"/call?account={ACCOUNT}&id=c1&entry={number}") for number in range(5)]
    for page in pages:
        assert page.status == 200
        assert "5550199" not in page.text.replace('value="5550199"', "")
        assert "alert(1)" not in page.text
    assert "masked numbers" in pages[1].shown
    refused = viewer.post("/call/replay", account=ACCOUNT, id="c1", entry="0")
    assert refused.status == 403


def test_a_shared_call_has_no_names_and_numbers(index: str, after: Later, visitor: Visitor) -> None:
    """The file of a call has its steps and times, and no name, number, address, or Call-ID."""
    played(index, after)
    reported()
    file = visitor.get(f"/call.json?account={ACCOUNT}&id=c1")
    call = json.loads(file.text)
    assert [entry["lane"] for entry in call["entries"]].count("Pivot") == 3
    assert "PIN?" in file.text
    for secret in ("5550199", "alert", "a.example", "6031@", ACCOUNT, '"c1"', "100123"):
        assert secret not in file.text


def test_switches_of_the_console(index: str, visitor: Visitor) -> None:
    """An account is switched on for a time and off again; a wrong account or time is refused."""
    switches = Switches(Table(index, dynamodb()))
    assert visitor.post("/calls/debug", account=ACCOUNT, number="", seconds="600").status == 303
    assert [each.account for each in switches.read()] == [ACCOUNT]
    assert ACCOUNT in visitor.get("/calls").shown
    assert visitor.post("/calls/debug", account=ACCOUNT, number="", seconds="0").status == 303
    assert switches.read() == ()
    for fields in (
        {"account": "acme", "seconds": "600"},
        *({"account": ACCOUNT, "seconds": each} for each in ("", "-1", "x", *NO_NUMBERS)),
    ):
        refused = visitor.post("/calls/debug", number="", **fields)
        assert (refused.status, "Nothing was changed" in refused.shown) == (422, True)


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_what_is_no_number_is_ignored(
    index: str, after: Later, visitor: Visitor, number: str
) -> None:
    """More digits than Python or DynamoDB reads, and digits that are none, break no page."""
    played(index, after)
    call = f"account={ACCOUNT}&id=c1"
    assert "id=c1" in visitor.get(f"/calls?before={quote(number)}").text
    assert visitor.get(f"/calls/newer?after={quote(number)}").status == 400
    assert visitor.get(f"/call?{call}&entry={quote(number)}").status == 200
    assert visitor.get(f"/call/recording?{call}&recording={quote(number)}").status == 404


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_a_range_that_is_no_number_begins_at_the_first_byte(number: str) -> None:
    """A header Range from outside makes no error, and no request for more than an answer has."""
    limited = import_module("functions.console.call_sources").limited
    assert limited(f"bytes={number}-{number}") == limited("bytes=0-") == "bytes=0-3145727"


def test_a_replay_stands_beside_the_answer(
    index: str, after: Later, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replay shows both answers and their differences; digits are typed, since none is kept."""
    played(index, after)
    handler = balance()
    asked: list[dict[str, Any]] = []

    def invoked(_name: str, sent: dict[str, Any]) -> Any:
        asked.append(sent)
        return handler(sent, None)

    monkeypatch.setattr("functions.console.replay._invoked", invoked)
    page = visitor.post("/call/replay", account=ACCOUNT, id="c1", entry="1", digits="777#")
    assert (page.status, "same answer" in page.shown) == (200, True)
    assert asked[0]["pivot_replay"]["request"]["digits"] == {"answer": "777#"}
    page = visitor.post("/call/replay", account=ACCOUNT, id="c1", entry="1", digits="drop table")
    assert page.status == 422
    assert len(asked) == 1


def test_without_live_debug(tables: Mapping[str, str], environment: pytest.MonkeyPatch) -> None:
    """A stack without Live Debug says how to turn it on, and knows no call."""
    del tables, environment
    assert "LiveDebug=on" in Visitor().get("/calls").shown
    assert Visitor().get(f"/call?account={ACCOUNT}&id=c1").status == 404
