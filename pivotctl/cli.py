"""The command line: a command is imported when it is called, so that help is quick."""

from importlib import import_module
from importlib.metadata import version

import click

COMMANDS = {
    "assemble": "Make template.yaml from infra/ and the function.yaml files.",
    "call": "Play KAZOO and the caller for a whole call.",
    "fire": "Fire KAZOO's hooks at the receivers.",
    "hooks": "Show which hooks KAZOO has disabled, and enable them.",
    "invoke": "Invoke one function with a sample event, without Docker.",
    "key": "Make a key or a signing secret, and the hash to deploy.",
    "lint": "Say what KAZOO would do with an answer, and how to mend it.",
    "new": "Make a new project of some of the templates.",
    "parse": "Show what a function gets from a raw request, webhook or CDR.",
    "record": "Show what is known of a call, and who told it.",
    "replay": "Store deliveries that stand in a log.",
    "serve": "Run all functions on this machine, as AWS would.",
    "template": "Make a new template of one that is there.",
    "tick": "Run a scheduled function now.",
    "url": "Print a function's URL, to be put into KAZOO.",
}


class LazyGroup(click.Group):
    """A group that knows its commands by name only."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, sorted."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of the command *cmd_name*."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"pivotctl.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("pivot-functions"), prog_name="pivotctl")
def main() -> None:
    """Dial, run and check Pivot Functions on this machine."""
