"""Wrong tokens of WebSocket clients, counted by address for all execution environments."""

import uuid
from ipaddress import IPv6Address, ip_address

from pivotkit.store.attempts import Attempts

LIMIT, SECONDS = 10, 15 * 60
"""Wrong tokens that an address may send in this time."""


class WrongTokens:
    """The wrong tokens of each address; of IPv6, of the /64 that one customer has."""

    def __init__(self) -> None:
        self._attempts = Attempts(LIMIT, SECONDS).of_all()

    def count(self, address: str) -> bool:
        """Count one; return whether the address is within the limit. Raises `StateUnavailable`."""
        return self._attempts.allow(f"sockets#{_network(address)}", uuid.uuid4().hex)


def _network(address: str) -> str:
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        return f"{IPv6Address(int(found) >> 64 << 64)}"
    return str(found)
