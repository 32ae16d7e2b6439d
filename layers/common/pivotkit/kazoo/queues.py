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
    """Log the calling agent in or out, pause or resume, in all queues (`cf_acdc_agent.erl`).

    *timeout* is seconds. Needs KAZOO's ACDc.
    """
    return build(
        "acdc_agent",
        action=action,
        presence_id=presence_id,
        presence_state=presence_state,
        timeout=timeout,
    )


def acdc_member(
    id: str,  # noqa: A002
    *,
    priority: int | None = None,
) -> Action:
    """Put the caller into the queue *id* (`cf_acdc_member.erl`).

    `>>` leads on when the queue is full or the caller timed out or left. Needs KAZOO's ACDc.
    """
    return build(
        "acdc_member",
        id=id,
        priority=priority,
    )


def acdc_queue(
    id: str | None = None,  # noqa: A002
    *,
    action: Literal["login", "logout"] | None = None,
) -> Action:
    """Log the calling agent in to, or out of, the queue *id*.

    Follows `cf_acdc_queue.erl`. Needs KAZOO's ACDc.
    """
    return build(
        "acdc_queue",
        id=id,
        action=action,
    )


def acdc_wait_time(
    id: str,  # noqa: A002
    *,
    window: int | None = None,
) -> Action:
    """Branch on the average wait in the queue *id*, over *window* seconds.

    Follows `cf_acdc_wait_time.erl`. Branches: `.on("60", ...)`, thresholds in seconds; `>>` where
    none fits. Needs KAZOO's ACDc.
    """
    return build(
        "acdc_wait_time",
        id=id,
        window=window,
    )


def set() -> Action:  # noqa: A001  (KAZOO's name)
    """Store an agent's skills from the action's data (`cf_set.erl`); it sets no variables."""
    return build("set")
