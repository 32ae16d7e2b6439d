"""`pivotctl new`: a project from chosen functions."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from pivotctl.project import Project, ProjectError
from pivotctl.sam_template import TemplateError
from pivotctl.scaffold.choices import Choice, chosen, groups
from pivotctl.scaffold.collection import remember
from pivotctl.scaffold.errors import ScaffoldError
from pivotctl.scaffold.new_project import NewProject, first_of, new_project
from pivotctl.scaffold.readme import trial


@click.command(epilog="Example: pivotctl new ../acme-calls say_hello twiml_menu notify_chat")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("names", metavar="[NAME ...]", nargs=-1)
def command(folder: Path, names: tuple[str, ...]) -> None:
    """Create a project in DIR with only the functions NAME ... and what they need.

    Any function can be chosen: Pivot templates, webhook receivers, CDR sinks, workers, the console.
    Without a NAME, the command asks for groups, then for functions. It copies folders, events, and
    tests, infra/, the layer, and pivotctl, and makes a template.yaml of what they need.
    docs/catalogue.md describes the functions.
    """
    try:
        source = Project.find()
        wanted = names or _asked(source)
        made = new_project(source, folder, wanted)
        remember(folder, source.root)
    except (ProjectError, TemplateError, ScaffoldError) as error:
        raise click.ClickException(str(error)) from error
    _tell(made, trial(folder, source.function(first_of(source, wanted))))


def _asked(source: Project) -> list[str]:
    """The functions that somebody at a terminal chooses."""
    if not sys.stdin.isatty():
        raise click.UsageError(
            "name the functions, such as: pivotctl new DIR say_hello (docs/catalogue.md lists them)"
        )
    every = groups(source)
    picked = _choose("Groups", every)
    names = [n for each in every if each.name in picked for n in _choose(each.name, each.functions)]
    if not names:
        raise ScaffoldError("No function was chosen: choose one or more")
    return names


def _choose(title: str, choices: Sequence[Choice]) -> list[str]:
    """Ask until the answer names some of the choices; Enter chooses none."""
    width = max(len(each.name) for each in choices)
    click.echo(f"\n{title[0].upper()}{title[1:]}:")
    for number, each in enumerate(choices, 1):
        click.echo(f"  {number:>2}  {each.name:<{width}}  {each.about}")
    while True:
        text = click.prompt("Numbers or names, or all", default="", show_default=False)
        try:
            return chosen(text, choices)
        except ValueError as error:
            click.echo(f"{error} is not in the list: use a number from 1 to {len(choices)}.")


def _tell(made: NewProject, shown: str) -> None:
    click.echo(f"Created {made.folder} with {', '.join(made.names)}.")
    if made.added:
        click.echo(f"Added because others need them: {', '.join(made.added)}.")
    click.echo()
    click.echo("Next:")
    click.echo(f"  cd {made.folder}")
    click.echo("  make setup")
    click.echo("  . .venv/bin/activate")
    click.echo(f"  {shown}")
