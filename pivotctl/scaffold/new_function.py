"""A new template, made of one that is there: `pivotctl template`."""

from __future__ import annotations

import json
import keyword
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pivotctl.project import Function, Project
from pivotctl.scaffold.document import Block, Document, Section

LONGEST_NAME = 40
LONGEST_DESCRIPTION = 90
FIRST_NUMBER = 6100
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_PLAIN = re.compile(r"\w[\w ,.;'()/-]*")


class ScaffoldError(Exception):
    """This cannot be made; the text says why and what can."""


@dataclass(frozen=True)
class Renaming:
    """From the template that is copied to the new one; `description` is one sentence or empty."""

    old: str
    new: str
    description: str = ""

    def text(self, text: str) -> str:
        """A README, an event, a callflow or a test with the new name, where it is the name."""
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

    def block(self, block: Block) -> Block:
        """A block of template.yaml with the new names."""
        old, new = logical_id(self.old), logical_id(self.new)
        text = re.sub(rf"(?m)^  {old}(?=(Role|Url)?:$)", f"  {new}", self.text(block.text))
        text = text.replace(f"GetAtt {old}Role.Arn", f"GetAtt {new}Role.Arn")
        text = re.sub(rf"(?m)(POWERTOOLS_SERVICE_NAME: ){self.old}$", rf"\g<1>{self.new}", text)
        return Block(new + block.name.removeprefix(old), text)


def logical_id(name: str) -> str:
    """The logical id that belongs to a folder's name: `SayHello` for `say_hello`."""
    return name.title().replace("_", "")


def new_template(
    project: Project, name: str, like: str = "say_hello", description: str = ""
) -> dict[Path, str]:
    """The files of a new template: path below the project's root, and text.

    `like` is the template that is copied, `description` one sentence of what it does. Raises
    `ScaffoldError` for a name that is bad or taken.
    """
    source = project.function(like)
    if source.kind != "pivot":
        raise ScaffoldError(f"{like} is no Pivot template: give --like one of functions/pivot")
    check_name(project, name)
    renaming = Renaming(source.name, name, _sentence(description))
    return dict(_files(project, source, renaming))


def check_name(project: Project, name: str) -> None:
    """Raise `ScaffoldError` for a name that is bad or taken."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name) or len(name) > LONGEST_NAME:
        raise ScaffoldError(
            f"{name!r} is no name: use up to {LONGEST_NAME} lower-case letters, digits and single"
            f" underscores, such as {_near(name)}"
        )
    own = logical_id(name)
    taken = [each for each in ("", "Role", "Url") if f"{own}{each}" in _logical_ids(project)]
    paths = [f"functions/pivot/{name}", f"events/pivot/{name}", f"tests/calls/test_{name}.py"]
    there = [path for path in paths if (project.root / path).exists()]
    if name in project.functions or taken or there:
        where = there[0] if there else f"{own}{taken[0] if taken else ''} in template.yaml"
        raise ScaffoldError(f"{name} is taken: there is {where}. Use another name, as {name}_2.")


def _near(name: str) -> str:
    """A name like *name* that would do."""
    words = re.findall(r"[a-z0-9]+", name.lower())
    near = re.sub(r"^[0-9]+_?", "", "_".join(words))[:LONGEST_NAME].strip("_")
    return f"{near}_call" if keyword.iskeyword(near) else near or "opening_times"


def _logical_ids(project: Project) -> set[str]:
    return {*project.template.resources, *(project.template.body.get("Outputs") or {})}


def _sentence(description: str) -> str:
    text = " ".join(description.split())
    if len(text) > LONGEST_DESCRIPTION or re.search(r'["\\|`]', text):
        raise ScaffoldError(
            f"The description is {text!r}: write one sentence of up to {LONGEST_DESCRIPTION}"
            ' characters, without " \\ | and `'
        )
    return text if not text or text.endswith(".") else f"{text}."


def _files(project: Project, source: Function, renaming: Renaming) -> Iterator[tuple[Path, str]]:
    folder, new = Path("functions/pivot"), renaming.new
    texts = {path.name: path.read_text(encoding="utf-8") for path in _own(source.path)}
    yield from (
        (folder / new / name, text) for name, text in _folder(project, texts, renaming).items()
    )
    for path in sorted((project.root / "events/pivot" / source.name).glob("*.json")):
        text = renaming.text(path.read_text(encoding="utf-8"))
        yield Path("events/pivot") / new / path.name, text
    tests = project.root / f"tests/calls/test_{source.name}.py"
    if tests.is_file():
        yield (
            Path("tests/calls") / f"test_{new}.py",
            renaming.text(tests.read_text(encoding="utf-8")),
        )
    text = project.template.path.read_text(encoding="utf-8")
    yield Path("template.yaml"), declared(text, renaming)


def _own(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.is_file()]


def _folder(project: Project, texts: Mapping[str, str], renaming: Renaming) -> dict[str, str]:
    """The files of the folder: the callflow with a number of its own, the README with both."""
    changed = {name: renaming.text(text) for name, text in texts.items()}
    before = changed["callflow.json"]
    after = _dumped(json.loads(before) | {"numbers": [free_number(project)]})
    readme = changed["README.md"].replace(before.strip(), after.strip())
    if renaming.description:
        title, empty, _, *rest = readme.split("\n")
        readme = "\n".join([title, empty, renaming.description, *rest])
        changed["app.py"] = _described(changed["app.py"], renaming.description)
    return {**changed, "callflow.json": after, "README.md": readme}


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


# -- template.yaml ---------------------------------------------------------------------------------


def declared(text: str, renaming: Renaming) -> str:
    """template.yaml with function, role, output and the console's endpoint, behind the old ones."""
    document = Document.read(text)
    old = logical_id(renaming.old)
    describe: Callable[[Block], Block] = partial(_with_description, renaming=renaming)
    function = describe(renaming.block(document.block("Resources", old)))
    role = renaming.block(document.block("Resources", f"{old}Role"))
    output = describe(renaming.block(document.block("Outputs", f"{old}Url")))
    endpoint = partial(_with_endpoint, renaming=renaming)

    def resources(section: Section) -> Section:
        return endpoint(section.after(f"{old}Role", function, role))

    document = document.changed("Resources", resources)
    return document.changed("Outputs", lambda section: section.after(f"{old}Url", output)).text


def _with_description(block: Block, renaming: Renaming) -> Block:
    if not renaming.description:
        return block
    said = renaming.description.removesuffix(".")
    if block.name.endswith("Url"):
        said = f"voice_url, {said[0].lower()}{said[1:]}"
    shown = said if _PLAIN.fullmatch(said) else json.dumps(said, ensure_ascii=False)
    line = re.compile(r"^( +)Description:.*\n(?:\1  .*\n)*", re.MULTILINE)
    return Block(
        block.name, line.sub(lambda m: f"{m[1]}Description: {shown}\n", block.text, count=1)
    )


_ENDPOINTS = re.compile(r"^( +)ENDPOINTS: >-\n((?:\1  .*\n)+)", re.MULTILINE)


def _with_endpoint(section: Section, renaming: Renaming) -> Section:
    """The console lists the functions in the order of the template."""

    def listed(found: re.Match[str]) -> str:
        paths = found[2].split()
        at = paths.index(f"pivot/{renaming.old}") + 1
        filled = " ".join([*paths[:at], f"pivot/{renaming.new}", *paths[at:]])
        indent = f"{found[1]}  "
        lines = textwrap.wrap(filled, 100 - len(indent), break_on_hyphens=False)
        return f"{found[1]}ENDPOINTS: >-\n" + "".join(f"{indent}{line}\n" for line in lines)

    blocks = tuple(Block(each.name, _ENDPOINTS.sub(listed, each.text)) for each in section.blocks)
    return Section(section.name, section.head, blocks)
