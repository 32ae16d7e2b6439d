"""Notes of stored voicemail and fax files, for the record of each and for the event bus.

A note is stored beside the deliveries about the same voicemail or fax, under a sort key that no
receiver writes, so that a note cannot be forged by firing a hook.
"""

import json
import re
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from pivotkit.core.gregorian import from_gregorian
from pivotkit.core.setting_types import Text
from pivotkit.http.parameters import Value
from pivotkit.store import Item
from pivotkit.store.records import Delivery, Record

EVENT = "media"
"""The note's event name on the bus, and the start of its sort key."""

_ADDRESS = re.compile(r"https://[A-Za-z0-9.:/_~=&?%-]+")
_FACTS = ("media", "media_bytes", "media_link", "media_problem", "media_type")


class MediaLink(Text):
    """The kind of links to stored files, as a setting."""

    __slots__ = ()
    label = "kind of link"
    rule = "must be console, s3, none, or the address of a page that begins with https://"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* is a kind of link, or the address of a page."""
        return text in {"console", "s3", "none"} or bool(_ADDRESS.fullmatch(text))


@dataclass(frozen=True, kw_only=True)
class MediaNote:
    """One file. `kind` is `voicemail`, `fax`, or `sent_fax`.

    `media` is its key in the bucket and `media_link` a link for people, each '' if there is none.
    `media_problem` is the reason why there is no file. `timestamp` is Gregorian seconds, `to` an
    extension or a number. The other names are KAZOO's.
    """

    account_id: str
    kind: str
    timestamp: int
    media: str = ""
    media_bytes: int = 0
    media_link: str = ""
    media_problem: str = ""
    media_type: str = ""
    call_id: str | None = None
    caller_id_name: str | None = None
    caller_id_number: str | None = None
    to: str | None = None

    @classmethod
    def of(cls, delivery: Delivery) -> Self | None:
        """The note in *delivery*, or `None` if it is another kind of delivery."""
        if not delivery.item["sk"]["S"].startswith(f"{EVENT}#"):
            return None
        values: dict[str, Any] = delivery.values
        return cls(**{each.name: values[each.name] for each in fields(cls) if each.name in values})

    @property
    def values(self) -> dict[str, Value]:
        """The note as an event: its values that are not empty, and KAZOO's field for the name."""
        given = {name: value for name, value in asdict(self).items() if value not in (None, "")}
        return {"event_name": EVENT, **given}

    def item(self, key: str, received_at: int) -> Item:
        """The note as an item of CallRecords under *key*. *received_at* is Unix seconds."""
        values = self.values
        facts: dict[str, Any] = {name: values[name] for name in _FACTS if name in values}
        record = Record("noted", from_gregorian(self.timestamp), facts)
        return {
            "pk": {"S": key},
            "sk": {"S": f"{EVENT}#{self.kind}"},
            "item": {"S": "delivery"},
            "received_at": {"N": str(received_at)},
            "method": {"S": "POST"},
            "content_type": {"S": "application/json"},
            "body": {"S": json.dumps(values, ensure_ascii=False, separators=(",", ":"))},
            "record": {"S": record.as_json()},
        }
