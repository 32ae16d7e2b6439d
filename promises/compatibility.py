"""Releases beside each other: a layer reads what others stored, and calls outlive deployments."""

from __future__ import annotations

import os
from typing import Any
from unittest.mock import patch

import pivotctl.stack
from pivotctl.stack import Stack
from promises import midcall, stored
from promises.promise import Outcome, Promise, Run
from scripts.record_release import variables
from tests.dynamodb import forget_clients

_FUNCTIONS = (*midcall.CALLS,)


def measured(run: Run) -> Outcome:
    """Read what releases stored, as they stored it and with fields of a later layer."""
    releases = stored.releases(run.project.root)
    with pivotctl.stack.session(run.project, functions=_FUNCTIONS, fresh=True) as stack:
        run.say(f"reading what {len(releases)} release(s) stored")
        with patch.dict(os.environ, variables(stack)):
            forget_clients()
            failed = [name for release in releases for name in differences(stack, release)]
            forget_clients()
        run.say("deploying in mid-call")
        cut = list(midcall.cut(stack))
    items = sum(len(found) for release in releases for found in release.items.values())
    figure = (
        f"{items} items of {len(releases)} release(s), read as stored and with later fields: "
        f"{len(failed)} otherwise; {len(midcall.CALLS)} calls over deployments: {len(cut)} cut"
    )
    return Outcome(figure, held=bool(items) and not failed and not cut)


def differences(stack: Stack, release: stored.Release) -> list[str]:
    """Values that this layer reads otherwise than the release did, or does not keep."""
    client = stack.own.aws.dynamodb()
    found = []
    later = stored.by_a_later_layer(release.items)
    for name, items in (("as stored", release.items), ("with later fields", later)):
        stored.put(client, stack.tables, items)
        found += [f"{each}, {name}" for each in otherwise(release.read, stored.read(items))]
    found += [f"{key}, not kept" for key in stored.kept(client, stack.tables, later)]
    return found


def otherwise(before: Any, now: Any, place: str = "") -> list[str]:
    """The places where two values differ: names of members, as far down as both are objects."""
    if isinstance(before, dict) and isinstance(now, dict):
        names = sorted({*before, *now})
        return [
            each
            for name in names
            for each in otherwise(before.get(name), now.get(name), f"{place}/{name}")
        ]
    return [] if before == now else [place]


PROMISES = (
    Promise(
        "R13",
        "A layer reads what the layers before and after it stored, and no call is cut by a "
        "deployment or by its rollback.",
        "Recorded items of each release read by this layer, also with fields that only a later "
        "layer knows; calls on a local stack with a deployment or rollback before every request.",
        "0 otherwise, 0 cut",
        measured,
    ),
)
