"""The command line. A command is imported when it is called, which keeps help fast."""

from contextlib import suppress
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import click

COMMANDS = {
    "add": "Add functions to a project.",
    "assemble": "Generate template.yaml from infra/ and the function.yaml files.",
    "call": "Play a whole call, as KAZOO and the caller.",
    "check": "Show what hours, a calendar, numbers, or a tree mean, before they go live.",
    "dead-letters": "Show what workers gave up, and send it back.",
    "debug": "Keep requests and answers of an account for a time (Live Debug).",
    "deploy": "Deploy the project to AWS, and print the URLs for KAZOO.",
    "entries": "Store and list what templates look up, by account.",
    "fire": "Fire KAZOO's webhooks at the receivers.",
    "holidays": "Write the public holidays of a country or state into an office's entry.",
    "hooks": "List webhooks that KAZOO has disabled, and enable them.",
    "invoke": "Run a function once with an event, without Docker.",
    "kazoo": "Sign in at KAZOO's API, look around there, and connect accounts.",
    "key": "Create a key for an account or for all, or a signing secret.",
    "lint": "Show what KAZOO would do with an answer, and how to fix it.",
    "list": "List the functions that are running, with their URLs.",
    "logs": "Show the log of a function.",
    "new": "Create a project from some of the functions.",
    "parse": "Show how a function sees a raw request, webhook, or CDR.",
    "record": "Show the stored record of a call, and its sources.",
    "remove": "Remove functions from a project.",
    "replay": "Replay deliveries found in a log.",
    "restore": "Restore a table beside itself, compare, and put items back.",
    "secret": "Set a secret of another service, such as a token.",
    "serve": "Run all functions on this machine, as AWS would.",
    "settings": "Show and change the settings of a function, by account.",
    "sockets": "Print an account's events as they come over a WebSocket.",
    "template": "Create a template from an existing one.",
    "tick": "Run a scheduled function now.",
    "undeploy": "Delete a deployed stack.",
    "update": "Bring a newer version into a project.",
    "url": "Print the URL of a function, for KAZOO.",
}


class LazyGroup(click.Group):
    """A group of commands that are imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, sorted."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of the command *cmd_name*."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(
            f"pivotctl.commands.{cmd_name.replace('-', '_')}"
        ).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: FBT001 click's own
    """Print the tool's version and, in a project, the version that the project came from."""
    del param
    if not value or ctx.resilient_parsing:
        return
    from pivotctl.scaffold.errors import ScaffoldError  # noqa: PLC0415 rarely needed
    from pivotctl.scaffold.manifest import Manifest  # noqa: PLC0415

    click.echo(f"pivotctl, version {version('pivot-functions')}")
    for folder in (Path.cwd(), *Path.cwd().parents):
        with suppress(ScaffoldError):
            manifest = Manifest.read(folder)
            click.echo(f"{manifest.name}, made of Pivot Functions {manifest.origin}")
            break
    ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version, and the one that this project came from.",
)
def main() -> None:
    """Call, run, and check Pivot Functions on this machine."""
