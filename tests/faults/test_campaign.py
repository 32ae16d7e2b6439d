"""Processes and stores die while deliveries come in, and nothing acknowledged is lost."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import pivotctl.stack
from campaign.ledger import acknowledged, content_of, deliveries_in, lost
from campaign.report import Goals, problems, verdict
from campaign.run import FUNCTIONS, Campaign, Plan
from pivotctl.commands.records_table import TABLE

if TYPE_CHECKING:
    from pivotctl.project import Project

SMALL = Plan(
    deliveries=440, kills=2, worker_kills=2, restarts=1, cuts=1, outage=24, seed=3, orders=100
)
GOALS = Goals(SMALL.deliveries, SMALL.kills, SMALL.worker_kills, SMALL.restarts)


@pytest.mark.timeout(600)
@pytest.mark.slow
def test_a_small_campaign(project: Project) -> None:
    """Nothing is lost; and when a delivery is taken out of the table behind it, that one is."""
    strict = replace(project, patience=1.0)  # the work of a killed worker waits for its time-out
    with pivotctl.stack.session(strict, functions=FUNCTIONS, fresh=True, wire=True) as stack:
        result = Campaign(stack, SMALL).run()
        assert list(problems(result, GOALS)) == []
        taken = result.acknowledged
        assert verdict(result) == f"acknowledged {taken}, stored {taken}, lost 0"
        assert result.kept["queued"] > 0
        assert result.kept["spooled to the log"] > 0
        client, table = stack.own.aws.dynamodb(), stack.tables[TABLE]
        wanted = acknowledged(result.sent)
        gone = next(item for item in deliveries_in(client, table) if content_of(item) in wanted)
        client.delete_item(TableName=table, Key={name: gone[name] for name in ("pk", "sk")})
        missing = lost(wanted, deliveries_in(client, table))
        assert [each.content for each in missing] == [content_of(gone)]


@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_whole_campaign(project: Project) -> None:
    """Of six thousand deliveries nothing is lost, and the last line says so."""
    done = subprocess.run(
        [sys.executable, "-m", "campaign"],
        cwd=project.root, capture_output=True, text=True, timeout=840, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    last = re.fullmatch(r"acknowledged (\d+), stored (\d+), lost 0", done.stdout.splitlines()[-1])
    assert last
    assert last[1] == last[2]
