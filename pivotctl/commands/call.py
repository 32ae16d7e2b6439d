"""`pivotctl call`: plays a whole call, as KAZOO and the caller."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pivotctl.commands.accounts import ACCOUNT_HELP, account_of
from pivotctl.crossbar.client import CrossbarClientError
from pivotctl.local.calls import RECEIVER, SINK, CallflowError, local_scenario, reachable_functions
from pivotctl.problems import Mode
from pivotctl.switch.events import CallEvent, End
from pivotctl.switch.narration import CALLER, FUNCTION, KAZOO, NarrationLine, lines
from pivotctl.switch.narration import dialogue as spoken
from pivotctl.switch.player.call import place_call
from pivotctl.switch.scenario import RecordingEnd, Rung, Scenario, origin, pivot_flow
from pivotctl.switch.world import World, WorldError
from pivotctl.upstreams import parse, switched

if TYPE_CHECKING:
    from pivotctl.project import Project
    from pivotctl.stack import Stack
    from pivotctl.stack.debugger import Debugger
    from pivotctl.upstreams import FakeMode as Behavior

type Explain = Callable[[Iterator[CallEvent]], Iterator[CallEvent]]

_COLORS = {KAZOO: "cyan", CALLER: "green", FUNCTION: "magenta"}
_KEYS = frozenset("0123456789*#")


@dataclass(frozen=True)
class CallOptions:
    """Options about the call; None keeps the value of the function's files."""

    name: str | None
    caller: str
    caller_name: str
    called: str
    press: tuple[str, ...]
    silence: bool
    rung: str
    req_format: str | None
    method: str | None
    req_body_format: str | None
    variables: Mapping[str, str]
    mode: str
    strict_urls: bool
    world: Path | None
    upstreams: Mapping[str, Behavior]
    account: str | None
    call_id: str | None
    post_cdrs: bool
    inspect: int | None

    def __post_init__(self) -> None:
        if self.silence and self.press:
            raise click.UsageError("--silence and --press contradict each other.")

    @staticmethod
    def of(parameters: Mapping[str, Any]) -> CallOptions:
        """Take the options from the command's *parameters*."""
        return CallOptions(**{each.name: parameters[each.name] for each in fields(CallOptions)})

    @property
    def data(self) -> dict[str, str]:
        """Values that override the data of the pivot action."""
        names = ("method", "req_format", "req_body_format")
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    def scenario(self, met: Scenario) -> Scenario:
        """Return the call to the flow of *met*."""
        return replace(
            met,
            caller=self.caller,
            caller_name=self.caller_name,
            called=self.called,
            press=self.press,
            rung=Rung(self.rung),
            recording=RecordingEnd.SILENCE if self.silence else RecordingEnd.KEY,
            variables=self.variables,
            world=World.load(self.world) if self.world else met.world,
            mode=Mode(self.mode),
            strict_urls=self.strict_urls,
            account_id=self.account or met.account_id,
            call_id=self.call_id or met.call_id,
            post_cdrs=self.post_cdrs,
        )


def _keys(_context: click.Context, _option: click.Parameter, value: tuple[str, ...]) -> Any:
    for keys in value:
        if set(keys) - _KEYS:
            raise click.BadParameter(f"{keys!r} is not a sequence of 0-9, *, and #")
    return value


def variables_of(_context: click.Context, _option: click.Parameter, value: tuple[str, ...]) -> Any:
    """Return variables by name, from texts like `name=value`. Raises `click.BadParameter`."""
    for pair in value:
        if not pair.partition("=")[0] or "=" not in pair:
            raise click.BadParameter(f"{pair!r} is not of the form name=value")
    return dict(pair.split("=", 1) for pair in value)


@click.command(name="call", short_help="Play a whole call, as KAZOO and the caller.")
@click.argument("name", required=False)
@click.option(
    "--from", "caller", default="+14155550199", show_default=True, help="The caller's number."
)
@click.option(
    "--name", "caller_name", default="Jane Doe", show_default=True, help="The caller's name."
)
@click.option("--to", "called", default="2030", show_default=True, help="The dialed number.")
@click.option(
    "--press",
    multiple=True,
    metavar="DIGITS",
    callback=_keys,
    help="Keys that the caller presses when asked; repeat the option for each further time. ''"
    " means silence.",
)
@click.option("--silence", is_flag=True, help="The caller never presses a key or speaks.")
@click.option(
    "--answer",
    "rung",
    type=click.Choice([rung.value for rung in Rung]),
    default=Rung.ANSWERED.value,
    show_default=True,
    help="Outcome of every call that KAZOO makes to a phone.",
)
@click.option(
    "--format", "req_format", type=click.Choice(("kazoo", "twiml")), help="Set of parameter names."
)
@click.option("--method", type=click.Choice(("get", "post")), help="Method of the first request.")
@click.option(
    "--body", "req_body_format", type=click.Choice(("form", "json")), help="Format of a POST."
)
@click.option(
    "--var",
    "variables",
    multiple=True,
    metavar="K=V",
    callback=variables_of,
    help="Custom application variable of the call; repeatable.",
)
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.K50.value,
    show_default=True,
    help="KAZOO master of 2024 (k50), or KAZOO 5 (k5).",
)
@click.option(
    "--strict-urls",
    is_flag=True,
    help="Play a KAZOO on Erlang/OTP 23 or later, which refuses URLs with raw brackets.",
)
@click.option(
    "--world",
    "world",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="JSON file with outcomes, menus, lists, schedules, and other documents.",
)
@click.option(
    "--upstream",
    "upstreams",
    multiple=True,
    metavar="NAME=MODE",
    callback=lambda _context, _option, pairs: parse(pairs),
    help="Make a fake service ok, slow, wrong, error, dead, drip, huge, or html for this call, as"
    " in crm=slow.",
)
@click.option("--account", callback=account_of, help=ACCOUNT_HELP)
@click.option("--call-id", help="The Call-ID.  [random]")
@click.option(
    "--cdr-post/--no-cdr-post",
    "post_cdrs",
    default=True,
    help="Send the end of each leg to receivers, or to Crossbar only.  [send]",
)
@click.option(
    "--inspect",
    is_flag=False,
    flag_value=5678,
    type=click.IntRange(1, 65535),
    metavar="[PORT]",
    help="Wait for a debugger on this port, 5678 by default; nothing times out then.",
)
@click.option("--url", help="Call this URL instead of a function of the local stack.")
@click.option(
    "--dialogue", is_flag=True, help="Print only what the caller hears and does, without times."
)
@click.option("--json", "as_json", is_flag=True, help="Print one event a line, as JSON.")
def command(*, url: str | None, as_json: bool, dialogue: bool, **parameters: Any) -> None:
    """Call the Pivot function NAME, and print the dialogue as it happens.

    The exit status is 0 only if KAZOO would have executed every answer.
    """
    wanted = CallOptions.of(parameters)
    if not wanted.name and not url:
        raise click.UsageError("Name the function to call: pivotctl call NAME, or --url URL.")
    show = _as_json if as_json else spoken if dialogue else _as_lines
    with _scene(wanted, url) as (met, explained):
        try:
            scenario = wanted.scenario(met)
        except WorldError as error:
            raise click.UsageError(str(error)) from error
        verdict = _show(explained(place_call(scenario)), show)
    raise SystemExit(0 if verdict == "executes" else 1)


def transcript(stack: Stack, arguments: Sequence[str]) -> str:
    """Return the output of `pivotctl call --dialogue` with *arguments* on *stack*.

    The call has neither webhooks nor CDRs: callers hear nothing of them.
    """
    with unheard(stack, arguments) as scenario:
        return "\n".join(line for event in place_call(scenario) for line in spoken(event))


@contextmanager
def unheard(stack: Stack, arguments: Sequence[str]) -> Iterator[Scenario]:
    """Yield the call of `pivotctl call` with *arguments* on *stack*, without webhooks and CDRs."""
    wanted = CallOptions.of(command.make_context("call", list(arguments)).params)
    met = local_scenario(stack, str(wanted.name), wanted.data, webhooks={}, ledger=None)
    with switched(stack.upstreams_url, wanted.upstreams):
        yield wanted.scenario(met)


@contextmanager
def _scene(wanted: CallOptions, url: str | None) -> Iterator[tuple[Scenario, Explain]]:
    """Yield the scenario of a URL, or of a function on the local stack.

    With it comes a function that adds to a call's events what only the stack's logs tell.
    """
    if url:
        data = pivot_flow(url)["data"] | wanted.data
        scenario = Scenario(
            flow={"module": "pivot", "data": data}, own_origins=frozenset({origin(url)})
        )
        yield scenario, iter
        return
    # The stack and what it starts are slow to import, and a call to a URL needs neither.
    from pivotctl.commands.serve import ERRORS  # noqa: PLC0415
    from pivotctl.local.outputs import CallOutputs, Outputs  # noqa: PLC0415
    from pivotctl.project import Project, UnknownFunctionError  # noqa: PLC0415
    from pivotctl.stack import session  # noqa: PLC0415
    from pivotctl.stack.debugger import PATIENCE  # noqa: PLC0415

    name = str(wanted.name)
    try:
        project = Project.find()
        _pivot_function(project, name)
        debugger = _debugger(name, wanted.inspect)
        if debugger:
            project = replace(project, patience=PATIENCE)
        with (
            session(project, functions=_needed(project, name), debugger=debugger) as stack,
            switched(stack.upstreams_url, wanted.upstreams),
        ):
            scenario = local_scenario(stack, name, wanted.data)
            yield scenario, CallOutputs(Outputs(stack)).explained
    except UnknownFunctionError as error:
        raise click.UsageError(str(error)) from error
    except (CrossbarClientError, CallflowError, WorldError, *ERRORS) as error:
        raise click.ClickException(str(error)) from error


def _debugger(name: str, port: int | None) -> Debugger | None:
    """Return the debugger of `--inspect`, and print what to do."""
    from pivotctl.stack.debugger import Debugger  # noqa: PLC0415

    if port is None:
        return None
    debugger = Debugger(name, port)
    click.echo(debugger.notice(), err=True)
    return debugger


def _pivot_function(project: Project, name: str) -> None:
    function = project.function(name)
    if function.kind != "pivot":
        raise click.UsageError(f"{name} is a {function.kind} function; name a Pivot function.")


def _needed(project: Project, name: str) -> list[str]:
    """Return the function, those that its call may reach, and the receivers of its events."""
    further = sorted(reachable_functions(project.function(name).path) - {name})
    return [each for each in (name, *further, RECEIVER, SINK) if each in project.functions]


def _show(events: Iterator[CallEvent], show: Callable[[CallEvent], list[str]]) -> str:
    """Print events as they come; return the verdict on the call."""
    verdict = ""
    for event in events:
        if isinstance(event, End):
            verdict = event.verdict
        for line in show(event):
            click.echo(line)
    return verdict


def _as_json(event: CallEvent) -> list[str]:
    return [json.dumps(event.as_json(), ensure_ascii=False)]


def _as_lines(event: CallEvent) -> list[str]:
    return [_colored(line) for line in lines(event)]


def _colored(line: NarrationLine) -> str:
    who = click.style(f"{line.who:<9}", fg=_COLORS.get(line.who), bold=True)
    text = click.style(line.text, fg="red") if line.bad else line.text
    return f"{click.style(f'{line.at:7.1f} s', dim=True)}  {who}{text}"
