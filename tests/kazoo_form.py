"""A form encoder of KAZOO's kind, written from the contract alone."""

import json
from typing import Any

UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-~_"


def percent(value: object) -> str:
    """A value as `kz_http_util:urlencode/1` writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    encoded = ""
    for byte in str(value).encode():
        char = chr(byte)
        encoded += char if char in UNRESERVED else "+" if char == " " else f"%{byte:02X}"
    return encoded


def pairs(key: str, value: Any) -> list[str]:
    """One parameter's segments."""
    if isinstance(value, dict):
        if not value:
            return [""]
        return [pair for name, item in value.items() for pair in pairs(f"{key}[{name}]", item)]
    if isinstance(value, list):
        texts = [json.dumps(item) if isinstance(item, dict) else item for item in value]
        return [f"{key}[]={percent(text)}" for text in texts] or [""]
    return [f"{key}={percent(value)}"]


def kazoo_form(values: dict[str, Any]) -> str:
    """All parameters as form text."""
    return "&".join(pair for name, value in values.items() for pair in pairs(name, value))
