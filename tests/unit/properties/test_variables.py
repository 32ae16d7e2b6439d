"""Custom application variables hold any JSON, and never change what KAZOO or a caller gets."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pivotkit.calls.call import MAX_BYTES, Call
from pivotkit.calls.handler import pivot
from pivotkit.core.errors import TooLarge
from pivotkit.deliveries.cdrs import CallDetail, read_cdr
from pivotkit.events import ChannelDestroy, Event, read_event
from pivotkit.http import deliveries
from pivotkit.http.gateway import request_of
from pivotkit.http.parameters import MAX_FIELDS
from pivotkit.kazoo import Action, tts
from tests.environment import environment, log
from tests.events import FORM, JSON, event
from tests.forms import kazoo_form

__all__ = ["environment", "log"]

pytestmark = pytest.mark.usefixtures("environment")

NAME = st.text(st.characters(codec="utf-8"), max_size=8) | st.text("a[]=%+ ", max_size=6)
SCALAR = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.text('a[]{}=&"\\', max_size=8),
)
ANY = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAME, inner, max_size=4),
    max_leaves=20,
)


@st.composite
def variables(draw: st.DrawFn) -> dict[str, Any]:
    """Variables of any shape, some of them many or deep."""
    found: dict[str, Any] = draw(st.dictionaries(NAME, ANY, max_size=4))
    deep: Any = draw(ANY)
    for level in range(draw(st.sampled_from([0, 0, 3, 4, 15, 60, 500]))):
        deep = {f"d{level}": deep} if level % 3 else [deep]
    many = draw(st.sampled_from([0, 0, 300, MAX_FIELDS, MAX_FIELDS + 300]))
    return {**{f"v{at}": str(at) for at in range(many)}, **found, "deep": deep}


def answer(call: Call) -> Action:
    """A template whose answer shows KAZOO's own parameters."""
    shown = call._replace(custom_application_vars={}, variables={}, cut=False, context=call.context)
    values = {name: repr(value) for name, value in shown._asdict().items() if name != "context"}
    return tts(json.dumps(values)[:4000])


CALL: dict[str, Any] = {
    "To": "2030",
    "Digits": {"default": "12"},
    "Custom-SIP-Headers": {"X-A": "1"},
}
AFTER: dict[str, Any] = {
    "Caller-ID-Name": "Jane",
    "User-ID": ["u1", "u2"],
    "Call-ID": "c1",
    "Account-ID": "a1",
}
LEG: dict[str, Any] = {"account_id": "a1", "call_id": "c1", "call_direction": "inbound"}
ENDED: dict[str, Any] = {
    "duration_seconds": 51,
    "hook_event": "channel_destroy",
    "timestamp": 63914799868,
}
CDR: dict[str, Any] = {"Billing-Seconds": 41, "Call-Direction": "inbound"}
HANGUP: dict[str, Any] = {"Hangup-Cause": "NORMAL_CLEARING", "Timestamp": 63914799868}


def sent(values: dict[str, Any], way: str) -> dict[str, Any]:
    """The request with *values*, in one of KAZOO's three encodings."""
    if way == "json":
        return event(json.dumps(values), content_type=JSON)
    form = kazoo_form(values)
    if way == "form":
        return event(form, content_type=FORM)
    request = event("", method="GET", content_type="")
    return request | {"rawQueryString": form}


WAYS = st.sampled_from(["form", "query", "json"])
THOROUGH = settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)


def fits(request: dict[str, Any]) -> bool:
    """Whether a request is within the limit on bytes."""
    try:
        return bool(request_of(request, MAX_BYTES))
    except TooLarge:
        return False


@given(variables(), WAYS)
@THOROUGH
def test_any_variables_give_the_same_answer(found: dict[str, Any], way: str) -> None:
    """Whatever JSON the variables hold, an authenticated call gets the answer of one without."""
    handler = pivot(answer)
    request = sent(CALL | {"Custom-Application-Vars": found} | AFTER, way)
    if fits(request):
        assert handler(request, None) == handler(sent(CALL | AFTER, way), None)


def plain(found: Event | CallDetail) -> dict[str, Any]:
    """The fields of *found* without the variables, and without fields that their names made."""
    ours = ("custom_application_vars", "custom_data", "other")
    return {name: value for name, value in vars(found).items() if name not in ours}


@given(variables(), WAYS, st.booleans())
@THOROUGH
def test_any_variables_leave_the_event(found: dict[str, Any], way: str, newer: bool) -> None:  # noqa: FBT001
    """Whatever JSON the variables hold, a hook's own fields are read, in both of its versions."""
    values = LEG | {"custom_application_vars": found} | ENDED
    if newer and way == "json":
        values = {"action": "event", "data": values, "name": "CHANNEL_DESTROY", "timestamp": 1}
    request = request_of(sent(values, way), deliveries.MAX_BYTES)
    # A hook's own query ends at a second `?`, which a raw name may hold, too.
    assume("?" not in request.query)
    content = deliveries.read(request)
    event_read = read_event(content.values)
    assert content.unread == ""
    assert isinstance(event_read, ChannelDestroy)
    assert plain(event_read) == plain(read_event(LEG | ENDED))


@given(variables(), st.sampled_from(["form", "json"]))
@THOROUGH
def test_any_variables_leave_the_cdr(found: dict[str, Any], way: str) -> None:
    """Whatever JSON the variables hold, the fields of a CDR are read."""
    values = CDR | {"Custom-Application-Vars": found} | HANGUP
    content = deliveries.read(request_of(sent(values, way), deliveries.MAX_BYTES))
    assert content.unread == ""
    assert plain(read_cdr(content.values)) == plain(read_cdr(CDR | HANGUP))


MARKED = [
    ({"a": {"b": {"c": {"d": {"e": "1"}}}}}, False),
    ({f"v{at}": "1" for at in range(MAX_FIELDS)}, False),
    ({f"v{at}": "1" for at in range(MAX_FIELDS + 1)}, True),
    ({"a": {"": "1", "b": "2"}}, True),
    ({"a[": "1"}, True),
]


@pytest.mark.parametrize(("found", "cut"), MARKED, ids=range(len(MARKED)))
def test_a_call_with_cut_variables_is_marked(
    found: dict[str, Any],
    cut: bool,  # noqa: FBT001
    log: Any,
) -> None:
    """A call some of whose variables were cut says so, to the template and in its log line."""
    seen: list[Call] = []

    def template(call: Call) -> Action:
        seen.append(call)
        return tts("Hello")

    request = sent(CALL | {"Custom-Application-Vars": found} | AFTER, "form")
    assert pivot(template)(request, None)["statusCode"] == 200
    assert seen[0].cut is cut
    assert ('"values_cut":"true"' in log.getvalue()) is cut
