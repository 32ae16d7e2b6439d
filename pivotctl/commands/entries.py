"""`pivotctl entries`: stores, lists, and deletes entries of the Directory."""

from __future__ import annotations

import difflib
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pivotctl.commands.accounts import ACCOUNT_HELP, account_of
from pivotctl.commands.named_stack import stack_named
from pivotctl.deployed import DeployedError
from pivotctl.entries import EVERY, Entry, EntryError, read_entries, written
from pivotctl.infra import Application
from pivotctl.project import Project
from pivotctl.stack import Stack, running
from pivotkit.core.setting_types import AccountId

if TYPE_CHECKING:
    from pivotkit.store.table import Table

_OUTPUT = "DirectoryTableName"
_RESOURCE = "DirectoryTable"
_STOPPED = "No stack is running: start `pivotctl serve`, or name a deployed stack with --stack."


@click.group(
    "entries",
    short_help="Store and list what templates look up, by account.",
    epilog="""\b
Examples:
  pivotctl entries put customers.json --account ID --stack pivot-functions
  pivotctl entries list account --account ID > customers.json
  pivotctl entries delete account 1001 --account ID""",
)
def command() -> None:
    """Store, list, and delete entries of the Directory: customers, PINs, hours, lists.

    An entry belongs to one account, and a template finds only those of the account whose call it
    answers.
    """


def _placed(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say whose entries, and in which stack."""
    options = (
        click.option("--account", callback=account_of, metavar="ID", help=ACCOUNT_HELP),
        click.option("--stack", metavar="STACK", help="A deployed stack.  [the local stack]"),
        click.option("--region", help="Region of the stack.  [that of the AWS configuration]"),
        click.option("--profile", help="Profile of the AWS configuration."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@command.command("put")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", default="", help="Kind of an entry that is a value alone.")
@_placed
def put(
    file: Path, *, kind: str, account: str | None, stack: str | None, **aws: str | None
) -> None:
    """Store the entries in FILE, in place of those with the same kind and key.

    FILE has entries as in a function's seed.json. A `pin` in a value is stored as `salt` and
    `pin_hash`. Nothing is stored if an entry cannot be, or if hours, a rate, or a tree in it cannot
    be read: `pivotctl check` shows what they mean.
    """
    from pivotctl.commands.check import refuse_unreadable  # noqa: PLC0415  (slow to import)
    from pivotctl.stack.seed import item_of  # noqa: PLC0415

    project = Project.find()
    with _explained():
        found = [_hashed(each) for each in read_entries(file, kind)]
        _refuse_unknown(project, (each.kind for each in found))
        refuse_unreadable(found)
        owned = [each._replace(account=_owner(each.account, account, stack)) for each in found]
        items = [item_of(each, file) for each in owned]
        table = _table(project, stack, **aws)
        with click.progressbar(items, label="Storing") as each_item:
            for item in each_item:
                table.ask("put_item", Item=item)
    for entry in owned:
        click.echo(f"Stored {entry.partition} {entry.key}")


@command.command("list")
@click.argument("kind")
@click.option("--key", default="", help="One entry alone.")
@_placed
def list_(
    kind: str, *, key: str, account: str | None, stack: str | None, **aws: str | None
) -> None:
    """Print the entries of KIND, in the form that `put` takes."""
    project = Project.find()
    with _explained():
        _refuse_unknown(project, [kind])
        owner = _owner("", account, stack)
        entries = list(_stored(_table(project, stack, **aws), Entry(kind, key, {}, owner)))
    if key and not entries:
        raise click.ClickException(f"{Entry(kind, key, {}, owner).partition} has no entry {key}.")
    click.echo(written(entries))


@command.command("delete")
@click.argument("kind")
@click.argument("key")
@_placed
def delete(
    kind: str, key: str, *, account: str | None, stack: str | None, **aws: str | None
) -> None:
    """Delete the entry KEY of KIND."""
    project = Project.find()
    with _explained():
        _refuse_unknown(project, [kind])
        entry = Entry(kind, key, {}, _owner("", account, stack))
        primary = {"pk": {"S": entry.partition}, "sk": {"S": key}}
        table = _table(project, stack, **aws)
        before = table.ask("delete_item", Key=primary, ReturnValues="ALL_OLD").get("Attributes")
    if not before:
        raise click.ClickException(f"{entry.partition} has no entry {key}: nothing was deleted.")
    click.echo(f"Deleted {entry.partition} {key}")


# -- entries ---------------------------------------------------------------------------------------


def _hashed(entry: Entry) -> Entry:
    """*entry*, with a salt and a hash in place of its `pin`. Raises `EntryError`."""
    from pivotkit.phone.pins import MAX_PIN_DIGITS, hash_of  # noqa: PLC0415  (slow to import)

    if "pin" not in entry.value:
        return entry
    pin = entry.value["pin"]
    if not isinstance(pin, str) or not pin.isdecimal() or len(pin) > MAX_PIN_DIGITS:
        raise EntryError(
            f"{entry.kind} {entry.key}: pin must be 1 to {MAX_PIN_DIGITS} digits, as a text"
        )
    salt = secrets.token_hex(16)
    others = {name: value for name, value in entry.value.items() if name != "pin"}
    return entry._replace(value={**others, "salt": salt, "pin_hash": hash_of(pin, salt)})


def _refuse_unknown(project: Project, kinds: Iterable[str]) -> None:
    """Raise `EntryError` for a kind that no function of the project looks up."""
    functions = Application.read(project.root).functions
    known = sorted({kind for each in functions for kind in (*each.directory, *each.shared)})
    for kind in kinds:
        if kind not in known:
            near = difflib.get_close_matches(kind, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"they look up {', '.join(known)}"
            raise EntryError(f"no function looks up entries of kind {kind!r}: {hint}")


def _owner(named: str, account: str | None, stack: str | None) -> str:
    """The account of an entry: the one that the file names, or --account. Raises `EntryError`."""
    from pivotctl.crossbar import ACCOUNT_ID  # noqa: PLC0415  (slow to import)

    if named and account and named != account:
        raise EntryError(f"the file has entries of account {named}, and --account is {account}")
    owner = named or account or ("" if stack else ACCOUNT_ID)
    if owner == EVERY:
        return owner
    try:
        return AccountId(owner)
    except ValueError as error:
        raise EntryError(f"--account {owner!r}: {error}, or * for all accounts") from error


# -- the table -------------------------------------------------------------------------------------


def _table(project: Project, stack: str | None, **aws: str | None) -> Table:
    """The Directory of a deployed stack, or of the local one. Raises `DeployedError`."""
    from pivotctl.stack.aws import dynamodb_at  # noqa: PLC0415  (slow to import)
    from pivotkit.store.table import Table  # noqa: PLC0415
    from pivotkit.store.with_boto3 import Boto3DynamoDb  # noqa: PLC0415

    if stack:
        deployed = stack_named(stack, **aws)
        return Table(deployed.output(_OUTPUT), Boto3DynamoDb(deployed.client("dynamodb")))
    info = running(project)
    if info is None:
        raise click.ClickException(_STOPPED)
    database = Boto3DynamoDb(dynamodb_at(info.aws_url))
    return Table(Stack(project, info).tables[_RESOURCE], database)


def _stored(table: Table, wanted: Entry) -> Iterator[Entry]:
    """The entries of a partition, or the one with the key that is wanted, in order."""
    from boto3.dynamodb.types import TypeDeserializer  # noqa: PLC0415  (slow to import)

    read = TypeDeserializer().deserialize
    request: dict[str, Any] = {
        "KeyConditionExpression": "pk = :pk" + (" AND sk = :sk" if wanted.key else ""),
        "ExpressionAttributeValues": {":pk": {"S": wanted.partition}}
        | ({":sk": {"S": wanted.key}} if wanted.key else {}),
    }
    while True:
        answer = table.ask("query", **request)
        for item in answer["Items"]:
            yield wanted._replace(key=item["sk"]["S"], value=_plain(read(item["value"])))
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _plain(value: Any) -> Any:
    """*value* with whole numbers in place of DynamoDB's decimals."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | set):
        return [_plain(each) for each in value]
    if isinstance(value, str | bytes | bool) or value is None:
        return value
    return int(value)


@contextmanager
def _explained() -> Iterator[None]:
    """Raise `click.ClickException` in place of errors that have their own sentence."""
    from pivotctl.commands.serve import ERRORS  # noqa: PLC0415  (slow to import)
    from pivotkit.core.errors import StateUnavailable  # noqa: PLC0415

    try:
        yield
    except StateUnavailable as error:
        raise click.ClickException(f"the Directory table did not answer: {error}") from error
    except (DeployedError, EntryError, *ERRORS) as error:
        raise click.ClickException(str(error)) from error
