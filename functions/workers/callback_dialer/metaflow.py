"""Call callers back with a metaflow: KAZOO transfers the channel of a waiting agent to them.

This was not tried on a live KAZOO. Its public source shows:

- Crossbar checks the module and its data against `metaflow.json` and `metaflows.transfer.json`, and
  publishes the flow (`cb_channels.erl`, `kapi_metaflow.erl`). It answers 202 whether or not
  anything listens.
- Open-source konami does not receive flows: it binds to actions only
  (`konami_event_listener.erl`). So this needs Konami Pro.
- Its `transfer` reads `captures` before `target`, and the schema sets `["no_match"]` as the default
  of `captures`. So the number is sent as both.
- `leg` and `transfer_type` are in the schema and in the API's documentation. The open-source module
  reads neither, and makes attended transfers, from a bridged channel only.
- The channel needs metaflows: those of the agent's device, user, or account.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from answered import answered_numbers
from pivotkit.http.parameters import Value
from pivotkit.lookups.callbacks import Callback
from pivotkit.phone.dialing import DialTarget
from pivotkit.services.crossbar import Crossbar
from queues import CallbackQueue


class Metaflow:
    """Transfers the channels of *agents* (user IDs), at most *most_calls* in a run.

    An agent waits if their channel is answered and bridged to nobody: in a conference, or parked.
    *home* is the default country (ISO 3166) for numbers without `+`. Raises `ValueError`
    without any agents. Every method raises `UpstreamDown`.
    """

    def __init__(
        self, crossbar: Crossbar, agents: Sequence[str], *, home: str, most_calls: int
    ) -> None:
        if not agents:
            raise ValueError("agents is empty: name the users whose channels wait for callers")
        self._crossbar = crossbar
        self._agents = agents
        self._home = home
        self._most_calls = most_calls
        self._transferred: set[str] = set()

    def seats(self, queue: CallbackQueue, called: Sequence[Callback]) -> list[str]:
        """Return the channels of waiting agents. Each channel is sent to one caller only."""
        used = self._transferred | {callback.text("seat") for callback in called}
        channels = (self._waiting_channel(queue.account_id, agent, used) for agent in self._agents)
        return [channel for channel in channels if channel][: self._most_calls]

    def _waiting_channel(self, account: str, agent: str, used: set[str]) -> str:
        """Return the channel of an agent who waits, or ''."""
        for row in self._crossbar.channels(account, agent):
            channel = str(row.get("uuid") or "")
            is_waiting = row.get("answered") is True and not row.get("other_leg")
            if is_waiting and channel not in used:
                return channel
        return ""

    def call(self, queue: CallbackQueue, seat: str, number: DialTarget) -> Mapping[str, Value]:
        """Transfer the channel *seat* to *number*."""
        self._transferred.add(seat)
        self._crossbar.transfer(queue.account_id, seat, number)
        return {}

    def reached(self, queue: CallbackQueue, called: Sequence[Callback], at: datetime) -> set[str]:
        """Return the numbers of callers who talk to an agent, or whose call has a CDR."""
        talking = {each.number for each in called if self._is_bridged(queue.account_id, each)}
        others = [callback for callback in called if callback.number not in talking]
        return talking | answered_numbers(self._crossbar, queue.account_id, self._home, others, at)

    def _is_bridged(self, account: str, callback: Callback) -> bool:
        """Return whether the channel that was transferred to the caller is bridged."""
        seat = callback.text("seat")
        channel = self._crossbar.channel(account, seat) if seat else None
        return bool(channel and channel.get("other_leg_call_id"))
