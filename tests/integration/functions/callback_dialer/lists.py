"""Callback lists and the local Crossbar, for the tests of the callback dialer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from functions.workers.callback_dialer.click_to_call import ClickToCall
from functions.workers.callback_dialer.dialer import CallbackDialer, CallMethod, Plan
from functions.workers.callback_dialer.queues import CallbackQueue
from functions.workers.callback_dialer.rules import CallbackRules
from pivotctl import crossbar as played
from pivotctl.crossbar.envelope import CrossbarRequest
from pivotkit.phone.dialing import DialPolicy
from pivotkit.services import crossbar
from pivotkit.services.upstream import UpstreamAnswer, UpstreamDown
from pivotkit.store import Owned
from pivotkit.store.directory import Directory, Entry

QUEUE, ACCOUNT = "e9" * 16, crossbar.LOCAL_ACCOUNT
CLICK_TO_CALL = "c11c70ca11000000000000000000ca11"
SERVED = CallbackQueue(QUEUE, ACCOUNT, CLICK_TO_CALL)
OTHER = crossbar.Account("a" * 32)
ANN, BOB, EVE = "+14155550123", "+14155550124", "+14155550125"
NOON = datetime(2026, 9, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RETRY = 15
ATTEMPTS = 3


def counts(**some: int) -> dict[str, int]:
    """The result of a run: *some* counts, and zero for the others."""
    return {"reached": 0, "called": 0, "given_up": 0} | some


def asks(number: str, ticket: int, at: datetime = NOON, of: Owned = SERVED, **fields: Any) -> None:
    """Put a caller on the list of an account, by default the one that is served."""
    entry: Entry = {
        "number": number,
        "caller": number,
        "ticket": ticket,
        "queue": QUEUE,
        "attempts": 0,
        "asked_at": at.isoformat(),
    }
    Directory("callback").of(of).put(f"{QUEUE}#{number}", {**entry, **fields}, seconds=3600)


def listed(of: Owned = SERVED) -> dict[str, Entry]:
    """The entries of the list, by number."""
    entries = Directory("callback").of(of).entries(prefix=f"{QUEUE}#")
    return {key.partition("#")[2]: entry for key, entry in entries.items()}


def given_up() -> dict[str, str]:
    """The reasons for which callers were given up, by number."""
    found = Directory("callback_given_up").of(SERVED).entries().values()
    return {str(entry["number"]): str(entry["reason"]) for entry in found}


def rules(**changed: Any) -> CallbackRules:
    """The rules of the template, with some of them changed."""
    policy = DialPolicy("US", "US CA")
    usual: dict[str, Any] = {"policy": policy, "attempts": ATTEMPTS, "retry_minutes": RETRY}
    return CallbackRules(**(usual | changed))


def dialer(method: CallMethod | None = None, **changed: Any) -> CallbackDialer:
    """A worker that places one call a run, by click-to-call unless another *method* is given."""
    by_click = ClickToCall(crossbar.Crossbar(), home="US", most_calls=1)
    plan = Plan(method or by_click, rules(**changed))
    return CallbackDialer([SERVED], lambda _: plan)


class InProcess(crossbar.Crossbar):
    """The layer's Crossbar on the local one, without a socket between them."""

    def __init__(self, kazoo: played.LocalCrossbar) -> None:
        super().__init__()
        self.kazoo = kazoo
        signing_in = CrossbarRequest(
            "PUT", "v2/api_auth", body={"data": {"api_key": crossbar.LOCAL_KEY}}
        )
        self._token = str(kazoo.handle(signing_in).body["auth_token"])

    def get(self, path: str, **query: str) -> UpstreamAnswer:
        """The answer of the local Crossbar."""
        headers = {"x-auth-token": self._token}
        answer = self.kazoo.handle(CrossbarRequest("GET", f"v2{path}", query, headers))
        if answer.status != 200:
            raise UpstreamDown("crossbar", f"answered {answer.status}", answer.status)
        return UpstreamAnswer("crossbar", answer.body)
