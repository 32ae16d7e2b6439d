"""A rota of agents, with a turn counter in the Directory that all calls of an account share."""

from collections.abc import Iterator, Mapping, Sequence
from math import gcd

from pivotkit.calls.call import Call
from pivotkit.phone.ringing import Member
from pivotkit.store.directory import Directory

MOST_TURNS = 2500
"""The longest round: shares of up to a hundred for as many agents as a setting has room for."""


class Rota:
    """Gives each of *agents* as many turns as its weight, 1 by default.

    Turns are spread evenly: weights of 50, 30, and 20 make 5, 3, and 2 turns out of ten. The count
    is the account's entry *name* of the kind `rota`. Two calls at the same moment get different
    turns.
    """

    def __init__(self, name: str, agents: Sequence[Member]) -> None:
        self._name = name
        self._counter = Directory("rota")
        self._agents = tuple(agents)
        self._round = tuple(spread([_weight(agent) for agent in agents]))

    @property
    def agents(self) -> list[Member]:
        """The agents with a turn, in the order of their turns."""
        return [self._agents[position] for position in dict.fromkeys(self._round)]

    def next(self, call: Call) -> list[Member]:
        """The agent whose turn it is, followed by the others in the order of their turns.

        One round trip. Raises `StateUnavailable`.
        """
        turn = (self._counter.of(call).add(self._name, "turns") - 1) % len(self._round)
        upcoming = self._round[turn:] + self._round[:turn]
        return [self._agents[position] for position in dict.fromkeys(upcoming)]


def spread(weights: Sequence[int]) -> Iterator[int]:
    """One round of turns: each position of *weights* as often as its weight, evenly spread.

    This is smooth weighted round robin: before each turn every position earns its weight; the one
    with the highest credit gets the turn and pays the sum of all weights. Raises `ValueError` for
    an empty round or one of more than `MOST_TURNS`.
    """
    divisor = gcd(*weights)
    earnings = [weight // divisor for weight in weights] if divisor else []
    turns = sum(earnings)
    if not 0 < turns <= MOST_TURNS:
        raise ValueError(f"weights are {list(weights)!r}: must have 1 to {MOST_TURNS} turns")
    balances = [0] * len(earnings)
    for _ in range(turns):
        balances = [credit + earned for credit, earned in zip(balances, earnings, strict=True)]
        richest = balances.index(max(balances))
        balances[richest] -= turns
        yield richest


def _weight(agent: Mapping[str, object]) -> int:
    weight = agent.get("weight", 1)
    return weight if isinstance(weight, int) else 1
