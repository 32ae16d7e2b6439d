"""callflow.json and webhook.json are what KAZOO's own schemas accept."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft4Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

from pivotkit.events import Notification, type_of
from tests.functions import ROOT
from tests.kazoo import DATA, needs_data

FUNCTIONS = ROOT / "functions"
CALLFLOWS = sorted(FUNCTIONS.rglob("callflow.json"))
WEBHOOKS = sorted(FUNCTIONS.rglob("webhook.json"))
PIVOTS = [path for path in CALLFLOWS if path.parent.parent.name == "pivot"]
HOOKS = {
    "channel_events": {"channel_create", "channel_answer", "channel_bridge", "channel_destroy"},
    "everything": {"all"},
    "faxes": {"notifications"},
    "messages": {"mms", "sms"},
    "notifications": {"notifications"},
    "object_changes": {"object"},
    "parked_calls": {"parking"},
    "voicemails": {"notifications"},
}
"""The hooks of each receiver. The others get files, or what a callflow sends."""

type Json = dict[str, Any]


def name_of(path: Path) -> str:
    """The function a document belongs to."""
    return path.parent.name


def read(path: Path) -> Any:
    """A document."""
    return json.loads(path.read_text(encoding="utf-8"))


def schemas() -> dict[str, Json]:
    """KAZOO's schemas by id."""
    found = (read(path) for path in sorted((DATA / "schemas").glob("*.json")))
    return {schema["_id"]: schema for schema in found}


def errors(schema_id: str, value: Any) -> list[str]:
    """KAZOO's objections to *value*."""
    known = schemas()
    resources = [(name, DRAFT4.create_resource(schema)) for name, schema in known.items()]
    registry: Any = Registry().with_resources(resources)
    found = Draft4Validator(known[schema_id], registry=registry).iter_errors(value)
    return [f"{schema_id}: {error.json_path}: {error.message}" for error in found]


def with_defaults(schema: Json, value: Json) -> Json:
    """*value* with the defaults that KAZOO inserts before it validates."""
    properties = schema.get("properties", {})
    defaults = {name: rule["default"] for name, rule in properties.items() if "default" in rule}
    return {**defaults, **value}


def actions(flow: Json) -> Iterator[Json]:
    """An action and all below it."""
    yield flow
    for child in flow.get("children", {}).values():
        yield from actions(child)


def takes_hooks(path: Path) -> bool:
    """Whether webhooks come to a function, and not files."""
    return "@webhook" in path.read_text(encoding="utf-8")


def test_every_pivot_function_has_a_callflow_and_every_receiver_its_webhooks() -> None:
    """There is something to paste for everything that KAZOO calls by a document of its own."""
    assert {path.parent for path in PIVOTS} == set((FUNCTIONS / "pivot").iterdir())
    assert {name_of(path) for path in WEBHOOKS} == HOOKS.keys()
    told = {path.parent for path in (*WEBHOOKS, *CALLFLOWS)}
    receivers = [path.parent for path in FUNCTIONS.glob("webhooks/*/app.py") if takes_hooks(path)]
    assert set(receivers) <= told


@needs_data
@pytest.mark.parametrize("path", CALLFLOWS, ids=name_of)
def test_kazoo_takes_the_callflow(path: Path) -> None:
    """The document and each of its actions fit KAZOO's schemas, once defaults are inserted."""
    known, document = schemas(), read(path)
    found = errors("callflows", document)
    for action in actions(document["flow"]):
        module = f"callflows.{action['module']}"
        found += errors(module, with_defaults(known[module], action["data"]))

    assert found == []


@needs_data
@pytest.mark.parametrize("path", WEBHOOKS, ids=name_of)
def test_kazoo_takes_the_webhooks(path: Path) -> None:
    """Each document of the list fits KAZOO's schema, once defaults are inserted."""
    schema = schemas()["webhooks"]
    found = [errors("webhooks", with_defaults(schema, document)) for document in read(path)]

    assert found == [[]] * len(found)


@pytest.mark.parametrize("path", PIVOTS, ids=name_of)
def test_the_callflow_asks_its_own_function_and_survives_its_failure(path: Path) -> None:
    """The URL is the function's, the method POST, and a `_` child runs when the request fails."""
    flow = read(path)["flow"]

    assert flow["data"]["voice_url"] == f"https://<API>/<KEY>/pivot/{name_of(path)}"
    assert (flow["data"]["method"], flow["data"]["req_timeout_ms"]) == ("post", 5000)
    assert flow["children"]["_"]["module"] != "pivot"


def test_the_callflows_can_live_in_one_account() -> None:
    """No two of them want the same number."""
    numbers = [number for path in CALLFLOWS for number in read(path)["numbers"]]

    assert sorted(numbers) == sorted(set(numbers))


def test_the_twiml_callflow_shows_the_cdr_url() -> None:
    """KAZOO posts CDRs for calls that TwiML controls, to a function with a key of its own kind."""
    data = read(FUNCTIONS / "pivot/twiml_menu/callflow.json")["flow"]["data"]

    assert data["req_format"] == "twiml"
    assert data["cdr_url"] == "https://<API>/<CDR_KEY>/cdr/cdr_url"


def test_the_callflow_tells_its_own_receiver() -> None:
    """A callflow's webhook action posts to `custom_events`, with data of its own, and goes on."""
    flow = read(FUNCTIONS / "webhooks/custom_events/callflow.json")["flow"]

    assert flow["data"]["uri"] == "https://<API>/<KEY>/webhooks/custom_events"
    assert flow["data"]["http_verb"] == "post"
    assert flow["data"]["custom_data"]
    assert flow["children"]["_"]["module"] == "tts"


@pytest.mark.parametrize("path", WEBHOOKS, ids=name_of)
def test_the_webhooks_deliver_what_the_receiver_maps(path: Path) -> None:
    """One hook an event, as JSON, as often as KAZOO will try, without loopback legs."""
    documents = read(path)

    assert {document["hook"] for document in documents} == HOOKS[name_of(path)]
    for document in documents:
        assert urlsplit(document["uri"]).path == f"/<KEY>/webhooks/{name_of(path)}"
        assert (document["http_verb"], document["format"]) == ("post", "json")
        assert (document["retries"], document["include_internal_legs"]) == (4, False)


def test_each_notification_has_one_receiver() -> None:
    """No type of notification is hooked twice, and each is one that KAZOO has, with a class."""
    types = [
        document["custom_data"]["type"]
        for path in WEBHOOKS
        for document in read(path)
        if document["hook"] == "notifications"
    ]

    assert len(set(types)) == len(types)
    for name in types:
        kind = type_of(name)
        assert kind
        assert issubclass(kind, Notification)
