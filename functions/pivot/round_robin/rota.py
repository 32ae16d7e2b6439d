"""Whose turn it is: a rota of agents, and a counter in the Directory that all calls share."""

from collections.abc import Iterator, Mapping, Sequence
from math import gcd

from pivotkit.phone.ringing import Member
from pivotkit.store.directory import Directory

MOST_TURNS = 1000
"""The longest round: shares of at most a hundred for ten agents, whatever they have in common."""


class Rota:
    """Gives each of *who* as many turns as its weight, by default 1.

    The turns are spread evenly: 50, 30 and 20 give 5, 3 and 2 of any ten. Their number is the entry
    *name* of the kind `rota`, and of two calls at the same moment each gets a turn of its own.
    """

    def __init__(self, name: str, who: Sequence[Member]) -> None:
        self._name = name
        self._turns = Directory("rota")
        self._round = tuple(spread([_weight(member) for member in who]))
        self._who = tuple(who)

    def next(self) -> list[Member]:
        """Whose turn it is, and behind her the others, in the order of their turns.

        One round trip. Raises `StateUnavailable`.
        """
        turn = (self._turns.add(self._name, "turns") - 1) % len(self._round)
        coming = self._round[turn:] + self._round[:turn]
        return [self._who[each] for each in dict.fromkeys(coming)]


def spread(weights: Sequence[int]) -> Iterator[int]:
    """One round of turns: each position of *weights* as often as its weight, as evenly as can be.

    (Smooth weighted round robin: everybody earns her weight at each turn, the richest has it and
    pays for all.) Raises `ValueError` for an empty or a very long round.
    """
    shared = gcd(*weights)
    earned = [weight // shared for weight in weights] if shared else []
    if not 0 < sum(earned) <= MOST_TURNS:
        raise ValueError(f"weights are {list(weights)!r}: must have 1 to {MOST_TURNS} turns")
    credit = [0] * len(earned)
    for _ in range(sum(earned)):
        credit = [mine + more for mine, more in zip(credit, earned, strict=True)]
        richest = credit.index(max(credit))
        credit[richest] -= sum(earned)
        yield richest


def _weight(member: Mapping[str, object]) -> int:
    weight = member.get("weight", 1)
    return weight if isinstance(weight, int) else 1
