"""Executes TwiML as KAZOO's translator does, verb by verb.

Follows `kzt_twiml.erl`, `kzt_twiml_dial.erl`, `kzt_twiml_say.erl`, `kzt_twiml_util.erl` and
`kzt_receiver.erl`. The document is taken as it is: every fault shows when its verb is reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from pivotctl.reader.modules import KEYS
from pivotctl.reader.problems import Mode, Problem
from pivotctl.reader.rules import any_of
from pivotctl.reader.xml import Element
from pivotctl.switch.attributes import (
    MOST_SECONDS,
    VOICES,
    VerbCrash,
    VerbError,
    fault,
    one_of,
    positive,
    seconds_of,
    whole_number,
)
from pivotctl.switch.dial import dial
from pivotctl.switch.ended import NEXT, STOP, Ended, Result
from pivotctl.switch.events import Event, Heard, Recorded, Responded, Silent
from pivotctl.switch.http import resolve_uri
from pivotctl.switch.scenario import RECORD_SECONDS, Recording
from pivotctl.switch.stage import MOST_REPEATS, Play, Stage
from pivotctl.switch.streams import STREAMS

_LANGUAGES = ("en", "en-gb", "es", "fr", "de", "it")
_REASONS = {"rejected": (503, "no-answer"), "busy": (486, "busy")}
_METHODS = ("get", "post")
_MOST_SPEECH_BYTES = 4000


type Store = Callable[[str, str], Iterable[Event]]
type Verb = Callable[[TwimlPlayer, Element, str], Play[Ended]]


class TwimlPlayer:
    """Plays documents on a stage; `url` is the one that was asked last.

    `store` sends a recording to a URL.
    """

    def __init__(self, stage: Stage, url: str, store: Store = lambda _url, _media: ()) -> None:
        self.stage = stage
        self.url = url
        self.store = store
        self.mode = stage.scenario.mode
        self.verbs = _KAZOO_5_VERBS if self.mode is Mode.K5 else _VERBS

    def run(self, response: Element) -> Play[Ended]:
        """Play a document to its end, or to the verb that asks the server again."""
        if not response.children:
            return Ended(Result.CRASH, problem=_empty_response(response, self.mode))
        try:
            for path, element in _numbered(response):
                ended = yield from self.verb(element, path)
                if ended.result is not Result.NEXT:
                    return ended
        except VerbCrash as crash:
            return Ended(Result.CRASH, problem=crash.problem)
        except VerbError as error:
            return Ended(Result.ERROR, problem=error.problem)
        return NEXT

    def verb(self, element: Element, path: str) -> Play[Ended]:
        """Play one verb. Raises `VerbError`."""
        verb = self.verbs.get(element.name)
        if verb is None:
            raise self.unknown(element, path)
        if element.name in _EMPTY and element.children:
            rule = "must be really empty, without even a blank or a comment"
            raise fault(element, path, rule, f"Write <{element.name}/>.")
        return (yield from verb(self, element, path))

    def unknown(self, element: Element, path: str) -> VerbError:
        """The error of a verb that this KAZOO does not have."""
        name = element.name
        if name in STREAMS:
            rule = "is a verb of KAZOO 5 only; KAZOO master has no such verb"
            return fault(element, path, rule, "Leave it out, or judge the answer with --mode k5.")
        near = [verb for verb in self.verbs if verb.lower() == name.lower()]
        rule = f"<{name}>: KAZOO has no such verb"
        known = f"Use {any_of(sorted(self.verbs))}; --twilio says what to write for Twilio's."
        return VerbError(
            Problem(path, rule, f"Write <{near[0]}>." if near else known, element.line)
        )

    def request(self, element: Element, path: str, relative: str | None) -> Ended:
        """The follow-up request that a verb causes; its URL becomes the current one."""
        given = element.attributes.get("method", "post")
        method = given.lower()
        if method not in _METHODS:
            fix = "Use GET or POST, or leave method out."
            raise fault(element, path, f"method {given!r} is unknown to KAZOO", fix)
        self.url = resolve_uri(self.url, relative)
        return Ended(Result.REQUEST, method, self.url)


def _numbered(parent: Element) -> list[tuple[str, Element]]:
    """The child elements with their paths, such as `Response/Say[2]`."""
    counts: dict[str, int] = {}
    numbered = []
    for element in parent.elements:
        counts[element.name] = counts.get(element.name, 0) + 1
        numbered.append((f"{parent.name}/{element.name}[{counts[element.name]}]", element))
    return numbered


def _empty_response(response: Element, mode: Mode) -> Problem:
    crash = "KAZOO crashes on a Response that holds nothing"
    unsure = (
        "KAZOO master crashes on a Response that holds nothing; what KAZOO 5 does is not public"
    )
    return Problem(
        "Response",
        unsure if mode is Mode.K5 else crash,
        "Send <Response><Hangup/></Response>.",
        response.line,
    )


def _loops(element: Element, path: str) -> int | None:
    """How often to play: None for ever."""
    value = whole_number(element.attributes, "loop")
    if value is not None and value < 0:
        rule = f"loop is {value}, KAZOO wants 0 or more"
        raise fault(element, path, rule, "Use 1 or more, or 0 for ever.")
    return 1 if value is None else value or None


def _say(player: TwimlPlayer, element: Element, path: str) -> Play[Ended]:
    yield from player.stage.answer()
    one_of(element, path, "voice", VOICES)
    one_of(element, path, "language", _LANGUAGES)
    loops = _loops(element, path)
    if not element.text:
        raise fault(element, path, "has no text of its own", "Write text, not CDATA or elements.")
    spoken = element.text.encode()[:_MOST_SPEECH_BYTES].decode("utf-8", "ignore")
    keys = element.attributes.get("terminators", KEYS)
    return (yield from _repeat(player, loops, lambda: player.stage.hear(spoken, keys)))


def _play(player: TwimlPlayer, element: Element, path: str) -> Play[Ended]:
    yield from player.stage.answer()
    loops = _loops(element, path)
    if not element.text:
        raise fault(element, path, "names no media", "Give a URL or a media id.")
    keys = element.attributes.get("terminators", KEYS)
    return (yield from _repeat(player, loops, lambda: player.stage.play(element.text, keys)))


def _repeat(player: TwimlPlayer, loops: int | None, play: Callable[[], Play[str]]) -> Play[Ended]:
    """Play a prompt; keys pressed during it are added to the collected digits.

    Nobody listens for ever: one that is repeated more than `MOST_REPEATS` times is endless, too.
    """
    loops = None if loops is not None and loops > MOST_REPEATS else loops
    for _ in range(1 if loops is None else loops):
        player.stage.command("queue")
        keys = yield from play()
        if keys:
            player.stage.call.add_digit(keys)
    if loops is None:
        yield from player.stage.hang_up("caller")
        return STOP
    return NEXT


def _pause(player: TwimlPlayer, element: Element, path: str) -> Play[Ended]:
    yield from player.stage.answer()
    yield from player.stage.wait(seconds_of(element, path, "length", 1))
    return NEXT


def _hangup(player: TwimlPlayer, element: Element, path: str) -> Play[Ended]:
    if element.attributes:
        raise fault(element, path, "takes no attributes", "Write <Hangup/>.")
    yield from player.stage.answer()
    player.stage.command("hangup")
    player.stage.call.call_status = "completed"
    return STOP


def _reject(player: TwimlPlayer, element: Element, path: str) -> Play[Ended]:
    one_of(element, path, "reason", tuple(_REASONS))
    reason = element.attributes.get("reason", "rejected")
    code, player.stage.call.call_status = _REASONS[reason]
    player.stage.command("queue")
    if prompt := element.attributes.get("prompt"):
        yield from player.stage.play(prompt)
    yield Responded(at=player.stage.now, code=code, message=reason)
    return STOP


def _redirect(player: TwimlPlayer, element: Element, path: str) -> Play[Ended]:
    yield from player.stage.answer()
    if any(child.name == "Variable" for child in element.elements):
        yield from player.stage.answer()
        fix = 'Write <Set><Variable key="..." value="..."/></Set> before it.'
        raise fault(element, path, "cannot set variables", fix)
    return player.request(element, path, element.text)


def _set(player: TwimlPlayer, element: Element, path: str) -> Play[Ended]:
    variables = [child for child in element.elements if child.name == "Variable"]
    if not variables:
        rule = "without a Variable crashes KAZOO"
        fix = 'Write <Set><Variable key="..." value="..."/></Set>.'
        raise VerbCrash(fault(element, path, rule, fix).problem)
    yield from player.stage.answer()
    attributes = variables[0].attributes
    if len(variables) > 1:
        fix = "Write one <Set> for each Variable."
        raise fault(element, path, "holds more than one Variable", fix)
    player.stage.call.set_user_var(attributes.get("key", ""), attributes.get("value", ""))
    return NEXT


@dataclass(frozen=True, slots=True)
class _Collecting:
    """What a Gather waits for: at most `most` keys, until a key of `finish`, for `timeout` s."""

    timeout: int
    finish: str
    most: int | None


def _gather(player: TwimlPlayer, element: Element, path: str) -> Play[Ended]:
    stage, call = player.stage, player.stage.call
    if element.children:
        call.digits = ""
    yield from stage.answer()
    try:
        wanted = _collecting(element, path)
    except VerbError:
        _overtaken(player, element)
        raise
    if element.children:
        yield from _prompts(player, element)
    if stage.hung_up:
        return STOP
    if wanted.most is None or len(call.digits or "") != wanted.most:
        yield from _collect(player, element, path, wanted)
    if call.digits == "":
        return NEXT
    return player.request(element, path, element.attributes.get("action"))


def _collecting(element: Element, path: str) -> _Collecting:
    timeout = seconds_of(element, path, "timeout", 5)
    finish = _finish_key(element, path)
    most = whole_number(element.attributes, "numDigits")
    if most is not None and most <= 0:
        rule = f"numDigits is {most}, KAZOO wants 1 or more"
        raise fault(element, path, rule, "Use at least 1, or leave numDigits out.")
    return _Collecting(timeout, finish, most)


def _collect(player: TwimlPlayer, element: Element, path: str, wanted: _Collecting) -> Play[None]:
    call = player.stage.call
    keys = yield from player.stage.keys(wanted.most, wanted.finish, wanted.timeout)
    player.stage.caller.ahead = ""
    if keys and call.digits is None:
        fix = "Put a prompt, or at least a blank, inside."
        raise fault(element, path, "without content fails at the first key", fix)
    if keys:
        call.add_digit(keys)


def _overtaken(player: TwimlPlayer, gather: Element) -> None:
    """A Gather that fails has started its prompts already; the hang-up overtakes the first Say.

    The caller hears none of it, but the media switch gets the commands.
    """
    stage, now, keys = player.stage, player.stage.now, replace(player.stage.caller)
    prompts = _prompts(player, gather)
    if any(isinstance(event, Heard) for event in prompts):
        prompts.close()
        stage.commands[-1:] = ["hangup", "queue"]
        stage.overtaken = True
    stage.now, stage.caller = now, keys


def _finish_key(element: Element, path: str) -> str:
    key = element.attributes.get("finishOnKey", "#")
    if key and key not in KEYS:
        fix = "Use one of 0 to 9, * and #, or an empty one for none."
        raise fault(element, path, f"finishOnKey {key!r} is no single key", fix)
    return key


def _prompts(player: TwimlPlayer, gather: Element) -> Play[None]:
    """Play what stands inside a Gather, beside it: what it stores is lost, what fails ends it."""
    call, url = player.stage.call, player.url
    player.stage.call = replace(call)
    try:
        for path, element in _numbered(gather):
            ended = yield from player.verb(element, path)
            if ended.result is not Result.NEXT:
                break
    except VerbError:
        return
    finally:
        player.stage.call, player.url = call, url


def _record(player: TwimlPlayer, element: Element, path: str) -> Play[Ended]:
    stage = player.stage
    silence = seconds_of(element, path, "timeout", 5)
    longest = positive(element, path, "maxLength", MOST_SECONDS)
    if longest > MOST_SECONDS:
        fix = f"Use at most {MOST_SECONDS} seconds."
        raise fault(element, path, f"maxLength is {longest}, which is too long", fix)
    if element.attributes.get("playBeep", "true") == "true":
        stage.command("tones")
    stage.command("record")
    if stage.scenario.recording is Recording.SILENCE:
        yield Silent(at=stage.now, seconds=silence)
        stage.now += silence
        return NEXT
    if "recordingUrl" in element.attributes:
        fix = "Leave it out: the recording is put under the action URL."
        raise fault(element, path, "fails at recordingUrl", fix)
    return (yield from _store(player, element, path, min(RECORD_SECONDS, longest)))


def _store(player: TwimlPlayer, element: Element, path: str, seconds: int) -> Play[Ended]:
    """A recording has ended: it is put under the action URL, and the server is asked."""
    stage, call = player.stage, player.stage.call
    stage.now += seconds
    call.digit_pressed = _last_key(element, stage.scenario.recording)
    call.recording_duration = seconds
    ended = player.request(element, path, element.attributes.get("action"))
    stage.command("store")
    media = f"call_recording_{call.call_id}.mp3"
    call.recording_url = f"{ended.url}/{media}"
    yield Recorded(at=stage.now, media=media, seconds=seconds, url=call.recording_url)
    yield from player.store(call.recording_url, media)
    if stage.scenario.recording is Recording.HANGUP:
        yield from stage.hang_up("caller")
    return ended


def _last_key(element: Element, recording: Recording) -> str:
    """The key that ends a recording; whoever hangs up instead presses `hangup`."""
    if recording is Recording.HANGUP:
        return "hangup"
    finish = [key for key in element.attributes.get("finishOnKey", "") if key in KEYS]
    return "#" if "#" in finish or not finish else finish[0]


_EMPTY = frozenset({"Hangup", "Pause", "Record", "Reject"})
_VERBS: Mapping[str, Verb] = {
    "Dial": dial,
    "Gather": _gather,
    "Hangup": _hangup,
    "Pause": _pause,
    "Play": _play,
    "Record": _record,
    "Redirect": _redirect,
    "Reject": _reject,
    "Say": _say,
    "Set": _set,
}
_KAZOO_5_VERBS: Mapping[str, Verb] = {**_VERBS, **STREAMS}
