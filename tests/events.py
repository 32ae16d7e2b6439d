"""API Gateway events, for tests that hand a request to the layer."""

import base64
from typing import Any
from urllib.parse import urlsplit

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

ACCOUNT = "4e3ae97ad5a54b65b6b3a2b2f6e1d2c0"
CALL = "7c1f4a52-5f0d-4d1e-9b1e-2b6a5f3d9c11@198.51.100.23"
ASKED = (
    f"Account-ID={ACCOUNT}&Api-Version=4.x&Call-ID=7c1f4a52-5f0d-4d1e-9b1e-2b6a5f3d9c11%40198."
    "51.100.23&Caller-ID-Name=Jane+%22JD%22+Doe&Caller-ID-Number=%2B14155550199&&&Direction=inbound"
    "&From=%2B14155550199&From-Realm=pstn.example&Language=en-us&Request=2030&To=2030"
)
"""A first request in KAZOO's form encoding."""


def event(
    body: str | bytes = "",
    *,
    method: str = "POST",
    url: str = "",
    key: str = "pivot-development",
    content_type: str = FORM,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    """A request as API Gateway's payload 2.0 delivers it: forms come base64-encoded."""
    data = body.encode() if isinstance(body, str) else body
    return {
        "version": "2.0",
        "rawPath": f"/{key}/pivot/test",
        "rawQueryString": urlsplit(url).query,
        "headers": {"content-type": content_type, **(headers or {})},
        "requestContext": {
            "domainName": "abc123.execute-api.eu-central-1.amazonaws.com",
            "stage": "$default",
            "http": {"method": method.upper(), "path": f"/{key}/pivot/test"},
        },
        "pathParameters": {"key": key},
        "body": base64.b64encode(data).decode(),
        "isBase64Encoded": True,
    }
