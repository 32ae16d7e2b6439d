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
STATELESS = [each.name for each in PIVOT if not TABLES & each.environment.keys()]
STATEFUL = [each.name for each in PIVOT if TABLES & each.environment.keys()]
RECEIVERS = tuple(
    f"{each.kind}/{each.name}"
    for each in Project.find(ROOT).functions.values()
    if each.kind in ("webhooks", "cdr")
)
HEAVY = {
    "asyncio", "aws_xray_sdk", "boto3", "botocore.client", "botocore.session", "email.message",
    "http.client", "httpx", "jinja2", "mangum", "multiprocessing", "pivotctl", "pydantic",
    "requests", "ssl", "starlette", "unittest", "urllib.request", "urllib3", "xml.dom",
    "xml.etree", "xml.sax", "yaml",
}  # fmt: skip
FOR_UPSTREAMS = {"email.message", "http.client", "ssl", "urllib3"}
ENVIRONMENT = {
    "AWS_SAM_LOCAL": "true",
    "AWS_DEFAULT_REGION": "us-east-1",
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


@pytest.mark.parametrize("name", STATELESS)
def test_a_stateless_function_is_light(name: str) -> None:
    """A stateless function loads only light modules of the standard library and Powertools.

    One that calls other services also loads urllib3, and one that dials numbers phonenumbers.
    """
    modules = loaded(f"pivot/{name}")
    asks = FOR_UPSTREAMS if "pivotkit.services.upstream" in modules else set()
    dials = {"phonenumbers"} if "pivotkit.phone.dialing" in modules else set()
    assert modules & HEAVY - asks == set()
    packages = {module.partition(".")[0] for module in modules}
    own = {path.stem for path in (ROOT / "functions/pivot" / name).glob("*.py")}
    foreign = packages - sys.stdlib_module_names - {"__main__", "pivotkit"} - own
    assert {package for package in foreign if not package.startswith("_")} <= {
        "aws_lambda_powertools",
        "botocore",  # its bare __init__, which Powertools imports
        "jmespath",
        "sitecustomize",
        "typing_extensions",
        *asks,
        *dials,
    }
    assert (
        not {"pivotkit.store.call_state", "pivotkit.store.client", "pivotkit.calls.conversations"}
        & modules
    )


@pytest.mark.parametrize("path", [*(f"pivot/{name}" for name in STATEFUL), *RECEIVERS])
def test_a_stateful_function_loads_its_client_at_init(path: str) -> None:
    """A function that uses DynamoDB loads the AWS SDK at import, during INIT."""
    modules = loaded(path)
    assert {"boto3", "botocore.client", "pivotkit.store.client"} <= modules
    assert (
        modules & {"pydantic", "starlette", "mangum", "jinja2", "aws_xray_sdk", "pivotctl"} == set()
    )


def test_every_function_is_in_a_tier() -> None:
    """The tests above cover every Pivot handler and receiver."""
    found = {str(path.parent.relative_to(ROOT / "functions")) for path in FUNCTIONS}
    known = {f"pivot/{name}" for name in [*STATELESS, *STATEFUL]} | set(RECEIVERS)
    assert {path for path in found if path.split("/")[0] in ("pivot", "webhooks", "cdr")} == known


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
    "lint",
    "commands",
)


def test_pivotctl_has_its_floors() -> None:
    """What reads an answer knows nothing of what plays it, nor that of what runs the functions."""
    between = folded(arrows(ROOT / "pivotctl"))
    for height, floor in enumerate(FLOORS):
        above = {f"pivotctl.{name}" for name in FLOORS[height + 1 :]}
        assert not between[f"pivotctl.{floor}"] & above
