"""`pivotctl new`: a project from chosen templates."""

from pathlib import Path

import click

from pivotctl.project import Project, ProjectError
from pivotctl.sam_template import TemplateError
from pivotctl.scaffold.new_function import ScaffoldError
from pivotctl.scaffold.new_project import NewProject, new_project


@click.command(epilog="Example: pivotctl new ../acme-calls say_hello account_balance twiml_menu")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("names", metavar="NAME ...", nargs=-1, required=True)
def command(folder: Path, names: tuple[str, ...]) -> None:
    """Create a project in DIR with only the templates NAME ...

    It copies their folders, events, and tests, infra/, the layer, and pivotctl, and makes a
    template.yaml of what they need.
    docs/catalogue.md lists the templates that there are.
    """
    try:
        made = new_project(Project.find(), folder, names)
    except (ProjectError, TemplateError, ScaffoldError) as error:
        raise click.ClickException(str(error)) from error
    _tell(made, names[0])


def _tell(made: NewProject, first: str) -> None:
    click.echo(f"Created {made.folder} with {', '.join(made.names)}.")
    if made.added:
        click.echo(f"Added because others need them: {', '.join(made.added)}.")
    click.echo()
    click.echo("Next:")
    click.echo(f"  cd {made.folder}")
    click.echo("  make test")
    click.echo(f"  .venv/bin/pivotctl call {first} --dialogue")
