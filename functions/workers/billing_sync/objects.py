"""The documents of KAZOO that deliveries report as created, edited, or deleted."""

import os
from urllib.parse import quote

from pivotkit.events import ObjectEvent
from pivotkit.store.client import client
from pivotkit.store.records import Delivery

DELETED = "doc_deleted"


class ChangedObjects:
    """Documents, as the deliveries in CallRecords know them."""

    def __init__(self) -> None:
        self._table = os.environ["CALL_RECORDS_TABLE"]
        self._client = client("dynamodb")

    def is_deleted(self, delivery: Delivery) -> bool:
        """Return whether any delivery reports that the document of *delivery* was deleted.

        Deliveries come in no order, and KAZOO never reuses an ID: deleted is deleted for good.
        """
        if delivery.name == DELETED:
            return True
        answer = self._client.query(
            TableName=self._table,
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
