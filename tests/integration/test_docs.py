"""The documentation: its Python runs, its links work, and its tables are true."""

import ast
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import pivotkit
from pivotctl.catalogue import settings, summary
from pivotctl.declared_settings import declared_settings
from pivotkit import kazoo
from pivotkit.calls.handler import PivotFunction
from pivotkit.kazoo import Action
from pivotkit.twiml import Response
from scripts import make_events, make_layer_map, make_prompts
from tests.functions import ROOT

PAGES = sorted(
    path
    for folder in ("docs", "functions", "tests", ".")
    for path in (ROOT.glob("*.md") if folder == "." else (ROOT / folder).rglob("*.md"))
)
READMES = sorted((ROOT / "functions").rglob("README.md"))
FENCE = re.compile(r"^(?P<indent> *)```python\n(?P<code>.*?)^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]+\]\((?!https?://|mailto:)([^)#]+)(?:#[^)]*)?\)")
PRELUDE = (
    f"from pivotkit import {', '.join(pivotkit.__all__)}\n"
    f"from pivotkit.kazoo import {', '.join(sorted(set(kazoo.__all__) - set(pivotkit.__all__)))}\n"
)
READERS = ("setting", "choice", "home_country", "Upstream")
"""Functions that read a setting: the first two arguments are the name and the default."""

SHAPES = {
    "pivot": "What the caller hears",
    "webhooks": "What arrives and what is stored",
    "cdr": "What arrives and what is stored",
    "workers": "What arrives and what is stored",
    "sockets": "What arrives and what is stored",
    "functions": "What it shows",
}


class Example(NamedTuple):
    """A block of Python: its page, its line on that page, and the code."""

    page: Path
    line: int
    code: str

    @property
    def name(self) -> str:
        """A name for a test and a module."""
        page = "_".join(self.page.relative_to(ROOT).with_suffix("").parts)
        return re.sub(r"\W", "_", f"{page}_{self.line}")


def example(page: Path, text: str, found: re.Match[str]) -> Example:
    """The example in *found*; one without imports gets the layer's public names."""
    indent = found["indent"]
    code = "".join(line.removeprefix(indent) for line in found["code"].splitlines(keepends=True))
    imports = re.search(r"^(from|import) ", code, re.MULTILINE)
    return Example(
        page, text.count("\n", 0, found.start()) + 1, code if imports else PRELUDE + code
    )


EXAMPLES = [
    example(page, text, found)
    for page in PAGES
    for text in [page.read_text(encoding="utf-8")]
    for found in FENCE.finditer(text)
]


def name_of(path: Path) -> str:
    """A page's name as part of a test's name."""
    return str(path.relative_to(ROOT))


@pytest.fixture
def sandbox(tables: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a local run: emulated tables, and no AWS settings of this machine."""
    assert tables
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "example")


def run(code: str) -> dict[str, Any]:
    """Run *code*, and return the names it defines."""
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(code, "example", "exec"), names)  # noqa: S102
    return names


def test_there_are_examples() -> None:
    """The guides contain examples, and this test module finds them."""
    assert len(EXAMPLES) >= 10


def test_the_examples_are_typed(tmp_path: Path) -> None:
    """Every example passes `mypy --strict`."""
    for number, shown in enumerate(EXAMPLES):
        (tmp_path / f"{shown.name}_{number}.py").write_text(shown.code, encoding="utf-8")
    options = ["--strict", f"--config-file={ROOT / 'pyproject.toml'}"]
    cache = f"--cache-dir={ROOT / '.mypy_cache/docs'}"
    command = [sys.executable, "-m", "mypy", *options, cache, *map(str, tmp_path.iterdir())]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)

    assert done.returncode == 0, done.stdout


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("shown", EXAMPLES, ids=lambda shown: shown.name)
def test_the_examples_run(shown: Example, log: io.StringIO) -> None:
    """Each example can be imported, and its handler answers a call without the fallback."""
    handler = run(shown.code).get("handler")
    if not isinstance(handler, PivotFunction):
        return
    path = ROOT / "events/pivot/say_hello/post_form.json"
    reply = handler(json.loads(path.read_text(encoding="utf-8")), None)

    assert reply["statusCode"] == 200
    assert [json.loads(line)["message"] for line in log.getvalue().splitlines()] == ["answered"]


@pytest.mark.usefixtures("sandbox")
def test_the_example_of_the_readme_is_the_function(caplog: pytest.LogCaptureFixture) -> None:
    """The simplest template in the guides is identical to say_hello."""
    caplog.clear()
    code = (ROOT / "functions/pivot/say_hello/app.py").read_text(encoding="utf-8")
    _, _, body = code.partition('"""\n\n')

    assert body in [shown.code for shown in EXAMPLES]
    assert isinstance(run(code)["handler"].template(_call()), Action | Response)


def _call() -> Any:
    from pivotkit import Call  # noqa: PLC0415

    return Call(account_id=make_events.ACCOUNT, call_id=make_events.CALL, req_format="kazoo")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files(page: Path) -> None:
    """Every link to a file leads to a file that exists."""
    found = LINK.findall(page.read_text(encoding="utf-8"))

    assert [link for link in found if not (page.parent / link).exists()] == []


def test_every_function_has_a_readme() -> None:
    """Every function has a README."""
    assert [path.parent for path in READMES] == sorted(
        path.parent for path in (ROOT / "functions").rglob("app.py")
    )


@pytest.mark.parametrize("page", READMES, ids=name_of)
def test_the_readmes_have_one_shape(page: Path) -> None:
    """Every README has a title, one descriptive line, and the same sections in the same order."""
    text = page.read_text(encoding="utf-8")

    assert text.startswith(f"# {page.parent.name}\n\n")
    assert summary(text).endswith(".")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == [
        SHAPES[page.parent.parent.name],
        "Settings",
        "What to change",
        "In KAZOO",
        "Limits",
        "Cost",
    ]


@pytest.mark.parametrize("page", READMES, ids=name_of)
def test_the_settings_are_those_that_the_code_reads(page: Path) -> None:
    """The settings table lists exactly the variables that the code reads, with their defaults."""
    documented = {row["name"]: row["default"] for row in settings(page.read_text(encoding="utf-8"))}
    tree = ast.parse((page.parent / "app.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    read = {}
    for call in calls:
        if isinstance(call.func, ast.Name) and call.func.id in READERS:
            name, default = (ast.literal_eval(argument) for argument in call.args[:2])
            read[name] = str(default)
    if declared := declared_settings(page.parent):
        read |= {each.field.name.upper(): each.default for each in declared.settings}

    assert documented == read


@pytest.mark.parametrize("page", READMES, ids=name_of)
def test_a_readme_shows_the_document_that_lies_beside_it(page: Path) -> None:
    """A document shown in a README is identical to the file next to it."""
    text = page.read_text(encoding="utf-8")
    shown = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]
    names = ("callflow.json", "webhook.json")
    beside = [page.parent / name for name in names if (page.parent / name).is_file()]

    for path in beside:
        assert json.loads(path.read_text(encoding="utf-8")) in shown


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_json_on_a_page_is_json(page: Path) -> None:
    """Every block marked as JSON is valid JSON."""
    for block in re.findall(r"```json\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        json.loads(block)


def test_the_guides_name_every_parameter_and_every_alarm() -> None:
    """The guides explain every parameter and every alarm in template.yaml."""
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    parameters = re.findall(
        r"^  (\w+):$", template.split("Conditions:")[0].split("\nParameters:")[1], re.MULTILINE
    )
    alarms = re.findall(r"^  (\w+)Alarm:$", template, re.MULTILINE)
    deploy = (ROOT / "docs/guides/deploy.md").read_text(encoding="utf-8")
    operate = (ROOT / "docs/guides/operate.md").read_text(encoding="utf-8")

    assert parameters
    assert [name for name in parameters if f"`{name}`" not in deploy] == []
    assert alarms
    assert [name for name in alarms if not re.search(rf"\b{name}\b", operate)] == []


def test_every_decision_is_in_the_index() -> None:
    """A note that no page links to is never found."""
    folder = ROOT / "docs/decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    notes = {path.name for path in folder.glob("2*.md")}
    assert [name for name in sorted(notes) if f"]({name})" not in index] == []


def test_the_page_of_the_layer_is_of_today() -> None:
    """The page is the output of `python -m scripts.make_layer_map`."""
    assert make_layer_map.PAGE.read_text("utf-8") == make_layer_map.page()


def test_the_page_of_the_prompts_is_of_today() -> None:
    """The page is the output of `python -m scripts.make_prompts`."""
    assert make_prompts.PAGE.read_text("utf-8") == make_prompts.page()
