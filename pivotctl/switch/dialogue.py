"""A played call for tests: everything the caller hears and does, in order.

Dialogue.place(scenario, transport).hears("PIN").presses("4321").hears("Goodbye").hung_up()
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Self

from pivotctl.problems import Verdict
from pivotctl.switch import events as ev
from pivotctl.switch.http.exchange import Transport, send
from pivotctl.switch.narration import narrate
from pivotctl.switch.player.call import place_call
from pivotctl.switch.scenario import Scenario


class DialogueError(AssertionError):
    """The call went another way; the text has the whole dialogue."""


class Dialogue:
    """The events of one call. Each expectation looks after the previous one."""

    def __init__(self, events: Iterable[ev.CallEvent]) -> None:
        self.events = list(events)
        self._position = 0

    @classmethod
    def place(cls, scenario: Scenario, transport: Transport = send) -> Self:
        """Play the call of `scenario` to its end."""
        return cls(place_call(scenario, transport))

    def __str__(self) -> str:
        return "\n".join(text for event in self.events if (text := narrate(event)))

    @property
    def end(self) -> ev.End:
        """The last event, with the verdict and the reason."""
        last = self.events[-1]
        if not isinstance(last, ev.End):
            raise self._error("the call has no end")
        return last

    @property
    def verdict(self) -> str:
        """KAZOO's verdict on the whole call."""
        return str(self.end.verdict)

    @property
    def heard(self) -> list[str]:
        """All speech that the caller heard."""
        return [event.text for event in self.events if isinstance(event, ev.Heard)]

    @property
    def requests(self) -> list[ev.RequestSent]:
        """Every request that KAZOO made for the call's flow."""
        return [event for event in self.events if isinstance(event, ev.RequestSent)]

    @property
    def answers(self) -> list[ev.AnswerReceived]:
        """Every answer that KAZOO got to its requests."""
        return [event for event in self.events if isinstance(event, ev.AnswerReceived)]

    def hears(self, text: str) -> Self:
        """Expect speech that contains `text`."""
        return self._next(ev.Heard, lambda event: text in event.text, f"does not hear {text!r}")

    def hears_media(self, media: str) -> Self:
        """Expect media whose name contains `media`."""
        return self._next(
            ev.Played, lambda event: media in event.media, f"does not hear the media {media!r}"
        )

    def presses(self, keys: str) -> Self:
        """Expect the caller to press exactly `keys`."""
        return self._next(ev.Pressed, lambda event: event.keys == keys, f"does not press {keys}")

    def is_silent(self) -> Self:
        """Expect the caller to press nothing when asked."""
        return self._next(ev.Silent, lambda _: True, "is not silent")

    def is_bridged_to(self, target: str) -> Self:
        """Expect a bridge to a party whose name contains `target`."""
        return self._next(
            ev.Bridged, lambda event: target in event.target, f"is not bridged to {target}"
        )

    def leaves_voicemail(self, mailbox: str = "") -> Self:
        """Expect the caller to reach the voicemail box."""
        return self._next(
            ev.Voicemail, lambda event: mailbox in event.mailbox, f"does not reach {mailbox}"
        )

    def rings(self, target: str, seconds: float | None = None) -> Self:
        """Expect a call to a party whose name contains `target`, ringing for at most `seconds`."""
        return self._next(
            ev.Ringing,
            lambda event: target in " ".join(event.targets) and seconds in (None, event.seconds),
            f"does not ring {target} for {seconds} s",
        )

    def joins(self, conference: str) -> Self:
        """Expect the caller to join a conference whose name contains `conference`."""
        return self._next(
            ev.ConferenceJoined,
            lambda event: conference in event.name,
            f"does not join {conference}",
        )

    def is_refused(self, code: int, message: str = "") -> Self:
        """Expect a refusal with a SIP code, and a message that contains `message`."""
        return self._next(
            ev.Responded,
            lambda event: event.code == code and message in event.message,
            f"is not refused with {code} {message}".rstrip(),
        )

    def is_recorded(self, url: str | None = None) -> Self:
        """Expect a recording of the caller, for `url` or for the account."""
        return self._next(
            ev.Recorded,
            lambda event: (event.url or "").startswith(url or "") and bool(event.url) == bool(url),
            f"is not recorded for {url or 'the account'}",
        )

    def runs(self, module: str, effect: str = "") -> Self:
        """Expect KAZOO to run `module` with an effect that contains `effect`."""
        return self._next(
            ev.ModuleRan,
            lambda event: event.module == module and effect in event.effect,
            f"does not get {module} {effect}".rstrip(),
        )

    def hung_up(self, by: str = "") -> Self:
        """Expect the end of the caller's leg, hung up by `kazoo` or `caller` if given."""
        return self._next(
            ev.HungUp, lambda event: by in ("", event.by), f"is not hung up by {by or 'anyone'}"
        )

    def does_not_hear(self, text: str) -> Self:
        """Expect no speech in the whole call that contains `text`."""
        if any(text in heard for heard in self.heard):
            raise self._error(f"the caller hears {text!r}")
        return self

    def is_carried_through(self) -> Self:
        """Expect KAZOO to have executed every answer, and no answer to be a fallback."""
        return self._ends_as(Verdict.EXECUTES)

    def is_caught(self) -> Self:
        """Expect the function to have failed, and KAZOO to have executed its fallback."""
        return self._ends_as(Verdict.FALLBACK)

    def _ends_as(self, verdict: Verdict) -> Self:
        if self.verdict != verdict:
            raise self._error(f"the verdict is {self.verdict}: {self.end.reason}")
        return self

    def _next[E: ev.CallEvent](
        self, kind: type[E], fits: Callable[[E], bool], failure: str
    ) -> Self:
        for index in range(self._position, len(self.events)):
            event = self.events[index]
            if isinstance(event, kind) and fits(event):
                self._position = index + 1
                return self
        raise self._error(f"from step {self._position + 1} on, the caller {failure}")

    def _error(self, text: str) -> DialogueError:
        return DialogueError(f"{text}. The call:\n{self}")
