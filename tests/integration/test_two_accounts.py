"""Two accounts at once in every function: neither hears, stores, or sends anything of the other's.

Each function is played for one account, for the other, and for both in turn, with the same numbers,
Call-IDs, PINs, and names. What it answers an account, what it stores, and what it sends must be the
same, whether or not the other account is there. The functions are those in the folders.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest
import time_machine

from pivotctl.entries import EVERY
from pivotctl.infra.fragment import Fragment
from pivotctl.stack import seed
from pivotctl.upstreams import FAKES, Upstreams, redirected
from pivotkit.core.gregorian import GREGORIAN_EPOCH
from pivotkit.http.keys import digest_of
from pivotkit.http.parameters import Value
from pivotkit.services.crossbar import Account
from pivotkit.services.upstream import UpstreamDown
from pivotkit.store.call_records import CallRecords
from pivotkit.store.directory import Directory, Entry
from pivotkit.store.records import Delivery, Record
from pivotkit.workers.bus import detail_of
from scripts.sample_deliveries import MORE
from tests import functions
from tests.accounts import FIRST, SECOND
from tests.aws import aws_client
from tests.events import JSON, event
from tests.integration.pivotkit.workers.batches import queue, stream
from tests.integration.replaying import Line

pytestmark = pytest.mark.slow

OURS, THEIRS = FIRST.account_id, SECOND.account_id
BOTH = (OURS, THEIRS)
SINGLE = ((OURS,), (THEIRS,))
AT = datetime(2037, 9, 21, 12, tzinfo=UTC)
"""A Monday in the future: the emulator deletes what has expired by its own clock."""

EARLIER = datetime(2037, 9, 21, 11, tzinfo=UTC).isoformat()
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # published in the specification's own tests
CALLER = "+14155550123"
BUCKET = "files-of-two-accounts"
TABLES = ("CALL_STATE_TABLE", "CALL_RECORDS_TABLE", "DIRECTORY_TABLE")

_TOKEN = re.compile(r"/t1\.[^/\"]+")

_RANDOM = re.compile(r"c2c-[0-9a-f-]+|card_[0-9]+")
"""IDs that the fakes give to calls and to cards."""

type Keys = Sequence[str]
type Play = tuple[str, Keys]
"""A call: the number that was dialed, and the keys that are pressed."""

WRONG: Keys = ("9999", "9998", "9997", "9996")
RIGHT: Mapping[str, Play] = {
    "account_balance": ("", ("4321", "1001", "4321", "1")),
    "card_payment": ("", ("20417", "1", "4242424242424242", "1230")),
    "disa": ("", ("246810", "4155550177")),
    "doorman": ("6069", ("1",)),
    "emergency_closure": ("*6063", ("2580", "2")),
    "masked_number": ("+14155550160", ()),
    "office_hours": ("*6051", ("2580", "2")),
    "pin_gate": ("", ("482915",)),
    "set_caller_id": ("+14155550100", ()),
    "supervisor": ("", ("100", "753951", "1", "2001")),
    "twiml_conference": ("", ("2", "4321")),
}
"""Calls that get past a PIN, or to an entry of seed.json; the others press 1."""

OTHERS: Play = ("", ("1", "1", "1", "1"))


SHARING = frozenset({"appointment", "one_time_code"})
"""Functions whose many calls meet, as declared: in the calendar, and in the texts to a number."""


@dataclass
class Outcome:
    """The answers by account, the items in the tables by key, and the requests that were sent."""

    heard: dict[str, list[str]] = field(default_factory=dict)
    stored: dict[str, Any] = field(default_factory=dict)
    sent: Counter[str] = field(default_factory=Counter)


@pytest.fixture
def fakes(
    tables: Mapping[str, str], function_environment: pytest.MonkeyPatch
) -> Iterator[Upstreams]:
    """All services, and an environment without chance."""
    assert tables
    function_environment.setattr(
        "pivotkit.calls.conversations.secrets.token_urlsafe", lambda _: "a-run-id"
    )
    for name in ("RECORDINGS_BUCKET", "MEDIA_BUCKET", "CDR_BUCKET"):
        function_environment.setenv(name, BUCKET)
    aws_client("s3").create_bucket(Bucket=BUCKET)
    _empty_bucket()
    found = Upstreams()
    found.start()
    with time_machine.travel(AT, tick=False):
        yield found
    found.stop()


def _empty_bucket() -> None:
    """Delete the files of earlier tests."""
    s3 = aws_client("s3")
    for file in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        s3.delete_object(Bucket=BUCKET, Key=file["Key"])


@dataclass
class Scene:
    """A function in its environment; `fragment` is its function.yaml."""

    fragment: Fragment
    fakes: Upstreams
    patch: pytest.MonkeyPatch

    def play(
        self,
        act: Callable[[Any, Outcome], None],
        owners: Sequence[str],
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> Outcome:
        """The outcome of *act*, with entries of *owners*, in a new copy of the function."""
        self.patch.setenv("POWERTOOLS_SERVICE_NAME", self.fragment.name)
        settings = {**self.fragment.settings, **self.fragment.samples, **more}
        for name, value in redirected(settings, self.fakes.url).items():
            self.patch.setenv(name, value)
        self.patch.setenv("SECRETS_PATH", f"/local/{self.fragment.name}")
        self.patch.setenv("CROSSBAR_URL", f"{self.fakes.url}/crossbar/v2")
        self.patch.setenv("SOCKETS_ENDPOINT", f"{self.fakes.url}/sockets")
        dynamodb = aws_client("dynamodb")
        for name in TABLES:
            seed.empty(dynamodb, os.environ[name])
        self.fakes.reset()
        self._seed(owners)
        outcome = Outcome()
        act(functions.load(self.fragment.folder.relative_to("functions")), outcome)
        outcome.stored = dict(_stored())
        outcome.sent = Counter(_sent(self.fakes))
        return outcome

    def _seed(self, owners: Sequence[str]) -> None:
        path = functions.ROOT / self.fragment.folder / "seed.json"
        found = seed.read(path) if path.is_file() else []
        entries = [each for each in found if each.account != THEIRS]
        for entry in entries:
            for owner in owners if entry.account == OURS else [EVERY]:
                item = seed.item_of(entry._replace(account=owner), path)
                table = os.environ["DIRECTORY_TABLE"]
                aws_client("dynamodb").put_item(TableName=table, Item=item)


def _stored() -> Iterator[tuple[str, Any]]:
    """Everything in tables and bucket, by its place, without what is random."""
    for name in TABLES:
        for item in aws_client("dynamodb").scan(TableName=os.environ[name])["Items"]:
            place = f"{name} {item['pk']['S']} {item.get('sk', {}).get('S', '')}"
            tries = {"tries": len(item["tries"]["M"])} if "tries" in item else {}
            yield place, _RANDOM.sub("id", json.dumps({**item, **tries}, default=repr))
    for file in aws_client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", []):
        yield f"{BUCKET} {file['Key']}", file["Size"]


def _sent(fakes: Upstreams) -> Iterator[str]:
    for service in FAKES:
        for each in fakes[service].received:
            if "_auth" not in each.path:
                asked = [service, each.method, each.path, dict(each.query), each.body]
                yield _RANDOM.sub("id", json.dumps(asked))


def apart(name: str, both: Outcome, alone: Mapping[str, Outcome]) -> None:
    """Check that *both* is what each had *alone*, and nothing else. *name* is the function's."""
    ours, theirs = (alone[account] for account in BOTH)
    assert both.heard == ours.heard | theirs.heard, name
    own = [{place for place in each.stored if not _shared(place)} for each in (ours, theirs)]
    assert own[0].isdisjoint(own[1]), name
    everything = ours.stored | theirs.stored
    assert both.stored.keys() == everything.keys(), name
    for place in own[0] | own[1]:
        assert both.stored[place] == everything[place], (name, place)
    for account, outcome in alone.items():
        other = THEIRS if account == OURS else OURS
        assert other not in json.dumps(outcome.stored), name
    assert both.sent == ours.sent + theirs.sent, name


def _shared(place: str) -> bool:
    """Whether it is an entry of seed.json that all share, or a count of all accounts together."""
    table, partition, *_ = place.split(" ")
    return (table == "DIRECTORY_TABLE" and "#" not in partition) or "attempts#*#" in partition


# -- calls -----------------------------------------------------------------------------------------


def of_kind(*kinds: str) -> list[Fragment]:
    """The functions in the folders of these kinds."""
    folders = (functions.FUNCTIONS / kind for kind in kinds)
    found = (path.parent for folder in folders for path in sorted(folder.glob("*/app.py")))
    return [Fragment.read(functions.ROOT, folder) for folder in found]


def calls(plays: Mapping[str, Sequence[Play]]) -> Callable[[Any, Outcome], None]:
    """Place the calls of each account: the first ones in turn, step by step, then the next."""

    def act(handler: Any, outcome: Outcome) -> None:
        for number in range(max(map(len, plays.values()))):
            placed = {each: own[number] for each, own in plays.items() if number < len(own)}
            lines = {each: _line(handler, each, number, play) for each, play in placed.items()}
            for step in range(-1, max(len(keys) for _, keys in placed.values())):
                for account, line in lines.items():
                    keys = placed[account][1]
                    if step < len(keys) and line.follow_up_or_first:
                        line.ask(keys[step] if step >= 0 else None)
                        body = _TOKEN.sub("/<token>", line.answer["body"])
                        outcome.heard.setdefault(account, []).append(body)

    return act


class Placed(Line):
    """A line that is used until the last answer leads to no further request."""

    @property
    def follow_up_or_first(self) -> bool:
        """Whether KAZOO would ask again."""
        return not self.answer or bool(self.follow_up)


def _line(handler: Any, account: str, number: int, play: Play) -> Placed:
    fields = {"Account-ID": account, "Request": play[0] or "2030", "To": play[0] or "2030"}
    fields |= {"Caller-ID-Number": CALLER, "Caller-ID-Name": "Jane Doe"}
    return Placed(handler, f"call-{number}@198.51.100.23", **fields)


PIVOT = of_kind("pivot")
PLAYS: Mapping[str, Callable[[Play], Mapping[str, Sequence[Play]]]] = {
    "twins": lambda play: {OURS: [play], THEIRS: [play]},
    "guesses": lambda play: {
        OURS: [(play[0], ()), (play[0], ()), play],
        THEIRS: [(play[0], WRONG), (play[0], (*play[1][:1], *WRONG)), play],
    },
}
"""Two accounts that do the same; one that guesses PINs while the other enters the right one."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("plays", "owners"), [("twins", (OURS,)), ("guesses", BOTH)])
def test_calls_of_two_accounts(
    plays: str, owners: Sequence[str], fakes: Upstreams, function_environment: pytest.MonkeyPatch
) -> None:
    """A caller hears, stores, and causes the same, whatever happens in another account.

    Only one account has entries; or both have the same, and callers of the other one guess PINs.
    """
    for fragment in (each for each in PIVOT if each.may and each.name not in SHARING):
        scene = Scene(fragment, fakes, function_environment)
        wanted = PLAYS[plays](RIGHT.get(fragment.name, OTHERS))
        alone = {
            account: scene.play(calls({account: own}), [each for each in owners if each == account])
            for account, own in wanted.items()
        }
        apart(fragment.name, scene.play(calls(wanted), owners), alone)


def test_the_calls_get_past_their_pins(
    fakes: Upstreams, function_environment: pytest.MonkeyPatch
) -> None:
    """The keys above lead to what only the account's own entries have."""
    for fragment in (each for each in PIVOT if each.name in RIGHT):
        scene, play = Scene(fragment, fakes, function_environment), RIGHT[fragment.name]
        seeded, bare = (scene.play(calls({OURS: [play]}), owners) for owners in ([OURS], []))
        assert seeded.heard != bare.heard, fragment.name


# -- deliveries ------------------------------------------------------------------------------------

RECEIVERS = [each for each in of_kind("webhooks", "cdr") if each.name != "recordings"]
WORKERS = [each for each in of_kind("workers") if not each.schedule]
LEG = {
    "call_direction": "outbound",
    "owner_id": "u1",
    "caller_id_number": CALLER,
    "callee_id_number": "+14155550199",
    "other_leg_call_id": "a-leg",
    "billing_seconds": 60,
    "timestamp": int(AT.timestamp()) + GREGORIAN_EPOCH,
}


def deliveries(account: str) -> list[dict[str, Any]]:
    """The events of an account: the same for each, but for the Account-ID."""
    legs = ("channel_create", "channel_answer", "channel_bridge", "channel_destroy")
    found = [LEG | {"call_id": "same-leg", "hook_event": name} for name in legs]
    changes = ("doc_created", "doc_edited", "doc_deleted")
    found += [{"action": name, "type": "user", "id": "u1"} for name in changes]
    named = ("missed_call", "voicemail_new", "inbound_fax", "outbound_fax", "funnel")
    found += [MORE[name] | {"call_id": f"{name}-call"} for name in named]
    return [{**each, "account_id": account} for each in found]


def received(kind: str, accounts: Sequence[str]) -> Callable[[Any, Outcome], None]:
    """Deliver the events of *accounts* to a receiver, in turn."""

    def act(handler: Any, outcome: Outcome) -> None:
        for together in zip(*map(deliveries, accounts), strict=True):
            for values in together:
                sent = event(json.dumps(values), key=f"{kind}-development", content_type=JSON)
                status = str(handler(sent, None)["statusCode"])
                outcome.heard.setdefault(values["account_id"], []).append(status)

    return act


@pytest.mark.timeout(300)
def test_deliveries_of_two_accounts(
    fakes: Upstreams, function_environment: pytest.MonkeyPatch
) -> None:
    """The same events of two accounts are stored twice: once for each, under its own key."""
    for fragment in RECEIVERS:
        kind = fragment.kind.name
        function_environment.setenv("KEY_HASHES", digest_of(f"{kind}-development"))
        scene = Scene(fragment, fakes, function_environment)
        alone = {account: scene.play(received(kind, [account]), []) for account in BOTH}
        apart(fragment.name, scene.play(received(kind, BOTH), []), alone)
        statuses = (status for each in alone.values() for status in each.heard.popitem()[1])
        assert set(statuses) == {"200"}, fragment.name


def batch(fragment: Fragment, item: dict[str, Any]) -> dict[str, Any]:
    """The delivery *item* as the worker's trigger brings it."""
    if fragment.stream:
        return stream(item)
    if fragment.queue:
        return queue(json.dumps(item))
    return queue(json.dumps({"detail": json.loads(detail_of(Delivery(item["pk"]["S"], item)))}))


def worked(
    fragment: Fragment, items: Mapping[str, Sequence[dict[str, Any]]], customer: str
) -> Callable[[Any, Outcome], None]:
    """Store the deliveries *items* of each account, and hand them to a worker in turn."""

    def act(handler: Any, outcome: Outcome) -> None:
        for account, own in items.items():
            endpoint: dict[str, Value] = {
                "url": f"{customer}/{account}",
                "secret": SECRET,
                "events": ["*"],
            }
            Directory("endpoints").of(Account(account)).put("all", {"endpoints": [endpoint]})
            for item in own:
                CallRecords().keep(item)
        for together in zip(*items.values(), strict=True):
            for account, item in zip(items, together, strict=True):
                answer = handler(batch(fragment, item), None)
                failed = f"{len(answer['batchItemFailures'])} failed"
                outcome.heard.setdefault(account, []).append(failed)

    return act


def delivered(account: str) -> list[dict[str, Any]]:
    """The events of an account as the receiver of all events stores them, and a verified CDR."""
    seed.empty(aws_client("dynamodb"), os.environ["CALL_RECORDS_TABLE"])
    received("webhooks", [account])(functions.load("webhooks/everything"), Outcome())
    pages = (
        aws_client("dynamodb")
        .get_paginator("scan")
        .paginate(TableName=os.environ["CALL_RECORDS_TABLE"])
    )
    found = sorted((item for page in pages for item in page["Items"]), key=_place)
    facts: dict[str, str | int] = {
        "call_direction": "outbound",
        "to": "447712345678@x",
        "billing_seconds": 41,
    }
    record = Record("ended", AT, facts, verified=True).as_json()
    cdr = {"pk": {"S": f"{account}#same-leg"}, "sk": {"S": "api#cdr#1"}, "record": {"S": record}}
    return [*found, {**cdr, "received_at": {"N": str(int(AT.timestamp()))}}]


def _place(item: Mapping[str, Any]) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


@pytest.mark.filterwarnings("ignore:Couldn't determine the remaining time")
@pytest.mark.usefixtures("buses")
@pytest.mark.timeout(300)
def test_work_for_two_accounts(fakes: Upstreams, function_environment: pytest.MonkeyPatch) -> None:
    """A worker has the effects of each account's deliveries in that account alone."""
    function_environment.setenv("MEDIA_ACCOUNTS", "all")
    function_environment.setenv("KEY_HASHES", digest_of("webhooks-development"))
    items = {account: delivered(account) for account in BOTH}
    assert len(items[OURS]) == len(items[THEIRS]) > 10
    customer = f"{fakes.url}/customer/hooks"
    for fragment in WORKERS:
        scene = Scene(fragment, fakes, function_environment)
        alone = {
            account: scene.play(worked(fragment, {account: own}, customer), [account])
            for account, own in items.items()
        }
        apart(fragment.name, scene.play(worked(fragment, items, customer), BOTH), alone)


SCHEDULED = [each for each in of_kind("workers") if each.schedule]
QUEUE, CLICK_TO_CALL = "e9d8c7b6a5f4038271605f4e3d2c1b0a", "c11c70ca11000000000000000000ca11"


def ran(accounts: Sequence[str]) -> Callable[[Any, Outcome], None]:
    """Run a scheduled worker, with a callback waiting in each account."""

    def act(handler: Any, outcome: Outcome) -> None:
        for account in accounts:
            entry: Entry = {"number": CALLER, "ticket": 1, "attempts": 0, "asked_at": EARLIER}
            Directory("callback").of(Account(account)).put(f"{QUEUE}#{CALLER}", entry)
        with suppress(UpstreamDown):
            handler({"time": AT.isoformat()}, None)
        del outcome

    return act


def test_schedules_of_two_accounts(
    fakes: Upstreams, function_environment: pytest.MonkeyPatch
) -> None:
    """A scheduled worker has the same effects in an account, whichever others it acts for."""
    for fragment in SCHEDULED:
        scene = Scene(fragment, fakes, function_environment)
        played = {who: scene.play(ran(who), who, runs_for(who)) for who in (BOTH, *SINGLE)}
        apart(fragment.name, played[BOTH], {who: played[who,] for who in BOTH})


def runs_for(accounts: Sequence[str]) -> dict[str, str]:
    """The settings that name the accounts of scheduled workers."""
    queues = (f"{QUEUE}={account}/{CLICK_TO_CALL}" for account in accounts)
    named = dict.fromkeys(("CDR_ACCOUNTS", "HOOK_ACCOUNTS"), " ".join(accounts))
    return {**named, "CLICK_TO_CALL": " ".join(queues)}
