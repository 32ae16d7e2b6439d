"""Finished calls of this phone, and those that were opened from files."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pivotctl.local.calls import local_scenario
from pivotctl.phone import saved_calls
from pivotctl.phone.choices import CallChoices
from pivotctl.phone.saved_calls import SavedCall, own_world
from pivotctl.phone.saved_files import read

if TYPE_CHECKING:
    from pivotctl.phone.live_call import LiveCall
    from pivotctl.stack import Stack

_MOST_OPENED = 20


def saved(call: LiveCall, stack: Stack) -> SavedCall:
    """Return a finished call with everything that repeats it.

    Raises what `local_scenario` raises.
    """
    choices = CallChoices.of(call.choices)
    met = local_scenario(stack, choices.template, webhooks={}, ledger=None)
    world = choices.scenario(met).world
    return saved_calls.of(
        choices.template,
        call.log.events,
        began=call.began,
        caller=choices.caller,
        caller_name=choices.caller_name,
        called=choices.called,
        account_id=choices.account_id,
        rung=choices.rung.value,
        mode=choices.mode.value,
        world=None if world == met.world else own_world(world, stack.gateway_url),
        upstreams=dict(call.upstreams),
    )


@dataclass
class OpenedCalls:
    """Calls that were opened from files, by ID; the latest ones are kept."""

    calls: dict[str, SavedCall] = field(default_factory=dict)

    def open(self, content: bytes) -> str:
        """Read a file, and return the call's new ID. Raises `SavedCallError`."""
        call = read(content)
        identifier = secrets.token_urlsafe(12)
        self.calls[identifier] = call
        for old in list(self.calls)[:-_MOST_OPENED]:
            del self.calls[old]
        return identifier
