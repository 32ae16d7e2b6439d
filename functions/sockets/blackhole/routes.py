"""The routes of the WebSocket API: a connection opens, sends messages, and closes."""

import os
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from pivotkit import AccountSettings
from pivotkit.core import telemetry
from pivotkit.core.errors import StateUnavailable
from pivotkit.store.socket_grants import Grants, token_in
from pivotkit.store.sockets import Connection, Sockets
from pivotkit.store.wrong_tokens import WrongTokens
from session import Closing, Session

SUBPROTOCOL = "sec-websocket-protocol"
_CLOSE_SECONDS = 1.0
_KAZOO_5 = "5"

type Answer = dict[str, Any]


type Template = Callable[[str, str, Session], str]
"""Answers a message: the connection's ID, the text, and what clients may say."""


def websocket(*, settings: type[tuple[Any, ...]]) -> Callable[[Template], "Routes"]:
    """Make the handler of a WebSocket API from a function that answers a message.

    Accounts have *settings* of their own.
    """
    sockets = Sockets()
    own = AccountSettings(settings, telemetry.service())
    session = Session(sockets, Grants(sockets), WrongTokens(), own.of)
    return lambda template: Routes(sockets, session, template)


class Routes:
    """The handler of all three routes."""

    def __init__(self, sockets: Sockets, session: Session, template: Template) -> None:
        self._sockets = sockets
        self._session = session
        self._template = template
        self._routes: Mapping[str, Callable[[Mapping[str, Any]], Answer]] = {
            "CONNECT": self._connect,
            "DISCONNECT": self._disconnect,
            "MESSAGE": self._message,
        }

    def __call__(self, event: Mapping[str, Any], _context: Any) -> Answer:
        """Answer one event of the API."""
        return self._routes[event["requestContext"]["eventType"]](event)

    def _connect(self, event: Mapping[str, Any]) -> Answer:
        """Open a connection. A token in its headers counts, as in KAZOO 5."""
        headers = {name.lower(): text for name, text in (event.get("headers") or {}).items()}
        if headers.get(SUBPROTOCOL):
            return _status(HTTPStatus.BAD_REQUEST)
        token = token_in(headers)
        try:
            grant = self._session.grant_of(token) if token else None
            if token and grant is None:
                telemetry.done("token_refused")
                return _status(HTTPStatus.FORBIDDEN)
            self._sockets.open(_connection(event)._replace(grant=grant))
        except StateUnavailable:
            telemetry.count("SocketsUnavailable")
            return _status(HTTPStatus.SERVICE_UNAVAILABLE)
        telemetry.done("connected")
        return _status(HTTPStatus.OK)

    def _disconnect(self, event: Mapping[str, Any]) -> Answer:
        """Forget a connection. What is left of one after a failure expires by itself."""
        try:
            self._sockets.close(event["requestContext"]["connectionId"])
        except StateUnavailable:
            telemetry.count("SocketsUnavailable")
        telemetry.done("disconnected")
        return _status(HTTPStatus.OK)

    def _message(self, event: Mapping[str, Any]) -> Answer:
        """Answer a message; close the connection of a client that guesses."""
        connection = event["requestContext"]["connectionId"]
        try:
            return {
                "statusCode": HTTPStatus.OK,
                "body": self._template(connection, event.get("body") or "", self._session),
            }
        except Closing:
            _hang_up(connection)
            return _status(HTTPStatus.FORBIDDEN)


def _connection(event: Mapping[str, Any]) -> Connection:
    context = event["requestContext"]
    query = event.get("queryStringParameters") or {}
    return Connection(
        context["connectionId"],
        context["identity"]["sourceIp"],
        context["connectedAt"] // 1000,
        query.get("kazoo") == _KAZOO_5,
        None,
        (),
    )


def _hang_up(connection: str) -> None:
    """Close a connection at the API, if it is still open. Only this needs the AWS SDK."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    from pivotkit.store.client import client  # noqa: PLC0415

    api = client("apigatewaymanagementapi", _CLOSE_SECONDS, endpoint=os.environ["SOCKETS_ENDPOINT"])
    try:
        api.delete_connection(ConnectionId=connection)
    except (BotoCoreError, ClientError) as error:
        telemetry.done("not_closed", error=type(error).__name__)


def _status(status: HTTPStatus) -> Answer:
    return {"statusCode": int(status)}
