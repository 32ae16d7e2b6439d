"""Deliveries: what KAZOO was told is stored has its effect, once, whatever dies meanwhile."""

from __future__ import annotations

from functools import cache

from campaign.report import Goals, problems
from campaign.run import FUNCTIONS, Campaign, Plan, Result
from pivotctl.commands.replay import ReplayResult
from pivotctl.stack import session
from promises.promise import Outcome, Promise, Run

_FULL = Plan(deliveries=20_000, kills=12, worker_kills=10, restarts=3, cuts=2, orders=10_000)


@cache
def _plan(run: Run) -> Plan:
    """The plan of a run; however few its deliveries, each kind of trouble comes once."""
    return Plan(
        deliveries=run.count(_FULL.deliveries),
        kills=run.count(_FULL.kills),
        worker_kills=run.count(_FULL.worker_kills),
        restarts=run.count(_FULL.restarts),
        cuts=run.count(_FULL.cuts),
        outage=min(_FULL.outage, run.count(_FULL.deliveries) // 10),
        seed=run.seed,
        orders=run.count(_FULL.orders),
    )


@cache
def _result(run: Run) -> Result:
    """The campaign, which three promises share."""
    with session(run.project, functions=FUNCTIONS, fresh=True, wire=True) as stack:
        return Campaign(stack, _plan(run), run.say).run()


def _kept(run: Run) -> Outcome:
    result, plan = _result(run), _plan(run)
    missing = sum(len(each.missing) for each in result.effects)
    figure = (
        f"{len(result.sent)} deliveries in {result.seconds:.0f} s, {result.acknowledged} different "
        f"ones acknowledged: {len(result.lost)} lost, {missing} without an effect "
        f"({'; '.join(map(str, result.effects))}); {len(result.switched_off)} hooks disabled; "
        f"{sum(result.kills.values())} receivers and {sum(result.worker_kills.values())} workers "
        f"killed, {result.restarts} restarts and {result.cuts} cuts of the store; "
        f"{result.carried} records of the stream carried over, "
        f"{sum(result.redriven.values())} deliveries given up by a worker and sent back"
    )
    goals = Goals(plan.deliveries, plan.kills, plan.worker_kills, plan.restarts)
    return Outcome(figure, not list(problems(result, goals)))


def _once(run: Run) -> Outcome:
    result = _result(run)
    repeated = len(result.sent) - len({each.parcel.content for each in result.sent})
    doubled = sum(len(each.doubled) for each in result.effects)
    stored_again = result.again[ReplayResult.STORED]
    figure = (
        f"{repeated} deliveries repeated, the log replayed twice: {doubled} doubled effects, "
        f"{stored_again} stored by the second replay; {result.posted_again} posts came again, "
        "under the ID by which the customer drops them"
    )
    return Outcome(figure, doubled == stored_again == 0)


def _in_any_order(run: Run) -> Outcome:
    orders = _result(run).orders
    figure = f"{orders.tried} orders, each with repetitions: {orders.other} other records"
    return Outcome(figure, orders.tried > 0 and orders.other == 0)


_CAMPAIGN = (
    "All webhooks in every encoding and CDRs, shuffled, to receivers and four workers in AWS's "
    "runtime, while receivers, workers, DynamoDB, and SQS are killed, stopped, and cut off."
)

PROMISES = (
    Promise(
        "R6",
        "A delivery that was acknowledged is never lost, nor is its effect in a worker, and KAZOO "
        "has no reason to disable a hook.",
        f"{_CAMPAIGN} The stream is the local AWS's own, which keeps no records over a restart: "
        "what it holds is read before each stop, and delivered afterwards.",
        "0 lost, 0 without an effect, 0 hooks disabled",
        _kept,
    ),
    Promise(
        "R7",
        "A delivery has its effects once, however often it comes.",
        "The same run: one delivery in eleven is sent twice, workers are killed amid their "
        "batches, and the log is replayed twice.",
        "0 doubled",
        _once,
    ),
    Promise(
        "R8",
        "The deliveries of a call make the same record in any order, however often each comes.",
        "The records that the workers of that run have stored, compared with those merged from "
        "their deliveries in random orders with repetitions.",
        "0 other records",
        _in_any_order,
    ),
)
