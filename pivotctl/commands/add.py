"""`pivotctl add`: more functions for a project."""

from pathlib import Path

import click

from pivotctl.commands.project_report import report, unmade
from pivotctl.project import Project, ProjectError
from pivotctl.sam_template import TemplateError
from pivotctl.scaffold.collection import collection_of, remember, rendered
from pivotctl.scaffold.errors import ScaffoldError
from pivotctl.scaffold.manifest import Manifest
from pivotctl.scaffold.project_change import Plan, add, existing


@click.command(epilog="Example: pivotctl add office_hours notify_chat --from ../pivot-functions")
@click.argument("names", metavar="NAME ...", nargs=-1, required=True)
@click.option(
    "--from",
    "source",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Checkout of Pivot Functions. The last one is remembered.",
)
@click.pass_context
def command(ctx: click.Context, names: tuple[str, ...], source: Path | None) -> None:
    """Add the functions NAME ... and all that they need to this project.

    Their folders, events, and tests are copied from a checkout of the version that the project has,
    and template.yaml is made again. docs/catalogue.md of the checkout lists the functions.
    """
    try:
        root = Project.root_of()
        ctx.exit(_added(root, collection_of(root, source), names))
    except (ProjectError, TemplateError, ScaffoldError) as error:
        raise click.ClickException(str(error)) from error


def _added(root: Path, collection: Path, names: tuple[str, ...]) -> int:
    manifest = Manifest.read(root)
    has = existing(root, manifest)
    own = [name for name in names if name in Project.find(root).functions]
    if own:
        raise ScaffoldError(f"{', '.join(own)}: in the project already")
    with (
        rendered(collection, manifest.name, has) as before,
        rendered(collection, manifest.name, [*has, *names]) as target,
    ):
        plan = add(root, target, before)
        fault = plan.run()
    remember(root, collection)
    _tell(plan, manifest, names)
    return max(report(plan.changes), unmade(fault))


def _tell(plan: Plan, before: Manifest, names: tuple[str, ...]) -> None:
    had = {*before.functions, *before.needed, *names}
    came = [name for name in plan.manifest.needed if name not in had]
    click.echo(f"Added {', '.join(names)}.")
    if came:
        click.echo(f"Added because others need them: {', '.join(came)}.")
