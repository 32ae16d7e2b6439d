"""Properties of everything that can be built, and of every request that KAZOO can send."""

import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, Phase, assume, find, given, settings
from hypothesis import strategies as st

from pivotctl.lint.verdict import read
from pivotctl.problems import Verdict
from pivotctl.reader import schemas
from pivotctl.reader.answers import PivotAnswer
from pivotctl.reader.flows import actions as checked_actions
from pivotctl.switch.http.form_encoding import form_text, json_text, with_query
from pivotkit import kazoo
from pivotkit.calls.call import MAX_BYTES, Call, read_call
from pivotkit.calls.render import rendered
from pivotkit.core.errors import AnswerError
from pivotkit.http.gateway import GatewayResponse, request_of
from pivotkit.http.parameters import MAX_DEPTH
from pivotkit.kazoo import Action, hangup, tts
from tests.events import FORM, JSON, event
from tests.unit.properties.building import (
    DOCUMENTS,
    Builder,
    Plan,
    actions,
    buildable,
    builders,
    plans,
    trees,
)

FALLBACK = tts("Sorry.") >> hangup()
FEW, MANY = 100, 6000
SEARCHED = settings(max_examples=2000, database=None, phases=[Phase.generate], derandomize=True)

type Test = Callable[..., None]


def few(test: Test) -> Test:
    """The number of examples for `make test`."""
    return _settings(FEW)(test)


def many(test: Test) -> Test:
    """The number of examples for `make test-long`."""
    return pytest.mark.long(_settings(MANY)(test))


def _settings(examples: int) -> Callable[[Test], Test]:
    slow = (HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large)
    return settings(max_examples=examples, deadline=None, suppress_health_check=slow)


def answered(flow: object) -> GatewayResponse:
    """Render *flow*; a flow that rendering rejects cannot be built."""
    try:
        return rendered(flow, FALLBACK)
    except AnswerError:
        assume(condition=False)
        raise


def reading(reply: GatewayResponse) -> tuple[Verdict, tuple[Any, ...]]:
    """The reader's verdict on *reply*."""
    answer = PivotAnswer(
        reply["body"].encode(), reply["headers"]["content-type"], reply["statusCode"]
    )
    found = read(answer)
    return found.verdict, found.problems


# -- callflow actions ----------------------------------------------------------------------------


def check_tree(flow: Action) -> None:
    """Check a tree against the reader and, if available, KAZOO's schemas."""
    reply = answered(flow)
    assert schemas.schema_problems(checked_actions(json.loads(reply["body"]))) == []
    assert reading(reply) == (Verdict.EXECUTES, ())


@given(trees())
@few
def test_any_action_tree_is_executed(flow: Action) -> None:
    """Every tree of actions that can be built is valid for KAZOO's schemas and the reader."""
    check_tree(flow)


@given(trees())
@many
def test_thousands_of_action_trees_are_executed(flow: Action) -> None:
    """The same for thousands of trees."""
    check_tree(flow)


def check_same_action(plan: Plan) -> None:
    """Check that an action built twice is rendered to the same bytes."""
    assert answered(plan.built()) == answered(plan.built())


@given(actions())
@few
def test_rendering_an_action_is_deterministic(plan: Plan) -> None:
    """Equal arguments give identical answers, byte by byte."""
    check_same_action(plan)


@given(actions())
@many
def test_rendering_thousands_of_actions_is_deterministic(plan: Plan) -> None:
    """The same for thousands of actions."""
    check_same_action(plan)


def test_every_builder_is_covered() -> None:
    """The strategies cover every public function that builds an action."""
    named = {each.__name__ for each in builders()}
    assert named >= {"tts", "pivot", "ring_group", "menu", "hangup"}
    assert named <= set(kazoo.__all__)


@pytest.mark.parametrize("builder", builders(), ids=lambda builder: builder.__name__)
def test_every_builder_is_met(builder: Builder) -> None:
    """Every builder's strategy yields actions that the builder accepts."""
    find(plans(builder), buildable, settings=SEARCHED)


@pytest.mark.parametrize("kind", ["play", "prompt", "say", "tone", "tts"])
def test_every_kind_of_macro_is_met(kind: str) -> None:
    """The strategy for audio macros yields entries of each kind."""

    def holds(plan: Plan) -> bool:
        entries: Any = plan.built().data["macros"] if buildable(plan) else ()
        return kind in {entry["macro"] for entry in entries}

    find(plans(kazoo.audio_macro), holds, settings=SEARCHED)


# -- TwiML ---------------------------------------------------------------------------------------


def structure(element: ET.Element) -> tuple[str, list[str], list[Any]]:
    """The nested names of elements and attributes, without text."""
    return element.tag, sorted(element.attrib), [structure(child) for child in element]


def check_document(plan: Plan) -> None:
    """Check that a document is well-formed, keeps its structure, and passes the reader."""
    document = plan.built()
    assert str(document) == str(plan.built())
    harmless = ET.fromstring(str(plan.built("x")))
    assert structure(ET.fromstring(str(document).encode())) == structure(harmless)
    assert reading(answered(document)) == (Verdict.EXECUTES, ())


@given(DOCUMENTS)
@few
def test_any_twiml_is_executed(plan: Plan) -> None:
    """Every document that can be built is well-formed, structured as meant, and executed."""
    check_document(plan)


@given(DOCUMENTS)
@many
def test_thousands_of_documents_are_executed(plan: Plan) -> None:
    """The same for thousands of documents."""
    check_document(plan)


# -- requests ------------------------------------------------------------------------------------

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
NAME = st.text("ab &=+%20.é#", min_size=1, max_size=6)
SCALAR = st.one_of(TEXT, st.integers(), st.booleans())
VARIABLES = st.recursive(
    st.one_of(SCALAR, st.lists(TEXT.filter(lambda text: text[:1] != "{"), min_size=1, max_size=3)),
    lambda inner: st.dictionaries(NAME, inner, min_size=1, max_size=3),
    max_leaves=4,
)
REQUESTS = st.fixed_dictionaries(
    {
        "To": TEXT,
        "From": TEXT,
        "Custom-Application-Vars": st.dictionaries(NAME, VARIABLES, max_size=3),
        "Custom-SIP-Headers": st.dictionaries(NAME, TEXT, max_size=3),
        "Caller-ID-Name": TEXT,
        "Call-ID": TEXT.filter(bool),
        "Account-ID": TEXT.filter(bool),
    },
    optional={
        "Digits": st.one_of(TEXT, st.dictionaries(NAME, TEXT, min_size=1, max_size=3)),
        "User-ID": st.one_of(TEXT, st.lists(TEXT.filter(lambda text: text[:1] != "{"), min_size=1)),
        "Language": TEXT,
    },
)


def depth(value: Any) -> int:
    """The nesting depth of *value*, in names."""
    return 1 + max(map(depth, value.values()), default=0) if isinstance(value, dict) else 0


def in_text(value: Any) -> Any:
    """*value* as it arrives in form text, where all leaves are text."""
    if isinstance(value, dict):
        return {name: in_text(item) for name, item in value.items()}
    if isinstance(value, list):
        return [in_text(item) for item in value]
    return value if isinstance(value, str) else json.dumps(value)


def decoded(sent: dict[str, Any], way: str) -> Call:
    """The call that a template gets if KAZOO encodes *sent* in one of its three ways."""
    url = "https://pivot.example.com/pivot-development/pivot/x"
    if way == "get":
        encoded = event("", method="get", url=with_query(url, form_text(sent)), content_type="")
    elif way == "json":
        encoded = event(json_text(sent), method="post", url=url, content_type=JSON)
    else:
        encoded = event(form_text(sent), method="post", url=url, content_type=FORM)
    return read_call(request_of(encoded, MAX_BYTES))


def check_request(sent: dict[str, Any], way: str) -> None:
    """Check that every parameter arrives unchanged or as text."""
    assume(depth(sent["Custom-Application-Vars"]) < MAX_DEPTH)
    # KAZOO's keys are raw: in a URL, one with a # would start the fragment.
    assume(way != "get" or "#" not in form_text(sent))
    call = decoded(sent, way)
    meant = sent if way == "json" else in_text(sent)
    assert (call.call_id, call.account_id) == (meant["Call-ID"], meant["Account-ID"])
    assert (call.to, call.from_) == (meant["To"], meant["From"])
    assert call.caller.name == meant["Caller-ID-Name"]
    assert dict(call.custom_application_vars) == meant["Custom-Application-Vars"]
    assert dict(call.custom_sip_headers) == meant["Custom-SIP-Headers"]
    assert call.digits == meant.get("Digits")
    owners = meant.get("User-ID", [])
    assert list(call.user_id) == (owners if isinstance(owners, list) else [owners])
    assert call.language == meant.get("Language")


WAYS = st.sampled_from(["form", "get", "json"])


@given(REQUESTS, WAYS)
@few
def test_any_request_decodes_to_what_was_sent(sent: dict[str, Any], way: str) -> None:
    """A request's parameters, encoded by KAZOO, decode to the same values."""
    check_request(sent, way)


@given(REQUESTS, WAYS)
@many
def test_thousands_of_requests_decode_to_what_was_sent(sent: dict[str, Any], way: str) -> None:
    """The same for thousands of requests."""
    check_request(sent, way)
