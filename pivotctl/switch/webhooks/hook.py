"""A webhook of an account, as far as it matters to its deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pivotctl.switch.http.form_encoding import Json


@dataclass(frozen=True)
class Webhook:
    """A webhook document: `verb` post, put or get, `body_format` form-data or json, and its `id`.

    `retries` is how often it is sent when nobody answers, 1 to 5. Only KAZOO 5 reads the last
    three: `version` v1 or v2, the key that signs v2, and headers of its own.
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
