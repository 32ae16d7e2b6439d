"""`pivotctl key`: creates a key, and its hash to deploy."""

import re

import click

from pivotctl.keys import KINDS, KeyFile, KeyFileError, entry, new_key, new_secret

PARAMETERS = {"pivot": "PivotKeyHashes", "webhooks": "WebhookKeyHashes", "cdr": "CdrKeyHashes"}
SIGNING = "signing"


@click.command(epilog="Example: pivotctl key --for pivot --save pivot-functions")
@click.option(
    "--for", "kind", type=click.Choice([*KINDS, SIGNING]), required=True, help="Purpose of the key."
)
@click.option(
    "--account",
    "accounts",
    multiple=True,
    metavar="ID",
    help="Limit the key to this account; repeatable.",
)
@click.option(
    "--save", "stack", metavar="STACK", help="Save the key for this stack in your key file."
)
def command(kind: str, accounts: tuple[str, ...], stack: str | None) -> None:
    """Create a key of 192 random bits, and the hash to deploy.

    The key goes into KAZOO's URLs, the hash into the stack: functions never know a key. To rotate a
    key, deploy the old and the new hash, change the URLs, then deploy the new hash alone. With
    --for signing it creates a secret for SigningSecrets instead.
    """
    for account in accounts:
        if not re.fullmatch(r"[0-9a-f]{32}", account):
            raise click.BadParameter(
                f"{account!r} is not an Account-ID: use 32 lower-case hex characters",
                param_hint="--account",
            )
    if kind == SIGNING:
        _signing(accounts, stack)
        return
    key = new_key(kind)
    click.echo(f"key    {key}")
    click.echo(f"hash   {entry(key, accounts)}")
    click.echo()
    click.echo(
        f"Put the hash into the parameter {PARAMETERS[kind]}, and the key into KAZOO's URLs."
    )
    if stack:
        _save(stack, kind, key)


def _signing(accounts: tuple[str, ...], stack: str | None) -> None:
    if accounts or stack:
        raise click.UsageError("--for signing takes neither --account nor --save")
    click.echo(f"secret {new_secret()}")
    click.echo()
    click.echo("Put it into the parameter SigningSecrets, and nowhere else.")


def _save(stack: str, kind: str, key: str) -> None:
    file = KeyFile()
    try:
        file.put(stack, kind, key)
    except (KeyFileError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Saved for stack {stack} in {file.path}")
