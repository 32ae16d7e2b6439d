"""The documents of KAZOO that deliveries report as created, edited, or deleted."""

from urllib.parse import quote

from pivotkit.events import ObjectEvent
from pivotkit.store.records import Delivery
from pivotkit.store.table import Table

DELETED = "doc_deleted"


class ChangedObjects:
    """Documents, as the deliveries in CallRecords know them. Raises `StateUnavailable`."""

    def __init__(self) -> None:
        self._table = Table.from_environment("CALL_RECORDS_TABLE")

    def is_deleted(self, delivery: Delivery) -> bool:
        """Return whether any delivery reports that the document of *delivery* was deleted.

        Deliveries come in no order, and KAZOO never reuses an ID: deleted is deleted for good.
        """
        if delivery.name == DELETED:
            return True
        answer = self._table.ask(
            "query",
            KeyConditionExpression="pk = :pk AND begins_with(sk, :deleted)",
            ExpressionAttributeValues={
                ":pk": {"S": delivery.key},
                ":deleted": {"S": f"event#{DELETED}#"},
            },
            ConsistentRead=True,
            Limit=1,
            Select="COUNT",
        )
        return bool(answer["Count"])


def path_of(event: ObjectEvent) -> str:
    """Return the path of a document: `/accounts/<account>/<type>/<id>`."""
    segments = (event.account_id, event.type or "", event.id or "")
    return "/accounts/" + "/".join(quote(segment, safe="") for segment in segments)
