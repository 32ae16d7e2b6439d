"""Which of KAZOO's documents came, changed and went, for a system that has copies of them."""

import os
from urllib.parse import quote

from pivotkit.events import ObjectEvent
from pivotkit.store.client import client
from pivotkit.store.records import Delivery

DELETED = "doc_deleted"


class ChangedObjects:
    """Reads changes of documents out of deliveries."""

    def __init__(self) -> None:
        self._table = os.environ["CALL_RECORDS_TABLE"]
        self._client = client("dynamodb")

    def is_gone(self, delivery: Delivery) -> bool:
        """Whether the document of *delivery* was deleted, as far as any delivery tells.

        Deliveries come in no order, and KAZOO gives no id twice: once deleted is deleted for good.
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


def place(event: ObjectEvent) -> str:
    """The path of a document: `/accounts/<account>/<type>/<id>`."""
    parts = (event.account_id, event.type or "", event.id or "")
    return "/accounts/" + "/".join(quote(part, safe="") for part in parts)
