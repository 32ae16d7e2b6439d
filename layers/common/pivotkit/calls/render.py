"""The last look at an answer before it is sent.

KAZOO announces that it takes over the call before it validates a flow: one that is valid JSON but
breaks a schema is dead air, without any fallback (`kzt_translator.erl`). So nothing but actions and
TwiML documents is sent, and those are checked when they are built and cannot change afterwards.
"""

from typing import TYPE_CHECKING

from pivotkit.core.errors import AnswerError
from pivotkit.http.gateway import GatewayResponse, reply
from pivotkit.kazoo.action import Action

if TYPE_CHECKING:
    from pivotkit.twiml import Response

type Flow = Action | Response
"""What a Pivot handler answers: callflow actions or a TwiML document."""


def rendered(flow: object, fallback: Action) -> GatewayResponse:
    """*flow* as KAZOO takes it; nested `pivot`s get *fallback*. Raises `AnswerError`."""
    if not isinstance(flow, Action):
        return _rendered_twiml(flow)
    text = flow.as_text(fallback)
    try:
        text.encode()  # half of a surrogate pair would fail in the runtime, behind us
    except UnicodeEncodeError as error:
        raise AnswerError("answer", "text", text, "must be Unicode") from error
    return reply(200, text, "application/json")


def _rendered_twiml(flow: object) -> GatewayResponse:
    from pivotkit.twiml import Response  # noqa: PLC0415  (not for those who answer in JSON)

    if not isinstance(flow, Response):
        raise AnswerError("answer", "flow", flow, "must be callflow actions or a TwiML Response")
    return reply(200, str(flow), "text/xml; charset=utf-8")
