"""The connection of `pivotctl kazoo` to a Crossbar: its URL, the sign-in there, and errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click

from pivotctl.kazoo.client import KazooClient, Session
from pivotctl.kazoo.credentials import SignIns
from pivotctl.kazoo.transport import Transport, UrlError, base_url
from pivotctl.keys import KeyFileError
from pivotctl.project import Project, ProjectError
from pivotkit.services.upstream import UpstreamDown

_NO_CROSSBAR = (
    "No Crossbar: name one with --url or in KAZOO_URL, or start `pivotctl serve`, which has one of "
    "its own.{known}"
)
_ACCOUNT = re.compile(r"[0-9a-f]{32}")

url_option = click.option(
    "--url",
    envvar="KAZOO_URL",
    metavar="URL",
    help="Crossbar, as in https://kazoo.example.com:8443/v2.  [KAZOO_URL, or the local stack's]",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object a line, as Crossbar has it."
)


def account_option(meaning: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the option `--account`, an ID of 32 hexadecimal digits."""
    return click.option(
        "--account", metavar="ID", callback=_account_id, help=f"{meaning}  [your own]"
    )


def account_ids(
    context: click.Context, option: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the IDs of a repeated `--account`. Raises `click.BadParameter`."""
    for value in values:
        _account_id(context, option, value)
    return values


def _account_id(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not _ACCOUNT.fullmatch(value):
        raise click.BadParameter(
            f"{value!r} is not an Account-ID: use 32 lower-case hex characters, as "
            "`pivotctl kazoo accounts` prints them"
        )
    return value


@contextmanager
def explained() -> Iterator[None]:
    """Raise `click.ClickException` in place of errors that have their own sentence."""
    try:
        yield
    except (UpstreamDown, KeyFileError, OSError) as error:
        raise click.ClickException(str(error)) from error
    except UrlError as error:
        raise click.UsageError(str(error)) from error


@contextmanager
def connected(url: str | None) -> Iterator[KazooClient]:
    """Yield a client with the sign-in that is kept for the Crossbar at *url*.

    The local Crossbar needs none: its API key is published. The connections are closed afterwards.
    Raises `click.ClickException`.
    """
    kept = SignIns()
    with explained(), Transport(crossbar_url(url)) as transport:
        signed_in = kept.get(transport.url)
        if signed_in is None and transport.url == local_url():
            from pivotctl.crossbar import API_KEY  # noqa: PLC0415  (slow to import)

            yield KazooClient(transport, Session(transport, key=API_KEY))
            return
        yield KazooClient(transport, Session(transport, signed_in, kept=kept))


def crossbar_url(url: str | None) -> str:
    """Return the URL of the Crossbar that is meant. Raises `click.ClickException`."""
    found = base_url(url) if url else local_url()
    if found is None:
        known = ", ".join(sorted(SignIns().all()))
        raise click.ClickException(
            _NO_CROSSBAR.format(known=f" You are signed in at {known}." if known else "")
        )
    return found


def local_url() -> str | None:
    """Return the URL of the running local stack's Crossbar, or None."""
    from pivotctl.stack import running  # noqa: PLC0415  (slow to import)

    try:
        info = running(Project.find())
    except ProjectError:
        return None
    return f"{info.upstreams_url}/crossbar/v2" if info and info.upstreams_url else None


def matching_account(row: Mapping[str, Any], text: str) -> bool:
    """Whether *text* is a part of an account's ID, name, or realm."""
    own = (str(row.get(name, "")).casefold() for name in ("id", "name", "realm"))
    return any(text.casefold() in each for each in own)


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table with aligned columns; the first row has their names."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
