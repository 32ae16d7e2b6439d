"""Callers on a list are called back in turn, when the rules allow it, until they are reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest

from functions.workers.callback_dialer.click_to_call import ClickToCall
from functions.workers.callback_dialer.dialer import CallbackDialer, Plan
from functions.workers.callback_dialer.metaflow import Metaflow
from functions.workers.callback_dialer.queues import (
    LOCAL_CLICK_TO_CALL,
    LOCAL_QUEUE,
    CallbackQueue,
    read_queues,
)
from pivotctl.crossbar.envelope import GREGORIAN_OFFSET
from pivotctl.switch.world import Rung
from pivotctl.upstreams import Upstreams
from pivotkit.calls.call import Call
from pivotkit.core.settings import SettingError
from pivotkit.lookups.callbacks import CallbackList, Callbacks, Place
from pivotkit.lookups.do_not_call import DoNotCall
from pivotkit.phone.dialing import DialPolicy
from pivotkit.services import crossbar
from pivotkit.services.upstream import UpstreamDown
from pivotkit.store.directory import Directory
from tests.integration.functions.callback_dialer.lists import (
    ACCOUNT,
    ANN,
    ATTEMPTS,
    BOB,
    CLICK_TO_CALL,
    EVE,
    MINUTE,
    NOON,
    OTHER,
    QUEUE,
    RETRY,
    SERVED,
    asks,
    counts,
    dialer,
    given_up,
    listed,
    rules,
)  # fmt: skip
from tests.timed import TimedCrossbar

AGENT, CHANNEL = "b2" * 16, "agent-leg@198.51.100.23"
READY: dict[str, Any] = {
    "account_id": ACCOUNT,
    "call_id": CHANNEL,
    "owner_id": AGENT,
    "to": "6082@acme.sip.example",
}


class Kazoo(TimedCrossbar):
    """The local Crossbar, whose clock is the run's."""

    def run(self, minutes: float, worker: CallbackDialer | None = None) -> Mapping[str, int]:
        """The counts of a run, so many minutes after noon, by a new worker unless one is given."""
        self.now = NOON + minutes * MINUTE
        return (worker or dialer()).run(self.now)

    def becomes(self, number: str, *outcomes: Rung) -> None:
        """Set the outcomes of the calls to *number*, one after another."""
        self.crossbar.phones.outcomes[number] = outcomes

    @property
    def rung(self) -> list[str]:
        """The callers who were rung, without the queue."""
        return [number for number in self.crossbar.phones.rung if number.startswith("+")]

    def ends(self, number: str, *, seconds: int, **more: Any) -> None:
        """End a leg to *number* now, after so many seconds of talk."""
        end = int(self.now.timestamp()) + GREGORIAN_OFFSET
        leg = {"account_id": ACCOUNT, "call_id": "late", "timestamp": end, "to": f"{number}@x"}
        lasted = {"duration_seconds": seconds, "billing_seconds": seconds}
        self.crossbar.happened("channel_destroy", {**leg, **lasted, **more})

    def waits(self, **more: Any) -> None:
        """Have an agent wait: their channel is answered, and bridged to nobody."""
        self.crossbar.happened("channel_answer", {**READY, **more})


@pytest.fixture
def kazoo(tables: Mapping[str, str], environment: pytest.MonkeyPatch) -> Iterator[Kazoo]:
    """A local Crossbar that the settings name, and an empty list."""
    assert tables
    upstreams = Upstreams()
    upstreams.start()
    environment.setenv("CROSSBAR_URL", f"{upstreams.url}/crossbar/v2")
    yield Kazoo(upstreams, NOON)
    upstreams.stop()


def test_callers_who_answer_are_taken_off_the_list(kazoo: Kazoo) -> None:
    """A run calls the caller; the next one sees in the history that they were reached."""
    asks(ANN, 1)
    assert kazoo.run(1) == counts(called=1)
    entry = listed()[ANN]
    assert (entry["attempts"], entry["called_at"]) == (1, (NOON + MINUTE).isoformat())
    assert str(entry["call_id"]).startswith(f"c2c-{CLICK_TO_CALL}-")
    assert kazoo.run(2) == counts(reached=1)
    assert kazoo.run(3) == counts()
    assert (kazoo.rung, listed(), given_up()) == ([ANN], {}, {})


def test_callers_are_not_called_in_their_first_minute(kazoo: Kazoo) -> None:
    """Until then they may still be entering another number."""
    asks(ANN, 1)
    assert kazoo.run(0.98) == counts()
    assert kazoo.run(1) == counts(called=1)


def test_the_lowest_ticket_is_first(kazoo: Kazoo) -> None:
    """One caller a run, in the order of tickets; those of another account are left alone."""
    asks(ANN, 10)
    asks(BOB, 9)
    asks(EVE, 8, of=OTHER)
    for minute in (1, 2, 3):
        kazoo.run(minute)
    assert kazoo.rung == [BOB, ANN]
    assert set(listed()) == set()
    assert set(listed(OTHER)) == {EVE}


@pytest.mark.parametrize("outcome", [Rung.NO_ANSWER, Rung.BUSY, Rung.REJECTED, Rung.NO_RESOURCES])
def test_callers_who_do_not_answer(kazoo: Kazoo, outcome: Rung) -> None:
    """Callers who are not reached are called again after a pause; others come first."""
    asks(ANN, 1)
    asks(BOB, 2)
    kazoo.becomes(ANN, outcome)
    minutes = [1, 2, 3, RETRY, RETRY + 1, 2 * RETRY, 2 * RETRY + 1, 3 * RETRY, 3 * RETRY + 1]
    runs = [kazoo.run(minute) for minute in minutes]
    assert kazoo.rung == [ANN, BOB, ANN, ANN]
    assert runs[-1] == counts(given_up=1)
    assert (listed(), given_up()) == ({}, {ANN: "not reached"})
    assert sum(each["called"] for each in runs) == ATTEMPTS + 1


def test_callers_who_answer_the_second_time(kazoo: Kazoo) -> None:
    """The outcome of an earlier call does not count for the latest one."""
    asks(ANN, 1)
    kazoo.becomes(ANN, Rung.BUSY, Rung.ANSWERED)
    assert kazoo.run(1) == counts(called=1)
    assert kazoo.run(2) == kazoo.run(RETRY) == counts()
    assert kazoo.run(RETRY + 1) == counts(called=1)
    assert kazoo.run(RETRY + 2) == counts(reached=1)


def test_callers_who_come_back(kazoo: Kazoo) -> None:
    """Callers who were reached and join again are called again, whatever the old outcome was."""
    asks(ANN, 1)
    kazoo.run(1)
    kazoo.run(2)
    asks(ANN, 2, NOON + 3 * MINUTE)
    kazoo.becomes(ANN, Rung.ANSWERED, Rung.BUSY)
    assert kazoo.run(4) == counts(called=1)
    assert kazoo.run(5) == counts()
    assert set(listed()) == {ANN}


@pytest.mark.parametrize(
    "wrong",
    [{"ticket": 0}, {"ticket": "x"}, {"asked_at": "soon"}, {"asked_at": "2026-09-21T12:00:00"}],
)
def test_an_incomplete_entry(kazoo: Kazoo, wrong: dict[str, Any]) -> None:
    """An entry that somebody wrote by hand does not stop the queue."""
    asks(**{"number": ANN, "ticket": 1, **wrong})
    asks(BOB, 2)
    assert kazoo.run(1) == counts(called=1)
    assert kazoo.rung == [BOB]


def test_several_calls_in_a_run(kazoo: Kazoo) -> None:
    """A run places as many calls as there are agents."""
    for ticket, number in enumerate((ANN, BOB, EVE), start=1):
        asks(number, ticket)
    two = dialer(ClickToCall(crossbar.Crossbar(), home="US", most_calls=2))
    assert kazoo.run(1, two) == counts(called=2)
    assert kazoo.run(2, two) == counts(reached=2, called=1)


def test_two_runs_in_one_minute(kazoo: Kazoo) -> None:
    """A schedule that fires twice calls nobody else the second time."""
    asks(ANN, 1)
    asks(BOB, 2)
    assert kazoo.run(1) == counts(called=1)
    assert kazoo.run(1) == counts(reached=1)
    assert kazoo.run(1.8) == counts()
    assert kazoo.run(2) == counts(called=1)


@pytest.mark.parametrize("number", [ANN, "+4532123456", "+442079460000"])
def test_numbers_of_any_country_ring(kazoo: Kazoo, number: str) -> None:
    """Ten digits of Denmark are not taken for a North American number."""
    asks(number, 1)
    everywhere = DialPolicy("US", "US DK GB")
    assert kazoo.run(1, dialer(policy=everywhere)) == counts(called=1)
    assert kazoo.rung == [number]
    assert kazoo.run(2, dialer(policy=everywhere)) == counts(reached=1)


REFUSED = {
    "+19005550177": "premium rate",
    "+18005550177": "toll-free",
    "+442079460000": "not in an allowed country",
    "911": "emergency number",
    "no number": "not a number",
}


@pytest.mark.parametrize(("number", "reason"), REFUSED.items())
def test_numbers_that_may_not_be_dialled(kazoo: Kazoo, number: str, reason: str) -> None:
    """Today's policy applies, however old the entry is; the next caller is called."""
    asks(number, 1)
    asks(BOB, 2)
    assert kazoo.run(1) == counts(called=1, given_up=1)
    assert (kazoo.rung, given_up()) == ([BOB], {number: reason})


def test_callers_on_the_do_not_call_list(kazoo: Kazoo) -> None:
    """Callers on the do-not-call list are given up."""
    asks(ANN, 1)
    DoNotCall("US").add(SERVED, ANN, NOON)
    assert kazoo.run(1) == counts(given_up=1)
    assert (kazoo.rung, given_up()) == ([], {ANN: "on the do-not-call list"})


def test_a_number_that_kazoo_rejects(kazoo: Kazoo) -> None:
    """A number that is not on the whitelist of the click-to-call does not stop the queue."""
    kazoo.crossbar.click_to_calls.merge(ACCOUNT, CLICK_TO_CALL, {"whitelist": [f"^\\{BOB}"]})
    asks(ANN, 1)
    asks(BOB, 2)
    assert kazoo.run(1) == counts(called=1, given_up=1)
    assert (kazoo.rung, given_up()) == ([BOB], {ANN: "refused by KAZOO"})


def test_office_hours(kazoo: Kazoo) -> None:
    """While the office is closed nobody is called, but reached callers are taken off the list."""
    week: dict[str, Any] = {"mon-fri": "12:00-12:02, 13:00-14:00"}
    Directory("office_hours").of(SERVED).put("desk", {"zone": "UTC", "week": week})
    asks(ANN, 1)
    asks(BOB, 2)
    assert kazoo.run(1, dialer(office="desk")) == counts(called=1)
    assert kazoo.run(2, dialer(office="desk")) == counts(reached=1)
    assert kazoo.run(60, dialer(office="desk")) == counts(called=1)


# -- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["fails", "is_dead", "is_wrong"])
def test_crossbar_is_down(kazoo: Kazoo, how: str) -> None:
    """The run fails and the list stays as it was; later runs go on."""
    asks(ANN, 1)
    before = listed()
    getattr(kazoo.upstream, how)()
    with pytest.raises(UpstreamDown):
        kazoo.run(1)
    assert (listed(), kazoo.rung) == (before, [])
    kazoo.upstream.is_well()
    assert kazoo.run(1) == counts(called=1)


def test_another_queue_is_served(kazoo: Kazoo) -> None:
    """A missing click-to-call stops only its own queue."""
    asks(ANN, 1)
    missing = CallbackQueue("0f" * 16, ACCOUNT, "0" * 32)
    Directory("callback").of(missing).put(
        f"{missing.queue}#{BOB}", {**listed()[ANN], "number": BOB}
    )
    by_click = ClickToCall(crossbar.Crossbar(), home="US", most_calls=1)
    both = CallbackDialer([missing, SERVED], lambda _: Plan(by_click, rules()))
    with pytest.raises(UpstreamDown, match="404"):
        kazoo.run(1, both)
    assert kazoo.rung == [ANN]


class Faulty(ClickToCall):
    """A click-to-call that fails, before or after the phone has rung."""

    def __init__(self, error: BaseException, *, rings: bool) -> None:
        super().__init__(crossbar.Crossbar(), home="US", most_calls=1)
        self._error = error
        self._rings = rings

    def call(self, *call: Any) -> Mapping[str, Any]:
        """Fail."""
        if self._rings:
            super().call(*call)
        raise self._error


class Death(BaseException):
    """The end of the worker's process."""


SILENT = UpstreamDown("crossbar", "no answer in 10.0 s")


@pytest.mark.parametrize("error", [SILENT, UpstreamDown("crossbar", "answered 500", 500), Death()])
def test_a_call_with_an_unknown_outcome(kazoo: Kazoo, error: BaseException) -> None:
    """The phone may have rung, so the caller is called again at the next attempt and not before."""
    asks(ANN, 1)
    with pytest.raises(type(error)):
        kazoo.run(1, dialer(Faulty(error, rings=False)))
    assert kazoo.run(2) == kazoo.run(RETRY) == counts()
    assert kazoo.run(RETRY + 1) == counts(called=1)
    assert listed()[ANN]["attempts"] == 2


@pytest.mark.parametrize("error", [SILENT, Death()])
def test_a_call_that_was_placed_after_all(kazoo: Kazoo, error: BaseException) -> None:
    """The history shows that the caller was reached, although the worker never knew of the call."""
    asks(ANN, 1)
    with pytest.raises(type(error)):
        kazoo.run(1, dialer(Faulty(error, rings=True)))
    assert kazoo.run(2) == counts(reached=1)
    assert (kazoo.rung, listed()) == ([ANN], {})


def test_a_call_that_crossbar_rejects(kazoo: Kazoo) -> None:
    """No phone rang, so it is no attempt."""
    asks(ANN, 1)
    before = listed()
    refused = UpstreamDown("crossbar", "answered 402", 402)
    with pytest.raises(UpstreamDown):
        kazoo.run(1, dialer(Faulty(refused, rings=False)))
    assert listed() == before
    assert kazoo.run(2) == counts(called=1)


def test_kazoo_does_not_wait_for_the_result(kazoo: Kazoo) -> None:
    """With a time-out of 30 s the history gives up first; the CDR shows who answered later."""
    kazoo.crossbar.click_to_calls.merge(ACCOUNT, CLICK_TO_CALL, {"timeout": 30})
    asks(ANN, 1)
    asks(BOB, 2)
    kazoo.becomes(ANN, Rung.NO_ANSWER)
    kazoo.becomes(BOB, Rung.NO_ANSWER)
    kazoo.run(1)
    kazoo.run(2)
    kazoo.now = NOON + 4 * MINUTE
    kazoo.ends(ANN, seconds=90)
    assert kazoo.run(5) == counts(reached=1)
    assert set(listed()) == {BOB}


def leave() -> None:
    """A caller leaves the list."""
    Callbacks(QUEUE, "US", hours=1).cancel(Call(ACCOUNT, "c1", "kazoo"), ANN)


def join_again() -> None:
    """A caller joins the list again."""
    asks(ANN, 7)


def claimed_by_another() -> None:
    """Another worker claims the caller."""
    (callback,) = CallbackList(SERVED, QUEUE).waiting()
    CallbackList(SERVED, QUEUE).claim(callback, NOON, "x")


@pytest.mark.usefixtures("kazoo")
@pytest.mark.parametrize("happens", [leave, join_again, claimed_by_another])
def test_an_entry_that_has_changed(happens: Callable[[], None]) -> None:
    """An entry that changed after it was read is neither claimed nor noted nor deleted."""
    asks(ANN, 1)
    (read,) = CallbackList(SERVED, QUEUE).waiting()
    happens()
    changed = listed()
    assert CallbackList(SERVED, QUEUE).claim(read, NOON, "x") is None
    CallbackList(SERVED, QUEUE).note(read, {"call_id": "x"})
    assert not CallbackList(SERVED, QUEUE).done(read)
    assert not CallbackList(SERVED, QUEUE).give_up(read, "not reached", NOON)
    assert listed() == changed


def test_callers_keep_their_place_between_calls(kazoo: Kazoo) -> None:
    """Callers hear their place between two calls."""
    asks(ANN, 1)
    kazoo.becomes(ANN, Rung.BUSY)
    kazoo.run(1)
    call = Call(ACCOUNT, "c1", "kazoo", caller_id_number=ANN)
    assert Callbacks(QUEUE, "US", hours=1).place(call) == Place(0, ANN)


# -- by a metaflow ---------------------------------------------------------------------------------


def by_metaflow(*agents: str) -> CallbackDialer:
    """A worker that transfers the channels of agents."""
    return dialer(Metaflow(crossbar.Crossbar(), agents, home="US", most_calls=5))


def test_an_agents_channel_is_transferred(kazoo: Kazoo) -> None:
    """A waiting agent's channel goes to the caller's number; once bridged, they were reached."""
    asks(ANN, 1)
    asks(BOB, 2)
    kazoo.waits()
    assert kazoo.run(1, by_metaflow(AGENT)) == counts(called=1)
    (action,) = kazoo.crossbar.actions
    data = {"target": ANN, "captures": [ANN], "transfer_type": "blind", "leg": "self"}
    assert action == {"call_id": CHANNEL, "flow": {"module": "transfer", "data": data}}
    assert listed()[ANN]["seat"] == CHANNEL
    assert kazoo.run(2, by_metaflow(AGENT)) == counts(reached=1)
    assert kazoo.rung == [ANN]


@pytest.mark.parametrize(
    "channel",
    [
        {"owner_id": "c3" * 16},
        {"account_id": "a" * 32},
        {"other_leg_call_id": "somebody"},
    ],
)
def test_no_agent_waits(kazoo: Kazoo, channel: dict[str, str]) -> None:
    """Another user's channel and a bridged one are left alone, and nobody is claimed."""
    asks(ANN, 1)
    kazoo.waits(**channel)
    assert kazoo.run(1, by_metaflow(AGENT)) == counts()
    assert listed()[ANN]["attempts"] == 0


def test_a_ringing_channel_is_left_alone(kazoo: Kazoo) -> None:
    """An agent who has not answered is not waiting for callers."""
    asks(ANN, 1)
    kazoo.crossbar.happened("channel_create", READY)
    assert kazoo.run(1, by_metaflow(AGENT)) == counts()


def test_a_channel_is_sent_to_one_caller(kazoo: Kazoo) -> None:
    """Whether the caller answers or not; another worker learns it from the list."""
    asks(ANN, 1)
    asks(BOB, 2)
    kazoo.becomes(ANN, Rung.NO_ANSWER)
    kazoo.waits()
    worker = by_metaflow(AGENT)
    assert kazoo.run(1, worker) == counts(called=1)
    assert kazoo.run(2, worker) == kazoo.run(3, by_metaflow(AGENT)) == counts()
    kazoo.waits(call_id="another")
    assert kazoo.run(4, by_metaflow(AGENT)) == counts(called=1)


@pytest.mark.parametrize(("seconds", "leg", "reached"), [
    (90, "callers-leg", 1),
    (0, "callers-leg", 0),
    (90, CHANNEL, 0),
])  # fmt: skip
def test_a_call_that_is_over(kazoo: Kazoo, seconds: int, leg: str, reached: int) -> None:
    """The CDR of the caller's leg shows that they were reached; the agent's own leg does not."""
    asks(ANN, 1)
    kazoo.becomes(ANN, Rung.NO_ANSWER)
    kazoo.waits()
    kazoo.run(1, by_metaflow(AGENT))
    kazoo.ends(ANN, seconds=seconds, call_id=leg)
    kazoo.crossbar.channels.clear()
    assert kazoo.run(2, by_metaflow(AGENT)) == counts(reached=reached)


def test_a_worker_that_dies_after_a_transfer(kazoo: Kazoo, monkeypatch: Any) -> None:
    """The claim names the channel, so the next run knows that the caller was reached."""

    def transfer_and_die(method: Metaflow, *call: Any) -> Mapping[str, Any]:
        transfer(method, *call)
        raise Death

    transfer = Metaflow.call
    asks(ANN, 1)
    kazoo.waits()
    with monkeypatch.context() as patched:
        patched.setattr(Metaflow, "call", transfer_and_die)
        with pytest.raises(Death):
            kazoo.run(1, by_metaflow(AGENT))
    assert kazoo.run(2, by_metaflow(AGENT)) == counts(reached=1)
    assert kazoo.rung == [ANN]


def test_an_attempt_by_another_worker(kazoo: Kazoo) -> None:
    """An entry without a seat is judged by CDRs alone."""
    asks(ANN, 1, attempts=1, called_at=NOON.isoformat())
    assert kazoo.run(1, by_metaflow(AGENT)) == counts()
    kazoo.ends(ANN, seconds=9)
    assert kazoo.run(2, by_metaflow(AGENT)) == counts(reached=1)


# -- settings --------------------------------------------------------------------------------------


def test_the_queues_are_a_setting(environment: pytest.MonkeyPatch) -> None:
    """A local run serves the queue of callback_queue; any other run serves those of the setting."""
    local = CallbackQueue(LOCAL_QUEUE, crossbar.LOCAL_ACCOUNT, LOCAL_CLICK_TO_CALL)
    assert read_queues("CLICK_TO_CALL") == (local,)
    text = f"{QUEUE}={ACCOUNT}/{CLICK_TO_CALL}, {'0f' * 16}={ACCOUNT}"
    environment.setenv("CLICK_TO_CALL", text)
    other = CallbackQueue("0f" * 16, ACCOUNT)
    assert read_queues("CLICK_TO_CALL", with_click_to_call=False) == (SERVED, other)
    environment.delenv("CLICK_TO_CALL")
    environment.delenv("AWS_SAM_LOCAL")
    assert read_queues("CLICK_TO_CALL") == ()


INVALID_QUEUES = [
    QUEUE,
    f"{QUEUE}={ACCOUNT}",
    f"{QUEUE}={ACCOUNT}/",
    f"sales={ACCOUNT}/{CLICK_TO_CALL}",
]


@pytest.mark.parametrize("text", INVALID_QUEUES)
def test_an_invalid_queue(environment: pytest.MonkeyPatch, text: str) -> None:
    """An invalid queue fails at deploy."""
    environment.setenv("CLICK_TO_CALL", text)
    with pytest.raises(SettingError, match="must be <queue>=<account>/<click-to-call>"):
        read_queues("CLICK_TO_CALL")


@pytest.mark.usefixtures("kazoo")
def test_a_metaflow_without_agents() -> None:
    """A metaflow without agents, which would call nobody, is an error."""
    with pytest.raises(ValueError, match="agents is empty"):
        by_metaflow()


@pytest.mark.usefixtures("kazoo")
def test_a_pause_that_is_too_short() -> None:
    """KAZOO needs time to report a call, and a run needs time to read the report."""
    with pytest.raises(ValueError, match="must be 5 or more"):
        dialer(retry_minutes=4)


def test_a_time_with_an_offset(kazoo: Kazoo) -> None:
    """The time of an entry may be in any zone."""
    asks(ANN, 1, datetime.fromisoformat("2026-09-21T14:00:00+02:00"))
    assert kazoo.run(0.9) == counts()
    assert kazoo.run(1) == counts(called=1)
