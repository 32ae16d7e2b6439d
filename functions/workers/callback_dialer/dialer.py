"""Call back who has kept her place in a queue: by click-to-call, or by a metaflow.

A run looks at each queue in this order: who was reached by an earlier call is taken off the list;
who is due is claimed, and then called. She is due a minute after she has asked (until then she may
give another number), and again some minutes after a call that did not reach her.

What can go wrong, and what becomes of it:

    the worker dies between claim and call   she is due again, at her next attempt
    ... between call and note                the same, unless the history says that she was reached
    Crossbar is down                         nothing is claimed
    Crossbar does not answer a call          she may have been rung: it counts as an attempt
    Crossbar refuses a call (4xx)            nobody was rung: the claim is undone, or, when it is
                                             for the number, she is given up
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from pivotkit.core import telemetry
from pivotkit.core.gregorian import to_gregorian
from pivotkit.core.settings import SettingError, setting
from pivotkit.deliveries.legs import read_row
from pivotkit.http.keys import is_local
from pivotkit.http.parameters import Value
from pivotkit.lookups.callbacks import Callback, CallbackList
from pivotkit.lookups.do_not_call import DoNotCall
from pivotkit.lookups.hours import OfficeHours
from pivotkit.phone.dialing import DialPolicy, DialTarget, NumberRefused
from pivotkit.phone.numbers import canonical
from pivotkit.services.crossbar import LOCAL_ACCOUNT, Crossbar, CrossbarRow, Window
from pivotkit.services.upstream import UpstreamDown

LOCAL_QUEUE = "e9d8c7b6a5f4038271605f4e3d2c1b0a"
LOCAL_CLICK_TO_CALL = "c11c70ca11000000000000000000ca11"
"""What a local run serves, where the setting is empty."""

LEAST_RETRY = 5
"""Minutes before another call at least: a run and what KAZOO says of a call take two of them."""

SLACK = timedelta(seconds=30)
"""By how much KAZOO's clock may differ from ours."""

LONGEST = timedelta(days=30)
"""How far back Crossbar is asked: it refuses a range of more than 31 days."""

_LINE = re.compile(r"(?P<queue>[0-9a-f]{32})=(?P<account>[0-9a-f]{32})(/(?P<button>[0-9a-f]{32}))?")
_INVALID = 400
_NOT_HEARD = "timed out"


class Line(NamedTuple):
    """A queue, the account that it belongs to, and its click-to-call; '' without one."""

    queue: str
    account: str
    button: str = ""


def lines(name: str, *, with_button: bool = True) -> tuple[Line, ...]:
    """The queues in the setting *name*: `<queue>=<account>/<click-to-call>`, separated by blanks.

    All three are ids; without *with_button* the last one may be missing.
    """
    local = f"{LOCAL_QUEUE}={LOCAL_ACCOUNT}/{LOCAL_CLICK_TO_CALL}" if is_local() else ""
    texts = setting(name, local).replace(",", " ").split()
    return tuple(_line(name, text, with_button=with_button) for text in texts)


def _line(name: str, text: str, *, with_button: bool) -> Line:
    found = _LINE.fullmatch(text)
    if not found or (with_button and not found["button"]):
        raise SettingError(name, text, "must be <queue>=<account>/<click-to-call>, all of them ids")
    return Line(found["queue"], found["account"], found["button"] or "")


class Way(Protocol):
    """A way to call somebody back. Every method raises `UpstreamDown`."""

    def seats(self, line: Line, called: Sequence[Callback]) -> list[str]:
        """Whom callers may be put to now; *called* are those who have been called and not reached.

        It asks Crossbar, so that nobody is claimed while that is down.
        """
        ...

    def call(self, line: Line, seat: str, number: DialTarget) -> Mapping[str, Value]:
        """Call *number* and put it to *seat*; what is to be noted of it besides."""
        ...

    def reached(self, line: Line, called: Sequence[Callback], at: datetime) -> set[str]:
        """The numbers of those in *called* with whom somebody has spoken."""
        ...


class ClickToCall:
    """KAZOO calls her by the queue's click-to-call, at most *most* callers a run.

    The history tells of the party that is dialled first: the document has to say `contact`.
    """

    def __init__(self, crossbar: Crossbar, *, most: int) -> None:
        self._crossbar = crossbar
        self._most = most

    def seats(self, line: Line, called: Sequence[Callback]) -> list[str]:
        """As many as there may be calls in a run."""
        del called
        self._crossbar.click_to_call(line.account, line.button)
        return [line.button] * self._most

    def call(self, line: Line, seat: str, number: DialTarget) -> Mapping[str, Value]:
        """Ring *number* first, and the click-to-call's extension after that."""
        return {"call_id": self._crossbar.connect(line.account, seat, number)}

    def reached(self, line: Line, called: Sequence[Callback], at: datetime) -> set[str]:
        """By the history; by CDRs where KAZOO has not waited for the result."""
        window = _window(called, at)
        rows = [*self._crossbar.connections(line.account, line.button, window)]
        found, unheard = set(), []
        for callback in called:
            mine = [row for row in rows if _is_of(row, callback)]
            if any(row.get("result") == "success" for row in mine):
                found.add(callback.number)
            elif any(row.get("cause") == _NOT_HEARD for row in mine):
                unheard.append(callback)
        return found | spoken_with(self._crossbar, line.account, unheard, at)


class Metaflow:
    """KAZOO transfers the live channel of a waiting agent to her number, by konami.

    *agents* are user ids. Who of them has an answered channel that is bridged to nobody waits: in
    a conference, or parked. Raises `ValueError` without any. Read in KAZOO's source, and not tried
    on a live one.
    """

    def __init__(self, crossbar: Crossbar, agents: Sequence[str], *, most: int) -> None:
        self._crossbar = crossbar
        if not agents:
            raise ValueError("agents is empty: name the users whose channels wait for callers")
        self._agents = agents
        self._most = most
        self._sent: set[str] = set()

    def seats(self, line: Line, called: Sequence[Callback]) -> list[str]:
        """The channels of agents who wait, one each. A channel is sent to one caller alone."""
        sent = self._sent | {each.text("seat") for each in called}
        found = [self._waiting(line.account, agent, sent) for agent in self._agents]
        return [channel for channel in found if channel][: self._most]

    def _waiting(self, account: str, agent: str, sent: set[str]) -> str:
        """The agent's channel, or '' if there is none that is free."""
        for row in self._crossbar.channels(account, agent):
            channel = str(row.get("uuid") or "")
            if row.get("answered") is True and not row.get("other_leg") and channel not in sent:
                return channel
        return ""

    def call(self, line: Line, seat: str, number: DialTarget) -> Mapping[str, Value]:
        """Transfer the channel *seat* to *number*.

        `captures` is what konami takes before `target`, and the schema has a default for it.
        """
        data: dict[str, Value] = {
            "target": number,
            "captures": [number],
            "transfer_type": "blind",
            "leg": "self",
        }
        self._sent.add(seat)
        self._crossbar.metaflow(line.account, seat, "transfer", data)
        return {}

    def reached(self, line: Line, called: Sequence[Callback], at: datetime) -> set[str]:
        """Those to whom their agent's channel is bridged, and those whose call has a CDR."""
        found = set()
        for callback in called:
            seat = callback.text("seat")
            row = self._crossbar.channel(line.account, seat) if seat else None
            if row and row.get("other_leg_call_id"):
                found.add(callback.number)
        others = [each for each in called if each.number not in found]
        return found | spoken_with(self._crossbar, line.account, others, at)


def spoken_with(
    crossbar: Crossbar, account: str, called: Sequence[Callback], at: datetime
) -> set[str]:
    """The numbers in *called* at which a call of *account* was answered since, by its CDRs.

    An agent's own leg does not count: it is answered before anybody is called.
    """
    if not called:
        return set()
    wanted, agents = (
        {each.number: each for each in called},
        {each.text("seat") for each in called},
    )
    found = set()
    for values in crossbar.all_cdrs(account, _window(called, at)):
        row = read_row(values)
        if not row.billing_seconds or row.call_id in agents or row.timestamp is None:
            continue
        for number in _dialled(row.to, row.callee_id_number, row.request) & wanted.keys():
            if row.timestamp >= wanted[number].called_at - SLACK:
                found.add(number)
    return found


def _dialled(*written: str | None) -> set[str]:
    """What a leg says of the number that was called, as E.164."""
    return {canonical((each or "").partition("@")[0]) for each in written}


def _is_of(row: CrossbarRow, callback: Callback) -> bool:
    """Whether an entry of the history is about the latest call of *callback*."""
    if row.get("call_id") and row.get("call_id") == callback.text("call_id"):
        return True
    time = row.get("timestamp")
    since = to_gregorian(callback.called_at - SLACK)
    contact = canonical(str(row.get("contact") or ""))
    return contact == callback.number and isinstance(time, int) and time >= since


def _window(called: Iterable[Callback], at: datetime) -> Window:
    """From the first of the calls until now, in Gregorian seconds."""
    first = min((each.called_at for each in called), default=at)
    return to_gregorian(max(first, at - LONGEST) - SLACK), to_gregorian(at + SLACK)


@dataclass(frozen=True)
class Rules:
    """Who may be called, and when.

    *policy* says which numbers. A call that does not reach her is followed by another one
    *retry_minutes* later, *attempts* in all. With an *office* in the Directory only while that is
    open. Raises `ValueError` when KAZOO would have no time to say what came of a call.
    """

    policy: DialPolicy
    attempts: int
    retry_minutes: int
    office: str = ""

    def __post_init__(self) -> None:
        if self.retry_minutes < LEAST_RETRY:
            raise ValueError(
                f"retry_minutes is {self.retry_minutes}: must be {LEAST_RETRY} or more"
            )

    def is_due(self, callback: Callback, at: datetime) -> bool:
        """Whether she may be called: in her first minute she may still give another number."""
        minutes = self.retry_minutes if callback.attempts else 1
        return callback.called_at + timedelta(minutes=minutes) <= at

    def is_open(self, at: datetime) -> bool:
        """Whether calls may be placed now. Raises `StateUnavailable`, and what the hours raise."""
        return not self.office or OfficeHours().status(self.office, at).open

    def target(self, callback: Callback) -> DialTarget:
        """The number to call. Raises `NumberRefused`, and `StateUnavailable`.

        The policy of today counts, and the do-not-call list: an entry may be older than both.
        """
        if callback.attempts >= self.attempts:
            raise NumberRefused("not reached")
        target = self.policy.target(callback.number)
        if DoNotCall().holds(target):
            raise NumberRefused("on the do-not-call list")
        return target


class CallbackDialer:
    """Calls back who waits in *queues*, in one *way*, by the *rules*."""

    def __init__(self, queues: Sequence[Line], way: Way, rules: Rules) -> None:
        self._queues = queues
        self._way = way
        self._rules = rules

    def run(self, at: datetime) -> Mapping[str, int]:
        """Serve every queue once. Counts who was `reached`, `called`, and `given_up`.

        A queue whose account Crossbar does not show is left as it is, and the others are served.
        Raises `UpstreamDown` after that, and `StateUnavailable` at once.
        """
        done = {"reached": 0, "called": 0, "given_up": 0}
        failed: UpstreamDown | None = None
        for line in self._queues:
            try:
                _Run(line, self._way, self._rules, at, done).serve()
            except UpstreamDown as error:
                failed = error
        if failed:
            raise failed
        return done


@dataclass(frozen=True)
class _Run:
    """One run for one queue; `done` counts."""

    line: Line
    way: Way
    rules: Rules
    at: datetime
    done: dict[str, int]

    def serve(self) -> None:
        queue = CallbackList(self.line.queue)
        waiting = queue.of(self.line.account)
        called = [each for each in waiting if each.attempts]
        reached = self.way.reached(self.line, called, self.at) if called else set()
        for callback in called:
            if callback.number in reached:
                self.done["reached"] += queue.done(callback)
        others = [each for each in waiting if each.number not in reached]
        due = [each for each in others if self.rules.is_due(each, self.at)]
        if due and self.rules.is_open(self.at):
            self._dial(queue, due, [each for each in others if each.attempts])

    def _dial(
        self, queue: CallbackList, due: Sequence[Callback], called: Sequence[Callback]
    ) -> None:
        """Call the first of *due*, as many as there are seats."""
        seats = self.way.seats(self.line, called)
        if not queue.take_turn(self.at):
            return
        for callback in due:
            try:
                target = self.rules.target(callback)
            except NumberRefused as refused:
                self._give_up(queue, callback, refused.reason)
                continue
            if not seats:
                return
            self._call(queue, callback, target, seats)

    def _call(
        self, queue: CallbackList, callback: Callback, target: DialTarget, seats: list[str]
    ) -> None:
        """Claim her, then call her: whatever happens after the claim, nobody else calls her."""
        claimed = queue.claim(callback, self.at, seats[0])
        if claimed is None:
            return
        try:
            told = self.way.call(self.line, seats[0], target)
        except UpstreamDown as error:
            if error.status == _INVALID:
                self._give_up(queue, claimed, "refused by KAZOO")
                return
            if error.is_refusal:
                queue.put_back(claimed, callback)
            raise
        del seats[0]
        self.done["called"] += 1
        if told:
            queue.note(claimed, told)

    def _give_up(self, queue: CallbackList, callback: Callback, reason: str) -> None:
        if queue.give_up(callback, reason, self.at):
            self.done["given_up"] += 1
            telemetry.count("CallbackGivenUp")
