"""Receivers for deliveries that nobody sends, or that go to one address."""

from random import Random

from campaign.mix import Targets
from pivotctl.local.webhooks import RECEIVERS, hook_at

URL = "http://127.0.0.1:9/key/webhooks"


def chance(seed: int) -> Random:
    """The same chance in every run."""
    return Random(seed)  # noqa: S311


def targets(base: str = URL) -> Targets:
    """Every hook that a receiver takes, at *base*, and the sink of CDRs."""
    hooks = [
        hook_at(f"{base}/{name}", hook, kind, name)
        for name, taken in RECEIVERS.items()
        for hook, kind in taken
    ]
    return Targets(hooks, f"{base}/cdr_url")
