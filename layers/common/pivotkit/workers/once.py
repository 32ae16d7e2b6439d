"""Effects that must happen only once, however often a delivery arrives.

Queues and streams deliver at least once, and two copies may run at the same moment. Powertools'
Idempotency stores an item for each effect in CallState, where the second copy finds it.
"""

import os
from collections.abc import Callable

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

from pivotkit.core import telemetry
from pivotkit.store.client import client
from pivotkit.workers import worker as workers

_DAY = 24 * 60 * 60


class Once:
    """A guard: `once(delivery.id, effect)` runs *effect* unless it has succeeded under this key.

    Successes are remembered for *days*. If an effect fails, its exception propagates and the next
    attempt runs it again. While another copy runs it, Powertools raises
    `IdempotencyAlreadyInProgressError`, which returns the delivery for a retry. An effect that
    never reported back (the process was killed) runs again, because its outcome is unknown.
    """

    def __init__(self, *, days: int = 7) -> None:
        self._store = DynamoDBPersistenceLayer(
            os.environ["CALL_STATE_TABLE"],
            key_attr="pk",
            expiry_attr="expires_at",
            boto3_client=client("dynamodb"),
        )
        self._seconds = days * _DAY
        # Now, because Powertools does this at the first effect, which another thread may not await.
        self._store.configure(self._config(), key_prefix=self._prefix())

    def __call__(self, key: str, effect: Callable[[], object]) -> None:
        """Run *effect* unless it has already succeeded under *key*."""

        def done(*, key: str) -> None:
            del key  # only Powertools uses it, as the idempotency key
            effect()

        run = idempotent_function(
            done,
            data_keyword_argument="key",
            persistence_store=self._store,
            config=self._config(),
            key_prefix=self._prefix(),
        )
        run(key=key)

    def _config(self) -> IdempotencyConfig:
        return IdempotencyConfig(
            expires_after_seconds=self._seconds, lambda_context=workers.context()
        )

    def _prefix(self) -> str:
        return f"once#{telemetry.service()}"
