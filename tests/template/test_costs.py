"""The cost of an idle stack: computed from the template and a price list, and said truly."""

import re

import pytest

from scripts import make_costs
from scripts.deployed import deployed, switched_on, workers
from scripts.lint_template import ROOT, Template
from scripts.request_costs import costs, dearer, recorded

README = ROOT / "README.md"


def test_the_table_is_up_to_date(cloudformation: Template) -> None:
    """The table in the guide is the output of `python -m scripts.make_costs`."""
    assert make_costs.table(cloudformation) in make_costs.PAGE.read_text(encoding="utf-8")


def test_an_idle_stack_costs_nothing_within_the_free_tier(cloudformation: Template) -> None:
    """Templates and receivers alone stay within what AWS gives every account for free."""
    stack = make_costs.idle(deployed(cloudformation))
    assert stack.dollars(free=True) == 0
    assert stack.queues == 1


def test_the_readme_says_what_an_idle_stack_costs(cloudformation: Template) -> None:
    """The sentence in the README has the amount of the table."""
    stack = make_costs.idle(deployed(cloudformation))
    (said,) = re.findall(r"about ([0-9.]+) dollars a month", README.read_text(encoding="utf-8"))
    assert float(said) == pytest.approx(stack.dollars(free=False), abs=0.05)


@pytest.mark.parametrize(
    ("stack", "outside", "within"),
    [
        (make_costs.IdleStack(0, 0, 0, 0), 0, 0),
        (make_costs.IdleStack(10, 0, 0, 0), 1, 0),
        (make_costs.IdleStack(12, 0, 0, 0), 1.2, 0.2),
        (make_costs.IdleStack(0, 1, 0, 0), 0.2592, 0),
        (make_costs.IdleStack(0, 2, 0, 0), 0.5184, 0.1184),
        (make_costs.IdleStack(0, 0, 43_200, 10_800), 0.1742, 0),
    ],
)
def test_what_a_month_costs(stack: make_costs.IdleStack, outside: float, within: float) -> None:
    """Alarms, the 648,000 requests a month that poll a queue, and scheduled runs are counted."""
    assert stack.dollars(free=False) == pytest.approx(outside, abs=1e-4)
    assert stack.dollars(free=True) == pytest.approx(within, abs=1e-4)


def test_a_worker_adds_what_it_has(cloudformation: Template) -> None:
    """Each worker that is switched on makes a stack dearer, and none makes it cheaper."""
    shipped = make_costs.idle(deployed(cloudformation)).dollars(free=False)
    for each in workers():
        on = make_costs.idle(deployed(cloudformation, switched_on(each))).dollars(free=False)
        assert on > shipped, each.name


def test_a_schedule_is_counted_as_it_fires(cloudformation: Template) -> None:
    """callback_dialer runs every minute, and cdr_export once a day."""
    by_name = {each.name: each for each in workers()}
    dialer = deployed(cloudformation, switched_on(by_name["callback_dialer"]))
    export = deployed(cloudformation, switched_on(by_name["cdr_export"]))
    assert make_costs.idle(dialer).runs == 30 * 24 * 60
    assert make_costs.idle(export).runs == 30 + 30 * 24


def test_nothing_has_become_dearer_without_a_note(cloudformation: Template) -> None:
    """A tenth more than recorded needs a reason: `python -m scripts.request_costs --note "..."`."""
    assert dearer(costs(cloudformation), recorded()["dollars"]) == {}


@pytest.mark.parametrize(
    ("before", "now", "named"),
    [
        ({"Menu": 1.87}, {"Menu": 2.05}, set()),
        ({"Menu": 1.87}, {"Menu": 2.06}, {"Menu"}),
        ({"Menu": 1.87}, {"Menu": 1.20}, set()),
        ({}, {"Menu": 1.87}, {"Menu"}),
        ({"Menu": 1.87}, {}, set()),
    ],
)
def test_what_counts_as_dearer(
    before: dict[str, float], now: dict[str, float], named: set[str]
) -> None:
    """More than a tenth does, and a function that has no record yet."""
    assert dearer(now, before).keys() == named


def test_a_table_more_makes_a_function_dearer(cloudformation: Template) -> None:
    """A million requests to account_balance cost a write more than those to an area code."""
    found = costs(cloudformation)
    prices = make_costs.PRICES["dollars"]
    assert found["AccountBalance"] - found["AreaCode"] >= 1_000_000 * prices["writes"]
