"""The rule that README.md adds works as it stands there."""

import re
import textwrap
from datetime import UTC, datetime
from typing import Any

from functions.workers.cdr_alarms import rules
from functions.workers.cdr_alarms.accounts import AccountCalls
from functions.workers.cdr_alarms.destinations import Destination
from functions.workers.cdr_alarms.legs import EndedLeg
from pivotkit import setting
from tests.functions import FUNCTIONS

README = (FUNCTIONS / "workers/cdr_alarms/README.md").read_text(encoding="utf-8")
STEPS = README.partition("### Add a rule")[2].partition("### Try it")[0]
BLOCKS = re.findall(r"^   ```(?:py)?\n(.*?)^   ```$", STEPS, re.MULTILINE | re.DOTALL)
BRITAIN = Destination("+442071838750", "GB", premium_rate=False)


def short_calls() -> rules.LegRule:
    """The rule of the README, made by its line for app.py."""
    rule, line = map(textwrap.dedent, BLOCKS)
    names: dict[str, Any] = {**vars(rules)}
    exec(rule, names)  # noqa: S102
    module = type("rules", (), names)
    made = eval(line.strip().removesuffix(","), {"rules": module, "setting": setting})  # noqa: S307
    assert isinstance(made, rules.LegRule)
    return made


def call(seconds: int) -> EndedLeg:
    """A call abroad."""
    at = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
    return EndedLeg("id", "a" * 32, "leg", at, seconds, BRITAIN, abroad=True)


def test_it_counts_what_it_compares() -> None:
    """A short call adds one to the rule's own sum; a longer one adds nothing."""
    assert short_calls().counts(call(9)) == {"short_calls": 1}
    assert short_calls().counts(call(10)) == {}


def test_it_finds_a_breach() -> None:
    """Fifty short calls are allowed; the next one breaks the rule."""
    assert short_calls().breach(call(9), AccountCalls(hour={"short_calls": 50})) is None
    breach = short_calls().breach(call(9), AccountCalls(hour={"short_calls": 51}))
    assert breach
    assert breach.facts == {"calls": 51, "limit": 50, "country": "GB"}
    assert breach.summary == (
        "There were 51 very short calls abroad; the limit is 50 (2026-01-15, 09:00 to 10:00 UTC)."
    )
