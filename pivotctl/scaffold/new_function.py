"""A new Pivot function, copied from an existing one: `pivotctl template`."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from pivotctl.infra.application import Application
from pivotctl.infra.fragment import FRAGMENT, Fragment, camel_case
from pivotctl.infra.freshness import refuse_edits, with_header
from pivotctl.infra.yaml_text import written
from pivotctl.project import Function, Project
from pivotctl.sam_template import compose
from pivotctl.scaffold.errors import ScaffoldError

LONGEST_NAME = 40
LONGEST_DESCRIPTION = 90
FIRST_NUMBER = 6100
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_PIVOT = Path("functions/pivot")
_APP, _README, _CALLFLOW = Path("app.py"), Path("README.md"), Path("callflow.json")


@dataclass(frozen=True)
class Renaming:
    """A copy from one template to another. `description` is one sentence or empty."""

    old: str
    new: str
    description: str = ""

    def text(self, text: str) -> str:
        """Replace the name in a README, event, callflow, or test, where it is a name."""
        old = re.escape(self.old)
        names = (
            rf"(?<=\bpivot/){old}\b",
            rf"(?m)(?<=^# ){old}$",
            rf"(?<=\bpivotctl call ){old}\b",
            rf"(?<=\bpivotctl url ){old}\b",
            rf"(?<=Pivot Functions: ){old}\b",
            rf'(?<=\bdial\("){old}(?=")',
            rf'(?<=\bdial_runtime\("){old}(?=")',
            rf'(?<=\bstack, "){old}(?=")',
            rf'(?m)(?<=^"""){old}\b',
        )
        for name in names:
            text = re.sub(name, self.new, text)
        return text


def new_template(
    project: Project, name: str, like: str = "say_hello", description: str = ""
) -> dict[Path, str]:
    """The files of a new template: path below the project's root, and text.

    `like` is the template that is copied, `description` one sentence of what it does. Raises
    `ScaffoldError` for a name that is bad or taken, and `EditedError` if template.yaml was changed
    by hand.
    """
    source = project.function(like)
    if source.kind != "pivot":
        raise ScaffoldError(f"{like} is no Pivot template: give --like one of functions/pivot")
    application = Application.read(project.root)
    refuse_edits(_read(project.template.path), application)
    check_name(project, name, application)
    files = copied(project, source, Renaming(source.name, name, _sentence(description)))
    path = _PIVOT / name / FRAGMENT
    whole = application.plus(Fragment.parse(path, files[path])).assembled()
    return {**files, Path("template.yaml"): with_header(whole.text)}


def check_name(project: Project, name: str, application: Application) -> None:
    """Raise `ScaffoldError` for a name that is invalid or taken."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name) or len(name) > LONGEST_NAME:
        raise ScaffoldError(
            f"{name!r} is no name: use up to {LONGEST_NAME} lower-case letters, digits and single"
            f" underscores, such as {_near(name)}"
        )
    own, taken = camel_case(name), application.taken()
    ids = [f"{own}{each}" for each in ("", "Role", "Url") if f"{own}{each}" in taken]
    paths = [f"functions/pivot/{name}", f"events/pivot/{name}", f"tests/calls/test_{name}.py"]
    there = [path for path in paths if (project.root / path).exists()]
    if name in project.functions or ids or there:
        where = there[0] if there else f"{ids[0]} in {taken[ids[0]]}"
        raise ScaffoldError(f"{name} is taken: there is {where}. Use another name, as {name}_2.")


def _near(name: str) -> str:
    """A valid name similar to *name*."""
    words = re.findall(r"[a-z0-9]+", name.lower())
    near = re.sub(r"^[0-9]+_?", "", "_".join(words))[:LONGEST_NAME].strip("_")
    return f"{near}_call" if keyword.iskeyword(near) else near or "opening_times"


def _sentence(description: str) -> str:
    text = " ".join(description.split())
    if len(text) > LONGEST_DESCRIPTION or re.search(r'["\\|`]', text):
        raise ScaffoldError(
            f"The description is {text!r}: write one sentence of up to {LONGEST_DESCRIPTION}"
            ' characters, without " \\ | and `'
        )
    return text if not text or text.endswith(".") else f"{text}."


def copied(project: Project, source: Function, renaming: Renaming) -> dict[Path, str]:
    """The files of a function's folder, events, and dialogues, under the new name."""
    return dict(_files(project, source, renaming))


def _files(project: Project, source: Function, renaming: Renaming) -> Iterator[tuple[Path, str]]:
    texts = {path: _read(source.path / path) for path in _own(source.path)}
    for path, text in _folder(project, texts, renaming).items():
        yield _PIVOT / renaming.new / path, text
    for path in sorted((project.root / "events/pivot" / source.name).glob("*.json")):
        yield Path("events/pivot") / renaming.new / path.name, renaming.text(_read(path))
    tests = project.root / f"tests/calls/test_{source.name}.py"
    if tests.is_file():
        yield Path("tests/calls") / f"test_{renaming.new}.py", renaming.text(_read(tests))


def _own(folder: Path) -> list[Path]:
    """The files of a function's folder: its code, its helper modules and its data."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [path.relative_to(folder) for path in files if "__pycache__" not in path.parts]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _folder(project: Project, texts: Mapping[Path, str], renaming: Renaming) -> dict[Path, str]:
    """The files of the folder: the callflow with a number of its own, the README with both."""
    changed = {path: renaming.text(text) for path, text in texts.items()}
    before = changed[_CALLFLOW]
    after = _dumped(json.loads(before) | {"numbers": [free_number(project)]})
    readme = changed[_README].replace(before.strip(), after.strip())
    if renaming.description:
        title, empty, _, *rest = readme.split("\n")
        readme = "\n".join([title, empty, renaming.description, *rest])
        changed[_APP] = _described(changed[_APP], renaming.description)
        changed[Path(FRAGMENT)] = described(changed[Path(FRAGMENT)], renaming.description)
    return {**changed, _CALLFLOW: after, _README: readme}


def _described(app: str, description: str) -> str:
    return re.sub(r'\A""".*?"""', lambda _: f'"""{description}"""', app, flags=re.DOTALL)


def _dumped(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def free_number(project: Project) -> str:
    """The first extension from 6100 on that no callflow.json has."""
    callflows = (each.path / "callflow.json" for each in project.functions.values())
    documents = [json.loads(path.read_text("utf-8")) for path in callflows if path.is_file()]
    taken = {number for document in documents for number in document.get("numbers") or ()}
    return next(str(n) for n in range(FIRST_NUMBER, 10_000) if str(n) not in taken)


# -- function.yaml and template.yaml ---------------------------------------------------------------


def described(text: str, description: str) -> str:
    """Replace the description in a function.yaml. The rest stays, comments included."""
    node = compose(text)
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value == "description":
            end = value.end_mark.index
            line = written("description", description.removesuffix("."), indent=0).rstrip()
            return f"{text[: key.start_mark.index]}{line}{text[end:]}"
    return text
