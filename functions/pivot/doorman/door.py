"""The door: where a caller waits as a visitor while the callee is asked whether to take the call.

Two kinds of entries in the Directory: `visitor`, under the callee's ID, lives only as long as the
caller keeps waiting; `visit`, under the visit's ID, holds the callee's answer.
"""

import re
from dataclasses import asdict

from pivotkit.calls.call import Call
from pivotkit.kazoo import play
from pivotkit.store.directory import Directory
from quickcall import QuickCall
from visitor import Visitor, name_of

RINGBACK = play("tone_stream://%(2000,4000,440,480)")
"""The ringing that a waiting caller hears: two seconds of tone, four of silence."""

RING_SECONDS = 7
"""The length of one ring for the caller: the tone, and a second to collect keys."""

ACCEPTED = "accepted"
REFUSED = "refused"

_PATIENCE_SECONDS = 20
"""The time after which a visitor who hasn't been heard from is gone."""

_ANSWER_SECONDS = 600

_SAFE_CALL_ID = re.compile(r"[0-9A-Za-z@._-]{1,128}")


class Door:
    """The door of one callee; *bell* rings the callee's phones.

    Spoken names are recorded to the URL *recordings*; '' turns recording off. Every method except
    `visitor` raises `StateUnavailable`.
    """

    def __init__(self, bell: QuickCall, recordings: str = "") -> None:
        self._bell = bell
        self._recordings = recordings.rstrip("/")
        self._visitors = Directory("visitor")
        self._visits = Directory("visit")

    def visitor(self, call: Call) -> Visitor:
        """The caller as a visitor."""
        return Visitor(call.effect_key("visit"), name_of(call.caller), self._recording_of(call))

    def ring_callee(self, call: Call, visitor: Visitor, rings: int) -> bool:
        """Put *visitor* at the door and ring the callee's phones. Raises `UpstreamDown`."""
        self.answer_for(call, visitor)
        return self._bell.ring(call.account_id, rings * RING_SECONDS)

    def answer_for(self, call: Call, visitor: Visitor) -> str:
        """Keep *visitor* waiting and return the callee's answer, '' while there is none."""
        self._visitors.of(call).put(self._bell.user, asdict(visitor), seconds=_PATIENCE_SECONDS)
        answer = self._visits.of(call).get(visitor.visit) or {}
        return str(answer.get("answer", ""))

    def waiting_visitor(self, call: Call) -> Visitor:
        """The visitor at the door now, or one without a visit if no one is waiting."""
        entry = self._visitors.of(call).get(self._bell.user) or {}
        return Visitor(**{name: str(value) for name, value in entry.items()})

    def store_answer(self, call: Call, visitor: Visitor, answer: str) -> None:
        """Store the callee's answer, `ACCEPTED` or `REFUSED`, for *visitor*."""
        self._visits.of(call).put(visitor.visit, {"answer": answer}, seconds=_ANSWER_SECONDS)

    def _recording_of(self, call: Call) -> str:
        """The URL of the recorded name; KAZOO names the file itself (`cf_record_caller.erl`)."""
        if not self._recordings or not _SAFE_CALL_ID.fullmatch(call.call_id):
            return ""
        return f"{self._recordings}/call_recording_{call.call_id}.mp3"
