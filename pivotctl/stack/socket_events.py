"""API Gateway's work between a WebSocket and Lambda, as pure functions.

The events are those of AWS's developer guide ("Set up a WebSocket API integration request"), with
the members that published captures of the service show.
"""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from pivotctl.stack.gateway import HeaderPairs, LambdaEvent

if TYPE_CHECKING:
    from pivotctl.stack.gateway import Returned

CONNECT, DISCONNECT, DEFAULT = "$connect", "$disconnect", "$default"
_SUCCESS = range(200, 300)
BAD_GATEWAY = 502


@dataclass(frozen=True)
class Client:
    """The client of a connection, as the events name it. `connected_at` is in milliseconds."""

    connection_id: str
    source_ip: str
    user_agent: str
    host: str
    connected_at: int


def new_connection_id() -> str:
    """Return an ID in the form of AWS's: it ends in an equals sign."""
    return f"{secrets.token_urlsafe(11)[:14]}0="


def connect_event(client: Client, stage: str, url: str, headers: HeaderPairs) -> LambdaEvent:
    """Return the event of the route $connect: it alone has the query and all headers."""
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    event = {**_headers(headers), "requestContext": _context(client, stage, CONNECT, "CONNECT")}
    if query:
        event["queryStringParameters"] = dict(query)
        event["multiValueQueryStringParameters"] = _many(query)
    return {**event, "isBase64Encoded": False}


def disconnect_event(client: Client, stage: str, code: int, reason: str) -> LambdaEvent:
    """Return the event of the route $disconnect."""
    context = _context(client, stage, DISCONNECT, "DISCONNECT")
    context |= {"disconnectStatusCode": code, "disconnectReason": reason}
    headers = (("Host", client.host), ("x-api-key", ""), ("X-Forwarded-For", client.source_ip))
    return {**_headers(headers), "requestContext": context, "isBase64Encoded": False}


def message_event(client: Client, stage: str, route: str, text: str) -> LambdaEvent:
    """Return the event of a message on *route*."""
    context = _context(client, stage, route, "MESSAGE") | {"messageId": new_connection_id()}
    return {"requestContext": context, "body": text, "isBase64Encoded": False}


def route_of(selection: str, text: str, routes: Mapping[str, object]) -> str:
    """Return the key of the route of a message by an expression such as `$request.body.action`.

    A message that is not JSON, or has no such member, takes the route $default.
    """
    try:
        found: Any = json.loads(text)
        for name in selection.removeprefix("$request.body.").split("."):
            found = found[name]
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        return DEFAULT
    return found if isinstance(found, str) and found in routes else DEFAULT


def admits(returned: Returned) -> int:
    """Return the status with which the function of $connect answers a handshake."""
    if returned.failed:
        return BAD_GATEWAY
    status = _result(returned).get("statusCode")
    return status if isinstance(status, int) else BAD_GATEWAY


def is_admitted(status: int) -> bool:
    """Tell whether a handshake with this status is completed."""
    return status in _SUCCESS


def answer_of(returned: Returned, client: Client) -> str | None:
    """Return what a client hears of a route with a response; None for nothing."""
    if returned.failed:
        said = {
            "message": "Internal server error",
            "connectionId": client.connection_id,
            "requestId": new_connection_id(),
        }
        return json.dumps(said)
    body = _result(returned).get("body")
    return body if isinstance(body, str) and body else None


def _result(returned: Returned) -> Mapping[str, Any]:
    try:
        found = json.loads(returned.payload)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _context(client: Client, stage: str, route: str, kind: str) -> LambdaEvent:
    now = datetime.now(UTC)
    request_id = new_connection_id()
    return {
        "routeKey": route,
        "eventType": kind,
        "extendedRequestId": request_id,
        "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "messageDirection": "IN",
        "stage": stage,
        "connectedAt": client.connected_at,
        "requestTimeEpoch": int(now.timestamp() * 1000),
        "identity": {"sourceIp": client.source_ip, "userAgent": client.user_agent},
        "requestId": request_id,
        "domainName": client.host.partition(":")[0],
        "connectionId": client.connection_id,
        "apiId": "local",
    }


def _headers(pairs: HeaderPairs) -> LambdaEvent:
    return {"headers": dict(pairs), "multiValueHeaders": _many(pairs)}


def _many(pairs: HeaderPairs) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        found[name].append(value)
    return dict(found)
