"""Ring groups described in a setting: their members, their order, and the time each one rings."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal, cast

from pivotkit.core.errors import AnswerError
from pivotkit.core.setting_types import Text
from pivotkit.kazoo import Action, ring_group

STRATEGIES = ("simultaneous", "single", "weighted_random")
"""All at once; one after the other; or one after the other in a random order, by weight."""

_MEMBER = re.compile(r"(user|device|group):([^:]+)(?::([0-9]{1,3}))?")
_RULE = "must be user:ID, device:ID, or group:ID, optionally followed by :WEIGHT"
_WITH_ID = r"(?:user|device|group):[0-9a-f]{32}"

type Strategy = Literal["simultaneous", "single", "weighted_random"]
type Member = Mapping[str, object]


class Members(Text):
    """Members of a ring group, as a setting."""

    __slots__ = ()
    label = "members"
    rule = f"each {_RULE} of 1 to 100, separated by spaces"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* has one member, or more."""
        return _each_is(text, f"{_WITH_ID}(?::(?:[1-9][0-9]?|100))?")


class Shares(Members):
    """Members of a rota and their shares of the calls, as a setting."""

    __slots__ = ()
    label = "members with shares"
    rule = f"each {_RULE} of 0 to 100, separated by spaces, and not all 0"

    @classmethod
    def accepts(cls, text: str) -> bool:
        """Tell whether *text* has members, and one or more with a share."""
        each_fits = _each_is(text, f"{_WITH_ID}(?::(?:[1-9]?[0-9]|100))?")
        return each_fits and any(not each.endswith(":0") for each in text.split())


def members(text: str) -> tuple[Member, ...]:
    """Return the members in *text*, separated by spaces: `user:b2c0... device:c3d1...:30`.

    A weight is 1 to 100; without one, KAZOO uses 20. Raises `AnswerError`.
    """
    return tuple(map(_member, text.split()))


def ring_members(group: Sequence[Member], strategy: str, seconds: int) -> Action:
    """Ring the members of *group* with one of `STRATEGIES`, each for *seconds*.

    Follows `cf_ring_group.erl`. KAZOO's own time limit covers the whole group, so it is the sum of
    the times if members ring one after the other. A user or a group counts as one member, although
    KAZOO rings each of its devices; the last of several devices may therefore not ring. `>>` leads
    to what happens when **nobody answered**. Raises `AnswerError`.
    """
    turns = 1 if strategy == "simultaneous" else len(group)
    endpoints = [{**member, "timeout": seconds} for member in group]
    return ring_group(endpoints, strategy=cast("Strategy", strategy), timeout=turns * seconds)


def _each_is(text: str, pattern: str) -> bool:
    """Whether *text* has one word, or more, and each matches *pattern*."""
    return bool(text.split()) and all(re.fullmatch(pattern, each) for each in text.split())


def _member(text: str) -> Member:
    found = _MEMBER.fullmatch(text)
    if not found:
        raise AnswerError("ring_group", "endpoints", text, _RULE)
    kind, name, weight = found.groups()
    member: dict[str, object] = {"id": name, "endpoint_type": kind}
    return MappingProxyType(member | ({"weight": int(weight)} if weight else {}))
