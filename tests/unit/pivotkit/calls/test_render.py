"""The last look at an answer: what KAZOO would not execute becomes the fallback."""

import io
import json
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pivotkit import kazoo
from pivotkit.calls.call import MAX_BYTES, Call
from pivotkit.calls.handler import pivot
from pivotkit.calls.template_settings import APOLOGY
from pivotkit.core.errors import AnswerError
from pivotkit.kazoo import (
    Action,
    hangup,
    menu,
    play,
    response,
    set_variables,
    sleep,
    tts,
    user,
)
from pivotkit.twiml import Hangup, Response, Say
from tests.events import ASKED, FORM, JSON, event

ID = "b2c0a4e1d3f5968778695a4b3c2d1e0f"
FALLBACK = tts("One moment.") >> user(ID)


class Context:
    """Lambda's context, of which the layer asks one thing."""

    def __init__(self, milliseconds: int) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        """As Lambda gives it."""
        return self._milliseconds


def answer(flow: Callable[[], Any], context: Any = None) -> dict[str, Any]:
    """The answer of a function whose template makes *flow*."""

    @pivot(fallback=FALLBACK)
    def handler(call: Call) -> Any:
        assert call
        return flow()

    return handler(event(ASKED), context)


def endless() -> Action:
    """A chain of more actions than anybody means."""
    flow = hangup()
    for _ in range(5000):
        flow = Action("tts", {"text": "a"}, {"_": flow})
    return flow


BAD: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "text": lambda: "hello",
    "dict": lambda: {"module": "hangup", "data": {}},
    "list": lambda: [hangup()],
    "a verb": lambda: Say("a"),
    "the action's function": lambda: hangup,
    "unknown module": lambda: Action("gather"),
    "unknown module in a branch": lambda: menu(ID).on("1", Action("Gather")),
    "wrong case": lambda: Action("TTS", {"text": "a"}),
    "missing property": lambda: Action("tts"),
    "wrong type": lambda: Action("response", {"code": "486"}),
    "float for integer": lambda: Action("sleep", {"duration": 20.0}),
    "decimal for integer": lambda: Action("sleep", {"duration": Decimal(20)}),
    "decimal in variables": lambda: set_variables({"a": Decimal(1)}),
    "set in variables": lambda: set_variables({"a": {1, 2}}),
    "NaN in variables": lambda: set_variables({"a": float("nan")}),
    "half a surrogate pair": lambda: set_variables({"a": "\ud800"}),
    "half a surrogate pair in a media id": lambda: play("\ud800"),
    "null child": lambda: Action("tts", {"text": "a"}, {"_": None}),  # type: ignore[dict-item]
    "child after the end": lambda: Action("hangup", {}, {"_": tts("a")}),
    "unknown branch": lambda: Action("tts", {"text": "a"}, {"1": tts("a")}),
    "too deep": endless,
    "an exception": lambda: 1 // 0,
    "an exit": sys.exit,
    "an answer that cannot be built": lambda: tts(""),
    "a document that just ends": lambda: Response(Say("a")),
    "a generator": lambda: (action for action in [hangup()]),
}


@pytest.mark.parametrize("flow", BAD.values(), ids=BAD.keys())
def test_bad_answers_become_the_fallback(flow: Callable[[], Any]) -> None:
    """Whatever KAZOO would not execute becomes the template's fallback, with status 200."""
    found = answer(flow)
    assert (found["statusCode"], found["headers"]["content-type"]) == (200, "application/json")
    assert json.loads(found["body"]) == FALLBACK.as_json()
    found["body"].encode()


def test_a_callflow() -> None:
    """Callflow actions are sent as compact JSON, in UTF-8, as application/json."""
    found = answer(lambda: tts("Grüße") >> hangup())
    assert found == {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": '{"module":"tts","data":{"text":"Grüße"},'
        '"children":{"_":{"module":"hangup","data":{}}}}',
    }


def test_a_document() -> None:
    """A TwiML document is sent as text/xml, whatever the request's format was."""
    found = answer(lambda: Response(Hangup()))
    assert found == {
        "statusCode": 200,
        "headers": {"content-type": "text/xml; charset=utf-8"},
        "body": "<Response><Hangup/></Response>",
    }


def test_nested_pivots_get_the_fallback() -> None:
    """A nested pivot carries the fallback as its `_` child: KAZOO runs it when we fail."""
    found = answer(lambda: tts("a") >> kazoo.pivot("https://h/x"))
    nested = json.loads(found["body"])["children"]["_"]
    assert nested["children"] == {"_": FALLBACK.as_json()}


def test_a_template_without_a_fallback() -> None:
    """A template that names no fallback has an apology and a hang-up."""

    @pivot
    def handler(call: Call) -> Action:
        raise RuntimeError(call.caller.number)

    assert json.loads(handler(event(ASKED), None)["body"]) == APOLOGY.as_json()


def test_a_fallback_is_checked_at_import() -> None:
    """A fallback that KAZOO would refuse is an error when the function is loaded, not in a call."""
    with pytest.raises(AnswerError, match="gather: module"):
        pivot(fallback=Action("gather"))(lambda _: hangup())


def test_a_fallback_in_twiml() -> None:
    """A fallback may be TwiML; nested pivots then get the apology, which is callflow JSON."""

    @pivot(fallback=Response(Say("Sorry."), Hangup()))
    def handler(call: Call) -> Action:
        if call.to == "2030":
            return kazoo.pivot("https://h/x")
        raise RuntimeError

    nested = json.loads(handler(event(ASKED), None)["body"])
    assert nested["children"]["_"] == APOLOGY.as_json()
    failed = handler(event(ASKED.replace("To=2030", "To=1")), None)
    assert failed["body"] == "<Response><Say>Sorry.</Say><Hangup/></Response>"


@pytest.mark.parametrize("milliseconds", [300, 1, 0, -5])
def test_little_time_left(milliseconds: int) -> None:
    """With hardly any time left the caller gets an answer all the same: 200 and a flow."""
    found = answer(hangup, Context(milliseconds))
    assert found["statusCode"] == 200
    assert json.loads(found["body"])["module"] in ("hangup", "tts")


def test_statuses() -> None:
    """A request that is not KAZOO's is refused in JSON, with its own status and a reason."""
    for sent, status in (
        (event("a=1"), 400),
        (event(ASKED, method="PUT"), 405),
        (event(ASKED, content_type="text/plain"), 415),
        (event("a" * (MAX_BYTES + 1)), 413),
    ):
        found = pivot(lambda _: response())(sent, None)
        assert found["statusCode"] == status
        assert json.loads(found["body"])["message"]


def test_the_log_holds_no_caller_data(log: io.StringIO, environment: pytest.MonkeyPatch) -> None:
    """On AWS a template's failure is logged by its type and place, not by its text."""

    def failing() -> Action:
        environment.delenv("AWS_SAM_LOCAL", raising=False)
        raise ValueError("secret-4711")

    def refused() -> Action:
        environment.delenv("AWS_SAM_LOCAL", raising=False)
        return sleep("secret-4711")  # type: ignore[arg-type]

    answer(failing)
    environment.setenv("AWS_SAM_LOCAL", "true")  # for the key
    answer(refused)
    written = log.getvalue()
    assert "secret-4711" not in written
    assert '"error":"ValueError","at":"test_render.py:' in written
    assert '"message":"fallback"' in written


BODIES = st.one_of(
    st.binary(max_size=60),
    st.text(alphabet="AaDTo-[]=&%+x1\x00", max_size=60).map(
        lambda text: f"{ASKED}&{text}".encode()
    ),
    st.dictionaries(
        st.sampled_from(["Account-ID", "Call-ID", "Digits", "User-ID", "To", "CallSid", "x"]),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner),
            max_leaves=4,
        ),
    ).map(lambda document: json.dumps(document).encode()),
)


@given(BODIES, st.sampled_from(["POST", "GET", "PUT"]), st.sampled_from([FORM, JSON, "", "text/a"]))
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_request_gets_an_answer(body: bytes, method: str, content_type: str) -> None:
    """Whatever an authenticated request holds, it is answered or refused; nothing gets through."""
    handler = pivot(lambda call: tts(f"Hello {call.caller.spoken_name} {call.pressed()}"))
    url = f"https://h/?{body.decode('latin-1')}" if method == "GET" else ""
    found = handler(event(body, method=method, content_type=content_type, url=url), None)
    assert found["statusCode"] in (200, 400, 405, 413, 415)
    found["body"].encode()
