"""`pivotctl list`: the functions of the running stack, with their URLs."""

import click

from pivotctl.commands.serve import listing
from pivotctl.project import Project, ProjectError
from pivotctl.sam_template import TemplateError
from pivotctl.stack import Stack, running


@click.command("list", short_help="List the functions of the running stack.")
def command() -> None:
    """List the functions that `pivotctl serve` runs, with the URL or the trigger of each."""
    try:
        project = Project.find()
    except (ProjectError, TemplateError) as error:
        raise click.ClickException(str(error)) from error
    info = running(project)
    if info is None:
        raise click.ClickException("Nothing is running here: start it with `pivotctl serve`.")
    click.echo(listing(Stack(project, info)))
