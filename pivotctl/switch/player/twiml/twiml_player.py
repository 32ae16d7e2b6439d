"""Executes TwiML as KAZOO's translator does, verb by verb.

Follows `kzt_twiml.erl`, `kzt_twiml_dial.erl`, `kzt_twiml_say.erl`, `kzt_twiml_util.erl` and
`kzt_receiver.erl`. Nothing is checked in advance: an error shows when its verb is reached.
"""

from __future__ import annotations

from pivotctl.problems import Mode, Problem
from pivotctl.reader.rules import any_of
from pivotctl.switch.http.exchange import resolve_uri
from pivotctl.switch.player.channel import Channel, Playback
from pivotctl.switch.player.twiml.attributes import (
    VerbCrash,
    VerbError,
    fault,
    method_of,
)
from pivotctl.switch.player.twiml.ending import NEXT, Ending, EndingKind
from pivotctl.switch.player.twiml.stream_verbs import STREAMS
from pivotctl.switch.player.twiml.verb import RecordingStore, numbered
from pivotctl.switch.player.twiml.verbs import VERBS
from pivotctl.xml_document import Element

_EMPTY = frozenset({"Hangup", "Pause", "Record", "Reject"})


class TwimlPlayer:
    """Plays documents on a channel; `url` is that of the latest request.

    `store` sends a recording to a URL.
    """

    def __init__(
        self, channel: Channel, url: str, store: RecordingStore = lambda _url, _media: ()
    ) -> None:
        self.channel = channel
        self.url = url
        self.store = store
        self.mode = channel.scenario.mode
        self.verbs = {**VERBS, **STREAMS} if self.mode is Mode.K5 else VERBS

    def run(self, response: Element) -> Playback[Ending]:
        """Play a document to its end, or to the verb that asks the server again."""
        if not response.children:
            return Ending(EndingKind.CRASH, problem=_empty_response(response, self.mode))
        yield from self.channel.places.begin_twiml(self.channel.now)
        try:
            for path, element in numbered(response):
                ended = yield from self.verb(element, path)
                if ended.result is not EndingKind.NEXT:
                    return ended
        except VerbCrash as crash:
            return Ending(EndingKind.CRASH, problem=crash.problem)
        except VerbError as error:
            return Ending(EndingKind.ERROR, problem=error.problem)
        return NEXT

    def verb(self, element: Element, path: str) -> Playback[Ending]:
        """Play one verb. Raises `VerbError`."""
        yield from self.channel.places.verb(element.name, path, self.channel.now)
        verb = self.verbs.get(element.name)
        if verb is None:
            raise self.unknown(element, path)
        if element.name in _EMPTY and element.children:
            rule = "must be empty, without even a space or a comment"
            raise fault(element, path, rule, f"Write <{element.name}/>.")
        return (yield from verb(self, element, path))

    def unknown(self, element: Element, path: str) -> VerbError:
        """Return the error of a verb that this KAZOO does not have."""
        name = element.name
        if name in STREAMS:
            rule = "is a verb of KAZOO 5 only; KAZOO master does not have it"
            return fault(element, path, rule, "Remove it, or check the answer with --mode k5.")
        near = [verb for verb in self.verbs if verb.lower() == name.lower()]
        rule = f"<{name}> is not a verb of KAZOO"
        known = f"Use {any_of(sorted(self.verbs))}; --twilio says what to write for Twilio's."
        return VerbError(
            Problem(path, rule, f"Write <{near[0]}>." if near else known, element.line)
        )

    def request(self, element: Element, path: str, relative: str | None) -> Ending:
        """Return the follow-up request of a verb; its URL becomes the current one."""
        method = method_of(element, path)
        self.url = resolve_uri(self.url, relative)
        return Ending(EndingKind.REQUEST, method, self.url)


def _empty_response(response: Element, mode: Mode) -> Problem:
    crash = "KAZOO crashes on an empty Response"
    unsure = "KAZOO master crashes on an empty Response; the behavior of KAZOO 5 is not public"
    return Problem(
        "Response",
        unsure if mode is Mode.K5 else crash,
        "Send <Response><Hangup/></Response>.",
        response.line,
    )
