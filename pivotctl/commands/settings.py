"""`pivotctl settings`: shows and changes the settings of a function, by account."""

from __future__ import annotations

import difflib
import getpass
import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from pivotctl.commands.named_stack import stack_named
from pivotctl.declared_settings import DeclaredSettings, declared_settings
from pivotctl.deployed import DeployedError, DeployedStack
from pivotctl.project import Function, Project
from pivotctl.sam_template import TemplateError
from pivotctl.stack import Stack, running
from pivotkit.core.setting_types import AccountId
from pivotkit.core.settings import Field, SettingError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from pivotkit.store.account_entries import AccountEntries, Change, InForce

_OFF = (
    "{stack} has no settings of accounts: deploy it with "
    "`pivotctl deploy --stack {stack} --option AccountSettings=on`."
)
_BY_COMMAND = "`pivotctl secret`"
_STOPPED = "No stack is running: start `pivotctl serve`, or name a deployed stack with --stack."


@dataclass(frozen=True)
class Place:
    """A stack with a function: the function's variables, and the table with accounts' entries."""

    name: str
    variables: Mapping[str, str]
    dynamodb: DynamoDBClient | None
    author: str

    def entries(self, function: str, account: str, number: str) -> AccountEntries:
        """The entry of an account. Raises `click.ClickException` if the stack has none."""
        from pivotkit.store.account_entries import AccountEntries  # noqa: PLC0415  (slow to import)
        from pivotkit.store.table import Table  # noqa: PLC0415
        from pivotkit.store.with_boto3 import Boto3DynamoDb  # noqa: PLC0415

        if self.dynamodb is None:
            raise click.ClickException(_STOPPED)
        if "SETTINGS_TABLE" not in self.variables:
            raise click.ClickException(_OFF.format(stack=self.name))
        table = Table(self.variables["SETTINGS_TABLE"], Boto3DynamoDb(self.dynamodb))
        return AccountEntries(table, function, account, number)


@click.command(
    "settings",
    short_help="Show and change the settings of a function, by account.",
    epilog="Example: pivotctl settings ring --account ID --set ring_seconds=30",
)
@click.argument("name")
@click.option("--account", metavar="ID", help="Account whose settings are shown or changed.")
@click.option("--number", default="", help="Dialed number of the account, if it has its own.")
@click.option("--set", "given", multiple=True, metavar="SETTING=VALUE", help="Set; repeatable.")
@click.option("--unset", multiple=True, metavar="SETTING", help="Remove the account's own value.")
@click.option("--history", is_flag=True, help="Show the account's last 100 changes.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--stack", metavar="STACK", help="A deployed stack.  [the local stack]")
@click.option("--region", help="Region of the stack.  [that of the AWS configuration]")
@click.option("--profile", help="Profile of the AWS configuration.")
def command(**options: Any) -> None:
    """Show the settings of the function NAME: type, value, and the layer that it comes from.

    A value is the account's own, or that of the deployment (function.yaml), or the default of the
    class in app.py. --set and --unset change an account's own values: within a minute, without a
    deployment, and at once in the local stack.
    """
    from pivotctl.commands.serve import ERRORS  # noqa: PLC0415
    from pivotkit.core.errors import StateUnavailable  # noqa: PLC0415
    from pivotkit.store.account_entries import (  # noqa: PLC0415  (slow to import)
        ChangedMeanwhileError,
    )

    try:
        _run(**options)
    except (ChangedMeanwhileError, DeployedError, SettingError, TemplateError) as error:
        raise click.ClickException(str(error)) from error
    except StateUnavailable as error:
        raise click.ClickException(f"the Directory table did not answer: {error}") from error
    except ERRORS as error:
        raise click.ClickException(str(error)) from error


def _run(
    *,
    name: str,
    account: str | None,
    number: str,
    given: tuple[str, ...],
    unset: tuple[str, ...],
    history: bool,
    as_json: bool,
    stack: str | None,
    region: str | None,
    profile: str | None,
) -> None:
    project = Project.find()
    function = project.function(name)
    declared = declared_of(function)
    _check(declared, name, account, number, changing=bool(given or unset or history))
    changes = dict(_pairs(declared, name, account or "", given))
    removed = [field_of(declared, name, each).name for each in unset]
    target = stack_named(stack, region, profile) if stack else None
    place = deployed(function, target) if target else local(project, function)
    entries = place.entries(function.name, account, number) if account else None
    if entries and (changes or removed):
        entries.change(changes, removed, place.author)
    if entries and history:
        _show_history(entries.history(), as_json=as_json)
        return
    _show(function, declared, list(_rows(declared, place, entries)), as_json=as_json)


def declared_of(function: Function) -> DeclaredSettings:
    """The settings that a function declares. Raises `click.ClickException` if it has no class."""
    found = declared_settings(function.path)
    if found is None:
        raise click.ClickException(f"{function.name} declares no settings: see its README")
    return found


def field_of(declared: DeclaredSettings, function: str, name: str) -> Field:
    """The field called *name*. Raises `click.UsageError` with the nearest name."""
    known = declared.fields
    if name.lower() not in known:
        near = difflib.get_close_matches(name.lower(), known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(known)}"
        raise click.UsageError(f"{function} has no setting {name!r}: {hint}")
    return known[name.lower()]


def account_id(text: str) -> str:
    """*text*, if it is an Account-ID. Raises `click.UsageError`."""
    try:
        return AccountId(text)
    except ValueError as error:
        raise click.UsageError(f"--account {text!r}: {error}") from error


def _check(
    declared: DeclaredSettings, function: str, account: str | None, number: str, *, changing: bool
) -> None:
    if account:
        account_id(account)
    elif changing or number:
        fix = "name it with --account. The deployment's own values are in function.yaml"
        raise click.UsageError(f"Only settings of an account can be changed: {fix}.")
    if number and not declared.by_number:
        fix = "write by_number=True beside settings= in its app.py"
        raise click.UsageError(f"{function} has no settings by number: {fix}.")


def _pairs(
    declared: DeclaredSettings, function: str, account: str, given: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    """The new values. Raises `click.UsageError` and `SettingError`."""
    for pair in given:
        name, equals, text = pair.partition("=")
        if not equals:
            raise click.UsageError(f"--set {pair!r} is not of the form SETTING=VALUE.")
        own = field_of(declared, function, name)
        if own.is_secret:
            raise click.UsageError(f"{own.name} is a secret: use `pivotctl secret`.")
        try:
            own.read(text)
        except ValueError as error:
            where = f"{own.name} of account {account} in {function}"
            raise SettingError(where, text, str(error), "--set: nothing was changed") from error
        yield own.name, text.strip()


# -- the stack -------------------------------------------------------------------------------------


def local(project: Project, function: Function) -> Place:
    """The local stack. If it is not running, only the deployment's values are known."""
    from pivotctl.stack.aws import dynamodb_at  # noqa: PLC0415  (slow to import)

    info = running(project)
    author = f"{getpass.getuser()}@{platform.node()}"
    if info is None:
        return Place("The local stack", function.environment, None, author)
    variables = Stack(project, info).environment(function.name)
    return Place("The local stack", variables, dynamodb_at(info.aws_url), author)


def deployed(function: Function, stack: DeployedStack) -> Place:
    """A deployed stack. Raises `DeployedError`."""
    variables = stack.variables(function.logical_id)
    return Place(f"Stack {stack.name}", variables, stack.client("dynamodb"), stack.caller())


# -- what is shown ---------------------------------------------------------------------------------


def _rows(
    declared: DeclaredSettings, place: Place, entries: AccountEntries | None
) -> Iterator[InForce]:
    from pivotkit.store.account_entries import Layers  # noqa: PLC0415  (slow to import)

    own = entries.read().texts if entries else {}
    by_number = entries is not None and bool(entries.number)
    layers = Layers(
        default={each.field.name: each.default for each in declared.settings},
        deployment={
            name: place.variables[each.variable]
            for name, each in declared.fields.items()
            if each.variable in place.variables
        },
        account=replace(entries, number="").read().texts if entries and by_number else own,
        number=own if by_number else {},
    )
    for each in declared.settings:
        yield layers.in_force(each.field)


def _show(
    function: Function, declared: DeclaredSettings, rows: list[InForce], *, as_json: bool
) -> None:
    if as_json:
        each = zip(declared.settings, rows, strict=True)
        settings = [
            {**s.as_json(), "value": r.text, "source": r.layer or _BY_COMMAND} for s, r in each
        ]
        about = {"function": function.name, "purpose": declared.purpose}
        click.echo(json.dumps({**about, "by_number": declared.by_number, "settings": settings}))
        return
    cells = [("setting", "value", "from", "type")]
    cells += [
        (row.field.name, row.text, row.layer or _BY_COMMAND, _kind(row.field)) for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        padded = (f"{cell:{width}}" for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def _kind(declared: Field) -> str:
    kind = " / ".join(declared.choices) or declared.label
    return f"{kind}, or empty" if declared.optional else kind


def _show_history(changes: list[Change], *, as_json: bool) -> None:
    for each in changes:
        if as_json:
            click.echo(json.dumps(asdict(each)))
            continue
        when = f"{datetime.fromtimestamp(each.at, UTC):%Y-%m-%d %H:%M:%S}"
        of = f" of {each.number}" if each.number else ""
        for name, before, after in each.differences:
            click.echo(f"{when}  {each.author}  {name}{of}: {_said(before)} -> {_said(after)}")


def _said(text: str | None) -> str:
    return "unset" if text is None else repr(text)
