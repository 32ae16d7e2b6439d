"""Settings of accounts: their own values over those of the deployment.

An account's values are in its entry of the Directory table, or in that of a dialed number. Each
execution environment reads an entry once a minute. When the table cannot be reached, the values
that were read last stay in force, or those of the deployment: a setting never fails a call.
"""

import os
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from pivotkit.core import secret, telemetry
from pivotkit.core.deadline import within
from pivotkit.core.errors import StateUnavailable
from pivotkit.core.settings import Field, fields, from_environment
from pivotkit.store import Item

KEPT_SECONDS = 60.0
"""Seconds for which an environment uses an entry before it reads it again."""

AGAIN_SECONDS = 5.0
"""Seconds until a table that could not be reached is asked again."""

ANSWER_SECONDS = 0.8
"""Seconds that a call waits for its account's settings."""

MOST_KEPT = 1000
"""The number of accounts and numbers that an environment remembers."""

type Texts = Mapping[str, str]
"""Settings by name, each as a text."""


def entry_key(account_id: str, function: str, number: str = "") -> Item:
    """The key of an account's entry for a function, or of one of its numbers."""
    name = f"{function}#{number}" if number else function
    return {"pk": {"S": f"settings#{account_id}"}, "sk": {"S": name}}


class _Kept(NamedTuple):
    """Values that were read, and the time at which they have to be read again.

    It is Unix time: a monotonic clock does not count the time that a snapshot is kept.
    """

    texts: Texts
    until: float


class AccountSettings[S: tuple[Any, ...]]:
    """The settings of one function, by account, and *by_number* by the dialed number.

    Raises `SettingError` for a deployment with invalid values.
    """

    def __init__(self, settings: type[S], function: str, *, by_number: bool = False) -> None:
        self.fields = {each.name: each for each in fields(settings)}
        self.deployment = from_environment(settings)
        self._function = function
        self._by_number = by_number
        self._secrets = [each.name for each in self.fields.values() if each.is_secret]
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._seconds = _kept_seconds()
        self._table = _table()
        if self._secrets:
            secret.load()

    def of(self, account_id: str, number: str = "") -> S:
        """The settings of an account, or of one of its *number*s."""
        return self.with_texts(account_id, self.texts(account_id, number))

    def with_texts(self, account_id: str, texts: Texts) -> S:
        """The deployment's settings with those that an account has in *texts*."""
        changed = {name: self.fields[name].read(text) for name, text in texts.items()}
        for name in self._secrets:
            changed[name] = getattr(self.deployment, name).of(account_id)
        made: S = self.deployment._replace(**changed) if changed else self.deployment  # type: ignore[attr-defined]
        return made

    def texts(self, account_id: str, number: str = "") -> Texts:
        """The values that an account has itself; those that break their rule are left out."""
        if self._table is None:
            return {}
        place = (account_id, number if self._by_number else "")
        known = self._kept.get(place)
        if known is None or time.time() >= known.until:
            known = self._read(place, known)
            self._keep(place, known)
        return known.texts

    def _read(self, place: tuple[str, str], known: _Kept | None) -> _Kept:
        try:
            texts = self._valid(place, within(ANSWER_SECONDS, lambda: self._entries(*place)))
        except StateUnavailable:
            telemetry.count("SettingsUnavailable")
            telemetry.done("settings_unavailable", account_id=place[0])
            return _Kept(known.texts if known else {}, time.time() + AGAIN_SECONDS)
        return _Kept(texts, time.time() + self._seconds)

    def _keep(self, place: tuple[str, str], known: _Kept) -> None:
        self._kept.pop(place, None)
        self._kept[place] = known
        if len(self._kept) > MOST_KEPT:
            self._kept.pop(next(iter(self._kept)), None)

    def _entries(self, account_id: str, number: str) -> dict[str, Any]:
        """The stored values of the account and then of the number, in one request."""
        key = entry_key(account_id, self._function)
        if self._by_number:
            keys = [key, entry_key(account_id, self._function, number)][: 2 if number else 1]
            items = sorted(self._table.read_each(keys), key=lambda item: len(item["sk"]["S"]))
        else:
            item = self._table.ask("get_item", Key=key).get("Item")
            items = [item] if item else []
        return {name: value for item in items for name, value in item["value"]["M"].items()}

    def _valid(self, place: tuple[str, str], stored: Mapping[str, Any]) -> Texts:
        """The texts of *stored* that the class accepts today."""
        found = {}
        for name, value in stored.items():
            declared = self.fields.get(name)
            fault = _fault(declared, value)
            if fault:
                telemetry.count("SettingIgnored")
                telemetry.done("setting_ignored", account_id=place[0], setting=name, rule=fault)
            else:
                found[name] = value["S"]
        return found


def _fault(declared: Field | None, value: Mapping[str, Any]) -> str:
    """The fault of a stored value; empty if there is none. It never quotes the value."""
    if declared is None:
        return "is no setting of this function"
    if declared.is_secret or "S" not in value:
        return f"must be a text that is no secret, not {next(iter(value), 'nothing')}"
    try:
        declared.read(value["S"])
    except ValueError as error:
        return f"{declared.label}: {error}"
    return ""


def _kept_seconds() -> float:
    """A minute; a local run may shorten it, so that nobody has to wait."""
    if os.environ.get("AWS_SAM_LOCAL") != "true":
        return KEPT_SECONDS
    return float(os.environ.get("PIVOTCTL_SETTINGS_SECONDS", KEPT_SECONDS))


def _table() -> Any:
    """The table with the entries of accounts; `None` in a stack that has none."""
    if not os.environ.get("SETTINGS_TABLE"):
        return None
    from pivotkit.store.table import Table  # noqa: PLC0415  (the SDK, only where it is needed)

    return Table.from_environment("SETTINGS_TABLE")
