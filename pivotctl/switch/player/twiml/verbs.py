"""The TwiML verbs of every KAZOO: `kzt_twiml.erl`, `kzt_twiml_say.erl` and `kzt_receiver.erl`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pivotctl.reader.modules import KEYS
from pivotctl.switch.events import Heard, Recorded, Responded, Silent
from pivotctl.switch.player.channel import MOST_REPEATS, Play
from pivotctl.switch.player.twiml.attributes import (
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
from pivotctl.switch.player.twiml.dial import dial
from pivotctl.switch.player.twiml.ending import NEXT, STOP, Ended, Result
from pivotctl.switch.player.twiml.verb import Verb, VerbPlayer, numbered
from pivotctl.switch.scenario import RECORD_SECONDS, Recording
from pivotctl.xml_document import Element

_LANGUAGES = ("en", "en-gb", "es", "fr", "de", "it")
_REASONS = {"rejected": (503, "no-answer"), "busy": (486, "busy")}
_MOST_SPEECH_BYTES = 4000


def _loops(element: Element, path: str) -> int | None:
    """How often to play: None for ever."""
    value = whole_number(element.attributes, "loop")
    if value is not None and value < 0:
        rule = f"loop is {value}, KAZOO wants 0 or more"
        raise fault(element, path, rule, "Use 1 or more, or 0 for ever.")
    return 1 if value is None else value or None


def _say(player: VerbPlayer, element: Element, path: str) -> Play[Ended]:
    yield from player.stage.answer()
    one_of(element, path, "voice", VOICES)
    one_of(element, path, "language", _LANGUAGES)
    loops = _loops(element, path)
    if not element.text:
        raise fault(element, path, "has no text of its own", "Write text, not CDATA or elements.")
    spoken = element.text.encode()[:_MOST_SPEECH_BYTES].decode("utf-8", "ignore")
    keys = element.attributes.get("terminators", KEYS)
    return (yield from _repeat(player, loops, lambda: player.stage.hear(spoken, keys)))


def _play(player: VerbPlayer, element: Element, path: str) -> Play[Ended]:
    yield from player.stage.answer()
    loops = _loops(element, path)
    if not element.text:
        raise fault(element, path, "names no media", "Give a URL or a media id.")
    keys = element.attributes.get("terminators", KEYS)
    return (yield from _repeat(player, loops, lambda: player.stage.play(element.text, keys)))


def _repeat(player: VerbPlayer, loops: int | None, play: Callable[[], Play[str]]) -> Play[Ended]:
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


def _pause(player: VerbPlayer, element: Element, path: str) -> Play[Ended]:
    yield from player.stage.answer()
    yield from player.stage.wait(seconds_of(element, path, "length", 1))
    return NEXT


def _hangup(player: VerbPlayer, element: Element, path: str) -> Play[Ended]:
    if element.attributes:
        raise fault(element, path, "takes no attributes", "Write <Hangup/>.")
    yield from player.stage.answer()
    player.stage.command("hangup")
    player.stage.call.call_status = "completed"
    return STOP


def _reject(player: VerbPlayer, element: Element, path: str) -> Play[Ended]:
    one_of(element, path, "reason", tuple(_REASONS))
    reason = element.attributes.get("reason", "rejected")
    code, player.stage.call.call_status = _REASONS[reason]
    player.stage.command("queue")
    if prompt := element.attributes.get("prompt"):
        yield from player.stage.play(prompt)
    yield Responded(at=player.stage.now, code=code, message=reason)
    return STOP


def _redirect(player: VerbPlayer, element: Element, path: str) -> Play[Ended]:
    yield from player.stage.answer()
    if any(child.name == "Variable" for child in element.elements):
        yield from player.stage.answer()
        fix = 'Write <Set><Variable key="..." value="..."/></Set> before it.'
        raise fault(element, path, "cannot set variables", fix)
    return player.request(element, path, element.text)


def _set(player: VerbPlayer, element: Element, path: str) -> Play[Ended]:
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


def _gather(player: VerbPlayer, element: Element, path: str) -> Play[Ended]:
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


def _collect(player: VerbPlayer, element: Element, path: str, wanted: _Collecting) -> Play[None]:
    call = player.stage.call
    keys = yield from player.stage.keys(wanted.most, wanted.finish, wanted.timeout)
    player.stage.caller.ahead = ""
    if keys and call.digits is None:
        fix = "Put a prompt, or at least a blank, inside."
        raise fault(element, path, "without content fails at the first key", fix)
    if keys:
        call.add_digit(keys)


def _overtaken(player: VerbPlayer, gather: Element) -> None:
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


def _prompts(player: VerbPlayer, gather: Element) -> Play[None]:
    """Play what stands inside a Gather, beside it: what it stores is lost, what fails ends it."""
    call, url = player.stage.call, player.url
    player.stage.call = replace(call)
    try:
        for path, element in numbered(gather):
            ended = yield from player.verb(element, path)
            if ended.result is not Result.NEXT:
                break
    except VerbError:
        return
    finally:
        player.stage.call, player.url = call, url


def _record(player: VerbPlayer, element: Element, path: str) -> Play[Ended]:
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


def _store(player: VerbPlayer, element: Element, path: str, seconds: int) -> Play[Ended]:
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


VERBS: Mapping[str, Verb] = {
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
"""The handler of each verb."""
