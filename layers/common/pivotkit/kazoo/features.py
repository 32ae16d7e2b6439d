"""Phone system features: pick up, eavesdrop, park, hot-desk, and notify."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pivotkit.kazoo.action import Action, build


def camping_feature() -> Action:
    """Answer, and camp on the captured number: ring it, or if it is busy call back once it is free.

    Follows `cf_camping_feature.erl`. The number must lead to a user, a device, or the carriers, and
    the caller must be at a phone of the account. The flow ends here.
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
    """Put the caller into a conference, like `conference`, with the captured number as the *id*.

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
    """Answer, and eavesdrop on a device or user (`cf_eavesdrop.erl`).

    *device_id* or *user_id* is the target. One of *approved_device_id*, *approved_user_id*, and
    *approved_group_id* is required; the first one given must match the caller. The flow ends here.
    """
    return build("eavesdrop", locals())


def eavesdrop_feature(
    *,
    approved_device_id: str | None = None,
    approved_group_id: str | None = None,
    approved_user_id: str | None = None,
    group_id: str | None = None,
) -> Action:
    """Eavesdrop on the captured extension (`cf_eavesdrop_feature.erl`).

    One of *approved_device_id*, *approved_user_id*, and *approved_group_id* is required; the first
    one given must match the caller. If *group_id* is given, the extension must belong to that
    group. The flow ends here.
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
    """Pick up a ringing call of a device, user, or group (`cf_group_pickup.erl`).

    Give exactly one of *device_id*, *user_id*, and *group_id*: without any, KAZOO crashes; of
    several, it uses the first in this order. The first one given of *approved_device_id*,
    *approved_user_id*, and *approved_group_id* must match the caller; without one, everyone may
    pick up. The flow ends here.
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

    *type* is the kind of target captured, by default `extension`; `device` is a SIP user name, and
    KAZOO does not implement `user` and `group`. An extension must lead to a user, a device, a ring
    group, or a page group. The first one given of *approved_device_id*, *approved_user_id*, and
    *approved_group_id* must match the caller; without one, everyone may pick up. A *device_id*, and
    then a *user_id*, takes precedence over a captured target of another kind. The flow ends here.
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
    """Take over a call of a device, user, or group, even an answered one (`cf_intercept.erl`).

    Give exactly one of *device_id*, *user_id*, and *group_id*; of several, KAZOO would use the
    first in this order. The first one given of *approved_device_id*, *approved_user_id*, and
    *approved_group_id* must match the caller; without one, the caller must be that user, an owner
    of that device, or a member of that group. The flow ends here.
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

    *type* is the kind of target captured: `extension`, or the SIP user name of a `device`; KAZOO
    does not implement `user`. The first one given of *approved_device_id*, *approved_user_id*, and
    *approved_group_id* must match the caller; without one, the caller must be the extension's user
    or an owner of its device. The flow ends here.
    """
    return build("intercept_feature", locals())


def intercom(
    *,
    barge_calls: bool | None = None,
) -> Action:
    """Call the captured extension, which answers automatically (`cf_intercom.erl`).

    *barge_calls*, off by default, also reaches a phone that is in a call. KAZOO runs the
    extension's callflow; `>>` runs if it has none of its own, and after it if the caller is still
    on the line. If the callflow's pattern captured nothing, the caller gets a SIP error.
    """
    return build("intercom", locals())


def manual_presence(
    presence_id: str,
    *,
    status: Literal["idle", "ringing", "busy"] | None = None,
) -> Action:
    """Answer, and publish *status*, by default `idle`, as the presence of *presence_id*.

    Follows `cf_manual_presence.erl`. An ID without `@` belongs to the caller's realm.
    """
    return build("manual_presence", locals())


def missed_call_alert(
    recipients: Sequence[Mapping[str, object]],
) -> Action:
    """Alert *recipients* by e-mail if the call ends unanswered and without a message.

    Follows `cf_missed_call_alert.erl`, which only handles calls from outside the account. A
    recipient is `{"type": "email", "id": "a@example.com"}`, or has a list of addresses as its
    `id`; an empty list means the account's own settings. The schema requires an address for every
    recipient, so KAZOO's type `user`, which takes a user's ID, cannot be used here.
    """
    return build("missed_call_alert", locals())


def move() -> Action:
    """Move the only other call of the caller's user to this phone (`cf_move.erl`).

    If there is none, or more than one, KAZOO tells the caller. The flow ends here.
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

    *recipients* are those of `missed_call_alert`, by default the template's own. The notification
    is sent by *notification_media* when the call ends (`channel_destroy`), or at once if *send_at*
    is `callflow_exec`.
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

    *action* defaults to `park`, which announces the slot and waits for the transfer; `direct_park`
    parks this call, `retrieve` connects to the parked call, and `auto` retrieves it or, if there
    is none, parks this one. *slot* defaults to the number that the callflow's pattern captured, or
    else the first free one from 101; *max_slot_number* limits it. After *default_ringback_timeout*
    milliseconds (default 120000), the phone that parked the call rings for
    *default_callback_timeout* milliseconds (default 30000; not seconds, as the schema says).
    *default_presence_type* defaults to `early` unless configured otherwise. *presence_id* only has
    an effect if *custom_presence_id*, off by default, is on. *slots* configures single slots:
    `{slot: {"ringback_timeout": ..., "callback_timeout": ..., "presence_type": ...,
    "presence_id": ...}}`.

    The flow usually ends here. Branches: `.on("101", ...)`, named after the slot, when nobody
    answers the ring-back, and `.on("MAX_SLOT_EXCEEDED", ...)` when the slot for `direct_park` is
    too high; `>>` runs if that branch is missing.
    """
    return build("park", locals())
