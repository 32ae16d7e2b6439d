"""The graph of a call."""

from typing import Any

from pivotctl.phone.graph import MOST_NODES, CallGraph, call_graph
from pivotctl.switch.http.exchange import HttpResponse
from pivotctl.switch.world import MenuDocument, World
from tests.unit.phone.played import action, callflow, played, twiml

MENU = action(
    "menu",
    {"1": action("tts", text="Sales."), "2": action("tts", text="Support."), "_": action("hangup")},
    id="5e1f0d2c3b4a59687786958493a2b1c0",
)
MENUS = World(menus={"5e1f0d2c3b4a59687786958493a2b1c0": MenuDocument(digits=1, retries=1)})


def states(graph: CallGraph) -> dict[str, str]:
    """The state of each node, by document, name, and detail."""
    return {
        f"{node.document} {node.name} {node.detail}".strip(): node.state for node in graph.nodes
    }


def ways(graph: CallGraph) -> set[tuple[str, str, str, str]]:
    """Every edge, with names instead of IDs."""
    names = {node.id: f"{node.document} {node.name}" for node in graph.nodes}
    return {(names[e.source], e.key, names[e.target], e.state) for e in graph.edges}


def test_the_branch_that_is_taken_and_those_that_are_not() -> None:
    """Actions that the call passed are taken; the other branches of the answer are not."""
    graph = call_graph(played([callflow(MENU)], press=("2",), world=MENUS))
    found = states(graph)
    assert found["1 tts Support."] == "taken"
    assert found["1 tts Sales."] == "untaken"
    assert ("1 menu", "2", "1 tts", "taken") in ways(graph)
    assert ("1 menu", "1", "1 tts", "untaken") in ways(graph)
    assert ("0 pivot", "answer 1", "1 menu", "taken") in ways(graph)


def test_the_running_node() -> None:
    """While a call goes on, the node that it has reached is running, and no other one."""
    events = played([callflow(MENU)], press=("1",), world=MENUS)
    at = next(i for i, event in enumerate(events) if event["type"] == "heard")
    found = states(call_graph(events[: at + 1]))
    assert [name for name, state in found.items() if state == "running"] == ["1 tts Sales."]
    assert "running" not in states(call_graph(events)).values()


def test_the_way_over_several_answers() -> None:
    """The documents of a call are joined by the verbs and actions that asked for them."""
    gather = '<Response><Gather numDigits="1"><Say>One</Say></Gather><Say>Bye</Say></Response>'
    answers = [twiml(gather), twiml("<Response><Say>Two</Say><Hangup/></Response>")]
    graph = call_graph(played(answers, press=("1",)))
    assert ("1 Gather", "plays", "1 Say", "taken") in ways(graph)
    assert ("1 Gather", "", "1 Say", "untaken") in ways(graph)
    assert ("1 Say", "answer 2", "2 Say", "taken") in ways(graph)
    assert states(graph)["1 Say Bye"] == "untaken"
    assert states(graph)["2 Hangup"] == "taken"


def test_a_refused_answer() -> None:
    """An answer that KAZOO refuses is in the graph, with the rule at the node that breaks it."""
    bad = action("tts", {"_": action("ring_group", endpoints="all")}, text="Hello.")
    graph = call_graph(played([callflow(bad)]))
    [node] = [node for node in graph.nodes if node.name == "ring_group"]
    assert node.state == "refused"
    assert "expects a list" in node.problem
    assert states(graph)["-1 tts Hello."] == "untaken"


def test_no_usable_answer() -> None:
    """After a failed request the call goes on at the `_` child of the pivot action."""
    graph = call_graph(played([HttpResponse(500)]))
    assert ("0 pivot", "_", "0 tts", "taken") in ways(graph)
    assert states(graph)["0 tts Please try again later."] == "taken"
    assert [node.problem for node in graph.nodes if node.state == "refused"] == [
        "KAZOO treats 500 as a failure"
    ]


def test_an_error_of_a_verb() -> None:
    """A verb that ends the call is refused, with its rule; the verbs before it are taken."""
    document = "<Response><Say>Hello</Say><Sya>Oops</Sya><Hangup/></Response>"
    graph = call_graph(played([twiml(document)]))
    found = {node.name: node for node in graph.nodes}
    assert found["Say"].state == "taken"
    assert found["Sya"].state == "refused"
    assert "is not a verb" in found["Sya"].problem
    assert found["Hangup"].state == "untaken"


def test_a_stored_flow() -> None:
    """A stored flow is a document of its own, from which the call returns."""
    flow = action("callflow", {"_": action("hangup")}, id="a1b2c3d4e5f60718293a4b5c6d7e8f90")
    stored = action("tts", text="We are closed.")
    world = World(callflows={"a1b2c3d4e5f60718293a4b5c6d7e8f90": stored})
    graph = call_graph(played([callflow(flow)], world=world))
    assert ("1 callflow", "stored", "2 tts", "taken") in ways(graph)
    assert ("2 tts", "returns", "1 hangup", "taken") in ways(graph)


def test_a_long_call() -> None:
    """Of a long call, earlier documents have only the nodes that were taken."""
    says = "".join(f"<Say>{number}</Say>" for number in range(30))
    answer = twiml(f"<Response><Redirect>next</Redirect>{says}</Response>")
    graph = call_graph(played([answer] * 20, most_requests=20))
    assert len(graph.nodes) < MOST_NODES
    assert {node.document for node in graph.nodes if node.state == "untaken"} == {20}
    known = {node.id for node in graph.nodes}
    assert all({edge.source, edge.target} <= known for edge in graph.edges)


def test_a_very_long_call() -> None:
    """Of a call whose own way is too long to lay out, the latest nodes are shown."""
    says = "".join(f"<Say>{number}</Say>" for number in range(30))
    answer = twiml(f"<Response>{says}<Redirect>next</Redirect></Response>")
    events = played([answer] * 20, most_requests=20)
    graph = call_graph(events[:-1])
    assert len(graph.nodes) == MOST_NODES
    assert graph.nodes[-1].document == 20


def test_texts_of_callers_stay_texts() -> None:
    """Markup and control characters in an answer are one line of text in the graph."""
    text = "</script><img src=x onerror=alert(1)>\n\tHello"
    graph = call_graph(played([callflow(action("tts", text=text))]))
    assert "1 tts </script><img src=x onerror=alert(1)> Hello" in states(graph)


def test_a_call_that_is_not_followed() -> None:
    """Without the events of a followed call there is no graph, and no error."""
    events: list[dict[str, Any]] = played([callflow(MENU)], followed=False)
    assert call_graph(events) == CallGraph()
