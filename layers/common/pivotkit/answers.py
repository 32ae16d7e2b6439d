"""The last look at an answer before it is sent, and how it is written.

KAZOO announces that it takes over the call before it validates a flow: one that is valid JSON but
breaks a schema is dead air, without any fallback (`kzt_translator.erl`).
"""

import json
from typing import TYPE_CHECKING

from pivotkit.errors import AnswerError
from pivotkit.gateway import Reply, reply
from pivotkit.kazoo.action import NEXT, Action, Json, branch_fault, check_data
from pivotkit.kazoo.facts import MODULES

if TYPE_CHECKING:
    from pivotkit.twiml import Response

type Flow = Action | Response
"""What a Pivot handler answers: callflow actions or a TwiML document."""


def rendered(flow: object, fallback: Action) -> Reply:
    """*flow* as KAZOO takes it; nested `pivot`s get *fallback*. Raises `AnswerError`."""
    if not isinstance(flow, Action):
        return _rendered_twiml(flow)
    return reply(200, _text(flow, fallback), "application/json")


def _rendered_twiml(flow: object) -> Reply:
    from pivotkit.twiml import Response  # noqa: PLC0415  (not for those who answer in JSON)

    if not isinstance(flow, Response):
        raise AnswerError("answer", "flow", flow, "must be callflow actions or a TwiML Response")
    return reply(200, str(flow), "text/xml; charset=utf-8")


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _text(flow: Action, fallback: Action) -> str:
    try:
        text = _ENCODER.encode(_document(flow, fallback))
        text.encode()  # half of a surrogate pair would fail in the runtime, behind us
    except (TypeError, ValueError) as error:
        if isinstance(error, AnswerError):
            raise
        raise AnswerError(flow.module, "data", flow.data, "must be JSON values") from error
    return text


def _document(action: Action, fallback: Action) -> Json:
    """*action* as callflow JSON, checked once more: its data may have changed since."""
    if not isinstance(action, Action):
        raise AnswerError("answer", "children", action, "must be actions")
    name, data, children = action
    module = MODULES.get(name)
    if module is None:
        raise AnswerError(name, "module", name, "KAZOO has no such module")
    check_data(name, module, data)
    document: Json = {"module": name, "data": dict(data)}
    if children:
        document["children"] = below = {}
        for key, child in children.items():
            _check_branch(action, key)
            below[key] = _document(child, fallback)
    if name == "pivot" and NEXT not in children:
        document["children"] = {NEXT: fallback.as_json()}
    return document


def _check_branch(action: Action, key: str) -> None:
    module = MODULES[action.module]
    if key == NEXT:
        if module.then == "never" and action.data.get("skip_module") is not True:
            raise AnswerError(action.module, "children", key, "KAZOO never gets there")
    elif fault := branch_fault(module, action.data, key):
        raise AnswerError(action.module, "children", key, fault)
