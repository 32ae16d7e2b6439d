"""`pivotctl secret`: sets secrets of other services, such as the token of a CRM."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pivotctl.commands.named_stack import stack_named
from pivotctl.commands.secret_input import read_secret
from pivotctl.commands.settings import account_id, declared_of, field_of
from pivotctl.connect.current_keys import option_values
from pivotctl.deployed import DeployedError, DeployedStack, explained
from pivotctl.infra.encryption import KEY
from pivotctl.private_file import write_private
from pivotctl.project import Project, ProjectError
from pivotctl.sam_template import STACK_NAME, TemplateError


@click.command("secret", epilog="Example: pivotctl secret crm_lookup crm_token --stack STACK")
@click.argument("name")
@click.argument("setting")
@click.option("--account", metavar="ID", help="Set it for this account alone.")
@click.option("--unset", is_flag=True, help="Delete the secret.")
@click.option("--stack", metavar="STACK", help="A deployed stack.  [the local stack]")
@click.option("--region", help="Region of the stack.  [that of the AWS configuration]")
@click.option("--profile", help="Profile of the AWS configuration.")
def command(
    *,
    name: str,
    setting: str,
    account: str | None,
    unset: bool,
    stack: str | None,
    region: str | None,
    profile: str | None,
) -> None:
    """Set the secret SETTING of the function NAME, such as the token of another service.

    The value is asked for, or read from standard input; it is never an argument. A deployed stack
    has it as an SSM SecureString, and functions read it within five minutes. The local stack has
    it in a file that git ignores.
    """
    try:
        project = Project.find()
        path = _path(project, name, setting, account, stack or STACK_NAME)
        value = None if unset else read_secret("The value").strip()
        if stack:
            _deploy(stack_named(stack, region, profile), path, value)
        else:
            _keep(project.secrets, path, value)
    except (ProjectError, TemplateError, DeployedError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{'Deleted' if unset else 'Stored'} {path}.")


def _path(project: Project, name: str, setting: str, account: str | None, stack: str) -> str:
    """The name of the parameter. Raises `click.UsageError`."""
    function = project.function(name)
    declared = declared_of(function)
    own = field_of(declared, name, setting)
    if not own.is_secret:
        known = ", ".join(declared.secrets) or "none"
        raise click.UsageError(f"{own.name} is no secret of {name}; it has {known}.")
    between = f"/{account_id(account)}" if account else ""
    return f"/{stack}/{function.name}{between}/{own.name}"


def _deploy(stack: DeployedStack, path: str, value: str | None) -> None:
    ssm = stack.client("ssm")
    with explained(stack):
        if value is not None:
            key = option_values(stack).get(KEY, "")
            encrypted_by = {"KeyId": key} if key else {}
            ssm.put_parameter(
                Name=path, Value=value, Type="SecureString", Overwrite=True, **encrypted_by
            )
            return
        ssm.delete_parameters(Names=[path])


def _keep(file: Path, path: str, value: str | None) -> None:
    """Write the local file, which only its owner can read."""
    every = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    every.pop(path, None)
    if value is not None:
        every[path] = value
    write_private(file, every)
