"""Call rating: longest prefix, rounding, and minimum charge, in whole numbers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pivotkit.services.crossbar import Account
from pivotkit.store.directory import Directory
from pivotkit.store.records import Delivery, Record
from pivotkit.workers.rating import Rate, RateError, Rates, charged, dialed, rate_of
from tests.integration.sharing import share

OWN, OTHER = Account("c" * 32), Account("d" * 32)
WHEN = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)

COSTS: list[tuple[dict[str, int], int, int, int]] = [
    # rate, seconds, billed, cost
    ({"per_minute": 600}, 0, 0, 0),
    ({"per_minute": 600}, -1, 0, 0),
    ({"per_minute": 600}, 1, 1, 10),
    ({"per_minute": 600}, 61, 61, 610),
    ({"per_minute": 100}, 1, 1, 2),  # 1.67 is rounded up
    ({"per_minute": 600, "first": 60, "step": 60}, 1, 60, 600),
    ({"per_minute": 600, "first": 60, "step": 60}, 60, 60, 600),
    ({"per_minute": 600, "first": 60, "step": 60}, 61, 120, 1200),
    ({"per_minute": 600, "first": 30, "step": 6}, 30, 30, 300),
    ({"per_minute": 600, "first": 30, "step": 6}, 31, 36, 360),
    ({"per_minute": 600, "first": 30, "step": 6}, 36, 36, 360),
    ({"per_minute": 600, "first": 0, "step": 10}, 1, 10, 100),
    ({"per_minute": 600, "minimum": 50}, 1, 1, 50),
    ({"per_minute": 600, "minimum": 50}, 6, 6, 60),
    ({"per_minute": 600, "minimum": 50}, 0, 0, 0),
    ({"per_minute": 600, "connect": 40}, 1, 1, 50),
    ({"per_minute": 0}, 3600, 3600, 0),
]


@pytest.mark.parametrize(("rate", "seconds", "billed", "cost"), COSTS)
def test_costs(rate: dict[str, Any], seconds: int, billed: int, cost: int) -> None:
    """Each field of a rate, by example."""
    found = Rate("49", **rate)
    assert (found.billed(seconds), found.cost(seconds)) == (billed, cost)


RATES = st.builds(
    Rate,
    st.just("49"),
    st.integers(0, 10**6),
    connect=st.integers(0, 1000),
    minimum=st.integers(0, 1000),
    first=st.integers(0, 120),
    step=st.integers(1, 120),
)


@given(RATES, st.integers(0, 10**5), st.integers(0, 10**5))
def test_longer_calls_do_not_cost_less(rate: Rate, one: int, other: int) -> None:
    """A cost is whole, never below the minimum, and grows with the call; so do billed seconds."""
    shorter, longer = sorted((one, other))
    assert 0 <= rate.cost(shorter) <= rate.cost(longer)
    assert shorter <= rate.billed(shorter) <= rate.billed(longer)
    if shorter:
        assert rate.cost(shorter) >= max(rate.minimum, rate.connect)


@pytest.fixture
def rates(tables: Mapping[str, str]) -> Rates:
    """Shared rates, and some rates of one account."""
    assert tables
    for prefix, price in {"44": 120, "447": 450, "4479": 500, "1": 100}.items():
        share("rate", prefix, {"name": f"to {prefix}", "per_minute": price})
    Directory("rate").of(OWN).put("44", {"name": "to 44 at home", "per_minute": 90})
    return Rates()


PREFIXES = [
    (OTHER, "442071234567", "44", 120),
    (OTHER, "447712345678", "447", 450),
    (OTHER, "447912345678", "4479", 500),
    (OTHER, "44", "44", 120),
    (OWN, "447912345678", "44 at home", 90),  # its own deck goes first
    (OWN, "14155550142", "1", 100),
]


@pytest.mark.parametrize(("account", "number", "name", "price"), PREFIXES)
def test_the_longest_prefix(
    rates: Rates, account: Account, number: str, name: str, price: int
) -> None:
    """The account's longest prefix counts; without one, the longest shared prefix."""
    found = rates.find(account, number)
    assert found
    assert (found.name, found.per_minute) == (f"to {name}", price)


@pytest.mark.parametrize("number", ["", "4", "33123456789", "6001"])
def test_what_has_no_rate(rates: Rates, number: str) -> None:
    """A number without a matching prefix has no rate."""
    assert rates.find(OWN, number) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("per_minute", None), ("per_minute", -1), ("per_minute", 1.5), ("step", 0), ("first", True)],
)
def test_a_bad_rate(field: str, value: Any) -> None:
    """The error of an invalid rate names the entry and the fix."""
    with pytest.raises(RateError, match=rf"rate 49: {field} is .*correct it in the Directory"):
        rate_of("49", {"per_minute": 1, field: value})


DIALED: list[tuple[dict[str, Any], str]] = [
    ({"call_direction": "outbound", "callee_id_number": "+447912345678"}, "447912345678"),
    ({"call_direction": "outbound", "to": "447912345678@carrier.example"}, "447912345678"),
    ({"call_direction": "outbound", "callee_id_number": "ann", "to": "+1@x"}, "1"),
    ({"call_direction": "outbound", "to": "user_ab12@acme.sip.example"}, ""),
    ({"call_direction": "inbound", "to": "+447912345678@x"}, ""),
    ({"to": "+447912345678@x"}, ""),
    ({"call_direction": "outbound", "callee_id_number": "1" * 16}, ""),
]


@pytest.mark.parametrize(("facts", "number"), DIALED)
def test_the_number_that_was_rung(facts: dict[str, Any], number: str) -> None:
    """Only a leg that KAZOO dialed is rated, by its callee's number."""
    assert dialed(Record("ended", None, facts)) == number


def delivery(**facts: Any) -> Delivery:
    """A verified leg to a mobile in the United Kingdom."""
    all_facts = {
        "call_direction": "outbound",
        "to": "447712345678@x",
        "billing_seconds": 41,
        **facts,
    }
    record = Record("ended", WHEN, all_facts, verified=True)
    item: dict[str, Any] = {"sk": {"S": "api#cdr#1"}, "received_at": {"N": "1"}}
    return Delivery(f"{OTHER.account_id}#leg", item | {"record": {"S": record.as_json()}})


def test_the_charge(rates: Rates) -> None:
    """The cost of a leg is a delivery of its own, merged into the records of leg and call."""
    item = charged(delivery(), rates)
    assert item
    cost = Delivery(item["pk"]["S"], item)
    assert (cost.key, cost.name) == (f"{OTHER.account_id}#leg", "rating")
    assert cost.record == Record(
        "ended",
        WHEN,
        {
            "cost": 308,
            "currency": "USD",
            "billed_seconds": 41,
            "destination": "to 447",
            "rate_prefix": "447",
        },
        verified=True,
    )


@pytest.mark.parametrize(
    "facts", [{"call_direction": "inbound"}, {"billing_seconds": None}, {"to": "33123@x"}]
)
def test_no_charge(rates: Rates, facts: dict[str, Any]) -> None:
    """A leg that KAZOO did not dial, or without duration or rate, is not charged."""
    assert charged(delivery(**facts), rates) is None
