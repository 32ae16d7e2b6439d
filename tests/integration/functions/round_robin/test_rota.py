"""Turns: spread evenly, and never given to two calls."""

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.pivot.round_robin.rota import Rota, spread
from pivotkit.calls.call import Call
from pivotkit.phone.ringing import members

WEIGHTS = st.lists(st.integers(1, 100), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("weights", "turns"),
    [
        ([1], [0]),
        ([1, 1, 1], [0, 1, 2]),
        ([2, 1], [0, 1, 0]),
        ([50, 50], [0, 1]),
        ([5, 1, 1], [0, 0, 1, 0, 2, 0, 0]),
        ([0, 1], [1]),
    ],
)
def test_a_round(weights: list[int], turns: list[int]) -> None:
    """In a round each agent has as many turns as their weight, spread as evenly as possible."""
    assert list(spread(weights)) == turns


@given(WEIGHTS)
def test_shares_are_exact(weights: list[int]) -> None:
    """In each round the turns are exactly in proportion to the weights."""
    counts = Counter(spread(weights))
    assert all(counts[i] * sum(weights) == weights[i] * counts.total() for i in range(len(weights)))


@given(WEIGHTS)
def test_turns_are_spread(weights: list[int]) -> None:
    """After any number of turns every agent is less than two turns away from their share."""
    turns = list(spread(weights))
    for number in range(len(turns)):
        counts = Counter(turns[:number])
        for position, weight in enumerate(weights):
            assert abs(counts[position] - number * weight / sum(weights)) < 2


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [2498, 3]])
def test_impossible_rounds(weights: list[int]) -> None:
    """A round without turns, or with more than 2500, is refused."""
    with pytest.raises(ValueError, match="weights are"):
        list(spread(weights))


def ids(rota: Rota, account: str = "a") -> str:
    """The IDs of the agents in the order of their turns."""
    call = Call(account * 32, "c1", "kazoo")
    return " ".join(str(member["id"]) for member in rota.next(call))


def test_the_rota(tables: Mapping[str, str]) -> None:
    """Each answer holds every agent once, the one in turn first; rounds repeat, in each account."""
    assert tables
    rota = Rota("team", members("user:ann:2 user:bob device:cas"))
    rounds = [ids(rota) for _ in range(8)]
    assert rounds[:4] == ["ann bob cas", "bob cas ann", "cas ann bob", "ann bob cas"]
    assert rounds[4:] == rounds[:4]
    assert ids(rota, "b") == rounds[0]


def test_agents_without_a_share(tables: Mapping[str, str]) -> None:
    """An agent whose share is 0 is not in the rota, and is not rung with all others either."""
    assert tables
    rota = Rota("team", members("user:ann:0 user:bob:2 user:cas:1"))
    assert ids(rota) == "bob cas"
    assert [member["id"] for member in rota.agents] == ["bob", "cas"]


def test_calls_at_the_same_moment(tables: Mapping[str, str]) -> None:
    """No two calls at the same moment get the same turn."""
    assert tables
    rota = Rota("team", members("user:ann user:bob user:cas user:dan"))
    with ThreadPoolExecutor(8) as pool:
        firsts = Counter(pool.map(lambda _: ids(rota).split()[0], range(40)))
    assert firsts == {"ann": 10, "bob": 10, "cas": 10, "dan": 10}
