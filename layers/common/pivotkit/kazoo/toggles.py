"""Toggles: call forwarding, call waiting, do not disturb, and ring group membership."""

from typing import Literal

from pivotkit.kazoo.action import Action, build


def call_forward(
    action: Literal["activate", "deactivate", "update", "toggle", "menu"],
) -> Action:
    """Answer, and turn the caller's call forwarding on or off, or change it.

    Follows `cf_call_forward.erl`. It applies to the user of the calling phone, or else to the
    phone; `activate` and `update` use the captured number or ask for one. The flow stops if the
    caller has neither user nor phone.
    """
    return build("call_forward", locals())


def call_waiting(
    action: Literal["activate", "deactivate", "toggle"] | None = None,
    *,
    scope: Literal["device", "user"] | None = None,
) -> Action:
    """Answer, and turn call waiting on or off (`cf_call_waiting.erl`).

    *action* defaults to `toggle`, *scope* to `device`.
    """
    return build("call_waiting", locals())


def do_not_disturb(
    action: Literal["activate", "deactivate", "toggle"],
    *,
    id: str | None = None,  # noqa: A002
) -> Action:
    """Answer, and turn do not disturb on or off (`cf_do_not_disturb.erl`).

    *id* is the ID of a user or device, by default the caller's own. The flow stops if there is
    none.
    """
    return build("do_not_disturb", locals())


def ring_group_toggle(
    action: Literal["login", "logout"],
    callflow_id: str,
) -> Action:
    """Answer, and log the caller in to or out of the ring group of another callflow.

    Follows `cf_ring_group_toggle.erl`.
    """
    return build("ring_group_toggle", locals())
