"""`pivotctl serve` and `invoke` as a user starts, watches and stops them."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

import pivotctl.stack
from pivotctl.project import Project
from pivotctl.stack import StackError
from pivotctl.stack.engine import Options, sweep
from pivotctl.stack.live_variables import change
from pivotctl.stack.ports import free_port
from pivotctl.stack.processes import alive
from pivotctl.upstreams import FakeMode, switched
from tests.unit.stack.fixture import build, make_project

PIVOTCTL = (sys.executable, "-m", "pivotctl")
_PATIENCE_SECONDS = 30.0


@dataclass
class Serving:
    """A `pivotctl serve` of the small project."""

    project: Project
    process: subprocess.Popen[str]
    info: pivotctl.stack.StackInfo

    @property
    def echo(self) -> str:
        """The URL of the echo function."""
        return f"{self.info.gateway_url}/k/pivot/echo"


def run(project: Project, *arguments: str, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    """Run a command of pivotctl in the project."""
    return subprocess.run(
        [*PIVOTCTL, *arguments],
        cwd=project.root, capture_output=True, text=True, timeout=60, check=False, **kwargs,
    )  # fmt: skip


def until(condition: Callable[[], Any]) -> Any:
    """The value of `condition`, once it is true."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"{condition} has not come true")


def get(url: str, timeout: float = 20) -> dict[str, Any]:
    """The JSON body that a URL answers with."""
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        body: dict[str, Any] = json.load(answer)
        return body


@pytest.fixture
def small(tmp_path: Path) -> Project:
    """The small project, built."""
    project = make_project(tmp_path)
    build(project)
    return project


@contextlib.contextmanager
def served(small: Project, *options: str, **variables: str) -> Iterator[Serving]:
    """Serve the small project, with options and variables."""
    process = subprocess.Popen(
        [*PIVOTCTL, "serve", "--port", str(free_port()), *options],
        cwd=small.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, **variables},
    )  # fmt: skip
    try:
        yield Serving(small, process, until(lambda: pivotctl.stack.running(small)))
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def serving(small: Project) -> Iterator[Serving]:
    """The small project, served."""
    with served(small, "--upstream", "sms=error") as found:
        yield found


def children(pid: int) -> set[int]:
    """The processes that `pid` has started, and those that they have started."""
    own: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread may have ended meanwhile
            own |= {int(child) for child in task.read_text(encoding="ascii").split()}
    return own.union(*(children(child) for child in own))


def everything(pid: int) -> set[int]:
    """The watchdog, the local AWS, the emulator and the function behind it; or nothing yet.

    A child whose thread ends passes to another thread, so one look may miss it.
    """
    found = children(pid)
    return found if len(found) >= 4 else set()


def gone(pid: int) -> bool:
    """Whether a process has ended, if only its entry is left."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")


def test_overview(serving: Serving) -> None:
    """It prints ten lines at most: the phone, and where the rest is; it stops on SIGTERM."""
    get(serving.echo)
    assert "echo" in json.dumps(get(f"{serving.info.phone_url}templates"))
    listed = run(serving.project, "list")
    development = f"{serving.info.gateway_url}/pivot-development/pivot/echo"
    assert development in listed.stdout
    assert "stream_worker" in listed.stdout
    serving.process.send_signal(signal.SIGTERM)
    output, _ = serving.process.communicate(timeout=20)
    assert serving.process.returncode == 0
    start = output.partition("Ready. Stop with Ctrl-C.\n")[0]
    assert len(start.splitlines()) < 10
    assert "stream_worker" not in start
    assert "4 (2 pivot, 2 workers): " in start
    assert ".pivotctl/logs/<function>.log" in output
    assert "pivotctl call echo" in output
    assert f"Phone      {serving.info.phone_url}" in start
    assert f"Upstreams  {serving.info.upstreams_url}" in output
    assert "GET  /{key}/pivot/echo  200" in output
    assert output.endswith("Stopped.\n")
    assert pivotctl.stack.running(serving.project) is None
    assert not list(serving.project.home.glob("run-*"))


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left(serving: Serving, number: signal.Signals) -> None:
    """However serve ends, even by SIGKILL, everything it has started ends with it."""
    get(serving.echo)
    started = until(lambda: everything(serving.process.pid))
    serving.process.send_signal(number)
    serving.process.communicate(timeout=20)
    until(lambda: all(gone(pid) for pid in started))
    assert pivotctl.stack.running(serving.project) is None


TUNNEL = """\
#!/bin/sh
echo "$@" > {folder}/arguments; echo $$ > {folder}/pid
echo "2026-11-29T14:06:49Z INF |  https://made-up.trycloudflare.com  |" >&2
exec sleep 600
"""


def test_a_tunnel(small: Project, tmp_path: Path) -> None:
    """A tunnel leads to a door of its own, with keys of this run alone, and ends with it."""
    program = tmp_path / "cloudflared"
    program.write_text(TUNNEL.format(folder=tmp_path))
    program.chmod(0o755)
    with served(small, "--tunnel", PATH=f"{tmp_path}:{os.environ['PATH']}") as serving:
        url = run(small, "url", "echo").stdout.strip()
        key = serving.info.public_keys["pivot"]
        assert url == f"https://made-up.trycloudflare.com/{key}/pivot/echo"
        door = (tmp_path / "arguments").read_text().split()[-1]
        assert door.startswith("http://127.0.0.1:")
        assert door != serving.info.gateway_url
        for bad in (f"{door}/pivot-development/pivot/echo", f"{door}/_pivotctl/idle"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                get(bad)
        variables = get(f"{door}/{key}/pivot/echo")["environment"]
        assert variables["PUBLIC_URL"] == "https://made-up.trycloudflare.com"
        assert variables["SIGNING_SECRETS"] in json.dumps(serving.info.overrides)
        serving.process.send_signal(signal.SIGTERM)
        output, _ = serving.process.communicate(timeout=20)
    assert f"voice_url  {url}" in output
    assert "Opening a tunnel with cloudflared ..." in output
    assert not alive(int((tmp_path / "pid").read_text()))


def test_a_tunnel_without_a_program(small: Project, tmp_path: Path) -> None:
    """Without a program nothing is started, and the error says which to install."""
    failed = run(small, "serve", "--tunnel", env={**os.environ, "PATH": str(tmp_path)})
    assert failed.returncode == 1
    assert "No program for a tunnel is installed" in failed.stderr


def test_options_of_a_running_stack_are_changed(serving: Serving) -> None:
    """Variables are changed without stopping the stack, as a deployment changes them."""
    assert "REVOKED_KEYS" not in get(serving.echo)["environment"]
    change(serving.info, {"REVOKED_KEYS": "any:1"})
    assert get(serving.echo)["environment"]["REVOKED_KEYS"] == "any:1"


def test_published_for_this_user_only(serving: Serving) -> None:
    """The file about a running stack is readable for its owner only."""
    path = serving.project.home / "stack.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert serving.info.pid == serving.process.pid


def test_second_serve(serving: Serving) -> None:
    """A second serve in one tree says where the first one is, and ends."""
    result = run(serving.project, "serve")
    assert result.returncode == 1
    assert f"is already running in this tree at {serving.info.gateway_url}" in result.stderr


def test_session_uses_the_running_stack(serving: Serving) -> None:
    """A session joins the running stack, whose faults are not its own to make."""
    with pivotctl.stack.session(serving.project) as stack:
        assert stack.gateway_url == serving.info.gateway_url
        assert get(stack.url("echo", "k"))["environment"]["TABLE"] == stack.tables["ThingsTable"]
        assert stack.environment("echo")["AWS_ENDPOINT_URL"] == stack.aws_url
        stack.wait_for_workers()
        with pytest.raises(pivotctl.stack.StackError, match="fresh=True"):
            stack.stop_aws()


def test_upstreams(serving: Serving) -> None:
    """A function is led to the fakes, which behave as they were told to, by option and by HTTP."""
    url = serving.info.upstreams_url
    assert get(serving.echo)["environment"]["CRM_URL"] == f"{url}/crm/api"
    assert get(f"{url}/crm/api/users/search.json?query=phone:1")["count"] == 0
    assert get(f"{url}/_upstreams/crm")["received"][0]["query"] == {"query": "phone:1"}
    with pytest.raises(urllib.error.HTTPError, match="500"):
        get(f"{url}/sms/sent")
    with switched(url, {"sms": FakeMode.OK}):
        assert get(f"{url}/sms/sent") == {"messages": []}
    assert get(f"{url}/_upstreams/sms")["mode"] == "error"


def test_upstreams_of_a_session(serving: Serving) -> None:
    """Whoever uses the served stack reaches its fakes, too."""
    with pivotctl.stack.session(serving.project) as stack:
        assert stack.environment("echo")["CRM_URL"] == f"{stack.upstreams_url}/crm/api"
        with pytest.raises(StackError, match="pivotctl serve"):
            _ = stack.upstreams


def test_reload_of_a_function_and_of_the_layer(serving: Serving) -> None:
    """A saved source is used by the next requests; the build that would be deployed stays."""
    root = serving.project.root
    assert get(serving.echo)["word"] == "first"
    (root / "layers/common/shared/__init__.py").write_text('WORD = "second"\n')
    until(lambda: get(serving.echo)["word"] == "second")
    app = root / "functions/pivot/echo/app.py"
    app.write_text(app.read_text().replace('"word": WORD', '"word": "own"'))
    until(lambda: get(serving.echo)["word"] == "own")
    built = root / ".aws-sam/build/CommonLayer/python/shared/__init__.py"
    assert built.read_text() == 'WORD = "first"\n'


def test_a_new_function_is_taken_up(serving: Serving) -> None:
    """A function that is newer than the running stack is served without a restart."""
    root = serving.project.root
    built = root / ".aws-sam/build"
    for folder in (root / "functions/pivot/fresh", built / "Fresh"):
        folder.mkdir(parents=True)
        text = 'def handler(event, context):\n    return {"word": "fresh"}\n'
        (folder / "app.py").write_text(text)
    later = time.time() + 60  # `sam build` has made it: the build is newer than its sources
    os.utime(built / "template.yaml", (later, later))
    fresh = yaml.safe_dump({"Fresh": _ECHO_LIKE}).replace("\n", "\n  ")
    template = root / "template.yaml"
    template.write_text(template.read_text().replace("\n  Trouble:\n", f"\n  {fresh}Trouble:\n"))
    until(lambda: "fresh" in pivotctl.stack.running(serving.project).functions)  # type: ignore[union-attr]
    assert get(f"{serving.info.gateway_url}/k/pivot/fresh") == {"word": "fresh"}


_ECHO_LIKE = {
    "Type": "AWS::Serverless::Function",
    "Properties": {
        "CodeUri": "functions/pivot/fresh",
        "Events": {
            "Request": {
                "Type": "HttpApi",
                "Properties": {"ApiId": {"Ref": "Api"}, "Path": "/{key}/pivot/fresh"},
            }
        },
    },
}


def test_serve_shows_what_functions_print_and_why_they_fail(serving: Serving) -> None:
    """The terminal shows printed lines, and a failure with the line in the author's file."""
    app = serving.project.root / "functions/pivot/echo/app.py"
    app.write_text('def handler(event, context):\n    print("hello")\n    return event["no"]\n')

    def failed() -> bool:
        try:
            get(serving.echo)
        except urllib.error.HTTPError as error:
            return error.headers["x-pivot-error"] == "KeyError at app.py:3 handler"
        return False

    until(failed)
    time.sleep(0.5)  # it looks ten times a second
    serving.process.send_signal(signal.SIGTERM)
    output, _ = serving.process.communicate(timeout=20)
    assert "echo prints: hello\n" in output
    assert (
        "echo failed: KeyError: 'no'\n"
        "  functions/pivot/echo/app.py:3, in handler\n"
        '    return event["no"]\n'
    ) in output


def test_reload_of_a_broken_source(serving: Serving) -> None:
    """A source that does not compile is a 500 until it is mended."""
    app = serving.project.root / "functions/pivot/echo/app.py"
    text = app.read_text()
    get(serving.echo)

    def status() -> int:
        try:
            get(serving.echo)
        except urllib.error.HTTPError as error:
            return error.code
        return 200

    app.write_text("def handler(:\n")
    until(lambda: status() == 500)
    app.write_text(text)
    until(lambda: status() == 200)


def test_port_that_is_taken(small: Project) -> None:
    """A port that was asked for and is taken is an error with the fix."""
    with pivotctl.stack.started(small, Options()) as other:
        port = other.gateway_url.rpartition(":")[2]
        result = run(small, "serve", "--port", port)
        assert result.returncode == 1
        assert f"Port {port} is in use: choose another one with --port" in result.stderr


def test_next_port_without_a_wish(small: Project) -> None:
    """Without --port a second stack takes the next free one."""
    with (
        pivotctl.stack.started(small, Options()) as first,
        pivotctl.stack.started(small, Options()) as second,
    ):
        assert first.gateway_url != second.gateway_url
        for stack in (first, second):
            assert get(stack.url("echo", "k"))["word"] == "first"


@pytest.mark.parametrize(
    ("missing", "hint"),
    [(".tools", "run `make setup`"), ("template.yaml", "inside a checkout")],
)
def test_missing_parts(small: Project, missing: str, hint: str) -> None:
    """An error names the missing part, and the fix."""
    (small.root / missing).unlink()
    result = run(small, "serve")
    assert result.returncode == 1
    assert hint in result.stderr
    assert "Traceback" not in result.stderr


def test_leftovers_are_swept(small: Project) -> None:
    """The next run deletes the files of a killed one, and keeps those of a running one."""
    dead, living = small.home / "run-999999999-1", small.home / f"run-{os.getpid()}-99"
    for folder in (dead, living):
        folder.mkdir(parents=True)
        os.utime(folder, (0, 0))
    assert not alive(999999999)
    sweep(small.home)
    assert (dead.exists(), living.exists()) == (False, True)


# -- invoke --------------------------------------------------------------------------------------


def test_invoke(small: Project) -> None:
    """The answer is on standard output, the function's log on standard error."""
    (small.root / "event.json").write_text('{"what": "nothing"}')
    result = run(small, "invoke", "trouble", "-e", "event.json")
    assert (result.returncode, json.loads(result.stdout)["body"]) == (0, "fine")
    assert "trouble: nothing" in result.stderr


def test_invoke_from_standard_input(small: Project) -> None:
    """The event may come from standard input, and variables from a file."""
    (small.root / "vars.json").write_text('{"Echo": {"SHARED": "given"}}')
    result = run(small, "invoke", "Echo", "-e", "-", "--env-vars", "vars.json", input="{}")
    seen = json.loads(json.loads(result.stdout)["body"])
    assert seen["environment"]["SHARED"] == "given"


@pytest.mark.parametrize(
    ("what", "kind"),
    [("raise", "ValueError"), ("crash", "Runtime.ExitError"), ("sleep", "Sandbox.Timedout")],
)
def test_invoke_that_fails(small: Project, what: str, kind: str) -> None:
    """A function error is printed as Lambda reports it, and the exit status is 1."""
    event = json.dumps({"what": what})
    result = run(small, "invoke", "trouble", "-e", "-", input=event)
    assert (result.returncode, json.loads(result.stdout)["errorType"]) == (1, kind)


@pytest.mark.parametrize(
    ("arguments", "given", "problem"),
    [
        (("invoke", "ecco", "-e", "-"), "{}", "Did you mean echo?"),
        (("invoke", "echo", "-e", "none.json"), "", "Cannot read none.json"),
        (("invoke", "echo", "-e", "-"), "{", "Standard input is not valid JSON"),
        (("invoke", "echo", "-e", "-", "--env-vars", "no.json"), "{}", "Cannot read no.json"),
        (("serve", "--env-vars", "template.yaml"), "", "template.yaml is not valid JSON"),
        (("serve", "--functions", "ecco"), "", "Did you mean echo?"),
    ],
)
def test_mistakes(small: Project, arguments: tuple[str, ...], given: str, problem: str) -> None:
    """A mistake on the command line is one line that says what and, if possible, the fix."""
    result = run(small, *arguments, input=given)
    assert result.returncode == 1
    assert problem in result.stderr
    assert "Traceback" not in result.stderr


def test_keep_alive(serving: Serving) -> None:
    """Many requests go over one connection."""
    host, _, port = serving.info.gateway_url.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    for _ in range(20):
        connection.request("GET", "/k/pivot/echo")
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) == (200, True)
    connection.close()
