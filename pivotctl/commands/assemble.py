"""`pivotctl assemble`: template.yaml from its sources."""

import click

from pivotctl.catalogue import renew_console
from pivotctl.infra import Outcome, renew
from pivotctl.project import Project, ProjectError
from pivotctl.sam_template import TemplateError


@click.command(epilog="Example: pivotctl assemble --check")
@click.option(
    "--check", is_flag=True, help="Write nothing; exit with 1 if the file is out of date."
)
@click.option("--force", is_flag=True, help="Discard edits by hand.")
def command(*, check: bool, force: bool) -> None:
    """Generate template.yaml from infra/ and the function.yaml files.

    The console's form is made from the classes of settings and from function.yaml, too.

    Stops before overwriting edits by hand, and shows where they belong. `make build` runs this
    command first.
    """
    try:
        root = Project.root_of()
        outcome = renew(root, write=not check, force=force)
        if not check and renew_console(root):
            click.echo("Regenerated functions/console/catalogue.json.")
    except (ProjectError, TemplateError) as error:
        raise click.ClickException(str(error)) from error
    if check and outcome.changed:
        raise click.ClickException("template.yaml is out of date: run `pivotctl assemble`")
    _report(outcome)


def _report(outcome: Outcome) -> None:
    if not outcome.changed:
        return
    unused = f" Not used, and left out: {', '.join(outcome.left_out)}." if outcome.left_out else ""
    click.echo(f"Regenerated template.yaml: its sources have changed.{unused}")
