"""Imports: which packages may import which, and what a cold start loads."""

import json
import os
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from pivotctl.project import Project
from tests.import_graph import arrows, folded, imports, packages
from tests.kazoo import ROOT
from tests.suite.code import DECLARED

LAYER = ROOT / "layers/common/pivotkit"
FUNCTIONS = sorted((ROOT / "functions").rglob("app.py"))
PIVOT = [each for each in Project.find(ROOT).functions.values() if each.kind == "pivot"]
TABLES = {"CALL_STATE_TABLE", "DIRECTORY_TABLE"}
STATEFUL = [each.name for each in PIVOT if TABLES & each.environment.keys()]
RECEIVERS = tuple(
    f"{each.kind}/{each.name}"
    for each in Project.find(ROOT).functions.values()
    if each.kind in ("webhooks", "cdr")
)
ENVIRONMENT = {
    "AWS_SAM_LOCAL": "true",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "CALL_STATE_TABLE": "state",
    "CALL_RECORDS_TABLE": "records",
    "DIRECTORY_TABLE": "directory",
    "SPOOL_QUEUE_URL": "http://localhost/queue",
    "RECORDINGS_BUCKET": "recordings",
    "PATH": os.environ["PATH"],
}


def loaded(path: str) -> set[str]:
    """The modules that a new interpreter has loaded after importing a function."""
    folder = ROOT / "functions" / path
    code = "import app, json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={
            **ENVIRONMENT,
            "POWERTOOLS_SERVICE_NAME": folder.name,
            "PYTHONPATH": str(LAYER.parent),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


SDK = {"boto3", "botocore.client", "botocore.session"}
NEEDS_SDK = {*RECEIVERS, "pivot/assistant"}
"""A receiver has a client of the queue that it spools to, the assistant one of Bedrock."""


@pytest.mark.parametrize("path", [*(f"pivot/{name}" for name in STATEFUL), *RECEIVERS])
def test_a_stateful_function_loads_its_client_at_init(path: str) -> None:
    """A function that uses DynamoDB connects to it at import, during INIT."""
    modules = loaded(path)
    assert "pivotkit.store.dynamodb" in modules
    assert (
        modules & {"pydantic", "starlette", "mangum", "jinja2", "aws_xray_sdk", "pivotctl"} == set()
    )
    assert path in NEEDS_SDK or modules & SDK == set()


HEAVY = {"aws_lambda_powertools", "ast", "boto3", "dataclasses", "inspect", "pathlib"}


@pytest.mark.parametrize("name", ["say_hello", "account_balance"])
def test_a_caller_waits_for_light_modules_only(name: str) -> None:
    """Neither Powertools, which logs failures, nor what dataclasses need is loaded at INIT."""
    assert loaded(f"pivot/{name}") & HEAVY == set()


def test_a_function_without_state_has_no_connections() -> None:
    """A template without tables loads no network."""
    assert loaded("pivot/say_hello") & {"socket", "ssl", "http.client", "urllib"} == set()


SETTINGS = {"pivotkit.core.settings", "pivotkit.core.secret", "pivotkit.store.account_settings"}


def test_a_function_without_settings_loads_nothing_for_them() -> None:
    """Settings cost nothing where a template declares none."""
    assert loaded("pivot/say_hello") & SETTINGS == set()


def test_settings_connect_only_for_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to DynamoDB is made, at INIT, only where accounts have settings of their own."""
    without = loaded("pivot/ring")
    assert without >= SETTINGS
    assert "pivotkit.store.dynamodb" not in without
    monkeypatch.setitem(ENVIRONMENT, "SETTINGS_TABLE", "directory")
    assert "pivotkit.store.dynamodb" in loaded("pivot/ring")


def test_a_limit_on_calls_connects_only_where_it_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stack without the option loads nothing for it; with it, a connection is made at INIT."""
    monkeypatch.setitem(ENVIRONMENT, "CALL_COUNTS_TABLE", "counts")
    monkeypatch.setitem(ENVIRONMENT, "CALLS_PER_MINUTE", "")
    assert (
        loaded("pivot/say_hello") & {"pivotkit.store.dynamodb", "pivotkit.store.call_limit"}
        == set()
    )
    monkeypatch.setitem(ENVIRONMENT, "CALLS_PER_MINUTE", "600")
    assert loaded("pivot/say_hello") >= {"pivotkit.store.dynamodb", "pivotkit.store.call_limit"}


LIVE_DEBUG = {
    "pivotkit.core.after_answer",
    "pivotkit.store.step_keeper",
    "pivotkit.store.steps",
}

LATER = {"pivotkit.calls.replays", "pivotkit.store.call_index"}
"""The modules of Live Debug that are loaded after the first answer, or for a replay."""


@pytest.mark.parametrize("name", ["say_hello", "account_balance"])
def test_live_debug_loads_nothing_where_it_is_off(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stack without Live Debug loads nothing for it; with it, INIT loads what keeps a step."""
    without = loaded(f"pivot/{name}")
    assert without & {*LIVE_DEBUG, *LATER} == set()
    monkeypatch.setitem(ENVIRONMENT, "CALL_INDEX_TABLE", "calls")
    assert loaded(f"pivot/{name}") - without >= LIVE_DEBUG
    assert (loaded(f"pivot/{name}") - without) & {"boto3", *LATER} == set()


CHOSEN = {
    "appointment": ("CALENDAR", {"google": "google_calendar", "caldav": "caldav"}),
    "office_hours": ("CALENDAR", {"microsoft365": "microsoft_calendar"}),
}


@pytest.mark.parametrize("name", CHOSEN)
def test_only_the_chosen_product_is_loaded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A calendar is loaded at INIT if the deployment chooses it, and no other one."""
    setting, modules = CHOSEN[name]
    products = {"google_calendar", "microsoft_calendar", "caldav"}

    def found() -> set[str]:
        return {each.rpartition(".")[2] for each in loaded(f"pivot/{name}")} & products

    assert found() == set()
    for value, module in modules.items():
        monkeypatch.setitem(ENVIRONMENT, setting, value)
        assert found() == {module}


# -- the arrows ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(LAYER.rglob("*.py")), ids=lambda path: path.stem)
def test_the_layer_imports_its_dependencies_only(path: Path) -> None:
    """The layer imports only the standard library and its declared dependencies."""
    assert packages(path) <= {"pivotkit", *DECLARED}
    assert "." not in set(imports(path))


def judges() -> list[Path]:
    """The modules that judge the layer's answers: switch and reader."""
    folders = ("pivotctl/switch", "pivotctl/reader")
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("path", judges(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_switch_and_reader_share_nothing_with_the_layer(path: Path) -> None:
    """Switch and reader, which play KAZOO's side, share no code with the layer they judge."""
    shared = {name for name in imports(path) if name.partition(".")[0] == "pivotkit"}
    assert shared <= {"pivotkit.kazoo.facts", "pivotkit.kazoo.facts.MODULES"}
    assert not [name for name in imports(path) if name.startswith("functions")]


# -- no circles ------------------------------------------------------------------------------------

PACKAGES = (ROOT / "pivotctl", LAYER)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_no_modules_import_each_other(package: Path) -> None:
    """Imports run one way between modules, however long the way round."""
    assert list(TopologicalSorter(arrows(package)).static_order())


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_no_folders_import_each_other(package: Path) -> None:
    """Imports run one way between the top-level folders of a package, so that it has floors."""
    between = folded(arrows(package))
    between.pop(package.name, None)  # the package itself only names where its parts are
    assert list(TopologicalSorter(between).static_order())


FLOORS = (
    "problems",
    "reader",
    "switch",
    "crossbar",
    "upstreams",
    "stack",
    "local",
    "kazoo",
    "connect",
    "lint",
    "commands",
)


def test_pivotctl_has_its_floors() -> None:
    """The reader of answers imports nothing of the switch, nor the switch of the stack."""
    between = folded(arrows(ROOT / "pivotctl"))
    for height, floor in enumerate(FLOORS):
        above = {f"pivotctl.{name}" for name in FLOORS[height + 1 :]}
        assert not between[f"pivotctl.{floor}"] & above
