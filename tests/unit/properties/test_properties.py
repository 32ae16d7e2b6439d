"""What holds of everything that can be built, and of everything that KAZOO can ask."""

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
from pivotctl.switch.http.form_encoding import form_text, json_text, with_query
from pivotkit import kazoo
from pivotkit.calls.call import MAX_BYTES, Call, read_call
from pivotkit.calls.render import rendered
from pivotkit.core.errors import AnswerError
from pivotkit.http.gateway import Reply, request_of
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
    """As many examples as `make test` can wait for."""
    return _settings(FEW)(test)


def many(test: Test) -> Test:
    """As many as `make test-long` is for."""
    return pytest.mark.long(_settings(MANY)(test))


def _settings(examples: int) -> Callable[[Test], Test]:
    slow = (HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large)
    return settings(max_examples=examples, deadline=None, suppress_health_check=slow)


def answered(flow: object) -> Reply:
    """*flow* rendered; a tree that the last look refuses cannot be built."""
    try:
        return rendered(flow, FALLBACK)
    except AnswerError:
        assume(condition=False)
        raise


def reading(reply: Reply) -> tuple[Verdict, tuple[Any, ...]]:
    """What our reader says of *reply*."""
    answer = PivotAnswer(
        reply["body"].encode(), reply["headers"]["content-type"], reply["statusCode"]
    )
    found = read(answer)
    return found.verdict, found.problems


# -- callflow actions ----------------------------------------------------------------------------


def check_tree(flow: Action) -> None:
    """The tree passes KAZOO's schemas, where they are at hand, and the reader."""
    reply = answered(flow)
    assert schemas.schema_problems(json.loads(reply["body"])) == []
    assert reading(reply) == (Verdict.EXECUTES, ())


@given(trees())
@few
def test_any_action_tree_is_executed(flow: Action) -> None:
    """A tree of actions that can be built is valid for KAZOO's schemas and for our reader."""
    check_tree(flow)


@given(trees())
@many
def test_thousands_of_action_trees_are_executed(flow: Action) -> None:
    """The same for thousands of trees."""
    check_tree(flow)


def check_same_action(plan: Plan) -> None:
    """Built twice, an action is rendered to the same bytes."""
    assert answered(plan.built()) == answered(plan.built())


@given(actions())
@few
def test_rendering_an_action_is_deterministic(plan: Plan) -> None:
    """Equal arguments give an equal answer, to the byte."""
    check_same_action(plan)


@given(actions())
@many
def test_rendering_thousands_of_actions_is_deterministic(plan: Plan) -> None:
    """The same for thousands of actions."""
    check_same_action(plan)


def test_every_builder_is_covered() -> None:
    """The strategies find every public function that makes an action."""
    named = {each.__name__ for each in builders()}
    assert named >= {"tts", "pivot", "ring_group", "menu", "hangup"}
    assert named <= set(kazoo.__all__)


@pytest.mark.parametrize("builder", builders(), ids=lambda builder: builder.__name__)
def test_every_builder_is_met(builder: Builder) -> None:
    """The strategy for a builder makes actions that the builder takes."""
    find(plans(builder), buildable, settings=SEARCHED)


@pytest.mark.parametrize("kind", ["play", "prompt", "say", "tone", "tts"])
def test_every_kind_of_macro_is_met(kind: str) -> None:
    """The strategy for audio macros makes entries of each kind."""

    def holds(plan: Plan) -> bool:
        entries: Any = plan.built().data["macros"] if buildable(plan) else ()
        return kind in {entry["macro"] for entry in entries}

    find(plans(kazoo.audio_macro), holds, settings=SEARCHED)


# -- TwiML ---------------------------------------------------------------------------------------


def structure(element: ET.Element) -> tuple[str, list[str], list[Any]]:
    """Names of elements and attributes, nested, without any text."""
    return element.tag, sorted(element.attrib), [structure(child) for child in element]


def check_document(plan: Plan) -> None:
    """It is well formed, keeps its structure whatever its texts are, and passes the reader."""
    document = plan.built()
    assert str(document) == str(plan.built())
    harmless = ET.fromstring(str(plan.built("x")))
    assert structure(ET.fromstring(str(document).encode())) == structure(harmless)
    assert reading(answered(document)) == (Verdict.EXECUTES, ())


@given(DOCUMENTS)
@few
def test_any_twiml_is_executed(plan: Plan) -> None:
    """A document that can be built is well formed, has the structure meant, and is executed."""
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
    """How many names deep *value* is."""
    return 1 + max(map(depth, value.values()), default=0) if isinstance(value, dict) else 0


def in_text(value: Any) -> Any:
    """*value* with the types that form text leaves of it."""
    if isinstance(value, dict):
        return {name: in_text(item) for name, item in value.items()}
    if isinstance(value, list):
        return [in_text(item) for item in value]
    return value if isinstance(value, str) else json.dumps(value)


def decoded(sent: dict[str, Any], way: str) -> Call:
    """The call that a template gets, when KAZOO has encoded *sent* in one of its three ways."""
    url = "https://pivot.example.com/pivot-development/pivot/x"
    if way == "get":
        encoded = event("", method="get", url=with_query(url, form_text(sent)), content_type="")
    elif way == "json":
        encoded = event(json_text(sent), method="post", url=url, content_type=JSON)
    else:
        encoded = event(form_text(sent), method="post", url=url, content_type=FORM)
    return read_call(request_of(encoded, MAX_BYTES))


def check_request(sent: dict[str, Any], way: str) -> None:
    """Every parameter arrives as it was, or as its text."""
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
    """What KAZOO's encoder makes of a request's parameters decodes to the same values."""
    check_request(sent, way)


@given(REQUESTS, WAYS)
@many
def test_thousands_of_requests_decode_to_what_was_sent(sent: dict[str, Any], way: str) -> None:
    """The same for thousands of requests."""
    check_request(sent, way)
