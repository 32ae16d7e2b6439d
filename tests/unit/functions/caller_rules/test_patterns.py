"""Regular expressions: those that are accepted, and how quick they are."""

import re
import time
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.pivot.caller_rules.patterns import (
    LONGEST_TEXT,
    MOST_WAYS,
    Pattern,
    PatternError,
    ways,
)

WAYS = {
    "": 1,
    "anonymous": 1,
    r"\+1(415|510|628)[0-9]{7}": 3,
    r"\+1900[0-9]{7}|\+1976.*": 1 + 41,
    r".*spam.*": 41 * 41,
    r"[]a]+": 40,
    r"[^]\]]*": 41,
    r"a{3}": 1,
    r"a{1,3}": 3,
    r"a{,3}": 4,
    r"a{3,}": 38,
    r"a{}": 1,
    r"x{": 1,
    r"(ab)?": 2,
    r"(?:a|b){2}": 4,
    r"(\d\d)*": 41,
    r"a*?": 41,
    r"a*+b": 41,
    r"\(a\)\*": 1,
    r"\d*\d*\d*x": 41**3,
    r"a{100}": 1,
}
RUNAWAYS = [
    r"(a+)+b",
    r"(a|a)*b",
    r"(a*)*b",
    r"([a-z]+)*\d",
    r"(\d+|\d)+x",
    r"\d*\d*\d*\d*x",
    "(?:1|1)" * 28,
    "(" * 60 + "a" + ")*" * 60,
]


@pytest.mark.parametrize(("pattern", "expected"), WAYS.items())
def test_ways(pattern: str, expected: int) -> None:
    """Parts in a row multiply, choices add up, and a repeat counts each number of times."""
    re.compile(pattern)
    assert ways(pattern) == expected


@pytest.mark.parametrize("pattern", RUNAWAYS)
def test_runaways_are_refused(pattern: str) -> None:
    """A pattern that could keep callers waiting is refused before anyone calls."""
    with pytest.raises(PatternError, match="too many ways to match; repeat single characters"):
        Pattern.of(pattern)


@pytest.mark.parametrize(
    ("pattern", "rule"),
    [
        ("(", "is not a regular expression: missing )"),
        ("*", "is not a regular expression: nothing to repeat"),
        ("a" * 201, "must have at most 200 characters"),
        ("(?i)a", "must only have groups written"),
        ("(?=a)", "must only have groups written"),
        ("(?P<a>b)", "must only have groups written"),
    ],
)
def test_wrong_patterns(pattern: str, rule: str) -> None:
    """The error names the pattern and its fault."""
    with pytest.raises(PatternError) as error:
        Pattern.of(pattern)
    assert repr(pattern) in str(error.value)
    assert rule in str(error.value)


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("[0-9]+", "123", True),
        ("[0-9]+", "123a", False),
        ("anonymous", "Anonymous", True),
        (".*LOTTERY.*", "the lottery", True),
        ("a*", "a" * 40 + "b", True),
        ("", "", True),
    ],
)
def test_fits(pattern: str, text: str, fits: bool) -> None:  # noqa: FBT001
    """A pattern has to match all of the text that it sees, in upper or lower case."""
    assert Pattern.of(pattern).fits(text) is fits


PARTS = st.sampled_from(["a", "[ab]", ".", "b", r"\w"])
QUANTIFIERS = st.sampled_from(["", "?", "*", "+", "{2}", "{,3}", "{1,}"])
PATTERNS = st.recursive(
    st.builds("{}{}".format, PARTS, QUANTIFIERS),
    lambda inner: st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("({}|{}){}".format, inner, inner, QUANTIFIERS),
    ),
    max_leaves=6,
)
WORST = ["a" * LONGEST_TEXT + "!", "ab" * (LONGEST_TEXT // 2), "a" * (LONGEST_TEXT - 1) + "!"]


@settings(deadline=None, max_examples=300)
@given(PATTERNS)
def test_accepted_patterns_are_quick(pattern: str) -> None:
    """An accepted pattern is quick, even on texts that it does not match."""
    try:
        accepted = Pattern.of(pattern)
    except PatternError:
        return
    started = time.process_time()
    for text in WORST:
        accepted.fits(text)
    assert time.process_time() - started < 0.5


@given(PATTERNS)
def test_ways_are_never_too_few(pattern: str) -> None:
    """The count is at least the number of lengths that match, as each takes a way of its own."""
    compiled = re.compile(pattern.replace(".", "[ab]").replace(r"\w", "[ab]"))
    fitting = {
        length
        for length in range(6)
        for text in product("ab", repeat=length)
        if compiled.fullmatch("".join(text))
    }
    assert min(ways(pattern), MOST_WAYS) >= len(fitting)
