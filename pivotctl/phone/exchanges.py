"""Requests of a call with their answers, verdicts, log lines, and state, for the page's panels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pivotctl.phone.documents import Layout, laid_out
from pivotctl.phone.graph import Event, call_graph

type Exchange = dict[str, Any]
"""A request and everything that came of it, as JSON."""

SLOW_SECONDS, MOST_SECONDS = 3.0, 5.0
"""Seconds by which to answer, and those after which KAZOO no longer waits."""


def beside(events: Iterable[Event]) -> dict[str, Any]:
    """Return what stands beside a call: its `graph`, `exchanges`, `output`, and `limits`."""
    known = list(events)
    return {
        "graph": call_graph(known).as_json(),
        "exchanges": exchanges(known),
        "limits": {"slow": SLOW_SECONDS, "most": MOST_SECONDS},
    }


def exchanges(events: Iterable[Event]) -> list[Exchange]:
    """Return the requests of a call, each with what followed it until the next one."""
    found: list[Exchange] = []
    for event in events:
        if event["type"] == "request":
            found.append(_request(event, len(found) + 1))
        elif found and (add := _ADDED.get(event["type"])):
            add(found[-1], event)
    return found


def _request(event: Event, number: int) -> Exchange:
    sent = [[name, value] for name, value in event["parameters"].items()]
    return {
        "number": number,
        "at": event["at"],
        "method": event["method"],
        "url": event["url"],
        "parameters": sent,
        "raw": _wire(event),
        "answer": None,
        "failure": None,
        "verdict": {"name": "", "meaning": "", "problems": []},
        "output": [],
        "errors": [],
        "state": None,
    }


def _wire(event: Event) -> str:
    """Return a request as text, with its headers."""
    lines = [f"{event['method']} {event['url']}", *_headers(event)]
    return "\n".join([*lines, "", event["body"]]).rstrip()


def _headers(event: Event) -> list[str]:
    return [f"{name}: {value}" for name, value in event.get("headers", ())]


def _answer(exchange: Exchange, event: Event) -> None:
    names = ("at", "status", "content_type", "seconds", "kind")
    layout = laid_out(event["body"])
    exchange["answer"] = {
        **{name: event[name] for name in names},
        "headers": _headers(event),
        "raw": event["body"],
        "pretty": layout.text,
    }
    if event["kind"] != "refused":
        exchange["verdict"]["name"] = "executes"
        exchange["verdict"]["meaning"] = "KAZOO executes the answer"


def _failure(exchange: Exchange, event: Event) -> None:
    exchange["failure"] = {"reason": event["reason"], "text": event["text"]}


def _refused(exchange: Exchange, event: Event) -> None:
    layout = laid_out((exchange["answer"] or {}).get("raw", ""))
    exchange["verdict"] = {
        "name": event["verdict"],
        "meaning": event["meaning"],
        "problems": [_problem(each, layout) for each in event["problems"]],
    }


def _problem(problem: Mapping[str, Any], layout: Layout) -> dict[str, Any]:
    """Return a problem with its line in the raw document (0: none), and in the laid-out one."""
    raw = int(problem["line"])
    shown = layout.line(problem["path"], raw) if raw else 0
    return {**problem, "shown": shown}


def _failed(exchange: Exchange, event: Event) -> None:
    exchange["errors"].append({"error": event["error"], "report": list(event["report"])})
    exchange["verdict"]["name"] = "fallback"
    exchange["verdict"]["meaning"] = "The function failed; the caller hears its fallback"


def _output(exchange: Exchange, event: Event) -> None:
    """Add a line that a function has printed or logged."""
    line = {name: event[name] for name in ("type", "function", "text")}
    exchange["output"].append(line)


def _state(exchange: Exchange, event: Event) -> None:
    exchange["state"] = {name: event[name] for name in ("key", "item", "changes")}


_ADDED = {
    "answer": _answer,
    "no_answer": _failure,
    "refused": _refused,
    "function_failed": _failed,
    "printed": _output,
    "logged": _output,
    "state": _state,
}
