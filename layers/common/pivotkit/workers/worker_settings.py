"""Settings of a worker: for each delivery, those of the account that it belongs to."""

from contextlib import AbstractContextManager, nullcontext
from threading import Lock
from typing import Any

from pivotkit.core import telemetry
from pivotkit.store.account_settings import AccountSettings
from pivotkit.store.records import Delivery


class WorkerSettings:
    """The settings that a worker declares, if any: its argument after the delivery.

    With *parallel* deliveries one thread reads an account's settings, and the others wait for it.
    Raises `SettingError` for a deployment with invalid values.
    """

    def __init__(self, settings: type[tuple[Any, ...]] | None, *, parallel: int = 1) -> None:
        self._accounts = AccountSettings(settings, telemetry.service()) if settings else None
        self._turn: AbstractContextManager[object] = Lock() if parallel > 1 else nullcontext()

    def of(self, delivery: Delivery) -> tuple[Any, ...]:
        """Return the settings of the account of *delivery*: one value, or none.

        Never fails: an account whose settings cannot be read has its last good ones, or those of
        the deployment.
        """
        if self._accounts is None:
            return ()
        with self._turn:
            return (self._accounts.of(delivery.account_id),)
