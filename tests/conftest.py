"""The local stack, and an AWS behind pytest-localstack, for tests to run against.

KZ_BACKEND says which AWS: `ministack` (the default), `moto`, `docker` (LocalStack), or `auto`:
ministack, and for tests marked `every_backend` one after the other, docker if there is one.
"""

from __future__ import annotations

import contextlib
import gc
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import docker
import hypothesis
import pytest
from botocore.loaders import create_loader
from docker.errors import DockerException
from pytest_localstack.session import LocalstackSession, RunningSession

import pivotctl.stack
from pivotctl.project import Project
from pivotctl.stack.aws import Backend, LocalAws, create_buses, create_queue, create_table
from pivotctl.stack.processes import Processes
from tests import aws as tests_aws
from tests import functions
from tests.agreement import pytest_terminal_summary
from tests.aws import AwsBackend, aws_client
from tests.dynamodb import forget_clients
from tests.scheduling import SharedStackScheduling

if TYPE_CHECKING:
    from pivotctl.stack import Stack

__all__ = ["pytest_terminal_summary"]  # here, because parallel runs print it in this process

BACKENDS = ("ministack", "moto", "docker")
SERVICES = ("dynamodb", "dynamodbstreams", "events", "s3", "sqs")
REGION = "us-east-1"
_RUNNING: list[Stack] = []
_MODELS = create_loader()
SPOOL = ("SpoolDeadLetterQueue", "SpoolQueue")


def _chosen() -> str:
    chosen = os.environ.get("KZ_BACKEND", "auto")
    if chosen not in (*BACKENDS, "auto"):
        raise pytest.UsageError(f"KZ_BACKEND={chosen}: use auto, {', '.join(BACKENDS)}")
    return chosen


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker for tests that more than one emulator must agree on."""
    _chosen()
    functions.install()
    os.environ.setdefault("PIVOTCTL_PATIENCE", "4")  # a busy machine is no failure
    hypothesis.settings.register_profile("busy", deadline=None)
    hypothesis.settings.load_profile("busy")
    config.addinivalue_line(
        "markers", "every_backend: runs on each AWS there is, or on the one KZ_BACKEND names"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run files with slow tests first, so that parallel processes end at about the same time.

    Long tests have an hour each, unless they say otherwise.
    """
    first: dict[Path, int] = {}
    for item in items:
        if item.get_closest_marker("long") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(3600))
        first[item.path] = min(first.get(item.path, 2), _turn(item))
    items.sort(key=lambda item: first[item.path])


def _turn(item: pytest.Item) -> int:
    """0 for a test that deploys, 1 for another slow one, and 2 for all others."""
    if item.get_closest_marker("deploy"):
        return 0
    return 1 if item.get_closest_marker("slow") else 2


def pytest_xdist_auto_num_workers() -> int:
    """Two processes a core, up to four: much of a test is waiting for other processes."""
    return min(2 * len(os.sched_getaffinity(0)), 4)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SharedStackScheduling:
    """Run the tests of a file, or of files that need the same functions, in one process."""
    return SharedStackScheduling(config, log)


def pytest_collection_finish() -> None:
    """Keep the collector from walking thousands of tests again and again."""
    gc.collect()
    gc.freeze()


def pytest_report_header() -> str:
    """Say which AWS the tests run against."""
    names = {
        "ministack": "MiniStack on the loopback interface",
        "moto": "moto_server on the loopback interface",
        "docker": "LocalStack in Docker",
    }
    chosen = _chosen()
    if chosen != "auto":
        return f"aws: {names[chosen]} (KZ_BACKEND={chosen})"
    return f"aws: {names['ministack']}; cross-checks on moto_server; {_docker_state()}"


def _docker_state() -> str:
    missing = docker_missing()
    return f"not on LocalStack: {missing}" if missing else "and on LocalStack in Docker"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests marked `every_backend` once on each AWS."""
    if "aws_backend" not in metafunc.fixturenames:
        return
    if metafunc.definition.get_closest_marker("every_backend") and _chosen() == "auto":
        metafunc.parametrize("aws_backend", BACKENDS, indirect=True, scope="session")


def docker_missing() -> str | None:
    """Why LocalStack cannot run here, or None if it can."""
    try:
        docker.from_env(timeout=2).ping()
    except (DockerException, OSError) as error:
        return f"no Docker daemon ({type(error).__name__})"
    return None


# -- the stack -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def project() -> Project:
    """This checkout."""
    return Project.find(Path(__file__).parent)


@pytest.fixture(scope="session")
def stack(project: Project) -> Iterator[Stack]:
    """Every function on a stack of its own, with a wire to DynamoDB that counts and can fail."""
    with pivotctl.stack.session(project, fresh=True, wire=True, say=print) as running:
        _RUNNING.append(running)
        yield running
        _RUNNING.clear()


# -- AWS in this process -------------------------------------------------------------------------


@pytest.fixture(scope="session")
def aws_backend(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, project: Project
) -> Iterator[AwsBackend]:
    """The AWS of this run, or the one a test marked `every_backend` is at."""
    chosen = _chosen()
    name: str = getattr(request, "param", "ministack" if chosen == "auto" else chosen)
    if name == "docker":
        yield from _docker_backend()
    elif name == "moto":
        yield from _emulator("moto", project, tmp_path_factory.mktemp("moto"))
    else:
        yield from _emulator("ministack", project, tmp_path_factory.mktemp("ministack"))


def _docker_backend() -> Iterator[AwsBackend]:
    if missing := docker_missing():
        pytest.skip(f"LocalStack needs Docker: {missing}")
    session = LocalstackSession(docker.from_env(), services=list(SERVICES), region_name=REGION)
    with session:
        yield AwsBackend("docker", session)


def _emulator(backend: Backend, project: Project, folder: Path) -> Iterator[AwsBackend]:
    processes = Processes()
    try:
        aws = LocalAws(project.tools, processes, folder, folder / "aws.log", backend)
        aws.start()
        # RunningSession.start returns as if all were well when nothing answers: ask beforehand.
        aws.wait()
        ports = dict.fromkeys(SERVICES, aws.port)
        session = RunningSession("127.0.0.1", services=ports, region_name=REGION)
        session.start(timeout=20)
        session.services["execute-api"] = aws.port  # asked for, but clients of it name an endpoint
        yield AwsBackend(backend, session)
    finally:
        processes.close()


@pytest.fixture
def aws(
    aws_backend: AwsBackend,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[AwsBackend]:
    """An empty AWS that every client made in the test reaches, without an endpoint_url.

    A client made before botocore is patched is not redirected but refused, so the layer's cached
    ones are dropped; the running stack's workers have such clients, and pause.
    """
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", aws_backend.dynamodb_url)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # its region is that of its making
    monkeypatch.setattr(boto3, "setup_default_session", _make_default_session)
    with contextlib.ExitStack() as stacked:
        for running in _RUNNING:
            stacked.enter_context(running.own.paused_workers())
        stacked.enter_context(aws_backend.session.botocore.patch_botocore())
        forget_clients()
        stacked.callback(forget_clients)
        tests_aws.use(aws_backend)
        _empty(_kept(project) if "tables" in request.fixturenames else ())
        yield aws_backend


@pytest.fixture
def atomic_writes(aws: AwsBackend) -> None:
    """Skip a race on moto, whose threads check a condition and write without a lock."""
    if aws.name == "moto":
        pytest.skip("moto's conditional writes are not atomic, unlike DynamoDB's")


def _make_default_session() -> None:
    """Make boto3's session, if it is used; what botocore knows of services is read only once."""
    boto3.DEFAULT_SESSION = session = boto3.Session()
    session._session.register_component("data_loader", _MODELS)


def _kept(project: Project) -> Iterable[str]:
    """The tables that may stay if they are empty: those without a stream of what has been."""
    return (
        table.name
        for table in project.tables.values()
        if "StreamSpecification" not in table.properties
    )


def _empty(kept: Iterable[str]) -> None:
    """Delete what an earlier test left, but not the *kept* tables that have no items."""
    dynamodb, sqs = aws_client("dynamodb"), aws_client("sqs")
    kept = set(kept)
    for table in dynamodb.list_tables()["TableNames"]:
        if table not in kept or dynamodb.scan(TableName=table, Limit=1)["Items"]:
            dynamodb.delete_table(TableName=table)
    for url in sqs.list_queues().get("QueueUrls", []):
        sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def tables(aws: AwsBackend, project: Project, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """The template's tables and the spool, in `aws`, and the variables that name them set.

    Maps CALL_STATE_TABLE, EVENT_BUS and the like to names, SPOOL_QUEUE_URL to a URL.
    """
    assert aws.name in BACKENDS
    dynamodb = aws_client("dynamodb")
    there = dynamodb.list_tables()["TableNames"]
    for table in project.tables.values():
        if table.name not in there:
            create_table(dynamodb, table)
    urls = _made(project, [name for name in SPOOL if name in project.queues])
    named = (*project.tables.values(), *project.buses.values())
    names = {each.logical_id: each.name for each in named}
    variables = _variables(project, {**names, **urls})
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


def _made(project: Project, names: Iterable[str]) -> dict[str, str]:
    """The URLs of queues that are made in this order: one that others redrive to comes first."""
    sqs = aws_client("sqs")
    return {name: create_queue(sqs, project.queues[name]) for name in names}


@pytest.fixture
def buses(tables: Mapping[str, str], project: Project) -> None:
    """The template's other queues, its event buses and their rules; no rules of a test before."""
    assert tables
    _made(project, sorted(project.queues, key=lambda name: not name.endswith("DeadLetterQueue")))
    events = aws_client("events")
    for bus in project.buses.values():
        if bus.name in [each["Name"] for each in events.list_event_buses()["EventBuses"]]:
            events.delete_event_bus(Name=bus.name)
    create_buses(events, project)


def _variables(project: Project, values: Mapping[str, str]) -> dict[str, str]:
    """The variables that the template's functions name tables and queues by."""
    found = {}
    for properties in project.template.of_type("AWS::Serverless::Function").values():
        variables = (properties.get("Environment") or {}).get("Variables") or {}
        for name, value in variables.items():
            if isinstance(value, dict) and value.get("Ref") in values:
                found[name] = values[value["Ref"]]
    return found


@pytest.fixture
def limits_of_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every limit as Lambda does, whatever patience the tests have."""
    monkeypatch.setenv("PIVOTCTL_PATIENCE", "1")


# -- fixtures for this project's own tools ---------------------------------------------------------


@pytest.fixture(scope="session")
def pivotctl_command(project: Project) -> Path:
    """The installed `pivotctl`."""
    command = project.root / ".venv/bin/pivotctl"
    subprocess.run([command, "--version"], check=True, capture_output=True)
    return command
