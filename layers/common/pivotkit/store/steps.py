"""Steps of a call, as they are kept: the request, the answer, and what came between them."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from pivotkit.core.masks import HIDDEN, digits_of, masked, masked_text
from pivotkit.http.gateway import GatewayResponse
from pivotkit.store import Item
from pivotkit.store.remembered import Changes, Remembered

MOST = {"request": 16_000, "answer": 48_000, "before": 16_000, "after": 16_000}
"""Limits on the characters of a kept step's parts. An item holds 400 kB."""

SECRET = "(secret)"  # noqa: S105  (what is shown in its place)
_IDS = frozenset(
    {
        *("account_id", "call_id", "caller_id_number", "from_", "from_realm", "language"),
        *("request", "request_realm", "req_format", "to", "to_realm", "user_id", "direction"),
        *("api_version", "call_status", "dial_call_sid", "recording_id", "queue_sid"),
    }
)
"""The parts of a request that a caller does not press. They are needed to answer it again."""

_LEFT_OUT = frozenset({"context"})


class Kept(NamedTuple):
    """An answered request. Times are Unix milliseconds, `call` is the layer's `Call`.

    `memory` is what was stored of the call, and what this request changed; `None` without state.
    `base` is the start of its URLs; `run`, `step`, and `question` are its place in a conversation,
    and `secret` tells that the pressed digits are a secret.
    """

    call: Any
    answer: GatewayResponse
    outcome: str
    fields: Mapping[str, object]
    at: int
    ms: int
    request_id: str = ""
    base: str = ""
    memory: tuple[Remembered, Changes] | None = None
    run: str = ""
    step: int = 0
    question: str = ""
    secret: bool = False

    @property
    def is_fallback(self) -> bool:
        """Whether the caller heard the fallback."""
        return self.outcome in ("fallback", "expired")

    @property
    def fault(self) -> str:
        """The error's type and the author's line, if there was an error."""
        error, line = (str(self.fields.get(name, "")) for name in ("error", "at"))
        return f"{error} at {line}" if line else error


class CodeVersion(NamedTuple):
    """The code that answered: its function, Lambda's name for it, and a digest of its files."""

    function: str
    lambda_name: str
    digest: str


def item_of(kept: Kept, code: CodeVersion) -> Item:
    """The attributes of a step, without its key. Every text is masked, and has a limit."""
    pressed = pressed_in(kept.call, kept.memory[0] if kept.memory else None)
    before, after = _states(kept)
    parts = {
        "request": json.dumps(_request(kept, pressed), ensure_ascii=False),
        "answer": masked_text(str(kept.answer.get("body", "")), pressed),
        "before": json.dumps(masked(before, pressed), ensure_ascii=False) if before else "",
        "after": json.dumps(masked(after, pressed), ensure_ascii=False) if after else "",
    }
    cut = [name for name, text in parts.items() if len(text) > MOST[name]]
    texts = {name: text[: MOST[name]] for name, text in parts.items()} | {
        "function": code.function,
        "lambda": code.lambda_name,
        "code": code.digest,
        "outcome": kept.outcome,
        "content_type": str(kept.answer.get("headers", {}).get("content-type", "")),
        "request_id": kept.request_id,
        "base": kept.base,
        "run": kept.run,
        "question": kept.question,
        "secret": "true" if kept.secret else "",
        "cut": " ".join(cut),
        "log": json.dumps(dict(kept.fields), default=str)[:4000] if kept.fields else "",
    }
    status = int(kept.answer.get("statusCode", 0))
    numbers = {"step": kept.step, "at": kept.at, "ms": kept.ms, "status": status}
    return {name: {"S": text} for name, text in texts.items() if text} | {
        name: {"N": str(number)} for name, number in numbers.items()
    }


def pressed_in(call: Any, stored: Remembered | None) -> set[str]:
    """The digits that the caller has pressed in this request of a call, and before it."""
    found = digits_of(call.digits)
    for step in stored.steps if stored else ():
        found |= digits_of(step.value)
    return found


def _request(kept: Kept, pressed: set[str]) -> dict[str, Any]:
    """The parameters as they were parsed, without those that were not sent."""
    sent: dict[str, Any] = {
        name: _plain(value)
        for name, value in kept.call._asdict().items()
        if name not in _LEFT_OUT and value not in (None, "", (), {}, False) and value is not None
    }
    shown = {name: each if name in _IDS else masked(each, pressed) for name, each in sent.items()}
    if "digits" in shown:
        shown["digits"] = _hidden(kept)
    return shown


def _hidden(kept: Kept) -> Any:
    sign = SECRET if kept.secret else HIDDEN
    digits = kept.call.digits
    return sign if isinstance(digits, str) else dict.fromkeys(digits, sign)


def _states(kept: Kept) -> tuple[dict[str, Any], dict[str, Any]]:
    """The state before this request, and after it; both empty for a function without state."""
    if kept.memory is None:
        return {}, {}
    stored, changes = kept.memory
    before = _state(stored.vars, stored.once, stored.steps[: kept.step])
    after = _state({**stored.vars, **changes.vars}, {**changes.once, **stored.once}, stored.steps)
    return before, after


def _state(
    variables: Mapping[str, Any], once: Mapping[str, Any], steps: tuple[Any, ...]
) -> dict[str, Any]:
    """A call's state for people: of answers the questions alone, and no result of a secret."""
    answers = [
        {"at": step.at, "question": step.question, "answer": HIDDEN if step.length else None}
        for step in steps
    ]
    made = {name: SECRET if _of_secret(name) else value for name, value in once.items()}
    return {"vars": dict(variables), "once": made, "answers": answers}


def _of_secret(name: str) -> bool:
    """Whether a value made once is the result of a secret's check (`?2` in its scope)."""
    return name.rpartition(":")[2].startswith("?")


def _plain(value: object) -> Any:
    """*value* in JSON's types."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
