"""Messages of blackhole clients, and the replies to them (`blackhole_socket_callback.erl`)."""

import json
import uuid
from collections.abc import Mapping
from typing import NamedTuple

from pivotkit.http.parameters import Value

NOOP = "noop"
"""The action of a message without one, as in KAZOO."""


class Refused(Exception):
    """A message that is answered with an error. The text is for the client."""


class Message(NamedTuple):
    """A client's message. `data` is empty if it has none."""

    action: str
    request_id: str
    token: str
    data: Mapping[str, Value]

    @classmethod
    def read(cls, text: str) -> "Message":
        """Return the message in *text*. Raises `Refused` unless it is a JSON object."""
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise Refused("a message must be a JSON object")
        data = found.get("data")
        return cls(
            _text(found, "action") or NOOP,
            _text(found, "request_id") or uuid.uuid4().hex,
            _text(found, "auth_token"),
            data if isinstance(data, dict) else {},
        )

    def text(self, name: str) -> str:
        """Return a text in `data`; '' if it is missing."""
        return _text(self.data, name)

    def require(self, *names: str) -> None:
        """Raise `Refused` unless `data` has all texts *names*."""
        missing = [name for name in names if not self.text(name)]
        if missing:
            raise Refused(f"missing required keys : {', '.join(missing)}")


def reply(request_id: str, data: Mapping[str, object]) -> str:
    """Return the reply to a message that was done."""
    return _reply(request_id, "success", data)


def error(request_id: str, *texts: str) -> str:
    """Return the reply to a message that was refused. It does not close the socket."""
    return _reply(request_id, "error", {"errors": texts})


def _reply(request_id: str, status: str, data: Mapping[str, object]) -> str:
    answer = {"action": "reply", "request_id": request_id, "status": status, "data": data}
    return json.dumps(answer, ensure_ascii=False)


def _text(values: Mapping[str, object], name: str) -> str:
    found = values.get(name)
    return found if isinstance(found, str) else ""
