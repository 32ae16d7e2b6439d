"""WebSockets over HTTP, as Crossbar lists them (`cb_websockets.erl`)."""

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import groupby
from operator import attrgetter
from typing import Any
from urllib.parse import unquote

from pivotkit.core import telemetry
from pivotkit.core.errors import StateUnavailable
from pivotkit.core.gregorian import to_gregorian
from pivotkit.events.bindings import available
from pivotkit.http.gateway import GatewayResponse, reply
from pivotkit.store.socket_grants import Grants, token_in
from pivotkit.store.sockets import Sockets, Subscriber
from pivotkit.store.wrong_tokens import WrongTokens

type Row = dict[str, object]

_NAMES = {
    HTTPStatus.UNAUTHORIZED: ("invalid_credentials", "invalid credentials"),
    HTTPStatus.FORBIDDEN: ("forbidden", "forbidden"),
    HTTPStatus.NOT_FOUND: ("bad_identifier", "bad identifier"),
    HTTPStatus.TOO_MANY_REQUESTS: ("too_many_requests", "too many requests"),
    HTTPStatus.SERVICE_UNAVAILABLE: ("datastore_unreachable", "datastore unreachable"),
}
"""Crossbar's `message` and text of each status."""


class Refusal(Exception):
    """A request that is refused with a status."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class Listing:
    """The handler of `/v2/websockets`, and of an account's `websockets`."""

    def __init__(self, sockets: Sockets, grants: Grants, wrong_tokens: WrongTokens) -> None:
        self._sockets = sockets
        self._grants = grants
        self._wrong = wrong_tokens

    def __call__(self, event: Mapping[str, Any], _context: Any) -> GatewayResponse:
        """Answer one request."""
        try:
            data = self._data(event)
        except Refusal as refusal:
            telemetry.done("refused", status=int(refusal.status))
            return _refused(refusal.status)
        except StateUnavailable:
            telemetry.count("SocketsUnavailable")
            return _refused(HTTPStatus.SERVICE_UNAVAILABLE)
        telemetry.done("listed")
        return _answer(HTTPStatus.OK, {"data": data, "status": "success"})

    def _data(self, event: Mapping[str, Any]) -> object:
        """The answer to a request. What can be subscribed to is public, as in KAZOO."""
        match unquote(event["pathParameters"]["path"]).split("/"):
            case ["websockets"]:
                return available()
            case ["accounts", account, "websockets"]:
                return list(self._rows(event, account))
            case ["accounts", account, "websockets", *rest]:
                named = "/".join(rest)
                rows = self._rows(event, account)
                found = (row for row in rows if row["websocket_session_id"] == named)
                if row := next(found, None):
                    return row
        raise Refusal(HTTPStatus.NOT_FOUND)

    def _rows(self, event: Mapping[str, Any], account: str) -> Iterator[Row]:
        """The connections with a binding in *account*. Raises `Refusal`."""
        self._authorize(event, account)
        return _rows(self._sockets.subscribers(account))

    def _authorize(self, event: Mapping[str, Any], account: str) -> None:
        """Raise `Refusal` unless the request has a token that is good for *account*."""
        headers = {name.lower(): text for name, text in (event.get("headers") or {}).items()}
        token = token_in(headers)
        grant = self._grants.of(token)
        if grant is None:
            address = event["requestContext"]["http"]["sourceIp"]
            within = not token or self._wrong.count(address)
            raise Refusal(HTTPStatus.UNAUTHORIZED if within else HTTPStatus.TOO_MANY_REQUESTS)
        if not grant.may_see(account):
            raise Refusal(HTTPStatus.FORBIDDEN)


def _rows(subscribers: Iterator[Subscriber]) -> Iterator[Row]:
    """A row for each connection with a binding in the account."""
    by_connection = attrgetter("connection")
    for identifier, bound in groupby(sorted(subscribers, key=by_connection), by_connection):
        found = list(bound)
        yield {
            "websocket_session_id": identifier,
            "bindings": [each.binding for each in found],
            "timestamp": to_gregorian(datetime.fromtimestamp(found[0].opened_at, UTC)),
            "source": found[0].source,
        }


def _refused(status: HTTPStatus) -> GatewayResponse:
    message, text = _NAMES[status]
    envelope = {"data": {"message": text}, "status": "error", "message": message}
    return _answer(status, {**envelope, "error": str(int(status))})


def _answer(status: HTTPStatus, envelope: Mapping[str, object]) -> GatewayResponse:
    at = datetime.fromtimestamp(int(time.time()), UTC)
    common = {"request_id": uuid.uuid4().hex, "timestamp": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
    return reply(int(status), json.dumps({**envelope, **common}, ensure_ascii=False))
