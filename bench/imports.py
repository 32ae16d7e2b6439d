"""List the imports of a first invocation, with reasons: `python -m bench.imports [--rounds 9]`.

Runs say_hello and account_balance in AWS's runtime with `-X importtime`. A module's time is its
own, without the modules that it imports, and the shortest of all rounds. `--write` puts the table
of those over a millisecond into the decision note; one without a reason in `REASONS` is an error.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import click

from bench.__main__ import STATEFUL, STATELESS, Case, environment, events, prepare, timed
from pivotctl.project import Project
from pivotctl.stack import Stack, session
from pivotctl.stack.processes import Processes
from pivotctl.stack.runtime import LogFile, RieSandbox

NOTE = "docs/decisions/2026-11-29-imports-have-reasons.md"
MILLISECOND = 1000
_LINE = re.compile(r"import time: +(\d+) \| +\d+ \| *(\S+)$", re.MULTILINE)
_TABLE = re.compile(r"(?<=<!-- imports -->\n).*?(?=\n<!-- end of imports -->)", re.DOTALL)

_RUNTIME = "Lambda's runtime loads it before any function"
_HTTP = "`http.client` parses a response's headers with it"
_OWN = "the layer's own code"
REASONS: Mapping[str, str] = {
    "_io": _RUNTIME,
    "_frozen_importlib_external": _RUNTIME,
    "_collections_abc": _RUNTIME,
    "encodings": _RUNTIME,
    "os": _RUNTIME,
    "runtime_client": _RUNTIME,
    "awslambdaric": _RUNTIME,
    "simplejson": _RUNTIME,
    "snapshot_restore_py": _RUNTIME,
    "logging": _RUNTIME,
    "traceback": _RUNTIME,
    "collections": _RUNTIME,
    "weakref": _RUNTIME,
    "string": _RUNTIME,
    "threading": _RUNTIME,
    "textwrap": _RUNTIME,
    "contextlib": _RUNTIME,
    "_decimal": _RUNTIME,
    "decimal": _RUNTIME,
    "re": _RUNTIME,
    "enum": _RUNTIME,
    "functools": _RUNTIME,
    "json": _RUNTIME,
    "datetime": "times of calls",
    "typing": "the named tuples of the layer",
    "random": "pauses between attempts at DynamoDB",
    "_hashlib": "OpenSSL, which `hmac` loads: keys and tokens are verified with it",
    "hashlib": "`hmac`: keys and tokens",
    "hmac": "keys and tokens",
    "signal": "the deadline that cuts a template before KAZOO gives up",
    "unicodedata": "a caller's name with letters beyond ASCII, at the first one",
    "pivotkit": _OWN,
    "app": "the template",
    "customers": "the template",
    "secrets": "random names of a conversation's runs",
    "socket": "the connection to DynamoDB",
    "select": "the connection to DynamoDB",
    "selectors": "the connection to DynamoDB",
    "http": "the connection to DynamoDB",
    "ssl": "the connection to DynamoDB, by TLS",
    "_ssl": "the connection to DynamoDB, by TLS",
    "email": _HTTP,
    "urllib": f"`email`: {_HTTP}",
    "ipaddress": "`urllib.parse`, for `email`",
    "calendar": "`email`, for dates",
    "quopri": "`email`",
    "stringprep": "`encodings.idna`: `socket` and `ssl` encode a host's name with it",
    "encodings.idna": "`socket` and `ssl` encode a host's name with it",
}
"""Reasons by module; one of a package counts for the modules in it that have none of their own."""


@dataclass(frozen=True)
class Import:
    """A module, and the milliseconds that it took by itself."""

    module: str
    milliseconds: float

    @property
    def reason(self) -> str:
        """The reason for it; '' for a module without one."""
        return next((REASONS[name] for name in _packages(self.module) if name in REASONS), "")


def _packages(module: str) -> Iterator[str]:
    """The name of *module*, then those of the packages around it."""
    while module:
        yield module
        module = module.rpartition(".")[0]


def read(log: str) -> dict[str, int]:
    """The microseconds of each module in what `-X importtime` has written."""
    return {name: int(taken) for taken, name in _LINE.findall(log)}


def slow(logs: list[str]) -> list[Import]:
    """The modules that took more than a millisecond in every round, the slowest first."""
    rounds = [read(log) for log in logs]
    least = {name: min(each.get(name, 0) for each in rounds) for name in rounds[0]}
    found = [Import(name, taken / 1000) for name, taken in least.items() if taken > MILLISECOND]
    return sorted(found, key=lambda each: -each.milliseconds)


def logged(stack: Stack, code: Path, name: str) -> str:
    """The log of a first invocation of the function *name*."""
    project, processes = stack.project, Processes()
    path = code / f"{name}.log"
    path.unlink(missing_ok=True)
    own = environment(stack, Case(name, compiled=True), code)
    timing = replace(own, python_options=("-X", "importtime"))
    try:
        sandbox = RieSandbox(project.tools, timing, processes, LogFile(path))
        timed(sandbox, next(events(project, name)))
    finally:
        processes.close()
    return path.read_text(encoding="utf-8", errors="replace")


def measured(project: Project, rounds: int) -> dict[str, list[Import]]:
    """The slow imports of a stateless and a stateful template."""
    with (
        tempfile.TemporaryDirectory() as folder,
        session(project, functions=[STATELESS, STATEFUL], fresh=True) as stack,
    ):
        prepare(project, Path(folder))
        return {
            name: slow([logged(stack, Path(folder), name) for _ in range(rounds)])
            for name in (STATELESS, STATEFUL)
        }


def table(found: Mapping[str, list[Import]]) -> str:
    """The table, with a row for each module over a millisecond in either template."""
    times = {name: {each.module: each for each in imports} for name, imports in found.items()}
    modules = list(dict.fromkeys(each.module for imports in found.values() for each in imports))
    rows = []
    for module in modules:
        own = [times[name].get(module) for name in (STATELESS, STATEFUL)]
        cells = " | ".join(f"{each.milliseconds:.1f}" if each else "" for each in own)
        reason = next(each.reason for each in own if each)
        rows.append(f"| `{module}` | {cells} | {reason} |")
    head = f"| module | {STATELESS}, ms | {STATEFUL}, ms | reason |\n|---|---|---|---|"
    return "\n".join([head, *rows])


@click.command()
@click.option("--rounds", default=9, show_default=True, help="First invocations of each template.")
@click.option("--write", is_flag=True, help=f"Renew the table in {NOTE}.")
def main(*, rounds: int, write: bool) -> None:
    """Print the table of slow imports. Fails if one has no reason."""
    project = Project.find()
    found = measured(project, rounds)
    made = table(found)
    click.echo(made)
    if write:
        page = project.root / NOTE
        text = page.read_text(encoding="utf-8")
        page.write_text(_TABLE.sub(lambda _: made, text), encoding="utf-8")
    unexplained = {each.module for own in found.values() for each in own if not each.reason}
    if unexplained:
        raise click.ClickException(f"No reason for {', '.join(sorted(unexplained))}.")


if __name__ == "__main__":
    main()
