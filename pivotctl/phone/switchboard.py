"""The switchboard of the softphone: the calls of all its pages, live and finished."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pivotctl.local.calls import local_scenario
from pivotctl.local.outputs import CallOutputs, Outputs
from pivotctl.phone.choices import CallChoices, ChoiceError
from pivotctl.phone.live_call import LiveCall
from pivotctl.phone.person import Clock, Person, RealTime
from pivotctl.phone.state_diff import StateWatch, state_reader
from pivotctl.switch.events import CallEvent
from pivotctl.switch.player.call import place_call
from pivotctl.upstreams.control import troubled

if TYPE_CHECKING:
    from pivotctl.stack import Stack

MOST_LIVE = 10
_MOST_KEPT = 50
ABANDONED_SECONDS = 30.0


class LinesBusyError(Exception):
    """As many calls are live as the phone takes."""


@dataclass(eq=False)
class Switchboard:
    """Starts calls on `stack`, and ends those that nobody looks at."""

    stack: Stack
    spoken: Callable[[str], float | None] = lambda _text: None
    clock: Callable[[], Clock] = RealTime
    calls: dict[str, LiveCall] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def start(self, choices: CallChoices) -> LiveCall:
        """Place a call. Raises `ChoiceError` and `LinesBusyError`."""
        stack = self.stack.current
        _check(stack, choices.template)
        call = LiveCall(
            lambda person: _placed(stack, choices, person),
            choices.as_json(),
            stack.project.root,
            self.spoken,
            self.clock(),
            upstreams=troubled(stack.upstreams_url) if stack.upstreams_url else {},
        )
        with self._lock:
            if sum(not each.log.closed for each in self.calls.values()) >= MOST_LIVE:
                raise LinesBusyError(f"{MOST_LIVE} calls are live. Hang up one of them.")
            self.calls[call.id] = call
            self._forget()
        call.start()
        return call

    def _forget(self) -> None:
        """Keep the latest finished calls only."""
        finished = [key for key, call in self.calls.items() if call.log.closed]
        for key in finished[:-_MOST_KEPT]:
            del self.calls[key]

    def end_abandoned(self, now: float | None = None) -> None:
        """Hang up calls that no page has looked at for a while."""
        time_now = time.monotonic() if now is None else now
        for call in list(self.calls.values()):
            if not call.log.readers and time_now - call.left >= ABANDONED_SECONDS:
                call.person.hang_up()

    def close(self) -> None:
        """Hang up every call."""
        for call in list(self.calls.values()):
            call.person.hang_up()
        for call in list(self.calls.values()):
            call.end()


def _check(stack: Stack, template: str) -> None:
    """Raise `ChoiceError` unless `stack` runs the Pivot function `template`."""
    function = stack.project.functions.get(template)
    if function is None or function.kind != "pivot":
        raise ChoiceError(f"There is no Pivot function {template!r}.")
    if template not in stack.info.functions:
        raise ChoiceError(f"{template} does not run: start `pivotctl serve` with it.")


def _placed(stack: Stack, choices: CallChoices, person: Person) -> Iterator[CallEvent]:
    met = local_scenario(stack, choices.template, account_id=choices.account_id)
    scenario = choices.scenario(met)
    watch = StateWatch(f"{scenario.account_id}#{scenario.call_id}", state_reader(stack))
    events = watch.watched(place_call(scenario, caller=person))
    return CallOutputs(Outputs(stack, entries=True), {scenario.call_id}).explained(events)
