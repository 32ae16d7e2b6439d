"""Effects that must not happen twice, however often a delivery comes.

Queues and streams deliver at least once, and two copies may run at the same moment. Powertools'
Idempotency keeps an item for each effect in CallState: who comes second finds it there.
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
    """`once(delivery.id, effect)` runs *effect* if it has not been done under this key.

    What was done is remembered for *days*. An effect that fails has not been done: the exception
    goes on, and the next try runs it again. While another copy runs it, Powertools raises
    `IdempotencyAlreadyInProgressError`, which sends the delivery back. An effect whose end was not
    seen (the process was killed) is run again: nobody can know.
    """

    def __init__(self, *, days: int = 7) -> None:
        self._store = DynamoDBPersistenceLayer(
            os.environ["CALL_STATE_TABLE"],
            key_attr="pk",
            expiry_attr="expires_at",
            boto3_client=client("dynamodb"),
        )
        self._seconds = days * _DAY

    def __call__(self, key: str, effect: Callable[[], object]) -> None:
        """Run *effect* unless it was done under *key*."""

        def done(*, key: str) -> None:
            del key  # it is for Powertools
            effect()

        run = idempotent_function(
            done,
            data_keyword_argument="key",
            persistence_store=self._store,
            config=IdempotencyConfig(
                expires_after_seconds=self._seconds, lambda_context=workers.context()
            ),
            key_prefix=f"once#{telemetry.service()}",
        )
        run(key=key)
