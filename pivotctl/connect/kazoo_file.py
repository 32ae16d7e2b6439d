"""`kazoo.toml`: what a project wants of an account, as its numbers, webhooks, and carriers."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pivotctl.connect.carriers import FLOWROUTE, PORT, Carrier, flowroute
from pivotctl.connect.samples import SAMPLES
from pivotctl.connect.toml_reader import KazooFileError, TomlTable, near, wrong

__all__ = [
    "ALL",
    "FILE_NAME",
    "PROJECT_NAME",
    "ClickToCall",
    "KazooFile",
    "KazooFileError",
    "NumberRoute",
    "Recordings",
    "near",
    "read_file",
]

ALL = "all"
FILE_NAME, PROJECT_NAME = "kazoo.toml", "pivot-functions"
CONTACT, EXTENSION = "contact", "extension"
_ID = re.compile(r"[0-9a-f]{32}")
_EXAMPLE = '[[numbers]]\nnumber = "6001"\nfunction = "say_hello"'
_CARRIER = '[[carrier]]\nname = "carrier"\nserver = "sip.example.com"'
_BUTTON = '[[click-to-call]]\nname = "Appointments"\nextension = "6083"'
_BUCKET = '[recordings]\nbucket = "acme-recordings"\nregion = "us-east-1"'


@dataclass(frozen=True)
class NumberRoute:
    """A number or extension, and the function that answers it.

    *url* replaces the address of the stack, without its path. With *cdr_url*, the pivot action
    names the function `cdr_url` as well. Without *fallback*, KAZOO hangs up if the function fails.
    With *debug*, KAZOO keeps the requests and answers.
    """

    number: str
    function: str
    url: str = ""
    cdr_url: bool = False
    fallback: bool = True
    debug: bool = False


@dataclass(frozen=True)
class ClickToCall:
    """A click-to-call: its extension, and the party that is dialed first (contact, extension).

    A contact who is dialed first sees `outbound_callee_id_number`; the callflow gets the
    `caller_id_number`, which is by default the contact's (`cb_clicktocall:build_originate_req`).
    """

    name: str
    extension: str
    dial_first: str = CONTACT
    caller_id_number: str = ""
    auth_required: bool = True
    timeout: int = 30
    whitelist: tuple[str, ...] = ()
    outbound_callee_id_number: str = ""

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of its document."""
        given = {
            "caller_id_number": self.caller_id_number,
            "outbound_callee_id_number": self.outbound_callee_id_number,
            "whitelist": list(self.whitelist),
        }
        return {
            "name": self.name,
            "extension": self.extension,
            "dial_first": self.dial_first,
            "auth_required": self.auth_required,
            "timeout": self.timeout,
            **{name: value for name, value in given.items() if value},
        }


@dataclass(frozen=True)
class Recordings:
    """The place to which KAZOO itself writes recordings: a bucket in S3, or a server at *url*."""

    bucket: str = ""
    region: str = ""
    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    url: str = ""


@dataclass(frozen=True)
class KazooFile:
    """The wishes of a file. Its *name* marks the documents made, and so tells two projects apart.

    `receivers` are functions, or `("all",)`; `webhooks_url` replaces the stack's address for them.
    `ids` are IDs of the account in place of the templates' samples, by the samples' names.
    """

    path: str
    name: str = PROJECT_NAME
    routes: tuple[NumberRoute, ...] = ()
    receivers: tuple[str, ...] = ()
    include_subaccounts: bool = False
    webhooks_url: str = ""
    carriers: tuple[Carrier, ...] = ()
    buttons: tuple[ClickToCall, ...] = ()
    recordings: Recordings | None = None
    ids: Mapping[str, str] = field(default_factory=dict)

    def wrong(self, key: str, value: Any, fix: str) -> KazooFileError:
        """Return the error of a value."""
        return wrong(self.path, key, value, fix)


def read_file(path: Path, *, needs_secrets: bool = True) -> KazooFile:
    """Return what the file at *path* wants, without secrets if none is needed.

    Raises `KazooFileError`.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise KazooFileError(f"There is no {path}: write one, as in\n\n{_EXAMPLE}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise KazooFileError(f"{path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise KazooFileError(f"{path} is no TOML: {error}. Fix that line.") from error
    return _file(TomlTable(str(path), "", table, os.environ if needs_secrets else None))


def _file(table: TomlTable) -> KazooFile:
    table.knows("name", "numbers", "webhooks", "carrier", "click-to-call", "recordings", "ids")
    hooks = table.table("webhooks", _EXAMPLE)
    hooks.knows("receivers", "include_subaccounts", "url")
    return KazooFile(
        table.path,
        table.text("name", PROJECT_NAME),
        tuple(_once(table, "number", map(_route, table.tables("numbers", _EXAMPLE)))),
        _receivers(hooks),
        hooks.flag("include_subaccounts", default=False),
        hooks.url(),
        tuple(_once(table, "name", map(_carrier, table.tables("carrier", _CARRIER)))),
        tuple(_once(table, "name", map(_button, table.tables("click-to-call", _BUTTON)))),
        _recordings(table) if "recordings" in table.values else None,
        _ids(table.table("ids", f'[ids]\nuser = "{"0" * 32}"')),
    )


def _once[T](table: TomlTable, key: str, entries: Iterator[T]) -> Iterator[T]:
    """Yield entries, each of which has a number or name of its own. Raises `KazooFileError`."""
    taken: set[str] = set()
    kinds = {NumberRoute: "numbers", Carrier: "carrier", ClickToCall: "click-to-call"}
    for at, each in enumerate(entries, 1):
        value = getattr(each, key)
        if value in taken:
            raise wrong(table.path, f"{kinds[type(each)]} {at}", value, "remove it here or above")
        taken.add(value)
        yield each


def _route(row: TomlTable) -> NumberRoute:
    row.knows("number", "extension", "function", "url", "cdr_url", "fallback", "debug")
    if ("number" in row.values) == ("extension" in row.values):
        raise wrong(row.path, f"{row.where}number", None, "name either a number or an extension")
    return NumberRoute(
        row.number("number" if "number" in row.values else "extension"),
        row.text("function"),
        row.url(),
        row.flag("cdr_url", default=False),
        row.flag("fallback", default=True),
        row.flag("debug", default=False),
    )


def _receivers(hooks: TomlTable) -> tuple[str, ...]:
    value = hooks.values.get("receivers", [])
    if value == ALL:
        return (ALL,)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise hooks.error("receivers", 'use "all", or a list of functions as ["channel_events"]')
    return tuple(dict.fromkeys(value))


def _carrier(row: TomlTable) -> Carrier:
    """The carrier of a table: Flowroute by `provider`, or any other by `server`."""
    if provider := row.text("provider", ""):
        row.knows("name", "provider", "server", "username", "password_from", "tech_prefix")
        if provider != "flowroute":
            raise row.error("provider", 'use "flowroute", or name the server of another carrier')
        _require_one(row, "username", "tech_prefix")
        return flowroute(
            row.text("name", provider),
            row.text("server", FLOWROUTE),
            username=row.text("username", ""),
            password=_password(row),
            tech_prefix=row.text("tech_prefix", ""),
        )
    row.knows(
        "name", "provider", "server", "username", "password_from", "prefix", "port",
        "digits_only", "rules",
    )  # fmt: skip
    return Carrier(
        row.text("name"),
        row.text("server"),
        row.text("username", ""),
        _password(row),
        row.text("prefix", ""),
        row.value("port", int, PORT),
        row.flag("digits_only", default=False),
        row.texts("rules"),
    )


def _require_one(row: TomlTable, *keys: str) -> None:
    if sum(key in row.values for key in keys) != 1:
        raise wrong(row.path, f"{row.where}{keys[0]}", None, f"name either {' or '.join(keys)}")


def _password(row: TomlTable) -> str:
    """The password of a user name, '' without one."""
    if "username" in row.values:
        return row.secret("password_from")
    if "password_from" in row.values:
        raise row.error("password_from", "add the username, or remove this key")
    return ""


def _button(row: TomlTable) -> ClickToCall:
    row.knows(
        "name", "extension", "dial_first", "caller_id_number", "outbound_callee_id_number",
        "auth_required", "timeout", "whitelist",
    )  # fmt: skip
    first = row.text("dial_first", CONTACT)
    if first not in (CONTACT, EXTENSION):
        raise row.error("dial_first", near(first, (CONTACT, EXTENSION)))
    return ClickToCall(
        row.text("name"),
        row.number("extension"),
        first,
        _optional_number(row, "caller_id_number"),
        row.flag("auth_required", default=True),
        row.value("timeout", int, 30),
        row.texts("whitelist"),
        _optional_number(row, "outbound_callee_id_number"),
    )


def _optional_number(row: TomlTable, key: str) -> str:
    return row.number(key) if key in row.values else ""


def _recordings(table: TomlTable) -> Recordings:
    row = table.table("recordings", _BUCKET)
    row.knows("bucket", "region", "key_from", "secret_from", "url")
    _require_one(row, "bucket", "url")
    if "url" in row.values:
        row.knows("url")
        if not row.text("url").startswith(("https://", "http://")):
            raise row.error("url", "use the URL of a server that takes PUT, as https://HOST/PATH")
        return Recordings(url=row.text("url"))
    return Recordings(
        row.text("bucket"),
        row.text("region"),
        row.secret("key_from"),
        row.secret("secret_from"),
    )


def _ids(row: TomlTable) -> Mapping[str, str]:
    row.knows(*SAMPLES)
    for name in row.values:
        if not _ID.fullmatch(row.text(name)):
            raise row.error(name, "use an ID of your account, 32 lower-case hex characters")
    return dict(row.values)
