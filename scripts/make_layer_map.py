"""Make docs/layer.md: what each module of the layer is for, by who needs it.

The sentences are the first ones of the modules' docstrings. A test tells when the page is out of
date, or a module is in no group.

    python -m scripts.make_layer_map
"""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAYER = ROOT / "layers/common/pivotkit"
PAGE = ROOT / "docs/layer.md"

GROUPS = {
    "A call and its answer": (
        "call shell answers kazoo twiml speech numbers dialing destinations links"
    ),
    "Calls of several requests": "conversations memory state tokens application_vars",
    "What templates are told and look up": (
        "settings directory documents patterns customers hours holidays switches counters "
        "do_not_call attempts"
    ),
    "Other services": "upstream circuit outside crossbar quickcall",
    "What several templates do": (
        "ads agents appointments assistants callbacks caller_rules calling_card cards codes "
        "doorman feature_codes funnel gates ivr ivr_rules pins ringing surveys"
    ),
    "Receivers of webhooks, CDRs and recordings": (
        "webhooks cdr recordings receiver events envelope deliveries fields"
    ),
    "Workers and what they do": (
        "workers schedules bus once records legs chat rows screens objects drop_off fan_out "
        "rating tallies alarm_rules cdr_alarms reconcile cdr_export media media_notes "
        "hook_watch callback_dialer"
    ),
    "The ground they stand on": (
        "gateway parameters keys kazootime deadline observe errors aws"
    ),
}  # fmt: skip
_HEAD = """# The layer

Made by `python -m scripts.make_layer_map` from the modules' docstrings; do not edit. Everything
that the functions share is in `layers/common/pivotkit`. What most templates need is imported from
`pivotkit` itself, the rest from its module: `from pivotkit.lookups.hours import Hours`. The docstrings
there give shapes, units, errors, and the KAZOO source that is followed.
"""
_COLUMNS = "| module | what it is for | public names |\n|---|---|---|"


def modules() -> dict[str, Path]:
    """The layer's modules and packages, by name."""
    found = {path.stem: path for path in LAYER.glob("*.py") if path.stem != "__init__"}
    return found | {path.parent.name: path for path in LAYER.glob("*/__init__.py")}


def page() -> str:
    """The whole page. A module without a group is a `KeyError`."""
    found = modules()
    parts = [_HEAD]
    for title, names in GROUPS.items():
        rows = "\n".join(_row(name, found.pop(name)) for name in names.split())
        parts.append(
            f"## {title}\n\n| module | what it is for | public names |\n|---|---|---|\n{rows}\n"
        )
    if found:
        raise KeyError(f"in no group of scripts/make_layer_map.py: {', '.join(sorted(found))}")
    return "\n".join(parts)


def _row(name: str, path: Path) -> str:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    sentence = (ast.get_docstring(tree) or "").partition("\n\n")[0].replace("\n", " ")
    public = [] if path.stem == "__init__" else _public(tree)
    link = f"[{name}](../{path.relative_to(ROOT)})"
    return f"| {link} | {sentence.replace('|', '\\|')} | {' '.join(public)} |"


def _public(tree: ast.Module) -> list[str]:
    """The classes and functions that others may use, in their order."""
    defined = (node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef))
    names = (node.name for node in defined if not node.name.startswith("_"))
    return [f"`{name}`" for name in dict.fromkeys(names)]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
