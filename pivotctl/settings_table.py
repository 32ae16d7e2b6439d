"""The table of settings in a function's README, generated from the class in its app.py."""

from __future__ import annotations

import re

from pivotctl.declared_settings import DeclaredSetting, DeclaredSettings

_HEAD = "| Setting | Type | Default | Meaning |\n|---|---|---|---|\n"
_SECTION = re.compile(r"(?<=\n## Settings\n\n)(?:\|.*\n)*")
"""The table at the beginning of the section; empty if there is none yet."""


def settings_table(declared: DeclaredSettings) -> str:
    """Return the table of *declared* settings."""
    return _HEAD + "".join(map(_row, declared.settings))


def with_table(readme: str, declared: DeclaredSettings) -> str:
    """Return *readme* with the table of *declared* settings in its section Settings."""
    return _SECTION.sub(lambda _: settings_table(declared), readme, count=1)


def _row(each: DeclaredSetting) -> str:
    own = each.field
    kind = " / ".join(f"`{word}`" for word in own.choices) or own.label
    if own.optional:
        kind += ", or empty"
    return f"| `{own.name}` | {kind} | `{each.default}` | {each.meaning} |\n"
