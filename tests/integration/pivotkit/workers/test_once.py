"""Effects that happen once, however often they are requested."""

from collections.abc import Mapping
from typing import Any

import pytest

from pivotkit.workers.once import Once
from tests.aws import aws_client
from tests.threads import at_once

pytestmark = pytest.mark.filterwarnings("ignore:Couldn't determine the remaining time")


@pytest.fixture
def once(tables: Mapping[str, str]) -> Once:
    """A guard under which nothing has been done yet."""
    assert tables
    return Once(days=1)


def test_once(once: Once) -> None:
    """A second call with the same key does nothing; another key is another effect."""
    done: list[str] = []
    for key in ("a", "b", "a", "a"):
        once(key, lambda key=key: done.append(key))  # type: ignore[misc]
    assert done == ["a", "b"]


def test_what_failed_was_not_done(once: Once) -> None:
    """An effect that fails raises its error, and runs again the next time."""
    tries: list[int] = []

    def fails_at_first() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionError("no")

    with pytest.raises(ConnectionError):
        once("a", fails_at_first)
    once("a", fails_at_first)
    once("a", fails_at_first)
    assert len(tries) == 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("round_", range(8))
def test_sixteen_copies_at_once(once: Once, round_: int) -> None:
    """Of sixteen concurrent copies of a delivery, exactly one has the effect."""
    done: list[int] = []
    at_once(16, lambda: once(f"round {round_}", lambda: done.append(1)))
    assert done == [1]


def test_what_is_kept(once: Once, tables: Mapping[str, str]) -> None:
    """An effect leaves one item, which expires and contains nothing of the delivery."""
    once("the key", lambda: "canary")
    (item,) = aws_client("dynamodb").scan(TableName=tables["CALL_STATE_TABLE"])["Items"]
    stored: Any = item
    assert stored["status"] == {"S": "COMPLETED"}
    assert int(stored["expires_at"]["N"]) > 0
    assert "canary" not in str(item)
    assert "the key" not in str(item)
