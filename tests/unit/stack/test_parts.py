"""The stack's smaller parts, each by itself."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pivotctl.project import Project
from pivotctl.stack import build, info, ports, seed
from pivotctl.stack.environment import (
    EnvVarsError,
    LambdaEnvironment,
    checked_overrides,
    code_of,
    overridden,
    read_overrides,
    with_own_urls,
)
from pivotctl.stack.gateway import Returned
from pivotctl.stack.info import StackInfo
from pivotctl.stack.mappings import QueueMapping, StreamMapping, _from_first_failed, stream_record
from pivotctl.stack.mappings import sqs_record as queue_record
from pivotctl.stack.reload import Reloader, copy_change
from pivotctl.stack.runtime import is_error
from pivotctl.stack.server import AccessLog, ApiServer
from tests.unit.stack import fixture


@pytest.fixture
def small(tmp_path: Path) -> Project:
    """The small project, built."""
    project = fixture.make_project(tmp_path)
    fixture.build(project)
    return project


# -- environment ---------------------------------------------------------------------------------


def test_overrides_go_from_general_to_special(small: Project) -> None:
    """Parameters are for every function; a function's own entry, by either name, beats them."""
    overrides = {
        "Parameters": {"A": "all", "B": "all"},
        "Echo": {"B": "logical id"},
        "echo": {"C": "folder"},
        "Trouble": {"A": "other"},
    }
    got = overridden(small.functions["echo"], {"A": "template", "D": "template"}, overrides)
    assert got == {"A": "all", "B": "logical id", "C": "folder", "D": "template"}


def test_overrides_file(tmp_path: Path) -> None:
    """Numbers and booleans in the file become the text a variable holds."""
    path = tmp_path / "vars.json"
    path.write_text('{"Echo": {"A": 1, "B": true, "C": "x"}}')
    assert read_overrides(path) == {"Echo": {"A": "1", "B": "true", "C": "x"}}


@pytest.mark.parametrize(
    ("text", "problem"), [("[", "not valid JSON"), ('{"A": 1}', "must map function names")]
)
def test_bad_overrides_file(tmp_path: Path, text: str, problem: str) -> None:
    """A file of another form is an error that shows the right one."""
    path = tmp_path / "vars.json"
    path.write_text(text)
    with pytest.raises(EnvVarsError, match=problem):
        read_overrides(path)


def test_overrides_of_no_function(small: Project, tmp_path: Path) -> None:
    """A name that template.yaml does not have is an error that suggests the nearest one."""
    path = tmp_path / "vars.json"
    path.write_text('{"Ecko": {"A": "1"}, "Parameters": {"B": "2"}}')
    with pytest.raises(EnvVarsError, match=r"no function 'Ecko'\. Did you mean Echo\?"):
        checked_overrides(small, path)
    with pytest.raises(EnvVarsError, match=r"Cannot read .*absent\.json: No such file"):
        checked_overrides(small, tmp_path / "absent.json")


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("https://<API>/<KEY>/webhooks/all", "http://g/webhooks-development/webhooks/all"),
        ("https://<API>/<KEY>/pivot/say_hello", "http://g/pivot-development/pivot/say_hello"),
        ("https://<API>/<KEY>/other/x", "https://<API>/<KEY>/other/x"),
        ("https://hooks.example.com/webhooks/all", "https://hooks.example.com/webhooks/all"),
    ],
)
def test_urls_that_wait_for_an_address(value: str, wanted: str) -> None:
    """A setting that has neither address nor key yet gets those of the local run."""
    assert with_own_urls({"HOOK": value}, "http://g") == {"HOOK": wanted}


def test_environment_of_a_function(small: Project) -> None:
    """A process gets Lambda's variables, its code's path and dummy credentials, nothing else."""
    echo = small.functions["echo"]
    code = code_of(small, echo, small.root / "b")
    got = LambdaEnvironment(echo, code, {"NAME": "value"}, "http://127.0.0.1:1").build()
    assert got["PYTHONPATH"].split(":") == [
        str(small.root / "b/Echo"),
        str(small.root / "b/CommonLayer/python"),
        str(small.root / ".tools/runtime"),
    ]
    assert got["AWS_SAM_LOCAL"] == "true"
    assert (got["AWS_ACCESS_KEY_ID"], got["AWS_ENDPOINT_URL"]) == ("test", "http://127.0.0.1:1")
    assert (got["AWS_LAMBDA_FUNCTION_TIMEOUT"], got["_HANDLER"]) == ("5", "app.handler")
    assert got["NAME"] == "value"
    assert "HOME" not in got


# -- what functions and mappings return ------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"errorMessage": "x", "errorType": "ValueError", "stackTrace": []}', True),
        (b'{"statusCode": 200, "body": "\\"errorMessage\\" \\"errorType\\""}', False),
        (b'{"statusCode": 200}', False),
        (b'["errorMessage", "errorType"]', False),
    ],
)
def test_errors_are_told_from_results(body: bytes, expected: bool) -> None:  # noqa: FBT001
    """The emulator sends errors as 200, so they are known by their two keys at the top."""
    assert is_error(body) is expected


def mapping(small: Project) -> StreamMapping:
    """A mapping that is never started."""
    function = small.functions["stream_worker"]
    never: Any = None
    return StreamMapping(function.event_sources[0], function, never, never, never)


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        (Returned(b"null"), set()),
        (Returned(b"{}"), set()),
        (Returned(b'{"batchItemFailures": []}'), set()),
        (Returned(b'{"batchItemFailures": [{"itemIdentifier": "2"}]}'), {"2"}),
        (Returned(b'{"batchItemFailures": [{"itemIdentifier": ""}]}'), None),
        (Returned(b'{"batchItemFailures": [{"wrong": "2"}]}'), None),
        (Returned(b'{"batchItemFailures": "2"}'), None),
        (Returned(b'"text"'), None),
        (Returned(b"{}", failed=True), None),
    ],
)
def test_partial_batch_responses(
    small: Project, returned: Returned, expected: set[str] | None
) -> None:
    """A response that cannot be understood makes the whole batch a failure, as on Lambda."""
    assert mapping(small).failed_items(returned) == expected


@pytest.mark.parametrize(
    ("failed", "expected"),
    [(set(), []), ({"2"}, ["2", "3"]), ({"3", "2"}, ["2", "3"]), (None, ["1", "2", "3"]),
     ({"9"}, ["1", "2", "3"])],
)  # fmt: skip
def test_a_stream_is_read_again_from_the_first_failure(
    failed: set[str] | None, expected: list[str]
) -> None:
    """Everything from the lowest failed sequence number on comes again; nothing before it."""
    records: list[dict[str, Any]] = [{"dynamodb": {"SequenceNumber": n}} for n in ("1", "2", "3")]
    left = _from_first_failed(records, failed)
    assert [record["dynamodb"]["SequenceNumber"] for record in left] == expected


class RecordedRun:
    """Invocations of a function that fails for one record, by an exception."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def __call__(self, event: Any) -> Returned:
        """Fail if the bad record is in the batch."""
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        self.batches.append(numbers)
        return Returned(b"{}", failed="3" in numbers)


def test_bisection(small: Project) -> None:
    """A batch that raises is halved until the record that causes it stands alone."""
    function = small.functions["stream_worker"]
    calls, notes, never = RecordedRun(), list[str](), None
    aws: Any = never
    halving = StreamMapping(function.event_sources[0], function, aws, calls, notes.append)
    halving._handle("shard", [
        {"eventName": "INSERT",
         "dynamodb": {"SequenceNumber": number, "NewImage": {"kind": {"S": "wanted"}}}}
        for number in ("1", "2", "3", "4")
    ])  # fmt: skip
    assert calls.batches[:4] == [["1", "2", "3", "4"], ["1", "2"], ["3", "4"], ["3"]]
    assert calls.batches[-1] == ["4"]
    assert len(notes) == 1


def test_stream_record() -> None:
    """A stream's record becomes JSON: its time in seconds, its bytes in base64."""
    got = stream_record(
        {
            "eventID": "1",
            "eventName": "INSERT",
            "dynamodb": {
                "ApproximateCreationDateTime": datetime(2026, 11, 21, tzinfo=UTC),
                "NewImage": {"b": {"B": b"\xff"}, "s": {"SS": {"x"}}},
            },
        },
        "arn:stream",
    )
    assert got["dynamodb"] == {
        "ApproximateCreationDateTime": 1795219200.0,
        "NewImage": {"b": {"B": "/w=="}, "s": {"SS": ["x"]}},
    }
    assert (got["eventSource"], got["eventSourceARN"]) == ("aws:dynamodb", "arn:stream")
    assert json.dumps(got)


def test_queue_record() -> None:
    """A message has the names that Lambda gives its parts."""
    got = queue_record(
        {
            "MessageId": "m",
            "ReceiptHandle": "r",
            "Body": "b",
            "MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": b"\xff"}},
        },
        "arn:queue",
    )
    assert (got["messageId"], got["body"], got["eventSourceARN"]) == ("m", "b", "arn:queue")
    assert got["messageAttributes"]["a"]["binaryValue"] == "/w=="
    assert QueueMapping.__doc__


# -- seeds -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["{", "{}", '[{"kind": "a"}]', '[{"kind":1,"key":2,"value":3}]'])
def test_bad_seed(tmp_path: Path, text: str) -> None:
    """A seed file of another form is named with the right one."""
    path = tmp_path / "seed.json"
    path.write_text(text)
    with pytest.raises(seed.SeedError, match=r"seed\.json"):
        seed.read(path)


# -- builds and reloads ----------------------------------------------------------------------------


def test_fresh_build_is_not_stale(small: Project) -> None:
    """A build that is newer than all sources is used as it is."""
    assert build.is_stale(small) is False


@pytest.mark.parametrize(
    "name", ["template.yaml", "functions/pivot/echo/app.py", "layers/common/shared/__init__.py"]
)
def test_newer_source_makes_a_build_stale(small: Project, name: str) -> None:
    """Any source that is newer than the build asks for a new one."""
    later = (small.root / ".aws-sam/build/template.yaml").stat().st_mtime + 10
    os.utime(small.root / name, (later, later))
    assert build.is_stale(small) is True


@pytest.mark.parametrize("name", ["README.md", "tests/test_app.py", "__pycache__/app.pyc"])
def test_what_is_not_built_does_not_matter(small: Project, name: str) -> None:
    """Documents, tests and byte-code beside a function ask for no build."""
    path = small.root / "functions/pivot/echo" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("x")
    later = (small.root / ".aws-sam/build/template.yaml").stat().st_mtime + 10
    os.utime(path, (later, later))
    assert build.is_stale(small) is False


def test_missing_build_is_stale(tmp_path: Path) -> None:
    """A project that was never built needs a build, which needs the tools."""
    project = fixture.make_project(tmp_path)
    assert build.is_stale(project) is True
    with pytest.raises(build.BuildError, match="run `make setup`"):
        build.ensure(project, lambda _: None)


def reloader(small: Project, target: Path) -> tuple[Reloader, list[str], list[str]]:
    """A reloader that is never started, what it restarts and what it says."""
    restarted: list[str] = []
    said: list[str] = []
    return Reloader(small, target, restarted.append, said.append), restarted, said


def test_changed_function(small: Project, tmp_path: Path) -> None:
    """A function's source goes to its place in the copy, and only that function restarts."""
    target = build.link(small, tmp_path / "copy")
    reload, restarted, _ = reloader(small, target)
    source = small.root / "functions/pivot/echo/app.py"
    source.write_text("# changed\n")
    reload.apply([source])
    assert (target / "Echo/app.py").read_text() == "# changed\n"
    assert restarted == ["echo"]
    assert "# changed" not in (small.root / ".aws-sam/build/Echo/app.py").read_text()


def test_changed_layer(small: Project, tmp_path: Path) -> None:
    """A layer's source restarts all that use it; its byte-code, never checked, is removed."""
    target = build.link(small, tmp_path / "copy")
    cached = target / "CommonLayer/python/shared/__pycache__/__init__.cpython-313.pyc"
    cached.parent.mkdir()
    cached.write_bytes(b"old")
    reload, restarted, _ = reloader(small, target)
    reload.apply([small.root / "layers/common/shared/__init__.py"])
    assert not cached.exists()
    assert restarted == sorted(small.functions)


def test_removed_source(small: Project, tmp_path: Path) -> None:
    """A source that is gone goes from the copy."""
    target = build.link(small, tmp_path / "copy")
    reload, _, _ = reloader(small, target)
    source = small.root / "layers/common/shared/__init__.py"
    source.unlink()
    change = reload.change(source)
    assert change is not None
    copy_change(change)
    assert not change.target.exists()


@pytest.mark.parametrize("name", ["template.yaml", "layers/common/requirements.txt"])
def test_what_needs_a_build_is_said(small: Project, tmp_path: Path, name: str) -> None:
    """A changed template or dependency is not taken over, and the fix is said."""
    reload, restarted, said = reloader(small, tmp_path / "copy")
    reload.apply([small.root / name])
    assert restarted == []
    assert said == [f"{name} changed: restart `pivotctl serve` to rebuild"]


# -- what is published -----------------------------------------------------------------------------


def published(small: Project, pid: int) -> StackInfo:
    """Publish a stack of the process `pid`."""
    made = StackInfo(pid, "http://127.0.0.1:9", None, "http://127.0.0.1:9", "l", "b", "rie", ())
    info.write(small, made)
    return made


def test_stack_of_a_dead_process_does_not_run(small: Project) -> None:
    """A stack whose process is gone, or whose gateway does not answer, is not running."""
    small.home.mkdir()
    published(small, 999_999_999)
    assert info.running(small) is None
    published(small, os.getpid())
    assert info.running(small) is None


def test_only_the_own_stack_is_withdrawn(small: Project) -> None:
    """A process takes back what it has published itself, and nothing else."""
    small.home.mkdir()
    published(small, 999_999_999)
    info.withdraw(small, os.getpid())
    assert (small.home / "stack.json").exists()
    info.withdraw(small, 999_999_999)
    assert not (small.home / "stack.json").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'])
def test_broken_file(small: Project, text: str) -> None:
    """A file that cannot be read is as none."""
    small.home.mkdir()
    (small.home / "stack.json").write_text(text)
    assert info.running(small) is None


def test_an_api_that_never_answered_can_be_stopped() -> None:
    """A stack that fails on its way up says why, and does not hang."""
    api = ApiServer(routes=[], log=AccessLog(print, print), complain=print, explain=lambda *_: "")
    api.bind(ports.free_port(), exactly=True)

    api.stop()
