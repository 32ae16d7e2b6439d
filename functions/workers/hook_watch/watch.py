"""Ask Crossbar about the state of KAZOO's webhooks, and record the gaps in which they failed.

KAZOO drops an event whose delivery failed, and disables a webhook after six failures in a minute
(`webhooks_disabler.erl`). The time without deliveries is a gap. Gaps are kept in the Directory:

    kind "hook_gap", key "<hook id>#<from, in Gregorian seconds>":
        {"account_id": "5d2f...", "hook_id": "c4b5...", "hook": "channel_destroy",
         "name": "Pivot Functions: channel_destroy", "from": "2026-01-15T09:30:00+00:00",
         "to": "2026-01-15T09:35:00+00:00", "disabled": true}

The URI of a webhook has a key in it, so it is not kept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pivotkit.core import telemetry
from pivotkit.core.gregorian import from_gregorian, to_gregorian
from pivotkit.http.parameters import Value
from pivotkit.lookups.watched_hooks import HookState, WatchedHooks, burst_of
from pivotkit.services.crossbar import Account, Crossbar
from pivotkit.store.directory import Directory
from pivotkit.workers.rounds import Rounds

GAP_SECONDS = 90 * 86_400
"""The life of a gap."""

FIRST_SECONDS = 3600
"""The period that the first check of a webhook covers."""


@dataclass(frozen=True)
class WatchedHook:
    """A webhook in Crossbar's list; `reason` is KAZOO's reason for disabling it, or ''."""

    account_id: str
    id: str
    name: str
    hook: str
    enabled: bool
    reason: str

    @property
    def disabled(self) -> bool:
        """Whether KAZOO disabled it; a webhook that a person disabled is as it should be."""
        return not self.enabled and bool(self.reason)


class HookWatch:
    """Watches the webhooks of *accounts*."""

    def __init__(self, crossbar: Crossbar, accounts: tuple[Account, ...]) -> None:
        self._crossbar = crossbar
        self._accounts = accounts
        self._rounds = Rounds()
        self._hooks = WatchedHooks()
        self._gaps = Directory("hook_gap")

    def run(self, at: datetime, re_enables: Callable[[str], bool]) -> Mapping[str, int]:
        """Check every webhook. Count `hooks`, `failing`, `disabled`, and `re_enabled`.

        *re_enables* says whether an account's webhooks may be enabled again. An account that
        Crossbar does not return is left for the next run, and the others are checked. Raises its
        error after that, and `StateUnavailable` at once. Accounts that had no turn are counted as
        `left`.
        """
        counts = {"hooks": 0, "failing": 0, "disabled": 0, "re_enabled": 0}

        def check(account: Account) -> None:
            for hook in hooks_of(self._crossbar, account):
                self._check(hook, to_gregorian(at), counts, re_enables)

        left = self._rounds.run(self._accounts, check)
        return counts | ({"left": left} if left else {})

    def _check(
        self,
        hook: WatchedHook,
        now: int,
        counts: dict[str, int],
        re_enables: Callable[[str], bool],
    ) -> None:
        """Record the gap since the last check, and enable *hook* if KAZOO disabled it."""
        last = self._hooks.get(hook, hook.id) or HookState(now - FIRST_SECONDS)
        failures = self._crossbar.failed_attempts(hook.account_id, hook.id, (last.at, now))
        counts["hooks"] += 1
        counts["disabled"] += hook.disabled
        found = _state(hook, now, failures, last)
        if not (failures or hook.disabled or last.gap):
            self._hooks.put(hook, hook.id, replace(found, good=now))
            return
        gap = last.gap or min(failures, default=last.at)
        self._record_gap(hook, gap, now)
        if failures or hook.disabled:
            counts["failing"] += 1
            telemetry.count("HookFailing")
        re_enabled = hook.disabled and self._enabled(hook, re_enables)
        counts["re_enabled"] += re_enabled
        stays_open = hook.disabled and not re_enabled
        found = replace(found, enabled=hook.enabled or re_enabled, gap=gap if stays_open else 0)
        self._hooks.put(hook, hook.id, found)

    def _enabled(self, hook: WatchedHook, re_enables: Callable[[str], bool]) -> bool:
        """Enable *hook* again, if its account allows it, or an operator asked for it."""
        asked = self._hooks.is_asked(hook, hook.id)
        if not asked and not re_enables(hook.account_id):
            return False
        self._crossbar.patch(f"/accounts/{hook.account_id}/webhooks/{hook.id}", enabled=True)
        if asked:
            self._hooks.answered(hook, hook.id)
        return True

    def _record_gap(self, hook: WatchedHook, start: int, end: int) -> None:
        """Keep the gap; an open gap gets longer with each check."""
        gap: dict[str, Value] = {
            "account_id": hook.account_id,
            "hook_id": hook.id,
            "hook": hook.hook,
            "name": hook.name,
            "from": from_gregorian(start).isoformat(),
            "to": from_gregorian(end).isoformat(),
            "disabled": hook.disabled,
        }
        self._gaps.of(hook).put(f"{hook.id}#{start}", gap, seconds=GAP_SECONDS)


def _state(hook: WatchedHook, now: int, failures: Sequence[int], last: HookState) -> HookState:
    """The state of a webhook."""
    return HookState(
        now,
        name=hook.name,
        hook=hook.hook,
        enabled=hook.enabled,
        reason=hook.reason,
        failures=len(failures),
        burst=burst_of(failures),
        good=last.good,
    )


def hooks_of(crossbar: Crossbar, account: Account) -> list[WatchedHook]:
    """Return the webhooks of an account. Raises `UpstreamDown`."""
    return [
        _hook(account.account_id, row)
        for row in crossbar.webhooks(account.account_id)
        if row.get("id")
    ]


def _hook(account_id: str, row: Mapping[str, Value]) -> WatchedHook:
    texts = {name: str(row.get(name) or "") for name in ("id", "name", "hook")}
    reason = str(row.get("disable_reason") or "")
    return WatchedHook(account_id, **texts, enabled=row.get("enabled") is not False, reason=reason)
