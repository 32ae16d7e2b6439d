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
    """Answer, and log the calling agent in or out, pause or resume (`cf_acdc_agent.erl`).

    It is about all queues of the agent. Without *action* the caller hears that the choice is
    invalid. *timeout* is how many seconds a pause lasts, default 600. *presence_state* is what
    *presence_id* shows: `green` is `terminated`, `red_flash` is `early`, `red_solid` is
    `confirmed`. Needs KAZOO's ACDc, and a caller at a phone of the account.
    """
    return build("acdc_agent", locals())


def acdc_member(
    id: str,  # noqa: A002
    *,
    priority: int | None = None,
) -> Action:
    """Put the caller into the queue *id* (`cf_acdc_member.erl`).

    A greater *priority* is served first; the call's own (`set_variable`) counts unless it is set.
    `>>` leads on when no agent took the call: the queue is full or has no agents, the wait was
    longer than the queue allows, or the caller pressed its exit key. Needs KAZOO's ACDc.
    """
    return build("acdc_member", locals())


def acdc_queue(
    id: str,  # noqa: A002
    action: Literal["login", "logout"],
) -> Action:
    """Answer, and log the calling agent in to, or out of, the queue *id* (`cf_acdc_queue.erl`).

    Without *action* KAZOO crashes. Needs KAZOO's ACDc, and a caller at a phone of the account.
    """
    return build("acdc_queue", locals())


def acdc_wait_time(
    id: str,  # noqa: A002
    *,
    window: int | None = None,
) -> Action:
    """Branch on the average wait in the queue *id* over the last *window* seconds.

    Follows `cf_acdc_wait_time.erl`. Without *window*, over all that ACDc remembers. Branches:
    `.on("60", ...)`, thresholds in seconds, the greatest that the wait reaches; `>>` below all of
    them, or if ACDc does not answer. Needs KAZOO's ACDc.
    """
    return build("acdc_wait_time", locals())


def set() -> Action:  # noqa: A001  (KAZOO's name)
    """Store an agent's skills from the action's data (`cf_set.erl`); it sets no variables."""
    return build("set")
