"""A form encoder like KAZOO's, written from the contract alone."""

import json
from typing import Any

UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-~_"


def percent(value: object) -> str:
    """Encode a value as `kz_http_util:urlencode/1` does."""
    if isinstance(value, bool):
        return "true" if value else "false"
    encoded = ""
    for byte in str(value).encode():
        char = chr(byte)
        encoded += char if char in UNRESERVED else "+" if char == " " else f"%{byte:02X}"
    return encoded


def pairs(key: str, value: Any) -> list[str]:
    """Encode one parameter, as its segments."""
    if isinstance(value, dict):
        if not value:
            return [""]
        return [pair for name, item in value.items() for pair in pairs(f"{key}[{name}]", item)]
    if isinstance(value, list):
        texts = [json.dumps(item) if isinstance(item, dict) else item for item in value]
        return [f"{key}[]={percent(text)}" for text in texts] or [""]
    return [f"{key}={percent(value)}"]


def kazoo_form(values: dict[str, Any]) -> str:
    """Encode all parameters as a form."""
    return "&".join(pair for name, value in values.items() for pair in pairs(name, value))
