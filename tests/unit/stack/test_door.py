"""The door for requests from outside: what it lets in, and what does not reach a function."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator

import pytest

from pivotctl.project import Route
from pivotctl.stack.door import Door
from pivotctl.stack.gateway import Returned
from pivotctl.stack.server import AccessLog, ApiServer
from pivotkit.calls.tokens import FollowUp, Signer

DOOR = Door("s" * 32)
KEYS = DOOR.keys
TOKEN = Signer(["s" * 32], "say_hello").follow_up(FollowUp(0, "d"))

ADMITTED = {
    "a Pivot URL": (f"/{KEYS['pivot']}/pivot/say_hello", ""),
    "a webhook": (f"/{KEYS['webhooks']}/webhooks/channel_events", ""),
    "a CDR": (f"/{KEYS['cdr']}/cdr/cdr_url", ""),
    "a recording": (f"/{KEYS['webhooks']}/webhooks/recordings/call_recording.mp3", ""),
    "the short address of a recording": (f"/{KEYS['webhooks']}/recordings/call_1.mp3", ""),
    "a follow-up": (f"/{TOKEN}/pivot/say_hello", ""),
    "a key in the header": ("/header/pivot/say_hello", KEYS["pivot"]),
}
REFUSED = {
    "the published key": ("/pivot-development/pivot/say_hello", ""),
    "the published key in the header": ("/header/pivot/say_hello", "pivot-development"),
    "a key of another run": (f"/{Door('o' * 32).keys['pivot']}/pivot/say_hello", ""),
    "a key of another kind": (f"/{KEYS['webhooks']}/pivot/say_hello", ""),
    "a changed key": (f"/{KEYS['pivot'][:-1]}_/pivot/say_hello", ""),
    "no key": ("//pivot/say_hello", ""),
    "the header without a key": ("/header/pivot/say_hello", ""),
    "a token of a webhook": (f"/{TOKEN}/webhooks/channel_events", ""),
    "the published key of a recording": ("/webhooks-development/recordings/call_1.mp3", ""),
    "another route": (f"/{KEYS['pivot']}/slow", ""),
    "the stack's own pages": ("/_pivotctl/idle", ""),
    "the stack's own pages behind a key": (f"/{KEYS['pivot']}/pivot/../../_pivotctl/idle", ""),
}


class Reached:
    """A pool that notes each request that reaches it."""

    name = "any"

    def __init__(self) -> None:
        self.paths: list[str] = []

    def invoke(self, payload: bytes, timeout: float) -> Returned:
        """Note the path."""
        del timeout
        self.paths.append(json.loads(payload)["rawPath"])
        return Returned(b'{"statusCode":200}')


@pytest.fixture
def reached() -> Reached:
    """The functions behind the door."""
    return Reached()


@pytest.fixture
def outside(reached: Reached) -> Iterator[http.client.HTTPConnection]:
    """A connection to the door."""
    paths = ("pivot/say_hello", "webhooks/{name}", "webhooks/{function}/{name}", "cdr/{name}",
             "recordings/{name}", "slow")  # fmt: skip
    routes = [(Route("Api", "ANY", f"/{{key}}/{path}"), reached) for path in paths]
    server = ApiServer(
        routes,  # type: ignore[arg-type]
        AccessLog(lambda _line: None, lambda _line: None),
        print,
        lambda _name, _returned: "",
        admits=DOOR.admits,
    )
    server.bind(18_600, exactly=False)
    server.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    yield connection
    connection.close()
    server.stop()


def status(connection: http.client.HTTPConnection, path: str, key: str) -> int:
    """The status of a request."""
    connection.request("POST", path, b"Call-ID=1", {"x-pivot-key": key} if key else {})
    with connection.getresponse() as answer:
        answer.read()
        return answer.status


@pytest.mark.parametrize(("path", "key"), ADMITTED.values(), ids=ADMITTED.keys())
def test_what_is_let_in(
    outside: http.client.HTTPConnection, reached: Reached, path: str, key: str
) -> None:
    """Keys and tokens of the run reach their functions."""
    assert status(outside, path, key) == 200
    assert len(reached.paths) == 1


@pytest.mark.parametrize(("path", "key"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_let_in(
    outside: http.client.HTTPConnection, reached: Reached, path: str, key: str
) -> None:
    """Everything else is 404, whether there is such a route or not, and reaches no function."""
    assert status(outside, path, key) == 404
    assert reached.paths == []


def test_two_runs_have_different_keys() -> None:
    """A secret is made for a run alone, and is in no representation."""
    one, other = Door(), Door()
    assert not one.keys.items() & other.keys.items()
    assert one.secret not in repr(one)
    assert one.within({"Echo": {"A": "b"}, "Parameters": {"C": "d"}}) == {
        "Echo": {"A": "b"},
        "Parameters": {"C": "d", "SIGNING_SECRETS": one.secret},
    }
