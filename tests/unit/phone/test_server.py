"""The softphone's server over real sockets, with calls to functions in this process."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from pivotctl.phone import server, switchboard
from pivotctl.phone.choices import CallChoices
from pivotctl.phone.live_call import LiveCall
from pivotctl.phone.media_page import fetched
from pivotctl.phone.person import Person
from pivotctl.phone.phone import Phone
from pivotctl.phone.server import served
from pivotctl.phone.speech import Speech
from pivotctl.phone.switchboard import ABANDONED_SECONDS, MOST_LIVE
from pivotctl.project import Project
from pivotctl.switch.events import CallEvent
from pivotctl.switch.player.call import place_call
from pivotctl.switch.scenario import Scenario, pivot_flow
from pivotctl.upstreams import FakeMode, Upstreams
from tests.unit.phone.clocks import StandingClock
from tests.unit.switch.servers import URL, Server, as_json, flow, listening

USER = "b2c0a4e1d3f5968778695a4b3c2d1e0f"
TREE = flow("tts", {"text": "PIN?"}, _=flow("collect_dtmf", {"max_digits": 4}))
RINGS = flow("user", {"id": USER})
HOSTILE = "<script>alert(1)</script>\r\n\u202e"


@dataclass
class Line:
    """Requests of the page to the server at `url`, as a browser sends them."""

    url: str
    phone: Phone
    connections: list[HTTPConnection] = field(default_factory=list)

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """The response to one request, and its text."""
        connection = self.connect()
        text = None if body is None else json.dumps(body)
        kind = {"content-type": "application/json", "origin": self.url.rstrip("/")}
        connection.request(method, path, text, {**kind, **headers})
        response = connection.getresponse()
        return response, response.read().decode()

    def connect(self) -> HTTPConnection:
        """A new connection, which the test closes at its end."""
        host, port = self.url.removeprefix("http://").rstrip("/").split(":")
        connection = HTTPConnection(host, int(port), timeout=20)
        self.connections.append(connection)
        return connection

    def dial(self, **choices: Any) -> str:
        """Start a call, and return its ID."""
        response, text = self.send("POST", "/calls", {"template": "account_balance", **choices})
        assert response.status == 201, text
        return str(json.loads(text)["id"])

    def events(self, call: str, after: int | None = None) -> Iterator[dict[str, Any]]:
        """The events of a call as they come, with their numbers as `id`."""
        connection = self.connect()
        headers = {} if after is None else {"last-event-id": str(after)}
        connection.request("GET", f"/calls/{call}/events", headers=headers)
        response = connection.getresponse()
        assert response.headers["content-type"].startswith("text/event-stream")
        number = -1
        for line in response:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name == "event":
                return
            if name == "id":
                number = int(value)
            if name == "data":
                yield {"id": number, **json.loads(value)}

    def act(self, call: str, what: str, **body: Any) -> int:
        """The status of something that the person does."""
        response, _ = self.send("POST", f"/calls/{call}/{what}", body)
        return int(response.status)


def _placed(_stack: Any, choices: CallChoices, person: Person) -> Iterator[CallEvent]:
    tree = RINGS if choices.template == "ring" else TREE
    scenario = choices.scenario(Scenario(flow=pivot_flow(URL)))
    return place_call(scenario, Server([as_json(tree)]), person)


@pytest.fixture
def upstreams() -> Iterator[Upstreams]:
    """The fakes of other services."""
    fakes = Upstreams()
    fakes.start()
    yield fakes
    fakes.stop()


@pytest.fixture
def line(project: Project, upstreams: Upstreams, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """A line to a phone whose calls wait until the test does something."""
    info = SimpleNamespace(functions=("account_balance", "ring"))
    stack: Any = SimpleNamespace(project=project, info=info, upstreams_url=upstreams.url)
    stack.current = stack
    monkeypatch.setattr(switchboard, "_placed", _placed)
    phone = Phone.of(stack, Speech(None))
    phone.switchboard.clock = StandingClock
    with served(phone) as url:
        made = Line(url, phone)
        yield made
        for connection in made.connections:
            connection.close()


def until(events: Iterator[dict[str, Any]], what: str, /, **wanted: Any) -> dict[str, Any]:
    """The next event of a type with some values."""
    for event in events:
        if event["type"] == what and wanted.items() <= event.items():
            return event
    raise AssertionError(f"no {what}")


def test_a_call_by_keypad(line: Line) -> None:
    """A call is started, followed, answered by keys, and over with its verdict."""
    call = line.dial(caller_name=HOSTILE)
    events = line.events(call)
    assert until(events, "request")["parameters"]["Caller-ID-Name"] == HOSTILE
    until(events, "underway", kind="speech")
    assert line.act(call, "keys", keys="43") == 204
    assert until(events, "heard")["interrupted_by"] == "4"
    until(events, "underway", kind="collecting")
    assert line.act(call, "keys", keys="21#") == 204
    assert until(events, "pressed")["taken"] == "321"
    assert until(events, "end")["verdict"] == "executes"
    assert list(events) == []
    _, text = line.send("GET", f"/calls/{call}")
    kept = json.loads(text)
    assert (kept["ended"], kept["choices"]["caller_name"]) == (True, HOSTILE)


def test_two_calls_are_two_calls(line: Line) -> None:
    """Two pages have two calls; keys and hangups of one are nothing to the other."""
    first, second = line.dial(), line.dial()
    both = [line.events(first), line.events(second)]
    for events in both:
        until(events, "underway")
    line.act(first, "hang_up")
    assert until(both[0], "hung_up")["by"] == "caller"
    line.act(second, "skip", number=1)
    assert until(both[1], "heard")["text"] == "PIN?"
    line.act(second, "hang_up")


def test_a_hangup_in_mid_ring(line: Line) -> None:
    """A caller may hang up while a phone rings."""
    call = line.dial(template="ring")
    events = line.events(call)
    until(events, "underway", kind="ringing")
    line.act(call, "hang_up")
    assert until(events, "hung_up")["cause"] == "ORIGINATOR_CANCEL"


def test_a_reader_comes_back(line: Line) -> None:
    """A page that lost its connection gets the events after the last one that it has."""
    call = line.dial()
    events = line.events(call)
    last = until(events, "answer")["id"]
    line.act(call, "hang_up")
    missed = list(events)
    assert [each["id"] for each in missed] == list(range(last + 1, last + 1 + len(missed)))
    assert list(line.events(call, after=last)) == missed


def test_a_slow_reader_keeps_nobody_waiting(line: Line) -> None:
    """A page that does not read stops neither the call nor other pages."""
    call = line.dial()
    stuck = line.connect()
    stuck.request("GET", f"/calls/{call}/events")
    events = line.events(call)
    until(events, "underway")
    line.act(call, "hang_up")
    assert until(events, "end")


def test_a_call_left_alone_is_ended(line: Line) -> None:
    """A call that no page has followed for a while is hung up; one that is followed is not."""
    call = line.dial()
    events = line.events(call)
    until(events, "underway")
    board, later = line.phone.switchboard, time.monotonic() + 2 * ABANDONED_SECONDS
    board.end_abandoned(later)
    live = board.calls[call]
    assert not live.person.gone
    line.connections[-1].close()  # the connection of the events
    _wait_for(live)
    board.end_abandoned(live.left + ABANDONED_SECONDS - 1)
    assert not live.person.gone
    board.end_abandoned(live.left + ABANDONED_SECONDS)
    assert live.person.gone


def test_the_server_itself_ends_calls_left_alone(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server looks for calls left alone now and then; a page later sees how they ended."""
    monkeypatch.setattr(switchboard, "ABANDONED_SECONDS", 0.0)
    monkeypatch.setattr(server, "_LOOK_SECONDS", 0.01)
    with served(line.phone) as url:
        other = Line(url, line.phone, line.connections)
        call = other.dial()
        line.phone.switchboard.calls[call]._thread.join(20)
        assert until(other.events(call), "hung_up")["by"] == "caller"


def _wait_for(call: LiveCall) -> None:
    """Wait until nobody reads a call any more."""
    waiting = threading.Event()
    for _ in range(2000):
        if not call.log.readers:
            return
        waiting.wait(0.01)
    raise AssertionError("the reader stays")


def test_lines_are_few(line: Line) -> None:
    """No page can start calls without end."""
    for _ in range(MOST_LIVE):
        line.dial()
    response, text = line.send("POST", "/calls", {"template": "ring"})
    assert (response.status, "Hang up one of them." in text) == (429, True)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "text"),
    [
        ("POST", "/calls", {"template": "no_such"}, 422, "There is no Pivot function 'no_such'."),
        ("POST", "/calls", {"template": "channel_events"}, 422, "There is no Pivot function"),
        ("POST", "/calls", {"template": "menu"}, 422, "menu does not run: start"),
        ("POST", "/calls", {"template": "ring", "caller": 5}, 422, "caller is 5. Give text"),
        ("POST", "/calls", "x" * 70_000, 413, "larger than 65536 bytes"),
        ("POST", "/calls/none/hang_up", {}, 404, "There is no such call."),
        ("GET", "/calls/none/events", None, 404, "There is no such call."),
        ("GET", "/nothing", None, 404, "Not Found"),
        ("GET", "/speech?text=Hi", None, 404, ""),
    ],
)
def test_wrong_requests_are_explained(
    line: Line, method: str, path: str, body: Any, status: int, text: str
) -> None:
    """A request that cannot be served gets a status and a text with the fix."""
    response, answer = line.send(method, path, body)
    assert (response.status, text in answer) == (status, True)


@pytest.mark.parametrize("keys", ["", "12a", 5, None])
def test_only_keys_of_a_phone_are_pressed(line: Line, keys: Any) -> None:
    """Anything but 0-9, *, and # is refused."""
    response, text = line.send("POST", f"/calls/{line.dial()}/keys", {"keys": keys})
    assert (response.status, "0-9, *, and #" in text) == (422, True)


def test_other_sites_do_not_dial(line: Line) -> None:
    """A page of another site neither dials nor reads; neither does a name that points here."""
    body = {"template": "ring"}
    assert line.send("POST", "/calls", body, origin="http://evil.example")[0].status == 403
    assert line.send("GET", "/", host="evil.example")[0].status == 421
    assert line.send("POST", "/calls", body, **{"content-type": "text/plain"})[0].status == 415
    assert not line.phone.switchboard.calls


def test_upstreams_are_switched(line: Line, upstreams: Upstreams) -> None:
    """A service is slow, wrong, or dead for every call from the moment that the page says so."""
    assert line.send("PUT", "/upstreams/crm", {"mode": "dead"})[0].status == 204
    assert json.loads(line.send("GET", "/upstreams")[1])["crm"] == "dead"
    assert upstreams.crm.mode is FakeMode.DEAD
    assert line.send("PUT", "/upstreams/crm", {"mode": "asleep"})[0].status == 422
    assert line.send("PUT", "/upstreams/none", {"mode": "ok"})[0].status == 404


def _audio(connection: socket.socket, request: bytes) -> None:
    """Serve a sound, a page, and redirects to the sound and elsewhere."""
    head = {
        b"/sound": "200 OK\r\ncontent-type: audio/wav",
        b"/page": "200 OK\r\ncontent-type: text/html",
        b"/moved": "302 Found\r\nlocation: /sound",
        b"/away": "302 Found\r\nlocation: http://media.example/sound",
    }[request.split()[1]]
    connection.sendall(f"HTTP/1.1 {head}\r\ncontent-length: 4\r\n\r\nRIFF".encode())


@pytest.mark.parametrize(
    ("path", "found"), [("/sound", True), ("/moved", True), ("/page", False), ("/away", False)]
)
def test_only_own_media_is_played(path: str, found: bool) -> None:  # noqa: FBT001
    """Audio at the stack's own addresses is played; nothing else is fetched for a call."""
    with listening(_audio) as url:
        if found:
            assert fetched(f"{url}{path}", frozenset({url})) == (b"RIFF", "audio/wav")
        else:
            with pytest.raises(HTTPException):
                fetched(f"{url}{path}", frozenset({url}))


def test_media_is_that_of_the_call(line: Line) -> None:
    """Only what the call plays is fetched, not an address that a page makes up."""
    call = line.dial()
    until(line.events(call), "underway", kind="speech")
    response, text = line.send("GET", f"/calls/{call}/media/1")
    assert (response.status, "The call plays nothing there." in text) == (404, True)


def test_the_page_is_served_with_its_guard(line: Line) -> None:
    """The page has its choices as text, and a policy without anything inline or foreign."""
    response, text = line.send("GET", "/")
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "<img" not in text
    assert 'data-voice="browser"' in text


def test_the_phone_book_is_served(line: Line) -> None:
    """Each running template is listed with the calls of its README, and numbers that it knows."""
    _, text = line.send("GET", "/templates")
    ring, balance = json.loads(text)
    assert [each["name"] for each in (ring, balance)] == ["ring", "account_balance"]
    assert balance["calls"][0]["press"] == ["1001#", "4321", "1"]
    assert balance["callers"] == ["+14155550123"]
    assert {call["rung"] for call in ring["calls"]} == {"answered", "no-answer"}
