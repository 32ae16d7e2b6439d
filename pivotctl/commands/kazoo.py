"""`pivotctl kazoo`: signs in at KAZOO's API, looks around there, and connects accounts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import click

from pivotctl.commands import kazoo_apply, kazoo_calls
from pivotctl.commands.kazoo_channels import channels
from pivotctl.commands.kazoo_connection import (
    account_option,
    connected,
    crossbar_url,
    explained,
    json_option,
    matching_account,
    table,
    url_option,
)
from pivotctl.commands.kazoo_hooks import hooks
from pivotctl.commands.kazoo_resource import resource
from pivotctl.commands.kazoo_rotate import rotate
from pivotctl.commands.secret_input import read_secret
from pivotctl.kazoo.credentials import (
    ApiKey,
    SignIn,
    SignIns,
    UserCredentials,
    adopt,
    local_time,
    sign_in,
)
from pivotctl.kazoo.transport import Transport


@click.group(
    "kazoo",
    short_help="Sign in at KAZOO's API, look around there, and connect accounts.",
    epilog="""\b
Examples:
  export KAZOO_URL=https://kazoo.example.com:8443/v2
  pivotctl kazoo login --user jane --account-name acme
  pivotctl kazoo accounts --match berlin
  pivotctl kazoo apply --stack pivot-functions
  pivotctl kazoo click +14155550123 --extension 6083""",
)
def command() -> None:
    """Work with KAZOO through Crossbar, its REST API.

    Sign in once for each Crossbar. The local stack's Crossbar is used while `pivotctl serve` runs,
    and needs no sign-in.
    """


command.add_command(hooks)
command.add_command(channels)
command.add_command(resource)
command.add_command(rotate)
for each in (*kazoo_apply.COMMANDS, *kazoo_calls.COMMANDS):
    command.add_command(each)


# -- signing in ------------------------------------------------------------------------------------


@command.command(
    "login",
    epilog="""\b
Examples:
  pivotctl kazoo login --user jane --account-realm acme.sip.example
  pivotctl kazoo login --api-key < key.txt""",
)
@url_option
@click.option("--user", metavar="NAME", help="Sign in as a user; the password is asked for.")
@click.option("--account-name", metavar="NAME", help="The user's account, by its name.")
@click.option("--account-realm", metavar="REALM", help="The user's account, by its SIP realm.")
@click.option("--phone-number", metavar="NUMBER", help="The user's account, by one of its numbers.")
@click.option(
    "--method",
    type=click.Choice(["md5", "sha1"]),
    default="md5",
    show_default=True,
    help="Hash of user name and password that is sent.",
)
@click.option("--api-key", is_flag=True, help="Sign in with an account's API key; it is asked for.")
@click.option("--token", is_flag=True, help="Use a token of another program; it is asked for.")
def login(
    *,
    url: str | None,
    user: str | None,
    method: str,
    api_key: bool,
    token: bool,
    **account: str | None,
) -> None:
    """Sign in at a Crossbar, and keep the token with its expiry.

    Name your --user and its account, or use --api-key or --token. Password, key, and token are
    asked for or read from standard input; they are never arguments. An API key is kept as well,
    and renews the token; a password is not.
    """
    named = {name: text for name, text in account.items() if text}
    _require_one_way(user, named, api_key=api_key, token=token)
    kept = SignIns()
    with explained(), Transport(crossbar_url(url)) as transport:
        if token:
            signed_in = adopt(transport, read_secret("Token").strip())
        elif api_key:
            signed_in = sign_in(transport, ApiKey(read_secret("API key").strip()))
        else:
            password = read_secret("Password")
            signed_in = sign_in(transport, UserCredentials(str(user), password, named, method))
        kept.put(signed_in)
    click.echo(f"Signed in at {signed_in.url}: {signed_in.name}.")
    click.echo(f"{_lasting(signed_in)} Kept in {kept.path}.")


def _require_one_way(
    user: str | None, named: Mapping[str, str], *, api_key: bool, token: bool
) -> None:
    if [bool(user), api_key, token].count(True) != 1:
        raise click.UsageError("Name your --user, or use either --api-key or --token.")
    if bool(user) != (len(named) == 1):
        raise click.UsageError(
            "With --user, name its account by one of --account-name, --account-realm, and "
            "--phone-number; without it, by none."
        )


def _lasting(signed_in: SignIn) -> str:
    if signed_in.api_key:
        return "The API key renews the token when it ends."
    return f"The token is valid until {local_time(signed_in.expires)}."


@command.command("whoami")
@url_option
@json_option
def whoami(*, url: str | None, as_json: bool) -> None:
    """Show whose sign-in is used, and until when; Crossbar is asked whether it is valid."""
    with connected(url) as client:
        found = client.who()
    shown = {
        "url": found.url,
        "account_id": found.account_id,
        "account_name": found.account_name,
        "user_id": found.owner_id,
        "expires": found.expires,
        "renews": client.session.renews,
    }
    if as_json:
        click.echo(json.dumps(shown))
        return
    renewed = ", then renewed" if client.session.renews else ""
    click.echo(f"Crossbar  {found.url}")
    click.echo(f"Account   {found.name}")
    click.echo(f"User      {found.owner_id or 'none: signed in with an API key'}")
    click.echo(f"Valid     until {local_time(found.expires)}{renewed}")


@command.command("logout")
@url_option
def logout(*, url: str | None) -> None:
    """Forget the sign-in at a Crossbar. Its token stays valid until it ends by itself."""
    with explained():
        where, kept = crossbar_url(url), SignIns()
        signed_in = kept.get(where)
        kept.remove(where)
    if signed_in is None:
        click.echo(f"You were not signed in at {where}.")
        return
    click.echo(f"Signed out at {where}. The token ends at {local_time(signed_in.expires)}.")


@command.command("token")
@url_option
def token_(*, url: str | None) -> None:
    """Print a valid token, for curl and other programs: it is as good as your sign-in."""
    with connected(url) as client:
        client.who()
        click.echo(client.session.current.token)


# -- accounts --------------------------------------------------------------------------------------


@command.command("accounts")
@url_option
@account_option("Account whose descendants are listed.")
@click.option("--match", default="", metavar="TEXT", help="Part of a name, a realm, or an ID.")
@json_option
def accounts(*, url: str | None, account: str | None, match: str, as_json: bool) -> None:
    """List the accounts below yours, at any depth, by name."""
    with connected(url) as client:
        owner = account or client.session.current.account_id
        found = [row for row in client.descendants(owner) if matching_account(row, match)]
    found.sort(key=lambda row: str(row.get("name", "")).casefold())
    if as_json:
        for row in found:
            click.echo(json.dumps(row))
    elif found:
        for line in table([("id", "name", "realm"), *_cells(found)]):
            click.echo(line)
    else:
        matching = f" that matches {match!r}" if match else ""
        click.echo(f"There is no account below {owner}{matching}.")


def _cells(rows: list[Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for row in rows:
        yield str(row.get("id", "")), str(row.get("name", "")), str(row.get("realm", ""))
