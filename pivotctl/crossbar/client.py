"""A client of the local Crossbar, for the switch and for `pivotctl`."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from pivotctl.crossbar.hooks import HookDocument
from pivotctl.switch.http.form_encoding import Json
from pivotctl.switch.webhooks.ledger import DeliveryAttempt
from pivotctl.switch.world import Rung

_PATH = "/_upstreams/crossbar"
_SECONDS = 5.0
_OK = 200


class CrossbarClientError(Exception):
    """The local Crossbar is not reachable, or refuses a request; the text says why."""


@dataclass(frozen=True)
class HookState:
    """The current state of a webhook; `failures` are those of the last minute."""

    document: HookDocument
    failures: int


@dataclass(frozen=True)
class CrossbarClient:
    """Client of the Crossbar behind `url`, the address of the fakes.

    Implements `CallLedger`. Every method raises `CrossbarClientError`.
    """

    url: str

    def happened(self, hook: str, event: Mapping[str, Json]) -> None:
        """Report an event of a channel, or a notification of a voicemail message or fax."""
        self._send("POST", "events", {"hook": hook, "event": dict(event)})

    def attempted(self, attempt: DeliveryAttempt) -> None:
        """Report a delivery attempt."""
        self._send("POST", "attempts", asdict(attempt))

    def debugged(self, document: Mapping[str, Json]) -> None:
        """Report a debug document of a pivot action."""
        self._send("POST", "debug", dict(document))

    def disabled(self) -> frozenset[str]:
        """Return the IDs of the webhooks that KAZOO no longer fires."""
        states = (state.document for state in self.hooks())
        return frozenset(document.id for document in states if not document.enabled)

    def hooks(self) -> list[HookState]:
        """Return the current state of all webhooks."""
        return _states(self._send("GET", "hooks"))

    def newly_disabled(self) -> list[HookDocument]:
        """Return the webhooks disabled since the last such request of any client."""
        return [state.document for state in _states(self._send("POST", "disabled"))]

    def register(self, documents: Sequence[HookDocument]) -> list[HookState]:
        """Register webhooks; those already registered keep their state."""
        return _states(self._send("POST", "hooks", {"hooks": list(map(asdict, documents))}))

    def enable(self, ids: Sequence[str]) -> list[HookState]:
        """Enable webhooks again."""
        return _states(self._send("PUT", "hooks", {"ids": list(ids)}))

    def phone(self, number: str, outcomes: Sequence[Rung]) -> None:
        """Script the outcome of each call that Crossbar makes to *number*; the last one repeats."""
        self._send("PUT", "phones", {"number": number, "outcomes": list(outcomes)})

    def _send(self, method: str, what: str, value: Any = None) -> Any:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=_SECONDS)
        body = None if value is None else json.dumps(value)
        try:
            connection.request(method, f"{_PATH}/{what}", body)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise CrossbarClientError(
                f"The local Crossbar at {self.url} is not reachable: {error}"
            ) from error
        finally:
            connection.close()
        if answer.status != _OK:
            raise CrossbarClientError(f"The local Crossbar refused {what}: {content.decode()}")
        return json.loads(content)


def _states(answer: Any) -> list[HookState]:
    return [_state(dict(each)) for each in answer["hooks"]]


def _state(values: dict[str, Any]) -> HookState:
    failures = int(values.pop("failures"))
    return HookState(HookDocument(**values), failures)
