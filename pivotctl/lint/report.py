"""Reports on Twilio documents: as text, as JSON, and as the table of verbs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import click

from pivotctl.lint.fates import NOUNS, VERBS, AttributeFate, Closeness, ElementFate, Fate
from pivotctl.lint.twilio import Examined, Finding

_COLORS = {Closeness.SAME: "green", Closeness.DIFFERENT: "yellow", Closeness.REFUSED: "red"}


def as_document(examined: Examined) -> dict[str, Any]:
    """Return the number of findings of each kind, `verdict`, `problems`, and `findings`."""
    counts = {
        kind.value: sum(finding.fate.kind is kind for finding in examined.findings)
        for kind in Closeness
    }
    findings = [finding.as_json() for finding in examined.findings]
    return {**counts, **examined.reading.as_json(), "findings": findings}


def as_text(examined: Examined) -> str:
    """Return a line for each finding, with the alternative, and the verdict at the end."""
    lines = [line for finding in examined.findings for line in _finding_lines(finding)]
    counts = as_document(examined)
    summary = ", ".join(f"{counts[kind.value]} {kind.value}" for kind in Closeness)
    reading = examined.reading
    verdict = f"Played as is: {reading.verdict.value}. {reading.verdict.meaning}."
    problems = [f"  {problem}" for problem in reading.problems]
    return "\n".join([*lines, "", f"{summary}.", verdict, *problems])


def _finding_lines(finding: Finding) -> Iterator[str]:
    fate = finding.fate
    kind = click.style(f"{fate.kind.value:<9}", fg=_COLORS[fate.kind], bold=True)
    value = f'="{finding.value}"' if "@" in finding.path else ""
    place = f"{finding.path}{value}"
    how = f"  {fate.how}" if fate.how else ""
    yield f"{finding.line:>4}  {kind}  {place}{how}"
    if fate.twiml:
        yield f"{'':17}TwiML:    {fate.twiml}"
    if fate.callflow:
        yield f"{'':17}callflow: {json.dumps(fate.callflow)}"


def table() -> str:
    """Return the Markdown table of every verb, noun, and attribute."""
    head = ["| Twilio | value | KAZOO | how | write instead |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *_rows(VERBS, ""), *_rows(NOUNS, "Dial/")])


def _rows(entries: Mapping[str, ElementFate], before: str) -> Iterator[str]:
    for name, entry in entries.items():
        yield _row(f"**`<{before}{name}>`**", "", entry.fate)
        for attribute, known in entry.attributes.items():
            yield from _attribute_rows(f"`{before}{name}/@{attribute}`", known)


def _attribute_rows(name: str, known: AttributeFate) -> Iterator[str]:
    yield _row(name, known.values, known.fate)
    other = known.otherwise
    while other:
        yield _row(name, other.values or "others", other.fate)
        other = other.otherwise


def _row(name: str, values: str, fate: Fate) -> str:
    instead = [f"`{fate.twiml}`"] if fate.twiml else []
    instead += [f"callflow `{json.dumps(fate.callflow)}`"] if fate.callflow else []
    return f"| {name} | {values} | {fate.kind.value} | {fate.how} | {'; '.join(instead)} |"
