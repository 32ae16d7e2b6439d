"""The last check of an answer, and its rendering.

KAZOO takes over the call before it validates a flow. A flow that is valid JSON but breaks a schema
is therefore dead air, without any fallback (`kzt_translator.erl`). So only actions and TwiML
documents are sent. Both are checked when they are built, and cannot change afterwards.
"""

from typing import TYPE_CHECKING

from pivotkit.core.errors import AnswerError
from pivotkit.http.gateway import GatewayResponse, reply
from pivotkit.kazoo.action import Action

if TYPE_CHECKING:
    from pivotkit.twiml import Response

type Flow = Action | Response
"""The answer of a Pivot handler: callflow actions or a TwiML document."""


def rendered(flow: object, fallback: Action) -> GatewayResponse:
    """Render *flow* for KAZOO, with *fallback* in nested `pivot`s. Raises `AnswerError`."""
    if not isinstance(flow, Action):
        return _rendered_twiml(flow)
    text = flow.as_text(fallback)
    if not text.isascii():
        _require_unicode(text)
    return reply(200, text, "application/json")


def _require_unicode(text: str) -> None:
    """Raise `AnswerError` for half of a surrogate pair, which would fail later, in the runtime."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise AnswerError("answer", "text", text, "must be Unicode") from error


def _rendered_twiml(flow: object) -> GatewayResponse:
    from pivotkit.twiml import Response  # noqa: PLC0415  (not for those who answer in JSON)

    if not isinstance(flow, Response):
        raise AnswerError("answer", "flow", flow, "must be callflow actions or a TwiML Response")
    return reply(200, str(flow), "text/xml; charset=utf-8")
