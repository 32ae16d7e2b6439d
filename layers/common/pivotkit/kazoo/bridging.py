"""Bridging: ring somebody, or take a message. `>>` behind these means *nobody answered*."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pivotkit.kazoo.action import Action, build

type Strategy = Literal["simultaneous", "single"]


def user(
    id: str,  # noqa: A002  (KAZOO's name)
    *,
    timeout: int | None = None,
    delay: int | None = None,
    strategy: Strategy | None = None,
    can_call_self: bool | None = None,
    fail_on_single_reject: bool | None = None,
    suppress_clid: bool | None = None,
    static_invite: str | None = None,
    custom_sip_headers: Mapping[str, str] | None = None,
) -> Action:
    """Ring all devices of a user for *timeout* seconds, default 20 (`cf_user.erl`).

    `>>` leads to what happens when **nobody answered**; `.on("USER_BUSY", ...)` or
    `.on("sip:486", ...)` tells the reasons apart. After an answered call the flow ends.
    """
    return build(
        "user",
        id=id,
        timeout=timeout,
        delay=delay,
        strategy=strategy,
        can_call_self=can_call_self,
        fail_on_single_reject=fail_on_single_reject,
        suppress_clid=suppress_clid,
        static_invite=static_invite,
        custom_sip_headers=custom_sip_headers,
    )


def device(
    id: str,  # noqa: A002
    *,
    timeout: int | None = None,
    delay: int | None = None,
    dial_strategy: Strategy | None = None,
    can_call_self: bool | None = None,
    suppress_clid: bool | None = None,
    static_invite: str | None = None,
    custom_sip_headers: Mapping[str, str] | None = None,
) -> Action:
    """Ring one device for *timeout* seconds (`cf_device.erl`); `>>` as for `user`."""
    return build(
        "device",
        id=id,
        timeout=timeout,
        delay=delay,
        dial_strategy=dial_strategy,
        can_call_self=can_call_self,
        suppress_clid=suppress_clid,
        static_invite=static_invite,
        custom_sip_headers=custom_sip_headers,
    )


def endpoint(
    id: str,  # noqa: A002
    endpoint_type: Literal["user", "device", "group"],
    *,
    delay: int | None = None,
    timeout: int | None = None,
    weight: int | None = None,
) -> dict[str, object]:
    """A member of a `ring_group`; *delay* and *timeout* in seconds, *weight* 1 to 100."""
    member = {"id": id, "endpoint_type": endpoint_type}
    extra = {"delay": delay, "timeout": timeout, "weight": weight}
    return member | {name: value for name, value in extra.items() if value is not None}


def ring_group(
    endpoints: Sequence[Mapping[str, object]],
    *,
    timeout: int | None = None,
    strategy: Literal["simultaneous", "single", "weighted_random"] | None = None,
    repeats: int | None = None,
    ringback: str | None = None,
    ignore_forward: bool | None = None,
    fail_on_single_reject: bool | None = None,
) -> Action:
    """Ring several *endpoints* for *timeout* seconds, default 20 (`cf_ring_group.erl`).

    `>>` leads to what happens when **nobody answered**, as for `user`.
    """
    return build(
        "ring_group",
        endpoints=[dict(member) for member in endpoints],
        timeout=timeout,
        strategy=strategy,
        repeats=repeats,
        ringback=ringback,
        ignore_forward=ignore_forward,
        fail_on_single_reject=fail_on_single_reject,
    )


def voicemail(
    id: str | None = None,  # noqa: A002
    *,
    action: Literal["compose", "check"] | None = None,
    max_message_length: int | None = None,
    interdigit_timeout: int | None = None,
    callerid_match_login: bool | None = None,
    single_mailbox_login: bool | None = None,
) -> Action:
    """Take a message for the mailbox *id* (32 characters), or check it (`cf_voicemail.erl`).

    *max_message_length* is seconds, *interdigit_timeout* milliseconds.
    """
    return build(
        "voicemail",
        id=id,
        action=action,
        max_message_length=max_message_length,
        interdigit_timeout=interdigit_timeout,
        callerid_match_login=callerid_match_login,
        single_mailbox_login=single_mailbox_login,
    )
