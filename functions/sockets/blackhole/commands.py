"""Commands to live calls, through Crossbar's channels API; each is kept before it is given."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from messages import Message, Refused
from pivotkit.core import telemetry
from pivotkit.http.parameters import Value
from pivotkit.services.crossbar import Crossbar
from pivotkit.services.upstream import UpstreamDown
from pivotkit.store.sockets import Connection, Sockets

SECONDS = 5.0
"""Time for a request to Crossbar."""

MODULES: Mapping[str, frozenset[str]] = {
    "break": frozenset(),
    "hangup": frozenset(),
    "hold": frozenset({"moh_aleg", "moh_bleg", "unhold_key"}),
    "play": frozenset({"id", "leg"}),
    "record_call": frozenset({"action", "format", "label", "time_limit"}),
    "resume": frozenset(),
    "say": frozenset({"gender", "language", "method", "text", "type"}),
    "tts": frozenset({"engine", "language", "leg", "terminators", "text", "voice"}),
}
"""Metaflows that a client may run, and their data: none dials, and none sends data elsewhere."""

PARKING, VALET_PARKING = "*3", "*4"
"""KAZOO's feature codes that park a call: in a slot, and in the next free one."""

_EXTENSION = re.compile(r"[0-9]{2,6}")
_SLOT = re.compile(r"[0-9]{0,6}")

type Act = Callable[[Crossbar, str, str], None]


class Commands:
    """The commands of a connection in an account with *settings*."""

    def __init__(self, sockets: Sockets, settings: Any) -> None:
        self._sockets = sockets
        self._settings = settings

    def give(self, account: str, connection: Connection, message: Message) -> dict[str, object]:
        """Give a command, and return the data of its reply. Raises `Refused`, `StateUnavailable`.

        KAZOO confirms that it has the request, not what becomes of it.
        """
        message.require("call_id")
        act = ACTIONS[message.action](self, message)
        self._note(account, connection, message, "requested")
        crossbar, call_id = Crossbar(seconds=SECONDS), message.text("call_id")
        try:
            if crossbar.channel(account, call_id) is None:
                raise Refused("there is no such live call in this account")
            act(crossbar, account, call_id)
        except UpstreamDown as down:
            self._note(account, connection, message, "failed")
            raise Refused("KAZOO did not take the command: try again") from down
        return {"call_id": call_id}

    def transfer(self, message: Message) -> Act:
        """Send the call to an extension, or to a number that the account may dial."""
        message.require("target")
        target = self._target(message.text("target"))
        return lambda crossbar, account, call: crossbar.transfer(account, call, target)

    def park(self, message: Message) -> Act:
        """Park the call in a slot, or in the next free one."""
        slot = message.text("slot")
        if not _SLOT.fullmatch(slot):
            raise Refused("slot must be up to 6 digits, or omitted")
        target = f"{PARKING}{slot}" if slot else VALET_PARKING
        return lambda crossbar, account, call: crossbar.transfer(account, call, target)

    def metaflow(self, message: Message) -> Act:
        """Run a metaflow that neither dials nor sends data elsewhere."""
        message.require("module")
        module, given = message.text("module"), message.data.get("data") or {}
        if module not in MODULES:
            raise Refused(f"module must be one of {', '.join(MODULES)}")
        data: dict[str, Value] = given if isinstance(given, dict) else {}
        if unknown := sorted(data.keys() - MODULES[module]):
            raise Refused(f"{module} takes no {', '.join(unknown)}")
        return lambda crossbar, account, call: crossbar.metaflow(account, call, module, data)

    def hangup(self, message: Message) -> Act:
        """End the call."""
        del message
        return lambda crossbar, account, call: crossbar.metaflow(account, call, "hangup", {})

    def _target(self, text: str) -> str:
        """An extension, or a number that the policy turns into one to dial. Raises `Refused`.

        The numbering plans are loaded here, and not where no call is transferred.
        """
        from phonenumbers import connects_to_emergency_number  # noqa: PLC0415

        from pivotkit.phone.dialing import NumberRefused, dial_policy  # noqa: PLC0415

        home, allowed = self._settings.home_country, self._settings.allowed_destinations
        if _EXTENSION.fullmatch(text) and not connects_to_emergency_number(text, home):
            return text
        try:
            return dial_policy(home, allowed).target(text)
        except NumberRefused as refusal:
            raise Refused(str(refusal)) from refusal

    def _note(self, account: str, connection: Connection, message: Message, outcome: str) -> None:
        """Keep the command, with who gave it. Without this nothing is commanded."""
        entry = {
            "by": connection.grant.name if connection.grant else "",
            "from": connection.source,
            "command": message.action,
            "module": message.text("module"),
            "target": message.text("target") or message.text("slot"),
            "call_id": message.text("call_id"),
            "outcome": outcome,
        }
        self._sockets.note(account, {name: text for name, text in entry.items() if text})
        telemetry.done(f"command {outcome}", command=message.action, account_id=account)


ACTIONS: Mapping[str, Callable[[Commands, Message], Act]] = {
    "hangup": Commands.hangup,
    "metaflow": Commands.metaflow,
    "park": Commands.park,
    "transfer": Commands.transfer,
}
