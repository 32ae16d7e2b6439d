"""Charts of CDRs, from the sums by account and day."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time

from cdr_filter import CdrFilter
from charts import Bar, Chart, largest

from pivotkit.store.call_figures import BOUNDS, Sums

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MINUTE = 60
COST = 10_000
"""Cost is kept in ten-thousandths of the currency."""


def charts_of(sums: Iterable[Sums], asked: CdrFilter) -> list[Chart]:
    """All charts of the page, without those of which nothing is known."""
    every = list(sums)
    total: Counter[str] = Counter()
    for each in every:
        total.update(dict(each.numbers))
    made = [*_volume(every, asked), _durations(total, asked), *_costs(total, asked)]
    if not asked.account:
        made.append(_accounts(every, asked))
    return [chart for chart in made if not chart.is_empty]


def totals(sums: Iterable[Sums]) -> Counter[str]:
    """Legs, calls, and billed seconds of all *sums*."""
    found: Counter[str] = Counter()
    for each in sums:
        for name, number in each.numbers.items():
            kind = name.partition(":")[0]
            if kind in {"legs", "seconds", "calls"}:
                found[kind] += number
    return found


def _volume(sums: list[Sums], asked: CdrFilter) -> Iterator[Chart]:
    """Calls by hour and by weekday, both in the viewer's zone."""
    hours: Counter[int] = Counter()
    weekdays: Counter[int] = Counter()
    for when, number in _by_hour(sums):
        if asked.period.begins <= when.timestamp() < asked.period.ends:
            local = when.astimezone(asked.period.zone.zone)
            hours[local.hour] += number
            weekdays[local.weekday()] += number
    yield Chart(
        "hours",
        "Calls by hour",
        ("Hour", "Calls"),
        tuple(_counted(f"{hour:02}:00", hours[hour], asked.url(hour=hour)) for hour in range(24)),
        is_columns=True,
    )
    yield Chart(
        "weekdays",
        "Calls by weekday",
        ("Weekday", "Calls"),
        tuple(
            _counted(name, weekdays[at], asked.url(weekday=at)) for at, name in enumerate(WEEKDAYS)
        ),
        is_columns=True,
    )


def _by_hour(sums: list[Sums]) -> Iterator[tuple[datetime, int]]:
    for each in sums:
        for name, number in each.numbers.items():
            kind, _, hour = name.partition(":")
            if kind == "calls":
                yield datetime.combine(each.day, time(int(hour)), UTC), number


def _durations(total: Counter[str], asked: CdrFilter) -> Chart:
    ends: list[int | None] = [*BOUNDS[1:], None]
    return Chart(
        "durations",
        "Calls by duration",
        ("Duration", "Calls"),
        tuple(
            _counted(_span(least, most), total[f"lasted:{at}"], asked.url(least=least, most=most))
            for at, (least, most) in enumerate(zip(BOUNDS, ends, strict=True))
        ),
        is_columns=True,
    )


def _span(least: int, most: int | None) -> str:
    """A duration's bar: `10-30 s`, `2-5 min`."""
    size, unit = (60, "min") if least >= _MINUTE else (1, "s")
    if most is None:
        return f"≥ {least // size} {unit}"
    return f"{least // size}-{most // size} {unit}"


def _costs(total: Counter[str], asked: CdrFilter) -> Iterator[Chart]:
    """Cost by destination, a chart for each currency; legs by destination, if none is rated."""
    by_currency: dict[str, Counter[str]] = {}
    legs: Counter[str] = Counter()
    for name, number in total.items():
        kind, _, rest = name.partition(":")
        currency, _, place = rest.partition(":")
        if kind == "cost" and place:
            by_currency.setdefault(currency, Counter())[place] += number
        elif kind == "destination":
            legs[rest] += number
    for currency, places in sorted(by_currency.items()):
        bars = (
            Bar(_place(name), cost / COST, money(cost, currency), asked.url(destination=name))
            for name, cost in largest(places)
        )
        title, head = f"Cost by destination, {currency}", f"Cost in {currency}"
        yield Chart(f"cost-{currency}", title, ("Destination", head), tuple(bars))
    bars = (
        _counted(_place(name), number, asked.url(destination=name))
        for name, number in largest(legs)
    )
    yield Chart("destinations", "Legs by destination", ("Destination", "Legs"), tuple(bars))


def _accounts(sums: list[Sums], asked: CdrFilter) -> Chart:
    legs: Counter[str] = Counter()
    for each in sums:
        legs[each.account_id] += each.numbers.get("legs", 0)
    bars = tuple(_counted(name, number, asked.url(account=name)) for name, number in largest(legs))
    return Chart("accounts", "Legs by account", ("Account", "Legs"), bars)


def _counted(label: str, number: int, href: str) -> Bar:
    return Bar(label, number, f"{number:,}", href)


def _place(name: str) -> str:
    return "not rated" if name == "-" else name


def money(cost: int, currency: str) -> str:
    """A cost as people read it."""
    return f"{cost / COST:,.2f} {currency}"
