"""Make the sample events in events/: requests as KAZOO sends them and AWS delivers them.

The bodies have KAZOO's own form encoding, and the local gateway makes the events, so they are what
a function receives. Every run makes the same events. A test fails when they are out of date.

    python -m scripts.make_events
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pivotctl.crossbar.cdrs import row, stored_document
from pivotctl.local.calls import callflow
from pivotctl.project import EventSource, Function, Project, Route
from pivotctl.stack import filters, schedules
from pivotctl.stack.gateway import http_event, rest_event
from pivotctl.stack.socket_events import Client, connect_event, disconnect_event, message_event
from pivotctl.switch.http.form_encoding import Json, form_text
from pivotkit.deliveries.legs import ended, read_row
from pivotkit.deliveries.media_notes import MediaNote
from pivotkit.events import read_event
from pivotkit.http.keys import DEVELOPMENT_KEYS
from pivotkit.store.records import Delivery
from pivotkit.workers.bus import SOURCE, detail_of
from pivotkit.workers.rating import Rate, charge
from scripts.sample_deliveries import MORE
from scripts.sample_hooks import RECEIVED

type Event = dict[str, Any]
type Events = dict[str, Event]

ROOT = Path(__file__).resolve().parent.parent
HOST = "https://pivot.example.com"
NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
GREGORIAN = 62_167_219_200 + int(NOW.timestamp())
FORM, JSON = "application/x-www-form-urlencoded", "application/json"

ACCOUNT = "5d2f8c1b7a904e63b1c0d9e8f7a6b5c4"
CALL = "3f9d6a0e-72c4-4b18-a5f3-8e1c2d7b9046@203.0.113.25"
OTHER_LEG = "8b1e4c7a-19d2-4f60-b3a8-5c9d0e7f2a16"
USER = "b2c0a4e1d3f5968778695a4b3c2d1e0f"
HOOK = "c4b5a69788796a5b4c3d2e1f00112233"
NUMBER, NAME, DIALED = "+14155550142", "Zoë Miller", "6001"
REALM, CARRIER = "acme.sip.example", "carrier.example"
SOUND = b"ID3\x04" + bytes(60)


def pivot_parameters() -> dict[str, Json]:
    """A first request with `req_format: kazoo`, in KAZOO's order (`kzt_kazoo:req_params/1`)."""
    return {
        "To-Realm": REALM,
        "To": DIALED,
        "Request-Realm": REALM,
        "Request": DIALED,
        "Language": "en-us",
        "From-Realm": CARRIER,
        "From": NUMBER,
        "Direction": "inbound",
        "Custom-SIP-Headers": {},
        "Custom-Application-Vars": {},
        "Caller-ID-Number": NUMBER,
        "Caller-ID-Name": NAME,
        "Call-ID": CALL,
        "Api-Version": "4.x",
        "Account-ID": ACCOUNT,
    }


def twiml_parameters() -> dict[str, Json]:
    """A first request with `req_format: twiml` (`kzt_twiml:req_params/1`)."""
    return {
        "CallerNumber": NUMBER,
        "CallerName": NAME,
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
        "ToRealm": REALM,
        "To": DIALED,
        "FromRealm": CARRIER,
        "From": NUMBER,
        "AccountSid": ACCOUNT,
        "CallSid": CALL,
    }


def channel(hook: str, seconds: int, extra: Mapping[str, Json]) -> dict[str, Json]:
    """The delivery of a channel hook (`webhooks_channel_util:base_hook_event/3`)."""
    return {
        "account_id": ACCOUNT,
        "authorizing_type": "resource",
        "call_direction": "inbound",
        "call_id": CALL,
        "caller_id_name": NAME,
        "caller_id_number": NUMBER,
        "emergency_resource_used": False,
        "from": f"{NUMBER}@{CARRIER}",
        "local_resource_used": False,
        "is_internal_leg": False,
        "timestamp": GREGORIAN + seconds,
        "to": f"{DIALED}@{REALM}",
        "hook_event": hook,
        **extra,
        "cluster_id": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    }


CREATE = channel("channel_create", 0, {})
ANSWER = channel("channel_answer", 1, {})
BRIDGE = channel(
    "channel_bridge",
    6,
    {"other_leg_call_id": OTHER_LEG, "original_number": DIALED},
)
CALLED_LEG = channel(
    "channel_bridge",
    6,
    {
        "authorizing_type": "device",
        "call_direction": "outbound",
        "call_id": OTHER_LEG,
        "callee_id_number": "2001",
        "other_leg_call_id": CALL,
        "owner_id": USER,
        "to": f"2001@{REALM}",
    },
)
DESTROY = channel(
    "channel_destroy",
    48,
    {
        "other_leg_call_id": OTHER_LEG,
        "callee_id_number": "2001",
        "hangup_cause": "NORMAL_CLEARING",
        "hangup_code": "sip:200",
        "duration_seconds": 48,
        "ringing_seconds": 1,
        "billing_seconds": 47,
    },
)


def cdr(direction: str, extra: Mapping[str, Json]) -> dict[str, Json]:
    """The CDR posted to a `cdr_url`, without Call-ID and Account-ID (`pivot_call.erl`)."""
    return {
        "Billing-Seconds": 47,
        "Call-Direction": direction,
        "Caller-ID-Name": NAME,
        "Caller-ID-Number": NUMBER,
        "Channel-Answer-State": "hangup",
        "Channel-Created-Time": int(NOW.timestamp()) * 1_000_000 + 250_000,
        "Custom-Application-Vars": {},
        "Custom-SIP-Headers": {},
        "Disposition": "ANSWER",
        "Duration-Seconds": 48,
        "From": f"{NUMBER}@{CARRIER}",
        "Hangup-Cause": "NORMAL_CLEARING",
        "Hangup-Code": "sip:200",
        "Ringing-Seconds": 1,
        "Timestamp": GREGORIAN + 48,
        **extra,
    }


A_LEG = cdr("inbound", {"Request": f"{DIALED}@{REALM}", "To": f"{DIALED}@{REALM}"})
B_LEG = cdr(
    "outbound",
    {
        "Callee-ID-Number": "2001",
        "To": f"2001@{REALM}",
        "Other-Leg-Call-ID": CALL,
        "Other-Leg-Direction": "inbound",
    },
)


@dataclass(frozen=True)
class Sender:
    """Sends KAZOO's requests to one function, and returns the events that arrive."""

    function: Function
    extra_headers: tuple[tuple[str, str], ...] = ()

    @property
    def route(self) -> Route:
        """The function's own route."""
        if self.function.route is None:
            raise ValueError(f"{self.function.name} has no route")
        return self.function.route

    @property
    def url(self) -> str:
        """The function's URL with the published development key."""
        return HOST + self.route.base.replace("{key}", DEVELOPMENT_KEYS[self.function.kind])

    def get(self, values: Mapping[str, Json]) -> Event:
        """KAZOO's GET: everything in the query, always as a form."""
        return self._event("GET", f"{self.url}?{form_text(values)}", (("content-length", "0"),))

    def send(self, method: str, values: Mapping[str, Json], content_type: str = FORM) -> Event:
        """A POST or PUT with a body of *content_type*."""
        body = _body(values, content_type)
        headers = (("content-type", content_type), ("content-length", str(len(body))))
        return self._event(method, self.url, headers, body)

    def rest(self, values: Mapping[str, Json]) -> Event:
        """The same POST of a form as a REST API delivers it (payload 1.0)."""
        body = _body(values, FORM)
        headers = (("content-type", FORM), ("content-length", str(len(body))), *self._host)
        return rest_event("POST", self.url, headers, body, route=self.route, **_FIXED)

    @property
    def _host(self) -> tuple[tuple[str, str], ...]:
        return (("host", HOST.removeprefix("https://")), *self.extra_headers)

    def upload(self, path: str, content: bytes) -> Event:
        """A PUT of a file below the function's URL."""
        headers = (("content-type", "audio/mpeg"), ("content-length", str(len(content))))
        return self._event("PUT", f"{self.url}/{path}", headers, content)

    def _event(
        self, method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes = b""
    ) -> Event:
        every = (*headers, *self._host)
        event = http_event(method, url, every, body, route=self.route, **_FIXED)
        event["headers"]["x-amzn-trace-id"] = _TRACE
        return event


_FIXED: dict[str, Any] = {"source_ip": "203.0.113.25", "now": NOW, "request_id": "Sample0Request="}


def pivot_events(function: Function) -> Events:
    """A first request in every form that KAZOO can be set to send."""
    data = callflow(function.path / "callflow.json")["data"]
    values = twiml_parameters() if data["req_format"] == "twiml" else pivot_parameters()
    sender = Sender(function)
    return {
        "get": sender.get(values),
        "post_form": sender.send("POST", values),
        "post_json": sender.send("POST", values, JSON),
        "post_form_v1": sender.rest(values),
    }


def recording_events(function: Function) -> Events:
    """A sound file, as `media_recording.erl` sends it."""
    sender = Sender(function)
    query = {"from": f"{NUMBER}@{CARRIER}", "to": f"{DIALED}@{REALM}", "call_id": CALL}
    path = f"call_recording_{quote(CALL)}.mp3?{form_text({**query, 'account_id': ACCOUNT})}"
    return {"put": sender.upload(path, SOUND)}


def webhook_events(function: Function) -> Events:
    """The receiver's deliveries, which take turns at the ways in which a hook can be delivered."""
    if function.name == "recordings":
        return recording_events(function)
    sender = Sender(function, (("x-hook-id", HOOK), ("x-account-id", ACCOUNT)))
    ways: tuple[Callable[[Mapping[str, Json]], Event], ...] = (
        lambda values: sender.send("POST", values),
        lambda values: sender.send("POST", values, JSON),
        lambda values: sender.send("PUT", values),
        sender.get,
    )
    channels = {"post_form": ANSWER, "post_json": CREATE, "put": BRIDGE, "get": DESTROY}
    deliveries = RECEIVED.get(function.name, channels)
    return {
        name: send(deliveries[name]) for name, send in zip(deliveries, cycle(ways), strict=False)
    }


def cdr_events(function: Function) -> Events:
    """The CDRs of a bridged call: the caller's leg and the callee's."""
    sender = Sender(function)
    return {
        "post_form_a_leg": sender.send("POST", A_LEG),
        "post_form_b_leg": sender.send("POST", B_LEG),
    }


def stored(values: Mapping[str, Json], state: str, seconds: int) -> dict[str, Any]:
    """The item of a delivery that the webhook receiver stores (`deliveries/receiver.py`)."""
    at = datetime.fromtimestamp(NOW.timestamp() + seconds, UTC)
    facts = {name: values[name] for name in FACTS if name in values}
    record = {"at": at.isoformat(), "facts": facts, "state": state}
    return {
        "pk": {"S": f"{ACCOUNT}#{values['call_id']}"},
        "sk": {"S": f"event#{values['hook_event']}#{seconds:032x}"},
        "item": {"S": "delivery"},
        "received_at": {"N": str(int(at.timestamp()))},
        "method": {"S": "POST"},
        "content_type": {"S": JSON},
        "body": {"S": json.dumps(values, ensure_ascii=False, separators=(",", ":"))},
        "hook": {"S": str(values["hook_event"])},
        "hook_id": {"S": HOOK},
        "hook_account_id": {"S": ACCOUNT},
        "record": {"S": json.dumps(record, separators=(",", ":"))},
    }


FACTS = ("call_direction", "caller_id_number", "from", "owner_id")
STORED = (
    stored(CREATE, "created", 0),
    stored(CALLED_LEG, "bridged", 6),
    stored(DESTROY, "ended", 48),
)


def worker_events(function: Function) -> Events:
    """The worker's input: a batch from a stream, the spool or a queue, or a scheduled event."""
    if function.schedules:
        return {"schedule": _fired(function)}
    (source,) = function.event_sources
    if source.stream:
        return {"stream": _stream(source)}
    if source.source == "SpoolQueue":
        return {"sqs": _queue(source.source, [json.dumps(i, ensure_ascii=False) for i in STORED])}
    return {
        "sqs": _queue(source.source, [_on_the_bus(each) for each in _deliveries(source.source)])
    }


def _fired(function: Function) -> Event:
    """The event of the function's schedule."""
    (sent,) = schedules.events(function, NOW)
    event: Event = json.loads(sent)
    return event | {"id": "00000000-0000-4000-8000-000000000000"}


def _deliveries(queue: str) -> list[Delivery]:
    """The deliveries that the rule of a queue admits."""
    rules = Project.find(ROOT).rules.values()
    rule = next(each for each in rules if queue in each.properties["Targets"][0]["Arn"])
    items_on_the_bus = (*STORED, *_more(), *_listed(), _stored_media())
    found = [Delivery(item["pk"]["S"], item) for item in items_on_the_bus]
    return [each for each in found if each.name in rule.properties["EventPattern"]["detail-type"]]


def _more() -> Iterator[dict[str, Any]]:
    for name, values in MORE.items():
        about = read_event(values).about or name
        yield {
            "pk": {"S": f"{ACCOUNT}#{about}"},
            "sk": {"S": f"event#{name}#{0:032x}"},
            "received_at": {"N": str(int(NOW.timestamp()))},
            "method": {"S": "POST"},
            "content_type": {"S": JSON},
            "body": {"S": json.dumps(values, ensure_ascii=False, separators=(",", ":"))},
        }


def _listed() -> Iterator[dict[str, Any]]:
    """A leg to a carrier in Crossbar's CDR list, and its charge."""
    outbound = {**DESTROY, "call_direction": "outbound", "to": "+442071234567@carrier.example"}
    carrier_leg = {**outbound, "callee_id_number": "+442071234567", "bridge_id": CALL}
    listed = _fetched(row(stored_document(carrier_leg)))
    rated = charge(
        Delivery(listed["pk"]["S"], listed), Rate("44", per_minute=120, name="United Kingdom")
    )
    yield from (item for item in (listed, rated) if item)


def _fetched(values: Mapping[str, Any]) -> dict[str, Any]:
    """A row of Crossbar's list as it is stored a minute later."""
    leg = read_row(values)
    return {
        "pk": {"S": f"{ACCOUNT}#{leg.call_id}"},
        "sk": {"S": f"api#cdr#{leg.id}"},
        "item": {"S": "delivery"},
        "received_at": {"N": str(int(NOW.timestamp()) + 60)},
        "method": {"S": "POST"},
        "content_type": {"S": JSON},
        "body": {"S": json.dumps(values, ensure_ascii=False, separators=(",", ":"))},
        "record": {"S": ended(leg).as_json()},
    }


def _stored_media() -> dict[str, Any]:
    """The note about a stored voicemail."""
    voicemail = MORE["voicemail_new"]
    identifier = voicemail["voicemail_id"]
    place = f"{ACCOUNT}/voicemails/2026/01/15/{identifier}.mp3"
    note = MediaNote(
        account_id=ACCOUNT,
        kind="voicemail",
        timestamp=voicemail["voicemail_timestamp"],
        media=place,
        media_bytes=43_200,
        media_link=f"https://media.example.com/{place}",
        media_type="audio/mpeg",
        call_id=voicemail["call_id"],
        caller_id_name=voicemail["caller_id_name"],
        caller_id_number=voicemail["caller_id_number"],
        to=voicemail["to_user"],
    )
    return note.item(f"{ACCOUNT}#voicemail-{identifier}", int(NOW.timestamp()))


def _on_the_bus(delivery: Delivery) -> str:
    """The event that EventBridge puts into a queue for a rule without an input transformer."""
    event = {
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000000",
        "detail-type": delivery.name,
        "source": SOURCE,
        "account": "123456789012",
        "time": NOW.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "us-east-1",
        "resources": [],
        "detail": json.loads(detail_of(delivery)),
    }
    return json.dumps(event, ensure_ascii=False)


def _stream(source: EventSource) -> Event:
    """The deliveries that the worker's filter admits."""
    patterns = [filters.parse(each["Pattern"]) for each in source.filters]
    records = [each for each in _streamed() if filters.any_matches(patterns, each)]
    return {"Records": records}


def _streamed() -> list[dict[str, Any]]:
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/CallRecords/stream/2026-01-01T00:00:00.000"
    return [
        {
            "eventID": f"{number:032x}",
            "eventName": "INSERT",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "us-east-1",
            "dynamodb": {
                "ApproximateCreationDateTime": int(item["received_at"]["N"]),
                "Keys": {"pk": item["pk"], "sk": item["sk"]},
                "NewImage": item,
                "SequenceNumber": f"{number:021d}",
                "SizeBytes": 900,
                "StreamViewType": "NEW_IMAGE",
            },
            "eventSourceARN": arn,
        }
        for number, item in enumerate(STORED, start=1)
    ]


def _queue(name: str, bodies: Sequence[str]) -> Event:
    sent = str(int(NOW.timestamp() * 1000))
    return {
        "Records": [
            {
                "messageId": f"00000000-0000-4000-8000-{number:012d}",
                "receiptHandle": f"sample-{number}",
                "body": body,
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": sent,
                    "SenderId": "AROAEXAMPLE:ChannelEvents",
                    "ApproximateFirstReceiveTimestamp": sent,
                },
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{name}",
                "awsRegion": "us-east-1",
            }
            for number, body in enumerate(bodies, start=1)
        ]
    }


_TRACE = "Root=1-6968b288-0123456789abcdef01234567"


def console_events(function: Function) -> Events:
    """An operator's browser requests the page."""
    headers = (("host", "console.example.com"), ("accept", "text/html"))
    route = next(route for route in function.routes if route.path == "/")
    event = http_event("GET", "https://console.example.com/", headers, route=route, **_FIXED)
    event["headers"]["x-amzn-trace-id"] = _TRACE
    return {"get": event}


def socket_events(function: Function) -> Events:
    """A client connects, subscribes, and leaves; or another one asks for what there is, by HTTP."""
    if not function.routes:
        return {name: _as_of_now(each) for name, each in _session().items()}
    (route,) = function.routes
    headers = (("host", "pivot.example.com"), ("accept", "application/json"))
    event = http_event("GET", f"{HOST}/v2/websockets", headers, route=route, **_FIXED)
    event["headers"]["x-amzn-trace-id"] = _TRACE
    return {"get": event}


def _session() -> Events:
    """The events of a connection, on its three routes."""
    host = "sockets.example.com"
    milliseconds = int(NOW.timestamp() * 1000)
    client = Client("L0SM9cOFvHcCIhw=", "203.0.113.25", "wscat", host, milliseconds)
    data = {"account_id": ACCOUNT, "binding": "call.CHANNEL_CREATE.*"}
    key = DEVELOPMENT_KEYS["sockets"]
    message = {"action": "subscribe", "auth_token": key, "request_id": "1", "data": data}
    headers = (("Host", host), ("User-Agent", "wscat"), ("Sec-WebSocket-Version", "13"))
    return {
        "connect": connect_event(client, "live", "/live", headers),
        "message": message_event(client, "live", "$default", json.dumps(message)),
        "disconnect": disconnect_event(
            client, "live", 1005, "Client-side close frame status not set"
        ),
    }


def _as_of_now(event: Event) -> Event:
    """The event of a connection with the same times and IDs on every run."""
    context = event["requestContext"]
    fixed = {
        "requestTime": NOW.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(NOW.timestamp() * 1000),
        "requestId": "L0SM9GxxvHcFi9w=",
        "extendedRequestId": "L0SM9GxxvHcFi9w=",
        **({"messageId": "L0SNXelNPHcCIhw="} if "messageId" in context else {}),
    }
    return {**event, "requestContext": {**context, **fixed}}


MAKERS = {
    "pivot": pivot_events,
    "webhooks": webhook_events,
    "cdr": cdr_events,
    "workers": worker_events,
    "sockets": socket_events,
    "console": console_events,
}


def folder(function: Function) -> Path:
    """The folder of the events of *function* in events/."""
    return Path(function.kind) / function.name


def texts(project: Project) -> dict[Path, str]:
    """Every file in events/ with its text."""
    return {
        folder(function) / f"{name}.json": json.dumps(event, ensure_ascii=False, indent=2) + "\n"
        for function in project.functions.values()
        for name, event in MAKERS[function.kind](function).items()
    }


def _body(values: Mapping[str, Json], content_type: str) -> bytes:
    if content_type == JSON:
        return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
    return form_text(values).encode()


def main() -> None:
    """Write the events."""
    for path, text in texts(Project.find(ROOT)).items():
        target = ROOT / "events" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        print(target.relative_to(ROOT))


if __name__ == "__main__":
    main()
