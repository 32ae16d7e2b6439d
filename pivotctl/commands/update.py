"""`pivotctl update`: a newer version of Pivot Functions in a project."""

from pathlib import Path

import click

from pivotctl.commands.project_report import difference, edits, report, unmade
from pivotctl.project import Project, ProjectError
from pivotctl.sam_template import TemplateError
from pivotctl.scaffold.collection import collection_of, remember, rendered
from pivotctl.scaffold.errors import ScaffoldError
from pivotctl.scaffold.manifest import Manifest
from pivotctl.scaffold.project_change import Plan, existing, update


@click.command(epilog="Example: pivotctl update --check --from ../pivot-functions")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if there is something new.")
@click.option("--diff", "with_diff", is_flag=True, help="Show your own changes line by line.")
@click.option(
    "--from",
    "source",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Checkout of Pivot Functions. The last one is remembered.",
)
@click.pass_context
def command(ctx: click.Context, source: Path | None, *, check: bool, with_diff: bool) -> None:
    """Bring the layer, pivotctl, and the functions of this project to the version of a checkout.

    Files that you have not changed are replaced. Your changes are merged with the new ones; where
    both change the same lines, the file gets conflict markers, and the exit status is 1. Files that
    you deleted stay deleted, and your own files are left alone. Commit before you update.
    """
    try:
        root = Project.root_of()
        collection = collection_of(root, source)
        manifest = Manifest.read(root)
        with rendered(collection, manifest.name, existing(root, manifest)) as target:
            plan = update(root, target)
            _tell(manifest, plan, with_diff=with_diff)
            status = _checked(plan) if check else _done(plan)
        remember(root, collection)
    except (ProjectError, TemplateError, ScaffoldError) as error:
        raise click.ClickException(str(error)) from error
    ctx.exit(status)


def _tell(before: Manifest, plan: Plan, *, with_diff: bool) -> None:
    click.echo(f"From {before.origin} to {plan.manifest.origin}.")
    lines = edits(plan.merge)
    click.echo("\n".join(["You have changed:", *lines]) if lines else "You have changed nothing.")
    for path in plan.merge.edited() if with_diff else ():
        click.echo("".join(difference(plan.merge, path)))


def _checked(plan: Plan) -> int:
    if not plan.changes:
        click.echo("Up to date.")
        return 0
    click.echo("An update would leave:")
    report(plan.changes)
    return 1


def _done(plan: Plan) -> int:
    fault = plan.run()
    if not plan.changes:
        click.echo("Up to date.")
    return max(report(plan.changes), unmade(fault))
