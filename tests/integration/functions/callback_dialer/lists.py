"""Lists of callbacks and the local Crossbar, for the tests of those who call back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from functions.workers.callback_dialer.dialer import CallbackDialer, ClickToCall, Line, Rules, Way
from pivotctl import crossbar as played
from pivotctl.crossbar.envelope import CrossbarRequest
from pivotkit.phone.dialing import DialPolicy
from pivotkit.services import crossbar
from pivotkit.services.upstream import Answer, UpstreamDown
from pivotkit.store.directory import Directory, Entry

QUEUE, ACCOUNT, BUTTON = "e9" * 16, crossbar.LOCAL_ACCOUNT, "c11c70ca11000000000000000000ca11"
LINE = Line(QUEUE, ACCOUNT, BUTTON)
ANN, BOB, EVE = "+14155550123", "+14155550124", "+14155550125"
NOON = datetime(2026, 9, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RETRY = 15
ATTEMPTS = 3

type Done = dict[str, int]


def done(**counts: int) -> Done:
    """What a run says that it has done."""
    return {"reached": 0, "called": 0, "given_up": 0} | counts


def asks(number: str, ticket: int, at: datetime = NOON, **fields: Any) -> None:
    """Somebody keeps her place."""
    entry: Entry = {
        "number": number,
        "caller": number,
        "ticket": ticket,
        "account_id": ACCOUNT,
        "queue": QUEUE,
        "attempts": 0,
        "asked_at": at.isoformat(),
    }
    Directory(f"callback_{QUEUE}").put(number, {**entry, **fields}, seconds=3600)


def listed() -> dict[str, Entry]:
    """The list."""
    return Directory(f"callback_{QUEUE}").entries()


def given_up() -> dict[str, str]:
    """Why who is not called any more, by number."""
    found = Directory("callback_given_up").entries().values()
    return {str(entry["number"]): str(entry["reason"]) for entry in found}


def dialer(way: Way | None = None, **rules: Any) -> CallbackDialer:
    """A worker that calls one a run, as often as the template's."""
    policy = DialPolicy("US", "US CA")
    wanted: dict[str, Any] = {"policy": policy, "attempts": ATTEMPTS, "retry_minutes": RETRY}
    button = ClickToCall(crossbar.Crossbar(), most=1)
    return CallbackDialer([LINE], way or button, Rules(**(wanted | rules)))


class InProcess(crossbar.Crossbar):
    """The layer's Crossbar on the local one, without a socket between them."""

    def __init__(self, kazoo: played.LocalCrossbar) -> None:
        super().__init__()
        self.kazoo = kazoo
        signing_in = CrossbarRequest(
            "PUT", "v2/api_auth", body={"data": {"api_key": crossbar.LOCAL_KEY}}
        )
        self._token = str(kazoo.handle(signing_in).body["auth_token"])

    def get(self, path: str, **query: str) -> Answer:
        """What the local Crossbar answers."""
        headers = {"x-auth-token": self._token}
        answer = self.kazoo.handle(CrossbarRequest("GET", f"v2{path}", query, headers))
        if answer.status != 200:
            raise UpstreamDown("crossbar", f"answered {answer.status}", answer.status)
        return Answer("crossbar", answer.body)
