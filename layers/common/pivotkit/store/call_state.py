"""A call's state in DynamoDB: one item a call, one round trip a request.

`var:<name>` and `once:<scope>:<name>` are JSON texts; `run:<function>:<run>` is a list of JSON
texts, one for each step. The item's expiry is part of every condition, because DynamoDB removes
expired items days later.
"""

import json
from collections.abc import Mapping
from typing import Any, Self

from pivotkit.core.errors import StateLost, StateUnavailable
from pivotkit.store import LIFE, Item
from pivotkit.store.remembered import Changes, Remembered, Step
from pivotkit.store.table import Table

MAX_STEPS = 100
"""Answers that a run may hold. A conversation that never stops asking ends there."""

_ALIVE = "expires_at > :now"
_STEP_FIELDS = frozenset(Step._fields)


class CallState:
    """The CallState table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    @classmethod
    def from_environment(cls) -> Self:
        """The table that CALL_STATE_TABLE names; its client is made at once."""
        return cls(Table.from_environment("CALL_STATE_TABLE"))

    def begin(self, call: str, run: str | None, now: int) -> Remembered:
        """Return what is stored of *call*, and start *run* if given. Expired state is replaced."""
        item: Item = {"expires_at": {"N": str(now + LIFE)}}
        if run:
            item[run] = {"L": [_packed(Step(at=now))]}
        condition = f"attribute_not_exists(pk) OR {_ALIVE}"
        found = self._update(call, item, {}, condition, now)
        if found is None:
            found = self._replace(call, item, now)
        if found is None:  # another request was faster, and what it wrote is alive
            found = self._update(call, item, {}, condition, now)
        if found is None:
            raise StateUnavailable("the call's state expires while it is being renewed")
        return _remembered(found, run)

    def answer(self, call: str, run: str, index: int, step: Step, now: int) -> Remembered:
        """Append *step* as number *index* of *run*, unless it is there already.

        Raises `StateLost` when the run is missing or too short.
        """
        if index >= MAX_STEPS:
            raise StateLost(f"a run of more than {MAX_STEPS} steps")
        _, found = self._write(
            call,
            UpdateExpression="SET #run = list_append(#run, :answer), expires_at = :expires",
            ConditionExpression=f"attribute_exists(#run) AND size(#run) = :index AND {_ALIVE}",
            ExpressionAttributeNames={"#run": run},
            ExpressionAttributeValues={
                ":answer": {"L": [_packed(step)]},
                ":index": {"N": str(index)},
                ":expires": {"N": str(now + LIFE)},
                ":now": {"N": str(now)},
            },
        )
        stored = _remembered(found if _alive(found, now) else {}, run)
        if len(stored.steps) <= index:
            raise StateLost(f"step {index} of a run that has not come so far")
        return stored

    def peek(self, call: str, run: str | None, now: int) -> Remembered:
        """Return what is stored of *call*, and nothing if it has expired. Writes nothing."""
        item: Item = self._table.ask("get_item", Key={"pk": {"S": call}}).get("Item", {})
        return _remembered(item if _alive(item, now) else {}, run)

    def remember(self, call: str, run: str | None, changes: Changes, now: int) -> Remembered:
        """Store *changes*. Values made once that are stored already win."""
        item = {f"var:{name}": _text(value) for name, value in changes.vars.items()}
        once = {f"once:{name}": _text(value) for name, value in changes.once.items()}
        found = self._update(call, item, once, _ALIVE, now)
        if found is None:
            raise StateLost("the call's state expired while it was being answered")
        return _remembered(found, run)

    def _update(self, call: str, item: Item, once: Item, condition: str, now: int) -> Item | None:
        """Set *item*, and what is missing of *once*. `None` when the condition failed."""
        names = dict(enumerate([*item, *once]))
        sets = [f"#{at} = :{at}" for at, name in names.items() if name in item]
        sets += [
            f"#{at} = if_not_exists(#{at}, :{at})" for at, name in names.items() if name in once
        ]
        done, found = self._write(
            call,
            UpdateExpression=f"SET {', '.join(sets)}",
            ConditionExpression=condition,
            ExpressionAttributeNames={f"#{at}": name for at, name in names.items()},
            ExpressionAttributeValues={
                **{f":{at}": (item | once)[name] for at, name in names.items()},
                ":now": {"N": str(now)},
            },
        )
        return found if done else None

    def _write(self, call: str, **request: Any) -> tuple[bool, Item]:
        """Send one UpdateItem: whether the item was updated, and what it holds now."""
        return self._table.write(
            "update_item",
            Key={"pk": {"S": call}},
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **request,
        )

    def _replace(self, call: str, item: Item, now: int) -> Item | None:
        """Put a new item in place of an expired one. `None` when it is no longer expired."""
        fresh = {"pk": {"S": call}, **item}
        written = self._table.write(
            "put_item",
            Item=fresh,
            ConditionExpression=f"NOT {_ALIVE}",
            ExpressionAttributeValues={":now": {"N": str(now)}},
        )
        return fresh if written.done else None


def call_key(account_id: str, call_id: str) -> str:
    """The key of a call's item. An account id holds no `#`, so it is unambiguous."""
    return f"{account_id}#{call_id}"


def _remembered(item: Item, run: str | None) -> Remembered:
    steps = item.get(run, {}).get("L", []) if run else []
    return Remembered(
        vars=_values(item, "var:"),
        once=_values(item, "once:"),
        steps=tuple(_step(json.loads(step["S"])) for step in steps),
    )


def _step(fields: Mapping[str, Any]) -> Step:
    """The step in *fields*, without those that only a later layer knows."""
    return Step(**{name: value for name, value in fields.items() if name in _STEP_FIELDS})


def _values(item: Item, prefix: str) -> dict[str, Any]:
    names = (name for name in item if name.startswith(prefix))
    return {name.removeprefix(prefix): json.loads(item[name]["S"]) for name in names}


def _alive(item: Mapping[str, Any], now: int) -> bool:
    return int(item.get("expires_at", {}).get("N", 0)) > now


def _text(value: object) -> dict[str, str]:
    return {"S": json.dumps(value, ensure_ascii=False, separators=(",", ":"))}


def _packed(step: Step) -> dict[str, str]:
    fields = {"at": step.at, "question": step.question}
    return _text(fields | {"value": step.value, "length": step.length})
