"""hook_watch: failed deliveries are noticed, and disabled webhooks are enabled again."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

import pivotctl.stack
from pivotctl.crossbar import ACCOUNT_ID, HookDocument
from pivotctl.project import Project
from pivotctl.stack import Stack
from pivotctl.switch.webhooks.ledger import DeliveryAttempt
from pivotctl.upstreams.crossbar import CrossbarFake

CALM = {"disabled": 0, "failing": 0, "hooks": 1, "re_enabled": 0}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["no", "yes"])
def watching(project: Project, request: pytest.FixtureRequest) -> Iterator[Stack]:
    """A stack with only this function, with and without permission to enable webhooks."""
    settings = {"hook_watch": {"RE_ENABLE": request.param}}
    names = ("hook_watch",)
    with pivotctl.stack.session(project, functions=names, env=settings, fresh=True) as running:
        yield running


@pytest.fixture
def hook(watching: Stack) -> HookDocument:
    """The one webhook of the account."""
    watching.upstreams.reset()
    uri = "https://api.example.com/webhooks-secret/webhooks/channel_events"
    document = HookDocument(secrets.token_hex(16), ACCOUNT_ID, "calls", "channel_create", uri)
    fake(watching).crossbar.hooks.register(document)
    return document


def fake(stack: Stack) -> CrossbarFake:
    """The local Crossbar."""
    found = stack.upstreams.crossbar.fake
    assert isinstance(found, CrossbarFake)
    return found


def fail(stack: Stack, hook: HookDocument, count: int, ago: int = 30) -> None:
    """Have *count* deliveries fail at once, some seconds *ago*."""
    at = time.time() - ago
    for _ in range(count):
        attempt = DeliveryAttempt(hook.id, hook.hook, hook.uri, "post", 500, succeeded=False, at=at)
        fake(stack).crossbar.hooks.note(attempt)


def tick(stack: Stack) -> dict[str, int]:
    """The counts of a run."""
    (returned,) = stack.tick("hook_watch", datetime.now(UTC))
    assert not returned.failed, returned.payload
    counts: dict[str, int] = json.loads(returned.payload)
    return counts


def gaps(stack: Stack, hook: HookDocument) -> list[Any]:
    """The recorded gaps of the webhook."""
    found = stack.own.aws.dynamodb().query(
        TableName=stack.tables["DirectoryTable"],
        KeyConditionExpression="pk = :pk AND begins_with(sk, :id)",
        ExpressionAttributeValues={":pk": {"S": f"hook_gap#{ACCOUNT_ID}"}, ":id": {"S": hook.id}},
    )
    return [item["value"]["M"] for item in found["Items"]]


def may_enable(stack: Stack) -> bool:
    """Whether the function of this stack may enable webhooks."""
    return stack.environment("hook_watch")["RE_ENABLE"] == "yes"


def enabled(stack: Stack, hook: HookDocument) -> bool:
    """Whether KAZOO fires the webhook."""
    return fake(stack).crossbar.hooks.one(ACCOUNT_ID, hook.id, time.time()).enabled


def test_a_working_hook(watching: Stack, hook: HookDocument) -> None:
    """Nothing is recorded for a webhook that works."""
    assert tick(watching) == tick(watching) == CALM
    assert gaps(watching, hook) == []


def test_a_failure(watching: Stack, hook: HookDocument) -> None:
    """A failed delivery is one gap and one alarm; the URI, which has a key in it, is not kept."""
    tick(watching)
    fail(watching, hook, 1, ago=0)
    assert tick(watching) == CALM | {"failing": 1}
    assert "HookFailing" in "".join(watching.logs("hook_watch"))
    (gap,) = gaps(watching, hook)
    assert (gap["hook"], gap["disabled"]) == ({"S": "channel_create"}, {"BOOL": False})
    assert gap["from"]["S"] <= gap["to"]["S"]
    assert "webhooks-secret" not in json.dumps(gap)


def test_a_hook_that_kazoo_disabled(watching: Stack, hook: HookDocument) -> None:
    """Six failures disable it; it is enabled again if allowed, and reported again if not."""
    fail(watching, hook, 6)
    assert not enabled(watching, hook)
    once = CALM | {"disabled": 1, "failing": 1, "re_enabled": int(may_enable(watching))}
    assert tick(watching) == once
    assert enabled(watching, hook) is may_enable(watching)
    assert tick(watching) == (CALM if may_enable(watching) else once)
    (gap,) = gaps(watching, hook)
    assert gap["disabled"] == {"BOOL": True}


def test_the_end_of_a_gap(watching: Stack, hook: HookDocument) -> None:
    """A gap lasts until the webhook is enabled, by anyone, and is one gap."""
    fail(watching, hook, 6)
    tick(watching)
    hooks = fake(watching).crossbar.hooks
    hooks.re_enable([hooks.one(ACCOUNT_ID, hook.id, time.time())])
    assert tick(watching) == tick(watching) == CALM
    assert len(gaps(watching, hook)) == 1


def test_a_hook_that_a_person_disabled(watching: Stack, hook: HookDocument) -> None:
    """A webhook without a reason of KAZOO stays disabled, and raises no alarm."""
    hooks = fake(watching).crossbar.hooks
    hooks.merge(hook, {"enabled": False})
    assert tick(watching) == CALM
    assert not enabled(watching, hook)


def test_crossbar_is_down(watching: Stack, hook: HookDocument) -> None:
    """The run fails, so that Lambda tries again, and the next one sees what was missed."""
    fail(watching, hook, 6)
    watching.upstreams.crossbar.fails()
    (returned,) = watching.tick("hook_watch")
    assert returned.failed
    watching.upstreams.crossbar.is_well()
    assert tick(watching)["disabled"] == 1
