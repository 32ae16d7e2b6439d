"""Legs are counted once, whatever reports them and when, and an alarm is raised once."""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.workers.cdr_alarms.alarms import CdrAlarms
from functions.workers.cdr_alarms.destinations import HomeCountries
from functions.workers.cdr_alarms.legs import ended_leg, leg_charge
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
)
from functions.workers.cdr_alarms.tallies import Tallies
from functions.workers.cdr_alarms.windows import hour_of
from functions.workers.cdr_reconcile.reconcile import items
from pivotctl.crossbar.cdrs import row, stored_document
from pivotctl.project import Project
from pivotkit.core.gregorian import from_gregorian, to_gregorian
from pivotkit.deliveries.cdrs import read_cdr
from pivotkit.deliveries.legs import ended
from pivotkit.events import OtherEvent, read_event
from pivotkit.http.parameters import Value
from pivotkit.services.crossbar import Account
from pivotkit.store import Item
from pivotkit.store.directory import Directory
from pivotkit.store.records import Delivery, Record
from pivotkit.workers.rating import Rate, charge
from tests import functions
from tests.aws import aws_client
from tests.dynamodb import Sent, requests
from tests.roles import allowed
from tests.threads import at_once

ACCOUNT = "c" * 32
NOW = datetime(2036, 1, 15, 12, tzinfo=UTC)
"""Later than this machine's clock: its tables drop what has expired."""
HOME = HomeCountries.read("US CA")
RATE = Rate("44", per_minute=6000, name="United Kingdom")
SOURCES = ("channel_destroy", "cdr_url", "cdr_api")
COUNTED = (SpendPerHour(2), SpendPerDay(3), MinutesPerHour(2), CallsPerHour(2), LongCall(1))


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """The clock stands at noon."""
    with time_machine.travel(NOW, tick=False):
        yield


def leg(number: int = 1, **more: Any) -> dict[str, Any]:
    """KAZOO's event at the end of the leg *number* to a carrier, from which all sources report."""
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


def hook(event: Mapping[str, Any]) -> Delivery:
    """The delivery that channel_events stores for the leg."""
    values = {**event, "hook_event": "channel_destroy", "is_internal_leg": False}
    receiver = functions.load("webhooks/channel_events")
    return delivery(
        event,
        f"event#channel_destroy#{event['call_id']}",
        receiver.template(read_event(values)),
        values,
    )


def posted(event: Mapping[str, Any]) -> Delivery:
    """The delivery that cdr_url stores: a bridged leg is under its caller's ID."""
    values: dict[str, Value] = {_title(name): str(value) for name, value in event.items()}
    for name in ("Call-ID", "Account-ID"):
        values.pop(name, None)
    cdr = read_cdr(values)
    where = {**event, "call_id": cdr.call_id or event["call_id"]}
    return delivery(where, f"cdr#{cdr.leg}#{event['call_id']}", ended(cdr), values)


def listed(event: Mapping[str, Any]) -> Delivery:
    """The delivery that cdr_reconcile stores for Crossbar's row."""
    (item,) = items(Account(event["account_id"]), [row(stored_document(event))], to_gregorian(NOW))
    return Delivery(item["pk"]["S"], item)


def rated(event: Mapping[str, Any]) -> Delivery:
    """The delivery that rate_calls stores for that row, at 0.60 a minute."""
    item = charge(listed(event), RATE)
    assert item
    return Delivery(item["pk"]["S"], item)


REPORT = {"channel_destroy": hook, "cdr_url": posted, "cdr_api": listed, "rating": rated}


def delivery(
    event: Mapping[str, Any], sort: str, record: Record, values: Mapping[str, Value]
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
    return Delivery(f"{event['account_id']}#{event['call_id']}", item)


def _title(name: str) -> str:
    words = (word.capitalize() for word in name.split("_"))
    return "-".join("ID" if word == "Id" else word for word in words)


def alarms_of(table: str, account: str = ACCOUNT) -> dict[str, Delivery]:
    """The stored alarms of an account, by rule and window."""
    found = aws_client("dynamodb").scan(TableName=table)["Items"]
    deliveries = [Delivery(item["pk"]["S"], item) for item in found]
    begin = f"{account}#alarm-"
    return {each.key.removeprefix(begin): each for each in deliveries if each.key.startswith(begin)}


@pytest.fixture
def table(tables: Mapping[str, str], environment: pytest.MonkeyPatch) -> str:
    """The table of alarms."""
    del environment
    return tables["CALL_RECORDS_TABLE"]


def worker(*rules: LegRule | SpendRule) -> CdrAlarms:
    """The alarms of the worker, with some rules."""
    return CdrAlarms("US CA", *rules)


# -- what counts -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("table")
def test_all_sources_report_one_leg() -> None:
    """The hook, the posted CDR, and Crossbar's row of a leg give it the same ID and numbers."""
    found = {source: ended_leg(REPORT[source](leg()), HOME) for source in SOURCES}
    first = found["channel_destroy"]
    assert first
    assert (first.seconds, first.country, first.abroad) == (60, "GB", True)
    assert first.at == NOW - timedelta(minutes=10)
    assert len({each.id for each in found.values() if each}) == 1
    assert {(each.seconds, each.destination, each.at) for each in found.values() if each} == {
        (first.seconds, first.destination, first.at)
    }
    other = ended_leg(hook(leg(2)), HOME)
    assert other
    assert other.id != first.id


NO_LEG: list[dict[str, Any]] = [
    {"billing_seconds": 0},
    {"billing_seconds": None},
    {"timestamp": None},
]


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("changed", NO_LEG)
def test_legs_that_are_not_checked(changed: dict[str, Any]) -> None:
    """A leg that nobody answered, or that has no time, is not checked."""
    assert ended_leg(hook(leg(**changed)), HOME) is None


@pytest.mark.usefixtures("table")
def test_loopback_legs_do_not_count() -> None:
    """The leg behind a loopback leg is reported as well."""
    loopback = hook(leg())
    values = {**loopback.values, "is_internal_leg": True}
    loopback.item["body"] = {"S": json.dumps(values)}
    assert ended_leg(loopback, HOME) is None


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    "changed", [{"call_direction": "inbound"}, {"callee_id_number": "2001", "to": "2001@x"}]
)
def test_legs_without_a_destination(changed: dict[str, Any]) -> None:
    """A caller's own leg, and a leg to an extension, are judged only by their length."""
    found = ended_leg(hook(leg(**changed)), HOME)
    assert found
    assert (found.destination, found.country, found.abroad) == (None, "", False)


@pytest.mark.usefixtures("table")
def test_other_deliveries() -> None:
    """A delivery that is neither the end of a leg nor a rating is ignored."""
    answered = hook(leg())
    answered.item["sk"] = {"S": "event#channel_answer#1"}
    assert ended_leg(answered, HOME) is None
    assert leg_charge(answered) is None
    assert leg_charge(listed(leg())) is None
    assert ended_leg(rated(leg()), HOME) is None


# -- any order -------------------------------------------------------------------------------------

LEGS = st.lists(
    st.fixed_dictionaries(
        {
            "ago": st.integers(0, 5).map(lambda n: n * 1500),
            "billing_seconds": st.sampled_from([1, 30, 61, 130]),
            "callee_id_number": st.sampled_from(["+442071838750", "+33142685300", "+14155550199"]),
            "sources": st.sets(st.sampled_from([*REPORT]), min_size=1),
        }
    ),
    max_size=5,
)
CHANCES = st.randoms(use_true_random=False)
_accounts = (f"{number:032x}" for number in range(10**6))


def reports(account: str, legs: Sequence[Mapping[str, Any]]) -> list[Delivery]:
    """The deliveries of each leg's sources."""
    found = []
    for number, each in enumerate(legs):
        seconds, end = each["billing_seconds"], to_gregorian(NOW) - each["ago"]
        event = leg(number, account_id=account, timestamp=end, billing_seconds=seconds)
        event |= {"callee_id_number": each["callee_id_number"]}
        found += [REPORT[source](event) for source in sorted(each["sources"])]
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


def result(deliveries: Sequence[Delivery], account: str) -> tuple[Any, set[str]]:
    """The sums and the alarms after deliveries in this order."""
    alarms, kept = worker(*COUNTED), Kept()
    alarms._records = kept  # type: ignore[assignment]
    for each in deliveries:
        alarms.check(each)
    hours = [hour_of(NOW - timedelta(hours=ago)) for ago in range(4)]
    names = {key.removeprefix(f"{account}#") for key in kept.keys}
    return Tallies().of(account, [*hours, "2036-01-15", "2036-W03"]), names


def in_any_order(legs: list[dict[str, Any]], chance: Random) -> None:
    """Deliver *legs* in order to one account, shuffled with repetitions to another, and compare."""
    one, other = next(_accounts), next(_accounts)
    again = reports(other, legs)
    again += chance.choices(again, k=chance.randrange(8)) if again else []
    chance.shuffle(again)
    assert result(again, other) == result(reports(one, legs), one)


ONE_TABLE = [HealthCheck.function_scoped_fixture]
"""Each example has its own accounts."""


@pytest.mark.usefixtures("table")
@given(LEGS, CHANCES)
@settings(max_examples=25, deadline=None, suppress_health_check=ONE_TABLE)
def test_any_order_and_repetition_give_the_same(legs: list[dict[str, Any]], chance: Random) -> None:
    """Shuffled and repeated deliveries give the same sums and alarms as one for each leg."""
    in_any_order(legs, chance)


@pytest.mark.long
@pytest.mark.usefixtures("table")
@given(LEGS, CHANCES)
@settings(max_examples=500, deadline=None, suppress_health_check=ONE_TABLE)
def test_any_order_and_repetition_give_the_same_always(
    legs: list[dict[str, Any]], chance: Random
) -> None:
    """The same, with many more examples."""
    in_any_order(legs, chance)


@pytest.mark.usefixtures("table")
def test_sums_are_those_of_the_legs() -> None:
    """A leg that three sources report counts once, in the hour in which it ended."""
    late = leg(2, timestamp=to_gregorian(NOW) - 3600, billing_seconds=30)
    deliveries = [REPORT[source](each) for each in (leg(), late) for source in REPORT]
    sums, alarms = result(deliveries, ACCOUNT)
    eleven = {"seconds": 90, "calls:GB": 2, "cost:USD": 9000}
    assert sums[:3] == [{}, eleven, {}]
    assert sums[4:] == [{"cost:USD": 9000}, {"cost:USD": 9000}]
    assert not alarms


# -- alarms ----------------------------------------------------------------------------------------


def test_an_alarm_is_a_delivery(table: str, log: io.StringIO) -> None:
    """It has the rule, the window, the leg, and what was compared: no number, no name."""
    worker(LongCall(2)).check(hook(leg(billing_seconds=125)))
    ((key, stored),) = alarms_of(table).items()
    assert key == "long_call-2036-01-15T11"
    assert stored.name == "cdr_alarm"
    assert stored.values == {
        "event_name": "cdr_alarm",
        "account_id": ACCOUNT,
        "timestamp": to_gregorian(NOW) - 600,
        "rule": "long_call",
        "window": "2036-01-15T11",
        "summary": "A call lasted 2 minutes; the limit is 2 (2036-01-15, 11:00 to 12:00 UTC).",
        "call_id": "leg-1",
        "minutes": 2,
        "limit": 2,
        "country": "GB",
    }
    assert isinstance(stored.event, OtherEvent)
    assert (stored.event.name, stored.event.timestamp) == ("cdr_alarm", NOW - timedelta(minutes=10))
    assert stored.record
    assert (stored.record.state, stored.record.facts["rule"]) == ("noted", "long_call")
    assert "44207" not in str(stored.item)
    (line,) = map(json.loads, log.getvalue().splitlines())
    assert (line["message"], line["rule"], line["account_id"]) == ("alarm", "long_call", ACCOUNT)
    assert "44207" not in log.getvalue()


def test_a_metric_by_rule(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each alarm adds one to the metric of its rule; a repeated one adds nothing."""
    assert table
    for _ in range(2):
        worker(LongCall(1)).check(hook(leg(billing_seconds=61)))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert [(line["CdrAlarm"], line["rule"]) for line in lines] == [([1.0], "long_call")]
    (directive,) = lines[0]["_aws"]["CloudWatchMetrics"]
    assert set(directive["Dimensions"][0]) == {"rule", "service"}


def test_no_storm(table: str) -> None:
    """A rule that stays broken raises one alarm for each account and window."""
    alarms = worker(CallsPerHour(2), LongCall(1))
    for number in range(10):
        alarms.check(hook(leg(number, billing_seconds=100)))
    for number in range(10, 13):
        late = leg(number, billing_seconds=100, timestamp=to_gregorian(NOW) - 3700)
        alarms.check(hook(late))
    assert alarms_of(table).keys() == {
        *("calls_per_hour-2036-01-15T11", "long_call-2036-01-15T11"),
        *("calls_per_hour-2036-01-15T10", "long_call-2036-01-15T10"),
    }


def test_history_raises_no_alarm(table: str) -> None:
    """A leg that ended days ago is counted, and raises no alarm."""
    old = to_gregorian(NOW) - 2 * 86_400 - 1
    worker(*COUNTED).check(hook(leg(timestamp=old, billing_seconds=600)))
    assert not alarms_of(table)
    hour = hour_of(from_gregorian(old))
    assert Tallies().of(ACCOUNT, [hour]) == [{"seconds": 600, "calls:GB": 1}]


def test_a_new_country(table: str) -> None:
    """After two weeks, the first call to a country raises an alarm, and the next one does not."""
    alarms = worker(NewCountry(30))
    alarms.check(hook(leg(1, timestamp=to_gregorian(NOW) - 15 * 86_400)))
    french = {"callee_id_number": "+33142685300"}
    alarms.check(hook(leg(2)))
    assert not alarms_of(table)
    alarms.check(hook(leg(3, **french, timestamp=to_gregorian(NOW) - 7200)))
    alarms.check(hook(leg(4, **french)))
    ((key, stored),) = alarms_of(table).items()
    assert (key, stored.values["country"]) == ("new_country-2036-01-15T10", "FR")


def test_office_hours(table: str) -> None:
    """A call abroad while the office is closed raises an alarm, a call at home does not."""
    week: Any = {"zone": "UTC", "week": {"mon-fri": "13:00-18:00"}}
    Directory("office_hours").of(Account(ACCOUNT)).put("account", week)
    alarms = worker(AfterHours(on=True))
    alarms.check(hook(leg(1, callee_id_number="+14155550199")))
    assert not alarms_of(table)
    alarms.check(hook(leg(2)))
    assert alarms_of(table).keys() == {"after_hours-2036-01-15T11"}


def test_hours_that_cannot_be_read(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An account with invalid hours is always open, which is counted; other rules go on."""
    Directory("office_hours").of(Account(ACCOUNT)).put("account", {"zone": "Nowhere", "week": {}})
    worker(AfterHours(on=True), LongCall(1)).check(hook(leg(billing_seconds=61)))
    assert alarms_of(table).keys() == {"long_call-2036-01-15T11"}
    assert '"OfficeHoursUnusable":[1.0]' in capsys.readouterr().out


def test_a_failed_delivery_is_checked_again(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A delivery whose alarm could not be stored comes again, counts once, and raises the alarm."""
    alarms = worker(MinutesPerHour(1), NewCountry(30))
    alarms.check(hook(leg(0, timestamp=to_gregorian(NOW) - 15 * 86_400)))
    french = hook(leg(1, callee_id_number="+33142685300", billing_seconds=61))
    with monkeypatch.context() as broken:
        broken.setattr(alarms, "_raise", lambda *_: (_ for _ in ()).throw(ConnectionError))
        with pytest.raises(ConnectionError):
            alarms.check(french)
    assert not alarms_of(table)
    alarms.check(french)
    assert {*alarms_of(table)} == {"minutes_per_hour-2036-01-15T11", "new_country-2036-01-15T11"}
    assert Tallies().of(ACCOUNT, ["2036-01-15T11"]) == [{"seconds": 61}]


@pytest.mark.parametrize("round_", range(8))
def test_sixteen_copies_at_once(table: str, monkeypatch: pytest.MonkeyPatch, round_: int) -> None:
    """Of sixteen concurrent copies of a delivery one counts, and one alarm is stored."""
    alarms, rating = worker(SpendPerHour(1)), rated(leg(round_, billing_seconds=200))
    stored: list[bool] = []
    keep = alarms._records.keep

    def kept(item: Item) -> bool:
        stored.append(keep(item))
        return stored[-1]

    monkeypatch.setattr(alarms._records, "keep", kept)
    at_once(16, lambda: alarms.check(rating))
    assert sorted(stored) == [False] * 15 + [True]
    assert alarms_of(table)["spend_per_hour-2036-01-15T11"].values["spend"] == 2.0


def test_the_function_itself(table: str) -> None:
    """The rules of the template find a long call to a satellite phone."""
    handler = functions.load("workers/cdr_alarms")
    satellite = hook(leg(billing_seconds=5 * 3600, callee_id_number="+8821612345678"))
    handler.template(satellite, *handler.settings.of(satellite))
    assert alarms_of(table).keys() == {
        *("long_call-2036-01-15T11", "risky_destination-2036-01-15T11"),
    }


def test_the_role_grants_what_is_used(tables: Mapping[str, str], project: Project) -> None:
    """The worker uses each action on each table that its role allows, and no other."""
    resources = {tables[variable]: resource for variable, resource in TABLES.items()}
    used: set[tuple[str, str]] = set()
    with requests() as sent:
        alarms = worker(MinutesPerHour(1), AfterHours(on=True))
        alarms.check(hook(leg(billing_seconds=61)))
        alarms.check(rated(leg()))
    for each in sent:
        used |= _actions(each)
    done = {(f"dynamodb:{action}", resources[table]) for action, table in used}
    assert done == allowed(project, "CdrAlarmsWorkerRole")


TABLES = {
    "CALL_STATE_TABLE": "CallStateTable",
    "CALL_RECORDS_TABLE": "CallRecordsTable",
    "DIRECTORY_TABLE": "DirectoryTable",
}


def _actions(sent: Sent) -> set[tuple[str, str]]:
    """The actions of a request, with their tables."""
    asked = sent.parameters
    steps = [step for each in asked.get("TransactItems", []) for step in each.items()]
    found = {(f"{kind}Item", step["TableName"]) for kind, step in steps}
    found |= {(sent.operation, name) for name in asked.get("RequestItems", {})}
    return found | ({(sent.operation, asked["TableName"])} if "TableName" in asked else set())
