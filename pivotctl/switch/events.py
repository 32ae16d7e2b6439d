"""Events of a played call, immutable and in order.

`at` is the simulated time of the call in seconds: playing a call takes no real waiting.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from pivotctl.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """An event, `at` seconds after the call came in."""

    type: ClassVar[str] = "event"
    at: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the event as an object with its `type`; times are in seconds."""
        values = asdict(self)
        return {"type": self.type, "at": round(values.pop("at"), 3), **values}


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway(CallEvent):
    """Something begins that takes time: at most `seconds`, or until the caller hangs up (None).

    `kind` is speech, media, silence, ringing, talking, voicemail, recording, collecting, or
    staying. A key among `keys` ends it; a collection also ends with `most` keys. `number` counts
    them within the call. Only calls of a person have it; the event of what came of it follows.
    """

    type: ClassVar[str] = "underway"
    kind: str
    seconds: float | None
    text: str = ""
    keys: str = ""
    most: int | None = None
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSent(CallEvent):
    """KAZOO sends a request with `parameters`; `headers` and `body` are as on the wire."""

    type: ClassVar[str] = "request"
    method: str
    url: str
    parameters: dict[str, Any]
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerReceived(CallEvent):
    """The server answers; `seconds` is real time, `kind` is callflow, twiml, or refused."""

    type: ClassVar[str] = "answer"
    status: int
    content_type: str | None
    body: str
    seconds: float
    kind: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFailed(CallEvent):
    """No answer came: `reason` is timeout, unreachable, refused_url, or crash."""

    type: ClassVar[str] = "no_answer"
    reason: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionFailed(CallEvent):
    """The function failed: `error` names the error, `report` are lines about its cause.

    Only a local stack says so. The caller hears what the answer holds, which is the fallback.
    """

    type: ClassVar[str] = "function_failed"
    error: str
    report: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed(CallEvent):
    """The function `function` printed a line of text."""

    type: ClassVar[str] = "printed"
    function: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged(CallEvent):
    """The function `function` logged an entry; `text` has what a person reads of it."""

    type: ClassVar[str] = "logged"
    function: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRefused(CallEvent):
    """KAZOO does not execute the answer to its end."""

    type: ClassVar[str] = "refused"
    verdict: str
    meaning: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FellBack(CallEvent):
    """The flow continues with the `_` child of the pivot action, or ends without one."""

    type: ClassVar[str] = "fallback"
    found: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentBegan(CallEvent):
    """KAZOO begins to execute a flow or a TwiML document; only calls that are followed say so.

    `origin` is number (the flow of the dialed number), answer (the latest one), or stored (a flow
    of the account). `flow` is given unless it is the answer.
    """

    type: ClassVar[str] = "document"
    document: int
    origin: str
    flow: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached(CallEvent):
    """KAZOO reaches an action or a verb; only calls that are followed say so.

    `document` is the number of its document, `path` its place there, `name` its module or verb.
    """

    type: ClassVar[str] = "reached"
    document: int
    path: str
    name: str


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
    """The caller presses keys; `taken` are those that KAZOO collected, in `collection`."""

    type: ClassVar[str] = "pressed"
    keys: str
    taken: str
    collection: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent(CallEvent):
    """The caller is asked for keys, and presses none for `seconds`."""

    type: ClassVar[str] = "silent"
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited(CallEvent):
    """The caller hears silence for `seconds`."""

    type: ClassVar[str] = "waited"
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RungLeg:
    """The leg to `target`, which rings from `at` on."""

    at: float
    target: str
    call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRung(CallEvent):
    """KAZOO rings the other party of a call of its own, until it answers or fails.

    `until` is the time of that, `call_id` is the party's leg. `cause` is KAZOO's for a party that
    does not answer, or ''.
    """

    type: ClassVar[str] = "party"
    target: str
    call_id: str
    until: float
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing(CallEvent):
    """KAZOO calls parties for at most `seconds`; `legs` are the ones that really ring."""

    type: ClassVar[str] = "ringing"
    targets: tuple[str, ...]
    seconds: float
    legs: tuple[RungLeg, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridged(CallEvent):
    """The caller talks to `target`, for `seconds` at most; `call_id` is the other leg's."""

    type: ClassVar[str] = "bridged"
    target: str
    seconds: float
    call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeEnded(CallEvent):
    """The caller has talked to `target` for `seconds`; the leg `call_id` is over."""

    type: ClassVar[str] = "bridge_ended"
    target: str
    seconds: float
    call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBridged(CallEvent):
    """No one answered; `cause` is KAZOO's, such as USER_BUSY."""

    type: ClassVar[str] = "not_bridged"
    targets: tuple[str, ...]
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(CallEvent):
    """The caller's voice was recorded; `url` is None if it is not stored."""

    type: ClassVar[str] = "recorded"
    media: str
    seconds: float
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSent(CallEvent):
    """A recording was sent to `url`; `status` is 0 for no answer.

    A failure is repeated some minutes later, five times at most.
    """

    type: ClassVar[str] = "recording_sent"
    method: str
    url: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail(CallEvent):
    """The caller reaches a voicemail box: `action` is compose or check."""

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
    """Custom application variables of the call were set; null deletes one."""

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
    """A module ran that is not heard; `effect` describes the change."""

    type: ClassVar[str] = "action"
    module: str
    data: dict[str, Any]
    skipped: bool = False
    effect: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HungUp(CallEvent):
    """The caller's leg ended, hung up by kazoo or caller."""

    type: ClassVar[str] = "hung_up"
    by: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookFired(CallEvent):
    """A webhook of the call was sent; `status` is 0 for no answer.

    `disabled`: KAZOO sends no more of them, after too many failures within a minute.
    """

    type: ClassVar[str] = "webhook"
    hook: str
    url: str
    status: int
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrPosted(CallEvent):
    """The CDR of a leg was posted to the cdr_url; `leg` is A or B."""

    type: ClassVar[str] = "cdr"
    leg: str
    url: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class End(CallEvent):
    """The call is over; `verdict` is `executes` if KAZOO executed every answer.

    `unused` are the keys that the caller was never asked for.
    """

    type: ClassVar[str] = "end"
    verdict: str
    reason: str
    unused: tuple[str, ...] = ()
