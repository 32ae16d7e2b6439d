"""The state of KAZOO's webhooks at their last check, and requests to enable one again.

The worker `hook_watch` keeps both in the Directory, kind `hook_watch`: it asks Crossbar, and has
the key to do so. The console shows them, and asks; it needs no key.

    key "<hook id>"         {"at": 63950000000, "gap": 0, "name": "...", "hook": "channel_destroy",
                             "enabled": true, "reason": "", "failures": 0, "burst": 0, "good": ...}
    key "ask#<hook id>"     {"by": "jo@example.com (u-17)"}, for a day

Times are Gregorian seconds.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from pivotkit.store import Owned
from pivotkit.store.directory import Directory, Entry

KIND = "hook_watch"
MOST_FAILURES = 6
"""Failures in `WINDOW_SECONDS` at which KAZOO disables a webhook (`webhooks_disabler.erl`)."""

WINDOW_SECONDS = 60
KEPT_SECONDS = 90 * 86_400
ASKED_SECONDS = 86_400
MOST_HOOKS = 100
_ASK = "ask#"


@dataclass(frozen=True)
class HookState:
    """A webhook at its last check.

    `gap` is the beginning of a gap that is still open (0 for none), `failures` and `burst` those
    since the check before, in all and in a minute, and `good` the last check without any (0 for
    none).
    """

    at: int
    gap: int = 0
    name: str = ""
    hook: str = ""
    enabled: bool = True
    reason: str = ""
    failures: int = 0
    burst: int = 0
    good: int = 0

    @property
    def is_disabled(self) -> bool:
        """Whether KAZOO has disabled it; a person gives no reason."""
        return not self.enabled and bool(self.reason)


class WatchedHooks:
    """The webhooks of accounts. Methods raise `StateUnavailable`."""

    def __init__(self) -> None:
        self._entries = Directory(KIND)

    def get(self, owner: Owned, hook_id: str) -> HookState | None:
        """The state of a webhook at its last check, if there was one. One round trip."""
        entry = self._entries.of(owner).get(hook_id)
        return _state(entry) if entry else None

    def put(self, owner: Owned, hook_id: str, state: HookState) -> None:
        """Keep the state of a webhook. One round trip."""
        self._entries.of(owner).put(hook_id, asdict(state), seconds=KEPT_SECONDS)

    def every(self, owner: Owned) -> tuple[dict[str, HookState], frozenset[str]]:
        """The webhooks of an account by ID, and those that somebody asked to enable again."""
        found = self._entries.of(owner).entries(2 * MOST_HOOKS)
        asked = frozenset(key.removeprefix(_ASK) for key in found if key.startswith(_ASK))
        states = {key: _state(entry) for key, entry in found.items() if not key.startswith(_ASK)}
        return states, asked

    def ask(self, owner: Owned, hook_id: str, by: str) -> None:
        """Ask to enable a webhook again. One round trip."""
        self._entries.of(owner).put(f"{_ASK}{hook_id}", {"by": by}, seconds=ASKED_SECONDS)

    def is_asked(self, owner: Owned, hook_id: str) -> bool:
        """Tell whether somebody has asked to enable a webhook again. One round trip."""
        return self._entries.of(owner).get(f"{_ASK}{hook_id}") is not None

    def answered(self, owner: Owned, hook_id: str) -> None:
        """Forget that somebody has asked. One round trip."""
        self._entries.of(owner).delete(f"{_ASK}{hook_id}")


def burst_of(failures: Iterable[int]) -> int:
    """Return the most *failures*, as times in seconds, that fell into one minute."""
    times = sorted(failures)
    return max(
        (sum(0 <= other - time < WINDOW_SECONDS for other in times) for time in times), default=0
    )


def _state(entry: Entry) -> HookState:
    known = {name: entry[name] for name in HookState.__dataclass_fields__ if name in entry}
    return HookState(**known)  # type: ignore[arg-type]
