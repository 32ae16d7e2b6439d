"""Executes TwiML as KAZOO's translator does, verb by verb.

Follows `kzt_twiml.erl`, `kzt_twiml_dial.erl`, `kzt_twiml_say.erl`, `kzt_twiml_util.erl` and
`kzt_receiver.erl`. The document is taken as it is: every fault shows when its verb is reached.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from pivotctl.reader.modules import KEYS
from pivotctl.reader.problems import Problem
from pivotctl.reader.xml import Element, Text
from pivotctl.switch.events import Conference, Recorded, Responded, Silent
from pivotctl.switch.http import resolve_uri
from pivotctl.switch.scenario import RECORD_SECONDS, Recording, Rung
from pivotctl.switch.stage import CAUSES, Play, Stage

_VOICES = ("man", "male", "woman", "female")
_LANGUAGES = ("en", "en-gb", "es", "fr", "de", "it")
_REASONS = {"rejected": (503, "no-answer"), "busy": (486, "busy")}
_STRATEGIES = ("simultaneous", "single")
_METHODS = ("get", "post")
_MOST_SECONDS = 3600
_MOST_SPEECH_BYTES = 4000
_PARTICIPANTS = range(3, 41)
_ID_LENGTH = 32
_RING_NUMBER_SECONDS = 30
_RING_ENDPOINT_SECONDS = 20
_FEWEST_NATIONAL_DIGITS = 10


class Result(StrEnum):
    """How a verb, or the document, ended."""

    NEXT = "next"
    REQUEST = "request"
    STOP = "stop"
    ERROR = "error"
    CRASH = "crash"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a document ended: a request has `method` and `url`, an error or crash a problem."""

    result: Result
    method: str = "post"
    url: str = ""
    problem: Problem | None = None


_NEXT = Ended(Result.NEXT)
_STOP = Ended(Result.STOP)


class VerbError(Exception):
    """The verb fails: KAZOO skips the rest and hangs up."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class VerbCrash(VerbError):
    """KAZOO's worker dies: the call is left without a controller."""


type Verb = Callable[[TwimlPlayer, Element, str], Play[Ended]]


class TwimlPlayer:
    """Plays documents on a stage; `url` is the one that was asked last."""

    def __init__(self, stage: Stage, url: str) -> None:
        self.stage = stage
        self.url = url

    def run(self, response: Element) -> Play[Ended]:
        """Play a document to its end, or to the verb that asks the server again."""
        if not response.children:
            return Ended(Result.CRASH, problem=_empty_response(response))
        try:
            for path, element in _numbered(response):
                ended = yield from self.verb(element, path)
                if ended.result is not Result.NEXT:
                    return ended
        except VerbCrash as crash:
            return Ended(Result.CRASH, problem=crash.problem)
        except VerbError as error:
            return Ended(Result.ERROR, problem=error.problem)
        return _NEXT

    def verb(self, element: Element, path: str) -> Play[Ended]:
        """Play one verb. Raises `VerbError`."""
        verb = _VERBS.get(element.name)
        if verb is None:
            raise _fault(element, path, "KAZOO has no such verb", _instead(element.name))
        if element.name in _EMPTY and element.children:
            raise _fault(element, path, "must be empty, without even a blank", "Write it as <x/>.")
        return (yield from verb(self, element, path))

    def request(self, element: Element, path: str, relative: str | None) -> Ended:
        """The follow-up request that a verb causes; its URL becomes the current one."""
        method = element.attributes.get("method", "post").lower()
        if method not in _METHODS:
            raise _fault(element, path, f"method {method!r} is unknown", "Use GET or POST.")
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


def _fault(element: Element, path: str, rule: str, fix: str) -> VerbError:
    return VerbError(Problem(path, f"<{element.name}> {rule}", fix, element.line))


def _empty_response(response: Element) -> Problem:
    return Problem(
        "Response",
        "KAZOO crashes on a Response that holds nothing",
        "Send <Response><Hangup/></Response>.",
        response.line,
    )


def _instead(name: str) -> str:
    near = [verb for verb in _VERBS if verb.lower() == name.lower()]
    return f"Write {near[0]}." if near else f"KAZOO knows {', '.join(sorted(_VERBS))}."


def whole_number(attributes: Mapping[str, str], name: str) -> int | None:
    """An attribute as KAZOO reads a number: rounded; None when it is missing or none at all."""
    text = attributes.get(name, "")
    if re.fullmatch(r"[+-]?[0-9]+", text):
        return int(text)
    if re.fullmatch(r"[+-]?[0-9]+\.[0-9]+([eE][+-]?[0-9]+)?", text):
        value = float(text)
        return int(abs(value) + 0.5) * (-1 if value < 0 else 1)
    return None


def _positive(element: Element, path: str, name: str, default: int) -> int:
    value = whole_number(element.attributes, name)
    if value is None:
        return default
    if value <= 0:
        raise _fault(element, path, f"{name} is {value}", f"Use a {name} of at least 1.")
    return value


def _seconds(element: Element, path: str, name: str, default: int) -> int:
    return min(_positive(element, path, name, default), _MOST_SECONDS)


def _choice(element: Element, path: str, name: str, allowed: tuple[str, ...]) -> None:
    value = element.attributes.get(name)
    if value is not None and value not in allowed:
        fix = f"Use {', '.join(allowed)}, or leave {name} out."
        raise _fault(element, path, f"{name} {value!r} is unknown to KAZOO", fix)


def _loops(element: Element, path: str) -> int | None:
    """How often to play: None for ever."""
    value = whole_number(element.attributes, "loop")
    if value is not None and value < 0:
        raise _fault(element, path, f"loop is {value}", "Use 1 or more, or 0 for ever.")
    return 1 if value is None else value or None


def _say(player: TwimlPlayer, element: Element, path: str) -> Play[Ended]:
    yield from player.stage.answer()
    _choice(element, path, "voice", _VOICES)
    _choice(element, path, "language", _LANGUAGES)
    loops = _loops(element, path)
    if not element.text:
        raise _fault(element, path, "has no text of its own", "Write text, not CDATA or elements.")
    spoken = element.text.encode()[:_MOST_SPEECH_BYTES].decode("utf-8", "ignore")
    return (yield from _repeat(player, loops, lambda: player.stage.hear(spoken)))


def _play(player: TwimlPlayer, element: Element, path: str) -> Play[Ended]:
    yield from player.stage.answer()
    loops = _loops(element, path)
    if not element.text:
        raise _fault(element, path, "names no media", "Give a URL or a media id.")
    return (yield from _repeat(player, loops, lambda: player.stage.play(element.text)))


def _repeat(player: TwimlPlayer, loops: int | None, play: Callable[[], Play[str]]) -> Play[Ended]:
    """Play a prompt; keys pressed during it are added to the collected digits."""
    for _ in range(1 if loops is None else loops):
        player.stage.command("queue")
        keys = yield from play()
        if keys:
            player.stage.call.add_digit(keys)
    if loops is None:
        yield from player.stage.hang_up("caller")
        return _STOP
    return _NEXT


def _pause(player: TwimlPlayer, element: Element, path: str) -> Play[Ended]:
    yield from player.stage.answer()
    yield from player.stage.wait(_seconds(element, path, "length", 1))
    return _NEXT


def _hangup(player: TwimlPlayer, element: Element, path: str) -> Play[Ended]:
    if element.attributes:
        raise _fault(element, path, "takes no attributes", "Write <Hangup/>.")
    yield from player.stage.answer()
    player.stage.command("hangup")
    player.stage.call.call_status = "completed"
    return _STOP


def _reject(player: TwimlPlayer, element: Element, path: str) -> Play[Ended]:
    _choice(element, path, "reason", tuple(_REASONS))
    reason = element.attributes.get("reason", "rejected")
    code, player.stage.call.call_status = _REASONS[reason]
    player.stage.command("queue")
    if prompt := element.attributes.get("prompt"):
        yield from player.stage.play(prompt)
    yield Responded(at=player.stage.now, code=code, message=reason)
    return _STOP


def _redirect(player: TwimlPlayer, element: Element, path: str) -> Play[Ended]:
    yield from player.stage.answer()
    if any(child.name == "Variable" for child in element.elements):
        yield from player.stage.answer()
        fix = "Write <Set><Variable .../></Set> before it."
        raise _fault(element, path, "cannot set variables", fix)
    return player.request(element, path, element.text)


def _set(player: TwimlPlayer, element: Element, path: str) -> Play[Ended]:
    variables = [child for child in element.elements if child.name == "Variable"]
    if not variables:
        rule, fix = "without a Variable crashes KAZOO", "Give it exactly one Variable."
        raise VerbCrash(_fault(element, path, rule, fix).problem)
    yield from player.stage.answer()
    attributes = variables[0].attributes
    if len(variables) > 1:
        fix = "Write one <Set> for each Variable."
        raise _fault(element, path, "holds more than one Variable", fix)
    player.stage.call.set_user_var(attributes.get("key", ""), attributes.get("value", ""))
    return _NEXT


def _gather(player: TwimlPlayer, element: Element, path: str) -> Play[Ended]:
    stage, call = player.stage, player.stage.call
    if element.children:
        call.digits = ""
    yield from stage.answer()
    timeout = _seconds(element, path, "timeout", 5)
    finish = _finish_key(element, path)
    most = whole_number(element.attributes, "numDigits")
    if most is not None and most <= 0:
        raise _fault(element, path, f"numDigits is {most}", "Use at least 1.")
    if element.children:
        yield from _prompts(player, element)
    if stage.hung_up:
        return _STOP
    if most is None or len(call.digits or "") != most:
        keys = yield from stage.keys(most, finish, timeout)
        stage.caller.ahead = ""
        if keys and call.digits is None:
            fix = "Put a prompt, or at least a blank, inside."
            raise _fault(element, path, "without content fails at the first key", fix)
        if keys:
            call.add_digit(keys)
    return (
        _NEXT
        if call.digits == ""
        else player.request(element, path, element.attributes.get("action"))
    )


def _finish_key(element: Element, path: str) -> str:
    key = element.attributes.get("finishOnKey", "#")
    if key and key not in KEYS:
        raise _fault(element, path, f"finishOnKey {key!r} is no single key", "Use one key.")
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
    silence = _seconds(element, path, "timeout", 5)
    longest = _positive(element, path, "maxLength", _MOST_SECONDS)
    if longest > _MOST_SECONDS:
        fix = f"Use at most {_MOST_SECONDS} seconds."
        raise _fault(element, path, f"maxLength is {longest}", fix)
    if element.attributes.get("playBeep", "true") == "true":
        stage.command("tones")
    stage.command("record")
    if stage.scenario.recording is Recording.SILENCE:
        yield Silent(at=stage.now, seconds=silence)
        stage.now += silence
        return _NEXT
    if "recordingUrl" in element.attributes:
        fix = "Leave it out: the recording is put under the action URL."
        raise _fault(element, path, "fails at recordingUrl", fix)
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
    if stage.scenario.recording is Recording.HANGUP:
        yield from stage.hang_up("caller")
    return ended


def _last_key(element: Element, recording: Recording) -> str:
    """The key that ends a recording; whoever hangs up instead presses `hangup`."""
    if recording is Recording.HANGUP:
        return "hangup"
    finish = [key for key in element.attributes.get("finishOnKey", "") if key in KEYS]
    return "#" if "#" in finish or not finish else finish[0]


def _dial(player: TwimlPlayer, element: Element, path: str) -> Play[Ended]:
    first = element.children[0] if element.children else None
    if isinstance(first, Text):
        yield from player.stage.answer()
        if number := _dialled(element.text):
            return (yield from _dial_number(player, element, path, number))
        return (yield from _dial_nouns(player, element, path, element.elements))
    if isinstance(first, Element):
        alone = len(element.children) == 1
        nouns = element.elements
        return (yield from _dial_nouns(player, element, path, nouns, alone=alone))
    raise _fault(element, path, "dials nothing", "Give a number or a noun.")


def _dialled(text: str) -> str:
    """The number KAZOO makes of a text: digits and plus signs, normalised as in North America."""
    digits = "".join(character for character in text if character in "0123456789+")
    if digits.startswith("+") or not digits:
        return digits
    if len(digits) == _FEWEST_NATIONAL_DIGITS:
        return f"+1{digits}"
    return (
        f"+{digits}" if len(digits) == _FEWEST_NATIONAL_DIGITS + 1 and digits[0] == "1" else digits
    )


def _dial_nouns(
    player: TwimlPlayer, element: Element, path: str, nouns: list[Element], *, alone: bool = True
) -> Play[Ended]:
    if not nouns:
        raise _fault(element, path, "dials nothing", "Give a number or a noun.")
    noun = nouns[0] if len(nouns) == 1 and alone else None
    match noun.name if noun else None:
        case "Number":
            number = _dialled(nouns[0].text)
            if not number:
                return _NEXT
            return (yield from _dial_number(player, element, path, number))
        case "Conference":
            return (yield from _dial_conference(player, element, path, nouns[0]))
        case "Queue":
            _set_up(player, element, path)
            player.stage.call.queue_id = nouns[0].text
            return _STOP
        case _:
            return (yield from _dial_endpoints(player, element, path, nouns))


def _set_up(player: TwimlPlayer, element: Element, path: str) -> int:
    """What every Dial does first; returns how long to ring, in seconds."""
    timeout = _seconds(element, path, "timeout", _RING_NUMBER_SECONDS)
    player.stage.call.caller_number = element.attributes.get(
        "callerId", player.stage.call.caller_number
    )
    player.stage.command("set")
    return timeout


def _dial_number(player: TwimlPlayer, element: Element, path: str, number: str) -> Play[Ended]:
    call = player.stage.call
    timeout = _set_up(player, element, path)
    recorded = element.attributes.get("record") == "true"
    if element.attributes.get("hangupOn") in KEYS and not recorded:
        raise _fault(element, path, 'needs record="true" with hangupOn', "Leave hangupOn out.")
    call.request_user, call.request_realm = number, call.from_realm
    outcome = yield from player.stage.ring((number,), timeout)
    call.digits = ""
    call.dial_call_id = player.stage.other_call_id
    if outcome is not Rung.ANSWERED:
        call.dial_call_status = "ringing"
        call.call_status = "busy" if outcome is Rung.BUSY else "no-answer"
        return _dial_ended(player, element, path)
    if recorded:
        player.stage.command("record_call")
    yield from _bridge_ended(player, element)
    return _dial_ended(player, element, path)


def _bridge_ended(player: TwimlPlayer, element: Element) -> Play[None]:
    """A bridge has ended, and with it the caller's leg; a time limit of 0 ends it unreported."""
    limit = whole_number(element.attributes, "timeLimit")
    unreported = limit is not None and limit <= 0
    call = player.stage.call
    call.call_status = "completed"
    call.dial_call_status = "in-progress" if unreported else "completed"
    player.stage.command("hangup", *([] if unreported else ["hangup"]))
    yield from player.stage.hang_up("kazoo")


def _dial_ended(player: TwimlPlayer, element: Element, path: str) -> Ended:
    action = element.attributes.get("action")
    return _NEXT if action is None else player.request(element, path, action)


def _dial_endpoints(
    player: TwimlPlayer, element: Element, path: str, nouns: list[Element]
) -> Play[Ended]:
    timeout = _set_up(player, element, path)
    targets = tuple(target for noun in nouns if (target := _endpoint(element, path, noun)))
    if not targets:
        return _STOP
    _choice(element, path, "strategy", _STRATEGIES)
    player.stage.command("bridge")
    call = player.stage.call
    own_timer = whole_number(element.attributes, "timeout") is not None
    outcome = yield from player.stage.ring(
        targets, timeout if own_timer else _RING_ENDPOINT_SECONDS
    )
    call.digits = ""
    call.dial_call_id = player.stage.other_call_id
    if outcome is Rung.ANSWERED:
        yield from _bridge_ended(player, element)
    else:
        yield from _nobody_came(player, outcome, own_timer=own_timer)
    return _dial_ended(player, element, path)


def _nobody_came(player: TwimlPlayer, outcome: Rung, *, own_timer: bool) -> Play[None]:
    """A bridge that fails hangs the caller up; only the Dial's own timer is quicker than that.

    Without a timeout attribute the bridge gives up after 20 s, ten before the timer.
    """
    call = player.stage.call
    call.call_status = "busy" if outcome is Rung.BUSY else "no-answer"
    if outcome is Rung.NO_ANSWER and own_timer:
        call.dial_call_status = "ringing"
        return
    call.dial_call_status = "no-answer"
    player.stage.command("hangup", "hangup")
    yield from player.stage.hang_up("kazoo", CAUSES[outcome][0])


def _endpoint(dial: Element, path: str, noun: Element) -> str | None:
    """Whom a noun rings; None for one that KAZOO skips. Raises for those it crashes on."""
    match noun.name:
        case "User" | "Device":
            return f"{noun.name.lower()} {noun.text}" if len(noun.text) == _ID_LENGTH else None
        case "Number":
            fix = "Give each number a <Dial> of its own, or ring users and devices."
            raise _fault(dial, path, "cannot ring a number among other nouns", fix)
        case "Sip" if re.match(r"<?(sips?:)?[^\s:]", noun.text):
            fix = "Ring a <Device> whose SIP settings hold the address."
            raise _fault(dial, path, "fails on a SIP address", fix)
        case _:
            return None


def _dial_conference(
    player: TwimlPlayer, element: Element, path: str, noun: Element
) -> Play[Ended]:
    yield from player.stage.answer()
    most = whole_number(noun.attributes, "maxParticipants")
    if most is not None and most not in _PARTICIPANTS:
        raise _fault(noun, path, f"maxParticipants is {most}", "Use 3 to 40.")
    _set_up(player, element, path)
    player.stage.command("park")
    player.stage.call.call_status = "in-progress"
    name = hashlib.md5(noun.text.encode(), usedforsecurity=False).hexdigest()
    yield Conference(at=player.stage.now, name=noun.text or name)
    return _STOP


_EMPTY = frozenset({"Hangup", "Pause", "Record", "Reject"})
_VERBS: Mapping[str, Verb] = {
    "Dial": _dial,
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

__all__ = ["CAUSES", "Ended", "Result", "TwimlPlayer", "VerbError"]
