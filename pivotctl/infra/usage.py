"""The shared blocks that a template needs: those its functions use, and those acting on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pivotctl.infra.intrinsics import references
from pivotctl.infra.kinds import KINDS
from pivotctl.infra.parts import BASE, Block
from pivotctl.options import PACKED

ACTS_ON_OTHERS = frozenset(
    {
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::Events::Rule",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Permission",
        "AWS::Logs::MetricFilter",
        "AWS::Logs::SubscriptionFilter",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
    }
)
"""Types of resources that nothing refers to: they stay while all that they refer to stays."""


@dataclass(frozen=True)
class Usage:
    """Shared blocks, and the resources of functions, outputs and Globals, by any name.

    A resource of base.yaml always stays, and so does what a function refers to. Parameters,
    conditions and outputs follow. `kinds` are the names of parts for which there are functions.
    """

    blocks: tuple[Block, ...]
    functions: Mapping[str, Any]
    kinds: frozenset[str]

    def missing(self) -> set[str]:
        """Names that functions refer to and that neither they nor a part has.

        SAM makes resources whose names begin with that of another one.
        """
        known = tuple({*self._by_name, *self.functions})
        return {name for name in self._used if not name.startswith(known)}

    def kept(self) -> tuple[Block, ...]:
        """The blocks that stay, in their order."""
        names = self._names()
        outputs = {b.name for b in self.blocks if b.section == "Outputs" and self._all(b, names)}
        names = self._reached(names | self._mentioned_by_outputs(outputs))
        return tuple(
            block
            for block in self.blocks
            if block.name in (outputs if block.section == "Outputs" else names)
        )

    @cached_property
    def _used(self) -> set[str]:
        return references(self.functions)

    @cached_property
    def _by_name(self) -> dict[str, Block]:
        return {block.name: block for block in self.blocks if block.section != "Outputs"}

    def _names(self) -> set[str]:
        """The names that are reached, until no resource that acts on them is missing."""
        found = self._reached(self._used | self._always())
        while more := {b.name for b in self.blocks if self._acts(b, found)} - found:
            found = self._reached(found | more)
        return found

    def _always(self) -> set[str]:
        base = (b for b in self.blocks if b.path.stem == BASE)
        return {b.name for b in base if b.section == "Resources" or b.name in PACKED}

    def _acts(self, block: Block, found: set[str]) -> bool:
        part = block.path.stem
        idle = part in KINDS and part not in self.kinds
        return block.type in ACTS_ON_OTHERS and not idle and self._all(block, found)

    def _all(self, block: Block, found: set[str]) -> bool:
        """Whether all resources that a block refers to are there; parameters come along."""
        return block.references - self._inputs - self.functions.keys() <= found

    @cached_property
    def _inputs(self) -> set[str]:
        return {name for name, each in self._by_name.items() if each.section != "Resources"}

    def _reached(self, names: set[str]) -> set[str]:
        found, open_ = set[str](), set(names)
        while open_ := (open_ & self._by_name.keys()) - found:
            found |= open_
            open_ = {each for name in open_ for each in self._by_name[name].references}
        return found

    def _mentioned_by_outputs(self, names: set[str]) -> set[str]:
        every = (b for b in self.blocks if b.section == "Outputs" and b.name in names)
        return {name for block in every for name in block.references}
