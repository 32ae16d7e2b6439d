"""Toggles: call forwarding, call waiting, do-not-disturb, membership in a ring group."""

from typing import Literal

from pivotkit.kazoo.action import Action, build


def call_forward(
    action: Literal["activate", "deactivate", "update", "toggle", "menu"] | None = None,
) -> Action:
    """Turn the caller's call forwarding on or off, or change it (`cf_call_forward.erl`).

    The flow stops when the caller has no user or device.
    """
    return build(
        "call_forward",
        action=action,
    )


def call_waiting(
    action: Literal["activate", "deactivate", "toggle"] | None = None,
    *,
    scope: Literal["device", "user"] | None = None,
) -> Action:
    """Turn call waiting on or off (`cf_call_waiting.erl`).

    *action* is `toggle` unless set, *scope* `device`.
    """
    return build(
        "call_waiting",
        action=action,
        scope=scope,
    )


def do_not_disturb(
    action: Literal["activate", "deactivate", "toggle"] | None = None,
    *,
    id: str | None = None,  # noqa: A002
) -> Action:
    """Turn do-not-disturb on or off for the caller's or the given user or device.

    Follows `cf_do_not_disturb.erl`.
    """
    return build(
        "do_not_disturb",
        action=action,
        id=id,
    )


def ring_group_toggle(
    action: Literal["login", "logout"],
    callflow_id: str,
) -> Action:
    """Log the caller in to, or out of, the ring group of another callflow.

    Follows `cf_ring_group_toggle.erl`.
    """
    return build(
        "ring_group_toggle",
        action=action,
        callflow_id=callflow_id,
    )
