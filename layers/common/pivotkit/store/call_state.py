"""A call's state in DynamoDB: one item a call, one round trip a request.

`var:<name>` and `once:<scope>:<name>` are JSON texts, `run:<function>:<run>` a list of JSON
texts, one for each step. The item's time to live is part of every condition, because DynamoDB
removes expired items days later.
"""

import json
import os
from collections.abc import Mapping
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from pivotkit.calls.memory import Changes, Known, Step
from pivotkit.calls.tokens import LIFE
from pivotkit.core.errors import StateLost, StateUnavailable
from pivotkit.store.client import client

MAX_STEPS = 100
"""Answers that one run may hold: a conversation that asks for ever is ended."""

_ALIVE = "expires_at > :now"
type Item = Mapping[str, Any]
type Values = dict[str, dict[str, Any]]


class CallState:
    """The CallState table."""

    def __init__(self, table: str, client: Any) -> None:
        self._table = table
        self._client = client

    @classmethod
    def from_environment(cls) -> Self:
        """The table that CALL_STATE_TABLE names; its client is made at once."""
        return cls(os.environ["CALL_STATE_TABLE"], client("dynamodb"))

    def begin(self, call: str, run: str | None, now: int) -> Known:
        """Everything known about *call*; starts *run* if there is one. An expired item is gone."""
        start = [_packed(Step(at=now))]
        item: Values = {"expires_at": {"N": str(now + LIFE)}}
        if run:
            item[run] = {"L": start}
        condition = f"attribute_not_exists(pk) OR {_ALIVE}"
        found = self._update(call, item, {}, condition, now)
        if found is None:
            found = self._replace(call, item, now)
        if found is None:  # another request was faster: what it put there is alive
            found = self._update(call, item, {}, condition, now)
        if found is None:
            raise StateUnavailable("the call's state expires while it is being renewed")
        return _known(found, run)

    def answer(self, call: str, run: str, index: int, step: Step, now: int) -> Known:
        """Append *step* as number *index* of *run*, unless that was done before.

        Raises `StateLost` when the run is not there, or not as far.
        """
        values = {
            ":answer": {"L": [_packed(step)]},
            ":index": {"N": str(index)},
            ":expires": {"N": str(now + LIFE)},
            ":now": {"N": str(now)},
        }
        request = {
            "UpdateExpression": "SET #run = list_append(#run, :answer), expires_at = :expires",
            "ConditionExpression": f"attribute_exists(#run) AND size(#run) = :index AND {_ALIVE}",
            "ExpressionAttributeNames": {"#run": run},
            "ExpressionAttributeValues": values,
        }
        if index >= MAX_STEPS:
            raise StateLost(f"a run of more than {MAX_STEPS} steps")
        found, _ = self._send(call, request)
        known = _known(found if _alive(found, now) else {}, run)
        if len(known.steps) <= index:
            raise StateLost(f"step {index} of a run that has not come so far")
        return known

    def remember(self, call: str, run: str | None, changes: Changes, now: int) -> Known:
        """Keep *changes*; of values made once, those that are there already win."""
        item = {f"var:{name}": _text(value) for name, value in changes.vars.items()}
        once = {f"once:{name}": _text(value) for name, value in changes.once.items()}
        found = self._update(call, item, once, _ALIVE, now)
        if found is None:
            raise StateLost("the call's state expired while it was being answered")
        return _known(found, run)

    def _update(
        self, call: str, item: Values, once: Values, condition: str, now: int
    ) -> Item | None:
        """Set *item*, and those of *once* that are not there. `None`: the condition failed."""
        names = dict(enumerate([*item, *once]))
        sets = [f"#{at} = :{at}" for at, name in names.items() if name in item]
        sets += [
            f"#{at} = if_not_exists(#{at}, :{at})" for at, name in names.items() if name in once
        ]
        request = {
            "UpdateExpression": f"SET {', '.join(sets)}",
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {f"#{at}": name for at, name in names.items()},
            "ExpressionAttributeValues": {
                **{f":{at}": (item | once)[name] for at, name in names.items()},
                ":now": {"N": str(now)},
            },
        }
        found, updated = self._send(call, request)
        return found if updated else None

    def _send(self, call: str, request: dict[str, Any]) -> tuple[Item, bool]:
        """One UpdateItem: what the item holds now, and whether it was updated."""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": call}},
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **request,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise StateUnavailable(error.response["Error"]["Code"]) from error
            refused: dict[str, Any] = dict(error.response)
            return refused.get("Item", {}), False
        except BotoCoreError as error:
            raise StateUnavailable(type(error).__name__) from error
        return answer["Attributes"], True

    def _replace(self, call: str, item: Values, now: int) -> Item | None:
        """Put a new item in the place of an expired one. `None`: it is not expired any more."""
        fresh = {"pk": {"S": call}, **item}
        try:
            self._client.put_item(
                TableName=self._table,
                Item=fresh,
                ConditionExpression=f"NOT {_ALIVE}",
                ExpressionAttributeValues={":now": {"N": str(now)}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        except (ClientError, BotoCoreError) as error:
            raise StateUnavailable(type(error).__name__) from error
        return fresh


def call_key(account_id: str, call_id: str) -> str:
    """The key of a call's item. An account id holds no `#`, so it is unambiguous."""
    return f"{account_id}#{call_id}"


def _known(item: Item, run: str | None) -> Known:
    steps = item.get(run, {}).get("L", []) if run else []
    return Known(
        vars=_texts(item, "var:"),
        once=_texts(item, "once:"),
        steps=tuple(Step(**json.loads(step["S"])) for step in steps),
    )


def _texts(item: Item, prefix: str) -> dict[str, Any]:
    names = (name for name in item if name.startswith(prefix))
    return {name.removeprefix(prefix): json.loads(item[name]["S"]) for name in names}


def _alive(item: Item, now: int) -> bool:
    return int(item.get("expires_at", {}).get("N", 0)) > now


def _text(value: object) -> dict[str, str]:
    return {"S": json.dumps(value, ensure_ascii=False, separators=(",", ":"))}


def _packed(step: Step) -> dict[str, str]:
    fields = {"at": step.at, "question": step.question}
    return _text(fields | {"value": step.value, "length": step.length})
