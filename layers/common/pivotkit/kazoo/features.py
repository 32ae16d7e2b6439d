"""Features of a phone system: pick up, listen in, park, log in, notify."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pivotkit.kazoo.action import Action, build


def camping_feature() -> Action:
    """Camp on the captured number: call back when it is free.

    Follows `cf_camping_feature.erl`. The flow ends here.
    """
    return build("camping_feature")


def conference_feature(
    id: str | None = None,  # noqa: A002
    *,
    config: Mapping[str, object] | None = None,
    moderator: bool | None = None,
    play_entry_tone: bool | str | None = None,
    play_exit_tone: bool | str | None = None,
    welcome_prompt: Mapping[str, object] | None = None,
) -> Action:
    """As `conference`, with the id from the capture group.

    Follows `cf_conference_feature.erl`. The flow ends here.
    """
    return build(
        "conference_feature",
        id=id,
        config=config,
        moderator=moderator,
        play_entry_tone=play_entry_tone,
        play_exit_tone=play_exit_tone,
        welcome_prompt=welcome_prompt,
    )


def eavesdrop(
    *,
    approved_device_id: str | None = None,
    approved_group_id: str | None = None,
    approved_user_id: str | None = None,
    device_id: str | None = None,
    user_id: str | None = None,
) -> Action:
    """Listen in on a device or user (`cf_eavesdrop.erl`).

    One of *approved_device_id*, *approved_user_id* and *approved_group_id* is needed, and has to
    be the caller's. The flow ends here.
    """
    return build(
        "eavesdrop",
        approved_device_id=approved_device_id,
        approved_group_id=approved_group_id,
        approved_user_id=approved_user_id,
        device_id=device_id,
        user_id=user_id,
    )


def eavesdrop_feature(
    *,
    approved_device_id: str | None = None,
    approved_group_id: str | None = None,
    approved_user_id: str | None = None,
    group_id: str | None = None,
) -> Action:
    """Listen in on the captured extension (`cf_eavesdrop_feature.erl`).

    One of *approved_device_id*, *approved_user_id* and *approved_group_id* is needed, and has to
    be the caller's. The flow ends here.
    """
    return build(
        "eavesdrop_feature",
        approved_device_id=approved_device_id,
        approved_group_id=approved_group_id,
        approved_user_id=approved_user_id,
        group_id=group_id,
    )


def group_pickup(
    *,
    approved_device_id: str | None = None,
    approved_group_id: str | None = None,
    approved_user_id: str | None = None,
    device_id: str | None = None,
    group_id: str | None = None,
    user_id: str | None = None,
) -> Action:
    """Pick up a ringing call of a device, user or group (`cf_group_pickup.erl`).

    One of *device_id*, *user_id*, *group_id* says whose; an *approved_...* that is given has to be
    the caller's. The flow ends here.
    """
    return build(
        "group_pickup",
        approved_device_id=approved_device_id,
        approved_group_id=approved_group_id,
        approved_user_id=approved_user_id,
        device_id=device_id,
        group_id=group_id,
        user_id=user_id,
    )


def group_pickup_feature(
    type: Literal["group", "user", "device", "extension"],  # noqa: A002
    *,
    approved_device_id: str | None = None,
    approved_group_id: str | None = None,
    approved_user_id: str | None = None,
    device_id: str | None = None,
    group_id: str | None = None,
    user_id: str | None = None,
) -> Action:
    """Pick up a ringing call of the captured extension (`cf_group_pickup_feature.erl`).

    *type* says what was captured. The flow ends here.
    """
    return build(
        "group_pickup_feature",
        type=type,
        approved_device_id=approved_device_id,
        approved_group_id=approved_group_id,
        approved_user_id=approved_user_id,
        device_id=device_id,
        group_id=group_id,
        user_id=user_id,
    )


def hotdesk(
    action: Literal["logout", "login", "toggle", "bridge"] | None = None,
    *,
    id: str | None = None,  # noqa: A002
    interdigit_timeout: int | None = None,
) -> Action:
    """Log in, out or toggle at this phone, or ring the user's phones: `bridge` (`cf_hotdesk.erl`).

    *interdigit_timeout* is milliseconds. After `bridge` the flow goes on even when somebody
    answered; `.on("USER_BUSY", ...)` or `.on("sip:486", ...)` tells failures apart.
    """
    return build(
        "hotdesk",
        action=action,
        id=id,
        interdigit_timeout=interdigit_timeout,
    )


def intercept(
    *,
    approved_device_id: str | None = None,
    approved_group_id: str | None = None,
    approved_user_id: str | None = None,
    device_id: str | None = None,
    group_id: str | None = None,
    user_id: str | None = None,
) -> Action:
    """Take over a call of a device, user or group (`cf_intercept.erl`).

    One of *device_id*, *user_id*, *group_id* says whose; an *approved_...* that is given has to be
    the caller's. The flow ends here.
    """
    return build(
        "intercept",
        approved_device_id=approved_device_id,
        approved_group_id=approved_group_id,
        approved_user_id=approved_user_id,
        device_id=device_id,
        group_id=group_id,
        user_id=user_id,
    )


def intercept_feature(
    type: Literal["user", "device", "extension"] | None = None,  # noqa: A002
    *,
    approved_device_id: str | None = None,
    approved_group_id: str | None = None,
    approved_user_id: str | None = None,
) -> Action:
    """Take over a call of the captured extension (`cf_intercept_feature.erl`).

    *type* says what was captured. The flow ends here.
    """
    return build(
        "intercept_feature",
        type=type,
        approved_device_id=approved_device_id,
        approved_group_id=approved_group_id,
        approved_user_id=approved_user_id,
    )


def intercom(
    *,
    barge_calls: bool | None = None,
) -> Action:
    """Call the captured extension, which answers by itself (`cf_intercom.erl`).

    `>>` leads on when the number was not found.
    """
    return build(
        "intercom",
        barge_calls=barge_calls,
    )


def manual_presence(
    presence_id: str,
    *,
    status: Literal["idle", "ringing", "busy"] | None = None,
) -> Action:
    """Publish that *presence_id* is `idle` (default), `ringing` or `busy`.

    Follows `cf_manual_presence.erl`.
    """
    return build(
        "manual_presence",
        presence_id=presence_id,
        status=status,
    )


def missed_call_alert(
    recipients: Sequence[Mapping[str, object]],
) -> Action:
    """Alert *recipients* if the call ends unanswered and without a message.

    Follows `cf_missed_call_alert.erl`. A recipient is `{"type": "email", "id": "a@example.com"}`
    or of type `user`, with a user's id.
    """
    return build(
        "missed_call_alert",
        recipients=recipients,
    )


def move() -> Action:
    """Move the caller's other call to this phone (`cf_move.erl`). The flow ends here."""
    return build("move")


def notification(
    recipients: Sequence[Mapping[str, object]],
    *,
    comments: str | None = None,
    notification_media: Sequence[Literal["email", "sms"]] | None = None,
    send_at: Literal["callflow_exec", "channel_destroy"] | None = None,
    template_id: str | None = None,
) -> Action:
    """Send a notification of the account's own making (`cf_notification.erl`).

    *recipients* as for `missed_call_alert`; *send_at* is `channel_destroy` unless set.
    """
    return build(
        "notification",
        recipients=recipients,
        comments=comments,
        notification_media=notification_media,
        send_at=send_at,
        template_id=template_id,
    )


def park(
    action: Literal["direct_park", "park", "retrieve", "auto"] | None = None,
    *,
    slot: str | None = None,
    custom_presence_id: bool | None = None,
    default_callback_timeout: int | None = None,
    default_presence_type: Literal["early", "terminated", "confirmed"] | None = None,
    default_ringback_timeout: int | None = None,
    max_slot_number: int | None = None,
    presence_id: str | None = None,
    slots: Mapping[str, object] | None = None,
) -> Action:
    """Park or retrieve a call in a slot, `park` unless set (`cf_park.erl`).

    The timeouts are milliseconds. Branches: `.on("101", ...)`, the slot number, after a ring-back
    that nobody answered; `.on("MAX_SLOT_EXCEEDED", ...)`; `>>` otherwise.
    """
    return build(
        "park",
        action=action,
        slot=slot,
        custom_presence_id=custom_presence_id,
        default_callback_timeout=default_callback_timeout,
        default_presence_type=default_presence_type,
        default_ringback_timeout=default_ringback_timeout,
        max_slot_number=max_slot_number,
        presence_id=presence_id,
        slots=slots,
    )
