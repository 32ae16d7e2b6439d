"""Secrets of other services: kept in SSM as SecureStrings, and never in an environment or a log.

A function reads the parameters `/<stack>/<function>/<setting>`, and may read no others. One that is
set for an account, `/<stack>/<function>/<account>/<setting>`, takes precedence.
"""

import functools
import json
import os
import time
from typing import Any, ClassVar

KEPT_SECONDS = 300
"""Seconds for which an environment uses a secret before it reads it again."""

ANSWER_SECONDS = 0.8

_kept: dict[tuple[str, ...], tuple[float, str]] = {}
"""The secrets that were read, unset ones included, and when, in Unix seconds.

A monotonic clock does not count the time that a snapshot is kept.
"""


class SecretUnavailable(Exception):
    """Raised when a secret cannot be read, and was not read before. Names the parameter."""


class Secret:
    """A secret of another service. Reading takes one request in five minutes."""

    __slots__ = ("_account_id", "_path")
    label: ClassVar[str] = "secret"
    rule: ClassVar[str] = "is set by `pivotctl secret`, and nowhere else"

    def __init__(self, path: str = "", account_id: str = "") -> None:
        """Without a *path*, a secret is never set: the default in a class of settings."""
        self._path = path
        self._account_id = account_id

    @classmethod
    def named(cls, setting: str) -> "Secret":
        """The secret in *setting*; it is unset without the variable that the stack gives."""
        folder = os.environ.get("SECRETS_PATH", "")
        return cls(f"{folder}/{setting}" if folder else "")

    @property
    def name(self) -> str:
        """The name of the setting."""
        return self._path.rpartition("/")[2]

    def of(self, account_id: str) -> "Secret":
        """The same secret for an account, if it has one of its own."""
        return Secret(self._path, account_id)

    def read(self) -> str:
        """Return the secret, or '' if it is not set. Raises `SecretUnavailable`."""
        names = self._names
        if not names:
            return ""
        read_at, text = _kept.get(names, (0.0, ""))
        if not read_at or _is_local() or time.time() - read_at >= KEPT_SECONDS:
            try:
                text = _first(names)
            except _errors() as error:
                if not read_at:
                    raise SecretUnavailable(self._path) from error
            _kept[names] = time.time(), text
        return text

    @property
    def _names(self) -> tuple[str, ...]:
        """The names of the parameters, the account's first."""
        folder, _, setting = self._path.rpartition("/")
        if not setting:
            return ()
        return (f"{folder}/{self._account_id}/{setting}",) * bool(self._account_id) + (self._path,)

    def __eq__(self, other: object) -> bool:
        """Tell whether both are the same parameter."""
        return isinstance(other, Secret) and self._names == other._names

    def __hash__(self) -> int:
        """Return a hash of the parameter's name."""
        return hash(self._names)

    def __repr__(self) -> str:
        """Return the name, never the value."""
        return f"Secret({self._path!r})"


def load() -> None:
    """Import what reads secrets on AWS: at INIT, so that no caller waits for it."""
    if os.environ.get("SECRETS_PATH") and not _is_local():
        _parameters()


def _is_local() -> bool:
    return os.environ.get("AWS_SAM_LOCAL") == "true"


def _first(names: tuple[str, ...]) -> str:
    """The first of the parameters that is set."""
    if _is_local():
        found = {names[-1]: _sample(names[-1]), **_in_file()}
    else:
        found = _parameters().get_parameters_by_name(
            {name: {} for name in names}, decrypt=True, max_age=1, raise_on_error=False
        )
    return next((found[name] for name in names if found.get(name)), "")


def _sample(name: str) -> str:
    """The secret of a local run that is set nowhere: a sample, such as the URL of a fake."""
    return os.environ.get(name.rpartition("/")[2].upper(), "")


def _in_file() -> dict[str, str]:
    """The secrets of a local run, in a file that only its owner can read."""
    try:
        with open(os.environ.get("PIVOTCTL_SECRETS", ""), encoding="utf-8") as file:  # noqa: PTH123
            found: dict[str, str] = json.load(file)
    except FileNotFoundError:
        return {}
    return found


@functools.cache
def _parameters() -> Any:
    """Powertools' provider, with time-outs short enough for a caller."""
    from aws_lambda_powertools.utilities.parameters import SSMProvider  # noqa: PLC0415  (the SDK)
    from botocore.config import Config  # noqa: PLC0415

    limits = Config(
        connect_timeout=ANSWER_SECONDS,
        read_timeout=ANSWER_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 2},
    )
    return SSMProvider(config=limits)


def _errors() -> tuple[type[Exception], ...]:
    """The errors of a parameter that cannot be read."""
    if _is_local():
        return (OSError, ValueError)
    from aws_lambda_powertools.utilities.parameters.exceptions import (  # noqa: PLC0415
        GetParameterError,
    )
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    return (GetParameterError, BotoCoreError, ClientError)
