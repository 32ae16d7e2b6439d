"""Clients of boto3: made once, at INIT, with time-outs short enough for a caller.

DynamoDB is not among them: see `dynamodb`.
"""

import functools
import os
from typing import Any

import boto3
from botocore.config import Config

from pivotkit.core.deadline import on_cut, patience
from pivotkit.core.dry_run import refuse_operation
from pivotkit.store.limits import ANSWER_SECONDS, ATTEMPTS, CONNECT_SECONDS

_CONFIG = Config(
    tcp_keepalive=True,
    max_pool_connections=100,  # a worker's threads, each of which keeps one while it runs
    user_agent=f"Boto3/{boto3.__version__} pivotkit",  # to compose one takes a third of a request
)


@functools.cache
def client(
    service: str,
    seconds: float = ANSWER_SECONDS,
    *,
    attempts: int = ATTEMPTS,
    endpoint: str | None = None,
) -> Any:
    """The client for *service*, one for the environment. It waits *seconds* for an answer.

    It asks up to *attempts* times. An *endpoint* takes the place of AWS's own.
    """
    limits = Config(
        connect_timeout=CONNECT_SECONDS * patience(),
        read_timeout=seconds * patience(),
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
    made: Any = boto3.client(  # type: ignore[call-overload]
        service, config=_CONFIG.merge(limits), endpoint_url=endpoint
    )
    if os.environ.get("CALL_INDEX_TABLE"):  # only there can a request be answered again
        made.meta.events.register("before-call", refuse_operation)
    on_cut(made.close)  # drops its connections; the next call opens new ones
    return made
