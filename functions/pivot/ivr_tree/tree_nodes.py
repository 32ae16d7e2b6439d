"""The nodes of an IVR, built from their JSON objects."""

from collections.abc import Mapping
from typing import NamedTuple

from pivotkit import kazoo
from pivotkit.calls.conversations import BUT_POUND
from pivotkit.kazoo import Action, endpoint, hangup, play, ring_group, tts
from pivotkit.lookups.ivr_trees import SECONDS, Spec, kind_of

UNAVAILABLE = tts("No one is available right now. Please try again later. Goodbye.") >> hangup()

type Node = Menu | Notice | Action
"""A node. An `Action` is an end."""


class Menu(NamedTuple):
    """A node that asks: a text or a recording, and a target for each key."""

    prompt: str | Action
    keys: Mapping[str, str]

    @property
    def longest(self) -> int:
        """The number of keys that KAZOO has to wait for."""
        return max(map(len, self.keys))

    def after(self, notice: str) -> str | Action:
        """The prompt, with *notice* before it."""
        if not notice:
            return self.prompt
        if isinstance(self.prompt, str):
            return f"{notice} {self.prompt}"
        return tts(notice, terminators=BUT_POUND) >> self.prompt


class Notice(NamedTuple):
    """A node that is spoken, after which the call goes on to *then*."""

    text: str
    then: str


def build_node(name: str, specs: Mapping[str, Spec]) -> Node:
    """The node *name* of a tree without faults."""
    spec = specs[name]
    match kind_of(spec):
        case "prompt":
            return Menu(spec["prompt"], spec["keys"])
        case "play":
            return Menu(play(spec["play"], terminators=BUT_POUND), spec["keys"])
        case "say":
            return Notice(spec["say"], spec["then"])
        case _:
            return build_end(name, specs)


def build_end(name: str, specs: Mapping[str, Spec]) -> Action:
    """The flow of the end *name*, with those that follow unanswered calls."""
    spec = specs[name]
    match kind_of(spec):
        case "hangup":
            return tts(spec["hangup"]) >> hangup()
        case "voicemail":
            return kazoo.voicemail(spec["voicemail"])
        case kind:
            otherwise = spec.get("otherwise")
            if otherwise is None:
                return _ring(kind, spec) >> UNAVAILABLE
            return _ring(kind, spec) >> build_end(otherwise, specs)


def _ring(kind: str, spec: Spec) -> Action:
    seconds = spec.get("seconds", SECONDS)
    if kind == "group":
        return ring_group([endpoint(spec["group"], "group")], timeout=seconds)
    ring = kazoo.user if kind == "user" else kazoo.device
    return ring(spec[kind], timeout=seconds)
