"""Make docs/callflow-actions.md: each module that KAZOO executes, as `pivotkit.kazoo` offers it.

The verdict is a fact that `tests/unit/pivotkit/kazoo/test_facts.py` establishes with KAZOO's schemas:
valid with all options set, and with none. The table is made without them.

    python -m scripts.make_actions_table
"""

from pathlib import Path

from pivotkit.kazoo.facts import GROUPS, MODULES, ModuleFacts

PAGE = Path(__file__).resolve().parent.parent / "docs/callflow-actions.md"
_HEAD = """# Callflow actions

Made by `python -m scripts.make_actions_table` from the table of facts; do not edit.
All are functions of `pivotkit.kazoo`; their docstrings say more. **Bold** properties are required.

An action accepts what KAZOO's schema of the module accepts, with a few exceptions: empty texts,
which KAZOO takes for none; times below zero and waits for nothing; what makes KAZOO crash or do
nothing; numbers that cannot be dialled. `tests/unit/pivotkit/kazoo/test_facts.py` has them with reasons.

| module | function | properties | children | `>>` means | schema verdict |
| --- | --- | --- | --- | --- | --- |
"""
_THEN = {"always": "next, always", "failure": "it failed", "never": "refused: never run"}


def properties(module: ModuleFacts) -> str:
    """The properties and what each takes."""
    shown = (
        f"{f'**{name}**' if rule.required else name}: {rule.says}"
        for name, rule in module.properties.items()
    )
    return "; ".join(shown).replace("|", "\\|")


def children(module: ModuleFacts) -> str:
    """The keys of branches, as a pattern."""
    if callable(module.keys):
        return "depends on the properties, see the docstring"
    return f"`{module.keys}`".replace("|", "\\|") if module.keys else ""


def row(name: str, module: ModuleFacts) -> str:
    """One module's line."""
    cells = [f"`{name}`", f"`{GROUPS[name]}.{name}`", properties(module), children(module)]
    return f"| {' | '.join([*cells, _THEN[module.then], 'valid'])} |\n"


def page() -> str:
    """The whole page."""
    return _HEAD + "".join(row(name, MODULES[name]) for name in sorted(MODULES))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
