"""The template's conventions, for tests."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pivotctl.options import of_template
from pivotctl.sam_template import parse
from scripts.lint_template import ROOT, Template

SHARED_SETTINGS = {
    "POWERTOOLS_SERVICE_NAME",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_LOG_LEVEL",
}
KEYS = {"KEY_HASHES", "SIGNING_SECRETS", "KEY_GENERATION", "REVOKED_KEYS"}
SETTINGS_OF_KIND = {
    "pivot": {*KEYS, "PUBLIC_URL"},
    "webhooks": {*KEYS, "CALL_RECORDS_TABLE", "SPOOL_QUEUE_URL"},
    "cdr": {*KEYS, "CALL_RECORDS_TABLE", "SPOOL_QUEUE_URL"},
    "workers": set(),
    "sockets": {*KEYS, "COMMAND_KEY_HASHES", "SOCKETS_TABLE"},
    "console": {"PUBLIC_URL", "API_URL", "ENDPOINTS"},
}
KEYS_OF_KIND = {
    "pivot": "PivotKeyHashes",
    "webhooks": "WebhookKeyHashes",
    "cdr": "CdrKeyHashes",
}
KEYS_OF_SOCKETS = ("SocketKeyHashes", "CommandKeyHashes")
"""The keys of programs, which are in no URL of KAZOO's."""

LOGS_OF_KIND = {
    "pivot": "PivotLogGroup",
    "webhooks": "WebhooksLogGroup",
    "cdr": "CdrLogGroup",
    "workers": "WorkersLogGroup",
    "sockets": "SocketsLogGroup",
    "console": "ConsoleLogGroup",
}


@dataclass(frozen=True)
class Function:
    """One function: its folder, and what the template says of it."""

    logical_id: str
    folder: Path
    properties: dict[str, Any]

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def kind(self) -> str:
        """The name of the folder above, and `console` for the console."""
        return "console" if self.name == "console" else self.folder.parent.name

    @property
    def variables(self) -> dict[str, Any]:
        """The function's own environment variables."""
        variables: dict[str, Any] = self.properties["Environment"]["Variables"]
        return variables

    @property
    def routes(self) -> list[dict[str, Any]]:
        """The properties of its HTTP API events."""
        events = self.properties["Events"].values()
        return [event["Properties"] for event in events if event["Type"] == "HttpApi"]


def functions(template: Template) -> list[Function]:
    """Return the template's functions."""
    return [
        Function(logical_id, ROOT / resource["Properties"]["CodeUri"], resource["Properties"])
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    ]


def called_by_kazoo(template: Template) -> list[Function]:
    """Return the functions that have a URL for KAZOO."""
    return [function for function in functions(template) if function.kind in KEYS_OF_KIND]


def of_type(template: Template, resource_type: str) -> dict[str, dict[str, Any]]:
    """Return the properties of all resources of a type, by logical id."""
    return {
        logical_id: resource["Properties"]
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == resource_type
    }


def read_of(template: Template, name: str) -> Any:
    """Return the expression that reads an option."""
    return parse(of_template(template)[name].expression)
