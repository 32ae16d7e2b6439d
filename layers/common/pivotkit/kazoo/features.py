"""Features of a phone system: pick up, listen in, park, log in, notify."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pivotkit.kazoo.action import Action, build


def camping_feature() -> Action:
    """Camp on the captured number: ring it if it is free, else call back when it is.

    Follows `cf_camping_feature.erl`. It answers. The number has to lead to a user, a device or the
    carriers, the caller to be at a phone of the account. The flow ends here.
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
    """As `conference`, with what the callflow's pattern captured in place of *id*.

    Follows `cf_conference_feature.erl`. The flow ends here.
    """
    return build("conference_feature", locals())


def eavesdrop(
    *,
    approved_device_id: str | None = None,
    approved_group_id: str | None = None,
    approved_user_id: str | None = None,
    device_id: str | None = None,
    user_id: str | None = None,
) -> Action:
    """Answer, and listen in on a device or user (`cf_eavesdrop.erl`).

    *device_id* or *user_id* says on whom. One of *approved_device_id*, *approved_user_id* and
    *approved_group_id* is needed; the first that is given has to be the caller's. The flow ends
    here.
    """
    return build("eavesdrop", locals())


def eavesdrop_feature(
    *,
    approved_device_id: str | None = None,
    approved_group_id: str | None = None,
    approved_user_id: str | None = None,
    group_id: str | None = None,
) -> Action:
    """Listen in on the captured extension (`cf_eavesdrop_feature.erl`).

    One of *approved_device_id*, *approved_user_id* and *approved_group_id* is needed; the first
    that is given has to be the caller's. The extension has to be of the group *group_id* if that
    is given. The flow ends here.
    """
    return build("eavesdrop_feature", locals())


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

    Exactly one of *device_id*, *user_id* and *group_id* says whose: without any KAZOO crashes, of
    several it takes the first in this order. Of *approved_device_id*, *approved_user_id* and
    *approved_group_id* the first that is given has to be the caller's; without one everybody may.
    The flow ends here.
    """
    return build("group_pickup", locals())


def group_pickup_feature(
    type: Literal["group", "user", "device", "extension"] | None = None,  # noqa: A002
    *,
    approved_device_id: str | None = None,
    approved_group_id: str | None = None,
    approved_user_id: str | None = None,
    device_id: str | None = None,
    group_id: str | None = None,
    user_id: str | None = None,
) -> Action:
    """Pick up a ringing call of the captured extension (`cf_group_pickup_feature.erl`).

    *type* says what was captured, default `extension`; `device` is a SIP user name, `user` and
    `group` are not implemented in KAZOO. An extension has to lead to a user, a device, a ring group
    or a page group. Of *approved_device_id*, *approved_user_id* and *approved_group_id* the first
    that is given has to be the caller's; without one everybody may. A *device_id*, and then a
    *user_id*, beats a target of another kind that was captured. The flow ends here.
    """
    return build("group_pickup_feature", locals())


def hotdesk(
    action: Literal["logout", "login", "toggle", "bridge"],
    *,
    id: str | None = None,  # noqa: A002
    interdigit_timeout: int | None = None,
) -> Action:
    """Log in, out or toggle at this phone, or ring the user's phones: `bridge` (`cf_hotdesk.erl`).

    *id* is the user's; without it the caller is asked for a hot-desk id, with at most
    *interdigit_timeout* milliseconds (default 2000; not seconds, as the schema says) between two
    digits, but `logout` first looks for the phone's only owner. `bridge` rings for 20 seconds, and
    the flow goes on even when somebody answered; `.on("USER_BUSY", ...)` or `.on("sip:486", ...)`
    tells failures apart.
    """
    return build("hotdesk", locals())


def intercept(
    *,
    approved_device_id: str | None = None,
    approved_group_id: str | None = None,
    approved_user_id: str | None = None,
    device_id: str | None = None,
    group_id: str | None = None,
    user_id: str | None = None,
) -> Action:
    """Take over a call of a device, user or group, also an answered one (`cf_intercept.erl`).

    Exactly one of *device_id*, *user_id* and *group_id* says whose; of several KAZOO would take
    the first in this order. Of *approved_device_id*, *approved_user_id* and *approved_group_id*
    the first that is given has to be the caller's; without one the caller has to be that user, an
    owner of that device or a member of that group. The flow ends here.
    """
    return build("intercept", locals())


def intercept_feature(
    type: Literal["user", "device", "extension"],  # noqa: A002
    *,
    approved_device_id: str | None = None,
    approved_group_id: str | None = None,
    approved_user_id: str | None = None,
) -> Action:
    """Take over a call of the captured extension (`cf_intercept_feature.erl`).

    *type* says what was captured: `extension`, or the SIP user name of a `device`; `user` is not
    implemented in KAZOO. Of *approved_device_id*, *approved_user_id* and *approved_group_id* the
    first that is given has to be the caller's; without one the caller has to be the extension's
    user, or an owner of its device. The flow ends here.
    """
    return build("intercept_feature", locals())


def intercom(
    *,
    barge_calls: bool | None = None,
) -> Action:
    """Call the captured extension, which answers by itself (`cf_intercom.erl`).

    *barge_calls*, off unless set, also reaches a phone that is in a call. KAZOO runs the
    extension's callflow; `>>` leads on when it has none of its own, and after it if the caller is
    still there. Where the callflow's pattern captured nothing the caller gets a SIP error.
    """
    return build("intercom", locals())


def manual_presence(
    presence_id: str,
    *,
    status: Literal["idle", "ringing", "busy"] | None = None,
) -> Action:
    """Answer, and publish the *status* of *presence_id*, `idle` unless set.

    Follows `cf_manual_presence.erl`. An id without `@` is of the caller's realm.
    """
    return build("manual_presence", locals())


def missed_call_alert(
    recipients: Sequence[Mapping[str, object]],
) -> Action:
    """Alert *recipients* by e-mail if the call ends unanswered and without a message.

    Follows `cf_missed_call_alert.erl`, which only looks at calls from outside the account. A
    recipient is `{"type": "email", "id": "a@example.com"}`, or has a list of addresses as its
    `id`; without any the account's own settings say who is told. The schema wants an address of
    every recipient, so that KAZOO's type `user`, which takes a user's id, cannot be used here.
    """
    return build("missed_call_alert", locals())


def move() -> Action:
    """Move the only other call of the caller's user to this phone (`cf_move.erl`).

    With none or several the caller hears so. The flow ends here.
    """
    return build("move")


def notification(
    template_id: str,
    recipients: Sequence[Mapping[str, object]] | None = None,
    *,
    comments: str | None = None,
    notification_media: Sequence[Literal["email", "sms"]] | None = None,
    send_at: Literal["callflow_exec", "channel_destroy"] | None = None,
) -> Action:
    """Send the account's own notification *template_id* (`cf_notification.erl`).

    *recipients* as for `missed_call_alert`, the template's own unless set. It is sent when the
    call ends, `channel_destroy`, unless *send_at* is `callflow_exec`, by the *notification_media*
    that are given.
    """
    return build("notification", locals())


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
    """Park or retrieve a call in a slot (`cf_park.erl`).

    *action* is `park` unless set: `park` tells the caller the slot and waits for the transfer,
    `direct_park` parks this call, `retrieve` connects to who is parked, and `auto` retrieves or
    else parks. *slot* is the number that the callflow's pattern captured, else the first free one
    from 101; *max_slot_number* limits it. After *default_ringback_timeout* milliseconds (default
    120000) whoever parked the call is rung for *default_callback_timeout* (default 30000, also
    milliseconds, whatever the schema says). *default_presence_type* is `early` unless set or
    configured. *custom_presence_id*, off unless set, makes *presence_id* count. *slots* is `{slot:
    {"ringback_timeout": ..., "callback_timeout": ..., "presence_type": ..., "presence_id": ...}}`,
    for single slots.

    The flow mostly ends here. Branches: `.on("101", ...)`, the slot, after a ring-back that nobody
    answered, and `.on("MAX_SLOT_EXCEEDED", ...)` when `direct_park` finds the slot too high; `>>`
    where that branch is missing.
    """
    return build("park", locals())
