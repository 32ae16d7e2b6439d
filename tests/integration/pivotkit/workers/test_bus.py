"""Events on the bus, and the deliveries that a worker reads from them."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from pivotkit import worker
from pivotkit.events import ChannelCreate, DocEdited, MissedCall
from pivotkit.store.records import Delivery, Record
from pivotkit.workers.bus import EventBus, delivery_in, detail_of
from pivotkit.workers.bus_limits import MAX_TEXT
from scripts.sample_deliveries import ACCOUNT, CALL, MORE
from tests.aws import aws_client
from tests.integration.pivotkit.workers.batches import queue

KEY = f"{ACCOUNT}#{CALL}"


def stored(body: str, kind: str = "application/json", **more: Any) -> Delivery:
    """A delivery as it lies in the table."""
    item = {
        "pk": {"S": KEY},
        "sk": {"S": "event#missed_call#0f"},
        "received_at": {"N": "1768469400"},
        "method": {"S": "POST"},
        "content_type": {"S": kind},
        "body": {"S": body},
    }
    return Delivery(KEY, item | more)


MISSED = stored(json.dumps(MORE["missed_call"]))


def test_what_an_event_tells() -> None:
    """A detail has the place in the table, the account, the time, and what KAZOO sent."""
    assert json.loads(detail_of(MISSED)) == {
        "key": KEY,
        "sort": "event#missed_call#0f",
        "account_id": ACCOUNT,
        "received_at": 1768469400,
        "event": MORE["missed_call"],
        "record": None,
    }


def test_a_worker_gets_the_delivery_back() -> None:
    """The delivery that a worker gets has the same id, name, event and record."""
    record = Record("ended", None, {"hangup_cause": "NORMAL_CLEARING"})
    delivery = stored(json.dumps(MORE["missed_call"]), record={"S": record.as_json()})
    got: list[Delivery] = []
    body = json.dumps({"detail": json.loads(detail_of(delivery))})
    assert worker(got.append)(queue(body), None) == {"batchItemFailures": []}
    assert (got[0].id, got[0].name) == (delivery.id, "missed_call")
    assert got[0].event == delivery.event
    assert isinstance(got[0].event, MissedCall)
    assert got[0].record == record


@pytest.mark.parametrize(
    ("body", "kind", "values"),
    [
        ("a=1&b=x+y", "application/x-www-form-urlencoded", {"a": "1", "b": "x y"}),
        ('{"a": 1}', "application/json", {"a": 1}),
        ('{"a": ', "application/json", {}),
    ],
)
def test_every_encoding_goes_over_the_bus(body: str, kind: str, values: dict[str, Any]) -> None:
    """Values are read as the receiver read them; what cannot be read tells only the account."""
    event = json.loads(detail_of(stored(body, kind)))["event"]
    assert event == {"account_id": ACCOUNT, **values}


@pytest.mark.parametrize("secret", ["account_api_key", "password", "password_reset_link"])
def test_secrets_stay_in_the_table(secret: str) -> None:
    """Keys and tokens never reach the bus, in either version."""
    told = {"account_id": ACCOUNT, "event_name": "new_account", secret: "s3cret"}
    sealed = {"action": "event", "name": "NEW_ACCOUNT", "timestamp": 63935688600, "data": told}
    for values in (told, sealed):
        assert "s3cret" not in detail_of(stored(json.dumps(values)))


def test_an_envelope_is_opened() -> None:
    """The content of KAZOO 5's envelope is where a rule looks for it, with its custom data."""
    data = {"account_id": ACCOUNT, "call_id": CALL, "call_direction": "outbound"}
    sent = {"action": "event", "name": "CHANNEL_CREATE", "timestamp": 63935688600, "hmac": "x"}
    delivery = stored(json.dumps({**sent, "data": data, "team": "sales"}))
    detail = json.loads(detail_of(delivery))
    assert detail["custom_data"] == ["team"]
    assert detail["event"] == data | {
        "hook_event": "channel_create",
        "timestamp": 63935688600,
        "team": "sales",
    }
    back = delivery_in(detail).event
    assert back.custom_data == delivery.event.custom_data == {"team": "sales"}
    assert isinstance(back, ChannelCreate)
    assert (back.call_id, back.timestamp) == (CALL, delivery.event.timestamp)


def test_custom_data_replace_nothing() -> None:
    """Members beside an envelope change neither the event nor its type, also over the bus."""
    data = {"account_id": ACCOUNT, "action": "doc_edited", "type": "user", "id": "u"}
    sent = {"action": "event", "name": "DOC_EDITED", "timestamp": 63935688600, "data": data}
    beside = {"hook_event": "channel_destroy", "event_name": "voicemail_new", "id": "other"}
    delivery = stored(json.dumps({**sent, **beside, "call_id": "c"}))
    for each in (delivery, delivery_in(json.loads(detail_of(delivery)))):
        assert isinstance(each.event, DocEdited)
        assert (each.event.id, each.event.type, each.values["id"]) == ("u", "user", "u")
        assert "call_id" not in each.values


def test_a_detail_from_before_custom_data_were_listed() -> None:
    """An event that waited in a queue during an update is read as it was before."""
    detail = json.loads(detail_of(MISSED))
    assert "custom_data" not in detail
    assert delivery_in(detail).event == MISSED.event


def test_a_large_event_is_cut() -> None:
    """A detail that is too large for a bus has its texts cut, and stays complete otherwise."""
    values = {**MORE["missed_call"], "html": "<p>" + "x" * 250_000}
    detail = json.loads(detail_of(stored(json.dumps(values))))
    assert detail["event"].pop("html") == "<p>" + "x" * (MAX_TEXT - 3)
    assert detail["event"] == MORE["missed_call"]


NAMES = {
    "event#missed_call#0f": "missed_call",
    "event#other#0f": "other",
    "event##0f": "#0f",
    "event#a#b#0f": "a#b",
    "cdr#a#0f": "cdr_url",
}


@pytest.mark.parametrize(("sort", "name"), NAMES.items())
def test_the_name_of_a_delivery(sort: str, name: str) -> None:
    """An event is called what KAZOO calls it, and a CDR after its sink."""
    assert Delivery(KEY, {"pk": {"S": KEY}, "sk": {"S": sort}}).name == name


@pytest.mark.usefixtures("buses")
def test_a_rule_leads_to_the_queue_of_a_worker(tables: Mapping[str, str]) -> None:
    """An event that is put on the bus lies in the queues of those who want it, and in no other."""
    EventBus().put(MISSED)
    sqs = aws_client("sqs")
    found: dict[str, Any] = {}
    for url in sqs.list_queues()["QueueUrls"]:
        messages = sqs.receive_message(QueueUrl=url).get("Messages", [])
        found |= {url.rpartition("/")[2]: json.loads(each["Body"]) for each in messages}
    assert "NotifyChatQueue" in str(list(found))
    assert "LastAgentsQueue" not in str(list(found))
    for event in found.values():
        assert (event["source"], event["detail-type"]) == ("pivot-functions", "missed_call")
        assert delivery_in(event["detail"]).event == MISSED.event
    assert tables["EVENT_BUS"]
