"""The project reader understands template.yaml without knowing a function by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pivotctl.project import Project, ProjectError, Route, UnknownFunctionError
from pivotctl.sam_template import SamTemplate, TemplateError, Values
from tests.unit.stack.fixture import TEMPLATE, make_project


@pytest.fixture
def small(tmp_path: Path) -> Project:
    """The small project of the stack's tests."""
    return make_project(tmp_path)


def test_functions(small: Project) -> None:
    """A function's name is its folder's, its kind the folder above; Globals fill what it omits."""
    assert list(small.functions) == ["echo", "trouble", "stream_worker", "queue_worker"]
    echo = small.functions["echo"]
    assert (echo.kind, echo.logical_id, echo.handler) == ("pivot", "Echo", "app.handler")
    assert (echo.memory, echo.timeout, echo.layers) == (256, 5, ("CommonLayer",))
    assert echo.route == Route("Api", "ANY", "/{key}/pivot/echo", "2.0", 4.5)
    assert small.functions["queue_worker"].route is None


def test_environment(small: Project) -> None:
    """Variables are resolved to local values: !Ref, !Sub, !If, and the addresses of APIs."""
    got = small.environment(
        small.functions["echo"], gateway_url="http://127.0.0.1:9", aws_url="http://127.0.0.1:1"
    )
    assert got == {
        "SHARED": "hello-us-east-1",
        "PUBLIC_URL": "http://127.0.0.1:9",
        "TABLE": "local-ThingsTable",
        "ONLY_POLITE": "yes",
        "API": "http://127.0.0.1:9",
        "CRM_URL": "https://crm.example.com/api",
    }


def test_parameter_overrides(small: Project) -> None:
    """A parameter's override decides, also in conditions; what is NoValue is absent."""
    other = Project(small.root, small.template, {"Greeting": "hey", "PublicUrl": "https://x.y"})
    got = other.environment(other.functions["echo"], gateway_url="http://g", aws_url="http://a")
    assert (got["SHARED"], got["PUBLIC_URL"]) == ("hey-us-east-1", "https://x.y")
    assert "ONLY_POLITE" not in got


def test_event_sources(small: Project) -> None:
    """Mappings name their table or queue by logical id, with filters and failure handling."""
    (stream,) = small.functions["stream_worker"].event_sources
    assert (stream.source, stream.stream, stream.batch_size) == ("ThingsTable", True, 10)
    assert (stream.partial, stream.bisect, stream.retries) == (True, True, 1)
    assert stream.destination == "DeadQueue"
    assert '"wanted"' in stream.filters[0]["Pattern"]
    (queue,) = small.functions["queue_worker"].event_sources
    assert (queue.source, queue.stream, queue.partial) == ("WorkQueue", False, True)


def test_resources(small: Project) -> None:
    """Tables and queues have local names and resolved properties."""
    assert small.tables["ThingsTable"].name == "local-ThingsTable"
    redrive = small.queues["WorkQueue"].properties["RedrivePolicy"]
    assert redrive["deadLetterTargetArn"].endswith(":local-DeadQueue")
    assert small.apis == ("Api",)
    assert small.layers["CommonLayer"] == small.root / "layers/common"


def test_found_from_below(small: Project) -> None:
    """A project is found from any folder inside it."""
    assert Project.find(small.root / "functions/pivot/echo").root == small.root


def test_no_project(tmp_path: Path) -> None:
    """Outside a project the error names the file and the fix."""
    with pytest.raises(ProjectError, match=r"No template\.yaml .* inside a checkout"):
        Project.find(tmp_path)


def test_by_either_name(small: Project) -> None:
    """A function is found by its folder's name and by its logical id."""
    assert small.function("StreamWorker") is small.function("stream_worker")


@pytest.mark.parametrize(("name", "hint"), [("ecco", "Did you mean echo"), ("zzz", "There are: ")])
def test_unknown_function(small: Project, name: str, hint: str) -> None:
    """An unknown name gets the nearest one, or the list."""
    with pytest.raises(UnknownFunctionError, match=hint):
        small.function(name)


def test_patience(small: Project) -> None:
    """A factor for slow machines multiplies the timeouts of functions and routes alike."""
    slow = replace(small, patience=2.5).function("echo")
    assert slow.timeout == 13  # Lambda's timeouts are whole seconds: 5 s * 2.5, rounded up
    assert [route.timeout for route in slow.routes] == [11.25]


@pytest.mark.parametrize("text", ["", "0", "0.5", "nan", "many", "1e9"])
def test_impossible_patience(small: Project, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A factor that is no number from 1 to 1000 is refused with its name and value."""
    monkeypatch.setenv("PIVOTCTL_PATIENCE", text)
    with pytest.raises(ProjectError, match=f"PIVOTCTL_PATIENCE={text!r}"):
        Project.find(small.root)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Resources: [", "not valid YAML"),
        ("a: 1", "has no Resources"),
    ],
)
def test_broken_template(tmp_path: Path, text: str, problem: str) -> None:
    """A file that is no template is named with what is wrong in it."""
    (tmp_path / "template.yaml").write_text(text)
    with pytest.raises(TemplateError, match=problem):
        Project.find(tmp_path)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("!Ref Nope", r"Variables\.TABLE: !Ref Nope names neither"),
        ("!GetAtt Nope.Arn", r"!GetAtt Nope\.Arn: no such resource"),
        ("!GetAtt Api.Colour", r"Api\.Colour has no value in a local run"),
        ("!Cidr [a, 1, 2]", "Fn::Cidr is not supported"),
        ("!If [Nope, a, b]", "condition 'Nope' is not declared"),
        ("!Join [x]", "Fn::Join has wrong arguments"),
    ],
)
def test_unresolvable(tmp_path: Path, value: str, problem: str) -> None:
    """An error names the value that cannot be resolved, the file, and the path in it."""
    project = make_project(tmp_path, TEMPLATE.replace("TABLE: !Ref ThingsTable", f"TABLE: {value}"))
    with pytest.raises(TemplateError, match=problem):
        _ = project.functions


def test_missing_code(tmp_path: Path) -> None:
    """A function without a CodeUri is named with the key to add."""
    project = make_project(tmp_path, TEMPLATE.replace("CodeUri: functions/pivot/echo", "Tags: {}"))
    with pytest.raises(TemplateError, match=r"Resources\.Echo\.Properties has no CodeUri"):
        _ = project.functions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("!Join ['-', [a, !Ref AWS::Region]]", "a-us-east-1"),
        ("!Select [1, [a, b]]", "b"),
        ("!Select [0, !Split [',', 'x,y']]", "x"),
        ("!Sub ['${A}-${!B}-${AWS::StackName}', {A: 1}]", "1-${B}-local"),
        ("!GetAtt Thing.Arn", "arn:aws:sqs:us-east-1:000000000000:local-Thing"),
        ("!FindInMap [M, a, b]", "found"),
        ("!If [Holds, 1, 2]", 1),
        ("!If [Fails, 1, 2]", 2),
        ("[1, !Ref AWS::NoValue]", [1]),
        ("true", True),
    ],
)
def test_intrinsic_functions(tmp_path: Path, text: str, expected: object) -> None:
    """Each intrinsic function gives what CloudFormation gives."""
    path = tmp_path / "template.yaml"
    path.write_text(
        "Mappings: {M: {a: {b: found}}}\n"
        "Conditions:\n"
        "  Holds: !And [!Equals [a, a], !Not [!Equals [a, b]]]\n"
        "  Fails: !Or [!Equals [a, b], !Not [!Condition Holds]]\n"
        "Resources: {Thing: {Type: 'AWS::SQS::Queue'}}\n"
        f"Value: {text}\n"
    )
    template = SamTemplate.load(path)
    assert template.resolver(Values()).resolve(template.body["Value"]) == expected
