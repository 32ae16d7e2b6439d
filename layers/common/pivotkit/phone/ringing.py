"""Ring several members together or one after the other: who they are, and for how long."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal, cast

from pivotkit.core.errors import AnswerError
from pivotkit.kazoo import Action, ring_group

STRATEGIES = ("simultaneous", "single", "weighted_random")
"""All at once; one after the other; one after the other in a random order, by weight."""

_MEMBER = re.compile(r"(user|device|group):([^:]+)(?::([0-9]{1,3}))?")
_RULE = "must be user:ID, device:ID or group:ID, with :WEIGHT behind it if wanted"

type Strategy = Literal["simultaneous", "single", "weighted_random"]
type Member = Mapping[str, object]


def members(text: str) -> tuple[Member, ...]:
    """The members that *text* names, as in `user:b2c0... device:c3d1...:30`, blanks between them.

    A weight is 1 to 100; KAZOO takes 20 where there is none. Raises `AnswerError`.
    """
    return tuple(map(_member, text.split()))


def ring_members(who: Sequence[Member], strategy: str, seconds: int) -> Action:
    """Ring *who* by one of `STRATEGIES`, each for *seconds* (`cf_ring_group.erl`).

    KAZOO's own time limit is for the whole group, so it is the sum when they are rung one after
    the other. Users and groups count as one member here, although KAZOO rings each of their
    devices: with several devices, the last of them may not be reached. `>>` leads to what happens
    when **nobody answered**. Raises `AnswerError`.
    """
    turns = 1 if strategy == "simultaneous" else len(who)
    endpoints = [{**member, "timeout": seconds} for member in who]
    return ring_group(endpoints, strategy=cast("Strategy", strategy), timeout=turns * seconds)


def _member(text: str) -> Member:
    found = _MEMBER.fullmatch(text)
    if not found:
        raise AnswerError("ring_group", "endpoints", text, _RULE)
    kind, name, weight = found.groups()
    member: dict[str, object] = {"id": name, "endpoint_type": kind}
    return MappingProxyType(member | ({"weight": int(weight)} if weight else {}))
