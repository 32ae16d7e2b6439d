"""`pivotctl key`: makes keys, their hashes, and signing secrets."""

import re

import click

from pivotctl.keys import (
    CONSOLE,
    KINDS,
    ROLES,
    SIGNING,
    SOCKET_KINDS,
    KeyFile,
    KeyFileError,
    entry,
    new_key,
    new_secret,
)

PARAMETERS = {
    "pivot": "PivotKeyHashes",
    "webhooks": "WebhookKeyHashes",
    "cdr": "CdrKeyHashes",
    "sockets": "SocketKeyHashes",
    "commands": "CommandKeyHashes",
}
_MOST = 999_999


@click.command(epilog="Example: pivotctl key --for pivot --account ID --stack pivot-functions")
@click.option(
    "--for",
    "kind",
    type=click.Choice([*KINDS, *SOCKET_KINDS, CONSOLE, SIGNING]),
    required=True,
    help="Purpose of the key.",
)
@click.option(
    "--account",
    "accounts",
    multiple=True,
    metavar="ID",
    help="Limit the key to this account; repeatable without --stack.",
)
@click.option(
    "--role",
    "roles",
    type=click.Choice(ROLES),
    multiple=True,
    help="Limit a console's key to this role; repeatable.  [all roles]",
)
@click.option(
    "--stack",
    metavar="STACK",
    help="Make a key that needs no hash, with the stack's secret in your key file. "
    "For the console: print the key that your key file has.",
)
@click.option(
    "--generation",
    type=click.IntRange(1, _MOST),
    default=None,
    help="Generation of the key, with --stack: the next one replaces a key.  [the current one]",
)
@click.option(
    "--save", "save", metavar="STACK", help="Save what is made for this stack in your key file."
)
def command(
    *,
    kind: str,
    accounts: tuple[str, ...],
    roles: tuple[str, ...],
    stack: str | None,
    generation: int | None,
    save: str | None,
) -> None:
    """Create a key for KAZOO's URLs, for programs at the WebSocket, or for the console.

    --for sockets is for programs that get events, --for commands for those that also command calls;
    --for signing makes the stack's secret.

    With --stack the key is made offline, proves its account by itself, and needs no deployment: any
    number of accounts have one. Without --stack it is random, and its hash is to be deployed. To
    replace the keys in KAZOO's URLs, use `pivotctl kazoo rotate`.

    Operators sign in to the console with its key. `pivotctl deploy` makes one; a new one from here
    takes effect with the next deployment. A key limited to --account or --role is for a colleague,
    and not saved.
    """
    for account in accounts:
        if not re.fullmatch(r"[0-9a-f]{32}", account):
            raise click.BadParameter(
                f"{account!r} is not an Account-ID: use 32 lower-case hex characters",
                param_hint="--account",
            )
    if roles and (kind != CONSOLE or stack):
        raise click.UsageError("--role limits a new key: use --for console, without --stack")
    if kind == CONSOLE:
        _console(accounts, roles, stack, save)
    elif stack:
        _proving(kind, accounts, stack, generation or 0)
    elif kind == SIGNING:
        _signing(accounts, save)
    else:
        _random(kind, accounts, save)


def _proving(kind: str, accounts: tuple[str, ...], stack: str, generation: int) -> None:
    if kind == SIGNING:
        raise click.UsageError("--for signing takes no --stack: use --save")
    if len(accounts) > 1:
        raise click.UsageError("--stack makes a key for one --account, or without it for all")
    account = accounts[0] if accounts else ""
    try:
        file = KeyFile()
        key = file.proving(stack, kind, account, generation)
    except KeyFileError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"key    {key}")


def _random(kind: str, accounts: tuple[str, ...], save: str | None) -> None:
    key = new_key(kind)
    click.echo(f"key    {key}")
    click.echo(f"hash   {entry(key, accounts)}")
    click.echo()
    place = "your program" if kind in SOCKET_KINDS else "KAZOO's URLs"
    click.echo(f"Put the hash into {PARAMETERS[kind]}, and the key into {place}.")
    if save:
        _save(save, kind, key)


def _console(
    accounts: tuple[str, ...], roles: tuple[str, ...], stack: str | None, save: str | None
) -> None:
    if stack:
        _saved(stack)
        return
    key = new_key(CONSOLE)
    hashed = entry(key, accounts, roles)
    click.echo(f"key    {key}")
    click.echo(f"hash   {hashed}")
    click.echo()
    if save and not accounts and not roles:
        _save(save, CONSOLE, key)
        click.echo(f"Deploy it: pivotctl deploy --stack {save}")
    else:
        click.echo("Deploy it beside the others, separated by a space:")
        click.echo("pivotctl deploy --stack STACK --option ConsoleKeyHashes")


def _saved(stack: str) -> None:
    file = KeyFile()
    try:
        key = file.get(stack, CONSOLE)
    except KeyFileError as error:
        raise click.ClickException(str(error)) from error
    if key is None:
        fix = f"make one with `pivotctl key --for console --save {stack}`"
        raise click.ClickException(f"{file.path} has no console key of the stack {stack}: {fix}")
    click.echo(f"key    {key}")


def _signing(accounts: tuple[str, ...], save: str | None) -> None:
    if accounts:
        raise click.UsageError("--for signing takes no --account")
    secret = new_secret()
    click.echo(f"SigningSecrets={secret}")
    click.echo()
    click.echo("This is the value of the parameter Secrets. Put it nowhere else.")
    if save:
        _save(save, SIGNING, secret)


def _save(stack: str, kind: str, key: str) -> None:
    file = KeyFile()
    try:
        file.put(stack, kind, key)
    except (KeyFileError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Saved for stack {stack} in {file.path}")
