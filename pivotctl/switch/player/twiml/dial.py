"""The TwiML verb Dial: numbers, users and devices, conferences.

Follows `kzt_twiml_dial.erl` and the waiting in `kzt_receiver.erl`.
"""

from __future__ import annotations

import hashlib
import re

from pivotctl.reader.modules import KEYS
from pivotctl.switch.events import ConferenceJoined
from pivotctl.switch.player.channel import CAUSES, Party, Playback
from pivotctl.switch.player.twiml.attributes import (
    VOICES,
    binary,
    fault,
    kept,
    method_of,
    one_of,
    seconds_of,
    whole_number,
)
from pivotctl.switch.player.twiml.ending import NEXT, STOP, Ending
from pivotctl.switch.player.twiml.verb import VerbPlayer
from pivotctl.switch.scenario import Rung
from pivotctl.xml_document import Element, OtherNode, Text
from pivotctl.xml_document.nodes import text_of

_NOUNS = "Write a number, or a <User>, <Device>, <Number> or <Conference>, inside."
_STRATEGIES = ("simultaneous", "single")
_PARTICIPANTS = range(3, 41)
_ID_LENGTH = 32
_LIMIT_SECONDS = 14_400
_RING_NUMBER_SECONDS = 30
_RING_ENDPOINT_SECONDS = 20
_FEWEST_NATIONAL_DIGITS = 10
_SIP_URI = re.compile(r"<*(?:sips?:)?[^@]*@(?=.)(?!:)[^:]*(?::(?!>.).*)?", re.DOTALL)
"""Texts in which KAZOO finds a SIP address (`kzsip_uri:parse/1`); it skips the others."""

_STATUSES = {
    Rung.BUSY: "busy",
    Rung.REJECTED: "busy",
    Rung.NO_ANSWER: "no-answer",
    Rung.UNREGISTERED: "failed",
    Rung.NO_RESOURCES: "failed",
}


def dial(player: VerbPlayer, element: Element, path: str) -> Playback[Ending]:
    """Play a Dial; text before the first noun answers the call, and its number comes first.

    KAZOO drops text that is one space (`kz_xml:filter_empty_text/1`).
    """
    nodes = [node for node in element.children if not _is_space(node)]
    first = nodes[0] if nodes else None
    if isinstance(first, Text) and not first.cdata:
        yield from player.channel.answer()
        if number := _dialed(text_of(nodes)):
            return (yield from _dial_number(player, element, path, number))
        return (yield from _dial_nouns(player, element, path, element.elements))
    if isinstance(first, Element):
        alone = len(nodes) == 1
        nouns = element.elements
        return (yield from _dial_nouns(player, element, path, nouns, alone=alone))
    raise fault(element, path, "has nothing to dial", _NOUNS)


def _is_space(node: Element | Text | OtherNode) -> bool:
    return isinstance(node, Text) and node.value == " "


def _dialed(text: str) -> str:
    """Return the number that KAZOO reads in a text, normalized as in North America."""
    digits = "".join(character for character in text if character in "0123456789+")
    if digits.startswith("+") or not digits:
        return digits
    if len(digits) == _FEWEST_NATIONAL_DIGITS:
        return f"+1{digits}"
    return (
        f"+{digits}" if len(digits) == _FEWEST_NATIONAL_DIGITS + 1 and digits[0] == "1" else digits
    )


def _dial_nouns(
    player: VerbPlayer, element: Element, path: str, nouns: list[Element], *, alone: bool = True
) -> Playback[Ending]:
    if not nouns:
        raise fault(element, path, "has nothing to dial", _NOUNS)
    noun = nouns[0] if len(nouns) == 1 and alone else None
    match noun.name if noun else None:
        case "Number":
            number = _dialed(nouns[0].text)
            if not number:
                return NEXT
            return (yield from _dial_number(player, element, path, number))
        case "Conference":
            return (yield from _dial_conference(player, element, path, nouns[0]))
        case "Queue":
            method_of(nouns[0], f"{path}/Queue[1]")
            _set_up(player, element, path)
            player.channel.call.queue_id = nouns[0].text
            return STOP
        case _:
            return (yield from _dial_endpoints(player, element, path, nouns))


def _set_up(player: VerbPlayer, element: Element, path: str) -> int:
    """Prepare any Dial; return how long to ring, in seconds."""
    timeout = seconds_of(element, path, "timeout", _RING_NUMBER_SECONDS)
    caller = element.attributes.get("callerId", player.channel.call.caller_number)
    if not kept(caller):
        rule = f"callerId {caller!r} has a character above U+00FF, and KAZOO crashes"
        raise fault(element, path, rule, "Write the number with digits and +.")
    player.channel.call.caller_number = caller
    player.channel.command("set")
    return timeout


def _dial_number(player: VerbPlayer, element: Element, path: str, number: str) -> Playback[Ending]:
    call = player.channel.call
    timeout = _set_up(player, element, path)
    recorded = element.attributes.get("record") == "true"
    if element.attributes.get("hangupOn") in KEYS and not recorded:
        raise fault(element, path, 'needs record="true" with hangupOn', "Omit hangupOn.")
    if not player.channel.scenario.authorized:
        rule = "of a number makes KAZOO crash: the call has no Authorizing-ID"
        raise fault(element, path, rule, "Let calls come from a device or a known gateway.")
    if number == "0":
        raise fault(element, path, "of the number 0 makes KAZOO crash", "Dial another number.")
    call.request_user, call.request_realm = number, call.from_realm
    outcome = yield from player.channel.ring((Party(number),), timeout, limit=_limit(element))
    call.digits = ""
    call.dial_call_id = player.channel.other_call_id
    if outcome is not Rung.ANSWERED:
        created = outcome is not Rung.NO_RESOURCES
        call.dial_call_status = "ringing" if created else call.dial_call_status
        call.call_status = _STATUSES[outcome]
        return _dial_ended(player, element, path)
    if recorded:
        player.channel.command("record_call")
    yield from _bridge_ended(player, element)
    return _dial_ended(player, element, path)


def _limit(element: Element) -> float:
    """Return the seconds from the Dial after which KAZOO ends the call (`kzt_receiver.erl`)."""
    limit = whole_number(element.attributes, "timeLimit")
    return float(_LIMIT_SECONDS if limit is None else limit)


def _bridge_ended(player: VerbPlayer, element: Element) -> Playback[None]:
    """End a bridge, and with it the caller's leg; a time limit of 0 ends it unreported."""
    limit = whole_number(element.attributes, "timeLimit")
    unreported = limit is not None and limit <= 0
    call = player.channel.call
    call.call_status = "completed"
    call.dial_call_status = "in-progress" if unreported else "completed"
    player.channel.command("hangup", *([] if unreported else ["hangup"]))
    yield from player.channel.hang_up("caller" if player.channel.caller.gone else "kazoo")


def _dial_ended(player: VerbPlayer, element: Element, path: str) -> Ending:
    action = binary(element.attributes, "action")
    return NEXT if action is None else player.request(element, path, action)


def _dial_endpoints(
    player: VerbPlayer, element: Element, path: str, nouns: list[Element]
) -> Playback[Ending]:
    timeout = _set_up(player, element, path)
    parties = tuple(party for noun in nouns if (party := _endpoint(element, path, noun)))
    if not parties:
        return STOP
    one_of(element, path, "strategy", _STRATEGIES)
    player.channel.command("bridge")
    call = player.channel.call
    own_timer = whole_number(element.attributes, "timeout") is not None
    outcome = yield from player.channel.ring(
        parties, timeout if own_timer else _RING_ENDPOINT_SECONDS, limit=_limit(element)
    )
    call.digits = ""
    call.dial_call_id = player.channel.other_call_id
    if outcome is Rung.ANSWERED:
        yield from _bridge_ended(player, element)
    else:
        yield from _not_answered(player, outcome, own_timer=own_timer)
    return _dial_ended(player, element, path)


def _not_answered(player: VerbPlayer, outcome: Rung, *, own_timer: bool) -> Playback[None]:
    """Hang up after a failed bridge, unless the Dial's own timer has been quicker.

    Without a timeout attribute the bridge gives up after 20 s, ten before the timer.
    """
    call = player.channel.call
    call.call_status = _STATUSES[outcome]
    if outcome is Rung.NO_ANSWER and own_timer:
        call.dial_call_status = "ringing"
        return
    call.dial_call_status = "no-answer"
    player.channel.command("hangup", "hangup")
    yield from player.channel.hang_up("kazoo", CAUSES[outcome][0])


def _endpoint(dial: Element, path: str, noun: Element) -> Party | None:
    """Return the party of a noun, None if KAZOO skips it. Raises `VerbError` if it crashes."""
    match noun.name:
        case "User" | "Device":
            known = len(noun.text) == _ID_LENGTH
            return Party(noun.text, noun.name.lower()) if known else None
        case "Number":
            fix = "Give each number a <Dial> of its own, or ring users and devices."
            raise fault(dial, path, "cannot ring a number among other nouns", fix)
        case "Sip" if _SIP_URI.match(noun.text):
            fix = "Ring a <Device> whose SIP settings hold the address."
            raise fault(dial, path, "fails on a SIP address", fix)
        case _:
            return None


def _dial_conference(
    player: VerbPlayer, element: Element, path: str, noun: Element
) -> Playback[Ending]:
    yield from player.channel.answer()
    where, most = f"{path}/{noun.name}[1]", whole_number(noun.attributes, "maxParticipants")
    if most is not None and most not in _PARTICIPANTS:
        rule = f"maxParticipants is {most}, but KAZOO expects 3 to 40"
        raise fault(noun, where, rule, "Use 3 to 40, or omit maxParticipants.")
    method_of(noun, where)
    one_of(noun, where, "voice", VOICES)
    _set_up(player, element, path)
    if not player.channel.hung_up:
        player.channel.command("park")
    player.channel.call.call_status = "in-progress"
    name = hashlib.md5(noun.text.encode(), usedforsecurity=False).hexdigest()
    yield ConferenceJoined(at=player.channel.now, name=noun.text or name)
    return STOP
