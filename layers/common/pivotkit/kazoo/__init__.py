"""Callflow actions: a function for each of the 78 modules that KAZOO executes, named after it.

Actions are loaded on first use, so those that a template does not use cost it nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pivotkit.kazoo.facts import GROUPS

if TYPE_CHECKING:
    from pivotkit.kazoo.action import Action
    from pivotkit.kazoo.bridging import (
        after_bridge,
        conference,
        device,
        endpoint,
        group,
        offnet,
        page_group,
        resources,
        ring_group,
        route_to_cid,
        transfer,
        user,
        voicemail,
    )
    from pivotkit.kazoo.caller_id import (
        check_cid,
        cidlistmatch,
        dynamic_cid,
        lookupcidname,
        nomorobo,
        prepend_cid,
        privacy,
        set_alert_info,
        set_cid,
    )
    from pivotkit.kazoo.control import (
        answer,
        callflow,
        dead_air,
        edr,
        function,
        hangup,
        noop,
        pivot,
        response,
        skel,
        sleep,
        temporal_route,
        wait_for_hangup,
        webhook,
    )
    from pivotkit.kazoo.fax import fax_detect, faxbox, receive_fax
    from pivotkit.kazoo.features import (
        camping_feature,
        conference_feature,
        eavesdrop,
        eavesdrop_feature,
        group_pickup,
        group_pickup_feature,
        hotdesk,
        intercept,
        intercept_feature,
        intercom,
        manual_presence,
        missed_call_alert,
        move,
        notification,
        park,
    )
    from pivotkit.kazoo.prompts import (
        audio_macro,
        collect_dtmf,
        directory,
        disa,
        flush_dtmf,
        language,
        menu,
        play,
        send_dtmf,
        tts,
    )
    from pivotkit.kazoo.queues import acdc_agent, acdc_member, acdc_queue, acdc_wait_time, set  # noqa: A004
    from pivotkit.kazoo.recording import record_call, record_caller
    from pivotkit.kazoo.toggles import call_forward, call_waiting, do_not_disturb, ring_group_toggle
    from pivotkit.kazoo.variables import (
        branch_bnumber,
        branch_variable,
        set_variable,
        set_variables,
    )

__all__ = [
    "Action",
    "acdc_agent",
    "acdc_member",
    "acdc_queue",
    "acdc_wait_time",
    "after_bridge",
    "answer",
    "audio_macro",
    "branch_bnumber",
    "branch_variable",
    "call_forward",
    "call_waiting",
    "callflow",
    "camping_feature",
    "check_cid",
    "cidlistmatch",
    "collect_dtmf",
    "conference",
    "conference_feature",
    "dead_air",
    "device",
    "directory",
    "disa",
    "do_not_disturb",
    "dynamic_cid",
    "eavesdrop",
    "eavesdrop_feature",
    "edr",
    "endpoint",
    "fax_detect",
    "faxbox",
    "flush_dtmf",
    "function",
    "group",
    "group_pickup",
    "group_pickup_feature",
    "hangup",
    "hotdesk",
    "intercept",
    "intercept_feature",
    "intercom",
    "language",
    "lookupcidname",
    "manual_presence",
    "menu",
    "missed_call_alert",
    "move",
    "nomorobo",
    "noop",
    "notification",
    "offnet",
    "page_group",
    "park",
    "pivot",
    "play",
    "prepend_cid",
    "privacy",
    "receive_fax",
    "record_call",
    "record_caller",
    "resources",
    "response",
    "ring_group",
    "ring_group_toggle",
    "route_to_cid",
    "send_dtmf",
    "set",
    "set_alert_info",
    "set_cid",
    "set_variable",
    "set_variables",
    "skel",
    "sleep",
    "temporal_route",
    "transfer",
    "tts",
    "user",
    "voicemail",
    "wait_for_hangup",
    "webhook",
]

_HELPERS = {"Action": "action", "endpoint": "bridging"}


def __getattr__(name: str) -> Any:
    home = GROUPS.get(name) or _HELPERS.get(name)
    if home is None:
        raise AttributeError(f"module 'pivotkit.kazoo' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"pivotkit.kazoo.{home}"), name)
    return found
