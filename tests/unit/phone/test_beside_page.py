"""Panels beside a call, over HTTP and without a stack."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from pivotctl.phone import beside_page, saved_calls
from pivotctl.phone.live_call import LiveCall
from pivotctl.phone.phone import Phone
from pivotctl.phone.server import served
from pivotctl.phone.speech import Speech
from pivotctl.project import Project
from tests.unit.phone.played import played, twiml

GOODBYE = twiml("<Response><Say>Goodbye.</Say><Hangup/></Response>")
FILE = saved_calls.of("menu", played([GOODBYE])).as_json()


@pytest.fixture
def phone(project: Project) -> Phone:
    """A phone of a stack that does not run."""
    stack: Any = SimpleNamespace(
        project=project, info=SimpleNamespace(functions=()), upstreams_url=None
    )
    stack.current = stack
    return Phone.of(stack, Speech(None))


@pytest.fixture
def page(phone: Phone) -> Iterator[httpx.Client]:
    """The phone's own page."""
    with (
        served(phone) as url,
        httpx.Client(base_url=url, headers={"origin": url.rstrip("/")}) as client,
    ):
        yield client


@pytest.fixture
def live(phone: Phone) -> LiveCall:
    """A call that goes on, with the events of a whole one."""
    call = LiveCall(lambda _: iter(()), {"template": "menu"}, phone.stack.project.root)
    for event in played([GOODBYE]):
        call.log.append(event)
    phone.switchboard.calls[call.id] = call
    return call


def opened(page: httpx.Client) -> str:
    """The ID of a call that was opened from a file."""
    answer = page.post("/opened", json=FILE)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def test_a_live_call(page: httpx.Client, live: LiveCall) -> None:
    """A call that goes on has a flow and exchanges, and can be kept only when it is over."""
    found = page.get(f"/calls/{live.id}/beside").json()
    assert len(found["exchanges"]) == 1
    assert found["graph"]["nodes"]
    for path in ("keep", "file"):
        answer = page.get(f"/calls/{live.id}/{path}")
        assert (answer.status_code, answer.json()["error"]) == (
            409,
            "The call goes on. Hang up first.",
        )
    assert page.post(f"/calls/{live.id}/test", json={"name": "x"}).status_code == 409


def test_an_opened_call(page: httpx.Client) -> None:
    """A call that was opened has the same panels, a command, and the same file again."""
    call = opened(page)
    assert page.get(f"/calls/{call}/beside").json()["exchanges"]
    assert page.get(f"/calls/{call}/keep").json() == {
        "command": "pivotctl call menu",
        "world": None,
    }
    answer = page.get(f"/calls/{call}/file")
    assert answer.json() == FILE
    assert 'filename="menu-call.json"' in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "text"),
    [
        ("GET", "/calls/nope/beside", None, 404, "no such call"),
        ("POST", "/opened", {}, 422, "has no format"),
        ("POST", "/tests", {"path": "tests/calls/test_menu.py"}, 404, "No test was saved there"),
        ("POST", "/tests", [], 422, "Send an object"),
        ("GET", "/hooks/nope", None, 422, "no webhook 'nope'"),
        ("POST", "/hooks/channel_create", {"values": {"a": 1}}, 422, "an object of texts"),
        ("POST", "/hooks/channel_create", {"values": {}, "encoding": "x"}, 422, "encoding is 'x'"),
    ],
)
def test_what_is_refused(
    page: httpx.Client, method: str, path: str, body: Any, status: int, text: str
) -> None:
    """Requests for unknown things, or with unreadable bodies, are refused with the reason."""
    answer = page.request(method, path, json=body)
    assert answer.status_code == status
    assert text in answer.json()["error"]


def test_a_file_that_is_too_large(page: httpx.Client) -> None:
    """A file is not read further than its limit."""
    answer = page.post("/opened", content=b" " * (8 * 1024 * 1024 + 1))
    assert answer.status_code == 413


def test_forms(page: httpx.Client) -> None:
    """The page gets what can be fired, and the fields of each with values."""
    assert "channel_hold" not in json.dumps(page.get("/hooks").json())
    assert "channel_hold" in page.get("/hooks?mode=k5").json()["Calls"]
    fields = page.get("/hooks/channel_create?account=second").json()
    accounts = [each["value"] for each in fields if each["name"] == "account_id"]
    assert accounts != [
        each["value"]
        for each in page.get("/hooks/channel_create").json()
        if each["name"] == "account_id"
    ]


def every_route(phone: Phone) -> list[tuple[str, str]]:
    """Method and path of everything beside a call."""
    found = beside_page.routes(phone)
    return [(method, each.path) for each in found for method in sorted(each.methods or ())]


def test_no_other_page_reaches_it(page: httpx.Client, phone: Phone) -> None:
    """No route answers a page of another site, or one under another name."""
    for method, path in every_route(phone):
        path = path.replace("{call}", "x").replace("{hook}", "channel_create")  # noqa: PLW2901
        foreign = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
        assert page.request(method, path, headers=foreign).status_code == 403, path
        renamed = {"host": f"evil.example:{page.base_url.port}"}
        assert page.request(method, path, headers=renamed).status_code == 421, path
