"""Regular expressions that cannot run away, whatever text they are tried on.

Python's `re` tries one way to match after the other, and `(a+)+b` has more ways than there is time.
So a pattern is compiled only if its ways can be counted and are few, and is only tried on short
texts. Patterns have few ways if they repeat single characters and classes rather than groups, and
use at most three unbounded repeats.
"""

import re
from collections import deque
from typing import NamedTuple

LONGEST_TEXT = 40
"""Characters of a text that a pattern sees: enough for numbers and for names on a display."""

LONGEST_PATTERN = 200
MOST_WAYS = 100_000

_QUANTIFIERS = {"?": (0, 1), "*": (0, LONGEST_TEXT), "+": (1, LONGEST_TEXT)}

_TOKEN = re.compile(
    r"\\. | \[\^?\]?(?:\\.|[^\]\\])*\] | \(\?: | \{(?:[0-9]+|[0-9]*,[0-9]*)\} | .",
    re.VERBOSE | re.DOTALL,
)


class PatternError(ValueError):
    """A regular expression that is refused. The message names it and gives the reason."""

    def __init__(self, pattern: str, rule: str) -> None:
        super().__init__(f"the pattern {pattern!r}: {rule}")


class Pattern(NamedTuple):
    """A pattern that matches whole texts, in upper or lower case."""

    compiled: re.Pattern[str]

    @classmethod
    def of(cls, pattern: str) -> "Pattern":
        """*pattern*, compiled. Raises `PatternError` if it is invalid or could run away."""
        if len(pattern) > LONGEST_PATTERN:
            raise PatternError(pattern, f"must have at most {LONGEST_PATTERN} characters")
        try:
            compiled = re.compile(pattern, re.IGNORECASE)
        except re.error as error:
            raise PatternError(pattern, f"is not a regular expression: {error}") from error
        if ways(pattern) > MOST_WAYS:
            raise PatternError(
                pattern,
                "has too many ways to match; repeat single characters and classes instead of "
                "groups, and use * and + at most three times",
            )
        return cls(compiled)

    def fits(self, text: str) -> bool:
        """Whether the pattern matches all of the first 40 characters of *text*."""
        return self.compiled.fullmatch(text[:LONGEST_TEXT]) is not None


def ways(pattern: str) -> int:
    """The most ways in which a short text can match a valid *pattern*, up to `MOST_WAYS` + 1.

    Raises `PatternError` for groups that do more than group: look-arounds, flags and names.
    """
    return _Count(pattern).alternatives()


class _Count:
    """Counts ways along a pattern: those of parts in a row multiply, those of a choice add up."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._tokens = deque(token.group() for token in _TOKEN.finditer(pattern))

    def alternatives(self) -> int:
        total = self._sequence()
        while self._next_is("|"):
            self._tokens.popleft()
            total += self._sequence()
        return _few(total)

    def _sequence(self) -> int:
        product = 1
        while self._tokens and not self._next_is("|", ")"):
            product = _few(product * self._repeated(self._part()))
        return product

    def _part(self) -> int:
        token = self._tokens.popleft()
        if token not in ("(", "(?:"):
            return 1
        if self._next_is("?"):
            raise PatternError(self._pattern, "must only have groups written (...) or (?:...)")
        inside = self.alternatives()
        self._tokens.popleft()
        return inside

    def _repeated(self, ways_of_part: int) -> int:
        bounds = _bounds(self._tokens[0]) if self._tokens else None
        if bounds is None:
            return ways_of_part
        self._tokens.popleft()
        if self._next_is("?", "+"):
            self._tokens.popleft()
        least, most = (min(bound, LONGEST_TEXT) for bound in bounds)
        return _few(sum(ways_of_part**times for times in range(least, most + 1)))

    def _next_is(self, *tokens: str) -> bool:
        return bool(self._tokens) and self._tokens[0] in tokens


def _few(ways: int) -> int:
    """*ways*, or one more than is allowed, so that nested repeats do not count forever."""
    return min(ways, MOST_WAYS + 1)


def _bounds(token: str) -> tuple[int, int] | None:
    """The least and most repeats of a quantifier, or `None` if *token* is not a quantifier."""
    if token in _QUANTIFIERS:
        return _QUANTIFIERS[token]
    if len(token) == 1 or not token.startswith("{"):
        return None
    least, comma, most = token[1:-1].partition(",")
    if not comma:
        return int(least), int(least)
    return int(least or 0), int(most or LONGEST_TEXT)
