"""Every setting of every Pivot template takes effect in the account that has it, and in no other.

A template is played twice, for two accounts that do the same. The second time, one of them has a
setting of its own: what it hears, stores, or sends has to change, and the other's must not.
"""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from pivotctl.infra.fragment import Fragment
from pivotctl.upstreams import Upstreams
from pivotkit.calls.conversations import SETTINGS
from pivotkit.core.setting_types import DocumentId, Whole
from pivotkit.core.settings import Field
from pivotkit.http.parameters import Value
from pivotkit.services.crossbar import Account
from pivotkit.store.account_settings import Texts, entry_key
from pivotkit.store.directory import Directory
from tests.aws import aws_client
from tests.integration.replaying import Line
from tests.integration.test_two_accounts import (
    BOTH,
    CALLER,
    OTHERS,
    OURS,
    PIVOT,
    RIGHT,
    THEIRS,
    Keys,
    Outcome,
    Scene,
    fakes,
)

__all__ = ["fakes"]

pytestmark = pytest.mark.slow

OTHER_ID = "0123456789abcdef0123456789abcdef"
DEAD = "http://127.0.0.1:9/v1"
"""The base URL of a service that never answers."""

OTHER: Mapping[str, str] = {
    "country": "GB",
    "countries and prefixes": "GB",
    "device IDs": OTHER_ID,
    "document": "nowhere",
    "extension": "6099",
    "language": "de-de",
    "members": f"user:{OTHER_ID}",
    "members with shares": f"user:{OTHER_ID}",
    "number or extension": "6099",
    "phone number": "+14155550188",
    "phone number or dialled": "+14155550188",
    "presence ID": "elsewhere",
    "room name": "elsewhere",
    "media ID or URL": "https://media.example.com/other.mp3",
    "SIP code": "480",
    "URL": "https://other.example.com/v1",
    "URL of a service": DEAD,
    "true or false": "true",
    "calendar": "another",
    "pattern of numbers": "^999",
    "time zone": "America/New_York",
}
"""Another valid value, by the label of a type; IDs, texts, and numbers have one of their own."""


TEXTED = "the code"
"""The key for the code in the last text message."""


class Change(NamedTuple):
    """A call in which a setting takes effect: the number that is dialed, and what is pressed.

    A key is `1`, or `service=1` for a named collection, or '' for silence. *value* is the account's
    value, *besides* are settings that it has before, and *fields* are those of KAZOO's request.
    Both accounts have the *entry*, its kind, key, and value, besides those of seed.json.
    """

    called: str = ""
    keys: Keys = ()
    value: str = ""
    besides: dict[str, str] = {}  # noqa: RUF012
    fields: Mapping[str, str] = MappingProxyType({})
    entry: tuple[str, str, dict[str, Value]] | None = None

    @property
    def number(self) -> str:
        """The number that is dialed."""
        return self.called or "2030"


def called_by(number: str, called: str = "", keys: Keys = (), **besides: str) -> Change:
    """A call from *number*."""
    return Change(called, keys, besides=besides, fields={"Caller-ID-Number": number})


NATIONAL = called_by("4155550123")
TO_NATIONAL = Change("4155550177")
DIALED = Change("4155550177", besides={"number": "dialled"})
STATIC = Change(besides={"caller_id": "static"})
NUMBER: Keys = ("4155550177",)
STRANGER = "+14155550199"
DIAL_OUT: Keys = ("246810", "4155550177")
PAYMENT: Keys = ("20417", "1", "4242424242424242", "1239")
OPEN = Change(entry=("switch", "emergency_closure", {"reason": ""}))
GOOGLE = {
    "calendar": "google",
    "calendar_url": "{fakes}/google",
    "calendar_login_url": "{fakes}/google",
    "calendar_client_id": "client",
}
"""A calendar at its fake; `{fakes}` stands for the address of all fakes."""

ALWAYS_OPEN: tuple[str, str, dict[str, Value]] = (
    *("office_hours", "2030"),
    {"zone": "UTC", "week": {"mon-sun": "00:00-24:00"}},
)
MODEL = {"assistant": "bedrock"}
OUTBOUND = "*774155550177"


def without(settings: dict[str, str], name: str) -> dict[str, str]:
    """The settings but one."""
    return {key: value for key, value in settings.items() if key != name}


def booking(*keys: str) -> Change:
    """A call of someone without an appointment in a calendar of Google."""
    return called_by(STRANGER, keys=keys, **GOOGLE)


def in_hours(settings: dict[str, str], value: str = "") -> Change:
    """A call in office hours, while the calendar has an event."""
    return Change(value=value, besides=settings, entry=ALWAYS_OPEN)


CHANGES: Mapping[str, Change] = {
    "account_balance.front_desk": called_by(STRANGER, keys=("1001", "4321", "1")),
    "appointment.appointment_minutes": booking("1"),
    "appointment.appointments_with": called_by("+14155550126", **GOOGLE),
    "appointment.calendar": called_by(STRANGER, **without(GOOGLE, "calendar")),
    "appointment.calendar_client_id": called_by(STRANGER, **without(GOOGLE, "calendar_client_id")),
    "appointment.calendar_login_url": booking(),
    "appointment.calendar_name": booking(),
    "appointment.calendar_url": Change(),
    "appointment.first_hour": booking("1"),
    "appointment.last_hour": booking("1"),
    "appointment.time_zone": booking("1"),
    "appointment.front_desk": called_by(STRANGER),
    "appointment.home_country": NATIONAL,
    "area_code.east_office": called_by("+12125550123"),
    "area_code.front_desk": called_by("+13125550123"),
    "area_code.home_country": NATIONAL,
    "area_code.london_office": called_by("+442071838750"),
    "assistant.assistant_url": Change(besides={"assistant": "service"}),
    "assistant.front_desk": Change(keys=("0",)),
    "assistant.sales": Change(keys=("3",)),
    "assistant.voicemail_box": Change(keys=("0",)),
    "callback_queue.home_country": called_by("4155550111"),
    "callback_queue.keep_hours": Change(keys=("1",)),
    "callback_queue.most_callbacks": Change(value="2"),
    "callback_queue.queue": Change(keys=("3",)),
    "caller_list.denied": called_by("anonymous"),
    "caller_list.home_country": called_by("4155550166"),
    "caller_list.others": called_by(STRANGER),
    "caller_rules.home_country": called_by("4155550123", "+14155550100"),
    "caller_rules.support": called_by("2001"),
    "caller_rules.voicemail_box": called_by("anonymous"),
    "caller_rules.west_office": Change("+14155550100"),
    "card_payment.payments_url": Change(keys=PAYMENT),
    "card_payment.recorded": Change(value="no"),
    "conference.home_country": called_by("4155550123", rooms="area_code"),
    "crm_lookup.front_desk": Change(besides={"crm_url": DEAD}),
    "custom_webhook.bills": Change(keys=("2", "2")),
    "custom_webhook.front_desk": Change(keys=("9",)),
    "custom_webhook.phones": Change(keys=("2", "1")),
    "dial_out.allowed_destinations": TO_NATIONAL,
    "dial_out.carriers": TO_NATIONAL,
    "dial_out.home_country": TO_NATIONAL,
    "dial_out.ring_seconds": TO_NATIONAL,
    "disa.calls_per_hour": Change(keys=DIAL_OUT, value="0"),
    "do_not_disturb.dnd_id": Change("*78"),
    "doorman.callee": Change(),
    "doorman.inside_number": Change("6099"),
    "doorman.kazoo_url": Change(),
    "doorman.recording_url": Change(),
    "doorman.rings": Change(keys=("", ""), value="1"),
    "doorman.voicemail_box": Change(keys=("",) * 5),
    "emergency_closure.front_desk": OPEN,
    "emergency_closure.switch_number": Change("6099"),
    "emergency_closure.voicemail_box": OPEN,
    "failover.front_desk": Change(besides={"primary_url": DEAD, "secondary_url": DEAD}),
    "failover.sales": called_by("+14155550199"),
    "failover.secondary_url": Change(besides={"primary_url": DEAD}),
    "hang_up.media": Change(besides={"ending": "play"}),
    "hang_up.words": Change(besides={"ending": "say"}),
    "ivr_tree.front_desk": Change(besides={"tree": "nowhere"}),
    "ivr_tree.tree": Change(value="acme"),
    "last_agent.team": called_by(STRANGER),
    "last_agent.voicemail_box": called_by(STRANGER),
    "masked_number.home_country": Change("4155550160"),
    "menu.sales": Change(keys=("choice=1",)),
    "menu.support": Change(keys=("choice=2",)),
    "office_hours.front_desk": Change(),
    "office_hours.office": Change(value="6052"),
    "office_hours.voicemail_box": Change(),
    "one_time_code.callflow": Change(keys=(TEXTED,)),
    "one_time_code.home_country": NATIONAL,
    "one_time_code.texts_per_hour": Change(value="0"),
    "outbound_ivr.home_country": called_by("4155550124"),
    "outbound_ivr.our_number": Change(keys=("", "")),
    "prepaid_call.allowed_destinations": Change(keys=NUMBER),
    "prepaid_call.balance_url": Change(keys=NUMBER),
    "prepaid_call.caller_id": Change(keys=NUMBER),
    "prepaid_call.home_country": Change(keys=NUMBER),
    "prepaid_call.longest_minutes": Change(keys=NUMBER),
    "presence.presence_id": Change(keys=("lamp=1",)),
    "record_call.recording_url": Change(keys=("consent=1",)),
    "self_service.front_desk": Change(keys=("service=0",)),
    "self_service.page_group": Change(keys=("service=4",)),
    "self_service.supervisor_number": Change(keys=("service=5",)),
    "set_caller_id.caller_id_name": STATIC,
    "set_caller_id.caller_id_number": STATIC._replace(value="6099"),
    "set_caller_id.caller_id_prefix": Change(besides={"caller_id": "prepend"}),
    "set_caller_id.home_country": Change("4155550100"),
    "sponsored_call.allowed_destinations": DIALED,
    "sponsored_call.home_country": DIALED,
    "sponsored_call.house_ad": called_by("+14155550125"),
    "twiml_menu.support": Change(keys=("2",)),
    "variables_read.sales": Change(fields={"Custom-Application-Vars[topic]": "sales"}),
    "variables_read.support": Change(fields={"Custom-Application-Vars[topic]": "support"}),
    "whisper.language": Change("6058"),
    "assistant.greeting": Change(besides=MODEL),
    "check_cid.callers": Change(besides={"check": "list"}),
    "check_cid.mobile": Change(besides={"check": "user"}),
    "check_cid.mobile_extension": Change(besides={"check": "user"}),
    "check_cid.mobile_name": Change(besides={"check": "user"}),
    "check_cid.mobile_user": Change(besides={"check": "user"}),
    "crm_lookup.crm_client_id": Change(
        besides={"crm": "salesforce", "crm_url": "{fakes}/salesforce"}
    ),
    "dynamic_cid.action": Change(OUTBOUND),
    "dynamic_cid.allowed_destinations": Change(OUTBOUND),
    "dynamic_cid.caller_id_name": Change(OUTBOUND, besides={"action": "static"}),
    "dynamic_cid.caller_id_number": Change(OUTBOUND, besides={"action": "static"}),
    "dynamic_cid.caller_ids": Change(OUTBOUND, besides={"action": "list"}),
    "dynamic_cid.feature_code": Change(OUTBOUND),
    "dynamic_cid.home_country": Change(OUTBOUND),
    "dynamic_cid.own_numbers": Change(OUTBOUND),
    "office_hours.calendar": in_hours(without(GOOGLE, "calendar"), "google"),
    "office_hours.calendar_client_id": in_hours(without(GOOGLE, "calendar_client_id")),
    "office_hours.calendar_login_url": in_hours(GOOGLE),
    "office_hours.calendar_name": in_hours(GOOGLE),
    "office_hours.calendar_url": in_hours(GOOGLE),
}
"""The calls that differ from those of two accounts, by `template.setting`."""


ELSEWHERE = {"assistant.bedrock_model", "assistant.bedrock_url", "assistant.instructions"}
"""Settings of Bedrock, which the AWS of these tests lacks; its dialogues try them."""

DECLARED = [each for each in PIVOT if each.declares]
BY_NUMBER = [each for each in DECLARED if each.declares and each.declares.by_number]


def value_of(field: Field, default: str) -> str:
    """Another value than *default*."""
    if field.choices:
        return next(each for each in field.choices if each != default)
    if issubclass(field.kind, DocumentId):
        return OTHER_ID
    if issubclass(field.kind, Whole):
        return str(max(field.kind.least, 1) + 1)
    return OTHER.get(field.label, "Something else")


def placed(
    change: Change, fakes: Upstreams, number: str = "", /, **own: str
) -> Callable[[Any, Outcome], None]:
    """Place the call in both accounts, of which ours has its *own* settings, for a *number*."""

    def act(handler: Any, outcome: Outcome) -> None:
        besides = {name: text.format(fakes=fakes.url) for name, text in change.besides.items()}
        store(besides, "")
        store(besides | own, number)
        for account in BOTH:
            if change.entry:
                kind, key, value = change.entry
                Directory(kind).of(Account(account)).put(key, value)
            fields = {"Account-ID": account, "Request": change.number, "To": change.number}
            fields |= {"Caller-ID-Number": CALLER, **change.fields}
            caller = Caller(handler, "a-call", **fields)
            outcome.heard[account] = list(caller.answers(change.keys, fakes))

    return act


def store(texts: Texts, number: str) -> None:
    """Store settings of our account, or of one of its numbers."""
    key = entry_key(OURS, os.environ["POWERTOOLS_SERVICE_NAME"], number)
    value = {"M": {name: {"S": text} for name, text in texts.items()}}
    table = os.environ["SETTINGS_TABLE"]
    aws_client("dynamodb").put_item(TableName=table, Item={**key, "value": value})


class Caller(Line):
    """A line whose caller presses keys for as long as KAZOO asks again."""

    def answers(self, keys: Keys, fakes: Upstreams) -> Iterator[str]:
        """The function's answers, without its tokens."""
        for key in ("", *keys):
            if key == TEXTED:
                self.ask(fakes["sms"].received[-1].body["text"][13:19])
            elif "=" in key:
                name, _, digits = key.partition("=")
                self.ask(**{f"Digits[{name}]": digits})
            else:
                self.ask(key or None)
            yield re.sub(r"/t1\.[^/\"]+", "/<token>", without_fallback(self.answer["body"]))
            if not self.follow_up:
                return

    @property
    def follow_up(self) -> str:
        """The key in the URL that the last answer leads to, by TwiML's Redirect, too."""
        found = re.search(r"<Redirect[^>]*>([^<]*)", self.answer["body"])
        return found[1].split("/")[3] if found and self.is_document else super().follow_up


def without_fallback(body: str) -> str:
    """An answer without what follows a request that fails, which is the fallback."""
    if not body.startswith("{"):
        return body
    return json.dumps(json.loads(body, object_hook=_leaf_if_pivot))


def _leaf_if_pivot(value: dict[str, Any]) -> dict[str, Any]:
    return value | {"children": {}} if value.get("module") == "pivot" else value


@pytest.fixture
def scene(fakes: Upstreams, function_environment: pytest.MonkeyPatch) -> Callable[..., Scene]:
    """Scenes of functions whose accounts have settings, which are read at every request."""
    function_environment.setenv("SETTINGS_TABLE", os.environ["DIRECTORY_TABLE"])
    function_environment.setenv("PIVOTCTL_SETTINGS_SECONDS", "0")
    for secret in ("CALENDAR_TOKEN", "CALENDAR_CLIENT_SECRET", "CRM_CLIENT_SECRET"):
        function_environment.setenv(secret, "a-sample")  # fakes of products want any
    return partial(Scene, fakes=fakes, patch=function_environment)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("fragment", DECLARED, ids=lambda each: each.name)
def test_each_setting_takes_effect(fragment: Fragment, scene: Callable[..., Scene]) -> None:
    """A setting of an account changes what happens in that account, and nothing in another."""
    stage, played, without = scene(fragment), dict[str, Outcome](), []
    for change, own in changes(fragment):
        if str(change) not in played:
            played[str(change)] = stage.play(placed(change, stage.fakes), BOTH)
        plain = played[str(change)]
        changed = stage.play(placed(change, stage.fakes, **own), BOTH)
        assert seen(changed, THEIRS) == seen(plain, THEIRS), own
        if (seen(changed, OURS), changed.sent) == (seen(plain, OURS), plain.sent):
            without.append(own)
    assert without == []


@pytest.mark.parametrize("fragment", BY_NUMBER, ids=lambda each: each.name)
def test_a_number_has_its_own(fragment: Fragment, scene: Callable[..., Scene]) -> None:
    """A setting of a number changes what happens in calls to that number, and to no other."""
    stage = scene(fragment)
    change, own = next(changes(fragment))
    plain, elsewhere, here = (
        seen(stage.play(placed(change, stage.fakes, number, **texts), BOTH), OURS)
        for number, texts in (("", {}), ("7000", own), (change.number, own))
    )
    assert elsewhere == plain, own
    assert here != plain, own


def test_the_changes_are_those_of_settings() -> None:
    """Each call above is that of a setting, so that none is left when a setting goes."""
    for name, _, setting in (each.partition(".") for each in CHANGES):
        declared = [each.declares for each in PIVOT if each.name == name and each.declares]
        assert all(setting in each.fields for each in declared), (name, setting)


def changes(fragment: Fragment) -> Iterator[tuple[Change, dict[str, str]]]:
    """A call for each setting of a template, and the setting as the account's own."""
    usual = Change(*RIGHT.get(fragment.name, OTHERS))
    for setting in fragment.declares.settings if fragment.declares else ():
        name = f"{fragment.name}.{setting.field.name}"
        if not setting.field.is_secret and name not in ELSEWHERE:
            change = CHANGES.get(name, usual)
            yield (
                change,
                {setting.field.name: change.value or value_of(setting.field, setting.default)},
            )


def seen(outcome: Outcome, account: str) -> Any:
    """The answers to an account, and its items besides its settings."""
    stored = {
        place: {name: value for name, value in json.loads(item).items() if SETTINGS not in name}
        for place, item in outcome.stored.items()
        if account in place and "settings#" not in place
    }
    return outcome.heard[account], stored
