"""`pivotctl deploy`: from credentials to URLs."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

import click

from pivotctl.catalogue import renew_console
from pivotctl.connect.current_keys import current_key
from pivotctl.deployed import DeployedError, DeployedStack
from pivotctl.deployment import (
    Choice,
    Plan,
    PlanError,
    SamError,
    concurrency,
    deploy,
    saved_canary,
    saved_options,
)
from pivotctl.deployment.quota import LOW, USUAL
from pivotctl.keys import CONSOLE, KINDS, KeyFile, KeyFileError
from pivotctl.options import OptionError
from pivotctl.project import Project, ProjectError
from pivotctl.sam_template import TemplateError
from pivotctl.samconfig import DEFAULT, ConfigError, SamConfig
from pivotctl.stack.build import renew_template

_ERRORS = (
    ConfigError, DeployedError, KeyFileError, OptionError, PlanError, ProjectError, SamError,
    TemplateError,
)  # fmt: skip
_GUIDE = "docs/guides/deploy.md"
_OFF = "off"


@click.command(epilog="Example: pivotctl deploy --stack pivot-functions")
@click.option("--stack", metavar="STACK", help="Name of the stack.  [that of samconfig.toml]")
@click.option("--config-env", default=DEFAULT, help="Section of samconfig.toml that names it.")
@click.option("--region", help="Region of AWS, for the first deployment.")
@click.option("--functions", metavar="NAMES", help="Functions, separated by spaces.  [all]")
@click.option("--email", help="Address for alarms.")
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="Option; repeatable. NAME alone asks, without showing the answer.",
)
@click.option("--canary", metavar="WAY", help="CodeDeploy's way to shift calls, or off.")
@click.option("--yes", is_flag=True, help="Ask nothing, and take defaults.")
def command(
    *,
    stack: str | None,
    config_env: str,
    region: str | None,
    functions: str | None,
    email: str | None,
    options: tuple[str, ...],
    canary: str | None,
    yes: bool,
) -> None:
    """Deploy the project to AWS with the SAM CLI, and print the URLs for KAZOO.

    The first time it asks for the stack, the region, the functions, and the address for alarms,
    shows what will be made, and makes the signing secret and the key of the console,
    which stay in your key file. Later it
    asks nothing. samconfig.toml has no secret, and `sam deploy` does the same afterwards.
    """
    asking = _Asking(yes=yes)
    try:
        project = _project()
        given = {"region": region, "functions": functions, "email": email}
        name = stack or SamConfig.of(project.root).stack(config_env)
        saved = Plan.saved(project, name) if name else None
        chosen = _changed(saved, given) if saved else _asked(asking, name, stack, given)
        held = saved_options(project, chosen.stack)
        chosen = _with_options(_with_canary(project, chosen, canary), held, options)
        plan = Plan.of(project, chosen)
        _run(plan, asking, first=saved is None)
    except _ERRORS as error:
        raise click.ClickException(str(error)) from error


def _project() -> Project:
    root = Project.root_of()
    renew_template(root, click.echo)
    renew_console(root)
    return Project.find(root)


class _Asking:
    """Questions on the terminal, with defaults; without a terminal or with --yes, the defaults."""

    def __init__(self, *, yes: bool) -> None:
        self._silent = yes or not sys.stdin.isatty()

    def ask(self, question: str, default: str) -> str:
        """Return the answer."""
        return default if self._silent else str(click.prompt(question, default=default))

    def confirm(self, question: str) -> bool:
        """Return whether the answer is yes."""
        return self._silent or click.confirm(question, default=True)


def _asked(asking: _Asking, name: str, stack: str | None, given: dict[str, str | None]) -> Choice:
    """The choice for a new stack: at most four questions."""
    own = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or _profile_region()
    named = stack or asking.ask("Stack", name or "pivot-functions")
    region = given["region"] or asking.ask("AWS region", own)
    functions = given["functions"] or asking.ask("Functions (all, or names)", "all")
    email = given["email"] or asking.ask("E-mail address for alarms (none, or an address)", "none")
    return Choice(
        named, region, () if functions == "all" else tuple(functions.replace(",", " ").split()),
        "" if email == "none" else email,
    )  # fmt: skip


def _profile_region() -> str:
    import boto3  # noqa: PLC0415  (slow to import)
    from botocore.exceptions import ProfileNotFound  # noqa: PLC0415

    try:
        return boto3.Session().region_name or "us-east-1"
    except ProfileNotFound:
        return "us-east-1"


def _changed(saved: Choice, given: dict[str, str | None]) -> Choice:
    """The saved choice with what the command line changes."""
    if given["region"] not in (None, saved.region):
        raise PlanError(
            f"{given['region']}: the stack {saved.stack} is in {saved.region}: use another --stack"
        )
    names = (given["functions"] or "").replace(",", " ").split()
    functions = () if names == ["all"] else tuple(names) or saved.functions
    email = saved.email if given["email"] is None else given["email"]
    return replace(saved, functions=functions, email=email)


def _with_canary(project: Project, choice: Choice, given: str | None) -> Choice:
    """The choice with the canary of the command line, or else that of samconfig.toml."""
    if given is None:
        return replace(choice, canary=saved_canary(project, choice.stack))
    return replace(choice, canary="" if given == _OFF else given)


def _with_options(choice: Choice, held: dict[str, str], pairs: tuple[str, ...]) -> Choice:
    """The choice with the options of samconfig.toml, and those of the command line."""
    found = [pair.partition("=") for pair in pairs]
    for name, equals, value in found:
        if not equals and not sys.stdin.isatty():
            raise PlanError(f"--option {name}: write {name}=VALUE")
        if name == "AlarmEmail":
            raise PlanError(f"--option {name}={value}: use --email")
    given = {
        name: value if equals else str(click.prompt(name, hide_input=True))
        for name, equals, value in found
    }
    options = {**held, **given}
    return replace(choice, options=options)


def _run(plan: Plan, asking: _Asking, *, first: bool) -> None:
    target = DeployedStack(plan.choice.stack, plan.choice.region)
    exists = target.exists
    if exists and target.described["StackStatus"] == "ROLLBACK_COMPLETE":
        raise PlanError(
            f"The first deployment of {target.name} failed, and such a stack cannot be updated: "
            f"run `pivotctl undeploy --stack {target.name}`, then try again"
        )
    plan = _with_quota(plan, concurrency(target))
    plan = replace(plan, running=frozenset(target.resources) if exists else frozenset())
    plan.write_template()
    _show(plan, exists=exists)
    if first and not asking.confirm("Deploy?"):
        raise click.Abort
    secrets = plan.secrets(new=not exists)
    plan.write_config()
    deploy(plan, secrets, click.echo)
    plan.note_console()
    _tell(plan)


def _with_quota(plan: Plan, quota: int | None) -> Plan:
    """The plan with an alarm at 80 % of the quota, and few executions for workers if it is low."""
    if quota is None or quota >= USUAL:
        return plan
    if quota < LOW:
        click.echo(
            f"Warning: Lambda's quota in {plan.choice.region} is {quota} concurrent executions. "
            f"Calls above it hear the fallback. Ask AWS for 1,000 ({_GUIDE}#concurrency)."
        )
    limits = {"ConcurrencyWarning": str(max(1, quota * 8 // 10))}
    return plan.with_options(**limits, **({"WorkerConcurrency": "2"} if quota < LOW else {}))


def _show(plan: Plan, *, exists: bool) -> None:
    made = (name for name in plan.names if name != CONSOLE or plan.has_console)
    kinds = [plan.project.functions[name].kind for name in made]
    counted = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    where = f"{plan.choice.stack} in {plan.choice.region}"
    click.echo(f"{'Update' if exists else 'Create'} the stack {where}: {len(kinds)} functions")
    click.echo(f"({counted}), their API, tables, and alarms. Workers run once they have what they")
    click.echo(f"need ({_GUIDE}#workers).")
    if cost := plan.idle_cost():
        click.echo(f"Cost: {cost}; calls and storage by use.")


def _tell(plan: Plan) -> None:
    """Print the first URL to paste, and the next commands."""
    stack = DeployedStack(plan.choice.stack, plan.choice.region)
    called = [plan.project.functions[name] for name in plan.names]
    first = next((each for each in called if each.kind in KINDS), None)
    click.echo(f"The stack {plan.choice.stack} is deployed.")
    if plan.has_console:
        click.echo(f"\nConsole  {stack.output('ConsoleUrl')}")
        click.echo(f"Sign in with the key of `pivotctl key --for console --stack {stack.name}`.")
    if first is None:
        return
    key = current_key(stack, KeyFile(), first.kind) or "<KEY>"
    address = stack.output(f"{first.logical_id}Url").replace("<KEY>", key)
    click.echo(f"\nvoice_url  {address}" if first.kind == "pivot" else f"\nURL  {address}")
    click.echo(f"\nNext: paste it into functions/{first.kind}/{first.name}/callflow.json.")
    click.echo("For other functions, and for one account alone:")
    click.echo(f"  pivotctl url NAME --stack {stack.name} [--account ID]")
