"""`pivotctl serve`: runs the whole application on this machine."""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from pivotctl.commands.serve_tunnel import Outside, tunnel_options
from pivotctl.crossbar.client import CrossbarClient, CrossbarClientError
from pivotctl.local import disabler
from pivotctl.local.outputs import Output, Outputs, PrintedLine
from pivotctl.local.webhooks import registered
from pivotctl.project import Project, ProjectError
from pivotctl.sam_template import TemplateError
from pivotctl.stack import EnvVarsError, Options, running, started
from pivotctl.stack.aws import AwsError
from pivotctl.stack.build import BuildError, renew_template
from pivotctl.stack.clock import ScheduleError
from pivotctl.stack.debugger import PATIENCE, Debugger, DebuggerError
from pivotctl.stack.engine import uses_rie
from pivotctl.stack.environment import checked_overrides
from pivotctl.stack.failures import FailureReport
from pivotctl.stack.info import withdraw, write
from pivotctl.stack.ports import PortError
from pivotctl.stack.runtime import RuntimeFailedError
from pivotctl.stack.seed import SeedError
from pivotctl.tunnel import TunnelError
from pivotctl.upstreams import parse

if TYPE_CHECKING:
    from types import FrameType

    from pivotctl.project import Function
    from pivotctl.stack import Stack
    from pivotctl.upstreams import FakeMode

ERRORS = (
    AwsError,
    CrossbarClientError,
    BuildError,
    DebuggerError,
    EnvVarsError,
    PortError,
    ProjectError,
    RuntimeFailedError,
    ScheduleError,
    SeedError,
    TemplateError,
    TunnelError,
)
_FOLLOW_SECONDS = 0.1
_DEMO = ("account_balance", "--press", "1001#", "--press", "4321")
FALLBACK = (
    "AWS's runtime emulator runs on Linux only. The functions run in plain Python processes\n"
    "instead: good for trying them out, but timeouts, limits, and error texts are not AWS's."
)


class _Requests:
    """Prints what happens, except during the demonstration: that prints it itself."""

    def __init__(self) -> None:
        self.quiet = True

    def __call__(self, line: str) -> None:
        """Print one line."""
        if not self.quiet:
            click.echo(line)


class _Stopped(BaseException):
    """SIGINT or SIGTERM was received."""


@click.command("serve", short_help="Run every function on this machine.")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port of the API.  [8080 or the next free one]"
)
@click.option(
    "--functions", multiple=True, metavar="NAME", help="Run only this function; repeatable."
)
@click.option(
    "--env-vars",
    type=click.Path(path_type=Path),
    help='Variables by function, as JSON: {"SayHello": {"NAME": "value"}, "Parameters": {...}}.',
)
@click.option("--reload/--no-reload", default=True, help="Reload changed sources.  [on]")
@click.option(
    "--upstream",
    "upstreams",
    multiple=True,
    metavar="NAME=MODE",
    callback=lambda _context, _option, pairs: parse(pairs),
    help="Make a fake service ok, slow, wrong, error, dead, drip, huge, or html, as in crm=slow.",
)
@click.option(
    "--schedules/--no-schedules", default=True, help="Run scheduled functions on time.  [on]"
)
@click.option(
    "--inspect",
    metavar="NAME",
    help="Let this function wait for a debugger on port 5678; nothing times out then.",
)
@click.option(
    "--live-debug/--no-live-debug",
    default=True,
    help="List calls in the console (pivotctl debug keeps their requests).  [on]",
)
@tunnel_options
@click.option("--demo", is_flag=True, help="Play a call when everything is running.")
@click.option("--verbose", is_flag=True, help="List every function, as `pivotctl list` does.")
def command(
    *,
    port: int | None,
    functions: tuple[str, ...],
    env_vars: Path | None,
    reload: bool,
    upstreams: dict[str, FakeMode],
    schedules: bool,
    inspect: str | None,
    live_debug: bool,
    tunnel: str | None,
    tunnel_url: str,
    demo: bool,
    verbose: bool,
) -> None:
    """Run template.yaml on this machine as AWS would, without Docker.

    Functions run in AWS's own Lambda runtime behind a gateway that turns HTTP into API Gateway's
    events; DynamoDB and SQS are MiniStack's. Stop it with Ctrl-C.

    With --tunnel a KAZOO elsewhere can call the functions, with a key that this run alone has.
    """
    requests = _Requests()
    try:
        renew_template(Project.root_of(), click.echo)
        found = Project.find()
        project = found.with_live_debug() if live_debug else found
        outside = Outside.of(tunnel, tunnel_url)
        debugger = Debugger(project.function(inspect).name) if inspect else None
        if debugger:
            click.echo(debugger.notice())
            project = replace(project, patience=PATIENCE)
        with _only_one(project):
            options = Options(
                functions=functions or None,
                overrides=outside.within(checked_overrides(project, env_vars)),
                port=port,
                reload=reload,
                upstreams=upstreams,
                schedules=schedules,
                logs=_fresh_logs(project),
                say=click.echo,
                show=requests,
                extended=partial(write, project),
                debugger=debugger,
                door=outside.door,
            )
            _run(project, options, requests, outside, demo=demo, verbose=verbose)
    except ERRORS as error:
        raise click.ClickException(str(error)) from error


def _run(
    project: Project,
    options: Options,
    requests: _Requests,
    outside: Outside,
    *,
    demo: bool,
    verbose: bool,
) -> None:
    # A web server is slow to import, and other commands take only the errors of this module.
    from pivotctl.phone.server import serving  # noqa: PLC0415

    _catch_signals(_stop)
    try:
        if not uses_rie():
            click.echo(FALLBACK)
        with (
            started(project, options) as running_stack,
            serving(running_stack) as with_phone,
            outside.reaching(with_phone) as stack,
        ):
            crossbar = CrossbarClient(str(stack.upstreams_url))
            crossbar.register(registered(stack))
            write(project, stack.info)
            try:
                click.echo(listing(stack) if verbose else overview(stack))
                for line in outside.lines(stack):
                    click.echo(line)
                if demo:
                    _play(stack)
                requests.quiet = False
                with disabler.looking(crossbar), following(stack, requests):
                    while True:
                        signal.pause()
            finally:
                withdraw(project, stack.info.pid)
    except _Stopped:
        click.echo("Stopped.")


def _catch_signals(handler: signal.Handlers | object) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)  # type: ignore[arg-type]


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    del number, frame
    _catch_signals(signal.SIG_IGN)  # stopping takes less than a second and must not be interrupted
    raise _Stopped


@contextmanager
def _only_one(project: Project) -> Iterator[None]:
    """Hold this tree's lock; a second `serve` reports where the first one runs."""
    project.home.mkdir(parents=True, exist_ok=True)
    with (project.home / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            info = running(project)
            where = f" at {info.gateway_url} (process {info.pid})" if info else ""
            raise click.ClickException(
                f"`pivotctl serve` is already running in this tree{where}. Stop it first."
            ) from error
        yield


def _fresh_logs(project: Project) -> Path:
    logs = project.home / "logs"
    shutil.rmtree(logs, ignore_errors=True)
    return logs


def _play(stack: Stack) -> None:
    """Play a call, to show newcomers a whole dialogue at once."""
    arguments = demo_call(stack)
    if not arguments:
        return
    click.echo(f"\nA call, as `{_program()} call {shlex.join(arguments)}` plays it:\n")
    result = subprocess.run(
        [sys.executable, "-m", "pivotctl", "call", *arguments], check=False, cwd=stack.project.root
    )
    if result.returncode != 0:
        click.echo(f"The call ended with exit status {result.returncode}.")


def demo_call(stack: Stack) -> tuple[str, ...]:
    """Return the call to show: the conversation if it is running, or the first Pivot handler."""
    if _DEMO[0] in stack.info.functions:
        return _DEMO
    pivots = [f.name for f in _shown(stack) if f.kind == "pivot"]
    return (pivots[0],) if pivots else ()


def overview(stack: Stack) -> str:
    """Return eleven lines at most: the phone, how to dial, and where everything else is."""
    functions = _shown(stack)
    counts = Counter(function.kind for function in functions)
    kinds = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    lines = [f"Phone      {stack.info.phone_url}"] if stack.info.phone_url else []
    lines += [f"Console    {stack.console_url}/"] if "console" in counts else []
    if arguments := demo_call(stack):
        lines.append(f"Dial       {_program()} call {shlex.join(arguments)}")
        lines.append(f"URLs       {_program()} url {arguments[0]}")
    lines += [
        f"API        {stack.gateway_url}",
        *([f"Sockets    {stack.sockets_url}: {_program()} sockets"] if stack.sockets_url else []),
        f"Functions  {len(functions)} ({kinds}): {_program()} list",
        f"Logs       {_relative(Path(stack.info.logs))}/<function>.log",
        f"Local AWS  {stack.aws_url}",
        f"Upstreams  {stack.upstreams_url}; KAZOO's API: {_program()} kazoo --help",
        "Ready. Stop with Ctrl-C.",
    ]
    return "\n".join(lines)


def listing(stack: Stack) -> str:
    """Return every function with its URL or trigger, and the overview."""
    functions = _shown(stack)
    width = max((len(function.name) for function in functions), default=0)
    lines = [f"{each.kind:8}  {each.name:{width}}  {_where(stack, each)}" for each in functions]
    return "\n".join([*lines, "", overview(stack)])


@contextmanager
def following(stack: Stack, show: Callable[[str], None]) -> Iterator[None]:
    """Show what functions print, and the reports of their failures, until the context ends."""
    outputs, ended = Outputs(stack), threading.Event()

    def follow() -> None:
        while not ended.wait(_FOLLOW_SECONDS):
            for output in outputs.new():
                show(_output(output))

    thread = threading.Thread(target=follow, daemon=True, name="outputs")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _output(output: Output) -> str:
    if isinstance(output, FailureReport):
        return click.style("\n".join(output.text()), fg="red")
    does = "prints" if isinstance(output, PrintedLine) else "logs"
    return f"{output.function} {does}: {output.text}"


def _where(stack: Stack, function: Function) -> str:
    """Return a function's URL, or its trigger."""
    if function.route:
        return stack.url(function.name)
    clocks = [each.expression for each in function.schedules if each.enabled]
    if not clocks:
        return "(runs when there is work)"
    if stack.info.schedules:
        return f"(scheduled: {', '.join(clocks)})"
    return f"(run it with `{_program()} tick {function.name}`)"


def _shown(stack: Stack) -> list[Function]:
    functions = stack.project.functions
    return [functions[name] for name in stack.info.functions if name in functions]


def _program() -> str:
    """Return the command that runs this program from here."""
    if shutil.which("pivotctl"):
        return "pivotctl"
    return str(_relative(Path(sys.executable).parent / "pivotctl"))


def _relative(path: Path) -> Path:
    here = Path(os.curdir).resolve()
    return path.relative_to(here) if path.is_relative_to(here) else path
