"""A webhook of an account, as far as it matters to its deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pivotctl.switch.http.form_encoding import Json

ENCODINGS = {"form": ("post", "form-data"), "json": ("post", "json"), "query": ("get", "form-data")}
"""Encodings of a payload, as a webhook's verb and format."""


@dataclass(frozen=True)
class Webhook:
    """A webhook: `verb` is post, put, or get, `body_format` is form-data or json.

    `retries` is the number of tries without an answer, 1 to 5. Only KAZOO 5 uses `version` (v1 or
    v2), the key that signs v2, and additional headers.
    """

    url: str
    verb: str = "post"
    body_format: str = "form-data"
    retries: int = 2
    custom_data: Mapping[str, Json] = field(default_factory=dict)
    version: str = "v1"
    sha256_key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    id: str = "5f4dcc3b5aa765d61d8327deb882cf99"
