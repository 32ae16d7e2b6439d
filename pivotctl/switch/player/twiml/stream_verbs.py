"""The TwiML verbs that only KAZOO 5 has: Start, Stop, and Connect, each with one Stream.

Its translator is not public. This follows its documentation (`kazoo-pivot/doc/twiml/stream.md`) and
`pivot_call.erl`, which takes any value of an attribute. A verb that the documentation does not
describe counts as a fault.
"""

from __future__ import annotations

from pivotctl.switch.events import ModuleRan
from pivotctl.switch.player.channel import Playback
from pivotctl.switch.player.twiml.attributes import fault
from pivotctl.switch.player.twiml.ending import NEXT, STOP, Ending
from pivotctl.switch.player.twiml.verb import VerbPlayer
from pivotctl.xml_document import Element

_UNKNOWN = "its behavior otherwise is not public"


def _start(player: VerbPlayer, element: Element, path: str) -> Playback[Ending]:
    """Stream the call's audio to a WebSocket; the document continues at once."""
    stream = _stream(element, path)
    yield _shown(player, element, stream, f"streams the call to {_target(player, stream)}")
    return NEXT


def _stop(player: VerbPlayer, element: Element, path: str) -> Playback[Ending]:
    """End the stream with this ID or name; without either, end all streams."""
    stream = _stream(element, path)
    named = stream.attributes.get("id") or stream.attributes.get("name")
    yield _shown(
        player, element, stream, f"stops the stream {named}" if named else "stops all streams"
    )
    return NEXT


def _connect(player: VerbPlayer, element: Element, path: str) -> Playback[Ending]:
    """Connect the caller to a WebSocket; the call ends with it, and no later verb runs."""
    stream = _stream(element, path)
    yield _shown(player, element, stream, f"connects the caller to {_target(player, stream)}")
    yield from player.channel.hang_up("caller")
    return STOP


def _stream(element: Element, path: str) -> Element:
    """Return the one Stream in a verb. Raises `VerbError` for anything undocumented."""
    streams = [child for child in element.elements if child.name == "Stream"]
    if len(streams) != 1 or len(element.elements) != 1:
        rule = f"is KAZOO 5's, which documents exactly one <Stream> in it; {_UNKNOWN}"
        raise fault(element, path, rule, "Put one <Stream> inside.")
    for child in streams[0].elements:
        if child.name != "Parameter":
            rule = f"holds <{child.name}>; KAZOO 5 documents only <Parameter>, and {_UNKNOWN}"
            raise fault(streams[0], f"{path}/Stream[1]", rule, f"Remove <{child.name}>.")
    return streams[0]


def _target(player: VerbPlayer, stream: Element) -> str:
    return stream.attributes.get("url") or player.url


def _shown(player: VerbPlayer, element: Element, stream: Element, effect: str) -> ModuleRan:
    data = dict(stream.attributes)
    return ModuleRan(at=player.channel.now, module=element.name, data=data, effect=effect)


STREAMS = {"Connect": _connect, "Start": _start, "Stop": _stop}
"""The handler of each verb."""
