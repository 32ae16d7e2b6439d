"""The layer that the functions share: KAZOO's requests in, KAZOO's answers out.

Names are loaded when they are first used, so that a function pays at its cold start only for what
it needs: one that keeps no state never imports the AWS SDK.
"""

import gc
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pivotkit.answers import Flow
    from pivotkit.call import Call, Caller
    from pivotkit.cdr import CallDetail, cdr_sink
    from pivotkit.conversations import Conversation, ask, conversation
    from pivotkit.customers import Customer, Customers
    from pivotkit.directory import Directory
    from pivotkit.records import CallRecords, Delivery, Fact, Record
    from pivotkit.schedules import scheduled
    from pivotkit.settings import choice, setting
    from pivotkit.shell import pivot
    from pivotkit.webhooks import webhook
    from pivotkit.workers import worker

_HOME = {
    "Call": "call",
    "CallDetail": "cdr",
    "CallRecords": "records",
    "Caller": "call",
    "Conversation": "conversations",
    "Customer": "customers",
    "Customers": "customers",
    "Delivery": "records",
    "Directory": "directory",
    "Fact": "records",
    "Flow": "answers",
    "Record": "records",
    "ask": "conversations",
    "cdr_sink": "cdr",
    "choice": "settings",
    "conversation": "conversations",
    "pivot": "shell",
    "scheduled": "schedules",
    "setting": "settings",
    "webhook": "webhooks",
    "worker": "workers",
}

__all__ = [
    "Call",
    "CallDetail",
    "CallRecords",
    "Caller",
    "Conversation",
    "Customer",
    "Customers",
    "Delivery",
    "Directory",
    "Fact",
    "Flow",
    "Record",
    "ask",
    "cdr_sink",
    "choice",
    "conversation",
    "pivot",
    "scheduled",
    "setting",
    "webhook",
    "worker",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'pivotkit' has no attribute {name!r}")
    collecting = gc.isenabled()
    gc.disable()  # a pass over fresh modules finds nothing, and is a tenth of a cold start
    try:
        return getattr(import_module(f"pivotkit.{_HOME[name]}"), name)
    finally:
        if collecting:
            gc.enable()
