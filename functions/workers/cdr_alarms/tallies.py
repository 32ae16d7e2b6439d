"""Sums by account and window of time, to which each thing that is counted adds once.

They are items of CallState, and expire six weeks after the last addition:

    tally#<account>#<window>    a number `sum:<name>` for each sum
    tallied#<key>               the mark of what has been added
"""

import os
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from pivotkit.store.client import client

KEPT_SECONDS = 42 * 86_400
"""How long sums and marks live: what comes again later than that would count twice."""

_SUM = "sum:"
_TRIES = 8
_PAUSE_SECONDS = 0.05

type Sums = Mapping[str, int]


class TallyBusy(Exception):
    """Other transactions kept meeting this one: what was to be added has to come again."""


class Tallies:
    """The sums of all accounts. Every method raises what the SDK raises."""

    def __init__(self) -> None:
        self._table = os.environ["CALL_STATE_TABLE"]
        self._client = client("dynamodb")

    def add(self, key: str, account: str, amounts: Mapping[str, Sums]) -> bool:
        """Add *amounts*, by window and name, unless that was done under *key*; whether it was new.

        Sums and mark are written in one transaction. One that meets others is tried again, and
        raises `TallyBusy` in the end.
        """
        expires = {"N": str(int(time.time()) + KEPT_SECONDS)}
        steps = [self._mark(key, expires)]
        steps += [self._sum(account, window, sums, expires) for window, sums in amounts.items()]
        for tried in range(1, _TRIES):
            try:
                return self._written(steps)
            except TallyBusy:
                time.sleep(tried * random.uniform(0, _PAUSE_SECONDS))  # noqa: S311
        return self._written(steps)

    def _written(self, steps: Sequence[Mapping[str, Any]]) -> bool:
        try:
            self._client.transact_write_items(TransactItems=steps)
        except ClientError as error:
            reasons = list(_reasons(error))
            if reasons[:1] == ["ConditionalCheckFailed"]:
                return False
            if "TransactionConflict" in reasons:
                raise TallyBusy from error
            raise
        return True

    def of(self, account: str, windows: Sequence[str]) -> list[Sums]:
        """The sums of each of *windows* by name, in one round trip; none where nothing was added.

        What was added before is in them.
        """
        keys = {window: _tally(account, window) for window in windows}
        wanted = {"Keys": [{"pk": {"S": pk}} for pk in keys.values()], "ConsistentRead": True}
        answer = self._client.batch_get_item(RequestItems={self._table: wanted})
        if answer["UnprocessedKeys"]:
            raise TimeoutError("DynamoDB left keys unread")
        found = {item["pk"]["S"]: _sums(item) for item in answer["Responses"][self._table]}
        return [found.get(pk, {}) for pk in keys.values()]

    def _mark(self, key: str, expires: Mapping[str, str]) -> dict[str, Any]:
        put = {
            "TableName": self._table,
            "Item": {"pk": {"S": f"tallied#{key}"}, "expires_at": expires},
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        return {"Put": put}

    def _sum(
        self, account: str, window: str, sums: Sums, expires: Mapping[str, str]
    ) -> dict[str, Any]:
        terms = ", ".join(f"#n{place} :n{place}" for place in range(len(sums)))
        names = {f"#n{place}": f"{_SUM}{name}" for place, name in enumerate(sums)}
        values = {f":n{place}": {"N": str(by)} for place, by in enumerate(sums.values())}
        update = {
            "TableName": self._table,
            "Key": {"pk": {"S": _tally(account, window)}},
            "UpdateExpression": f"SET expires_at = :expires ADD {terms}",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {":expires": expires, **values},
        }
        return {"Update": update}


def _tally(account: str, window: str) -> str:
    return f"tally#{account}#{window}"


def _sums(item: Mapping[str, Any]) -> dict[str, int]:
    return {
        name.removeprefix(_SUM): int(value["N"])
        for name, value in item.items()
        if name.startswith(_SUM)
    }


def _reasons(error: ClientError) -> Iterator[str]:
    """Why each step of a transaction was refused; nothing for another error."""
    reasons: Any = error.response.get("CancellationReasons") or []
    return (str(reason.get("Code")) for reason in reasons)
