"""Queues: KAZOO's ACDc, for agents and callers."""

from typing import Literal

from pivotkit.kazoo.action import Action, build


def acdc_agent(
    action: Literal["login", "logout", "paused", "resume"] | None = None,
    *,
    presence_id: str | None = None,
    presence_state: Literal["early", "confirmed", "terminated", "red_flash", "red_solid", "green"]
    | None = None,
    timeout: int | None = None,
) -> Action:
    """Answer, and log the calling agent in or out, pause, or resume (`cf_acdc_agent.erl`).

    It applies to all queues of the agent. Without *action*, the caller hears that the choice is
    invalid. *timeout* is the length of a pause in seconds, default 600. *presence_state* is the
    state that *presence_id* shows: `green` means `terminated`, `red_flash` means `early`, and
    `red_solid` means `confirmed`. Requires KAZOO's ACDc, and a caller at a phone of the account.
    """
    return build("acdc_agent", locals())


def acdc_member(
    id: str,  # noqa: A002
    *,
    priority: int | None = None,
) -> Action:
    """Put the caller into the queue *id* (`cf_acdc_member.erl`).

    Callers with a higher *priority*, by default the call's own (`set_variable`), are served first.
    `>>` runs if no agent took the call: the queue is full or has no agents, the wait exceeded the
    queue's limit, or the caller pressed its exit key. Requires KAZOO's ACDc.
    """
    return build("acdc_member", locals())


def acdc_queue(
    id: str,  # noqa: A002
    action: Literal["login", "logout"],
) -> Action:
    """Answer, and log the calling agent in to or out of the queue *id* (`cf_acdc_queue.erl`).

    Without *action*, KAZOO crashes. Requires KAZOO's ACDc, and a caller at a phone of the account.
    """
    return build("acdc_queue", locals())


def acdc_wait_time(
    id: str,  # noqa: A002
    *,
    window: int | None = None,
) -> Action:
    """Branch on the average wait in the queue *id* over the last *window* seconds.

    Follows `cf_acdc_wait_time.erl`. *window* defaults to everything that ACDc remembers. Branches
    are thresholds in seconds, such as `.on("60", ...)`; KAZOO takes the highest one that the wait
    reaches, and `>>` if it is below all of them or ACDc does not answer. Requires KAZOO's ACDc.
    """
    return build("acdc_wait_time", locals())


def set() -> Action:  # noqa: A001  (KAZOO's name)
    """Store an agent's skills from the action's data (`cf_set.erl`); it sets no variables."""
    return build("set")
