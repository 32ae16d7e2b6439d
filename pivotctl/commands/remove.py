"""`pivotctl remove`: fewer functions in a project."""

import click

from pivotctl.commands.project_report import unmade
from pivotctl.project import Project, ProjectError
from pivotctl.sam_template import TemplateError
from pivotctl.scaffold.errors import ScaffoldError
from pivotctl.scaffold.project_change import Removal, removal


@click.command(epilog="Example: pivotctl remove menu --yes")
@click.argument("names", metavar="NAME ...", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def command(ctx: click.Context, names: tuple[str, ...], *, yes: bool) -> None:
    """Remove the functions NAME ... from this project: folders, events, and tests.

    A function that another one needs is not removed. Tables, queues, and alarms that nothing else
    uses leave template.yaml; a deploy keeps the data of retained tables. Helpers that its tests
    shared with those of other functions stay until the next `pivotctl update`.
    """
    try:
        found = removal(Project.root_of(), names)
        _show(found)
        if not yes:
            click.confirm("Remove them?", abort=True)
        fault = found.run()
    except (ProjectError, TemplateError, ScaffoldError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Removed {', '.join(found.names)}.")
    if found.idle:
        click.echo(f"No longer needed: {', '.join(found.idle)}. `pivotctl remove` removes them.")
    ctx.exit(unmade(fault))


def _show(found: Removal) -> None:
    for path in found.paths:
        click.echo(f"  {path.relative_to(found.root)}")
    if found.edited:
        click.echo(f"You have changed: {', '.join(found.edited)}.")
