"""TwiML verbs: the type of their handlers, and the parts of a player that they may use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from pivotctl.switch.events import CallEvent
from pivotctl.switch.player.channel import Channel, Playback
from pivotctl.switch.player.twiml.ending import Ending
from pivotctl.xml_document import Element

type RecordingStore = Callable[[str, str], Iterable[CallEvent]]
"""Sends a recording: its URL and the name of its file."""

type VerbHandler = Callable[[VerbPlayer, Element, str], Playback[Ending]]
"""Plays an element at a path such as `Response/Say[2]`."""


class VerbPlayer(Protocol):
    """The player of a document as its verbs see it; verbs know no other part of it."""

    channel: Channel
    url: str
    store: RecordingStore

    def verb(self, element: Element, path: str) -> Playback[Ending]:
        """Play one verb. Raises `VerbError`."""
        ...

    def request(self, element: Element, path: str, relative: str | None) -> Ending:
        """Ask the server again; the URL asked becomes the current one. Raises `VerbError`."""
        ...


def numbered(parent: Element) -> list[tuple[str, Element]]:
    """Return the child elements with their paths, such as `Response/Say[2]`."""
    counts: dict[str, int] = {}
    found = []
    for element in parent.elements:
        counts[element.name] = counts.get(element.name, 0) + 1
        found.append((f"{parent.name}/{element.name}[{counts[element.name]}]", element))
    return found
