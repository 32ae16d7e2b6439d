"""Send deliveries to the endpoints of their accounts, to each endpoint once."""

from datetime import UTC, datetime
from hashlib import sha256

from endpoints import Endpoint, endpoints_in, headers, payload
from pivotkit.core import telemetry
from pivotkit.services.circuit import Circuit
from pivotkit.store.directory import Directory
from pivotkit.store.records import Delivery
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
    """Sends deliveries to the endpoints of their accounts, within *seconds* each."""

    def __init__(self, seconds: int) -> None:
        self._endpoints = Directory("endpoints")
        self._once = Once()
        self._seconds = float(seconds)
        self._circuits: dict[str, Circuit] = {}

    def send(self, delivery: Delivery) -> None:
        """Send *delivery* to each endpoint that wants it and has not accepted it yet.

        Raises `NotDelivered` if an endpoint did not accept it.
        """
        reasons = []
        for endpoint in endpoints_in(self._endpoints.get(delivery.account_id) or {}):
            if endpoint.wants(delivery.name):
                try:
                    self._deliver(delivery, endpoint)
                except NotReached as error:
                    reasons.append(error.reason)
        if reasons:
            telemetry.count("EndpointDown")
            raise NotDelivered(reasons)

    def _deliver(self, delivery: Delivery, endpoint: Endpoint) -> None:
        """Post *delivery* to *endpoint* unless it was posted before."""
        url_digest = sha256(endpoint.url.encode()).hexdigest()[:32]
        circuit = self._circuits.setdefault(url_digest, Circuit())
        self._once(f"{delivery.id} {url_digest}", lambda: self._post(delivery, endpoint, circuit))

    def _post(self, delivery: Delivery, endpoint: Endpoint, circuit: Circuit) -> None:
        if not circuit.admits():
            raise NotReached("left alone after failures")
        body = payload(delivery)
        try:
            signed = headers(endpoint, delivery.id, datetime.now(UTC), body)
            post(endpoint.url, body.encode(), signed, seconds=self._seconds)
        except NotReached as error:
            circuit.failed()
            if error.status != GONE:
                raise
        else:
            circuit.succeeded()
