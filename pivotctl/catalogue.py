"""The catalogue of functions: group, summary, needs, settings, and what callers hear.

It is made from template.yaml, the READMEs, and the code, so that each fact is written once.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pivotctl.declared_settings import DeclaredSetting
from pivotctl.infra.fragment import Fragment
from pivotctl.infra.groups import GROUPS
from pivotctl.infra.switches import asked, parameter_of
from pivotctl.needs import Needs
from pivotctl.project import Function, Project
from pivotkit.core.described_settings import described
from pivotkit.kazoo.facts import MODULES

CALL = re.compile(r"```console\n\$ (?P<command>pivotctl call .+)\n(?P<text>[^`]*)```")
"""A call in a README: the command that plays it, and its dialogue."""

_SETTING = re.compile(
    r"^\| `(?P<name>[A-Z][A-Z0-9_]*)` \| `(?P<default>[^`]*)` \| (?P<meaning>.*) \|$", re.MULTILINE
)
_TYPED = re.compile(
    r"^\| `(?P<name>[a-z][a-z0-9_]*)` \| [^|]+ \| `(?P<default>[^`]*)` \| (?P<meaning>.*) \|$",
    re.MULTILINE,
)
"""A row of the table that is made from a class of settings."""

_TYPED_TABLE = re.compile(
    r"^\| Setting \| Type \| Default \| Meaning \|\n(?:\|.*(?:\n|$))*", re.MULTILINE
)
_SAMPLE = re.compile(r"[0-9a-f]{32}|https://(\w+\.example\.com|<API>)(/.*)?")
_UPSTREAM = re.compile(r"https://(\w+)\.example\.com.*")
_STEP = re.compile(r"^(?P<who>caller|KAZOO) +(?P<what>.*)$", re.MULTILINE)
_DULL = re.compile(r"picks up|hangs up|hears +“Goodbye\.”")
_COLLECTED = re.compile(r" \(collected: [^)]*\)")
_ID = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{24}\b")
_LONGEST_HEARD = 160
_OF_CONSOLE = "functions/console/catalogue.json"
STATE = {"CALL_STATE_TABLE": "call", "DIRECTORY_TABLE": "Directory"}
"""Scope of the state in each table, by the function's variable."""


@dataclass(frozen=True)
class CatalogueEntry:
    """A Pivot template: `state` is the scope of its state, `upstreams` the services it asks."""

    name: str
    group: str
    summary: str
    hears: str
    state: tuple[str, ...]
    upstreams: tuple[str, ...]
    modules: tuple[str, ...]
    verbs: tuple[str, ...]
    settings: tuple[str, ...]
    numbers: tuple[str, ...]


def summary(readme: str) -> str:
    """Return the line below the title, or ''."""
    _, _, line, *_ = [*readme.split("\n"), "", "", ""]
    return line


def settings(readme: str) -> list[dict[str, str]]:
    """Return the rows of the table of settings: `name` in capitals, `default`, `meaning`."""
    table = _TYPED_TABLE.search(readme)
    rows = [*_TYPED.finditer(table[0] if table else ""), *_SETTING.finditer(readme)]
    return [{**row.groupdict(), "name": row["name"].upper()} for row in rows]


def samples(readme: str) -> list[str]:
    """Return the settings whose defaults are samples, to be changed before a deploy."""
    return [row["name"] for row in settings(readme) if _SAMPLE.fullmatch(row["default"])]


def group(project: Project, function: Function) -> str:
    """The group of a function in template.yaml, which has it from function.yaml."""
    metadata = project.template.resources[function.logical_id].get("Metadata") or {}
    return str(metadata.get("Group", ""))


def entries(project: Project) -> list[CatalogueEntry]:
    """Return every Pivot template, by group, then in the order of template.yaml."""
    order = list(GROUPS)
    pivots = [each for each in project.functions.values() if each.kind == "pivot"]
    found = [entry(project, each) for each in pivots]
    return sorted(found, key=lambda each: order.index(each.group) if each.group in order else -1)


def entry(project: Project, function: Function) -> CatalogueEntry:
    """Return the catalogue's entry of a function; only Pivot templates have all of it."""
    readme = _text(function.path / "README.md")
    tables = (kept for name, kept in STATE.items() if name in function.environment)
    modules, verbs = _used(function.path / "app.py", project.root / "layers/common/pivotkit")
    callflow = _text(function.path / "callflow.json")
    return CatalogueEntry(
        name=function.name,
        group=group(project, function),
        summary=summary(readme),
        hears=heard(readme),
        state=tuple(tables),
        upstreams=tuple(upstreams(readme)),
        modules=tuple(sorted(modules)),
        verbs=tuple(sorted(verbs)),
        settings=tuple(row["name"] for row in settings(readme)),
        numbers=tuple(json.loads(callflow)["numbers"]) if callflow else (),
    )


def heard(readme: str) -> str:
    """Return the first call of a README in short."""
    call = CALL.search(readme)
    steps = _STEP.finditer(call["text"] if call else "")
    steps_shown = [
        _step_text(step["who"], step["what"]) for step in steps if not _DULL.search(step["what"])
    ]
    shown = ""
    for step in steps_shown:
        if shown and len(shown) + len(step) > _LONGEST_HEARD:
            return f"{shown}, ..."
        shown += f", {step}" if shown else step
    return shown


def _step_text(who: str, what: str) -> str:
    if speech := re.match(r"hears +(“.*)", what):
        return speech[1]
    what = _COLLECTED.sub("", re.sub(" +", " ", what))
    what = _ID.sub(r"\1", what)
    return what if who == "caller" else f"{who} {what}"


def upstreams(readme: str) -> Iterator[str]:
    """Yield the services whose addresses are settings of a README."""
    for row in settings(readme):
        found = _UPSTREAM.fullmatch(row["default"])
        if found and row["name"].endswith("_URL"):
            yield row["name"].removesuffix("_URL").lower()


# -- what the code uses ----------------------------------------------------------------------------

_HOMES = {"ask": "conversations", "conversation": "conversations", "Customers": "customers"}


def _used(app: Path, layer: Path) -> tuple[set[str], set[str]]:
    """Return the KAZOO modules that a template and its parts of the layer use, or its verbs."""
    names, parts = _names(app)
    verbs = {name for kind, name in names if kind == "twiml"} - {"Response"}
    if not verbs:
        names |= {name for part in parts for name in _names(layer / f"{part}.py")[0]}
    return {name for kind, name in names if kind == "kazoo"} & MODULES.keys(), verbs


def _names(path: Path) -> tuple[set[tuple[str, str]], set[str]]:
    """Return the names that a file takes from pivotkit.kazoo and pivotkit.twiml; other parts."""
    names: set[tuple[str, str]] = set()
    parts: set[str] = set()
    if not path.is_file():
        return names, parts
    tree = ast.parse(_text(path))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pivotkit"):
            _, _, part = (node.module or "").partition(".")
            imported = {alias.name for alias in node.names}
            if part.partition(".")[0] in ("kazoo", "twiml"):
                names |= {(part.partition(".")[0], name) for name in imported}
            elif part:
                parts.add(part)
            parts |= {_HOMES[name] for name in imported & _HOMES.keys()}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            names.add((node.value.id, node.attr))
    return names, parts


# -- as text ---------------------------------------------------------------------------------------

_HEAD = """# The catalogue

Made by `python -m scripts.make_catalogue` from template.yaml and the functions' folders; do not
edit. [catalogue.json](catalogue.json) is for programs, and lists every function. State is kept for
the *call*, or in the *Directory* across calls. Each folder's README has whole calls, settings,
limits, and cost.
"""
_ROWS = "| template | what it does | what the caller hears | state | asks | KAZOO modules |"


def page(project: Project) -> str:
    """Return docs/catalogue.md."""
    every = entries(project)
    parts = [_HEAD]
    for name, about in GROUPS.items():
        own = [each for each in every if each.group == name]
        if own:
            rows = "\n".join(_row(each) for each in own)
            parts.append(
                f"## {name[0].upper()}{name[1:]}\n\n{about}\n\n{_ROWS}\n|{'---|' * 6}\n{rows}\n"
            )
    return "\n".join(parts)


def _row(each: CatalogueEntry) -> str:
    cells = (
        f"[{each.name}](../functions/pivot/{each.name})",
        each.summary,
        each.hears,
        ", ".join(each.state),
        ", ".join(each.upstreams),
        " ".join(f"`{name}`" for name in (*each.modules, *(f"<{verb}>" for verb in each.verbs))),
    )
    return f"| {' | '.join(cell.replace('|', '\\|') for cell in cells)} |"


def _title(group: str) -> str:
    return group[0].upper() + group[1:]


def _table(name: str) -> re.Pattern[str]:
    """The place of a table between two marks."""
    return re.compile(rf"(?<=<!-- {name} -->\n).*?(?=\n<!-- end of {name} -->)", re.DOTALL)


_GROUPS, _KINDS = _table("groups"), _table("kinds")


def renewed(readme: str, project: Project) -> str:
    """Return README.md with current tables of functions, or unchanged if it has no marks."""
    for pattern, rows in ((_GROUPS, _group_rows(project)), (_KINDS, _kind_rows(project))):
        text = "\n".join(["", *rows, ""]) if rows[2:] else ""
        readme = pattern.sub(lambda _, text=text: text, readme)  # type: ignore[misc]
    return readme


def _group_rows(project: Project) -> list[str]:
    every = entries(project)
    rows = ["| group | templates |", "|---|---|"]
    for name in GROUPS:
        own = [each.name for each in every if each.group == name]
        links = ", ".join(f"[{each}](functions/pivot/{each})" for each in own)
        rows += [f"| {_title(name)} | {links} |"] if own else []
    return rows


def _kind_rows(project: Project) -> list[str]:
    """The rows of the functions that callers do not hear, by kind."""
    rows = ["| kind | functions |", "|---|---|"]
    for kind, title in _TITLES.items():
        own = [each for each in project.functions.values() if each.kind == kind]
        links = ", ".join(f"[{each.name}]({_folder(project, each)})" for each in own)
        rows += [f"| {title} | {links} |"] if own else []
    return rows


_TITLES = {
    "webhooks": "webhooks",
    "cdr": "CDRs",
    "workers": "workers",
    "sockets": "WebSockets",
    "console": "console",
}


def _folder(project: Project, function: Function) -> str:
    return function.path.relative_to(project.root).as_posix()


def as_json(project: Project) -> str:
    """Return docs/catalogue.json: every function, in the order of template.yaml."""
    needs = Needs.of(project)
    fragments = {each.name: each for each in needs.application.functions}
    every = project.functions.values()
    return _dumped([_indexed(project, each, fragments[each.name], needs) for each in every])


def _indexed(
    project: Project, function: Function, fragment: Fragment, needs: Needs
) -> dict[str, Any]:
    """A function for programs: paths are below the project's root."""
    own = entry(project, function)
    samples = project.root / "events" / function.kind / function.name
    return {
        **asdict(own),
        "kind": function.kind,
        "folder": _folder(project, function),
        "settings": list(own.settings or fragment.settings),
        "needs": list(needs.of_function(function.name)),
        "events": list(fragment.events or _hooks(function)),
        "delivers": list(fragment.delivers),
        "samples": [path.relative_to(project.root).as_posix() for path in _json_in(samples)],
    }


def _hooks(function: Function) -> list[str]:
    """The webhooks that a receiver is for."""
    document = _text(function.path / "webhook.json")
    found = json.loads(document) if document else []
    return [each["hook"] for each in (found if isinstance(found, list) else [found])]


def _json_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


def for_console(project: Project) -> str:
    """Return functions/console/catalogue.json: the console is deployed without other folders."""
    pivots = {each.name: each for each in entries(project)}
    others = [each for each in project.functions.values() if each.kind not in ("pivot", "console")]
    every = [*(project.functions[name] for name in pivots), *others]
    fragments = {each.name: each for each in Needs.of(project).application.functions}
    shown = (_shown(each, pivots.get(each.name), fragments[each.name]) for each in every)
    return _dumped(list(shown))


def renew_console(root: Path) -> bool:
    """Write the catalogue of a project's console if it is out of date; tell whether it was."""
    path = root / _OF_CONSOLE
    if not path.parent.is_dir() or _text(path) == (made := for_console(Project.find(root))):
        return False
    path.write_text(made, encoding="utf-8")
    return True


def _shown(function: Function, pivot: CatalogueEntry | None, fragment: Fragment) -> dict[str, Any]:
    readme = _text(function.path / "README.md")
    documents = (_text(function.path / name) for name in ("callflow.json", "webhook.json"))
    return {
        "kind": function.kind,
        "name": function.name,
        "group": _title(pivot.group) if pivot and pivot.group else "",
        "summary": summary(readme),
        "hears": pivot.hears if pivot else "",
        "samples": samples(readme),
        "document": next((json.loads(text) for text in documents if text), None),
        "settings": _declared(fragment),
    }


def _declared(fragment: Fragment) -> dict[str, Any] | None:
    """The settings that a function declares, for the console's form."""
    found = fragment.declares
    if found is None:
        return None
    fields = [_described(fragment, each) for each in found.settings]
    return {"purpose": found.purpose, "by_number": found.by_number, "fields": fields}


def _described(fragment: Fragment, setting: DeclaredSetting) -> dict[str, Any]:
    """A setting, with the deployment's value if function.yaml changes the default.

    Of a value that the stack is given when it is deployed, the console knows the option's name.
    """
    variable = setting.field.variable
    given = fragment.settings.get(variable, setting.default)
    return {
        **described(setting.field),
        "meaning": setting.meaning,
        "deployment": given if given != setting.default else None,
        "option": parameter_of(variable) if variable in asked(fragment) else None,
    }


def files(project: Project) -> dict[Path, str]:
    """Return each file made from the catalogue, with its text."""
    made = {
        project.root / "docs/catalogue.md": page(project),
        project.root / "docs/catalogue.json": as_json(project),
        project.root / "README.md": renewed(_text(project.root / "README.md"), project),
    }
    if "console" in project.functions:
        made[project.root / _OF_CONSOLE] = for_console(project)
    return made


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
