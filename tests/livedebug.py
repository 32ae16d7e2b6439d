"""A stack with Live Debug, for tests: its table, and steps that are kept when the test says so."""

import json
import os
import time
from typing import Any

import pytest

from pivotctl.project import Project
from pivotctl.stack.aws import create_table
from pivotkit.calls.call import Call
from pivotkit.store.call_index import CallIndex
from pivotkit.store.steps import CodeVersion, Kept
from tests.aws import aws_client

TABLE = "CallIndexTable"
FILLED = "the-call"
"""The Call-ID of the call that is filled in, in each account."""


class Later:
    """Work that answers have left. A test does it when it likes, in its own thread."""

    def __init__(self) -> None:
        self.left: list[tuple[Any, Any]] = []

    def do(self, until: float = float("inf")) -> None:
        """Do what is left, as an extension whose invocation ends *until*."""
        left, self.left = self.left, []
        for work, item in left:
            if item is not None:
                work(item, until)


def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Take the place of the thread that works after an answer."""
    made = Later()

    class AfterAnswer:
        """A thread that waits for the test."""

        def __init__(self, work: Any) -> None:
            self._work = work

        @classmethod
        def from_environment(cls, work: Any) -> "AfterAnswer":
            return cls(work)

        def __class_getitem__(cls, _: Any) -> "type[AfterAnswer]":
            return cls

        def start(self) -> None:
            """Start nothing."""

        def add(self, item: Any) -> None:
            """Leave an item to the test."""
            made.left.append((self._work, item))

    monkeypatch.setattr("pivotkit.store.step_keeper.AfterAnswer", AfterAnswer)
    return made


def index_table(project: Project, monkeypatch: pytest.MonkeyPatch) -> str:
    """Create the table, and set the variables that name it. Returns its name."""
    table = project.with_live_debug().tables[TABLE]
    create_table(aws_client("dynamodb"), table)
    monkeypatch.setenv("CALL_INDEX_TABLE", table.name)
    monkeypatch.setenv("LIVE_DEBUG_DAYS", "14")
    return table.name


def items(table: str, sort: str = "sk") -> list[dict[str, Any]]:
    """All items of a table: a test's own, few ones."""
    found: list[dict[str, Any]] = aws_client("dynamodb").scan(TableName=table)["Items"]
    return sorted(found, key=lambda item: str(item[sort]["S"]))


def fill_call(account: str, mark: str, caller: str) -> None:
    """A call of an account with a kept step and a recording; *mark* is in every text."""
    call = Call(account, FILLED, "kazoo", caller_id_number=caller, request=f"{mark} desk")
    call = call._replace(caller_id_name=f"{mark} caller")
    body = json.dumps({"module": "tts", "data": {"text": f"{mark} {caller}"}})
    answer = {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": body}
    kept = Kept(call, answer, "answered", {}, int(time.time() * 1000), 5)
    index = CallIndex.from_environment()
    index.note_step(kept, "ring")
    index.note_figures(kept, f"{mark}_ring", cold=True)
    index.keep_step(kept, CodeVersion("ring", "Ring", "abc"))
    record = json.dumps({"state": "ended", "recording": f"{account}/{mark}.mp3"})
    aws_client("dynamodb").put_item(
        TableName=os.environ["CALL_RECORDS_TABLE"],
        Item={
            "pk": {"S": f"{account}#{FILLED}"},
            "sk": {"S": "record"},
            "record": {"S": record},
        },
    )
    aws_client("s3").put_object(
        Bucket=os.environ["RECORDINGS_BUCKET"],
        Key=f"{account}/{mark}.mp3",
        Body=f"sound of {mark}".encode(),
        ContentType="audio/mpeg",
    )
