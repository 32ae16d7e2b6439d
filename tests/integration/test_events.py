"""The sample events: up to date, and good for a 200 from the functions themselves.

Those of the Pivot templates are replayed by the contract suite (tests/suite/running.py).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pivotctl.project import Project
from pivotctl.stack.seed import seed
from pivotctl.upstreams import Upstreams, redirected
from scripts import make_events
from tests.aws import aws_client
from tests.functions import ROOT, load
from tests.integration.announcing import announce_samples

EVENTS = ROOT / "events"
PATHS = sorted(EVENTS.rglob("*.json"))
CLOCKS = [path for path in PATHS if path.stem == "schedule"]
WORKERS = [path for path in PATHS if path.parts[-3] == "workers" and path not in CLOCKS]
PIVOT = [path for path in PATHS if path.parts[-3] == "pivot"]
REQUESTS = [path for path in PATHS if path not in WORKERS + CLOCKS + PIVOT]
GATEWAY = "http://127.0.0.1:8080"

pytestmark = pytest.mark.filterwarnings("ignore:Couldn't determine the remaining time")


def name_of(path: Path) -> str:
    """An event's name in a test's."""
    return "-".join(path.relative_to(EVENTS).with_suffix("").parts)


@pytest.fixture(autouse=True)
def environment(tables: Any, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a local run, with the template's tables, queues and buckets."""
    assert tables
    for bucket in project.buckets.values():
        aws_client("s3").create_bucket(Bucket=bucket.name)
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")


@pytest.fixture(scope="module")
def upstreams() -> Iterator[Upstreams]:
    """The services that workers tell and ask: KAZOO has the files that the samples announce."""
    running = Upstreams()
    running.start()
    announce_samples(running)
    yield running
    running.stop()


def answer(
    path: Path, project: Project, monkeypatch: pytest.MonkeyPatch, services: str = ""
) -> Any:
    """The result of the function for the event in *path*; the fakes are at *services*."""
    function = project.functions[path.parent.name]
    given = project.environment(function, gateway_url=GATEWAY, aws_url="")
    for name, value in redirected(given, services).items() if services else given.items():
        if not name.endswith(("_TABLE", "_QUEUE_URL", "_BUS")):
            monkeypatch.setenv(name, value)
    seed(aws_client("dynamodb"), function)
    folder = function.path.relative_to(ROOT / "functions")
    return load(str(folder))(json.loads(path.read_text(encoding="utf-8")), None)


@pytest.mark.parametrize("path", REQUESTS, ids=name_of)
def test_each_request_is_answered_with_200(
    path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sample event has a key that a local run accepts, and everything the function needs."""
    assert answer(path, project, monkeypatch)["statusCode"] == 200


@pytest.mark.usefixtures("buses")
@pytest.mark.parametrize("path", WORKERS, ids=name_of)
def test_each_batch_is_worked_through(
    path: Path, project: Project, upstreams: Upstreams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No record of a sample batch has to come again."""
    assert answer(path, project, monkeypatch, upstreams.url) == {"batchItemFailures": []}


@pytest.mark.parametrize("path", CLOCKS, ids=name_of)
def test_each_clock_has_something_done(
    path: Path, project: Project, upstreams: Upstreams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduled function says what it has done, in numbers."""
    done = answer(path, project, monkeypatch, upstreams.url)
    assert done
    assert {type(count) for count in done.values()} == {int}


@pytest.mark.skipif(
    not (EVENTS / "pivot/say_hello").exists(), reason="say_hello, which has every form, is not here"
)
def test_every_form_in_which_a_call_arrives_gets_the_same_answer(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GET, form, JSON and both payload formats tell a template the same."""
    paths = [path for path in PIVOT if path.parent.name == "say_hello"]
    bodies = {answer(path, project, monkeypatch)["body"] for path in paths}

    assert len(paths) == 4
    assert len(bodies) == 1
    assert "Hello Zoë Miller." in bodies.pop()


def test_the_events_are_what_the_script_makes(project: Project) -> None:
    """`python -m scripts.make_events` was run after the last change; nothing else lies there."""
    made = {EVENTS / path: text for path, text in make_events.texts(project).items()}

    assert {path: path.read_text(encoding="utf-8") for path in PATHS} == made
