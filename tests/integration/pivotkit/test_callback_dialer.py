"""Who has kept her place is called back: in turn, when she may be, and until she is reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest

from pivotctl.crossbar.envelope import GREGORIAN_OFFSET
from pivotctl.switch.world import Rung
from pivotctl.upstreams import Upstreams
from pivotkit import crossbar
from pivotkit.callback_dialer import (
    LOCAL_CLICK_TO_CALL,
    LOCAL_QUEUE,
    CallbackDialer,
    ClickToCall,
    Line,
    Metaflow,
    lines,
)
from pivotkit.callbacks import CallbackList, Callbacks, Place
from pivotkit.dialing import DialPolicy
from pivotkit.directory import Directory
from pivotkit.do_not_call import DoNotCall
from pivotkit.settings import SettingError
from pivotkit.upstream import UpstreamDown
from tests.integration.pivotkit.dialled import (
    ACCOUNT,
    ANN,
    ATTEMPTS,
    BOB,
    BUTTON,
    EVE,
    LINE,
    MINUTE,
    NOON,
    QUEUE,
    RETRY,
    asks,
    dialer,
    done,
    given_up,
    listed,
)  # fmt: skip
from tests.integration.pivotkit.timed import TimedCrossbar

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
        """What a run says, so many minutes after noon; it is a fresh worker unless one is given."""
        self.now = NOON + minutes * MINUTE
        return (worker or dialer()).run(self.now)

    def becomes(self, number: str, *outcomes: Rung) -> None:
        """What becomes of each call to *number*."""
        self.crossbar.phones.outcomes[number] = outcomes

    @property
    def rung(self) -> list[str]:
        """Who was rung, the queue left out."""
        return [number for number in self.crossbar.phones.rung if number.startswith("+")]

    def ends(self, number: str, *, seconds: int, **more: Any) -> None:
        """A leg to *number* ends now, after so many seconds of talk."""
        end = int(self.now.timestamp()) + GREGORIAN_OFFSET
        leg = {"account_id": ACCOUNT, "call_id": "late", "timestamp": end, "to": f"{number}@x"}
        lasted = {"duration_seconds": seconds, "billing_seconds": seconds}
        self.crossbar.happened("channel_destroy", {**leg, **lasted, **more})

    def waits(self, **more: Any) -> None:
        """An agent's channel is answered, and bridged to nobody."""
        self.crossbar.happened("channel_answer", {**READY, **more})


@pytest.fixture
def kazoo(tables: Mapping[str, str], environment: pytest.MonkeyPatch) -> Iterator[Kazoo]:
    """A Crossbar that the settings lead to, and an empty list."""
    assert tables
    upstreams = Upstreams()
    upstreams.start()
    environment.setenv("CROSSBAR_URL", f"{upstreams.url}/crossbar/v2")
    yield Kazoo(upstreams, NOON)
    upstreams.stop()


def test_she_is_called_and_taken_off_the_list(kazoo: Kazoo) -> None:
    """A run calls her; the next one sees in the history that she was reached."""
    asks(ANN, 1)
    assert kazoo.run(1) == done(called=1)
    entry = listed()[ANN]
    assert (entry["attempts"], entry["called_at"]) == (1, (NOON + MINUTE).isoformat())
    assert str(entry["call_id"]).startswith(f"c2c-{BUTTON}-")
    assert kazoo.run(2) == done(reached=1)
    assert kazoo.run(3) == done()
    assert (kazoo.rung, listed(), given_up()) == ([ANN], {}, {})


def test_the_first_minute_is_hers(kazoo: Kazoo) -> None:
    """Until then she may still be giving another number."""
    asks(ANN, 1)
    assert kazoo.run(0.98) == done()
    assert kazoo.run(1) == done(called=1)


def test_the_lowest_ticket_is_first(kazoo: Kazoo) -> None:
    """One a run, in the order of their tickets; those of another account are left alone."""
    asks(ANN, 10)
    asks(BOB, 9)
    asks(EVE, 8, account_id="a" * 32)
    for minute in (1, 2, 3):
        kazoo.run(minute)
    assert kazoo.rung == [BOB, ANN]
    assert set(listed()) == {EVE}


@pytest.mark.parametrize("outcome", [Rung.NO_ANSWER, Rung.BUSY, Rung.REJECTED, Rung.NO_RESOURCES])
def test_she_does_not_answer(kazoo: Kazoo, outcome: Rung) -> None:
    """She is called again after a pause, so many times; others come first in the meantime."""
    asks(ANN, 1)
    asks(BOB, 2)
    kazoo.becomes(ANN, outcome)
    minutes = [1, 2, 3, RETRY, RETRY + 1, 2 * RETRY, 2 * RETRY + 1, 3 * RETRY, 3 * RETRY + 1]
    runs = [kazoo.run(minute) for minute in minutes]
    assert kazoo.rung == [ANN, BOB, ANN, ANN]
    assert runs[-1] == done(given_up=1)
    assert (listed(), given_up()) == ({}, {ANN: "not reached"})
    assert sum(each["called"] for each in runs) == ATTEMPTS + 1


def test_she_answers_the_second_time(kazoo: Kazoo) -> None:
    """What came of the call before does not count."""
    asks(ANN, 1)
    kazoo.becomes(ANN, Rung.BUSY, Rung.ANSWERED)
    assert kazoo.run(1) == done(called=1)
    assert kazoo.run(2) == kazoo.run(RETRY) == done()
    assert kazoo.run(RETRY + 1) == done(called=1)
    assert kazoo.run(RETRY + 2) == done(reached=1)


def test_she_asks_again(kazoo: Kazoo) -> None:
    """Who was reached and asks anew is called anew: an old success is not taken for a new one."""
    asks(ANN, 1)
    kazoo.run(1)
    kazoo.run(2)
    asks(ANN, 2, NOON + 3 * MINUTE)
    kazoo.becomes(ANN, Rung.ANSWERED, Rung.BUSY)
    assert kazoo.run(4) == done(called=1)
    assert kazoo.run(5) == done()
    assert set(listed()) == {ANN}


@pytest.mark.parametrize(
    "wrong",
    [{"ticket": 0}, {"ticket": "x"}, {"asked_at": "soon"}, {"asked_at": "2026-09-21T12:00:00"}],
)
def test_an_entry_that_is_not_whole(kazoo: Kazoo, wrong: dict[str, Any]) -> None:
    """What somebody has written by hand does not stop the queue."""
    asks(**{"number": ANN, "ticket": 1, **wrong})
    asks(BOB, 2)
    assert kazoo.run(1) == done(called=1)
    assert kazoo.rung == [BOB]


def test_several_a_run(kazoo: Kazoo) -> None:
    """As many as there are agents."""
    for ticket, number in enumerate((ANN, BOB, EVE), start=1):
        asks(number, ticket)
    two = dialer(ClickToCall(crossbar.Crossbar(), most=2))
    assert kazoo.run(1, two) == done(called=2)
    assert kazoo.run(2, two) == done(reached=2, called=1)


def test_two_runs_of_one_minute(kazoo: Kazoo) -> None:
    """A schedule that fires twice calls nobody else the second time."""
    asks(ANN, 1)
    asks(BOB, 2)
    assert kazoo.run(1) == done(called=1)
    assert kazoo.run(1) == done(reached=1)
    assert kazoo.run(1.8) == done()
    assert kazoo.run(2) == done(called=1)


@pytest.mark.parametrize("number", [ANN, "+4532123456", "+442079460000"])
def test_the_number_that_rings_is_hers(kazoo: Kazoo, number: str) -> None:
    """Of whatever country: ten digits of Denmark's are not taken for a North American number."""
    asks(number, 1)
    everywhere = DialPolicy("US", "US DK GB")
    assert kazoo.run(1, dialer(policy=everywhere)) == done(called=1)
    assert kazoo.rung == [number]
    assert kazoo.run(2, dialer(policy=everywhere)) == done(reached=1)


REFUSED = {
    "+19005550177": "premium rate",
    "+18005550177": "toll-free",
    "+442079460000": "not in an allowed country",
    "911": "emergency number",
    "no number": "not a number",
}


@pytest.mark.parametrize(("number", "reason"), REFUSED.items())
def test_a_number_that_may_not_be_dialled(kazoo: Kazoo, number: str, reason: str) -> None:
    """The policy of today counts, however old the entry is; the next one is called."""
    asks(number, 1)
    asks(BOB, 2)
    assert kazoo.run(1) == done(called=1, given_up=1)
    assert (kazoo.rung, given_up()) == ([BOB], {number: reason})


def test_who_wants_no_calls(kazoo: Kazoo) -> None:
    """The do-not-call list comes first."""
    asks(ANN, 1)
    DoNotCall().add(ANN, NOON)
    assert kazoo.run(1) == done(given_up=1)
    assert (kazoo.rung, given_up()) == ([], {ANN: "on the do-not-call list"})


def test_a_number_that_kazoo_refuses(kazoo: Kazoo) -> None:
    """A whitelist of the click-to-call does not stop the queue."""
    kazoo.crossbar.click_to_calls.merge(ACCOUNT, BUTTON, {"whitelist": [f"^\\{BOB}"]})
    asks(ANN, 1)
    asks(BOB, 2)
    assert kazoo.run(1) == done(called=1, given_up=1)
    assert (kazoo.rung, given_up()) == ([BOB], {ANN: "refused by KAZOO"})


def test_office_hours(kazoo: Kazoo) -> None:
    """At night nobody is called, but who was reached is taken off the list."""
    week: dict[str, Any] = {"mon-fri": "12:00-12:02, 13:00-14:00"}
    Directory("office_hours").put("desk", {"zone": "UTC", "week": week})
    asks(ANN, 1)
    asks(BOB, 2)
    assert kazoo.run(1, dialer(office="desk")) == done(called=1)
    assert kazoo.run(2, dialer(office="desk")) == done(reached=1)
    assert kazoo.run(60, dialer(office="desk")) == done(called=1)


# -- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["fails", "is_dead", "is_wrong"])
def test_crossbar_is_down(kazoo: Kazoo, how: str) -> None:
    """The run fails and everything is as it was; afterwards it goes on."""
    asks(ANN, 1)
    before = listed()
    getattr(kazoo.upstream, how)()
    with pytest.raises(UpstreamDown):
        kazoo.run(1)
    assert (listed(), kazoo.rung) == (before, [])
    kazoo.upstream.is_well()
    assert kazoo.run(1) == done(called=1)


def test_another_queue_is_served(kazoo: Kazoo) -> None:
    """A click-to-call that is not there stops its own queue alone."""
    asks(ANN, 1)
    missing = Line("0f" * 16, ACCOUNT, "0" * 32)
    Directory(f"callback_{missing.queue}").put(BOB, {**listed()[ANN], "number": BOB})
    both = CallbackDialer([missing, LINE], dialer()._way, dialer()._rules)
    with pytest.raises(UpstreamDown, match="404"):
        kazoo.run(1, both)
    assert kazoo.rung == [ANN]


class Faulty(ClickToCall):
    """A way whose call fails, before or after the phone has rung."""

    def __init__(self, error: BaseException, *, rings: bool) -> None:
        super().__init__(crossbar.Crossbar(), most=1)
        self._error = error
        self._rings = rings

    def call(self, *call: Any) -> Mapping[str, Any]:
        """Fail."""
        if self._rings:
            super().call(*call)
        raise self._error


class Death(BaseException):
    """The worker's process ends."""


SILENT = UpstreamDown("crossbar", "no answer in 10.0 s")


@pytest.mark.parametrize("error", [SILENT, UpstreamDown("crossbar", "answered 500", 500), Death()])
def test_a_call_of_which_nothing_is_known(kazoo: Kazoo, error: BaseException) -> None:
    """She may have been rung, so she is called again at her next attempt and not before."""
    asks(ANN, 1)
    with pytest.raises(type(error)):
        kazoo.run(1, dialer(Faulty(error, rings=False)))
    assert kazoo.run(2) == kazoo.run(RETRY) == done()
    assert kazoo.run(RETRY + 1) == done(called=1)
    assert listed()[ANN]["attempts"] == 2


@pytest.mark.parametrize("error", [SILENT, Death()])
def test_a_call_that_was_placed_all_the_same(kazoo: Kazoo, error: BaseException) -> None:
    """The history says that she was reached, though the worker never knew of the call."""
    asks(ANN, 1)
    with pytest.raises(type(error)):
        kazoo.run(1, dialer(Faulty(error, rings=True)))
    assert kazoo.run(2) == done(reached=1)
    assert (kazoo.rung, listed()) == ([ANN], {})


def test_a_call_that_crossbar_refuses(kazoo: Kazoo) -> None:
    """Nobody was rung: it is no attempt."""
    asks(ANN, 1)
    before = listed()
    refused = UpstreamDown("crossbar", "answered 402", 402)
    with pytest.raises(UpstreamDown):
        kazoo.run(1, dialer(Faulty(refused, rings=False)))
    assert listed() == before
    assert kazoo.run(2) == done(called=1)


def test_kazoo_does_not_wait_for_the_result(kazoo: Kazoo) -> None:
    """With a time-out of 30 s the history gives up first; the CDR tells who answered later."""
    kazoo.crossbar.click_to_calls.merge(ACCOUNT, BUTTON, {"timeout": 30})
    asks(ANN, 1)
    asks(BOB, 2)
    kazoo.becomes(ANN, Rung.NO_ANSWER)
    kazoo.becomes(BOB, Rung.NO_ANSWER)
    kazoo.run(1)
    kazoo.run(2)
    kazoo.now = NOON + 4 * MINUTE
    kazoo.ends(ANN, seconds=90)
    assert kazoo.run(5) == done(reached=1)
    assert set(listed()) == {BOB}


def taken_off() -> None:
    """She takes herself off the list."""
    Callbacks(QUEUE, hours=1).cancel(ANN)


def asked_anew() -> None:
    """She does so, and asks again."""
    asks(ANN, 7)


def called_by_another() -> None:
    """Another worker calls her."""
    (callback,) = CallbackList(QUEUE).of(ACCOUNT)
    CallbackList(QUEUE).claim(callback, NOON, "x")


@pytest.mark.usefixtures("kazoo")
@pytest.mark.parametrize("happens", [taken_off, asked_anew, called_by_another])
def test_an_entry_that_has_changed(happens: Callable[[], None]) -> None:
    """What was read before it changed is neither claimed nor noted nor deleted."""
    asks(ANN, 1)
    (read,) = CallbackList(QUEUE).of(ACCOUNT)
    happens()
    changed = listed()
    assert CallbackList(QUEUE).claim(read, NOON, "x") is None
    CallbackList(QUEUE).note(read, {"call_id": "x"})
    assert not CallbackList(QUEUE).done(read)
    assert not CallbackList(QUEUE).give_up(read, "not reached", NOON)
    assert listed() == changed


def test_who_is_called_keeps_her_place(kazoo: Kazoo) -> None:
    """A caller hears her place between two calls, and her entry expires when it would have."""
    asks(ANN, 1)
    kazoo.becomes(ANN, Rung.BUSY)
    kazoo.run(1)
    assert Callbacks(QUEUE, hours=1).place(ANN) == Place(0, ANN)


# -- by a metaflow ---------------------------------------------------------------------------------


def by_metaflow(*agents: str) -> CallbackDialer:
    """A worker that has agents' channels transferred."""
    return dialer(Metaflow(crossbar.Crossbar(), agents, most=5))


def test_an_agents_channel_is_transferred(kazoo: Kazoo) -> None:
    """The channel of an agent who waits goes to her number; being bridged, she was reached."""
    asks(ANN, 1)
    asks(BOB, 2)
    kazoo.waits()
    assert kazoo.run(1, by_metaflow(AGENT)) == done(called=1)
    (action,) = kazoo.crossbar.actions
    data = {"target": ANN, "captures": [ANN], "transfer_type": "blind", "leg": "self"}
    assert action == {"call_id": CHANNEL, "flow": {"module": "transfer", "data": data}}
    assert listed()[ANN]["seat"] == CHANNEL
    assert kazoo.run(2, by_metaflow(AGENT)) == done(reached=1)
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
    """A channel of somebody else, and one that is bridged, is left alone, and nobody claimed."""
    asks(ANN, 1)
    kazoo.waits(**channel)
    assert kazoo.run(1, by_metaflow(AGENT)) == done()
    assert listed()[ANN]["attempts"] == 0


def test_a_channel_that_rings_is_left_alone(kazoo: Kazoo) -> None:
    """An agent who has not answered waits for nobody."""
    asks(ANN, 1)
    kazoo.crossbar.happened("channel_create", READY)
    assert kazoo.run(1, by_metaflow(AGENT)) == done()


def test_a_channel_is_sent_to_one_caller(kazoo: Kazoo) -> None:
    """Whether the first one answers or not; another worker knows it from the list."""
    asks(ANN, 1)
    asks(BOB, 2)
    kazoo.becomes(ANN, Rung.NO_ANSWER)
    kazoo.waits()
    worker = by_metaflow(AGENT)
    assert kazoo.run(1, worker) == done(called=1)
    assert kazoo.run(2, worker) == kazoo.run(3, by_metaflow(AGENT)) == done()
    kazoo.waits(call_id="another")
    assert kazoo.run(4, by_metaflow(AGENT)) == done(called=1)


@pytest.mark.parametrize(("seconds", "leg", "reached"), [
    (90, "hers", 1),
    (0, "hers", 0),
    (90, CHANNEL, 0),
])  # fmt: skip
def test_a_call_that_is_over(kazoo: Kazoo, seconds: int, leg: str, reached: int) -> None:
    """The CDR of her leg tells that she was reached; the agent's own leg does not."""
    asks(ANN, 1)
    kazoo.becomes(ANN, Rung.NO_ANSWER)
    kazoo.waits()
    kazoo.run(1, by_metaflow(AGENT))
    kazoo.ends(ANN, seconds=seconds, call_id=leg)
    kazoo.crossbar.channels.clear()
    assert kazoo.run(2, by_metaflow(AGENT)) == done(reached=reached)


def test_a_worker_that_dies_behind_a_transfer(kazoo: Kazoo, monkeypatch: Any) -> None:
    """The claim has named the channel, so it is known whom the agent talks to."""

    def transferred_and_dead(way: Metaflow, *call: Any) -> Mapping[str, Any]:
        calls(way, *call)
        raise Death

    calls = Metaflow.call
    asks(ANN, 1)
    kazoo.waits()
    with monkeypatch.context() as patched:
        patched.setattr(Metaflow, "call", transferred_and_dead)
        with pytest.raises(Death):
            kazoo.run(1, by_metaflow(AGENT))
    assert kazoo.run(2, by_metaflow(AGENT)) == done(reached=1)
    assert kazoo.rung == [ANN]


def test_an_attempt_of_another_worker(kazoo: Kazoo) -> None:
    """An entry without a seat is judged by CDRs alone."""
    asks(ANN, 1, attempts=1, called_at=NOON.isoformat())
    assert kazoo.run(1, by_metaflow(AGENT)) == done()
    kazoo.ends(ANN, seconds=9)
    assert kazoo.run(2, by_metaflow(AGENT)) == done(reached=1)


# -- settings --------------------------------------------------------------------------------------


def test_the_queues_are_a_setting(environment: pytest.MonkeyPatch) -> None:
    """A local run has callback_queue's own, any other none unless it is said."""
    local = Line(LOCAL_QUEUE, crossbar.LOCAL_ACCOUNT, LOCAL_CLICK_TO_CALL)
    assert lines("CLICK_TO_CALL") == (local,)
    text = f"{QUEUE}={ACCOUNT}/{BUTTON}, {'0f' * 16}={ACCOUNT}"
    environment.setenv("CLICK_TO_CALL", text)
    assert lines("CLICK_TO_CALL", with_button=False) == (LINE, Line("0f" * 16, ACCOUNT))
    environment.delenv("CLICK_TO_CALL")
    environment.delenv("AWS_SAM_LOCAL")
    assert lines("CLICK_TO_CALL") == ()


NO_QUEUES = [
    QUEUE,
    f"{QUEUE}={ACCOUNT}",
    f"{QUEUE}={ACCOUNT}/",
    f"sales={ACCOUNT}/{BUTTON}",
]


@pytest.mark.parametrize("text", NO_QUEUES)
def test_a_queue_that_is_none(environment: pytest.MonkeyPatch, text: str) -> None:
    """A deploy shows it."""
    environment.setenv("CLICK_TO_CALL", text)
    with pytest.raises(SettingError, match="must be <queue>=<account>/<click-to-call>"):
        lines("CLICK_TO_CALL")


@pytest.mark.usefixtures("kazoo")
def test_no_agents() -> None:
    """A metaflow without agents would call nobody, and say nothing of it."""
    with pytest.raises(ValueError, match="agents is empty"):
        by_metaflow()


@pytest.mark.usefixtures("kazoo")
def test_a_pause_that_is_too_short() -> None:
    """KAZOO needs time to say what came of a call, and a run to read it."""
    with pytest.raises(ValueError, match="must be 5 or more"):
        dialer(retry_minutes=4)


def test_a_time_with_an_offset(kazoo: Kazoo) -> None:
    """An entry may tell the time of any zone."""
    asks(ANN, 1, datetime.fromisoformat("2026-09-21T14:00:00+02:00"))
    assert kazoo.run(0.9) == done()
    assert kazoo.run(1) == done(called=1)
