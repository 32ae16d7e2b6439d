"""The whole application: the parts of infra/ that its functions use, and the functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pivotctl.infra import dashboard, rollout, switches, warm_starts
from pivotctl.infra.fragment import FUNCTIONS, Fragment, FragmentError, fragments, ordered
from pivotctl.infra.functions import FunctionResources
from pivotctl.infra.intrinsics import references
from pivotctl.infra.kinds import KINDS, PIVOT, SOCKETS, WORKERS
from pivotctl.infra.parts import BASE, INFRA, RULES, SECTIONS, Block, Part, parts
from pivotctl.infra.usage import Usage
from pivotctl.infra.yaml_text import written
from pivotctl.options import METADATA, OPTIONS, PACKED, Option, allowed_pattern, lowered

_INTERFACE = "AWS::CloudFormation::Interface"
_SWITCHES = {"default": "Workers (each is off until it has what it needs)"}
_RULE = "-" * 40
_SPACED = frozenset({"Resources"})
"""The sections with an empty line between two blocks."""


@dataclass(frozen=True)
class Assembled:
    """A template.yaml without its header.

    `owners` are the files that made each key of a section, `left_out` the shared resources that no
    function uses.
    """

    text: str
    owners: Mapping[tuple[str, str], Path]
    left_out: tuple[str, ...]

    @property
    def resources(self) -> set[str]:
        """The logical ids of the resources."""
        return {name for section, name in self.owners if section == "Resources"}


@dataclass(frozen=True)
class Application:
    """Parts and functions of a project.

    With a `way` of rollout, new code of Pivot handlers gets a share of the calls first.
    """

    parts: tuple[Part, ...]
    functions: tuple[Fragment, ...]
    way: str = ""

    @classmethod
    def read(cls, root: Path) -> Application:
        """The application in a folder; raises `FragmentError`."""
        return cls(tuple(parts(root)), tuple(fragments(root)))

    def only(self, names: Iterable[str]) -> Application:
        """The application with these functions alone."""
        wanted = set(names)
        return replace(self, functions=tuple(f for f in self.functions if f.name in wanted))

    def rolled_out(self, way: str) -> Application:
        """The application with this way of rollout; empty for none."""
        return replace(self, way=way)

    def plus(self, fragment: Fragment) -> Application:
        """The application with one more function."""
        return replace(self, functions=tuple(ordered([*self.functions, fragment])))

    def assembled(self) -> Assembled:
        """The template.yaml; raises `FragmentError`."""
        self._refuse_missing()
        kept = self._kept
        owners = {(block.section, block.name): block.path for block in kept}
        for section, name, path in self._of_functions():
            if (section, name) in owners:
                fix = f"is in {owners[section, name]} already: set logical_id, or rename the folder"
                raise FragmentError(path, name, fix)
            owners[section, name] = path
        shared = (block for part in self.parts for block in part.blocks)
        unused = (b.name for b in shared if b.section == "Resources" and b not in kept)
        return Assembled(f"{self._text()}\n", owners, tuple(unused))

    @cached_property
    def resources(self) -> set[str]:
        """The logical IDs of the resources."""
        made = {name for section, name, _ in self._of_functions() if section == "Resources"}
        return made | {block.name for block in self._kept if block.section == "Resources"}

    def taken(self) -> dict[str, Path]:
        """Every name that a resource or output has, used or not, and the file that has it."""
        blocks = {block.name: block.path for part in self.parts for block in part.blocks}
        return blocks | {name: path for _, name, path in self._of_functions()}

    @cached_property
    def _derived(self) -> tuple[FunctionResources, ...]:
        types = {b.name: b.type for part in self.parts for b in part.blocks}
        called = (each for each in self.functions if each.kind.has_url)
        endpoints = tuple(f"{each.kind.name}/{each.name}" for each in called)
        declaring = tuple(each for each in self.functions if each.declares)
        handlers = tuple(each for each in self.functions if each.kind is PIVOT)
        used = frozenset(name for f in self.functions for name in (*f.may, *f.kind.may))
        sockets = any(each.kind is SOCKETS for each in self.functions)
        return tuple(
            FunctionResources(
                each,
                types,
                endpoints,
                declaring,
                handlers,
                used,
                has_sockets=sockets,
                in_steps=bool(self.way),
            )
            for each in self._settled
        )

    @cached_property
    def _settled(self) -> tuple[Fragment, ...]:
        return switches.settled(self.functions)

    def _of_functions(self) -> Iterator[tuple[str, str, Path]]:
        for section, made in self._switches.items():
            yield from ((section, name, Path(FUNCTIONS, WORKERS.name)) for name in made)
        yield from (("Parameters", name, Path(FUNCTIONS, PIVOT.name)) for name in self._rollout)
        if self._has_dashboard:
            yield "Resources", dashboard.NAME, Path(INFRA, f"{BASE}.yaml")
        for each in self._derived:
            yield from (("Resources", name, each.fragment.path) for name in each.resources)
            yield from (("Outputs", name, each.fragment.path) for name in each.outputs)

    @cached_property
    def _switches(self) -> Mapping[str, Mapping[str, Any]]:
        """The parameters and conditions that turn workers on, by section."""
        return {
            self._switched: switches.parameters(self._settled),
            "Conditions": switches.conditions(self._settled),
        }

    @cached_property
    def _rollout(self) -> Mapping[str, Any]:
        """The parameters of the rollout, and of functions with versions."""
        if self.way:
            return rollout.parameters(self.way)
        has_versions = any(map(warm_starts.has_versions, self.functions))
        return rollout.release_parameter() if has_versions else {}

    @cached_property
    def _has_dashboard(self) -> bool:
        """Whether infra/ has the condition under which a stack has a dashboard."""
        blocks = (block for part in self.parts for block in part.blocks)
        return any(block.name == dashboard.CONDITION for block in blocks)

    @property
    def _dashboard(self) -> Mapping[str, Any]:
        """The dashboard of what every stack of this application has."""
        kept = (b for b in self._kept if b.section == "Resources" and "Condition" not in b.value)
        return dashboard.dashboard(self._settled, {block.name: block.type for block in kept})

    @cached_property
    def _switched(self) -> str:
        """The section of the switches: options, in a project that packs them."""
        names = {block.name for block in self.parts[0].blocks if block.section == "Parameters"}
        return OPTIONS if names.issuperset(PACKED) else "Parameters"

    @cached_property
    def _options(self) -> tuple[Option, ...]:
        declared = {b.name: b.value for b in self._kept if b.section == OPTIONS}
        declared |= self._switches.get(OPTIONS, {})
        return tuple(Option.declared(name, spec) for name, spec in declared.items())

    @cached_property
    def _usage(self) -> Usage:
        blocks = tuple(block for part in self.parts for block in part.blocks)
        own: dict[str, Any] = {name: self.parts[0].body.get(name) for name in ("Globals", RULES)}
        for made in (*self._switches.values(), self._rollout):
            own |= made
        if self._has_dashboard:
            own[dashboard.NAME] = {"Condition": dashboard.CONDITION}
        for each in self._derived:
            own |= {**each.resources, f"{each.fragment.path} outputs": each.outputs}
        return Usage(blocks, own, frozenset(each.kind.name for each in self.functions))

    @cached_property
    def _kept(self) -> tuple[Block, ...]:
        return self._usage.kept()

    def _refuse_missing(self) -> None:
        missing = self._usage.missing()
        for each in self._derived:
            for name in sorted(missing & references([each.resources, each.outputs])):
                fix = "is neither in infra/ nor in a function.yaml: correct the name, or add it"
                raise FragmentError(each.fragment.path, name, fix)

    # -- text --------------------------------------------------------------------------------------

    def _text(self) -> str:
        head = self.parts[0].head
        placed = ("Metadata", RULES, "Globals")
        first = "".join(head[name] for name in head if name not in placed)
        inputs = [name for name in SECTIONS[:-2] if name != OPTIONS]
        pieces = [first, self._metadata(), *map(self._section, inputs)]
        pieces += [head.get(name, "") for name in placed[1:]]
        pieces += [self._section(name) for name in SECTIONS[-2:]]
        text = "\n\n".join(piece.rstrip() for piece in pieces if piece)
        return lowered(text, self._options)

    def _metadata(self) -> str:
        """Metadata of base.yaml, which groups the parameters, without those that nothing uses."""
        metadata = self.parts[0].body.get("Metadata")
        if not metadata:
            return ""
        names = {block.name for block in self._kept if block.section == "Parameters"}
        interface = dict(metadata.get(_INTERFACE) or {})
        groups = [_with_known(group, names) for group in interface.get("ParameterGroups") or ()]
        switched = self._switches.get("Parameters", {})
        groups.append({"Label": _SWITCHES, "Parameters": list(switched)})
        groups.append({"Label": rollout.LABEL, "Parameters": list(self._rollout)})
        interface["ParameterGroups"] = [group for group in groups if group["Parameters"]]
        made = {**metadata, _INTERFACE: interface}
        if self._options:
            made[METADATA] = {OPTIONS: {each.name: each.entry for each in self._options}}
        return written("Metadata", made, indent=0)

    def _section(self, section: str) -> str:
        between = "\n" if section in _SPACED else ""
        text = between.join(self._pieces(section))
        return f"{section}:\n{text}" if text else ""

    def _pieces(self, section: str) -> Iterator[str]:
        """base.yaml, the functions, and then the other parts."""
        first, *others = self.parts
        yield from self._part(first, section)
        yield from self._functions(section)
        for part in others:
            yield from self._part(part, section)
        if section == "Resources" and self._has_dashboard:
            yield written(dashboard.NAME, self._dashboard)

    def _part(self, part: Part, section: str) -> Iterator[str]:
        heading = _heading(section, part.path.as_posix())
        blocks = [b for b in self._kept if b.path == part.path and b.section == section]
        yield from _headed(heading, [self._block(block) for block in blocks])

    def _block(self, block: Block) -> str:
        """The text of a block; a parameter that holds options gets the pattern of these."""
        if block.section != "Parameters" or block.name not in PACKED:
            return block.text
        held = (each for each in self._options if each.holder == block.name)
        return written(block.name, {**block.value, "AllowedPattern": allowed_pattern(held)})

    def _functions(self, section: str) -> Iterator[str]:
        for name, value in self._switches.get(section, {}).items():
            yield written(name, value)
        if section == "Parameters":
            yield from (written(name, value) for name, value in self._rollout.items())
        for kind in KINDS.values():
            texts = [
                written(name, value)
                for each in self._derived
                if each.fragment.kind is kind
                for name, value in _in_section(each, section).items()
            ]
            yield from _headed(_heading(section, f"{FUNCTIONS}/{kind.name}"), texts)


def _in_section(each: FunctionResources, section: str) -> Mapping[str, Any]:
    return {"Resources": each.resources, "Outputs": each.outputs}.get(section, {})


def _heading(section: str, title: str) -> str:
    return f"  # {_RULE} {title}\n" if section in _SPACED else ""


def _headed(heading: str, texts: list[str]) -> list[str]:
    return [heading + texts[0], *texts[1:]] if texts else []


def _with_known(group: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {**group, "Parameters": [name for name in group["Parameters"] if name in names]}
