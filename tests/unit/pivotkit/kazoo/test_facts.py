"""The table of facts, compared with KAZOO's own schemas in both directions."""

import inspect
import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, NamedTuple

import pytest

from pivotctl.reader import modules as reader
from pivotkit import kazoo
from pivotkit.calls.render import rendered
from pivotkit.kazoo import endpoint, hangup, tts
from pivotkit.kazoo.action import branch_fault
from pivotkit.kazoo.facts import MODULES
from tests.kazoo import document, needs_data
from tests.kazoo_schemas import (
    Probe,
    faults,
    probes,
    schemas,
    validator,
    with_defaults,
)

ID = "b2c0a4e1d3f5968778695a4b3c2d1e0f"
URL = "https://pivot.example.com/k/pivot/x"
BYE = tts("Bye.") >> hangup()


@needs_data
@pytest.mark.parametrize("module", MODULES)
def test_the_table_of_facts_has_kazoos_properties(module: str) -> None:
    """The table and the function have exactly the properties of KAZOO's schema."""
    properties = set(schemas()[f"callflows.{module}"]["properties"]) - {"skip_module"}
    assert set(MODULES[module].properties) == properties
    assert set(inspect.signature(getattr(kazoo, module)).parameters) == properties


NUMBER = "+14155550199"
MEMBERS = [endpoint(ID, "user", delay=0, timeout=10, weight=5)]
VALID: dict[str, object] = {
    "after_bridge.data": True,
    "audio_macro.macros": [
        {"macro": "play", "id": ID},
        {"macro": "prompt", "id": "vm-goodbye"},
        {"macro": "say", "text": "5", "type": "number", "method": "pronounced"},
        {"macro": "tone", "frequencies": [440], "duration_on": 500, "duration_off": 0},
        {"macro": "tts", "text": "Hi."},
    ],
    "caller_id": {"name": "A", "number": NUMBER},
    "check_cid.caller_id": {"external": {"name": "A", "number": NUMBER}},
    "cid_types": ["internal", "external"],
    "config": {
        "name": "a",
        "conference_numbers": ["1"],
        "member": {"join_muted": True, "pins": ["1"], "numbers": ["1"], "play_entry_prompt": True},
        "moderator": {"join_deaf": False, "pins": ["1"], "numbers": ["1"]},
        "profile": {"rate": 8000, "interval": 20, "max-members": 2, "enter-sound": "a"},
        "flags": ["a"],
        "owner_id": ID,
    },
    "custom_application_vars": {"a": "1", "b": None, "c": {"d": [1, True]}},
    "custom_data": {"a": 1},
    "custom_sip_headers": {"X-A": "1"},
    "digits": "12#",
    "language": "en-us",
    "media": {"fax_option": "auto"},
    "page_group.endpoints": MEMBERS,
    "prepend_cid.action": "prepend",
    "recipients": [{"type": "email", "id": ["a@example.com"]}],
    "response.media": "m1",
    "code": 486,
    "terminators": ["1", "#"],
    "ring_group.endpoints": MEMBERS,
    "ringtones": {"internal": "a", "external": "b"},
    "slots": {"1": {}},
    "to_did": NUMBER,
    "welcome_prompt": {"play": False, "media_id": ID},
    **dict.fromkeys(("url", "uri", "voice_url", "cdr_url"), URL),
}
"""Values for properties whose schema type alone does not give a valid one."""

NEEDED: dict[str, dict[str, object]] = {
    "eavesdrop": {"approved_user_id": ID},
    "eavesdrop_feature": {"approved_user_id": ID},
    "group": {"id": ID},
    "group_pickup": {"user_id": ID},
    "intercept": {"user_id": ID},
}
"""Properties that a module needs besides its required ones, by its rules on combinations."""


def valid(module: str, name: str) -> Any:
    """A value that KAZOO accepts for a property."""
    known = VALID.get(f"{module}.{name}", VALID.get(name))
    return (
        known
        if known is not None
        else of_schema(schemas()[f"callflows.{module}"]["properties"][name])
    )


def of_schema(schema: Mapping[str, Any]) -> Any:
    """A value of the schema's type."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type") or schema["oneOf"][0]["type"]
    values: dict[str, Any] = {"string": ID, "boolean": False, "integer": 30}
    return [of_schema(schema["items"])] if kind == "array" else values[kind]


def options(module: str, *, every: bool) -> dict[str, Any]:
    """Arguments of an action: as many as are allowed together, or as few as possible."""
    parameters = inspect.signature(getattr(kazoo, module)).parameters.values()
    given = {
        option.name: valid(module, option.name)
        for option in parameters
        if every or option.default is inspect.Parameter.empty
    } | NEEDED.get(module, {})
    if every and module in ("intercept", "group_pickup"):
        given = {
            name: value for name, value in given.items() if name[:6] not in ("device", "group_")
        }
    return given


@needs_data
@pytest.mark.parametrize("every", [True, False], ids=["all", "none"])
@pytest.mark.parametrize("module", MODULES)
def test_all_modules_are_valid(*, module: str, every: bool) -> None:
    """Each of the 78 actions is valid by KAZOO's schemas, with all options and without any."""
    action = getattr(kazoo, module)(**options(module, every=every))
    flow = json.loads(rendered(action, BYE)["body"])
    assert list(validator("callflows.action").iter_errors(flow)) == []
    assert list(faults(flow)) == []


def test_there_are_78() -> None:
    """KAZOO executes 78 modules."""
    assert len(MODULES) == 78


# -- limits, in both directions ------------------------------------------------------------------


class Difference(NamedTuple):
    """Values that the facts reject although KAZOO's schemas accept them, and the reason."""

    reason: str
    what: tuple[str, ...]
    at: tuple[str, ...]

    def covers(self, probe: Probe) -> bool:
        """Tell whether this difference covers *probe*."""
        return probe.what in self.what and any(fnmatchcase(probe.at, each) for each in self.at)


NOTHING = ("nothing",)
EMPTY = ("an empty text", "beyond the minLength")
BELOW = ("a negative",)
NONE = ("a zero", "a negative")
WORDS = ("an empty text", "a text", "a long text", "a URL")
DELIBERATE = [
    Difference(
        "KAZOO crashes without it",
        NOTHING,
        ("acdc_member.id", "acdc_queue.*", "hotdesk.action"),
    ),
    Difference(
        "without it KAZOO does nothing, or nothing useful",
        NOTHING,
        (
            *("acdc_wait_time.id", "after_bridge.action", "branch_variable.variable"),
            *("callflow.id", "cidlistmatch.id", "device.id", "directory.id", "function.id"),
            *("call_forward.action", "do_not_disturb.action"),
            *(
                "intercept_feature.type",
                "lookupcidname.lists",
                "menu.id",
                "notification.template_id",
                "play.id",
            ),
            *("set_variable.*", "set_variables.custom_application_vars", "sleep.duration"),
            *("transfer.target", "user.id", "webhook.uri"),
            *("audio_macro.macros[[]].id", "audio_macro.macros[[]].text"),
            "audio_macro.macros[[]].frequencies",
        ),
    ),
    Difference(
        "KAZOO treats empty text as missing (`kz_json:get_ne_binary_value`): omit it",
        EMPTY,
        (
            *("*.id", "*_id", "*_tone", "*[[]]", "*.ringtones.*", "*.to_did", "*.digits"),
            *("after_bridge.data", "branch_variable.variable", "response.me*"),
            *("set_alert_info.alert_info", "set_variable.*", "transfer.target"),
            *("*.language", "*.text", "tts.voice", "audio_macro.macros[[]].voice"),
        ),
    ),
    Difference(
        "an entry without the data of its kind is silent",
        ("'play'", "'prompt'", "'say'", "'tone'"),
        ("audio_macro.macros[[]].macro",),
    ),
    Difference(
        "an empty list leaves KAZOO nothing to play",
        ("an empty list",),
        ("audio_macro.macros[[]].frequencies",),
    ),
    Difference(
        "KAZOO crashes on an empty list: it takes the first capture",
        ("an empty list",),
        ("transfer.captures",),
    ),
    Difference(
        "no time, delay, or length is negative",
        BELOW,
        (
            *("*.delay", "*timeout", "*.duration_o*", "record_call.record_min_sec"),
            "webhook.retries",
        ),
    ),
    Difference(
        "waiting for zero time, or for nothing, is a mistake",
        NONE,
        (
            *("acdc_wait_time.window", "disa.*", "dynamic_cid.m??_digits", "fax_detect.duration"),
            *("*.interdigit_timeout", "*group.repeats", "*group.timeout", "offnet.timeout"),
            *("*.endpoints[[]].timeout", "park.max_slot_number", "pivot.req_timeout_ms"),
            *("record_call.record_sample_rate", "resources.timeout", "send_dtmf.duration_ms"),
            *("user.timeout", "voicemail.max_message_length"),
            "audio_macro.macros[[]].frequencies[[]]",
        ),
    ),
    Difference(
        "a URL is not an ID in the account: KAZOO would find no such document",
        ("a URL",),
        ("*.id", "*_id"),
    ),
    Difference(
        "only 400 to 699 ends a call (RFC 3261, 21)",
        ("a zero", "a negative", "an integer", "a large integer"),
        ("response.code",),
    ),
    Difference(
        "KAZOO's message bus rejects a key that no phone has (`kapi_dialplan:terminators_v`)",
        WORDS,
        ("*.terminators[[]]",),
    ),
    Difference(
        "only what can be dialed: numbers from outside are never used unchecked",
        WORDS,
        ("*.to_did", "send_dtmf.digits"),
    ),
    Difference(
        "text may not be a number",
        WORDS,
        ("send_dtmf.duration_ms",),
    ),
    Difference(
        "the schema wants an e-mail address, which is no user's id: KAZOO would find nobody",
        ("'user'",),
        ("*.recipients[[]].type",),
    ),
]
"""All deliberate differences; everything else must be as in KAZOO's schemas."""

TOGETHER = {
    "after_bridge": "KAZOO ignores data of the other type",
    "check_cid": "KAZOO ignores a part of the caller's identity",
    "dynamic_cid": "KAZOO keeps the caller ID, or refuses the call",
    "eavesdrop": "KAZOO lets nobody listen in",
    "eavesdrop_feature": "KAZOO lets nobody listen in",
    "group": "KAZOO rings nobody",
    "group_pickup": "without a target KAZOO crashes, of several it takes the first",
    "intercept": "without a target KAZOO finds nobody, of several it takes the first",
    "prepend_cid": "KAZOO ignores prefixes that are reset",
}
"""Reasons why properties of a module exclude each other although its schema accepts them."""


def compared(module: str) -> Iterator[tuple[Probe, bool, bool]]:
    """Values around each limit of a module's schema, with the facts' and KAZOO's verdicts."""
    schema = schemas()[f"callflows.{module}"]
    whole, every = validator(f"callflows.{module}"), options(module, every=True)
    for name, rule in MODULES[module].properties.items():
        part = schema["properties"][name]
        for probe in probes(part, valid(module, name), f"{module}.{name}"):
            filled = with_defaults(part, probe.value)
            yield probe, rule.check(probe.value) is None, whole.evolve(schema=part).is_valid(filled)
        rest = {key: value for key, value in every.items() if key != name}
        kept = whole.is_valid(with_defaults(schema, rest))
        yield Probe(f"{module}.{name}", "nothing", rest), not rule.required, kept


@cache
def refused() -> frozenset[tuple[str, str]]:
    """All places and values that the facts reject although the schemas accept them."""
    found = (each for module in MODULES for each in compared(module))
    return frozenset((probe.at, probe.what) for probe, ours, theirs in found if theirs > ours)


@needs_data
@pytest.mark.parametrize("module", MODULES)
def test_no_fact_is_laxer_than_kazoos_schema(module: str) -> None:
    """Around each limit, values that the facts accept are accepted by KAZOO's schema."""
    laxer = [(probe.at, probe.what) for probe, ours, theirs in compared(module) if ours > theirs]
    assert laxer == []


@needs_data
def test_no_fact_is_stricter_without_a_reason() -> None:
    """Around each limit, values that KAZOO's schemas accept are accepted by the facts.

    `DELIBERATE` lists the exceptions with their reasons.
    """
    probed = [Probe(at, what, None) for at, what in refused()]
    assert [each for each in probed if not any(known.covers(each) for known in DELIBERATE)] == []


@needs_data
@pytest.mark.parametrize("known", DELIBERATE, ids=lambda known: known.reason)
def test_every_deliberate_difference_is_one(known: Difference) -> None:
    """Every place and kind in the list of differences is still a difference."""
    found = [Probe(at, what, None) for at, what in refused()]
    for at in known.at:
        assert any(known._replace(at=(at,)).covers(each) for each in found), at
    for what in known.what:
        assert any(known._replace(what=(what,)).covers(each) for each in found), what


def test_what_does_not_go_together_has_a_reason() -> None:
    """Exactly the modules with forbidden combinations of properties have a reason for them."""
    assert set(TOGETHER) == {name for name, module in MODULES.items() if module.together}


@needs_data
@pytest.mark.parametrize("module", MODULES)
def test_docstrings_state_kazoos_defaults(module: str) -> None:
    """An action's docstring names each option for which KAZOO has a default, and that default."""
    properties = schemas()[f"callflows.{module}"]["properties"]
    text = getattr(kazoo, module).__doc__
    for name, schema in properties.items():
        if schema.get("default") in (None, "", [], {}):
            continue
        assert name in text, name
        assert stated(schema["default"], text), name


def stated(default: object, text: str) -> bool:
    """Tell whether *text* mentions the default."""
    match default:
        case bool():
            return any(word in text for word in (str(default), f"{'on' if default else 'off'}"))
        case list() if len(default) > 1:
            return "all" in text
        case list():
            return str(default[0]) in text
        case _:
            return str(default) in text


CHILDREN = {"dynamic_cid": ("_",)}
"""Children by KAZOO's source (`maybe_route_to_callflow`), where the contract differs."""


@needs_data
@pytest.mark.parametrize("module", MODULES)
def test_the_table_of_facts_has_kazoos_children(module: str) -> None:
    """In the table, modules continue and have keys exactly where KAZOO's do."""
    children = CHILDREN.get(
        module, document("callflow-actions.json")["modules"][module]["children"]
    )
    assert (MODULES[module].then == "never") == ("_" not in children), children
    keyed = [key for key in children if key != "_"]
    assert (MODULES[module].keys is not None) == bool(keyed), children


BRANCHES = [
    ("acdc_wait_time", {}, ("0", "60"), ("_", "-1", "soon")),
    ("branch_bnumber", {}, ("+14155550199", "12", "a b"), ("_", "")),
    ("branch_variable", {}, ("gold", "1"), ("_", "")),
    ("check_cid", {}, ("match", "nomatch"), ("_", "+14155550199")),
    ("check_cid", {"use_absolute_mode": True}, ("+14155550199", "Private", "nomatch"), ("match",)),
    ("cidlistmatch", {}, ("match", "nomatch"), ("_", "other")),
    ("fax_detect", {}, ("ON_FAX", "ON_VOICE"), ("on_fax",)),
    ("hotdesk", {}, ("USER_BUSY", "sip:486"), ("busy", "486")),
    ("menu", {}, ("1", "22*#", "timeout", "max_retries"), ("a",)),
    ("nomorobo", {}, ("0", "10"), ("11", "-1")),
    ("offnet", {}, ("NO_ANSWER", "sip:404"), ("sip:700",)),
    ("park", {}, ("101", "lobby", "MAX_SLOT_EXCEEDED"), ("_", "")),
    ("temporal_route", {}, ("rule_set", ID), ("_", "")),
]


@pytest.mark.parametrize(("module", "data", "taken", "refused"), BRANCHES)
def test_branches_are_those_that_kazoo_looks_for(
    module: str, data: dict[str, object], taken: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    """A branch is allowed only for a key that KAZOO's module looks up."""
    assert [key for key in taken if branch_fault(MODULES[module], data, key)] == []
    assert [key for key in refused if not branch_fault(MODULES[module], data, key)] == []


@pytest.mark.parametrize("module", MODULES)
def test_the_readers_table_goes_on_alike(module: str) -> None:
    """In the local KAZOO's table, modules end a flow and have branches where the layer's do."""
    ours, readers = MODULES[module], reader.MODULES[module]
    assert readers.ends == (ours.then == "never" and ours.keys is None)
    assert bool(readers.branches) == (ours.keys is not None)
