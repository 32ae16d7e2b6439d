"""The layer that the functions share: reads KAZOO's requests, renders answers for KAZOO.

Names are loaded on first use, so that a cold start pays only for what the function needs. A
function without state never imports the AWS SDK.
"""

import gc
import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pivotkit.calls.call import Call, Caller
    from pivotkit.calls.conversations import Asking, Conversation, ask, conversation
    from pivotkit.calls.handler import pivot
    from pivotkit.calls.render import Flow
    from pivotkit.core.settings import setting
    from pivotkit.deliveries.cdrs import CallDetail, cdr_sink
    from pivotkit.deliveries.webhooks import webhook
    from pivotkit.store.account_settings import AccountSettings
    from pivotkit.store.call_records import CallRecords
    from pivotkit.store.directory import Directory, SharedDirectory
    from pivotkit.store.records import Delivery, Fact, Record
    from pivotkit.workers.scheduled import scheduled
    from pivotkit.workers.worker import worker

if "AWS_LAMBDA_RUNTIME_API" in os.environ:
    # A pass over fresh modules finds nothing, and all passes are a tenth of a cold start. Requests
    # free what they allocate, so that the objects of INIT and these are hardly ever reached.
    gc.set_threshold(50_000)

_HOME = {
    "AccountSettings": "store.account_settings",
    "Asking": "calls.conversations",
    "Call": "calls.call",
    "CallDetail": "deliveries.cdrs",
    "CallRecords": "store.call_records",
    "Caller": "calls.call",
    "Conversation": "calls.conversations",
    "Delivery": "store.records",
    "Directory": "store.directory",
    "Fact": "store.records",
    "Flow": "calls.render",
    "Record": "store.records",
    "SharedDirectory": "store.directory",
    "ask": "calls.conversations",
    "cdr_sink": "deliveries.cdrs",
    "conversation": "calls.conversations",
    "pivot": "calls.handler",
    "scheduled": "workers.scheduled",
    "setting": "core.settings",
    "webhook": "deliveries.webhooks",
    "worker": "workers.worker",
}

__all__ = [
    "AccountSettings",
    "Asking",
    "Call",
    "CallDetail",
    "CallRecords",
    "Caller",
    "Conversation",
    "Delivery",
    "Directory",
    "Fact",
    "Flow",
    "Record",
    "SharedDirectory",
    "ask",
    "cdr_sink",
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
    return getattr(import_module(f"pivotkit.{_HOME[name]}"), name)
