"""A line of a report: how many messages came, and how late."""

from collections.abc import Sequence

PERCENTILES = (50, 95, 99)


def line(name: str, expected: int, late: Sequence[float]) -> str:
    """The percentiles of latencies in seconds, of *expected* ones."""
    ordered = sorted(late)
    shown = ", ".join(
        f"p{each} {1000 * ordered[min(len(ordered) - 1, len(ordered) * each // 100)]:.0f} ms"
        for each in PERCENTILES
    )
    return f"{name:22} {len(late)} of {expected} messages, {shown if late else 'none'}"
