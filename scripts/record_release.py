"""Record what this release stores: `python -m scripts.record_release`, before a version goes out.

It plays calls and fires webhooks on a stack of its own, and writes the items that are then in its
tables, and what this layer reads from them, to tests/releases/<version>.json. Later layers must
read the same (tests/integration/test_releases.py). A file of an earlier release is never rewritten.
"""

from __future__ import annotations

import json
import os
import random
import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

import pivotctl.stack
from campaign.kazoo import Kazoo
from campaign.ledger import Item, items_in
from campaign.mix import CDR_SINK, Targets, one_round
from pivotctl.local.calls import local_scenario
from pivotctl.local.webhooks import ACTION
from pivotctl.project import Project
from pivotctl.switch.dialogue import Dialogue
from promises import stored

if TYPE_CHECKING:
    from pivotctl.stack import Stack

_CALLS: Mapping[str, tuple[str, ...]] = {
    "survey": ("4", "2"),  # the third question is not answered: its run has not ended
    "pin_gate": ("1234#",),
    "variables": (),
}
_EVENTS = frozenset(
    {"channel_create", "channel_answer", "channel_bridge", "channel_destroy", "cdr", "missed_call"}
    | {"inbound_fax", "voicemail_new", "sms", "doc_edited", "park_parked", "object", "parking"}
)
"""The events whose deliveries are recorded, by hook or type, and CDRs."""

_WORKERS = ("call_records", "event_bus", "call_figures", "last_agents")
_FUNCTIONS = (*_CALLS, "everything", CDR_SINK, *_WORKERS)
_KEPT_KINDS = ("survey_answers#", "last_agent#", "attempts#", "pin_attempts#")
_MOST_BYTES = 100_000


def main() -> None:
    """Write the file of the version in pyproject.toml."""
    project = Project.find()
    with pivotctl.stack.session(project, functions=_FUNCTIONS, fresh=True) as stack:
        _store(stack)
        tables = stack.tables
        items = {
            name: [item for item in items_in(stack.own.aws.dynamodb(), tables[name]) if _own(item)]
            for name in stored.VARIABLES
        }
        os.environ.update(variables(stack))
        text = json.dumps({"items": items, "read": stored.read(items)}, separators=(",", ":"))
    if len(text) > _MOST_BYTES:
        raise click.ClickException(f"{len(text)} bytes are no small file")
    file = project.root / stored.RELEASES / f"{version(project)}.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text + "\n", encoding="utf-8")
    click.echo(f"Written: {file}")


def variables(stack: Stack) -> dict[str, str]:
    """The variables with which the layer reaches the tables of *stack*."""
    named = {variable: stack.tables[name] for name, variable in stored.VARIABLES.items()}
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    return {**named, **credentials, "AWS_ENDPOINT_URL": stack.aws_url, "AWS_REGION": "us-east-1"}


def version(project: Project) -> str:
    """The version in pyproject.toml."""
    text = (project.root / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["project"]["version"])


def _store(stack: Stack) -> None:
    """Have calls and events stored, and the workers done with them."""
    for name, press in _CALLS.items():
        Dialogue.place(local_scenario(stack, name, press=press))
    targets = Targets.of(stack)
    kazoo = Kazoo([each for each in targets.hooks if each.hook != ACTION])
    for parcel in one_round(targets, 1, random.Random(1)):  # noqa: S311 sample data
        if parcel.what in _EVENTS:
            kazoo.deliver(parcel)
    stack.wait_for_workers(60)


def _own(item: Item) -> bool:
    """Whether the release made the item, and not a seed file."""
    return "value" not in item or item["pk"]["S"].startswith(_KEPT_KINDS)


if __name__ == "__main__":
    main()
