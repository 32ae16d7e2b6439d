"""Customers, their PINs, and a limit on tries across calls."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from functions.pivot.account_balance.customers import Customer, Customers
from pivotkit.calls.call import Call
from pivotkit.calls.memory import Memory
from pivotkit.phone.pins import hash_of
from pivotkit.store.attempts import Attempts
from pivotkit.store.directory import Directory
from pivotkit.store.remembered import Remembered
from tests.aws import aws_client
from tests.integration.replaying import counted

SALT = "00112233445566778899aabbccddeeff"
NUMBER = "+14155550123"


def remembering(call_id: str, number: str = NUMBER, account: str = "acct") -> Call:
    """A call of a stateful function."""
    memory = Memory(f"{account}#{call_id}", "test:run", Remembered({}, {}), 0, {})
    call = Call(account, call_id, req_format="kazoo", caller_id_number=number)
    return call.recalling(memory)


def put(table: str, kind: str, key: str, value: dict[str, Any]) -> None:
    """Put one entry of the account `acct` into the Directory."""
    item: dict[str, Any] = {"pk": {"S": f"{kind}#acct"}, "sk": {"S": key}, "value": {"M": value}}
    aws_client("dynamodb").put_item(TableName=table, Item=item)


@pytest.fixture
def customers(tables: Mapping[str, str]) -> Customers:
    """Account 1001 with PIN 4321, who calls from NUMBER."""
    account = {
        "balance": {"N": "4217"},
        "salt": {"S": SALT},
        "pin_hash": {"S": hash_of("4321", SALT)},
    }
    put(tables["DIRECTORY_TABLE"], "account", "1001", account)
    put(tables["DIRECTORY_TABLE"], "caller", NUMBER, {"account": {"S": "1001"}})
    return Customers(pin_tries=5, seconds=900)


def test_find(customers: Customers) -> None:
    """A customer is found by account number; an unknown one has a balance of zero."""
    call = remembering("c1")
    assert customers.find(call, "1001") == Customer("1001", 4217)
    assert customers.find(call, "9999") == Customer("9999", 0)
    assert customers.find(call, "") == Customer()
    assert customers.find(remembering("c1", account="other"), "1001") == Customer("1001", 0)


def test_calling_from(customers: Customers) -> None:
    """A customer is found by the number they call from; other callers have no account."""
    assert customers.calling_from(remembering("c1")) == Customer("1001", 4217)
    assert customers.calling_from(remembering("c1", "+19999999999")) == Customer()
    assert customers.calling_from(remembering("c1", "")) == Customer()
    assert customers.calling_from(remembering("c1", account="other")) == Customer()


def test_pins(customers: Customers) -> None:
    """The right PIN is accepted; a wrong one, and any for an unknown account, is not."""
    pins, call = customers.pins, remembering("c1")
    assert not pins.accepts("1001", call, "1234")
    assert pins.accepts("1001", call, "4321")
    assert not pins.accepts("9999", call, "4321")
    assert not pins.accepts("9999", call, "")


def test_five_tries_across_calls(customers: Customers) -> None:
    """Five wrong PINs lock an account, even for the right PIN and in other calls."""
    for number in range(5):
        assert not customers.pins.accepts("1001", remembering(f"c{number}"), "0000")
    assert not customers.pins.accepts("1001", remembering("c9"), "4321")
    assert not customers.pins.accepts("1001", remembering("c0"), "4321")


def test_the_right_pin_takes_back_the_tries_of_its_call(customers: Customers) -> None:
    """The right PIN takes back the wrong ones of its own call, and no others."""
    for round_ in range(3):
        call = remembering(f"c{round_}")
        assert not any(customers.pins.accepts("1001", call, "0000") for _ in range(2))
        assert customers.pins.accepts("1001", call, "4321")
    for number in range(4):
        assert not customers.pins.accepts("1001", remembering(f"w{number}"), "0000")
        assert customers.pins.accepts("1001", remembering(f"r{number}"), "4321")
    assert not customers.pins.accepts("1001", remembering("w4"), "0000")
    assert not customers.pins.accepts("1001", remembering("r4"), "4321")


def test_the_same_work_for_every_account(customers: Customers) -> None:
    """A wrong, an unknown and a locked account cost the same number of round trips."""
    for number in range(5):
        customers.pins.accepts("1001", remembering(f"c{number}"), "0000")
        customers.pins.accepts("9999", remembering(f"c{number}"), "0000")
    counts = []
    for account in ("1001", "9999"):
        with counted() as calls:
            customers.pins.accepts(account, remembering("c9"), "0000")
        counts.append(list(calls))
    assert counts == [["UpdateItem", "GetItem"]] * 2


@pytest.mark.every_backend
@pytest.mark.usefixtures("atomic_writes")
def test_sixteen_at_once(tables: Mapping[str, str]) -> None:
    """Of sixteen callers who try one account at once, five are allowed, in each of eight rounds."""
    assert tables
    attempts = Attempts(5, 900).of(remembering("c"))
    for round_ in range(8):

        def allowed(number: int, subject: str = f"round {round_}") -> bool:
            return attempts.allow(subject, f"try {number}")

        with ThreadPoolExecutor(16) as pool:
            found = list(pool.map(allowed, range(16)))
        assert sum(found) == 5
        again = [attempts.allow(f"round {round_}", f"try {number}") for number in range(16)]
        assert again == found


def test_the_same_key_counts_once(tables: Mapping[str, str]) -> None:
    """A repeated request gets the answer of the first and is not counted again."""
    assert tables
    attempts = Attempts(2, 900).of(remembering("c"))
    assert [attempts.allow("s", key) for key in "aaabbcca"] == [True] * 5 + [False] * 2 + [True]


def test_old_tries_make_room(tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A try counts until it is older than the period; newer ones continue to count."""
    assert tables
    attempts, start = Attempts(2, 60).of(remembering("c")), int(time.time())
    script = [(0, "a", True), (30, "b", True), (59, "c", False), (61, "c", True), (62, "d", False)]
    script += [(91, "d", True), (400, "e", True), (401, "f", True), (402, "g", False)]
    for seconds, key, expected in script:
        monkeypatch.setattr(time, "time", lambda now=start + seconds: now)
        assert attempts.allow("s", key) is expected, (seconds, key)


def test_take_back(tables: Mapping[str, str]) -> None:
    """Tries that are taken back no longer count, and all others still do."""
    assert tables
    attempts = Attempts(2, 60).of(remembering("c"))
    attempts.take_back("s", ["a"])
    assert attempts.count("s", "a") == {"a"}
    assert attempts.count("s", "b") == {"a", "b"}
    assert not attempts.count("s", "c")
    attempts.take_back("s", ["a", "unknown"])
    assert attempts.count("s", "c") == {"b", "c"}
    attempts.take_back("s", ["b", "c"])
    assert attempts.count("s", "d") == {"d"}


def test_accounts_have_tries_of_their_own(tables: Mapping[str, str]) -> None:
    """The tries that one account has used up are left to every other one."""
    assert tables
    attempts = Attempts(1, 60)
    ours, theirs = (attempts.of(remembering("c", account=each)) for each in ("a", "b"))
    assert [each.allow("s", "one") for each in (ours, theirs, attempts.of_all())] == [True] * 3
    assert [each.allow("s", "two") for each in (ours, theirs, attempts.of_all())] == [False] * 3


def test_a_limit_of_nothing(tables: Mapping[str, str]) -> None:
    """A limit of zero allows no attempt."""
    assert tables
    assert not Attempts(0, 60).of(remembering("c")).allow("s", "a")


def test_directory_values(tables: Mapping[str, str]) -> None:
    """An entry has JSON's types: whole numbers stay whole, as KAZOO requires."""
    value = {
        "whole": {"N": "20"},
        "part": {"N": "1.5"},
        "list": {"L": [{"N": "1"}, {"BOOL": True}, {"NULL": True}]},
        "map": {"M": {"a": {"S": "b"}}},
    }
    put(tables["DIRECTORY_TABLE"], "k", "a", value)
    found = Directory("k").of(remembering("c")).get("a")
    assert found == {"whole": 20, "part": 1.5, "list": [1, True, None], "map": {"a": "b"}}
    assert type(found["whole"]) is int
    assert Directory("k").of(remembering("c")).get("b") is None
    assert Directory("other").of(remembering("c")).get("a") is None
