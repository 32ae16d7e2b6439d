"""Facts about KAZOO's callflow modules: their properties and continuations, in one table.

Actions are built from this table. Properties follow KAZOO's schemas `callflows.<module>.json`;
continuations follow `cf_<module>.erl`. Times are in KAZOO's units. The facts of a group are in the
Python module named after it, which is loaded when the group is first used, so a cold start pays
only for the groups that a template uses.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Literal, NamedTuple

from pivotkit.kazoo.rules import Check, Rule, boolean

type Then = Literal["always", "failure", "never"]
"""When the `_` child runs: always, if the module failed (nobody answered), or never."""

type Data = Mapping[str, object]


class ModuleFacts(NamedTuple):
    """A module's properties, when its `_` child runs, and the keys of its other children.

    *keys* is a pattern, or a function that makes one from the data. *together* checks combinations
    of properties and returns what is wrong with them, or `None`. *checks* are those of all
    properties that the module's data may have, `skip_module` included.
    """

    properties: Mapping[str, Rule]
    then: Then = "always"
    keys: str | Callable[[Data], str] | None = None
    together: Callable[[Data], str | None] | None = None
    required: tuple[str, ...] = ()
    checks: Mapping[str, Check] = {}


def module(
    properties: Mapping[str, Rule],
    then: Then = "always",
    keys: str | Callable[[Data], str] | None = None,
    together: Callable[[Data], str | None] | None = None,
) -> ModuleFacts:
    """Return a `ModuleFacts`, with required properties and checks collected from *properties*."""
    required = tuple(name for name, rule in properties.items() if rule.required)
    checks = {name: rule.check for name, rule in properties.items()}
    checks.setdefault("skip_module", boolean().check)
    return ModuleFacts(properties, then, keys, together, required, checks)


GROUPS = {
    "acdc_agent": "queues",
    "acdc_member": "queues",
    "acdc_queue": "queues",
    "acdc_wait_time": "queues",
    "after_bridge": "bridging",
    "answer": "control",
    "audio_macro": "prompts",
    "branch_bnumber": "variables",
    "branch_variable": "variables",
    "call_forward": "toggles",
    "call_waiting": "toggles",
    "callflow": "control",
    "camping_feature": "features",
    "check_cid": "caller_id",
    "cidlistmatch": "caller_id",
    "collect_dtmf": "prompts",
    "conference": "bridging",
    "conference_feature": "features",
    "dead_air": "control",
    "device": "bridging",
    "directory": "prompts",
    "disa": "prompts",
    "do_not_disturb": "toggles",
    "dynamic_cid": "caller_id",
    "eavesdrop": "features",
    "eavesdrop_feature": "features",
    "edr": "control",
    "fax_detect": "fax",
    "faxbox": "fax",
    "flush_dtmf": "prompts",
    "function": "control",
    "group": "bridging",
    "group_pickup": "features",
    "group_pickup_feature": "features",
    "hangup": "control",
    "hotdesk": "features",
    "intercept": "features",
    "intercept_feature": "features",
    "intercom": "features",
    "language": "prompts",
    "lookupcidname": "caller_id",
    "manual_presence": "features",
    "menu": "prompts",
    "missed_call_alert": "features",
    "move": "features",
    "nomorobo": "caller_id",
    "noop": "control",
    "notification": "features",
    "offnet": "bridging",
    "page_group": "bridging",
    "park": "features",
    "pivot": "control",
    "play": "prompts",
    "prepend_cid": "caller_id",
    "privacy": "caller_id",
    "receive_fax": "fax",
    "record_call": "recording",
    "record_caller": "recording",
    "resources": "bridging",
    "response": "control",
    "ring_group": "bridging",
    "ring_group_toggle": "toggles",
    "route_to_cid": "bridging",
    "send_dtmf": "prompts",
    "set": "queues",
    "set_alert_info": "caller_id",
    "set_cid": "caller_id",
    "set_variable": "variables",
    "set_variables": "variables",
    "skel": "control",
    "sleep": "control",
    "temporal_route": "control",
    "transfer": "bridging",
    "tts": "prompts",
    "user": "bridging",
    "voicemail": "bridging",
    "wait_for_hangup": "control",
    "webhook": "control",
}
"""The groups of the 78 modules that KAZOO executes."""


class _Loaded(dict[str, ModuleFacts]):
    """The modules of the groups that are loaded; asking for another one loads its group."""

    def __missing__(self, name: str) -> ModuleFacts:
        self.update(import_module(f"pivotkit.kazoo.facts.{GROUPS[name]}").MODULES)
        return self[name]


LOADED = _Loaded()
"""Modules by name, for every action that is built. Only subscripts load a group."""


class _Modules(Mapping[str, ModuleFacts]):
    """All modules by name; a group is loaded on first use."""

    def __getitem__(self, name: str) -> ModuleFacts:
        return LOADED[name]

    def __iter__(self) -> Iterator[str]:
        return iter(GROUPS)

    def __len__(self) -> int:
        return len(GROUPS)


MODULES: Mapping[str, ModuleFacts] = _Modules()
