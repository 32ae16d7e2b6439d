"""Cost: by AWS's list prices and the template, without the free tier."""

from __future__ import annotations

from functools import cache

from promises.promise import Outcome, Promise, Run
from scripts.deployed import deployed
from scripts.lint_template import Template, read, transformed
from scripts.make_costs import idle
from scripts.request_costs import costs, dearer, recorded

_IDLE_DOLLARS = 0.5
_CALL = {"Menu": 3, "ChannelEvents": 4, "CdrUrl": 1}
"""The requests of one call: three steps of a template without state, four events, and a CDR."""
_CALL_DOLLARS = 20.0
_BY_TEMPLATE = "Computed from the template after the SAM transform and `scripts/prices.json`."


@cache
def _template(run: Run) -> Template:
    return transformed(read(run.project.root / "template.yaml"))


def _idle(run: Run) -> Outcome:
    stack = idle(deployed(_template(run)))
    outside, within = (stack.dollars(free=free) for free in (False, True))
    figure = f"{within:.2f} dollars a month, without the free tier {outside:.2f}"
    return Outcome(figure, within <= _IDLE_DOLLARS)


def _million_calls(run: Run) -> Outcome:
    found = costs(_template(run))
    dollars = sum(found[name] * count for name, count in _CALL.items())
    return Outcome(f"{dollars:.2f} dollars at most", dollars <= _CALL_DOLLARS)


def _recorded(run: Run) -> Outcome:
    found = costs(_template(run))
    more = dearer(found, recorded()["dollars"])
    named = f": {', '.join(more)}" if more else ""
    return Outcome(f"{len(found)} figures, {len(more)} dearer{named}", not more)


PROMISES = (
    Promise(
        "C1",
        "A stack in which nothing happens costs next to nothing.",
        _BY_TEMPLATE,
        f"at most {_IDLE_DOLLARS:.2f} dollars a month",
        _idle,
    ),
    Promise(
        "C2",
        "A million calls of three steps, four events, and a CDR each cost little.",
        f"{_BY_TEMPLATE} Each request may use every table that its role allows.",
        f"at most {_CALL_DOLLARS:.2f} dollars",
        _million_calls,
    ),
    Promise(
        "C3",
        "No function has become a tenth dearer without a recorded reason.",
        "Every function behind the API against `scripts/costs.json`.",
        "none",
        _recorded,
    ),
)
