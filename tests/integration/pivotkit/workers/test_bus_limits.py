"""No delivery is one that EventBridge, or a queue behind it, refuses."""

import json
import math
import re
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pivotkit.http.parameters import Value
from pivotkit.store.records import Delivery
from pivotkit.workers.bus import EventBus, delivery_in, detail_of
from pivotkit.workers.bus_limits import MAX_DEPTH, MAX_DETAIL, detail_type, fitted
from pivotkit.workers.worker import worker
from scripts.sample_deliveries import ACCOUNT, MORE
from tests.integration.pivotkit.workers.batches import stream

XML_CHARACTERS = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
"""The characters that a message of a queue may have."""


class StrictBus:
    """EventBridge's limits, as the PutEvents API documents them; notes what it accepts."""

    def __init__(self) -> None:
        self.accepted: list[dict[str, Any]] = []

    def put_events(self, *, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803  (the API's)
        """Accept entries, or refuse them with the API's error codes."""
        codes = [self._fault(each) for each in Entries]
        self.accepted += [each for each, code in zip(Entries, codes, strict=True) if not code]
        results = [{"ErrorCode": code} if code else {"EventId": "1"} for code in codes]
        return {"FailedEntryCount": sum(map(bool, codes)), "Entries": results}

    def _fault(self, entry: dict[str, str]) -> str:
        kind, detail = entry["DetailType"], entry["Detail"]
        if not 1 <= len(kind.encode("utf-16-le")) / 2 <= 128 or not kind.strip():
            return "InvalidArgument"
        if len((entry["Source"] + kind + detail).encode()) > 256 * 1024:
            return "EntryTooLarge"
        try:
            found = json.loads(detail, parse_constant=int)
        except ValueError:
            return "MalformedDetail"
        if not isinstance(found, dict) or not XML_CHARACTERS.fullmatch(kind + detail):
            return "MalformedDetail"
        return ""


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> StrictBus:
    """A bus that refuses what EventBridge refuses."""
    bus = StrictBus()
    monkeypatch.setenv("EVENT_BUS", "bus")
    monkeypatch.setattr("pivotkit.workers.bus.client", lambda _: bus)
    return bus


NAMES = {
    "missed_call": "missed_call",
    "appel manqué ☎": "appel manqué ☎",
    "a#b": "a#b",
    "x" * 128: "x" * 128,
    "x" * 129: "other",
    "😀" * 64: "😀" * 64,
    "😀" * 65: "other",
    "": "other",
    "   ": "other",
    "a\nb": "other",
    "\x00": "other",
    "\ud800": "other",
    "\uffff": "other",
}


@pytest.mark.parametrize(("name", "kind"), NAMES.items(), ids=map(ascii, NAMES))
def test_types(name: str, kind: str) -> None:
    """A name of 1 to 128 printable characters is the type; any other event is an `other`."""
    assert detail_type(name) == kind


def delivery(name: str, body: str) -> dict[str, Any]:
    """A delivery of the event *name*, as it lies in the table."""
    return {
        "pk": {"S": f"{ACCOUNT}#call"},
        "sk": {"S": f"event#{name}#0f"},
        "received_at": {"N": "1768469400"},
        "method": {"S": "POST"},
        "content_type": {"S": "application/json"},
        "body": {"S": body},
    }


BODIES = [
    '{"a": 1E400}',
    '{"a": "\\uffff", "\\ufffe": [1]}',
    f'{{"a": {"9" * 4000}}}',
    json.dumps({str(number): "x" * 990 for number in range(250)}),
    json.dumps({"x" * 250_000: "x"}),
    json.dumps({"list": ["x" * 100] * 2500}),
    "{",
    "\ufffe",
]


def test_one_event_stops_no_other(strict: StrictBus) -> None:
    """In a batch of names and values of any kind, every event is put on the bus."""
    good = json.dumps(MORE["missed_call"])
    items = [delivery(name, good) for name in ("x" * 300, " ", "#", "a\tb", "\uffff", "😀" * 100)]
    items += [delivery("missed_call", body) for body in (*BODIES, good)]
    answer = worker(EventBus().put)(stream(*items), None)
    assert answer == {"batchItemFailures": []}
    assert len(strict.accepted) == len(items)
    assert strict.accepted[-1]["DetailType"] == "missed_call"
    assert json.loads(strict.accepted[-1]["Detail"])["event"] == MORE["missed_call"]


def test_the_name_stays_in_the_detail(strict: StrictBus) -> None:
    """An `other` keeps its name in the detail, and the worker gets it back."""
    name = "x" * 200
    EventBus().put(Delivery("acct#c", delivery(name, "{}")))
    (entry,) = strict.accepted
    assert entry["DetailType"] == "other"
    detail = json.loads(entry["Detail"])
    assert detail["name"] == name
    assert delivery_in(detail).name == name


def test_the_largest_fields_are_left_out() -> None:
    """Of an event that no cut makes small enough, the small fields stay, such as its IDs."""
    event: dict[str, Value] = {"call_id": "c1", **{str(n): ["x" * 900] * 9 for n in range(99)}}
    record: Value = {"state": "ended"}
    found = json.loads(fitted({"key": "k", "event": event, "record": record}))
    assert found["cut"] is True
    assert found["event"].pop("call_id") == "c1"
    assert 15 < len(found["event"]) < 30
    assert all(value == event[name] for name, value in found["event"].items())


def test_what_a_hook_added_stays_apart() -> None:
    """The names of a hook's own values that are left out are left out of its list as well."""
    data = {"account_id": ACCOUNT, "call_id": "c1"}
    sent = {"action": "event", "name": "MISSED_CALL", "timestamp": 63935688600, "data": data}
    added = {"team": "sales", **{"x" * size: "y" for size in range(1000, 1200)}}
    text = detail_of(Delivery(f"{ACCOUNT}#c", delivery("missed_call", json.dumps(sent | added))))
    detail = json.loads(text)
    assert len(text.encode()) <= MAX_DETAIL
    assert detail["event"]["call_id"] == "c1"
    assert set(detail["custom_data"]) == detail["event"].keys() & added.keys()
    content = delivery_in(detail).content
    assert content.values["call_id"] == "c1"
    assert content.custom_data
    assert content.custom_data["team"] == "sales"


def test_what_is_too_deep() -> None:
    """Levels below the limit are left out, and what is above them stays."""
    value: Value = "x"
    for _ in range(MAX_DEPTH * 40):
        value = [value]
    text = fitted({"event": {"deep": value, "call_id": "c1"}})
    assert text.count("[") == MAX_DEPTH - 1
    assert json.loads(text)["event"]["call_id"] == "c1"


NUMBERS = {2**63 - 1: 2**63 - 1, 2**63: str(2**63), math.inf: None, math.nan: None, 1.5: 1.5}


@pytest.mark.parametrize(("number", "kept"), NUMBERS.items())
def test_numbers(number: float, kept: object) -> None:
    """Numbers that are no JSON, or that readers of it disagree about, are replaced."""
    assert json.loads(fitted({"event": {"n": number}}))["event"] == {"n": kept}


TEXTS = st.text(st.characters(), max_size=300)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=20,
)


@given(
    name=TEXTS, event=st.dictionaries(TEXTS, VALUES, max_size=9), times=st.sampled_from([1, 999])
)
def test_anything_fits(name: str, event: dict[str, Any], times: int) -> None:
    """Whatever an event is called and holds, the bus accepts it."""
    grown = {key * times: [value] * times for key, value in event.items()}
    detail = fitted({"key": "k", "event": cast("Value", grown), "record": None})
    bus = StrictBus()
    bus.put_events(Entries=[{"Source": "s", "DetailType": detail_type(name), "Detail": detail}])
    assert bus.accepted
    assert len(detail.encode()) <= MAX_DETAIL
