"""Checks of a template's files. Each takes a template and says what to add or to mend."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from pivotctl.catalogue import CALL, summary
from pivotctl.infra.fragment import Fragment, FragmentError
from pivotctl.infra.functions import FunctionResources
from pivotctl.infra.parts import types_of
from pivotctl.reader.answers import PivotAnswer, RefusedAnswer, understand
from pivotctl.stack import seed
from pivotctl.switch.world import World, WorldError
from tests.suite import code
from tests.suite.subject import Template, templates

type Check = Callable[[Template], list[str]]

REQUIRED = ("app.py", "README.md", "callflow.json", "function.yaml")
OTHERS = (".py", ".json", ".ics")
SECTIONS = (
    "What the caller hears", "Settings", "What to change", "In KAZOO", "Limits", "Cost",
)  # fmt: skip
EVENTS = ("get", "post_form", "post_form_v1", "post_json")


# -- the folder ------------------------------------------------------------------------------------


def the_folder_is_complete(template: Template) -> list[str]:
    """The folder holds four required files, and otherwise only modules and data."""
    there = {path.name for path in template.folder.glob("*")} - {"__pycache__"}
    foreign = [name for name in sorted(there - {*REQUIRED}) if not name.endswith(OTHERS)]
    own = f"functions/pivot/{template.name}"
    return [
        *(f"{own}: add {name}" for name in REQUIRED if name not in there),
        *(f"{own}/{name}: remove it: only modules and data belong there" for name in foreign),
    ]


def data_can_be_read(template: Template) -> list[str]:
    """seed.json and world.json, where there are any, can be loaded."""
    found = []
    try:
        if template.text("seed.json"):
            seed.read(template.folder / "seed.json")
        if template.text("world.json"):
            World.load(template.folder / "world.json")
    except (seed.SeedError, WorldError) as error:
        found.append(str(error))
    if template.text("seed.json") and "DirectoryTable" not in template.may:
        found.append(
            "seed.json has no table: add may: {DirectoryTable: [GetItem]} to function.yaml"
        )
    return found


# -- the README ------------------------------------------------------------------------------------


def readme_has_its_sections(template: Template) -> list[str]:
    """README.md has a title, one sentence, and the same sections in the same order."""
    text = template.readme
    if not text.startswith(f"# {template.name}\n\n"):
        return [f"README.md: begin it with `# {template.name}` and an empty line"]
    found = []
    if not summary(text).endswith("."):
        found.append("README.md: put one sentence below the title")
    sections = tuple(re.findall(r"^## (.*)$", text, re.MULTILINE))
    if sections != SECTIONS:
        wanted = ", ".join(SECTIONS)
        found.append(f"README.md has the sections {', '.join(sections)}: it needs {wanted}")
    return found


def readme_shows_a_call(template: Template) -> list[str]:
    """README.md shows at least one call as a caller hears it; another test plays it."""
    _, _, section = template.readme.partition("\n## What the caller hears\n")
    blocks = list(CALL.finditer(section.partition("\n## ")[0]))
    command = f"pivotctl call {template.name} --dialogue"
    if not blocks:
        return [f"README.md: show a call under What the caller hears, as `$ {command}`"]
    make = f"run python -m scripts.make_dialogues {template.name}"
    return [f"README.md: `{b['command']}` shows nothing: {make}" for b in blocks if not b["text"]]


def settings_are_documented(template: Template) -> list[str]:
    """README.md lists each setting that the code reads, with its default, and no other."""
    read, told = template.read_settings, template.told_settings
    return [
        *(
            f"README.md: add the setting | `{name}` | `{read[name]}` | ... | under Settings"
            for name in sorted(read.keys() - told.keys())
        ),
        *(
            f"README.md lists {name}, which app.py does not read: remove the row"
            for name in sorted(told.keys() - read.keys())
        ),
        *(
            f"README.md says that {name} is {told[name]!r}: in app.py the default is {read[name]!r}"
            for name in sorted(read.keys() & told.keys())
            if told[name] != read[name]
        ),
    ]


def readme_shows_the_callflow(template: Template) -> list[str]:
    """README.md shows callflow.json as it is, to be read and pasted."""
    callflow, _ = _parsed(template, "callflow.json")
    blocks = re.findall(r"```json\n(.*?)```", template.readme, re.DOTALL)
    if callflow is None or callflow in [_json(block) for block in blocks]:
        return []
    return ["README.md: show the whole callflow.json in a ```json block under In KAZOO"]


# -- the callflow ----------------------------------------------------------------------------------


def callflow_has_a_fallback(template: Template) -> list[str]:
    """callflow.json is one pivot action to this template, with a `_` child that KAZOO executes."""
    callflow, fault = _parsed(template, "callflow.json")
    if not isinstance(callflow, dict):
        return [f"callflow.json: {fault or 'make it an object'}"]
    flow = callflow.get("flow")
    if not isinstance(flow, dict) or flow.get("module") != "pivot":
        return ["callflow.json: begin flow with a pivot action"]
    return [*_pivot_faults(template, flow), *_fallback_faults(flow)]


def _pivot_faults(template: Template, flow: dict[str, Any]) -> Iterator[str]:
    url, data = f"https://<API>/<KEY>/pivot/{template.name}", flow.get("data") or {}
    if data.get("voice_url") != url:
        yield f"callflow.json: voice_url is {data.get('voice_url')!r}: make it {url!r}"
    if str(data.get("method", "")).lower() != "post":
        yield "callflow.json: KAZOO's GET breaks with variables: add method: post"


def _fallback_faults(flow: dict[str, Any]) -> Iterator[str]:
    fallback = (flow.get("children") or {}).get("_")
    if not fallback:
        yield "callflow.json: add a `_` child: what callers get when the request fails"
        return
    answer = PivotAnswer(json.dumps(fallback).encode(), "application/json")
    read = understand(answer)
    if isinstance(read, RefusedAnswer):
        yield from (f"callflow.json: the `_` child: {problem}" for problem in read.problems)


def numbers_are_its_own(template: Template) -> list[str]:
    """callflow.json has at least one number, and no other template has it."""
    own = _numbers(template)
    if not own:
        return ["callflow.json: add numbers: the extensions that lead to this template"]
    return [
        f"callflow.json: {other} has the number {number}, too: take another"
        for other in templates(template.project)
        if other != template.name
        for number in sorted(own & _numbers(Template(template.project, other)))
    ]


def _numbers(template: Template) -> set[str]:
    callflow, _ = _parsed(template, "callflow.json")
    return set(callflow.get("numbers") or []) if isinstance(callflow, dict) else set()


def _parsed(template: Template, name: str) -> tuple[Any, str]:
    try:
        return json.loads(template.text(name)), ""
    except ValueError as error:
        return None, f"write it as JSON: {error}"


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


# -- function.yaml ---------------------------------------------------------------------------------


def function_yaml_can_be_read(template: Template) -> list[str]:
    """function.yaml has a description and a group, and names only what there is."""
    try:
        fragment = Fragment.read(template.project.root, template.folder)
        _ = FunctionResources(fragment, types_of(template.project.root)).resources
    except FragmentError as error:
        return [str(error)]
    return []


def settings_are_in_function_yaml(template: Template) -> list[str]:
    """function.yaml has each setting that the code reads, with its default, and no other.

    It leaves out those that a class declares, or changes them.
    """
    declared = template.fragment.declares if template.fragment else None
    own = {each.field.variable for each in declared.settings} if declared else set()
    read = {name: text for name, text in template.read_settings.items() if name not in own}
    given = {name: text for name, text in template.given_settings.items() if name not in own}
    where = "function.yaml: settings"
    return [
        *(f"{where}: add {name}: {read[name]}" for name in sorted(read.keys() - given.keys())),
        *(
            f"{where}: {name}: app.py does not read it: remove it"
            for name in sorted(given.keys() - read.keys())
        ),
        *(
            f"{where}: {name}: {given[name]}: in app.py the default is {read[name]!r}"
            for name in sorted(read.keys() & given)
            if given[name] != read[name]
        ),
    ]


def state_has_its_table(template: Template) -> list[str]:
    """A conversation, or a function with state=True, may use CallStateTable."""
    stateful = re.search(r"@conversation|state=True", template.app)
    if not stateful or "CallStateTable" in template.may:
        return []
    operations = "CallStateTable: [UpdateItem, PutItem, DeleteItem]"
    return [f"function.yaml: the function keeps state: add {operations} to may"]


# -- beside the folder -----------------------------------------------------------------------------


def events_are_there(template: Template) -> list[str]:
    """The sample events have a first request in every form that KAZOO can be configured to send."""
    missing = [name for name in EVENTS if name not in template.events]
    where = f"events/pivot/{template.name}"
    return [f"{where}: add {name}.json: run python -m scripts.make_events" for name in missing]


def dialogues_are_there(template: Template) -> list[str]:
    """The template is dialed by a test module of its own name."""
    path = template.tests
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if f'"{template.name}"' in text:
        return []
    return [f'add tests/calls/{path.name}: a dial("{template.name}") for every path of a caller']


CHECKS: tuple[Check, ...] = (
    the_folder_is_complete,
    *code.CHECKS,
    data_can_be_read,
    readme_has_its_sections,
    readme_shows_a_call,
    settings_are_documented,
    readme_shows_the_callflow,
    callflow_has_a_fallback,
    numbers_are_its_own,
    function_yaml_can_be_read,
    settings_are_in_function_yaml,
    state_has_its_table,
    events_are_there,
    dialogues_are_there,
)
