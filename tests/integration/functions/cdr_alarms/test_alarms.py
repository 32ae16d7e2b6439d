"""CDRs are counted once, whoever tells of them and when, and alarms are told once."""

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import boto3
import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.workers.cdr_alarms.alarms import CdrAlarms, charge_in, leg_in
from functions.workers.cdr_alarms.destinations import Home
from functions.workers.cdr_alarms.rules import (
    AfterHours,
    CallsPerHour,
    LegRule,
    LongCall,
    MinutesPerHour,
    NewCountry,
    SpendPerDay,
    SpendPerHour,
    SpendRule,
    hour_of,
)
from functions.workers.cdr_alarms.tallies import Tallies
from functions.workers.cdr_reconcile.reconcile import items
from pivotctl.crossbar.cdrs import row, stored_document
from pivotkit.core.gregorian import from_gregorian, to_gregorian
from pivotkit.deliveries.cdrs import read_cdr
from pivotkit.deliveries.legs import ended
from pivotkit.events import OtherEvent, read_event
from pivotkit.http.parameters import Value
from pivotkit.store import Item
from pivotkit.store.client import client
from pivotkit.store.directory import Directory
from pivotkit.store.records import Delivery, Record
from pivotkit.workers.rating import Rate, charge
from tests import functions
from tests.template.test_cloudformation import ALLOWED
from tests.threads import at_once

ACCOUNT = "c" * 32
NOW = datetime(2036, 1, 15, 12, tzinfo=UTC)
"""Later than this machine's clock: its tables drop what has expired."""
HOME = Home.read("US CA")
RATE = Rate("44", per_minute=6000, name="United Kingdom")
SOURCES = ("channel_destroy", "cdr_url", "cdr_api")
COUNTED = (SpendPerHour(2), SpendPerDay(3), MinutesPerHour(2), CallsPerHour(2), LongCall(1))


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """It is noon."""
    with time_machine.travel(NOW, tick=False):
        yield


def leg(number: int = 1, **more: Any) -> dict[str, Any]:
    """The event of KAZOO's that ends the leg *number*, to a carrier, from which all sources are."""
    return {
        "account_id": ACCOUNT,
        "call_id": f"leg-{number}",
        "call_direction": "outbound",
        "callee_id_number": "+442071838750",
        "caller_id_number": "+14155550142",
        "other_leg_call_id": f"caller-{number}",
        "to": "+442071838750@carrier.example",
        "timestamp": to_gregorian(NOW) - 600,
        "duration_seconds": 70,
        "billing_seconds": 60,
        **more,
    }


def hook(told: Mapping[str, Any]) -> Delivery:
    """What the receiver of channel hooks keeps of it."""
    values = {**told, "hook_event": "channel_destroy", "is_internal_leg": False}
    receiver = functions.load("webhooks/channel_events")
    return delivery(
        told,
        f"event#channel_destroy#{told['call_id']}",
        receiver.template(read_event(values)),
        values,
    )


def posted(told: Mapping[str, Any]) -> Delivery:
    """What the sink of `cdr_url` keeps: a bridged leg lies under its caller's id."""
    values: dict[str, Value] = {_title(name): str(value) for name, value in told.items()}
    for name in ("Call-ID", "Account-ID"):
        values.pop(name, None)
    cdr = read_cdr(values)
    where = {**told, "call_id": cdr.call_id or told["call_id"]}
    return delivery(where, f"cdr#{cdr.leg}#{told['call_id']}", ended(cdr), values)


def listed(told: Mapping[str, Any]) -> Delivery:
    """What cdr_reconcile keeps of Crossbar's row."""
    (item,) = items(told["account_id"], [row(stored_document(told))], to_gregorian(NOW))
    return Delivery(item["pk"]["S"], item)


def rated(told: Mapping[str, Any]) -> Delivery:
    """What rate_calls makes of that row: 0.60 a minute."""
    item = charge(listed(told), RATE)
    assert item
    return Delivery(item["pk"]["S"], item)


TOLD_BY = {"channel_destroy": hook, "cdr_url": posted, "cdr_api": listed, "rating": rated}


def delivery(
    told: Mapping[str, Any], sort: str, record: Record, values: Mapping[str, Value]
) -> Delivery:
    """A stored delivery."""
    item: dict[str, Any] = {
        "sk": {"S": sort},
        "received_at": {"N": str(int(NOW.timestamp()))},
        "method": {"S": "POST"},
        "content_type": {"S": "application/json"},
        "body": {"S": json.dumps(values)},
        "record": {"S": record.as_json()},
    }
    return Delivery(f"{told['account_id']}#{told['call_id']}", item)


def _title(name: str) -> str:
    words = (word.capitalize() for word in name.split("_"))
    return "-".join("ID" if word == "Id" else word for word in words)


def alarms_of(table: str, account: str = ACCOUNT) -> dict[str, Delivery]:
    """The alarms of an account that are stored, by rule and window."""
    found = boto3.client("dynamodb").scan(TableName=table)["Items"]
    told = [Delivery(item["pk"]["S"], item) for item in found]  # type: ignore[arg-type]
    begin = f"{account}#alarm-"
    return {each.key.removeprefix(begin): each for each in told if each.key.startswith(begin)}


@pytest.fixture
def table(tables: Mapping[str, str], environment: pytest.MonkeyPatch) -> str:
    """The table of alarms."""
    del environment
    return tables["CALL_RECORDS_TABLE"]


def worker(*rules: LegRule | SpendRule) -> CdrAlarms:
    """The worker's own, with some rules."""
    return CdrAlarms("US CA", *rules)


# -- what counts -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("table")
def test_all_sources_tell_of_one_leg() -> None:
    """Hook, posted CDR and Crossbar's row of a leg give it one identity, and the same numbers."""
    found = {source: leg_in(TOLD_BY[source](leg()), HOME) for source in SOURCES}
    first = found["channel_destroy"]
    assert first
    assert (first.seconds, first.country, first.abroad) == (60, "GB", True)
    assert first.at == NOW - timedelta(minutes=10)
    assert len({each.id for each in found.values() if each}) == 1
    assert {(each.seconds, each.destination, each.at) for each in found.values() if each} == {
        (first.seconds, first.destination, first.at)
    }
    other = leg_in(hook(leg(2)), HOME)
    assert other
    assert other.id != first.id


NO_LEG: list[dict[str, Any]] = [
    {"billing_seconds": 0},
    {"billing_seconds": None},
    {"timestamp": None},
]


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("changed", NO_LEG)
def test_what_is_no_leg(changed: dict[str, Any]) -> None:
    """A leg that nobody answered, or that has no time, is not looked at."""
    assert leg_in(hook(leg(**changed)), HOME) is None


@pytest.mark.usefixtures("table")
def test_loopback_legs_do_not_count() -> None:
    """The leg behind a loopback one is told of, too."""
    told = hook(leg())
    values = {**told.values, "is_internal_leg": True}
    told.item["body"] = {"S": json.dumps(values)}
    assert leg_in(told, HOME) is None


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    "changed", [{"call_direction": "inbound"}, {"callee_id_number": "2001", "to": "2001@x"}]
)
def test_legs_without_a_destination(changed: dict[str, Any]) -> None:
    """A caller's own leg, and one to an extension, is judged by its length alone."""
    found = leg_in(hook(leg(**changed)), HOME)
    assert found
    assert (found.destination, found.country, found.abroad) == (None, "", False)


@pytest.mark.usefixtures("table")
def test_other_news() -> None:
    """What is neither the end of a leg nor a rating is let pass."""
    told = hook(leg())
    told.item["sk"] = {"S": "event#channel_answer#1"}
    assert leg_in(told, HOME) is None
    assert charge_in(told) is None
    assert charge_in(listed(leg())) is None
    assert leg_in(rated(leg()), HOME) is None


# -- any order -------------------------------------------------------------------------------------

LEGS = st.lists(
    st.fixed_dictionaries(
        {
            "ago": st.integers(0, 5).map(lambda n: n * 1500),
            "billing_seconds": st.sampled_from([1, 30, 61, 130]),
            "callee_id_number": st.sampled_from(["+442071838750", "+33142685300", "+14155550199"]),
            "sources": st.sets(st.sampled_from([*TOLD_BY]), min_size=1),
        }
    ),
    max_size=5,
)
CHANCES = st.randoms(use_true_random=False)
_accounts = (f"{number:032x}" for number in range(10**6))


def told_of(account: str, legs: Sequence[Mapping[str, Any]]) -> list[Delivery]:
    """What each of its sources tells of each leg."""
    found = []
    for number, each in enumerate(legs):
        seconds, end = each["billing_seconds"], to_gregorian(NOW) - each["ago"]
        told = leg(number, account_id=account, timestamp=end, billing_seconds=seconds)
        told |= {"callee_id_number": each["callee_id_number"]}
        found += [TOLD_BY[source](told) for source in sorted(each["sources"])]
    return found


class Kept:
    """The alarms of an example, in memory."""

    def __init__(self) -> None:
        self.keys: set[str] = set()

    def keep(self, item: Item) -> bool:
        """Keep *item*, as the table does."""
        new = item["pk"]["S"] not in self.keys
        self.keys.add(item["pk"]["S"])
        return new


def result(told: Sequence[Delivery], account: str) -> tuple[Any, set[str]]:
    """The sums and the alarms that deliveries in this order make."""
    alarms, kept = worker(*COUNTED), Kept()
    alarms._records = kept  # type: ignore[assignment]
    for each in told:
        alarms.look_at(each)
    hours = [hour_of(NOW - timedelta(hours=ago)) for ago in range(4)]
    names = {key.removeprefix(f"{account}#") for key in kept.keys}
    return Tallies().of(account, [*hours, "2036-01-15", "2036-W03"]), names


def in_any_order(legs: list[dict[str, Any]], chance: Random) -> None:
    """Deliver *legs* in order to one account, shuffled with doublets to another, and compare."""
    one, other = next(_accounts), next(_accounts)
    again = told_of(other, legs)
    again += chance.choices(again, k=chance.randrange(8)) if again else []
    chance.shuffle(again)
    assert result(again, other) == result(told_of(one, legs), one)


ONE_TABLE = [HealthCheck.function_scoped_fixture]
"""Each example has accounts of its own."""


@pytest.mark.usefixtures("table")
@given(LEGS, CHANCES)
@settings(max_examples=25, deadline=None, suppress_health_check=ONE_TABLE)
def test_any_order_and_repetition_give_the_same(legs: list[dict[str, Any]], chance: Random) -> None:
    """Shuffled and repeated, deliveries give the sums and alarms of each leg told once."""
    in_any_order(legs, chance)


@pytest.mark.long
@pytest.mark.usefixtures("table")
@given(LEGS, CHANCES)
@settings(max_examples=500, deadline=None, suppress_health_check=ONE_TABLE)
def test_any_order_and_repetition_give_the_same_always(
    legs: list[dict[str, Any]], chance: Random
) -> None:
    """The same, many times."""
    in_any_order(legs, chance)


@pytest.mark.usefixtures("table")
def test_sums_are_those_of_the_legs() -> None:
    """A leg that three sources tell of counts once, in the hour in which it ended."""
    late = leg(2, timestamp=to_gregorian(NOW) - 3600, billing_seconds=30)
    told = [TOLD_BY[source](each) for each in (leg(), late) for source in TOLD_BY]
    sums, alarms = result(told, ACCOUNT)
    eleven = {"seconds": 90, "calls:GB": 2, "cost:USD": 9000}
    assert sums[:3] == [{}, eleven, {}]
    assert sums[4:] == [{"cost:USD": 9000}, {"cost:USD": 9000}]
    assert not alarms


# -- alarms ----------------------------------------------------------------------------------------


def test_an_alarm_is_a_delivery(table: str, log: io.StringIO) -> None:
    """It says which rule and window, what was compared, and who may look: no number, no name."""
    worker(LongCall(2)).look_at(hook(leg(billing_seconds=125)))
    ((key, told),) = alarms_of(table).items()
    assert key == "long_call-2036-01-15T11"
    assert told.name == "cdr_alarm"
    assert told.values == {
        "event_name": "cdr_alarm",
        "account_id": ACCOUNT,
        "timestamp": to_gregorian(NOW) - 600,
        "rule": "long_call",
        "window": "2036-01-15T11",
        "summary": "A call lasted 2 minutes; the limit is 2 (2036-01-15, hour 11 UTC).",
        "call_id": "leg-1",
        "minutes": 2,
        "limit": 2,
        "country": "GB",
    }
    assert isinstance(told.event, OtherEvent)
    assert (told.event.name, told.event.timestamp) == ("cdr_alarm", NOW - timedelta(minutes=10))
    assert told.record
    assert (told.record.state, told.record.facts["rule"]) == ("noted", "long_call")
    assert "44207" not in str(told.item)
    (line,) = map(json.loads, log.getvalue().splitlines())
    assert (line["message"], line["rule"], line["account_id"]) == ("alarm", "long_call", ACCOUNT)
    assert "44207" not in log.getvalue()


def test_a_metric_by_rule(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each alarm adds one to the metric of its rule, and one that was told adds nothing."""
    assert table
    for _ in range(2):
        worker(LongCall(1)).look_at(hook(leg(billing_seconds=61)))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert [(line["CdrAlarm"], line["rule"]) for line in lines] == [([1.0], "long_call")]
    (directive,) = lines[0]["_aws"]["CloudWatchMetrics"]
    assert set(directive["Dimensions"][0]) == {"rule", "service"}


def test_no_storm(table: str) -> None:
    """A rule that stays broken is told once an account and window, and again in the next one."""
    alarms = worker(CallsPerHour(2), LongCall(1))
    for number in range(10):
        alarms.look_at(hook(leg(number, billing_seconds=100)))
    for number in range(10, 13):
        late = leg(number, billing_seconds=100, timestamp=to_gregorian(NOW) - 3700)
        alarms.look_at(hook(late))
    assert alarms_of(table).keys() == {
        *("calls_per_hour-2036-01-15T11", "long_call-2036-01-15T11"),
        *("calls_per_hour-2036-01-15T10", "long_call-2036-01-15T10"),
    }


def test_history_raises_no_alarm(table: str) -> None:
    """What ended days ago is counted, and nobody is woken."""
    old = to_gregorian(NOW) - 2 * 86_400 - 1
    worker(LongCall(1)).look_at(hook(leg(timestamp=old, billing_seconds=600)))
    assert not alarms_of(table)
    hour = hour_of(from_gregorian(old))
    assert Tallies().of(ACCOUNT, [hour]) == [{"seconds": 600, "calls:GB": 1}]


def test_a_new_country(table: str) -> None:
    """After two weeks a country that was not called before is told; the next call is known."""
    alarms = worker(NewCountry(30))
    alarms.look_at(hook(leg(1, timestamp=to_gregorian(NOW) - 15 * 86_400)))
    french = {"callee_id_number": "+33142685300"}
    alarms.look_at(hook(leg(2)))
    assert not alarms_of(table)
    alarms.look_at(hook(leg(3, **french, timestamp=to_gregorian(NOW) - 7200)))
    alarms.look_at(hook(leg(4, **french)))
    ((key, told),) = alarms_of(table).items()
    assert (key, told.values["country"]) == ("new_country-2036-01-15T10", "FR")


def test_office_hours(table: str) -> None:
    """A call abroad while the account's office is closed is told, one at home is not."""
    week: Any = {"zone": "UTC", "week": {"mon-fri": "13:00-18:00"}}
    Directory("office_hours").put(ACCOUNT, week)
    alarms = worker(AfterHours(on=True))
    alarms.look_at(hook(leg(1, callee_id_number="+14155550199")))
    assert not alarms_of(table)
    alarms.look_at(hook(leg(2)))
    assert alarms_of(table).keys() == {"after_hours-2036-01-15T11"}


def test_hours_that_cannot_be_read(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An account whose hours are wrong is always open, which is counted; other rules go on."""
    Directory("office_hours").put(ACCOUNT, {"zone": "Nowhere", "week": {}})
    worker(AfterHours(on=True), LongCall(1)).look_at(hook(leg(billing_seconds=61)))
    assert alarms_of(table).keys() == {"long_call-2036-01-15T11"}
    assert '"OfficeHoursUnusable":[1.0]' in capsys.readouterr().out


def test_what_fails_on_the_way_is_told_later(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A delivery whose alarm could not be stored comes again, counts once, and is told."""
    alarms = worker(MinutesPerHour(1), NewCountry(30))
    alarms.look_at(hook(leg(0, timestamp=to_gregorian(NOW) - 15 * 86_400)))
    french = hook(leg(1, callee_id_number="+33142685300", billing_seconds=61))
    with monkeypatch.context() as broken:
        broken.setattr(alarms, "_tell", lambda *_: (_ for _ in ()).throw(ConnectionError))
        with pytest.raises(ConnectionError):
            alarms.look_at(french)
    assert not alarms_of(table)
    alarms.look_at(french)
    assert {*alarms_of(table)} == {"minutes_per_hour-2036-01-15T11", "new_country-2036-01-15T11"}
    assert Tallies().of(ACCOUNT, ["2036-01-15T11"]) == [{"seconds": 61, "calls:FR": 1}]


@pytest.mark.parametrize("round_", range(8))
def test_sixteen_copies_at_once(table: str, monkeypatch: pytest.MonkeyPatch, round_: int) -> None:
    """Of sixteen concurrent copies of a delivery one counts, and one alarm is stored."""
    alarms, told = worker(SpendPerHour(1)), rated(leg(round_, billing_seconds=200))
    stored: list[bool] = []
    keep = alarms._records.keep

    def kept(item: Item) -> bool:
        stored.append(keep(item))
        return stored[-1]

    monkeypatch.setattr(alarms._records, "keep", kept)
    at_once(16, lambda: alarms.look_at(told))
    assert sorted(stored) == [False] * 15 + [True]
    assert alarms_of(table)["spend_per_hour-2036-01-15T11"].values["spend"] == 2.0


def test_the_function_itself(table: str) -> None:
    """The worker's own rules find a long call to a satellite phone in a batch of its queue."""
    handler = functions.load("workers/cdr_alarms")
    satellite = hook(leg(billing_seconds=5 * 3600, callee_id_number="+8821612345678"))
    handler.template(satellite)
    assert alarms_of(table).keys() == {
        *("long_call-2036-01-15T11", "risky_destination-2036-01-15T11"),
    }


def test_the_role_grants_what_is_used(table: str, tables: Mapping[str, str]) -> None:
    """What the worker asks of which table is what its role allows, and nothing is left over."""
    used: set[tuple[str, str]] = set()
    dynamodb: Any = client("dynamodb")
    dynamodb.meta.events.register("provide-client-params.dynamodb", _noted(used))
    alarms = worker(LongCall(1), AfterHours(on=True))
    alarms.look_at(hook(leg(billing_seconds=61)))
    alarms.look_at(rated(leg()))
    assert table
    assert used == {
        (action.removeprefix("dynamodb:"), tables[variable])
        for variable, resource in VARIABLES.items()
        for action in ALLOWED["CdrAlarmsWorker"][f"{resource}.Arn"]
    }


VARIABLES = {
    "CALL_STATE_TABLE": "CallStateTable",
    "CALL_RECORDS_TABLE": "CallRecordsTable",
    "DIRECTORY_TABLE": "DirectoryTable",
}


def _noted(used: set[tuple[str, str]]) -> Callable[..., None]:
    """Notes the actions that a request needs, and on which table."""

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        steps = params.get("TransactItems", [])
        used.update(
            (f"{kind}Item", asked["TableName"]) for step in steps for kind, asked in step.items()
        )
        used.update((model.name, name) for name in params.get("RequestItems", {}))
        if "TableName" in params:
            used.add((model.name, params["TableName"]))

    return note
