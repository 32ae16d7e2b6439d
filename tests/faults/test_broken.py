"""Broken templates: their authors are told what broke, and where, by `pivotctl call`."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import pivotctl.stack
from pivotctl.commands.call import command
from pivotctl.phone.phone import Phone
from pivotctl.phone.server import served
from pivotctl.phone.speech import Speech
from pivotctl.project import Project
from pivotctl.stack import Stack
from pivotctl.stack.build import build_folder, ensure
from pivotctl.stack.info import withdraw, write
from tests.browser import chromium
from tests.browser.chromium import Page
from tests.faults.broken import BROKEN, Broken
from tests.faults.caller import ask

pytestmark = pytest.mark.slow

ON_AWS = "raises_on_aws"
NAMES = (*BROKEN, ON_AWS)
FOLDED = re.compile(r"  \(\d+ frames? of the layer, the runtime, and libraries\)")


def _template() -> dict[str, Any]:
    """The template of a project with a stateful Pivot function for each broken one."""
    functions = {_logical_id(name): _function(name) for name in NAMES}
    keys = {"AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}
    table = {**keys, "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]}
    return {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "CommonLayer": {
                "Type": "AWS::Serverless::LayerVersion",
                "Properties": {"ContentUri": "layers/common"},
            },
            "Api": {"Type": "AWS::Serverless::HttpApi"},
            "CallStateTable": {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {"BillingMode": "PAY_PER_REQUEST", **table},
            },
            **functions,
        },
    }


def _function(name: str) -> dict[str, Any]:
    settings = BROKEN[name].settings if name in BROKEN else {}
    variables = {
        "POWERTOOLS_SERVICE_NAME": name,
        "CALL_STATE_TABLE": {"Ref": "CallStateTable"},
        "PUBLIC_URL": {"Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.amazonaws.com"},
    }
    route = {"ApiId": {"Ref": "Api"}, "Path": f"/{{key}}/pivot/{name}", "Method": "ANY"}
    return {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "app.handler",
            "Timeout": 4,
            "MemorySize": 256,
            "Layers": [{"Ref": "CommonLayer"}],
            "CodeUri": f"functions/pivot/{name}",
            "Environment": {"Variables": {**variables, **settings}},
            "Events": {"Request": {"Type": "HttpApi", "Properties": route}},
        },
    }


def _logical_id(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


@pytest.fixture(scope="module")
def broken(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack of all broken templates, published as `pivotctl serve` does."""
    ensure(project, print)
    root = tmp_path_factory.mktemp("broken")
    (root / "layers/common").mkdir(parents=True)
    for name in (".tools", ".venv"):
        (root / name).symlink_to(project.root / name)
    (root / "template.yaml").write_text(json.dumps(_template()), encoding="utf-8")
    built = root / ".aws-sam/build"
    shutil.copytree(build_folder(project) / "CommonLayer", built / "CommonLayer")
    for name in NAMES:
        _write(root / "functions/pivot" / name, BROKEN.get(name, BROKEN["raises"]))
        shutil.copytree(root / "functions/pivot" / name, built / _logical_id(name))
    (built / "template.yaml").write_text("{}", encoding="utf-8")
    own = replace(Project.find(root), patience=1.0)
    aws = {"AWS_SAM_LOCAL": "", "KEY_HASHES": sha256(b"pivot-development").hexdigest()}
    aws["SIGNING_SECRETS"] = "s" * 43
    with pivotctl.stack.session(own, env={ON_AWS: aws}, fresh=True) as running:
        write(own, running.info)
        yield running
        withdraw(own, running.info.pid)


def _write(folder: Path, broken: Broken) -> None:
    folder.mkdir(parents=True)
    for name, text in {"app.py": broken.source, **broken.files}.items():
        (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture
def called(broken: Stack, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`pivotctl call` with arguments, in the project of the broken templates."""
    monkeypatch.chdir(broken.project.root)
    monkeypatch.delenv("PIVOTCTL_PATIENCE", raising=False)

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(command, list(arguments))

    return call


def _events(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def _report(events: list[dict[str, Any]], name: str) -> list[str]:
    """The first report among *events*, with the parts that vary replaced."""
    report = next(event["report"] for event in events if event["type"] == "function_failed")
    text = "\n".join(line for line in report if not FOLDED.fullmatch(line))
    text = text.replace(f"functions/pivot/{name}/app.py", "APP")
    text = re.sub(r"within \d\.\d seconds", "within N seconds", text)
    return re.sub(r"RequestId: [0-9a-f-]{36} ", "", text).splitlines()


@pytest.mark.parametrize("name", BROKEN)
def test_the_author_is_told_what_broke(name: str, called: Any) -> None:
    """A broken template is reported with error, message, and the author's line; the status is 1."""
    template = BROKEN[name]
    pressed = [part for keys in template.press for part in ("--press", keys)]
    result = called(name, "--json", *pressed)
    events = _events(result)
    assert _report(events, name) == list(template.report)
    printed = [event["text"] for event in events if event["type"] == "printed"]
    assert printed == list(template.printed)
    assert (events[-1]["verdict"], result.exit_code) == (template.verdict, 1)


def test_the_report_is_part_of_the_dialogue(called: Any) -> None:
    """The narration has the printed lines and the report where they happened, and the verdict."""
    result = called("prints_and_raises")
    lines = [line[11:] for line in result.stdout.splitlines()]
    assert [*lines[1:3], *lines[4:9]] == [
        "function prints_and_raises prints: called by +14155550199",
        'function prints_and_raises prints: {"numbers": [1, 2]}',
        "function prints_and_raises failed: RuntimeError",
        "           functions/pivot/prints_and_raises/app.py:11, in handler",
        "             raise RuntimeError",
        "           (2 frames of the layer, the runtime, and libraries)",
        "KAZOO    picks up",
    ]
    assert lines[-1].strip() == (
        "fallback: function: RuntimeError at app.py:11 handler. The caller heard its fallback."
    )


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """A tab of this machine's Chromium; skipped where there is none."""
    browser = chromium.find()
    if browser is None:
        pytest.skip(f"no browser: none of {', '.join(chromium.NAMES)} is installed")
    with chromium.started(browser, tmp_path) as tab:
        yield tab


def test_the_softphone_has_the_authors_line(broken: Stack, page: Page) -> None:
    """The phone shows error, place, and code where the caption would be, and opens an editor."""
    with served(Phone.of(broken, Speech(None))) as url:
        page.open(f"{url}?template=raises", width=1280)
        page.until("document.querySelector('[name=template]:checked')?.value === 'raises'")
        page.click("#call")
        page.until(
            "document.getElementById('caption').textContent.includes('something went wrong')"
        )
        shown = page.evaluate("document.getElementById('display').textContent")
        link = page.evaluate("document.querySelector('#display a').href")
        page.click("#hang-up")
    (error, *_) = BROKEN["raises"].report
    assert error in shown
    assert "functions/pivot/raises/app.py:9, in handler" in shown
    assert 'return tts(f"Extension {int(call.caller.name)}.")' in shown
    assert link == f"vscode://file{broken.project.root}/functions/pivot/raises/app.py:9"


def test_nothing_is_told_on_aws(broken: Stack) -> None:
    """Without AWS_SAM_LOCAL, neither answer nor log has a message, a frame, or a header."""
    result = CliRunner().invoke(command, ["--url", broken.url(ON_AWS), "--json"])
    events = _events(result)
    assert not [event for event in events if event["type"] == "function_failed"]
    heard = ask(broken.url(ON_AWS), "c1", **{"Caller-ID-Name": "canary-4711"})
    assert "something went wrong" in heard.text
    log = [json.loads(line) for line in broken.logs(ON_AWS) if line.startswith("{")]
    entries = [entry for entry in log if entry.get("message") == "fallback"]
    assert {(entry["error"], entry["at"]) for entry in entries} == {
        ("ValueError", "app.py:9 handler")
    }
    assert not [entry for entry in entries if {"error_message", "frames", "causes"} & entry.keys()]
    assert "canary-4711" not in "".join(broken.logs(ON_AWS))
