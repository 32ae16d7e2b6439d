"""KAZOO's hooks at the local stack's receivers: stored once, disabled by the rule, brought back."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from click.testing import CliRunner

from pivotctl.commands import replay
from pivotctl.commands.fire import fired
from pivotctl.commands.hooks import states
from pivotctl.commands.logged_deliveries import find
from pivotctl.commands.replay import ReplayResult, replayed
from pivotctl.crossbar import ACCOUNT_ID, API_KEY
from pivotctl.local.calls import local_scenario
from pivotctl.local.webhooks import RECEIVERS, NoReceiverError, matching, receiving, registered
from pivotctl.stack.aws import dynamodb_at
from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.events import WebhookFired
from pivotctl.switch.webhooks.payloads import EventFacts, events, names
from tests.unit.switch.servers import listening

if TYPE_CHECKING:
    import socket

    from pivotctl.crossbar import LocalCrossbar
    from pivotctl.stack import Stack
    from pivotctl.upstreams import Upstreams
    from pivotctl.upstreams.crossbar import CrossbarFake

pytestmark = pytest.mark.slow
FORMATS = ("form", "json", "query")


@pytest.fixture
def upstreams(stack: Stack) -> Iterator[Upstreams]:
    """The fakes, well and empty before and behind the test."""
    stack.upstreams.reset()
    yield stack.upstreams
    stack.upstreams.reset()


@pytest.fixture
def crossbar(upstreams: Upstreams) -> LocalCrossbar:
    """The stack's Crossbar."""
    return cast("CrossbarFake", upstreams.crossbar.fake).crossbar


@pytest.fixture
def api(stack: Stack, crossbar: LocalCrossbar) -> Callable[..., Any]:
    """Asks the stack's Crossbar over HTTP, signed in; gives the data of the answer."""
    base = f"{stack.upstreams_url}/crossbar/v2"
    signed = httpx.put(f"{base}/api_auth", json={"data": {"api_key": API_KEY}}).json()
    headers = {"x-auth-token": signed["auth_token"]}
    assert crossbar.clock()

    def asked(path: str, account: str = ACCOUNT_ID) -> Any:
        answer = httpx.get(f"{base}/accounts/{account}/{path}", headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    return asked


@pytest.fixture
def stored(stack: Stack) -> Callable[[str], dict[str, Any]]:
    """The items of the table of call records whose key holds a text, when the workers are done."""
    client: Any = dynamodb_at(stack.aws_url)

    def found(text: str) -> dict[str, Any]:
        stack.wait_for_workers()
        pages = client.get_paginator("scan").paginate(TableName=stack.tables["CallRecordsTable"])
        items = [item for page in pages for item in page["Items"]]
        return {item["sk"]["S"]: item for item in items if text in item["pk"]["S"]}

    return found


def deliveries(items: dict[str, Any]) -> list[str]:
    """The hooks of the deliveries among items, sorted."""
    kept = [item for item in items.values() if item.get("item") == {"S": "delivery"}]
    return sorted(item["hook"]["S"] for item in kept)


def new_call() -> str:
    """A call's id that no other test has."""
    return f"fired-{secrets.token_hex(6)}"


@pytest.mark.parametrize("encoding", FORMATS)
def test_a_call_is_stored_once(
    stack: Stack, stored: Callable[[str], Any], api: Callable[..., Any], encoding: str
) -> None:
    """In any order, with every delivery repeated, each event is kept once and the record is whole.

    Crossbar has a CDR of each leg, in one interaction.
    """
    call_id = new_call()
    wanted = ("call", "--shuffle", "--duplicate", "--call-id", call_id, "--format", encoding)
    counts = fired(stack, wanted)
    assert (counts.fired, counts.delivered) == (16, 16)
    items = stored(f"#{call_id}")
    assert deliveries(items) == [
        "channel_answer", "channel_bridge", "channel_create", "channel_destroy",
    ]  # fmt: skip
    assert json.loads(items["record"]["record"]["S"])["state"] == "ended"
    rows = {row["call_id"]: row for row in api("cdrs")}
    legs = api(f"cdrs/legs/{rows[call_id]['interaction_id']}")
    assert [leg["interaction_is_root"] for leg in legs] == [True, False]
    assert legs[0]["other_leg_call_id"] == legs[1]["call_id"]


def test_calls_whose_events_overtake_each_other(stack: Stack, stored: Callable[[str], Any]) -> None:
    """Of deliveries at the same time, in any order and twice, each event is kept once."""
    account = secrets.token_hex(16)
    wanted = ("call", "--count", "4", "--shuffle", "--duplicate", "--parallel", "8")
    counts = fired(stack, (*wanted, "--account", account))
    assert (counts.fired, counts.delivered) == (64, 64)
    assert len(deliveries(stored(f"{account}#"))) == 32


@pytest.mark.parametrize("secret", [(), ("--secret", "s3cret")], ids=["v1", "v2"])
@pytest.mark.parametrize(
    ("hook", "state", "fact"),
    [
        ("channel_hold", "answered", ("on_hold", True)),
        ("channel_unhold", "answered", ("on_hold", False)),
        ("cdr", "ended", ("call_direction", "inbound")),
    ],
)
def test_hooks_of_kazoo_5(
    stack: Stack,
    stored: Callable[[str], Any],
    secret: tuple[str, ...],
    hook: str,
    state: str,
    fact: tuple[str, object],
) -> None:
    """They are fired in either version, and are in the call's record."""
    call_id = new_call()
    assert fired(stack, (hook, "--mode", "k5", "--call-id", call_id, *secret)).good
    items = stored(f"#{call_id}")
    assert deliveries(items) == [hook]
    record = json.loads(items["record"]["record"]["S"])
    assert (record["state"], record[fact[0]]) == (state, fact[1])


@pytest.mark.parametrize("encoding", FORMATS)
def test_everything_that_kazoo_fires_is_taken(
    stack: Stack, upstreams: Upstreams, encoding: str
) -> None:
    """Each hook, notification and callflow event is answered with 200 by the receiver for it."""
    del upstreams
    account = secrets.token_hex(16)
    counts = fired(
        stack, ("everything", "--mode", "k5", "--format", encoding, "--account", account)
    )
    assert counts.good, counts
    assert counts.fired == len(names()) - 3


def test_secrets_stay_in_the_table(stack: Stack, stored: Callable[[str], Any]) -> None:
    """A new account's API key is in the delivery as it came, and in no record and no log."""
    account, secret = secrets.token_hex(16), f"canary{secrets.token_hex(8)}"
    wanted = ("new_account", "--to", "everything", "--account", account)
    assert fired(stack, (*wanted, "--set", f"account_api_key={secret}")).good
    items = stored(f"{account}#")
    record = items.pop("record")
    (delivery,) = items.values()
    assert secret in delivery["body"]["S"]
    assert secret not in json.dumps([record, delivery["record"]])
    logs = [line for name in stack.info.functions for line in stack.logs(name) if secret in line]
    assert logs == []


def test_every_event_has_one_receiver(stack: Stack) -> None:
    """Of the stack's hooks exactly one takes an event, and it is a receiver's of that kind."""
    documents = receiving(stack)
    assert {each.name.rpartition("/")[0] for each in documents} == set(RECEIVERS)
    for event in events("everything", EventFacts(ACCOUNT_ID, 63_957_200_000, newer=True)):
        (taker,) = matching(documents, event)
        assert taker.hook == event.hook
    assert {each.hook for each in documents} - {each.hook for each in registered(stack)} == {
        "callflow"
    }
    with pytest.raises(NoReceiverError, match="takes parking"):
        matching([], next(iter(events("parking", EventFacts(ACCOUNT_ID, 1)))))


def test_kazoo_disables_a_hook_that_fails(
    stack: Stack,
    crossbar: LocalCrossbar,
    api: Callable[..., Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Six failures in a minute: the hook is off, nothing is sent, until somebody enables it."""
    statuses = [500] * 6

    def answer(connection: socket.socket, _request: bytes) -> None:
        status = statuses.pop() if statuses else 200
        connection.sendall(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n".encode())

    began = crossbar.clock()
    with listening(answer) as url:
        wanted = ("sms", "--to", f"{url}/hook", "--count", "6")
        assert fired(stack, wanted).failed == 6
        crossbar.clock = lambda: began + 30
        counts = fired(stack, wanted)
        assert (counts.delivered, counts.disabled) == (0, 6)
        (state,) = [each for each in states(stack) if each.document.uri == f"{url}/hook"]
        assert not state.document.enabled
        (shown,) = [each for each in api("webhooks") if not each["enabled"]]
        assert shown["disable_reason"] == "too many failed attempts"
        assert len(api(f"webhooks/{shown['id']}/attempts")) == 6
        assert all(each.document.enabled for each in states(stack, (state.document.name,)))
        assert fired(stack, wanted).good
    assert "not sent: the hook is disabled" in capsys.readouterr().out


def test_a_played_call_and_its_cdr_agree(stack: Stack, api: Callable[..., Any]) -> None:
    """Crossbar has the CDRs of a call that was dialled, with what its webhooks told."""
    account, call_id = secrets.token_hex(16), new_call()
    played = local_scenario(stack, "ring", account_id=account, call_id=call_id)
    call = Dialogue.place(played).events
    assert {each.status for each in call if isinstance(each, WebhookFired)} == {200}
    root, other = api(f"cdrs/legs/{api('cdrs/interaction', account)[0]['id']}", account)
    assert (root["call_id"], root["other_leg_call_id"]) == (call_id, other["call_id"])
    assert (root["hangup_cause"], other["billing_seconds"]) == ("NORMAL_CLEARING", 42)
    (row,) = [each for each in api("cdrs", account) if each["call_id"] == call_id]
    assert int(row["timestamp"]) == root["timestamp"] - root["duration_seconds"]


def test_a_cdr_that_was_never_posted(
    stack: Stack, api: Callable[..., Any], stored: Callable[[str], Any]
) -> None:
    """Without posts of CDRs the receivers never hear how a call ended, and Crossbar does."""
    account, call_id = secrets.token_hex(16), new_call()
    wanted: dict[str, Any] = {"account_id": account, "call_id": call_id, "post_cdrs": False}
    Dialogue.place(local_scenario(stack, "ring", **wanted))
    assert "channel_destroy" not in deliveries(stored(f"{account}#"))
    assert len(api("cdrs", account)) == 2


def test_replay_brings_back_what_was_only_logged(
    stack: Stack, stored: Callable[[str], Any], upstreams: Upstreams
) -> None:
    """With DynamoDB and SQS dead every delivery is taken with 200, and replay stores each once."""
    del upstreams
    call_id, client = new_call(), dynamodb_at(stack.aws_url)
    table = stack.tables["CallRecordsTable"]
    stack.stop_aws()
    try:
        counts = fired(stack, ("call", "--duplicate", "--call-id", call_id))
    finally:
        stack.restart_aws()
    assert counts.delivered == 16
    lines = [
        line for line in stack.logs("channel_events") if call_id in line or "SPOOL" not in line
    ]
    found = find("\n".join(lines))
    assert len(found.items) + found.repeated >= 8
    assert set(replayed(client, table, found, dry_run=True)) == {ReplayResult.STORED}
    assert deliveries(stored(f"#{call_id}")) == []
    assert set(replayed(client, table, found)) == {ReplayResult.STORED}
    assert set(replayed(client, table, found)) == {ReplayResult.THERE}
    items = stored(f"#{call_id}")
    assert len(deliveries(items)) == 4
    assert json.loads(items["record"]["record"]["S"])["state"] == "ended"


def test_replay_says_what_cannot_be_stored(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that there is not is a failure for each delivery, and the exit status is 1."""
    for name, value in {
        "AWS_ENDPOINT_URL": stack.aws_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    item = {"pk": {"S": "a#b"}, "sk": {"S": "event#x#1"}, "item": {"S": "delivery"}}
    line = json.dumps({"message": "SPOOL", "item": item})
    result = CliRunner().invoke(replay.command, ["-", "--table", "none"], input=line)
    assert result.exit_code == 1
    assert "found 1 deliveries; stored 0, already there 0, failed 1" in result.output
