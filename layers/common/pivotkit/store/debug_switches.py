"""Switches of Live Debug: the accounts and numbers whose requests and answers are kept, until when.

All are in one small item of the table CallIndex, which an execution environment reads every few
seconds at most, and after an answer.
"""

import re
import time
from collections.abc import Mapping
from typing import NamedTuple

from pivotkit.core.setting_types import AccountId
from pivotkit.store.table import Table

KEY = {"pk": {"S": "switches"}, "sk": {"S": "switches"}}
LONGEST = 24 * 60 * 60
"""Seconds for which a switch can be on at most."""

MOST = 200
"""The number of switches that can be on at a time."""

KEPT_SECONDS = 10.0
"""Seconds for which an environment uses the switches before it reads them again."""


class SwitchError(ValueError):
    """A switch that cannot be set. The message has the reason and the fix."""


class Switch(NamedTuple):
    """An account, or one of its numbers (digits alone), that is on until a time (Unix seconds)."""

    account: str
    number: str
    until: int

    @property
    def name(self) -> str:
        """The switch's name in the item."""
        return f"{self.account}#{self.number}"


def digits(number: str) -> str:
    """The digits of a number, or of the user of a SIP address."""
    return re.sub(r"[^0-9]", "", number.partition("@")[0])


class Switches:
    """The switches in a table. Every method takes one round trip, and raises `StateUnavailable`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, now: float | None = None) -> tuple[Switch, ...]:
        """The switches that are on."""
        at = time.time() if now is None else now
        item = self._table.ask("get_item", Key=KEY).get("Item", {})
        found = (_switch(name, value) for name, value in item.get("on", {}).get("M", {}).items())
        return tuple(sorted(each for each in found if each.until > at))

    def turn_on(self, account: str, number: str, seconds: int) -> Switch:
        """Switch on an account, or one of its numbers. Raises `SwitchError`."""
        if not 0 < seconds <= LONGEST:
            raise SwitchError(f"{seconds} s: use a time of up to {LONGEST // 3600} hours")
        on = self.read()
        made = Switch(_account(account), digits(number), int(time.time()) + seconds)
        if number and not made.number:
            raise SwitchError(f"number {number!r}: has no digits")
        if len({made.name, *(each.name for each in on)}) > MOST:
            raise SwitchError(f"{MOST} switches are on already: turn one off first")
        self._write([*(each for each in on if each.name != made.name), made])
        return made

    def turn_off(self, account: str, number: str = "") -> None:
        """Switch off an account, or one of its numbers, if it is on."""
        name = Switch(account, digits(number), 0).name
        self._write([each for each in self.read() if each.name != name])

    def _write(self, on: list[Switch]) -> None:
        made = {each.name: {"N": str(each.until)} for each in on}
        self._table.ask("put_item", Item={**KEY, "on": {"M": made}})


class SwitchedOn:
    """The switches, as an execution environment knows them."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._on: Mapping[str, int] = {}
        self._read_at = 0.0

    def covers(self, account: str, numbers: tuple[str, ...]) -> bool:
        """Tell whether an account, or one of these numbers of it, is on. Raises `StateUnavailable`.

        Asks the table once in some seconds.
        """
        now = time.time()
        if now - self._read_at >= KEPT_SECONDS:
            self._on = {each.name: each.until for each in self._switches.read(now)}
            self._read_at = now
        names = (f"{account}#{each}" for each in ("", *filter(None, map(digits, numbers))))
        return any(self._on.get(name, 0) > now for name in names)


def _switch(name: str, value: Mapping[str, str]) -> Switch:
    account, _, number = name.partition("#")
    return Switch(account, number, int(value["N"]))


def _account(text: str) -> str:
    try:
        return AccountId(text)
    except ValueError as error:
        raise SwitchError(f"account {text!r}: {error}") from error
