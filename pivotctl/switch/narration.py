"""Narration of a call: a line for each event, with the acting party in front."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pivotctl.switch import events as ev

KAZOO = "KAZOO"
CALLER = "caller"
FUNCTION = "function"
_SHOWN = ("Digits", "CallStatus", "DialCallStatus", "RecordingDuration", "RecordingUrl")
_LONG_PATH = 3


@dataclass(frozen=True, slots=True)
class NarrationLine:
    """One line: the acting party and what it does; `bad` for errors."""

    who: str
    text: str
    at: float
    bad: bool = False

    def __str__(self) -> str:
        return f"{self.at:7.1f} s  {self.who:<9}{self.text}"


def lines(event: ev.CallEvent) -> tuple[NarrationLine, ...]:
    """Return the lines of one event; none for events that would be noise."""
    narrator = _NARRATORS.get(type(event))
    return narrator(event) if narrator else ()


def narrate(event: ev.CallEvent) -> str:
    """Return the lines of one event as text."""
    return "\n".join(str(line) for line in lines(event))


def dialogue(event: ev.CallEvent) -> list[str]:
    """Return the lines of one event as the caller sees it: no requests, no times."""
    if isinstance(event, _BEHIND_THE_SCENES):
        return []
    found = lines(event)
    if isinstance(event, ev.End) and event.verdict == "executes":
        found = found[:-1]
    return [f"{line.who:<9}{line.text}".rstrip() for line in found]


def _line(
    who: str, text: str, event: ev.CallEvent, *, bad: bool = False
) -> tuple[NarrationLine, ...]:
    return (NarrationLine(who, text, event.at, bad),)


def _request(event: ev.RequestSent) -> tuple[NarrationLine, ...]:
    shown = [
        f"{name} {_value(event.parameters[name])}" for name in _SHOWN if name in event.parameters
    ]
    if variables := event.parameters.get("Custom-Application-Vars"):
        shown.append(f"variables {_value(variables)}")
    about = f" with {', '.join(shown)}" if shown else ""
    return _line(KAZOO, f"asks {event.method} {short_url(event.url)}{about}", event)


def short_url(url: str) -> str:
    """Shorten a URL: without its query, and without path segments that may hold a key."""
    address = re.split(r"[?#]", url, maxsplit=1)[0]
    scheme, _, rest = address.partition("://")
    host, *path = rest.split("/")
    host = host.rpartition("@")[2]
    hidden = ["…", *path[-2:]] if len(path) >= _LONG_PATH else path
    return "/".join([f"{scheme}://{host}", *hidden])


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={_value(item)}" for key, item in value.items()) or "none"
    return repr(value) if value == "" else str(value)


def _answer(event: ev.AnswerReceived) -> tuple[NarrationLine, ...]:
    kind = {"callflow": "a callflow", "twiml": "TwiML", "refused": "nothing that KAZOO can execute"}
    text = f"answers {event.status} with {kind[event.kind]} in {event.seconds * 1000:.0f} ms"
    return _line(FUNCTION, text, event, bad=event.kind == "refused")


def _no_answer(event: ev.RequestFailed) -> tuple[NarrationLine, ...]:
    return _line(FUNCTION, f"gives no answer: {event.text}", event, bad=True)


def _failed(event: ev.FunctionFailed) -> tuple[NarrationLine, ...]:
    """The error in the function's line, and the report below it."""
    first, *rest = event.report or (f"failed: {event.error}",)
    head = NarrationLine(FUNCTION, first, event.at, bad=True)
    return (head, *(NarrationLine("", line, event.at, bad=True) for line in rest))


def _printed(event: ev.Printed) -> tuple[NarrationLine, ...]:
    return _line(FUNCTION, f"{event.function} prints: {event.text}", event)


def _refused(event: ev.AnswerRefused) -> tuple[NarrationLine, ...]:
    first = NarrationLine(KAZOO, f"{event.verdict}: {event.meaning}", event.at, bad=True)
    return (
        first,
        *(NarrationLine("", f"  {problem}", event.at, bad=True) for problem in event.problems),
    )


def _fell_back(event: ev.FellBack) -> tuple[NarrationLine, ...]:
    after = "continues with the _ child" if event.found else "finds no _ child"
    return _line(KAZOO, after, event)


def _interrupted(keys: str) -> str:
    return f"  (interrupted by {keys})" if keys else ""


def _heard(event: ev.Heard) -> tuple[NarrationLine, ...]:
    return _line(CALLER, f"hears   “{event.text}”{_interrupted(event.interrupted_by)}", event)


def _played(event: ev.Played) -> tuple[NarrationLine, ...]:
    return _line(CALLER, f"hears   [{event.media}]{_interrupted(event.interrupted_by)}", event)


def _pressed(event: ev.Pressed) -> tuple[NarrationLine, ...]:
    taken = "" if event.taken == event.keys else f"  (collected: {event.taken or 'nothing'})"
    return _line(CALLER, f"presses {event.keys}{taken}", event)


def _bridged(event: ev.Bridged) -> tuple[NarrationLine, ...]:
    return _line(CALLER, f"talks to {event.target} for {event.seconds:.0f} s", event)


def _not_bridged(event: ev.NotBridged) -> tuple[NarrationLine, ...]:
    rung = " and ".join(event.targets)
    text = f"finds {rung} busy" if event.cause == "USER_BUSY" else f"gets no answer from {rung}"
    return _line(KAZOO, f"{text} ({event.cause})", event)


def _party(event: ev.PartyRung) -> tuple[NarrationLine, ...]:
    after = f"who does not answer ({event.cause})" if event.cause else "who answers"
    text = f"rings {event.target}, {after} after {event.until - event.at:.0f} s"
    return _line(KAZOO, text, event)


def _ringing(event: ev.Ringing) -> tuple[NarrationLine, ...]:
    rung = " and ".join(event.targets)
    return _line(KAZOO, f"rings {rung}, for up to {event.seconds:.0f} s", event)


def _voicemail(event: ev.Voicemail) -> tuple[NarrationLine, ...]:
    what = "leaves a message in" if event.action == "compose" else "listens to"
    return _line(CALLER, f"{what} voicemail box {event.mailbox}", event)


def _recorded(event: ev.Recorded) -> tuple[NarrationLine, ...]:
    return _line(CALLER, f"speaks for {event.seconds:.0f} s, recorded as {event.media}", event)


def _variables(event: ev.VariablesSet) -> tuple[NarrationLine, ...]:
    return _line(KAZOO, f"sets {_value(event.values)}", event)


def _responded(event: ev.Responded) -> tuple[NarrationLine, ...]:
    return _line(KAZOO, f"refuses the call: {event.code} {event.message}".rstrip(), event)


def _action(event: ev.ModuleRan) -> tuple[NarrationLine, ...]:
    how = "skips" if event.skipped else "runs"
    effect = f": {event.effect}" if event.effect else ""
    return _line(KAZOO, f"{how} {event.module}{effect}", event)


def _hung_up(event: ev.HungUp) -> tuple[NarrationLine, ...]:
    who = KAZOO if event.by == "kazoo" else CALLER
    why = "" if event.cause == "NORMAL_CLEARING" else f" ({event.cause})"
    return _line(who, f"hangs up{why}", event)


def _recording_sent(event: ev.RecordingSent) -> tuple[NarrationLine, ...]:
    got = event.status or "no answer"
    text = f"sends the recording with {event.method} to {short_url(event.url)} and gets {got}"
    return _line(KAZOO, text, event)


def _webhook(event: ev.WebhookFired) -> tuple[NarrationLine, ...]:
    if event.status == _OK:
        return ()
    text = f"fires {event.hook} and gets {event.status or 'no answer'}"
    text += "; the sixth failure in a minute disables it" if event.disabled else ""
    return _line(KAZOO, text, event, bad=True)


def _cdr(event: ev.CdrPosted) -> tuple[NarrationLine, ...]:
    text = f"posts the CDR of leg {event.leg} and gets {event.status or 'no answer'}"
    return _line(KAZOO, text, event, bad=event.status != _OK)


def _end(event: ev.End) -> tuple[NarrationLine, ...]:
    bad = event.verdict != "executes"
    end = NarrationLine("", f"{event.verdict}: {event.reason}", event.at, bad)
    if not event.unused:
        return (end,)
    return (NarrationLine(CALLER, f"was never asked for {', '.join(event.unused)}", event.at), end)


_OK = 200
_BEHIND_THE_SCENES = (
    ev.RequestSent,
    ev.AnswerReceived,
    ev.Printed,
    ev.RecordingSent,
    ev.WebhookFired,
    ev.CdrPosted,
)
_NARRATORS: Mapping[type[ev.CallEvent], Callable[[Any], tuple[NarrationLine, ...]]] = {
    ev.RequestSent: _request,
    ev.AnswerReceived: _answer,
    ev.RequestFailed: _no_answer,
    ev.FunctionFailed: _failed,
    ev.Printed: _printed,
    ev.AnswerRefused: _refused,
    ev.FellBack: _fell_back,
    ev.Answered: lambda event: _line(KAZOO, "picks up", event),
    ev.Heard: _heard,
    ev.Played: _played,
    ev.Pressed: _pressed,
    ev.Silent: lambda event: _line(CALLER, f"presses nothing for {event.seconds:.0f} s", event),
    ev.Waited: lambda event: _line(CALLER, f"hears   silence for {event.seconds:g} s", event),
    ev.PartyRung: _party,
    ev.Ringing: _ringing,
    ev.Bridged: _bridged,
    ev.NotBridged: _not_bridged,
    ev.Recorded: _recorded,
    ev.RecordingSent: _recording_sent,
    ev.Voicemail: _voicemail,
    ev.ConferenceJoined: lambda event: _line(CALLER, f"joins conference {event.name}", event),
    ev.VariablesSet: _variables,
    ev.Responded: _responded,
    ev.ModuleRan: _action,
    ev.HungUp: _hung_up,
    ev.WebhookFired: _webhook,
    ev.CdrPosted: _cdr,
    ev.End: _end,
}
