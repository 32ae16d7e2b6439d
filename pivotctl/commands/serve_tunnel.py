"""`pivotctl serve --tunnel`: the running stack, reached from outside through a tunnel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import click

from pivotctl.project import Function
from pivotctl.stack import Stack
from pivotctl.stack.door import Door
from pivotctl.tunnel import Program, TunnelError, opened, program_of
from pivotctl.tunnel.programs import ANY


def tunnel_options(command: Any) -> Any:
    """Add the options `--tunnel` and `--tunnel-url`."""
    for option in (
        click.option(
            "--tunnel-url",
            default="",
            metavar="URL",
            help="Address of the server of an SSH tunnel.  [the one that ssh prints]",
        ),
        click.option(
            "--tunnel",
            is_flag=False,
            flag_value=ANY,
            default=None,
            metavar="[PROGRAM]",
            help="Let a KAZOO elsewhere call the functions, through cloudflared, ngrok, or "
            "ssh:USER@HOST.  [the one that is installed]",
        ),
    ):
        command = option(command)
    return command


@dataclass(frozen=True)
class Outside:
    """The way in from outside: a program and a door, or neither."""

    program: Program | None = None
    door: Door | None = None

    @classmethod
    def of(cls, tunnel: str | None, url: str) -> Outside:
        """Return the way in that the options name. Raises `TunnelError`."""
        if tunnel is None:
            if url:
                raise TunnelError(f"--tunnel-url {url}: add --tunnel ssh:USER@HOST")
            return cls()
        return cls(program_of(tunnel, url), Door())

    def within(self, overrides: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
        """Return the overrides of variables, with the secret of the door."""
        return self.door.within(overrides) if self.door else overrides

    @contextmanager
    def reaching(self, stack: Stack) -> Iterator[Stack]:
        """Yield the stack while the tunnel to its door is open. Raises `TunnelError`."""
        door = stack.own.outside
        if self.program is None or door is None:
            yield stack
            return
        click.echo(f"Opening a tunnel with {self.program.name} ...")
        with opened(self.program, door.port, _ended) as tunnel:
            stack.own.publish(tunnel.url)
            yield replace(stack, info=stack.own.info())

    def lines(self, stack: Stack) -> Iterator[str]:
        """Yield the address of the tunnel, and the first URL to paste."""
        if self.program is None:
            return
        yield f"\nTunnel     {stack.info.public_url} ({self.program.name})"
        functions = stack.project.functions
        shown = [functions[name] for name in stack.info.functions if name in functions]
        first = next((each for each in shown if each.kind in ("pivot", "webhooks")), None)
        if first:
            label = "voice_url" if first.kind == "pivot" else "uri"
            yield f"{label:9}  {_address(stack, first)}"
        yield "Its key ends with this run. For other functions: pivotctl url NAME"


def _address(stack: Stack, function: Function) -> str:
    """The URL of a function at the tunnel."""
    info = stack.info
    return f"{info.public_url}/{info.public_keys[function.kind]}/{function.kind}/{function.name}"


def _ended(reason: str) -> None:
    click.secho(f"The tunnel has ended, restart `pivotctl serve`: {reason}", fg="red", err=True)
