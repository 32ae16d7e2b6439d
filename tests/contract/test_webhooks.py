"""Every delivery of KAZOO's, in every encoding, gives 200 and the same stored event."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import batched
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from pivotctl.switch.player.kazoo_call import descending
from pivotctl.switch.webhooks.hook_request import (
    canonical,
    delivery,
    payload_of,
    pretty,
    second_version,
)
from pivotkit.core.gregorian import GREGORIAN_EPOCH
from pivotkit.events import Event, OtherEvent, read_event
from pivotkit.events.names import MODULES
from pivotkit.http import deliveries
from pivotkit.store.records import Delivery, Record
from tests import functions
from tests.aws import aws_client
from tests.events import FORM, JSON, event
from tests.kazoo import captured, document, needs_data

KEY, SECRET = "webhooks-development", "secret"
URL = "https://hooks.example.com/kazoo"
IDS = ("0d1c2b3a495867768594a3b2c1d0e0f1", "4e3ae97ad5a54b65b6b3a2b2f6e1d2c0")
WAYS = [("post", "form-data"), ("put", "form-data"), ("get", "form-data"), ("get", "json")]
RECEIVERS = {
    "callflow": "custom_events",
    "channels": "channel_events",
    "faxes": "faxes",
    "messages": "messages",
    "notifications": "notifications",
    "objects": "object_changes",
    "parking": "parked_calls",
    "ports": "notifications",
    "streams": "everything",
    "voicemails": "voicemails",
}
"""The receiver that takes the events of a module."""


class Sent(NamedTuple):
    """A request of KAZOO's."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str


class Case(NamedTuple):
    """The deliveries that KAZOO made, in their order, as they were observed."""

    name: str
    values: Mapping[str, Any]
    wire: tuple[Sent, ...] = ()

    @property
    def ids(self) -> tuple[str, str]:
        """The hook and its owner."""
        headers = self.wire[0].headers if self.wire else {}
        return headers.get("x-hook-id", IDS[0]), headers.get("x-account-id", IDS[1])

    @property
    def deliveries(self) -> Iterator[Sent]:
        """The same by every verb, in every format, as JSON of both versions of KAZOO, and seen."""
        for verb, body_format in WAYS:
            yield _sent(delivery(URL, verb, body_format, self.values, self.ids))
        yield _sent(delivery(f"{URL}?env=prod", "get", "form-data", self.values, self.ids))
        for verb in ("post", "put"):
            for printed in (pretty, canonical_in_order):
                yield _sent(delivery(URL, verb, "json", self.values, self.ids, printed))
        yield from self.wire


def canonical_in_order(value: Any) -> str:
    """Compact JSON as KAZOO 5 writes it, but in KAZOO 4's order, which shows the custom data."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _sent(request: Any) -> Sent:
    return Sent(request.method, request.url, dict(request.headers), request.body.decode())


def hooks() -> Iterator[Case]:
    """The samples of hooks.json."""
    told = document("hooks.json")
    notifications = told.get("hooks", {}).get("notifications", {}).get("types", {})
    fifth = {name: each for name, each in told.get("kazoo5_only", {}).items() if name in MODULES}
    stream = {"stream": told["kazoo5_only"]["stream"]} if fifth else {}
    for name, each in (told.get("hooks", {}) | notifications | fifth | stream).items():
        if each.get("sample"):
            form = each.get("sample_form_encoded")
            own = {"content-type": FORM, "x-account-id": IDS[1], "x-hook-id": IDS[0]}
            wire = (Sent("POST", URL, own, form),) if form else ()
            yield Case(name, each["sample"], wire)


def requests() -> Iterator[Case]:
    """The requests of webhook-requests."""
    for each in captured("webhook-requests"):
        headers = dict(each["headers_on_wire"])
        sent = Sent(each["method"], each["url"], headers, each["body_raw"])
        yield Case(each["name"], each["params"], (sent,))


def observed() -> Iterator[Case]:
    """The requests that KAZOO's own code was observed to send for made-up and random payloads."""
    for each in document("observed/webhooks.json")["cases"]:
        for seen in each["observed"]["http_requests"]:
            headers = seen["wire"]["headers"]
            sent = Sent(seen["method"].upper(), seen["url"], headers, seen["body"] or "")
            yield _observed(each, sent)
    for each in document("observed/random_webhooks.json")["cases"]:
        seen = each["request"]
        sent = Sent(seen["method"], seen["url"], seen["headers"], seen["body"] or "")
        yield _observed(each, sent)


def _observed(case: Any, sent: Sent) -> Case:
    job = case["job"]
    told = descending(job["payload"])
    assert isinstance(told, dict)
    return Case(case["name"], payload_of(told, job.get("custom_data", {}), "0" * 32), (sent,))


SAMPLES = list(hooks())
CASES = [*SAMPLES, *requests(), *observed()]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """That of a local run, which takes the published key and no signatures."""
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    monkeypatch.delenv("HOOK_SECRETS", raising=False)
    return monkeypatch


def handed(sent: Sent) -> dict[str, Any]:
    """The event that API Gateway hands over."""
    own = {name: value for name, value in sent.headers.items() if name.startswith("x-")}
    content_type = sent.headers.get("content-type", "")
    handed = event(sent.body, method=sent.method, key=KEY, content_type=content_type, headers=own)
    return handed | {"rawQueryString": urlsplit(sent.url).query}


def receiver_of(case: Case) -> str:
    """The receiver that is there for a case."""
    return RECEIVERS[MODULES[name]] if (name := read_event(case.values).name) in MODULES else ""


def receivers_of(case: Case) -> set[str]:
    """The event's own receiver; for a sample, and for an event without one, `everything`."""
    own = receiver_of(case)
    return {own or "everything", "everything"} if case in SAMPLES else {own or "everything"}


def load(name: str) -> Any:
    """A receiver, in the environment of now."""
    return functions.load(f"webhooks/{name}")


def stored(tables: Mapping[str, str]) -> list[dict[str, Any]]:
    """Everything in CallRecords, which is empty then."""
    client, table = aws_client("dynamodb"), tables["CALL_RECORDS_TABLE"]
    found: list[dict[str, Any]] = client.scan(TableName=table)["Items"]
    for item in found:
        client.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
    return found


def told(item: dict[str, Any]) -> tuple[Event, str, Record | None]:
    """The stored delivery without its bytes: KAZOO's test made clusters up."""
    found = Delivery(item["pk"]["S"], item)
    key = item["pk"]["S"]
    about = key if "#event-" not in key else key.partition("#event-")[0]
    return replace(found.event, cluster_id=None), about, found.record


BATCHES = [pytest.param(some, id=some[0].name) for some in batched(CASES, 20)]


@needs_data
@pytest.mark.parametrize("cases", BATCHES)
def test_every_encoding_is_stored_alike(cases: tuple[Case, ...], tables: Mapping[str, str]) -> None:
    """Form, JSON and query, by every verb, to the event's own receiver and to `everything`."""
    loaded = cache(load)
    for case in cases:
        for name in receivers_of(case):
            answers = [loaded(name)(handed(sent), None) for sent in case.deliveries]
            assert {answer["statusCode"] for answer in answers} == {200}
            check(case, name, stored(tables))


def check(case: Case, name: str, items: list[dict[str, Any]]) -> None:
    """That what the receiver *name* stored of a case is one event, and what is made of it."""
    first, *rest = map(told, items)
    assert rest == [first] * len(rest), case.name
    made, _, record = first
    read = name == "everything" or not isinstance(made, OtherEvent)
    assert bool(record) == read, case.name
    problem = "" if read else getattr(made, "reason", "")
    assert {item.get("problem", {"S": ""})["S"] for item in items} == {problem}, case.name


FRESH = [each for each in document("observed/fresh_webhooks.json")["cases"] if each["request"]]


@needs_data
@pytest.mark.parametrize("case", FRESH, ids=lambda case: case["name"])
def test_a_fresh_delivery_is_read(case: Any) -> None:
    """A delivery with odd names, empty values and Unicode is admitted, and is an event."""
    seen = case["request"]
    headers = {name.lower(): value for name, value in seen["headers"].items()}
    sent = Sent(seen["method"].upper(), seen["url"], headers, seen["body"] or "")
    content = deliveries.read(deliveries.admitted(handed(sent), deliveries.HOOK_METHODS))
    assert not content.unread
    assert isinstance(read_event(content.values), Event)
    if headers.get("content-type") == JSON:
        meant = payload_of(case["job"]["payload"], case["job"].get("custom_data", {}), "")
        assert {**content.values, "cluster_id": ""} == meant


@needs_data
def test_there_are_deliveries() -> None:
    """The data is found, and every kind of event that there is a receiver for is in it."""
    assert len(CASES) > 110
    modules = {MODULES.get(read_event(case.values).name) for case in CASES}
    assert RECEIVERS.keys() <= modules


@needs_data
def test_an_envelope_is_stored_as_what_is_in_it(
    tables: Mapping[str, str], environment: pytest.MonkeyPatch
) -> None:
    """KAZOO 5's second version is the event of the first, but for cluster, time and custom data."""
    environment.setenv("HOOK_SECRETS", SECRET)
    environment.setattr(time, "time", lambda: 63885519612 - GREGORIAN_EPOCH)
    loaded = cache(load)
    for case in SAMPLES:
        plain, name = read_event(case.values), receiver_of(case)
        if name == "custom_events":
            continue  # a callflow's action has no second version
        values = dict(case.values) | {"hook_event": plain.name}
        sealed = canonical(second_version(values, SECRET, 63885519612))
        sent = Sent("POST", URL, {"content-type": JSON}, sealed)
        assert loaded(name)(handed(sent), None)["statusCode"] == 200
        (item,) = stored(tables)
        found = Delivery(item["pk"]["S"], item).event
        assert type(found) is type(plain)
        assert found.timestamp
        for field in ("account_id", "about", "other"):
            assert getattr(found, field) == getattr(plain, field), (case.name, field)
