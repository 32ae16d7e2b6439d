"""Ring group members in a setting, and their ringing times."""

import pytest

from pivotkit.core.errors import AnswerError
from pivotkit.phone.ringing import Members, Shares, members, ring_members

READ = [
    ("user:u1", [{"id": "u1", "endpoint_type": "user"}]),
    ("device:d1:30", [{"id": "d1", "endpoint_type": "device", "weight": 30}]),
    (
        " user:u1:1\n  group:g1:100 ",
        [
            {"id": "u1", "endpoint_type": "user", "weight": 1},
            {"id": "g1", "endpoint_type": "group", "weight": 100},
        ],
    ),
    ("", []),
]
TIMES = [("simultaneous", 20), ("single", 40), ("weighted_random", 40)]
ID = "b2c0a4e1d3f5968778695a4b3c2d1e0f"
SETTINGS = [
    (f"user:{ID}", True, True),
    (f"device:{ID}:100 group:{ID}:1", True, True),
    (f"user:{ID}:0 user:{ID}:5", False, True),
    (f"user:{ID}:0", False, False),
    (f"user:{ID}:101", False, False),
    (f"user:{ID[1:]}", False, False),
    ("person", False, False),
]
"""Texts, and whether they are members of a group, and of a rota."""

REFUSED = ["u1", "user", "user:", "person:u1", "user:u1:", "user:u1:much", "user:u1:1:2"]


@pytest.mark.parametrize(("text", "found"), READ)
def test_members(text: str, found: list[dict[str, object]]) -> None:
    """A member consists of kind, ID, and an optional weight, separated by colons."""
    assert [dict(member) for member in members(text)] == found


@pytest.mark.parametrize("text", REFUSED)
def test_members_that_cannot_be_read(text: str) -> None:
    """The error of an invalid member names it and the required format."""
    with pytest.raises(AnswerError, match=r"user:ID") as refused:
        members(f"user:u1 {text}")
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize(("text", "grouped", "shared"), SETTINGS)
def test_members_as_a_setting(text: str, *, grouped: bool, shared: bool) -> None:
    """A setting has IDs of KAZOO and weights that it accepts; only in a rota a share may be 0."""
    assert Members.accepts(text) == grouped
    assert Shares.accepts(text) == shared


@pytest.mark.parametrize(("strategy", "seconds"), TIMES)
def test_one_after_the_other_takes_longer(strategy: str, seconds: int) -> None:
    """KAZOO's limit covers the whole group, so members in turn need the sum of their times."""
    action = ring_members(members("user:u1:75 user:u2:25"), strategy, 20)
    assert action.as_json() == {
        "module": "ring_group",
        "data": {
            "endpoints": [
                {"id": "u1", "endpoint_type": "user", "weight": 75, "timeout": 20},
                {"id": "u2", "endpoint_type": "user", "weight": 25, "timeout": 20},
            ],
            "strategy": strategy,
            "timeout": seconds,
        },
    }


@pytest.mark.parametrize(
    ("text", "strategy", "fault"),
    [
        ("user:u1:101", "single", "weight"),
        ("user:u1:0", "single", "weight"),
        ("", "single", "endpoints"),
        ("user:u1", "loudest", "strategy"),
    ],
)
def test_what_kazoo_would_refuse(text: str, strategy: str, fault: str) -> None:
    """An invalid weight, an unknown strategy, and an empty group cannot be built."""
    with pytest.raises(AnswerError, match=fault):
        ring_members(members(text), strategy, 20)
