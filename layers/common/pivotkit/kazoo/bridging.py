"""Bridging: ring endpoints or dial out. After most of these, `>>` means *nobody answered*."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pivotkit.kazoo.action import Action, build


def after_bridge(
    action: Literal["park", "transfer", "hangup"],
    *,
    data: bool | str | None = None,
) -> Action:
    """Choose what happens to the caller when the next bridge ends (`cf_after_bridge.erl`).

    *data* is a boolean for `park` and `hangup`, and an extension for `transfer`.
    """
    return build("after_bridge", locals())


def conference(
    id: str | None = None,  # noqa: A002
    *,
    config: Mapping[str, object] | None = None,
    moderator: bool | None = None,
    play_entry_tone: bool | str | None = None,
    play_exit_tone: bool | str | None = None,
    welcome_prompt: Mapping[str, object] | None = None,
) -> Action:
    """Put the caller into the conference *id* (32 characters), or one described by *config*.

    Follows `cf_conference.erl`. Without either, the caller is asked for a number. *config* is a
    document of KAZOO's schema `conferences`. Unless *moderator* is set, number and PIN decide who
    is one. A tone is on, off, or a media ID. *welcome_prompt* is `{"play": ..., "media_id": ...}`,
    with an ID or a URL; it is played unless `play` is False. The flow ends here.
    """
    return build("conference", locals())


def device(
    id: str,  # noqa: A002
    *,
    can_call_self: bool | None = None,
    can_text_self: bool | None = None,
    custom_sip_headers: Mapping[str, object] | None = None,
    delay: int | None = None,
    dial_strategy: Literal["simultaneous", "single"] | None = None,
    static_invite: str | None = None,
    suppress_clid: bool | None = None,
    timeout: int | None = None,
) -> Action:
    """Ring one device (`cf_device.erl`).

    *timeout* and *delay* are in seconds; both default to 0, which means KAZOO's own setting.
    *dial_strategy* defaults to `simultaneous`. `>>` leads to what happens when **nobody
    answered**; `.on("USER_BUSY", ...)` or `.on("sip:486", ...)` handle single reasons. After an
    answered call the flow ends.
    """
    return build("device", locals())


def group(
    id: str | None = None,  # noqa: A002
    *,
    endpoints: Sequence[str] | None = None,
    fail_on_single_reject: bool | None = None,
    ignore_forward: bool | None = None,
    repeats: int | None = None,
    ringback: str | None = None,
    ringtones: Mapping[str, object] | None = None,
    strategy: Literal["single", "simultaneous"] | None = None,
    timeout: int | None = None,
) -> Action:
    """Ring the members of the group *id*, or *endpoints* (ids), for *timeout* seconds, default 20.

    Follows `cf_group.erl`. *ignore_forward* is on by default, and *strategy* is `simultaneous`.
    *repeats* (default 1) is the number of rounds. `>>` leads to what happens when **nobody
    answered**; `.on("USER_BUSY", ...)` or `.on("sip:486", ...)` handle single reasons.
    """
    return build("group", locals())


def offnet(
    to_did: str | None = None,
    *,
    bypass_e164: bool | None = None,
    caller_id_type: str | None = None,
    custom_sip_headers: Mapping[str, object] | None = None,
    do_not_normalize: bool | None = None,
    dynamic_flags: Sequence[str] | None = None,
    emit_account_id: bool | None = None,
    format_from_uri: bool | None = None,
    from_uri_realm: str | None = None,
    hunt_account_id: str | None = None,
    ignore_early_media: bool | None = None,
    outbound_flags: Sequence[str] | None = None,
    resource_type: str | None = None,
    ringback: str | None = None,
    timeout: int | None = None,
    use_local_resources: bool | None = None,
) -> Action:
    """Dial *to_did*, or the number dialed, through the global carriers (`cf_offnet.erl`).

    *timeout* is in seconds. *caller_id_type* defaults to `external`; *ignore_early_media* is off.
    KAZOO ignores *use_local_resources*: it is always off. `>>` is not allowed: if the call fails,
    KAZOO looks for `.on("USER_BUSY", ...)`, then `.on("sip:486", ...)`, and without such a branch
    the caller gets a SIP error. Custom application variables are passed on.
    """
    return build("offnet", locals())


def page_group(
    endpoints: Sequence[Mapping[str, object]],
    *,
    audio: Literal["one-way", "two-way"] | None = None,
    barge_calls: bool | None = None,
    timeout: int | None = None,
) -> Action:
    """Page *endpoints*, which answer automatically (`cf_page_group.erl`).

    *audio* defaults to `one-way`, *timeout* to 5 seconds. *barge_calls*, off by default, also
    reaches phones that are in a call. `>>` leads to what happens when there was nobody to page or
    the page **failed**.
    """
    return build("page_group", locals())


def resources(
    to_did: str | None = None,
    *,
    bypass_e164: bool | None = None,
    caller_id_type: str | None = None,
    custom_sip_headers: Mapping[str, object] | None = None,
    do_not_normalize: bool | None = None,
    dynamic_flags: Sequence[str] | None = None,
    emit_account_id: bool | None = None,
    format_from_uri: bool | None = None,
    from_uri_realm: str | None = None,
    hunt_account_id: str | None = None,
    ignore_early_media: bool | None = None,
    outbound_flags: Sequence[str] | None = None,
    resource_type: str | None = None,
    ringback: str | None = None,
    timeout: int | None = None,
    use_local_resources: bool | None = None,
) -> Action:
    """Dial *to_did*, or the number dialed, through carriers, by default the account's own.

    Follows `cf_resources.erl`. *timeout* is in seconds. *caller_id_type* defaults to `external`;
    *ignore_early_media* is off and *use_local_resources* on. `>>` is not allowed: if the call
    fails, KAZOO looks for `.on("USER_BUSY", ...)`, then `.on("sip:486", ...)`, and without such a
    branch the caller gets a SIP error. Custom application variables are passed on.
    """
    return build("resources", locals())


def ring_group(
    endpoints: Sequence[Mapping[str, object]],
    *,
    fail_on_single_reject: bool | None = None,
    ignore_forward: bool | None = None,
    repeats: int | None = None,
    ringback: str | None = None,
    ringtones: Mapping[str, object] | None = None,
    strategy: Literal["simultaneous", "single", "weighted_random"] | None = None,
    timeout: int | None = None,
) -> Action:
    """Ring several *endpoints*, made by `endpoint`, for *timeout* seconds, default 20.

    Follows `cf_ring_group.erl`. *repeats* (default 1) is the number of rounds. *strategy* defaults
    to `simultaneous`, and *ignore_forward* is on. `>>` leads to what happens when **nobody
    answered**; `.on("USER_BUSY", ...)` or `.on("sip:486", ...)` handle single reasons.
    """
    return build("ring_group", locals())


def route_to_cid(
    *,
    can_call_self: bool | None = None,
    can_text_self: bool | None = None,
    cid_types: Sequence[str] | None = None,
    delay: int | None = None,
    endpoint_types: Sequence[str] | None = None,
    static_invite: str | None = None,
    suppress_clid: bool | None = None,
    timeout: int | None = None,
) -> Action:
    """Ring the endpoints whose caller-ID number is the number dialed (`cf_route_to_cid.erl`).

    *timeout* is in seconds; set it, because KAZOO's own default is 0. *cid_types* defaults to
    `["internal"]`, *endpoint_types* to all. KAZOO ignores *delay* (default 0) and rings at once.
    `>>` leads to what happens when no endpoint has the number or **nobody answered**;
    `.on("USER_BUSY", ...)` or `.on("sip:486", ...)` handle single reasons.
    """
    return build("route_to_cid", locals())


def transfer(
    target: str,
    *,
    captures: Sequence[str] | None = None,
    leg: Literal["self", "bleg"] | None = None,
    transfer_type: Literal["attended", "blind"] | None = None,
) -> Action:
    """Transfer the call to the extension or number *target* (`cf_transfer.erl`).

    *transfer_type* defaults to `blind`. *leg*, which matters only for `blind`, defaults to `self`,
    or to `bleg` if *captures* (default `["no_match"]`) is given. The flow ends here.
    """
    return build("transfer", locals())


def user(
    id: str,  # noqa: A002
    *,
    can_call_self: bool | None = None,
    can_text_self: bool | None = None,
    custom_sip_headers: Mapping[str, object] | None = None,
    delay: int | None = None,
    fail_on_single_reject: bool | None = None,
    static_invite: str | None = None,
    strategy: Literal["simultaneous", "single"] | None = None,
    suppress_clid: bool | None = None,
    timeout: int | None = None,
) -> Action:
    """Ring all devices of a user for *timeout* seconds, default 20 (`cf_user.erl`).

    *delay* is in seconds, default 0; *strategy* defaults to `simultaneous`. `>>` leads to what
    happens when **nobody answered**; `.on("USER_BUSY", ...)` or `.on("sip:486", ...)` handle
    single reasons. After an answered call the flow ends.
    """
    return build("user", locals())


def voicemail(
    id: str | None = None,  # noqa: A002
    *,
    action: Literal["check", "compose"] | None = None,
    callerid_match_login: bool | None = None,
    interdigit_timeout: int | None = None,
    max_message_length: int | None = None,
    single_mailbox_login: bool | None = None,
) -> Action:
    """Take a message for the voicemail box *id* (32 characters), or check it (`cf_voicemail.erl`).

    *action* defaults to `compose`. *max_message_length* is in seconds, default 500;
    *interdigit_timeout* in milliseconds, default 2000. *callerid_match_login* and
    *single_mailbox_login* are off by default. `>>` runs after recording or checking.
    """
    return build("voicemail", locals())


def endpoint(
    id: str,  # noqa: A002
    endpoint_type: Literal["user", "device", "group"],
    *,
    delay: int | None = None,
    timeout: int | None = None,
    weight: int | None = None,
) -> dict[str, object]:
    """Return a member for a `ring_group`; *delay* and *timeout* in seconds, *weight* 1 to 100."""
    member = {"id": id, "endpoint_type": endpoint_type}
    extra = {"delay": delay, "timeout": timeout, "weight": weight}
    return member | {name: value for name, value in extra.items() if value is not None}
