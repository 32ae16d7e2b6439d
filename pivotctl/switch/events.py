"""What happens in a call, as immutable events in the order in which it happens.

`at` is the simulated time of the call in seconds: nobody really waits for a caller.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from pivotctl.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """One thing that happened; `at` seconds after the call came in."""

    type: ClassVar[str] = "event"
    at: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The event as an object with its `type`; times in seconds."""
        values = asdict(self)
        return {"type": self.type, "at": round(values.pop("at"), 3), **values}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSent(CallEvent):
    """KAZOO asks a server; `parameters` are what it sends, `body` as on the wire."""

    type: ClassVar[str] = "request"
    method: str
    url: str
    parameters: dict[str, Any]
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerReceived(CallEvent):
    """The server's answer; `seconds` is real time, `kind` is callflow, twiml or unreadable."""

    type: ClassVar[str] = "answer"
    status: int
    content_type: str | None
    body: str
    seconds: float
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFailed(CallEvent):
    """No answer came: `reason` is timeout, unreachable, refused_url or crash."""

    type: ClassVar[str] = "no_answer"
    reason: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRefused(CallEvent):
    """KAZOO does not carry the answer through."""

    type: ClassVar[str] = "refused"
    verdict: str
    meaning: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FellBack(CallEvent):
    """The flow goes on with the `_` child of the pivot action, or ends when there is none."""

    type: ClassVar[str] = "fallback"
    found: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(CallEvent):
    """KAZOO answers the call."""

    type: ClassVar[str] = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(CallEvent):
    """The caller hears speech; `interrupted_by` are the keys that stopped it."""

    type: ClassVar[str] = "heard"
    text: str
    interrupted_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played(CallEvent):
    """The caller hears media."""

    type: ClassVar[str] = "played"
    media: str
    interrupted_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed(CallEvent):
    """The caller presses keys; `taken` is what KAZOO collected of them, `collection` where."""

    type: ClassVar[str] = "pressed"
    keys: str
    taken: str
    collection: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent(CallEvent):
    """The caller was asked for keys and pressed none for `seconds`."""

    type: ClassVar[str] = "silent"
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited(CallEvent):
    """Silence for `seconds`."""

    type: ClassVar[str] = "waited"
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RungLeg:
    """The leg to `target`, whose phone rings from `at` on."""

    at: float
    target: str
    call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing(CallEvent):
    """Somebody is rung, for at most `seconds`; `legs` are those whose phone really rings."""

    type: ClassVar[str] = "ringing"
    targets: tuple[str, ...]
    seconds: float
    legs: tuple[RungLeg, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridged(CallEvent):
    """The caller talks to `target` for `seconds`; `call_id` is the other leg's."""

    type: ClassVar[str] = "bridged"
    target: str
    seconds: float
    call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBridged(CallEvent):
    """Nobody took the call; `cause` is KAZOO's, such as USER_BUSY."""

    type: ClassVar[str] = "not_bridged"
    targets: tuple[str, ...]
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(CallEvent):
    """The caller's voice was recorded; `url` None when it is not stored."""

    type: ClassVar[str] = "recorded"
    media: str
    seconds: float
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSent(CallEvent):
    """A recording was sent to `url`; `status` 0 when nobody answered.

    A failure is repeated some minutes later, five times at most.
    """

    type: ClassVar[str] = "recording_sent"
    method: str
    url: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail(CallEvent):
    """The caller reaches a mailbox: `action` is compose or check."""

    type: ClassVar[str] = "voicemail"
    mailbox: str
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceJoined(CallEvent):
    """The caller joins a conference."""

    type: ClassVar[str] = "conference"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VariablesSet(CallEvent):
    """Custom application variables of the call were set; a null deletes."""

    type: ClassVar[str] = "variables"
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Responded(CallEvent):
    """The call is refused with a SIP code."""

    type: ClassVar[str] = "responded"
    code: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleRan(CallEvent):
    """A module ran that has nothing to be heard here; `effect` says what it changes."""

    type: ClassVar[str] = "action"
    module: str
    data: dict[str, Any]
    skipped: bool = False
    effect: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HungUp(CallEvent):
    """The caller's leg ended; `by` is kazoo or caller."""

    type: ClassVar[str] = "hung_up"
    by: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookFired(CallEvent):
    """A webhook of the call was sent; `status` 0 when nobody answered.

    `disabled` when KAZOO sends no more of them: there were too many failures in a minute.
    """

    type: ClassVar[str] = "webhook"
    hook: str
    url: str
    status: int
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrPosted(CallEvent):
    """The record of a leg was posted to the cdr_url; `leg` is A or B."""

    type: ClassVar[str] = "cdr"
    leg: str
    url: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class End(CallEvent):
    """The call is over; `verdict` is `executes` when KAZOO carried all of it through.

    `unused` are the keys that the caller was never asked for.
    """

    type: ClassVar[str] = "end"
    verdict: str
    reason: str
    unused: tuple[str, ...] = ()
