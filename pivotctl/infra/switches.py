"""Switches of workers: the stack's parameters and conditions that turn them on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pivotctl.infra.fragment import FRAGMENT, FUNCTIONS, Fragment, camel_case
from pivotctl.infra.intrinsics import ref
from pivotctl.infra.kinds import SOCKETS, WORKERS
from pivotctl.infra.triggers import BUS

ON, OFF = "on", "off"
_MOST = 10
"""The conditions that CloudFormation combines at once."""


def parameter_of(setting: str) -> str:
    """The stack's parameter that has a setting: `BillingUrl` for `BILLING_URL`."""
    return camel_case(setting.lower())


def asked(fragment: Fragment) -> tuple[str, ...]:
    """The settings that a worker needs and its function.yaml leaves to the stack's parameters."""
    return tuple(name for name in fragment.needs if not fragment.settings[name])


def condition_of(fragment: Fragment) -> str:
    """The condition under which a function is in the stack; empty for one that always is."""
    if fragment.kind.condition:
        return fragment.kind.condition
    return f"{fragment.stem}On" if fragment.optional or asked(fragment) else ""


def settled(fragments: Iterable[Fragment]) -> tuple[Fragment, ...]:
    """The fragments. What fills the bus is always on if a worker behind the bus is."""
    every = tuple(fragments)
    always = any(each.events and not condition_of(each) for each in every)
    return tuple(replace(e, optional=False) if always and BUS in e.may else e for e in every)


def idle(
    fragments: Sequence[Fragment], options: Mapping[str, str], running: frozenset[str]
) -> set[str]:
    """The names of functions that a stack with these options does not have.

    One that is `running` in the stack already, by its logical ID, is not among them: a machine that
    deploys need not know the hidden option that turned it on.
    """
    workers = [each for each in fragments if each.kind is WORKERS and condition_of(each)]
    on = {e.name for e in workers if e.function_id in running or _is_on(e, options)}
    if any(each.events and each.name in on for each in workers):
        on |= {each.name for each in workers if BUS in each.may}
    off = [each for each in workers if each.name not in on]
    gone = {condition_of(each) for each in off}
    kinds = {each.name for each in fragments if each.kind.condition in gone}
    return {each.name for each in off} | kinds


def _is_on(worker: Fragment, options: Mapping[str, str]) -> bool:
    switched = not worker.optional or options.get(worker.stem) == ON
    return switched and all(options.get(parameter_of(name)) for name in asked(worker))


def conditions(fragments: Iterable[Fragment]) -> dict[str, Any]:
    """The conditions of all workers that can be off, by name."""
    every = [each for each in fragments if each.kind is WORKERS]
    behind = [condition_of(each) for each in every if each.events]
    return {name: _condition(each, behind) for each in every if (name := condition_of(each))}


def _condition(fragment: Fragment, behind: list[str]) -> Mapping[str, Any]:
    """An optional worker is on when it is switched on, and has every setting that it needs.

    One that fills the bus is also on as soon as a worker `behind` the bus is.
    """
    tests = [_is(fragment.stem, ON)] if fragment.optional else []
    if fragment.optional and BUS in fragment.may:
        tests = [_any([*tests, *({"Condition": name} for name in behind)])]
    tests += [{"Fn::Not": [_is(parameter_of(name), "")]} for name in asked(fragment)]
    return tests[0] if len(tests) == 1 else {"Fn::And": tests}


def _any(tests: list[dict[str, Any]]) -> dict[str, Any]:
    """Whether one of any number of tests holds."""
    while len(tests) > 1:
        groups = [tests[at : at + _MOST] for at in range(0, len(tests), _MOST)]
        tests = [{"Fn::Or": group} if len(group) > 1 else group[0] for group in groups]
    return tests[0]


def _is(parameter: str, value: str) -> dict[str, Any]:
    return {"Fn::Equals": [ref(parameter), value]}


def samples(root: Path) -> dict[str, str]:
    """The stack's parameters in a local run: what workers have under `samples`.

    A deployed worker is off until it has what it needs; here each one runs, against the fakes.
    Raises `FragmentError`.
    """
    folders = (root / FUNCTIONS / kind.name for kind in (WORKERS, SOCKETS))
    found = sorted(path for folder in folders for path in folder.glob(f"*/{FRAGMENT}"))
    having = (path for path in found if "samples:" in path.read_text(encoding="utf-8"))
    every = [Fragment.read(root, path.parent) for path in having]
    given = [(name, each.samples.get(name)) for each in every for name in asked(each)]
    return {parameter_of(name): text for name, text in given if text is not None}


def secret_samples(root: Path, folder: Path) -> dict[str, str]:
    """The secrets of the function in *folder* that a local run has without being given any."""
    own = Fragment.read(root, folder)
    return {name: text for name, text in own.samples.items() if name in own.secrets}


def parameters(fragments: Iterable[Fragment]) -> dict[str, Any]:
    """The parameters that turn workers on. Workers that need one setting share its parameter."""
    users: dict[str, list[str]] = defaultdict(list)
    made: dict[str, Any] = {}
    for each in fragments:
        for name in asked(each):
            users[name].append(each.name)
        if each.optional:
            made[each.stem] = _switch(each)
    return {**made, **{parameter_of(name): _setting(name, of) for name, of in users.items()}}


def _switch(fragment: Fragment) -> dict[str, Any]:
    said = f"Whether {fragment.name} runs: {fragment.description}"
    return {"Type": "String", "Default": OFF, "AllowedValues": [OFF, ON], "Description": said}


def _setting(name: str, workers: list[str]) -> dict[str, Any]:
    """A parameter that is never shown: an address can hold a secret as well as a key can."""
    said = (
        f"{name} of {', '.join(workers)}. Empty turns {'it' if len(workers) == 1 else 'them'} off"
    )
    return {"Type": "String", "NoEcho": True, "Default": "", "Description": said}
