"""Ask Crossbar how KAZOO's webhooks are, and note when they told nobody anything.

KAZOO drops an event whose delivery failed, and disables a hook after six failures in a minute
(`webhooks_disabler.erl`). The time in between is a gap. It is kept in the Directory:

    kind "hook_gap", key "<hook id>#<from, in Gregorian seconds>":
        {"account_id": "5d2f...", "hook_id": "c4b5...", "hook": "channel_destroy",
         "name": "Pivot Functions: channel_destroy", "from": "2026-01-15T09:30:00+00:00",
         "to": "2026-01-15T09:35:00+00:00", "disabled": true}

The uri of a hook holds a key, so it is not kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pivotkit.core import telemetry
from pivotkit.core.gregorian import from_gregorian, to_gregorian
from pivotkit.http.parameters import Value
from pivotkit.services.crossbar import Crossbar
from pivotkit.services.upstream import UpstreamDown
from pivotkit.store.directory import Directory

GAP_SECONDS = 90 * 86_400
"""How long a gap is remembered."""

FIRST_SECONDS = 3600
"""How far back the first look at a hook goes."""


@dataclass(frozen=True)
class Hook:
    """A webhook as Crossbar's list shows it; `reason` says why KAZOO has disabled it, or ''."""

    account_id: str
    id: str
    name: str
    hook: str
    enabled: bool
    reason: str

    @property
    def disabled(self) -> bool:
        """Whether KAZOO has disabled it; what a person has switched off is as it should be."""
        return not self.enabled and bool(self.reason)


@dataclass(frozen=True)
class Seen:
    """The last look at a hook, and where a gap that is still open begins (0: none is).

    Both are Gregorian seconds.
    """

    at: int
    gap: int = 0


class HookWatch:
    """Looks after the hooks of *accounts*; *re_enable* is whether it may switch them on again."""

    def __init__(self, crossbar: Crossbar, accounts: tuple[str, ...], *, re_enable: bool) -> None:
        self._crossbar = crossbar
        self._accounts = accounts
        self._re_enable = re_enable
        self._seen = Directory("hook_watch")
        self._gaps = Directory("hook_gap")

    def run(self, at: datetime) -> Mapping[str, int]:
        """Look at every hook. Counts `hooks`, `failing`, `disabled` and `re_enabled`.

        An account that Crossbar does not show is left for the next run, and the others are looked
        at. Raises `UpstreamDown` after that, and `StateUnavailable` at once.
        """
        done = {"hooks": 0, "failing": 0, "disabled": 0, "re_enabled": 0}
        failed: UpstreamDown | None = None
        for account in self._accounts:
            try:
                for hook in hooks_of(self._crossbar, account):
                    self._look_at(hook, to_gregorian(at), done)
            except UpstreamDown as error:
                failed = error
        if failed:
            raise failed
        return done

    def _look_at(self, hook: Hook, now: int, done: dict[str, int]) -> None:
        """Note what *hook* lost since the last look, and switch it on if KAZOO switched it off."""
        seen = self._last_seen(hook, now)
        failures = self._crossbar.failed_attempts(hook.account_id, hook.id, (seen.at, now))
        done["hooks"] += 1
        done["disabled"] += hook.disabled
        if not (failures or hook.disabled or seen.gap):
            self._remember(hook, Seen(now))
            return
        begin = seen.gap or min(failures, default=seen.at)
        self._note(hook, begin, now)
        if failures or hook.disabled:
            done["failing"] += 1
            telemetry.count("HookFailing")
        re_enabled = hook.disabled and self._re_enable
        if re_enabled:
            self._crossbar.patch(f"/accounts/{hook.account_id}/webhooks/{hook.id}", enabled=True)
            done["re_enabled"] += 1
        self._remember(hook, Seen(now, begin if hook.disabled and not re_enabled else 0))

    def _last_seen(self, hook: Hook, now: int) -> Seen:
        entry = self._seen.get(hook.id)
        if entry is None:
            return Seen(now - FIRST_SECONDS)
        return Seen(int(str(entry["at"])), int(str(entry["gap"])))

    def _remember(self, hook: Hook, seen: Seen) -> None:
        self._seen.put(hook.id, {"at": seen.at, "gap": seen.gap}, seconds=GAP_SECONDS)

    def _note(self, hook: Hook, begin: int, end: int) -> None:
        """Keep the gap; one that is still open gets longer with each look."""
        gap: dict[str, Value] = {
            "account_id": hook.account_id,
            "hook_id": hook.id,
            "hook": hook.hook,
            "name": hook.name,
            "from": from_gregorian(begin).isoformat(),
            "to": from_gregorian(end).isoformat(),
            "disabled": hook.disabled,
        }
        self._gaps.put(f"{hook.id}#{begin}", gap, seconds=GAP_SECONDS)


def hooks_of(crossbar: Crossbar, account: str) -> list[Hook]:
    """The hooks of an account. Raises `UpstreamDown`."""
    return [_hook(account, row) for row in crossbar.webhooks(account) if row.get("id")]


def _hook(account: str, row: Mapping[str, Value]) -> Hook:
    texts = {name: str(row.get(name) or "") for name in ("id", "name", "hook")}
    reason = str(row.get("disable_reason") or "")
    return Hook(account, **texts, enabled=row.get("enabled") is not False, reason=reason)
