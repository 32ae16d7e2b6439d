"""The CDRs in Crossbar are fetched once, page by page, whatever happens on the way."""

import base64
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.workers.cdr_reconcile.reconcile import (
    OVERLAP_SECONDS,
    PROGRESS,
    Limits,
    Reconciler,
    items,
)
from pivotctl import crossbar as played
from pivotctl.crossbar import API_KEY
from pivotctl.crossbar.tokens import TOKEN_SECONDS
from pivotkit.core.gregorian import to_gregorian
from pivotkit.core.settings import SettingError
from pivotkit.services import crossbar
from pivotkit.services.crossbar import Account
from pivotkit.services.upstream import UpstreamDown
from pivotkit.store.directory import Directory
from pivotkit.store.records import Delivery
from tests.aws import aws_client
from tests.integration.functions.crossbar_cdrs import (
    ACCOUNT,
    NOON,
    OTHER,
    UNREADABLE,
    Kazoo,
    Pages,
)

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Runs:
    """Runs of a new reconciler, which knows of earlier ones only from the table."""

    accounts: tuple[str, ...] = (ACCOUNT,)
    pages: int = 50
    crossbar: Any = field(default_factory=crossbar.Crossbar)

    def run(self, at: datetime) -> Mapping[str, int]:
        """The counts of one run."""
        own = Reconciler(self.crossbar, tuple(map(Account, self.accounts)))
        return own.run(at, lambda _: Limits(days=3, pages=self.pages))


def reconciler(*accounts: str, pages: int = 50) -> Runs:
    """A new reconciler of these accounts."""
    return Runs(accounts or (ACCOUNT,), pages)


def stored(tables: Mapping[str, str]) -> set[str]:
    """The calls with a stored delivery."""
    found = aws_client("dynamodb").scan(TableName=tables["CALL_RECORDS_TABLE"])["Items"]
    return {item["pk"]["S"].partition("#")[2] for item in found}


def test_every_cdr_is_fetched_once(kazoo: Kazoo, tables: Mapping[str, str]) -> None:
    """The first run reads all pages of the first days, later runs only what was added."""
    kazoo.now = NOON - timedelta(hours=60)
    kazoo.ends(*(f"call-{number}" for number in range(60)))
    assert reconciler().run(NOON) == {"rows": 60, "new": 60, "unreadable": 0, "behind": 0}
    kazoo.now = NOON + HOUR / 2
    kazoo.ends("later")
    assert reconciler().run(NOON + HOUR) == {"rows": 1, "new": 1, "unreadable": 0, "behind": 0}
    assert reconciler().run(NOON + 2 * HOUR) == {"rows": 0, "new": 0, "unreadable": 0, "behind": 0}
    assert stored(tables) == {*(f"call-{number}" for number in range(60)), "later"}


def test_a_cdr_that_is_stored_late_is_not_missed(kazoo: Kazoo, tables: Mapping[str, str]) -> None:
    """A CDR that is dated before the end of the last run is found; known ones are not new."""
    kazoo.ends("known")
    reconciler().run(NOON)
    kazoo.now = NOON - timedelta(seconds=OVERLAP_SECONDS - 1)
    kazoo.ends("late")
    assert reconciler().run(NOON + HOUR) == {"rows": 2, "new": 1, "unreadable": 0, "behind": 0}
    assert stored(tables) == {"known", "late"}


def test_a_run_is_limited(kazoo: Kazoo, tables: Mapping[str, str]) -> None:
    """A run reads so many pages and reports that it is start_at; the next ones read the rest."""
    kazoo.now = NOON - HOUR
    kazoo.ends(*(f"call-{number}" for number in range(90)))
    seen = [reconciler(pages=2).run(NOON) for _ in range(5)]
    assert all(counts["rows"] <= 2 * crossbar.PAGE_SIZE for counts in seen)
    assert [counts["behind"] for counts in seen] == [1, 1, 1, 0, 0]
    assert len(stored(tables)) == 90
    assert sum(counts["new"] for counts in seen) == 90


def test_a_missing_account_does_not_stop_the_others(
    kazoo: Kazoo, tables: Mapping[str, str]
) -> None:
    """The run fails, which raises an alarm, after it has read the other accounts."""
    kazoo.ends("call")
    with pytest.raises(UpstreamDown, match="404"):
        reconciler("nobody", ACCOUNT).run(NOON)
    assert stored(tables) == {"call"}


def test_after_an_outage_nothing_is_missing(kazoo: Kazoo, tables: Mapping[str, str]) -> None:
    """After an outage of Crossbar the next run continues where the last one ended."""
    kazoo.ends("before")
    kazoo.upstream.fails()
    with pytest.raises(UpstreamDown):
        reconciler().run(NOON)
    kazoo.upstream.is_well()
    assert reconciler().run(NOON + HOUR)["new"] == 1
    assert stored(tables) == {"before"}


def start_at(key: str) -> None:
    """Record that the last run ended in the middle of a window, with the next page at *key*."""
    last = to_gregorian(NOON)
    entry: dict[str, Any] = {"first": last - 3600, "last": last, "start_key": key}
    Directory("cdr_progress").of(Account(ACCOUNT)).put(PROGRESS, entry)


DECODED = base64.urlsafe_b64encode(b'[0, ""]').decode().rstrip("=")


@pytest.mark.parametrize("key", ["not a key", DECODED])
def test_a_key_that_is_no_longer_valid(
    kazoo: Kazoo, tables: Mapping[str, str], log: io.StringIO, key: str
) -> None:
    """If Crossbar rejects a key, or finds nothing at it, the window is read again, and logged."""
    kazoo.now = NOON - HOUR / 2
    kazoo.ends(*(f"call-{number}" for number in range(30)))
    start_at(key)
    counts = {"rows": 30, "new": 30, "unreadable": 0, "behind": 0}
    assert reconciler().run(NOON) == counts
    assert len(stored(tables)) == 30
    (line,) = map(json.loads, log.getvalue().splitlines())
    assert (line["message"], line["account_id"]) == ("begun anew", ACCOUNT)
    assert reconciler().run(NOON)["rows"] == 0


def test_a_window_is_read_again_once(kazoo: Kazoo) -> None:
    """If Crossbar rejects an account with any key, it is asked twice, and the run fails."""
    last = to_gregorian(NOON)
    entry: dict[str, Any] = {"first": last - 3600, "last": last, "start_key": "some key"}
    Directory("cdr_progress").of(Account("nobody")).put(PROGRESS, entry)
    with pytest.raises(UpstreamDown, match="404"):
        reconciler("nobody").run(NOON)
    assert len([path for path in kazoo.asked() if "cdrs" in path]) == 2


@pytest.mark.usefixtures("kazoo")
def test_a_page_full_of_unreadable_rows(tables: Mapping[str, str]) -> None:
    """Rows without IDs are counted and left out, and the next pages are read."""
    good: list[Any] = [{"id": "202609-x", "call_id": "x", "duration_seconds": "9" * 14}]
    start_at("0")
    pages: Any = Pages([*UNREADABLE] * 5, [], good, until=to_gregorian(NOON))
    counts = Runs(crossbar=pages).run(NOON)
    assert counts == {"rows": 26, "new": 1, "unreadable": 25, "behind": 0}
    assert stored(tables) == {"x"}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=3,
)
FIELDS = st.sampled_from(
    ["timestamp", "duration_seconds", "billing_seconds", "unix_timestamp_micro", "to", "from_"]
)
DIGITS = st.text("0123456789.", max_size=19)


@given(st.dictionaries(FIELDS, ANYTHING | DIGITS))
def test_any_row_with_ids_is_stored(values: dict[str, Any]) -> None:
    """Whatever else a row has, it becomes a delivery with a record."""
    row = {**values, "id": "202609-x", "call_id": "x"}
    (item,) = items(Account(ACCOUNT), [row], 63_935_688_647)
    assert Delivery(item["pk"]["S"], item).record


def test_an_expired_token_is_replaced(kazoo: Kazoo) -> None:
    """A function that lives longer than its token signs in again."""
    one = reconciler()
    one.run(NOON)
    kazoo.now = NOON + timedelta(seconds=TOKEN_SECONDS + 1)
    one.run(NOON + 2 * HOUR)
    assert [path for path in kazoo.asked() if "cdrs" not in path] == ["/v2/api_auth"] * 2


def test_legs_belong_to_their_account(kazoo: Kazoo, tables: Mapping[str, str]) -> None:
    """A leg is stored under the account in whose list it was."""
    kazoo.ends("one")
    kazoo.ends("two", account=OTHER)
    reconciler(ACCOUNT, OTHER).run(NOON)
    found = aws_client("dynamodb").scan(TableName=tables["CALL_RECORDS_TABLE"])["Items"]
    assert {item["pk"]["S"] for item in found} == {f"{ACCOUNT}#one", f"{OTHER}#two"}


def test_a_row_becomes_a_delivery() -> None:
    """It wakes the workers like any other, and has its own ID, its account, and Crossbar's row."""
    row: dict[str, Any] = {"id": "202609-x", "call_id": "x", "duration_seconds": 9, "to": ""}
    (item,) = items(Account(ACCOUNT), [row], 63_935_688_647)
    delivery = Delivery(item["pk"]["S"], item)
    assert (delivery.key, delivery.name) == (f"{ACCOUNT}#x", "cdr_api")
    assert delivery.values == {"account_id": ACCOUNT, **row}
    assert delivery.record
    assert delivery.record.verified
    assert item["received_at"] == {"N": "1768469447"}


@pytest.mark.parametrize(
    "row", [{}, {"id": "x"}, {"call_id": "x"}, {"id": "x", "call_id": "y" * 600}]
)
def test_a_row_without_ids_is_left_out(row: dict[str, Any]) -> None:
    """A row that cannot be assigned to a call is not stored."""
    assert list(items(Account(ACCOUNT), [row], 0)) == []


def test_the_accounts_are_a_setting(environment: pytest.MonkeyPatch) -> None:
    """IDs, separated by spaces or commas; only a local run has a default."""
    assert crossbar.accounts("CDR_ACCOUNTS") == (Account(played.ACCOUNT_ID),)
    environment.setenv("CDR_ACCOUNTS", f"{ACCOUNT}, {OTHER}")
    assert crossbar.accounts("CDR_ACCOUNTS") == (Account(ACCOUNT), Account(OTHER))
    environment.setenv("CDR_ACCOUNTS", "acme")
    with pytest.raises(SettingError, match="must be account ids"):
        crossbar.accounts("CDR_ACCOUNTS")
    environment.delenv("CDR_ACCOUNTS")
    environment.delenv("AWS_SAM_LOCAL")
    assert crossbar.accounts("CDR_ACCOUNTS") == ()


def test_the_local_key_is_crossbars() -> None:
    """The API key of a local run is that of the local Crossbar."""
    assert (crossbar.LOCAL_KEY, crossbar.LOCAL_ACCOUNT) == (API_KEY, played.ACCOUNT_ID)
