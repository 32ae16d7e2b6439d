"""The last look at an answer before it is sent, and how it is written.

KAZOO announces that it takes over the call before it validates a flow: one that is valid JSON but
breaks a schema is dead air, without any fallback (`kzt_translator.erl`).
"""

import json
import re
from typing import TYPE_CHECKING

from pivotkit.errors import AnswerError
from pivotkit.gateway import Reply, reply
from pivotkit.kazoo.action import NEXT, Action
from pivotkit.kazoo.facts import MODULES
from pivotkit.kazoo.rules import check_properties

if TYPE_CHECKING:
    from pivotkit.twiml import Response

type Flow = Action | Response
"""What a Pivot handler answers: callflow actions or a TwiML document."""


def rendered(flow: object, fallback: Action) -> Reply:
    """*flow* as KAZOO takes it; nested `pivot`s get *fallback*. Raises `AnswerError`."""
    if not isinstance(flow, Action):
        return _rendered_twiml(flow)
    whole = flow.with_fallback(fallback)
    for action in whole.walk():
        _check(action)
    return reply(200, _text(whole), "application/json")


def _rendered_twiml(flow: object) -> Reply:
    from pivotkit.twiml import Response  # noqa: PLC0415  (not for those who answer in JSON)

    if not isinstance(flow, Response):
        raise AnswerError("answer", "flow", flow, "must be callflow actions or a TwiML Response")
    return reply(200, str(flow), "text/xml; charset=utf-8")


def _check(action: Action) -> None:
    module = MODULES.get(action.module)
    if module is None:
        raise AnswerError(action.module, "module", action.module, "KAZOO has no such module")
    check_properties(action.module, module.properties, action.data)
    for key in action.children:
        if key == NEXT:
            if module.then == "never":
                raise AnswerError(action.module, "children", key, "KAZOO never gets there")
        elif module.keys is None or not re.fullmatch(module.keys, key):
            raise AnswerError(action.module, "children", key, "KAZOO does not know this branch")


def _text(flow: Action) -> str:
    try:
        text = json.dumps(
            flow.as_json(), ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )
        text.encode()  # half of a surrogate pair would fail in the runtime, behind us
    except (TypeError, ValueError) as error:
        raise AnswerError(flow.module, "data", flow.data, "must be JSON values") from error
    return text
