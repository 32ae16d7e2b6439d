"""Kinds of functions, and what all functions of a kind have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pivotctl.infra.intrinsics import get_att, ref


@dataclass(frozen=True)
class FunctionKind:
    """A kind of function.

    `triggers` are the keys of a function.yaml that say what starts a function, `label` is what
    KAZOO calls its URL, and `variables`, `may`, `statements`, and `properties` are given to every
    function of the kind. Functions with a `condition` are in the stack under it alone.
    """

    name: str
    log_group: str
    label: str = ""
    triggers: tuple[str, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    may: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    statements: tuple[Mapping[str, Any], ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)
    condition: str = ""
    suffix: str = ""

    @property
    def has_url(self) -> bool:
        """Whether KAZOO calls its functions."""
        return bool(self.label)


STORES_DELIVERIES = {"CallRecordsTable": ("PutItem",), "SpoolQueue": ("SendMessage",)}
"""Permissions of a receiver: a delivery goes into the table, or else into the queue."""

KEYS = {
    "SIGNING_SECRETS": ref("SigningSecrets"),
    "KEY_GENERATION": ref("KeyGeneration"),
    "REVOKED_KEYS": ref("RevokedKeys"),
}
"""Settings of every function with a URL: what its keys are proved with, and which have ended."""

LIMITS_CALLS = "LimitsCalls"
CALL_COUNTS = "CallCountsTable"


def _if_limited(value: Any) -> dict[str, Any]:
    """*value* in a stack that limits each account's calls."""
    return {"Fn::If": [LIMITS_CALLS, value, ref("AWS::NoValue")]}


PIVOT = FunctionKind(
    "pivot",
    log_group="PivotLogGroup",
    label="voice_url",
    variables={
        "PUBLIC_URL": ref("PublicUrl"),
        "KEY_HASHES": ref("PivotKeyHashes"),
        **KEYS,
        "CALLS_PER_MINUTE": ref("CallsPerMinute"),
        "CALL_COUNTS_TABLE": _if_limited(ref(CALL_COUNTS)),
    },
    statements=(
        _if_limited(
            {
                "Effect": "Allow",
                "Action": "dynamodb:UpdateItem",
                "Resource": get_att(CALL_COUNTS),
            }
        ),
    ),
    properties={
        "ReservedConcurrentExecutions": {
            "Fn::If": ["ReservesPivot", ref("PivotConcurrency"), ref("AWS::NoValue")]
        }
    },
)
WEBHOOKS = FunctionKind(
    "webhooks",
    log_group="WebhooksLogGroup",
    label="uri of a webhook",
    variables={
        "KEY_HASHES": ref("WebhookKeyHashes"),
        **KEYS,
        "HOOK_SECRETS": ref("HookSecrets"),
        "SIGNATURE_AGE_SECONDS": ref("SignatureAgeSeconds"),
    },
    may=STORES_DELIVERIES,
)
CDR = FunctionKind(
    "cdr",
    log_group="CdrLogGroup",
    label="cdr_url",
    variables={"KEY_HASHES": ref("CdrKeyHashes"), **KEYS},
    may=STORES_DELIVERIES,
)
WORKERS = FunctionKind(
    "workers",
    log_group="WorkersLogGroup",
    triggers=("events", "queue", "stream", "schedule"),
    suffix="Worker",
)
SOCKETS = FunctionKind(
    "sockets",
    log_group="SocketsLogGroup",
    variables={
        "KEY_HASHES": ref("SocketKeyHashes"),
        "COMMAND_KEY_HASHES": ref("CommandKeyHashes"),
        **KEYS,
    },
    condition="SocketsOn",
)
"""The WebSocket API: in the stack while the worker `sockets` is, which sends it the events."""

CONSOLE = FunctionKind("console", log_group="ConsoleLogGroup", condition="ConsoleOn")
"""The operator's pages: in the stack unless the option Console is off."""

KINDS = {kind.name: kind for kind in (PIVOT, WEBHOOKS, CDR, WORKERS, SOCKETS, CONSOLE)}
"""The kinds by the names of their folders, in the order of template.yaml."""
