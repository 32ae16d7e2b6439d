"""Events as blackhole's clients get them."""

import json
from importlib import import_module
from typing import Any

import pytest

from pivotkit.events.bindings import Binding, topic_of
from scripts.sample_deliveries import ACCOUNT
from tests.deliveries import delivery

STAR = Binding.read("call.*.*")
NUMBER = "+14155550142"


def made(values: dict[str, Any], *, sees_numbers: bool = True) -> dict[str, Any]:
    """The message for an event with *values*."""
    return dict(json.loads(raw(values, sees_numbers=sees_numbers)))


def raw(values: dict[str, Any], *, sees_numbers: bool = True) -> bytes:
    """The same as bytes."""
    text: Any = import_module("functions.workers.sockets.event_text")
    stored = delivery(str(values.get("hook_event")), {"account_id": ACCOUNT, **values})
    topic = topic_of(stored.event)
    assert topic
    found: bytes = text.EventText(stored, stored.event, topic).of(STAR, sees_numbers=sees_numbers)
    return found


CREATE = {
    "hook_event": "channel_create",
    "call_id": "4155550142-leg@198.51.100.23",
    "caller_id_number": NUMBER,
    "caller_id_name": f"Zoë {NUMBER}",
    "from": f"{NUMBER}@carrier.example",
    "owner_id": "b2c0a4e1d3f5968778695a4b3c2d1e0f",
    "timestamp": 63_935_919_000,
}


def test_an_event_has_what_every_event_of_the_bus_has() -> None:
    """Name and keys of the bus, and data with an ID that repetitions share."""
    found = made(CREATE)
    data = found["data"]
    assert (found["action"], found["name"]) == ("event", "CHANNEL_CREATE")
    assert found["subscribed_key"] == "call.*.*"
    assert found["subscription_key"] == f"call.{ACCOUNT}.CHANNEL_CREATE.*"
    assert (data["event_name"], data["event_category"]) == ("CHANNEL_CREATE", "call_event")
    assert data["custom_channel_vars"]["owner_id"] == CREATE["owner_id"]
    assert data["caller_id_number"] == NUMBER
    assert len(data["msg_id"]) == 32
    assert made(CREATE)["data"]["msg_id"] == data["msg_id"]


def test_numbers_are_masked_but_ids_are_not() -> None:
    """Viewers who may not see phone numbers see their last two digits, wherever they stand."""
    data = made(CREATE, sees_numbers=False)["data"]
    assert "555" not in json.dumps({**data, "call_id": ""})
    assert data["caller_id_number"].endswith("42")
    assert data["caller_id_name"].startswith("Zoë +•")
    assert (data["call_id"], data["timestamp"]) == (CREATE["call_id"], CREATE["timestamp"])
    assert data["owner_id"] == CREATE["owner_id"]


@pytest.mark.parametrize(
    ("large", "kept"),
    [
        ({"caller_id_name": "x" * 140_000}, True),
        ({f"f{at}": "y" * 900 for at in range(200)}, False),
    ],
    ids=["one text", "many fields"],
)
def test_an_event_fits_into_a_message(large: dict[str, str], *, kept: bool) -> None:
    """An event of more than 128 kB has its texts cut, or only its IDs; it says so."""
    text = raw({**CREATE, **large})
    data = json.loads(text)["data"]
    assert len(text) <= 128 * 1024
    assert (data["cut"], data["call_id"]) == (True, CREATE["call_id"])
    assert ("from" in data) is kept
