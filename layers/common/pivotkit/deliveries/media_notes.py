"""What is noted of a voicemail or fax whose file was kept: in its record, and on the event bus.

A note lies beside the deliveries that tell of the same thing, under a sort key that no receiver
writes: nobody who may fire a hook can send one.
"""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from pivotkit.core.gregorian import from_gregorian
from pivotkit.http.parameters import Value
from pivotkit.store import Item
from pivotkit.store.records import Delivery, Record

EVENT = "media"
"""The note's name on the bus, and how its sort key begins."""

_FACTS = ("media", "media_bytes", "media_link", "media_problem", "media_type")


@dataclass(frozen=True, kw_only=True)
class MediaNote:
    """One file. `kind` is `voicemail`, `fax`, or `sent_fax`.

    `media` is its place in the bucket, `media_link` where people find it; '' for none.
    `media_problem` says why there is no file, '' if there is. `timestamp` is Gregorian seconds,
    `to` an extension or a number. The other names are KAZOO's.
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
        """The note that *delivery* is; `None` for any other."""
        if not delivery.item["sk"]["S"].startswith(f"{EVENT}#"):
            return None
        told: dict[str, Any] = delivery.values
        return cls(**{each.name: told[each.name] for each in fields(cls) if each.name in told})

    @property
    def values(self) -> dict[str, Value]:
        """What the bus tells: what there is, and KAZOO's field for what an event is called."""
        told = {name: value for name, value in asdict(self).items() if value not in (None, "")}
        return {"event_name": EVENT, **told}

    def item(self, key: str, received_at: int) -> Item:
        """The note as an item of CallRecords, of the thing *key*; in Unix seconds."""
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
