"""`pivotctl url`: prints the URL of a function, for KAZOO."""

from urllib.parse import urlencode

import click

from pivotctl.commands.named_stack import stack_named
from pivotctl.connect.current_keys import current_key
from pivotctl.deployed import DeployedError
from pivotctl.keys import KINDS, KeyFile, KeyFileError, development_key
from pivotctl.lint.parameter_names import query_warnings
from pivotctl.project import GATEWAY_URL, Function, Project, ProjectError
from pivotctl.stack import running

PLACE = "<KEY>"


def _pairs(
    _context: click.Context, _option: click.Parameter, value: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    found = tuple(pair.partition("=") for pair in value)
    for name, equals, _ in found:
        if not name or not equals:
            raise click.BadParameter(f"{name + equals!r} is not of the form name=value")
    return tuple((name, value) for name, _, value in found)


@click.command(epilog="Example: pivotctl url say_hello --stack pivot-functions")
@click.argument("name")
@click.option("--stack", metavar="STACK", help="A deployed stack.  [the local stack]")
@click.option(
    "--query",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_pairs,
    help="Parameter of the URL, which a Pivot function finds in `call.variables`; repeatable.",
)
@click.option("--account", default="", metavar="ID", help="With a key for this account alone.")
def command(
    *, name: str, stack: str | None, account: str, query: tuple[tuple[str, str], ...]
) -> None:
    """Print the whole URL of the function NAME, with its key, for KAZOO.

    For a deployed stack the address comes from CloudFormation, with your AWS credentials, and the
    key from your key file (`pivotctl key --save`). While `pivotctl serve --tunnel` runs, the URL is
    that of the tunnel. A parameter with the name of one of KAZOO's own
    gives a warning, because KAZOO sends its own as well.
    """
    try:
        project = Project.find()
        function = project.function(name)
        if function.kind not in KINDS:
            raise click.UsageError(f"{name} is a {function.kind} function: KAZOO does not call it")
        address = _deployed(function, stack, account) if stack else _local(project, function)
    except (ProjectError, KeyFileError, DeployedError) as error:
        raise click.ClickException(str(error)) from error
    if query:
        address = f"{address}?{urlencode(query)}"
    for warning in query_warnings(address, "--query") if function.kind == "pivot" else ():
        click.echo(str(warning), err=True)
    click.echo(address)


def _local(project: Project, function: Function) -> str:
    """The URL for KAZOO: at the tunnel, if there is one."""
    return public_address(project, function) or local_address(project, function)


def public_address(project: Project, function: Function) -> str:
    """Return the URL of a function at the tunnel of `pivotctl serve --tunnel`; '' without one."""
    info = running(project)
    if info is None or not info.public_url:
        return ""
    key = info.public_keys[function.kind]
    return f"{info.public_url}/{key}/{function.kind}/{function.name}"


def local_address(project: Project, function: Function) -> str:
    """Return the URL of a function of the local stack, with the published key."""
    info = running(project)
    base = info.gateway_url if info else GATEWAY_URL
    return f"{base}/{development_key(function.kind)}/{function.kind}/{function.name}"


def _deployed(function: Function, stack: str, account: str) -> str:
    described = stack_named(stack)
    address = described.output(f"{function.logical_id}Url")
    key = current_key(described, KeyFile(), function.kind, account)
    if key is None:
        click.echo(
            f"No key for {function.kind} of {stack} in {KeyFile().path}: "
            f"replace {PLACE} with yours, or create one with "
            f"`pivotctl key --for {function.kind} --save {stack}`.",
            err=True,
        )
        return address
    return address.replace(PLACE, key)
