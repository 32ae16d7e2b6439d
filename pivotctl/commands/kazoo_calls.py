"""`pivotctl kazoo click` and `call`: have KAZOO place a call, and report on its end."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from pivotctl.commands.call import variables_of
from pivotctl.commands.kazoo_connection import account_option, connected, json_option, url_option
from pivotkit.services.upstream import UpstreamDown

if TYPE_CHECKING:
    from pivotctl.kazoo.call_outcome import CallOutcome, Leg
    from pivotctl.kazoo.client import KazooClient

_NUMBER = re.compile(r"\+[1-9]\d{6,14}|[\d*#]{1,7}")
_ID = re.compile(r"[0-9a-f]{32}")
_FAULT = 500
_CAUSES: Mapping[str, str] = {
    "CALL_REJECTED": "rejected the call",
    "LOSE_RACE": "stopped ringing: another phone had answered",
    "NO_ANSWER": "did not answer",
    "NO_ROUTE_DESTINATION": "was not called: no carrier takes the number, see `pivotctl kazoo "
    "resource`",
    "NO_USER_RESPONSE": "did not respond",
    "ORIGINATOR_CANCEL": "stopped ringing: the call had ended",
    "UNALLOCATED_NUMBER": "does not exist",
    "USER_BUSY": "was busy",
    "USER_NOT_REGISTERED": "has no phone that is registered",
    "no resources": "was not called: no carrier takes the number, see `pivotctl kazoo resource`",
}
"""Sentences for hangup causes of a leg that was not answered."""


def _number(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if not _NUMBER.fullmatch(value):
        raise click.BadParameter(
            f"{value!r} is no number: use + and the country code, or an extension of 1 to 7 keys"
        )
    return value


def _extension(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    return value if value is None else _number(context, option, value)


_wait_option = click.option(
    "--wait",
    "seconds",
    type=click.IntRange(0, 3600),
    default=120,
    show_default=True,
    metavar="SECONDS",
    help="Longest time to wait for the end of the call.",
)


@click.command(
    "click",
    short_help="Have KAZOO ring a number, and connect it to a callflow.",
    epilog="""\b
Examples:
  pivotctl kazoo click +14155550123 --extension 6083
  pivotctl kazoo click +14155550123 --name Appointments --var why="your appointment" """,
)
@click.argument("number", callback=_number)
@url_option
@account_option("Account that calls.")
@click.option(
    "--extension",
    metavar="NUMBER",
    callback=_extension,
    help="Extension of the callflow; its click-to-call is created if there is none.",
)
@click.option("--name", metavar="NAME", help="The click-to-call, by its name or ID.")
@click.option(
    "--var",
    "variables",
    multiple=True,
    metavar="K=V",
    callback=variables_of,
    help="Custom application variable of the call; repeatable.",
)
@_wait_option
@json_option
def click_(
    *,
    number: str,
    url: str | None,
    account: str | None,
    extension: str | None,
    name: str | None,
    variables: Mapping[str, str],
    seconds: int,
    as_json: bool,
) -> None:
    """Have a click-to-call ring NUMBER, wait for the end of the call, and report its outcome.

    NUMBER is rung first, and then hears the callflow of the extension, unless the click-to-call
    dials its extension first. The exit status is 0 only if the call was answered and connected.
    """
    if extension and name:
        raise click.UsageError("Use either --extension or --name.")
    with connected(url) as client:
        owner = account or client.session.current.account_id
        button = _button(client, owner, extension, name)

        def place() -> list[str]:
            return [client.click(owner, str(button["id"]), number, variables)]

        click.echo(f"Ringing {number} for extension {button.get('extension')} ...", err=True)
        outcome = _placed(client, owner, place, seconds, str(button["id"]))
    _report(outcome, number, seconds, as_json=as_json)


@click.command(
    "call",
    short_help="Have KAZOO ring a user, and connect the user to a number.",
    epilog="""\b
Examples:
  pivotctl kazoo call +14155550123
  pivotctl kazoo call 6001 --user jane""",
)
@click.argument("number", callback=_number)
@url_option
@account_option("Account that calls.")
@click.option("--user", metavar="NAME", help="User by user name, email address, or ID.  [you]")
@_wait_option
@json_option
def call_(
    *,
    number: str,
    url: str | None,
    account: str | None,
    user: str | None,
    seconds: int,
    as_json: bool,
) -> None:
    """Have KAZOO ring a user's phones, and connect the user to NUMBER (a quickcall).

    NUMBER is a number that a carrier takes, or an extension with a callflow: so you hear a function
    on your own phone. The exit status is 0 only if the call was answered and connected.
    """
    with connected(url) as client:
        owner = account or client.session.current.account_id
        caller = _user(client, owner, user)

        def place() -> list[str]:
            with _a_phone_needed(caller):
                return client.quick_call(owner, caller, number)

        click.echo(f"Ringing user {caller} for {number} ...", err=True)
        outcome = _placed(client, owner, place, seconds)
    _report(outcome, number, seconds, as_json=as_json)


def _placed(
    client: KazooClient,
    account: str,
    place: Callable[[], list[str]],
    seconds: int,
    button: str = "",
) -> CallOutcome:
    """Place a call, and return its outcome."""
    from pivotctl.kazoo.call_outcome import PlacedCall  # noqa: PLC0415  (slow to import)

    call = PlacedCall(client, account, button)
    call_ids = ", ".join(sorted(call.place(place)))
    click.echo(f"KAZOO has the request: call {call_ids}.", err=True)
    return call.outcome(seconds)


@contextmanager
def _a_phone_needed(user: str) -> Iterator[None]:
    """Explain the error of a quickcall for a user without a device, which KAZOO does not."""
    try:
        yield
    except UpstreamDown as error:
        if error.status != _FAULT:
            raise
        raise click.ClickException(
            f"KAZOO cannot ring user {user}: check that the user has a device, and that it is "
            f"enabled. {error}"
        ) from error


# -- click-to-calls and users ----------------------------------------------------------------------


def _button(
    client: KazooClient, account: str, extension: str | None, name: str | None
) -> Mapping[str, Any]:
    """Return the click-to-call that is meant. Raises `click.UsageError`."""
    known = list(client.click_to_calls(account))
    if extension:
        found = next((row for row in known if row.get("extension") == extension), None)
        return found or _new_button(client, account, extension)
    meant = [row for row in known if name in (None, row.get("id"), row.get("name"))]
    if len(meant) == 1:
        return meant[0]
    names = ", ".join(sorted(str(row.get("name")) for row in known)) or "none"
    which = "Several click-to-calls are meant" if meant else "There is no such click-to-call"
    raise click.UsageError(
        f"{which}: name its --extension, or use --name. The account has {names}."
    )


def _new_button(client: KazooClient, account: str, extension: str) -> Mapping[str, Any]:
    """Create a click-to-call for an extension, which needs a callflow."""
    from pivotctl.connect.documents import MARK, WantedDocument  # noqa: PLC0415  (slow to import)
    from pivotctl.connect.kazoo_file import ClickToCall  # noqa: PLC0415
    from pivotkit.services.crossbar_api import object_of, path_of  # noqa: PLC0415

    _require_callflow(client, account, extension)
    fields = ClickToCall(f"Extension {extension}", extension).fields
    mark = WantedDocument("clicktocall", extension, fields).marked("pivotctl")
    data = {**fields, MARK: mark}
    made = object_of(client.put(path_of(account, "clicktocall"), {"data": data}))
    click.echo(f"Created the click-to-call {fields['name']}.", err=True)
    return made


def _require_callflow(client: KazooClient, account: str, extension: str) -> None:
    """Raise `click.UsageError` unless a callflow has the extension, or a pattern that may match."""
    from pivotkit.services.crossbar_api import path_of  # noqa: PLC0415  (slow to import)

    rows = list(client.rows(path_of(account, "callflows")))
    numbers = sorted(str(each) for row in rows for each in _listed(row, "numbers"))
    if extension not in numbers and not any(_listed(row, "patterns") for row in rows):
        raise click.UsageError(
            f"No callflow has the extension {extension}: create one with `pivotctl kazoo apply`. "
            f"The account has {', '.join(numbers) or 'none'}."
        )


def _listed(row: Mapping[str, Any], name: str) -> list[Any]:
    found = row.get(name)
    return found if isinstance(found, list) else []


def _user(client: KazooClient, account: str, name: str | None) -> str:
    """Return the ID of a user, by default of the one who has signed in."""
    if name is None:
        own = client.who()
        if not own.owner_id or own.account_id != account:
            raise click.UsageError("Name the user whose phones ring: --user NAME.")
        return own.owner_id
    if _ID.fullmatch(name):
        return name
    from pivotkit.services.crossbar_api import path_of  # noqa: PLC0415  (slow to import)

    rows = list(client.rows(path_of(account, "users")))
    for row in rows:
        if name.casefold() in (str(row.get(key, "")).casefold() for key in ("username", "email")):
            return str(row["id"])
    known = ", ".join(sorted(str(row.get("username") or row.get("email")) for row in rows))
    raise click.UsageError(f"There is no user {name!r}. The account has {known or 'none'}.")


# -- outcomes --------------------------------------------------------------------------------------


def _report(outcome: CallOutcome, number: str, seconds: int, *, as_json: bool) -> None:
    """Print the outcome, and exit with its status."""
    if as_json:
        legs = [asdict(leg) for leg in outcome.legs]
        click.echo(
            json.dumps({"answered": outcome.is_answered, "cause": outcome.cause, "legs": legs})
        )
    elif outcome.legs:
        for leg in outcome.legs:
            click.echo(_sentence(leg))
    elif outcome.cause:
        click.echo(f"{number} {_CAUSES.get(outcome.cause, _failed(outcome.cause))}.")
    else:
        click.echo(
            f"KAZOO has reported nothing within {seconds} seconds: `pivotctl kazoo channels` shows "
            "whether the call is live. Its CDRs come when it ends."
        )
    raise SystemExit(0 if outcome.is_answered else 1)


def _sentence(leg: Leg) -> str:
    cause = f" ({leg.cause})" if leg.cause else ""
    if leg.is_connected:
        return f"{leg.number} was connected for {leg.answered} s{cause}."
    if not leg.is_outbound and not leg.number.startswith("+"):
        return f"{leg.number} was not reached{cause}."
    return f"{leg.number} {_CAUSES.get(leg.cause, _failed(leg.cause))}{cause}."


def _failed(cause: str) -> str:
    return "was not reached" + ("" if cause.isupper() else f": {cause}")


COMMANDS = (click_, call_)
