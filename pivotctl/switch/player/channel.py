"""The caller's leg while a call is played: media, keys, bridges, and the simulated time."""

from __future__ import annotations

import hashlib
import math
from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pivotctl.switch.events import (
    Answered,
    Bridged,
    BridgeEnded,
    CallEvent,
    Heard,
    HungUp,
    NotBridged,
    PartyRung,
    Played,
    Pressed,
    Ringing,
    RungLeg,
    Silent,
    Underway,
    Waited,
)
from pivotctl.switch.player.caller import Caller, CallerLeft, CallerRecording, ScriptedCaller, Spent
from pivotctl.switch.player.kazoo_call import KazooCall
from pivotctl.switch.player.places import Places
from pivotctl.switch.scenario import TALK_SECONDS, Rung, Scenario

type Playback[T] = Generator[CallEvent, None, T]

_CHARACTERS_PER_SECOND = 15.0
_MEDIA_SECONDS = 3.0
_RING_SECONDS = 6.0
_NOT_REACHED = (Rung.UNREGISTERED, Rung.NO_RESOURCES)

ANY_KEY = "1234567890*#"
MOST_REPEATS = 1000
CAUSES: Mapping[Rung, tuple[str, str]] = {
    Rung.BUSY: ("USER_BUSY", "sip:486"),
    Rung.NO_ANSWER: ("NO_ANSWER", "sip:480"),
    Rung.REJECTED: ("CALL_REJECTED", "sip:603"),
    Rung.UNREGISTERED: ("USER_NOT_REGISTERED", "sip:480"),
    Rung.NO_RESOURCES: ("NO_ROUTE_DESTINATION", "sip:404"),
}
"""Hangup cause and SIP code of a call that was not answered."""


@dataclass(frozen=True, slots=True)
class Party:
    """An endpoint or number to ring, after `delay` seconds, for at most `timeout`."""

    id: str
    kind: str = ""
    delay: float = 0.0
    timeout: float | None = None

    @property
    def name(self) -> str:
        """Kind and ID, or the number alone."""
        return f"{self.kind} {self.id}".strip()


@dataclass
class OwnPhone:
    """State of the caller's phone in the account's documents; features change it.

    `users` are the hotdesk users who are logged in.
    """

    forwarded: bool = False
    number: str = ""
    undisturbed: bool = False
    users: set[str] = field(default_factory=set)


@dataclass
class Channel:
    """The caller's leg. `commands` are KAZOO's commands to the media switch, in order.

    `overtaken`: the final hangup is already among them. `recordings` are those in progress: the
    time at which each began, the number of bridges by then, and the data of its action. `places`
    has what the call has reached. `parted_by` has ended the latest bridge: the caller, or KAZOO
    because the other party hung up.
    """

    scenario: Scenario
    call: KazooCall
    caller: Caller
    now: float = 0.0
    answered: bool = False
    hung_up: bool = False
    overtaken: bool = False
    bridges: int = 0
    parted_by: str = "caller"
    rings: int = 0
    attempts: Counter[str] = field(default_factory=Counter)
    commands: list[str] = field(default_factory=list)
    recordings: list[tuple[float, int, Mapping[str, Any]]] = field(default_factory=list)
    phone: OwnPhone = field(default_factory=OwnPhone)
    places: Places = field(default_factory=Places)

    def command(self, *names: str) -> None:
        """Record commands to the media switch."""
        self.commands.extend(names)

    def answer(self) -> Iterator[CallEvent]:
        """Answer the call; only the first time is an event."""
        self.command("answer")
        if not self.answered:
            self.answered = True
            yield Answered(at=self.now)
            yield from self.ring_party(is_first=False)

    def ring_party(self, *, is_first: bool) -> Iterator[CallEvent]:
        """Ring the other party of a call of KAZOO's own, if it is its turn.

        The flow waits for a party that is rung first only. The call ends if the party does not
        answer.
        """
        party = self.scenario.party
        if party is None or party.is_first is not is_first:
            return
        answered = party.rung is Rung.ANSWERED
        cause = "" if answered else CAUSES[party.rung][0]
        waits = {Rung.ANSWERED: _RING_SECONDS, Rung.NO_ANSWER: party.seconds}
        until = self.now + waits.get(party.rung, 1.0)
        yield PartyRung(
            at=self.now,
            target=party.number,
            call_id=self._leg_id("party"),
            until=until,
            cause=cause,
        )
        if is_first or not answered:
            self.now = until
        if not answered:
            yield from self.hang_up("kazoo", cause)

    def hang_up(self, by: str, cause: str = "NORMAL_CLEARING") -> Iterator[CallEvent]:
        """End the caller's leg; anything played later is not heard."""
        if not self.hung_up:
            self.hung_up = True
            yield HungUp(at=self.now, by=by, cause=cause)

    def hear(self, text: str, terminators: Iterable[str] = ANY_KEY) -> Playback[str]:
        """Speak; return the keys pressed meanwhile. Those in *terminators* stop the speech."""
        if self.hung_up:
            return ""
        start, seconds = self.now, max(1.0, len(text) / _CHARACTERS_PER_SECOND)
        spent = self._listen("speech", text, seconds, terminators)
        yield Heard(at=start, text=text, interrupted_by=spent.interrupted_by)
        self.check_caller()
        return spent.keys

    def prompt(self, media: str, terminators: Iterable[str] = ANY_KEY) -> Playback[str]:
        """Play media of the account, as speech if the world has its text."""
        text = self.scenario.world.media.get(media)
        if text is not None:
            return (yield from self.hear(text, terminators))
        return (yield from self.play(media, terminators))

    def play(self, media: str, terminators: Iterable[str] = ANY_KEY) -> Playback[str]:
        """Play media; return the keys pressed meanwhile. Those in *terminators* stop it."""
        if self.hung_up:
            return ""
        start = self.now
        spent = self._listen("media", media, _MEDIA_SECONDS, terminators)
        yield Played(at=start, media=media, interrupted_by=spent.interrupted_by)
        self.check_caller()
        return spent.keys

    def _listen(self, kind: str, text: str, seconds: float, terminators: Iterable[str]) -> Spent:
        keys = "".join(terminators)
        prompt = Underway(at=self.now, kind=kind, text=text, seconds=seconds, keys=keys)
        spent = self.caller.listens(prompt)
        self.now += spent.seconds
        return spent

    def check_caller(self) -> None:
        """Raise `CallerLeft` if the caller has hung up."""
        if self.caller.gone and not self.hung_up:
            raise CallerLeft

    def pass_time(self, kind: str, seconds: float, text: str = "", keys: str = "") -> None:
        """Spend time on something that the caller only waits for. Raises `CallerLeft`."""
        activity = Underway(at=self.now, kind=kind, text=text, seconds=seconds, keys=keys)
        self.now += self.caller.waits(activity).seconds
        self.check_caller()

    def stay(self) -> None:
        """Leave a caller who stays on the line there until they hang up."""
        if self.caller.stays and not self.caller.gone:
            self.now += self.caller.waits(
                Underway(at=self.now, kind="staying", seconds=None)
            ).seconds

    def wait(self, seconds: float) -> Iterator[CallEvent]:
        """Play silence."""
        if not self.hung_up:
            yield Waited(at=self.now, seconds=seconds)
            self.pass_time("silence", seconds)

    def keys(self, most: int | None, finish: str, timeout: float, name: str = "") -> Playback[str]:
        """Collect keys until there are `most`, a key of `finish`, or `timeout` seconds without one.

        Keys beyond that are left over, and come first in the next collection.
        """
        entry = self.caller.enters(
            Underway(
                at=self.now, kind="collecting", text=name, seconds=timeout, keys=finish, most=most
            )
        )
        self.now += entry.after
        if not entry.keys:
            yield Silent(at=self.now, seconds=entry.seconds)
            self.now += entry.seconds
            self.check_caller()
            return ""
        self.caller.ahead = entry.rest
        yield Pressed(at=self.now, keys=entry.keys, taken=entry.taken, collection=name)
        self.now += entry.seconds
        self.check_caller()
        return entry.taken

    def record(self, seconds: float, keys: str = ANY_KEY) -> CallerRecording:
        """Record the caller for at most `seconds`, or until a key or a hangup."""
        recording = Underway(at=self.now, kind="recording", seconds=seconds, keys=keys)
        return self.caller.speaks(recording)

    def ring(
        self,
        parties: Sequence[Party],
        seconds: float,
        *,
        one_reject_is_enough: bool = False,
        limit: float = math.inf,
    ) -> Playback[Rung]:
        """Ring all parties, and bridge the first who answers; `limit` in seconds covers both."""
        began = self.now
        targets = tuple(party.name for party in parties)
        outcomes = [(self._outcome(party, seconds), party) for party in parties]
        rejected = one_reject_is_enough and any(each is Rung.REJECTED for each, _ in outcomes)
        answering = [party for outcome, party in outcomes if outcome is Rung.ANSWERED]
        first = min(answering, key=lambda party: party.delay, default=None)
        legs = self._rung_legs(outcomes, None if rejected else first, seconds)
        yield Ringing(at=self.now, targets=targets, seconds=seconds, legs=legs)
        rung = " and ".join(targets)
        if rejected or first is None:
            outcome = Rung.REJECTED if rejected else _together([each for each, _ in outcomes])
            self.pass_time("ringing", seconds if outcome is Rung.NO_ANSWER else 1.0, rung)
            yield NotBridged(at=self.now, targets=targets, cause=CAUSES[outcome][0])
            return outcome
        self.pass_time("ringing", min(seconds, first.delay + _RING_SECONDS), rung)
        left = max(limit - (self.now - began), 0.0)
        yield from self.talk(first.name, min(left, TALK_SECONDS))
        return Rung.ANSWERED

    def _rung_legs(
        self, outcomes: Sequence[tuple[Rung, Party]], first: Party | None, seconds: float
    ) -> tuple[RungLeg, ...]:
        """Return the legs that ring before the *first* answers or the time is up."""
        self.rings += 1
        until = seconds if first is None else first.delay + _RING_SECONDS
        legs = []
        for number, (outcome, party) in enumerate(outcomes):
            if outcome not in _NOT_REACHED and party.delay < until:
                which = str(self.bridges + 1) if party is first else f"{self.rings}.{number}"
                at, call_id = self.now + party.delay, self._leg_id(which)
                legs.append(RungLeg(at=at, target=party.name, call_id=call_id))
        return tuple(legs)

    def talk(self, target: str, seconds: float = TALK_SECONDS) -> Iterator[CallEvent]:
        """Bridge the caller to `target`."""
        self.bridges += 1
        if not self.answered:
            self.answered = True
            yield from self.ring_party(is_first=False)
            if self.scenario.party and self.hung_up:
                return
        call_id = self.other_call_id
        yield Bridged(at=self.now, target=target, seconds=seconds, call_id=call_id)
        spent = self.caller.waits(
            Underway(at=self.now, kind="talking", text=target, seconds=seconds)
        )
        self.now += spent.seconds
        self.parted_by = "kazoo" if self.caller.stays and not self.caller.gone else "caller"
        yield BridgeEnded(at=self.now, target=target, seconds=spent.seconds, call_id=call_id)

    def _outcome(self, party: Party, seconds: float) -> Rung:
        """Return the outcome for one party; a party with no time to ring cannot answer."""
        found = self.scripted(party)
        ends = min(party.delay + (seconds if party.timeout is None else party.timeout), seconds)
        late = found is Rung.ANSWERED and (party.delay > 0 or party.timeout) and ends <= party.delay
        return Rung.NO_ANSWER if late else found

    def scripted(self, party: Party) -> Rung:
        """Return the world's outcome of this attempt at a party, or the scenario's."""
        world = self.scenario.world
        script = world.endpoints if party.kind else world.carriers
        attempts = script.get(party.id)
        if not attempts:
            return self.scenario.rung
        count = self.attempts[party.name]
        self.attempts[party.name] += 1
        return attempts[min(count, len(attempts) - 1)]

    @property
    def other_call_id(self) -> str:
        """The ID of the latest called leg."""
        return self._leg_id(f"{self.bridges}")

    def _leg_id(self, which: str) -> str:
        seed = f"{self.call.call_id}/{which}".encode()
        return f"b-leg-{hashlib.sha256(seed).hexdigest()[:16]}"


def channel_for(scenario: Scenario, caller: Caller | None = None) -> Channel:
    """Return the leg with which `scenario` begins, of its scripted caller or of `caller`."""
    call = KazooCall(
        account_id=scenario.account_id,
        call_id=scenario.call_id,
        caller_number=scenario.caller,
        caller_name=scenario.caller_name,
        from_user=scenario.caller if scenario.caller_user is None else scenario.caller_user,
        from_realm=scenario.caller_realm,
        to_user=scenario.called,
        to_realm=scenario.realm,
        request_user=scenario.called,
        request_realm=scenario.realm,
        application_vars=dict(scenario.variables),
    )
    caller = caller or ScriptedCaller(
        deque(scenario.press), deque(scenario.press_during_prompts), scenario.recording
    )
    world = scenario.world
    users = {each.user for each in world.hotdesks.values() if each.logged_in}
    phone = OwnPhone(world.forwarding.enabled, world.forwarding.number, world.do_not_disturb, users)
    return Channel(scenario, call, caller, phone=phone, places=Places(scenario.followed))


def _together(outcomes: Sequence[Rung]) -> Rung:
    """Return the joint outcome of parties none of whom answered: theirs if they agree."""
    reached = {each for each in outcomes if each is not Rung.UNREGISTERED}
    if not reached:
        return Rung.UNREGISTERED
    return reached.pop() if len(reached) == 1 else Rung.NO_ANSWER
