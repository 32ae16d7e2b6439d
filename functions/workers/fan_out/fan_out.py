"""Send deliveries to the endpoints of their accounts: to each endpoint once, to all at once."""

from datetime import UTC, datetime
from functools import partial
from hashlib import sha256

from endpoints import ENDPOINTS, MOST_ENDPOINTS, Endpoint, endpoints_in, headers, payload
from pivotkit.core import telemetry
from pivotkit.core.parallel import at_once
from pivotkit.services.circuit import Circuit
from pivotkit.store.directory import Directory
from pivotkit.store.records import Delivery
from pivotkit.workers import worker as workers
from pivotkit.workers.once import Once
from public_http import NotReached, post

GONE = 410
"""The answer of an endpoint that wants no more events."""


class NotDelivered(Exception):
    """Raised when some endpoints did not accept an event, which has to be sent to them again."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(f"{len(reasons)} endpoint(s): {', '.join(sorted(set(reasons)))}")
        self.reasons = reasons


class FanOut:
    """Sends deliveries to the endpoints of their accounts, within *seconds* each.

    An account has at most *most_endpoints*.
    """

    def __init__(self, seconds: int, most_endpoints: int = MOST_ENDPOINTS) -> None:
        self._endpoints = Directory("endpoints")
        self._once = Once()
        self._seconds = float(seconds)
        self._most = most_endpoints
        self._circuits: dict[tuple[str, str], Circuit] = {}

    def send(self, delivery: Delivery) -> None:
        """Send *delivery* to each endpoint that wants it and has not accepted it yet.

        They get it at the same time. Raises `NotDelivered` if any did not accept it.
        """
        entry = self._endpoints.of(delivery).get(ENDPOINTS) or {}
        listed = endpoints_in(entry, delivery.account_id, self._most)
        wanted = [endpoint for endpoint in listed if endpoint.wants(delivery.name)]
        outcomes = at_once(partial(self._outcome, delivery), wanted, most=self._most)
        reasons = [reason for reason in outcomes if reason]
        if reasons:
            telemetry.count("EndpointDown")
            raise NotDelivered(reasons)

    def _outcome(self, delivery: Delivery, endpoint: Endpoint) -> str:
        """Deliver; return '', or the reason for which the endpoint has to get the event again."""
        try:
            self._deliver(delivery, endpoint)
        except NotReached as error:
            return error.reason
        except Exception as error:  # noqa: BLE001  (the other endpoints get the event)
            return type(error).__name__
        return ""

    def _deliver(self, delivery: Delivery, endpoint: Endpoint) -> None:
        """Post *delivery* to *endpoint* unless it was posted before."""
        url_digest = sha256(endpoint.url.encode()).hexdigest()[:32]
        circuit = self._circuits.setdefault((delivery.account_id, url_digest), Circuit())
        self._once(f"{delivery.id} {url_digest}", lambda: self._post(delivery, endpoint, circuit))

    def _post(self, delivery: Delivery, endpoint: Endpoint, circuit: Circuit) -> None:
        seconds = min(self._seconds, workers.time_left())
        if seconds <= 0:
            raise NotReached("no time left in this batch")
        if not circuit.admits():
            raise NotReached("left alone after failures")
        body = payload(delivery)
        try:
            signed = headers(endpoint, delivery.id, datetime.now(UTC), body)
            post(endpoint.url, body.encode(), signed, seconds=seconds)
        except NotReached as error:
            circuit.failed()
            if error.status != GONE:
                raise
        else:
            circuit.succeeded()
