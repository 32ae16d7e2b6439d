"""The TwiML verbs of every KAZOO: `kzt_twiml.erl`, `kzt_twiml_say.erl` and `kzt_receiver.erl`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pivotctl.reader.modules import KEYS
from pivotctl.switch.events import Recorded, Responded, Silent
from pivotctl.switch.player.caller import CallerRecording, ScriptedCaller
from pivotctl.switch.player.channel import MOST_REPEATS, Playback
from pivotctl.switch.player.twiml.attributes import (
    MOST_SECONDS,
    VOICES,
    VerbCrash,
    VerbError,
    binary,
    fault,
    one_of,
    positive,
    seconds_of,
    whole_number,
)
from pivotctl.switch.player.twiml.dial import dial
from pivotctl.switch.player.twiml.ending import NEXT, STOP, Ending, EndingKind
from pivotctl.switch.player.twiml.verb import VerbHandler, VerbPlayer, numbered
from pivotctl.switch.scenario import RecordingEnd
from pivotctl.xml_document import Element

_LANGUAGES = ("en", "en-gb", "es", "fr", "de", "it")
_REASONS = {"rejected": (503, "no-answer"), "busy": (486, "busy")}
_ENDS_THE_CALL = ("Hangup", "Reject")
_MOST_SPEECH_BYTES = 4000
_PRINTABLE = re.compile(rb"[\x08-\x0d\x1b\x20-\x7e\xa0-\xff]*")
_UNDEFINED = "undefined"
"""Key of a Variable without a key."""


def _loops(element: Element, path: str) -> int | None:
    """Return how often to play; None means forever."""
    value = whole_number(element.attributes, "loop")
    if value is not None and value < 0:
        rule = f"loop is {value}, but KAZOO expects 0 or more"
        raise fault(element, path, rule, "Use 1 or more, or 0 for an endless loop.")
    return 1 if value is None else value or None


def _say(player: VerbPlayer, element: Element, path: str) -> Playback[Ending]:
    yield from player.channel.answer()
    one_of(element, path, "voice", VOICES)
    one_of(element, path, "language", _LANGUAGES)
    loops = _loops(element, path)
    if not element.text:
        raise fault(element, path, "has no text", "Write text, not CDATA or elements.")
    spoken = _cut(element, path)
    keys = _terminators(element)
    return (yield from _repeat(player, loops, lambda: player.channel.hear(spoken, keys)))


def _cut(element: Element, path: str) -> str:
    """Return the text that KAZOO speaks: 4000 bytes, which must not end inside a character.

    If they do, KAZOO reads the bytes as Latin-1, and crashes unless all are printable
    (`kz_binary:to_utf8/1`).
    """
    spoken = element.text.encode()[:_MOST_SPEECH_BYTES]
    try:
        return spoken.decode()
    except UnicodeDecodeError as error:
        if _PRINTABLE.fullmatch(spoken):
            return spoken.decode("latin-1")
        rule = f"is cut after {_MOST_SPEECH_BYTES} bytes, inside a character, and KAZOO crashes"
        raise fault(element, path, rule, "Write less, or several <Say>.") from error


def _terminators(element: Element) -> str:
    found = binary(element.attributes, "terminators")
    return "".join(KEYS) if found is None else found


def _play(player: VerbPlayer, element: Element, path: str) -> Playback[Ending]:
    yield from player.channel.answer()
    loops = _loops(element, path)
    if not element.text:
        raise fault(element, path, "names no media", "Give a URL or a media id.")
    keys = _terminators(element)
    return (yield from _repeat(player, loops, lambda: player.channel.play(element.text, keys)))


def _repeat(
    player: VerbPlayer, loops: int | None, play: Callable[[], Playback[str]]
) -> Playback[Ending]:
    """Play a prompt; keys pressed during it are added to the collected digits.

    A prompt repeated more than `MOST_REPEATS` times counts as endless: callers hang up.
    """
    loops = None if loops is not None and loops > MOST_REPEATS else loops
    rounds = 1 if loops is None and not player.channel.caller.stays else loops
    for _ in itertools.count() if rounds is None else range(rounds):
        player.channel.command("queue")
        keys = yield from play()
        if keys:
            player.channel.call.add_digit(keys)
    if loops is None:
        yield from player.channel.hang_up("caller")
        return STOP
    return NEXT


def _pause(player: VerbPlayer, element: Element, path: str) -> Playback[Ending]:
    yield from player.channel.answer()
    yield from player.channel.wait(seconds_of(element, path, "length", 1))
    return NEXT


def _hangup(player: VerbPlayer, element: Element, path: str) -> Playback[Ending]:
    if element.attributes:
        raise fault(element, path, "takes no attributes", "Write <Hangup/>.")
    yield from player.channel.answer()
    player.channel.command("hangup")
    player.channel.call.call_status = "completed"
    return STOP


def _reject(player: VerbPlayer, element: Element, path: str) -> Playback[Ending]:
    one_of(element, path, "reason", tuple(_REASONS))
    reason = binary(element.attributes, "reason") or "rejected"
    code, player.channel.call.call_status = _REASONS[reason]
    player.channel.command("queue")
    if prompt := binary(element.attributes, "prompt"):
        yield from player.channel.play(prompt)
    yield Responded(at=player.channel.now, code=code, message=reason)
    return STOP


def _redirect(player: VerbPlayer, element: Element, path: str) -> Playback[Ending]:
    yield from player.channel.answer()
    if any(child.name == "Variable" for child in element.elements):
        yield from player.channel.answer()
        fix = 'Write <Set><Variable key="..." value="..."/></Set> before it.'
        raise fault(element, path, "cannot set variables", fix)
    return player.request(element, path, element.text)


def _set(player: VerbPlayer, element: Element, path: str) -> Playback[Ending]:
    variables = [child for child in element.elements if child.name == "Variable"]
    if not variables:
        rule = "without a Variable crashes KAZOO"
        fix = 'Write <Set><Variable key="..." value="..."/></Set>.'
        raise VerbCrash(fault(element, path, rule, fix).problem)
    yield from player.channel.answer()
    attributes = variables[0].attributes
    if len(variables) > 1:
        fix = "Write one <Set> for each Variable."
        raise fault(element, path, "holds more than one Variable", fix)
    player.channel.call.set_user_var(
        binary(attributes, "key") or _UNDEFINED, binary(attributes, "value")
    )
    return NEXT


@dataclass(frozen=True, slots=True)
class _Collecting:
    """Limits of a Gather: `most` keys, a key of `finish`, `timeout` seconds without a key."""

    timeout: int
    finish: str
    most: int | None


def _gather(player: VerbPlayer, element: Element, path: str) -> Playback[Ending]:
    channel, call = player.channel, player.channel.call
    if element.children:
        call.digits = ""
    yield from channel.answer()
    try:
        wanted = _collecting(element, path)
    except VerbError:
        _overtaken(player, element)
        raise
    ended = (yield from _prompts(player, element)) if element.children else False
    if ended or channel.hung_up:
        return STOP
    if wanted.most is None or len(call.digits or "") != wanted.most:
        yield from _collect(player, element, path, wanted)
    if call.digits == "":
        return NEXT
    return player.request(element, path, binary(element.attributes, "action"))


def _collecting(element: Element, path: str) -> _Collecting:
    timeout = seconds_of(element, path, "timeout", 5)
    finish = _finish_key(element, path)
    most = whole_number(element.attributes, "numDigits")
    if most is not None and most <= 0:
        rule = f"numDigits is {most}, but KAZOO expects 1 or more"
        raise fault(element, path, rule, "Use at least 1, or omit numDigits.")
    return _Collecting(timeout, finish, most)


def _collect(
    player: VerbPlayer, element: Element, path: str, wanted: _Collecting
) -> Playback[None]:
    call = player.channel.call
    keys = yield from player.channel.keys(wanted.most, wanted.finish, wanted.timeout)
    player.channel.caller.ahead = ""
    if keys and call.digits is None:
        fix = "Put a prompt, or at least a space, inside."
        raise fault(element, path, "without content fails at the first key", fix)
    if keys:
        call.add_digit(keys)


def _overtaken(player: VerbPlayer, gather: Element) -> None:
    """Record the commands of the prompts of a Gather that fails.

    The prompts run beside it. KAZOO's hangup reaches the media switch after the first command of
    theirs, and before the second; a Play has two at once, and then waits. The caller hears nothing.
    """
    channel, start = player.channel, len(player.channel.commands)
    player.channel = replace(channel, caller=ScriptedCaller(), commands=channel.commands)
    prompts = _prompts(player, gather)
    any(len(channel.commands) > start + 1 for _ in prompts)
    prompts.close()
    player.channel = channel
    run = channel.commands[start:]
    del channel.commands[start:]
    first = gather.elements[0].name if gather.elements else ""
    before = 2 if first == "Play" else 1
    channel.command(*run[:before])
    if after := run[before : before + 1]:
        channel.command("hangup", *after)
        channel.overtaken = True


def _finish_key(element: Element, path: str) -> str:
    key = binary(element.attributes, "finishOnKey")
    if key is None:
        return "#"
    if key and key not in KEYS:
        fix = "Use one of 0 to 9, * and #, or an empty value for none."
        raise fault(element, path, f"finishOnKey {key!r} is not a single key", fix)
    return key


def _prompts(player: VerbPlayer, gather: Element) -> Playback[bool]:
    """Play the prompts inside a Gather, and return whether one of them has ended the call.

    Their other results are lost, and an error ends them. A Gather among them collects nothing: the
    outer one takes the keys, and the first key ends the prompts.
    """
    call, url, caller = player.channel.call, player.url, player.channel.caller
    player.channel.call = replace(call)
    player.channel.caller = caller.only_listening()
    try:
        for path, element in numbered(gather):
            ended = yield from player.verb(element, path)
            if ended.result is not EndingKind.NEXT:
                return element.name in _ENDS_THE_CALL
            if player.channel.caller.presses or (element.name == "Gather" and caller.presses):
                break
    except VerbError:
        return False
    finally:
        player.channel.call, player.url, player.channel.caller = call, url, caller
    return False


def _record(player: VerbPlayer, element: Element, path: str) -> Playback[Ending]:
    channel = player.channel
    silence = seconds_of(element, path, "timeout", 5)
    longest = positive(element, path, "maxLength", MOST_SECONDS)
    if longest > MOST_SECONDS:
        fix = f"Use at most {MOST_SECONDS} seconds."
        raise fault(
            element, path, f"maxLength is {longest}, but KAZOO accepts {MOST_SECONDS} at most", fix
        )
    if element.attributes.get("playBeep", "true") == "true":
        channel.command("tones")
    channel.command("record")
    recorded = channel.record(longest, _finish_keys(element))
    if recorded.end is RecordingEnd.SILENCE:
        yield Silent(at=channel.now, seconds=silence)
        channel.now += silence
        return NEXT
    if "recordingUrl" in element.attributes:
        fix = "Remove it: the recording is sent below the action URL."
        raise fault(element, path, "fails at recordingUrl", fix)
    return (yield from _store(player, element, path, recorded))


def _store(
    player: VerbPlayer, element: Element, path: str, recorded: CallerRecording
) -> Playback[Ending]:
    """End a recording: send it below the action URL, then ask the server."""
    channel, call, seconds = player.channel, player.channel.call, round(recorded.seconds)
    channel.now += recorded.seconds
    call.digit_pressed = _last_key(element, recorded)
    call.recording_duration = seconds
    ended = player.request(element, path, binary(element.attributes, "action"))
    channel.command("store")
    media = f"call_recording_{call.call_id}.mp3"
    call.recording_url = f"{ended.url}/{media}"
    yield Recorded(at=channel.now, media=media, seconds=seconds, url=call.recording_url)
    yield from player.store(call.recording_url, media)
    if recorded.end is RecordingEnd.HANGUP:
        yield from channel.hang_up("caller")
    return ended


def _last_key(element: Element, recorded: CallerRecording) -> str:
    """Return the key that ends a recording; a hangup counts as the key `hangup`."""
    if recorded.end is RecordingEnd.HANGUP:
        return "hangup"
    finish = _finish_keys(element)
    return recorded.key or ("#" if "#" in finish else finish[0])


def _finish_keys(element: Element) -> str:
    """Return the keys that end a recording."""
    keys = binary(element.attributes, "finishOnKey") or ""
    return "".join(key for key in keys if key in KEYS) or "#"


VERBS: Mapping[str, VerbHandler] = {
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
