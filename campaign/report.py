"""The report of a campaign as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from campaign.run import Plan, Result
from pivotctl.commands.replay import ReplayResult

_SHOWN = 10
_BATCH = 10
"""The most events that a process of `fan_out` has in hand."""


@dataclass(frozen=True)
class Goals:
    """Minimum figures for a campaign to prove anything."""

    deliveries: int = 5000
    kills: int = 3
    worker_kills: int = 3
    restarts: int = 2


def lines(plan: Plan, result: Result) -> Iterator[str]:
    """The report, but for the verdict."""
    sent = len(result.sent)
    different = len({each.parcel.content for each in result.sent})
    yield (
        f"sent {sent} deliveries in {result.seconds:.0f} s, {plan.at_a_time} at a time: "
        f"{different} different ones, {sent - different} repetitions"
    )
    yield (
        f"killed {sum(result.kills.values())} processes at work{_bracketed(result.kills)}; "
        f"stopped and started DynamoDB and SQS {_times(result.restarts)}; "
        f"cut DynamoDB alone off {_times(result.cuts)}"
    )
    yield f"killed {sum(result.worker_kills.values())} workers{_bracketed(result.worker_kills)}"
    yield (
        "stream: every record came from the local AWS's own stream; "
        f"{result.carried} were read ahead of a stop, because it keeps none over a restart"
    )
    yield f"kept, as the receivers logged it: {_counted(result.kept)}"
    replayed = {str(each): result.replayed[each] for each in ReplayResult}
    yield f"replayed from the log: {_counted(replayed)}"
    again = {str(each): result.again[each] for each in ReplayResult}
    yield f"replayed once more: {_counted(again)}"
    yield f"effects: {'; '.join(map(str, result.effects))}"
    yield f"records merged again in {result.orders.tried} orders: {result.orders.other} others"
    if result.posted_again:
        yield (
            f"posted again under the same ID, which the customer's server drops: "
            f"{result.posted_again}; the worker was killed before it had noted them, "
            "or DynamoDB was gone"
        )
    if result.redriven:
        yield f"given up by a worker, and sent back: {_counted(result.redriven)}"
    if result.unreadable:
        yield f"half-written lines in the log, of processes that were killed: {result.unreadable}"
    yield from _without(result)
    yield from (f"LOST: {parcel}" for parcel in result.lost[:_SHOWN])


def _without(result: Result) -> Iterator[str]:
    """Return the number of deliveries without a 200, by reason."""
    failed = [each for each in result.sent if not each.acknowledged]
    reasons = Counter(_reason(each.status, each.tries) for each in failed)
    yield f"no 200: {len(failed)}{_bracketed(reasons)}"
    if result.failures:
        yield f"  errors reported by Lambda: {_counted(result.failures)}"
    if failed:
        yield (
            "  KAZOO counts these as failures and never repeats them; they were not acknowledged, "
            f"and {result.unacknowledged_there} of them are in the table all the same"
        )


def _reason(status: int, tries: int) -> str:
    if not tries:
        return "not sent, the hook is disabled"
    return f"answered {status}:" if status else "no answer"


def _counted(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in numbers.items())


def verdict(result: Result) -> str:
    """The last line."""
    total, gone = result.acknowledged, len(result.lost)
    return f"acknowledged {total}, stored {total - gone}, lost {gone}"


def problems(result: Result, goals: Goals) -> Iterator[str]:
    """Why the campaign has failed, or proves too little."""
    if result.lost:
        yield f"{len(result.lost)} acknowledged deliveries are not in the table"
    if result.switched_off:
        yield f"KAZOO has disabled {', '.join(result.switched_off)}"
    yield from _wrong_effects(result)
    yield from _too_little(result, goals)


def _wrong_effects(result: Result) -> Iterator[str]:
    """Effects behind the table that are missing or doubled."""
    for each in result.effects:
        if each.missing:
            yield f"{each.worker} lacks {len(each.missing)} effects, such as {each.missing[0]}"
        if each.doubled:
            yield f"{each.worker} has {len(each.doubled)} effects twice, such as {each.doubled[0]}"
    if result.orders.other:
        yield f"{result.orders.other} orders of deliveries made another record"
    if result.again[ReplayResult.STORED] or result.again[ReplayResult.FAILED]:
        yield "the second replay of the log was not without effect"
    if result.posted_again > _explained(result):
        yield f"{result.posted_again} events were posted again: more than the troubles explain"


def _too_little(result: Result, goals: Goals) -> Iterator[str]:
    """Counts that are too small to prove anything."""
    killed, workers = (sum(each.values()) for each in (result.kills, result.worker_kills))
    reached = (len(result.sent), killed, workers, result.restarts)
    wanted = (goals.deliveries, goals.kills, goals.worker_kills, goals.restarts)
    names = (
        "deliveries", "processes killed at work", "workers killed", "restarts of the store",
    )  # fmt: skip
    for name, number, least in zip(names, reached, wanted, strict=True):
        if number < least:
            yield f"{number} {name}: at least {least} are needed"


def _explained(result: Result) -> int:
    """The most events that are posted again when each trouble meets a batch of `fan_out`."""
    troubles = result.worker_kills.get("fan_out", 0) + result.restarts + result.cuts
    return _BATCH * troubles


def _bracketed(numbers: Mapping[str, int]) -> str:
    return f" ({_counted(numbers)})" if numbers else ""


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
