"""Measure the layer against others, side by side: `python -m bench.warm ROUNDS RESULT`.

Runs in `.tools/bench`, with the built layer on the path. In every round each way runs once, in
changing order, for about the same time; what counts are medians of CPU time and their ratios.
Writes JSON; `bench.__main__` makes a table of it.
"""

import json
import random
import statistics
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from bench.rivals import OURS, Contest, Work, contests

SLICE = 0.004
"""Seconds of CPU that one way gets in one round."""


def seconds(way: Work, times: int) -> float:
    """CPU seconds of *times* repetitions."""
    repeat = range(times)
    start = time.process_time()
    for _ in repeat:
        way()
    return time.process_time() - start


def repetitions(way: Work) -> int:
    """Return the number of runs of *way* in a slice, after warming up."""
    times = 100
    return max(1, round(SLICE * times / max(min(seconds(way, times) for _ in range(5)), 1e-9)))


def medians(ways: Mapping[str, Work], rounds: int) -> dict[str, float]:
    """Microseconds of each way."""
    times = {name: repetitions(way) for name, way in ways.items()}
    found: dict[str, list[float]] = {name: [] for name in ways}
    order = list(ways)
    for number in range(rounds):
        random.Random(number).shuffle(order)  # noqa: S311 an order, not a secret
        for name in order:
            found[name].append(seconds(ways[name], times[name]) / times[name])
    return {name: statistics.median(all_) * 1e6 for name, all_ in found.items()}


def measured(contest: Contest, rounds: int) -> dict[str, object]:
    """One contest's row."""
    found = medians(contest.ways, rounds)
    return {
        "contest": contest.name,
        "microseconds": {name: round(value, 2) for name, value in found.items()},
        "ratios": {
            name: round(found[OURS] / value, 3) for name, value in found.items() if name != OURS
        },
        "against": contest.against,
        "goal": contest.goal,
    }


def main(rounds: int, result: Path) -> None:
    """Measure everything and write it to *result*: standard output takes the functions' log."""
    rows = [measured(contest, rounds) for contest in contests()]
    result.write_text(json.dumps(rows), encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
