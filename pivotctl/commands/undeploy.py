"""`pivotctl undeploy`: deletes a stack, and says what it retains."""

from __future__ import annotations

import click

from pivotctl.commands.named_stack import stack_named
from pivotctl.deployed import DeployedError, DeployedStack
from pivotctl.deployment import SamError, delete
from pivotctl.keys import KeyFile
from pivotctl.project import Project, ProjectError
from pivotctl.sam_template import TemplateError
from pivotctl.samconfig import DEFAULT, ConfigError, SamConfig

_KEPT = frozenset({"Retain", "RetainExceptOnCreate"})


@click.command(epilog="Example: pivotctl undeploy --stack pivot-functions")
@click.option("--stack", metavar="STACK", help="Name of the stack.  [that of samconfig.toml]")
@click.option("--region", help="Region of AWS.  [that of samconfig.toml]")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(*, stack: str | None, region: str | None, yes: bool) -> None:
    """Delete a deployed stack, after a question. Tables and buckets with your data stay.

    They are listed first. Your key file keeps the stack's keys.
    """
    try:
        project = Project.find()
        name = stack or SamConfig.of(project.root).stack(DEFAULT)
        if not name:
            raise click.UsageError("samconfig.toml names no stack: pass --stack")
        target = stack_named(name, region)
        _show(target, _retained(project, target))
        if not (yes or click.confirm(f"Delete the stack {name}?", default=False)):
            raise click.Abort
        delete(project, name, target.client("cloudformation").meta.region_name, click.echo)
    except (DeployedError, ProjectError, SamError, ConfigError, TemplateError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Deleted {name}. Its keys are still in {KeyFile().path}.")


def _retained(project: Project, stack: DeployedStack) -> list[tuple[str, str, str]]:
    """Logical ID, type, and physical ID of the resources that outlive the stack."""
    kept = {
        name
        for name, each in project.template.resources.items()
        if each.get("DeletionPolicy") in _KEPT
    }
    return [(name, *found) for name, found in stack.resources.items() if name in kept]


def _show(stack: DeployedStack, retained: list[tuple[str, str, str]]) -> None:
    click.echo(f"{stack.name} has {len(stack.resources)} resources.")
    if retained:
        click.echo("These stay, with their data, and cost what they store:")
    for _, kind, physical in retained:
        click.echo(f"  {kind.removeprefix('AWS::')}  {physical}")
