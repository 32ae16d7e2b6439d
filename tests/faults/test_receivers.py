"""Through the real runtime: every receiver takes everything, whichever store is dead."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from campaign.kazoo import Kazoo
from campaign.ledger import Sent, acknowledged, content_of, lost
from campaign.mix import CDR_SINK, ENCODINGS, Parcel, hooked
from campaign.run import kept, waiting
from pivotctl.local.webhooks import matching
from pivotctl.problems import Mode
from pivotctl.stack import DEVELOPMENT_KEYS
from pivotctl.switch.http.exchange import FORM, post
from pivotctl.switch.http.form_encoding import form_text
from pivotctl.switch.webhooks.payloads import EventFacts, call, cdrs
from pivotkit.calls.tokens import NamedCall, Signer
from tests.faults.conftest import TAKERS, Mortal, deliver, kazoo_for, never_disabled, parcels
from tests.integration import test_recordings as recordings
from tests.unit.campaign.targets import chance

if TYPE_CHECKING:
    from pivotctl.stack.faults import Fault

pytestmark = pytest.mark.slow
_WARMING_ROUNDS = 5
FAULTS: tuple[Fault, ...] = ("refused", "silent", "unanswered", "throttled")


@pytest.fixture(scope="module", autouse=True)
def started(mortal: Mortal) -> None:
    """Every function has as many processes as it needs when it waits: INIT is not tested here."""
    with mortal.stack.own.paused_workers(), mortal.dynamodb.failing("silent"):
        rounds = (deliver(kazoo_for(mortal), parcels(mortal)) for _ in range(_WARMING_ROUNDS))
        assert any(map(all_taken, rounds))
    mortal.stack.wait_for_workers(60)


def all_taken(sent: Sequence[Sent]) -> bool:
    """Whether KAZOO got its 200 for each, at the first try."""
    return all(each.acknowledged and each.tries == 1 for each in sent)


def places(mortal: Mortal) -> Counter[str]:
    """The places where receivers have put deliveries so far, counted."""
    return kept(mortal.stack, TAKERS)


def each_once(wanted: Sequence[Parcel], mortal: Mortal) -> bool:
    """Whether each of *wanted* is in the table whole, and in one place only."""
    found = Counter(map(content_of, mortal.items()))
    return {found[each.content] for each in wanted} == {1}


@contextmanager
def both_dead(mortal: Mortal) -> Iterator[None]:
    """Nothing listens where DynamoDB and SQS were."""
    with (
        mortal.stack.own.paused_workers(),
        mortal.dynamodb.failing("refused"),
        mortal.sqs.failing("refused"),
    ):
        yield


@pytest.mark.parametrize("fault", FAULTS)
def test_dynamodb_fails(fault: Fault, mortal: Mortal, kazoo: Kazoo) -> None:
    """With DynamoDB alone out of reach every delivery is answered 200, waits, and comes home.

    What it did without saying so (`unanswered`) is not done again by the queue's worker.
    """
    wanted, before = parcels(mortal), places(mortal)
    with mortal.stack.own.paused_workers(), mortal.dynamodb.failing(fault):
        sent = deliver(kazoo, wanted)
        missing = lost(acknowledged(sent), mortal.items())
    assert all_taken(sent)
    assert len(missing) == (0 if fault == "unanswered" else len(wanted))
    assert places(mortal) - before == {"queued": len(wanted)}
    mortal.stack.wait_for_workers(60)
    assert each_once(wanted, mortal)
    assert (waiting(mortal.stack, "SpoolQueue"), waiting(mortal.stack, "SpoolDeadLetterQueue")) == (
        0,
        0,
    )


def test_dynamodb_is_slow(mortal: Mortal, kazoo: Kazoo) -> None:
    """A write that DynamoDB finishes after the time limit is there once in the end."""
    wanted = parcels(mortal)[: len(TAKERS)]
    with mortal.stack.own.paused_workers(), mortal.dynamodb.failing("slow"):
        assert all_taken(deliver(kazoo, wanted))
    mortal.stack.wait_for_workers(60)
    assert each_once(wanted, mortal)


@pytest.mark.parametrize("fault", ["refused", "silent"])
def test_sqs_alone_fails(fault: Fault, mortal: Mortal, kazoo: Kazoo) -> None:
    """Without SQS everything is stored at once, and nothing comes into the log."""
    wanted, before = parcels(mortal), places(mortal)
    with mortal.sqs.failing(fault):
        sent = deliver(kazoo, wanted)
    assert all_taken(sent)
    assert places(mortal) - before == {"stored at once": len(wanted)}
    assert each_once(wanted, mortal)


def test_both_fail(mortal: Mortal, kazoo: Kazoo, pivotctl_command: Path, tmp_path: Path) -> None:
    """With both dead everything is answered 200, and `pivotctl replay` brings each event back.

    Called twice, it changes nothing.
    """
    wanted, before = parcels(mortal), places(mortal)
    with both_dead(mortal):
        sent = deliver(kazoo, wanted)
        assert len(lost(acknowledged(sent), mortal.items())) == len(wanted)
    assert all_taken(sent)
    assert places(mortal) - before == {"spooled to the log": len(wanted)}
    assert f"; stored {len(wanted)}, " in replay(mortal, pivotctl_command, tmp_path)
    assert each_once(wanted, mortal)
    items = mortal.items()
    assert "; stored 0, " in replay(mortal, pivotctl_command, tmp_path)
    assert mortal.items() == items


def replay(mortal: Mortal, command: Path, folder: Path) -> str:
    """The command's report on the logs of all functions, in one file."""
    file = folder / "logs.txt"
    names = mortal.stack.info.functions
    lines = (line for name in names for line in mortal.stack.logs(name))
    file.write_text("\n".join(lines), encoding="utf-8")
    aws = {"AWS_ENDPOINT_URL": mortal.stack.aws_url, "AWS_DEFAULT_REGION": "us-east-1"}
    secrets = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    done = subprocess.run(
        [command, "replay", file, "--table", mortal.table],
        env={**os.environ, **aws, **secrets},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


# -- a call ---------------------------------------------------------------------------------------


CALL, NOW = "told@198.51.100.77", 63_957_200_000


def whole_call(mortal: Mortal, account: str) -> list[Parcel]:
    """All hooks of a call of two legs, and its CDRs, whose URL names the call."""
    facts, targets = EventFacts(account, NOW, call_id=CALL, chance=chance(1)), mortal.urls()
    events = [
        hooked(matching(targets.hooks, fired)[0], fired, ENCODINGS[place % 2], Mode.K50, NOW)
        for place, fired in enumerate(call(facts))
    ]
    token = Signer.from_environment(CDR_SINK).named_call(NamedCall(account, CALL))
    url = mortal.stack.url(CDR_SINK, token)
    posted = [
        Parcel(CDR_SINK, "cdr", post(url, form_text(record), FORM))
        for record in cdrs(replace(facts, chance=chance(1)))
    ]
    return [*events, *posted]


def records(mortal: Mortal, account: str) -> dict[tuple[str, str], str]:
    """The merged records of an account's calls, by call and by part."""
    pages = mortal.client.get_paginator("scan").paginate(TableName=mortal.table)
    items = [item for page in pages for item in page["Items"] if "deliveries" in item]
    keys = [(item["pk"]["S"].partition("#"), item["sk"]["S"]) for item in items]
    return {
        (call_id, sort): item["record"]["S"]
        for ((owner, _, call_id), sort), item in zip(keys, items, strict=True)
        if owner == account
    }


def test_a_calls_record_is_the_same(
    mortal: Mortal,
    kazoo: Kazoo,
    pivotctl_command: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A call told while both were dead has, once replayed, the record of one told without faults.

    Its legs, its hooks and its posted CDRs are all in it.
    """
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")  # tokens are signed with the development secret
    calm, troubled = (whole_call(mortal, account * 32) for account in "ab")
    assert all_taken(deliver(kazoo, calm))
    with both_dead(mortal):
        assert all_taken(deliver(kazoo, troubled))
    mortal.stack.wait_for_workers(60)
    assert records(mortal, "b" * 32) == {}
    replay(mortal, pivotctl_command, tmp_path)
    mortal.stack.wait_for_workers(60)
    wanted = records(mortal, "a" * 32)
    assert '"sources":["cdr_url","hook"]' in wanted[CALL, "record"]
    assert records(mortal, "b" * 32) == wanted


# -- recordings -----------------------------------------------------------------------------------


def test_a_recording_while_both_are_dead(
    mortal: Mortal, pivotctl_command: Path, tmp_path: Path
) -> None:
    """The file is in S3 and answered with 200; what is noted of it waits in the log for replay."""
    with both_dead(mortal):
        assert recordings.sent(recordings.base(mortal.stack), CALL).status == 200
    assert len(recordings.objects(mortal.stack, CALL)) == 1
    assert recordings.items(mortal.stack, CALL) == {}
    replay(mortal, pivotctl_command, tmp_path)
    assert '"recording":' in recordings.items(mortal.stack, CALL)["record"]["record"]["S"]


def test_a_recording_while_everything_is_dead(mortal: Mortal) -> None:
    """Without S3 it is a 500, for which KAZOO sends a recording again; then it is there once."""
    url, call_id = recordings.base(mortal.stack), "again@198.51.100.77"
    mortal.stack.stop_aws()
    try:
        assert recordings.sent(url, call_id).status == 500
    finally:
        mortal.stack.restart_aws()
    assert recordings.sent(url, call_id).status == 200
    assert len(recordings.objects(mortal.stack, call_id)) == 1
    assert len(recordings.items(mortal.stack, call_id)) == 2, "the delivery and the record"


# -- KAZOO's rule ---------------------------------------------------------------------------------


def misdirected(parcel: Parcel) -> Parcel:
    """The same delivery to a URL with another key, where it is refused."""
    assert parcel.delivery
    hook = parcel.delivery.hook
    url = hook.url.replace(DEVELOPMENT_KEYS["webhooks"], "another-key")
    return replace(parcel, delivery=replace(parcel.delivery, hook=replace(hook, url=url)))


def test_kazoos_rule_is_applied(mortal: Mortal) -> None:
    """The check of every test above fails with the sixth delivery of a hook that gets no 200."""
    kazoo = kazoo_for(mortal)
    refused = [misdirected(each) for each in parcels(mortal, ["channel_events"])]
    assert {each.status for each in deliver(kazoo, refused[:5])} == {401}
    never_disabled(kazoo)
    assert {each.status for each in deliver(kazoo, refused[5:])} == {401}
    with pytest.raises(AssertionError, match="channel_events/channel_create"):
        never_disabled(kazoo)
