"""Values of what can be built: KAZOO's readers get every one of them."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pivotctl.reader.json_document import parse_json
from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.player.twiml.attributes import kept
from pivotctl.switch.scenario import Scenario, pivot_flow
from pivotctl.xml_document import Element, parse_xml
from pivotkit import twiml
from pivotkit.calls.render import rendered
from pivotkit.core.errors import AnswerError
from pivotkit.core.speech import speakable
from pivotkit.kazoo import Action, hangup, tts
from tests.unit.properties.building import DOCUMENTS, Free, Plan, buildable, trees
from tests.unit.switch.servers import URL, Server, as_xml

FALLBACK = tts("Sorry.") >> hangup()
NEXT = "https://server.example/next"
EXAMPLES = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=(HealthCheck.filter_too_much, HealthCheck.too_slow),
)


TEXTS = (
    st.text(st.characters(max_codepoint=0x2FFF), min_size=1, max_size=9)
    | st.sampled_from(["a\tb\t", "a\nb\n", "a\rb\r", " a ", "a]]>b"])
).map(Free)


def with_texts(words: str, room: str) -> Plan:
    """A document with *words* in a Say and a Play, and a conference *room*."""
    dial = Plan(twiml.Dial, (Plan(twiml.Conference, (room,), {}),), {})
    spoken = Plan(twiml.Say, (words,), {}), Plan(twiml.Play, (words,), {})
    return Plan(twiml.Response, (*spoken, dial), {})


IN_TEXTS = st.builds(with_texts, TEXTS, TEXTS).filter(buildable)
"""Documents with any text in the three places for it."""


def given_values(plan: Plan) -> Iterator[str]:
    """Every value that a plan gives to a builder, as it is written in a document."""
    for value in (*plan.positional, *plan.named.values()):
        match value:
            case Plan():
                yield from given_values(value)
            case bool():
                yield "true" if value else "false"
            case int():
                yield str(value)
            case str() if plan.builder is twiml.Say and value is plan.positional[0]:
                yield speakable(value).strip(" \n")
            case str() if plan.builder in (twiml.Play, twiml.Conference):
                yield value.strip(" \n") if value is plan.positional[0] else value
            case str():
                yield str(value)


def kept_values(element: Element) -> Iterator[str]:
    """Every value that KAZOO has of an element and those inside."""
    yield element.text
    yield from (value for value in element.attributes.values() if kept(value))
    for child in element.elements:
        yield from kept_values(child)


@given(DOCUMENTS | IN_TEXTS)
@EXAMPLES
def test_kazoo_has_every_value_of_a_document(plan: Plan) -> None:
    """Each text, number, and flag of a document that can be built arrives in KAZOO unchanged."""
    root = parse_xml(rendered(plan.built(), FALLBACK)["body"].encode()).root
    assert not Counter(given_values(plan)) - Counter(kept_values(root))


NAMES = st.text("abcXYZ019_.-", min_size=1, max_size=8)


@given(NAMES, st.text(max_size=12) | st.text(st.characters(max_codepoint=0xFF), max_size=12))
@EXAMPLES
def test_kazoo_sends_a_variable_back(name: str, value: str) -> None:
    """The value of a Set is the same in the next request."""
    try:
        first = twiml.Response(twiml.Set(name, value), twiml.Redirect(NEXT))
    except AnswerError:
        assume(condition=False)
        raise
    inside = str(first).removeprefix("<Response>").removesuffix("</Response>")
    server = Server([as_xml(inside), as_xml("<Hangup/>")])
    Dialogue.place(Scenario(flow=pivot_flow(URL)), server)
    assert server.form(1)[name] == value


def chained(flow: Action) -> Iterator[tuple[Action, list[str]]]:
    """Every action of a flow, with the keys that lead to it."""
    yield flow, []
    for key, child in flow.children.items():
        yield from ((action, [key, *path]) for action, path in chained(child))


def at(document: Any, path: list[str]) -> Any:
    """The action in a document that *path* leads to."""
    for key in path:
        document = document["children"][key]
    return document


@given(trees())
@EXAMPLES
def test_kazoo_has_every_value_of_a_flow(flow: Action) -> None:
    """Each property of a flow that can be rendered arrives in KAZOO unchanged."""
    try:
        body = rendered(flow, FALLBACK)["body"].encode()
    except AnswerError:
        assume(condition=False)
        raise
    document = parse_json(body).value
    for action, path in chained(flow):
        meant = json.loads(json.dumps(action.given, default=dict))
        assert at(document, path)["data"] == meant
