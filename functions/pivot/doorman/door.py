"""A visitor waits at a door while somebody inside is asked whether to let her in.

Two kinds of entries in the Directory: `visitor`, under the user who is asked, lives only as
long as the visitor goes on waiting; `visit`, under the visit's id, has the answer.
"""

import re
from dataclasses import asdict, dataclass

from pivotkit.calls.call import Call, Caller
from pivotkit.core.speech import digit_by_digit
from pivotkit.kazoo import Action, conference, play, tts
from pivotkit.store.directory import Directory
from quickcall import QuickCall

RINGBACK = play("tone_stream://%(2000,4000,440,480)")
"""What a caller hears while somebody's phone rings: two seconds of tone, four of silence."""

RING_SECONDS = 7
"""How long the caller hears one ring: the tone, and a second to collect keys."""

PATIENCE = 20
"""Seconds after which a visitor who has not asked again is taken to be gone."""

_KEPT = 600
_NAMELESS = {"", "unknown", "anonymous"}
"""Names that callers without one have."""

_SAFE = re.compile(r"[0-9A-Za-z@._-]{1,128}")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who waits: the id of the *visit* ('' for nobody), the *name* in words, its *recording*."""

    visit: str = ""
    name: str = ""
    recording: str = ""

    @property
    def announcement(self) -> Action:
        """What is said to who is asked: the name as the visitor said it, or as KAZOO shows it."""
        who = play(self.recording) if self.recording else tts(self.name)
        choice = tts("To take the call, press 1. To refuse it, press 2.")
        return tts("You have a visitor.") >> who >> choice

    @property
    def room(self) -> Action:
        """The conference in which the two meet; nobody can guess its name."""
        room = {"name": f"visit-{self.visit}", "member": {"join_muted": False}}
        return conference(config=room, welcome_prompt={"play": False})


class Door:
    """The door behind which *bell* rings somebody.

    Names are recorded to *recordings*, a URL, or not at all. Every method but `visitor` raises
    `StateUnavailable`.
    """

    def __init__(self, bell: QuickCall, recordings: str = "") -> None:
        self.recordings = recordings
        self._bell = bell
        self._visitors = Directory("visitor")
        self._visits = Directory("visit")

    def visitor(self, call: Call) -> Visitor:
        """The caller as a visitor. KAZOO names her recording itself (`cf_record_caller.erl`)."""
        recording = ""
        if self.recordings and _SAFE.fullmatch(call.call_id):
            recording = f"{self.recordings.rstrip('/')}/call_recording_{call.call_id}.mp3"
        return Visitor(call.effect_key("visit"), _name(call.caller), recording)

    def rings(self, call: Call, visitor: Visitor, times: int) -> bool:
        """Let *visitor* wait, and ring who is inside so many *times*. Raises `UpstreamDown`."""
        self.waits(visitor)
        return self._bell.ring(call.account_id, times * RING_SECONDS)

    def waits(self, visitor: Visitor) -> str:
        """*visitor* goes on waiting: `accepted`, `refused`, or '' while there is no answer."""
        self._visitors.put(self._bell.user, asdict(visitor), seconds=PATIENCE)
        answer = self._visits.get(visitor.visit) or {}
        return str(answer.get("answer", ""))

    def waiting(self) -> Visitor:
        """Who waits at the door now; somebody without a visit for nobody."""
        entry = self._visitors.get(self._bell.user) or {}
        return Visitor(**{name: str(value) for name, value in entry.items()})

    def answer(self, visitor: Visitor, answer: str) -> None:
        """Tell *visitor* that she is `accepted` or `refused`."""
        self._visits.put(visitor.visit, {"answer": answer}, seconds=_KEPT)


def _name(caller: Caller) -> str:
    """The name that KAZOO shows, or else the number; never ''."""
    if caller.spoken_name.lower() not in _NAMELESS:
        return caller.spoken_name
    return digit_by_digit(re.sub(r"[^0-9]", "", caller.number)) or "Somebody"
