"""Runs of the SAM CLI: build, deploy, and delete, with their progress."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import yaml

from pivotctl.deployment.plan import Plan
from pivotctl.project import Project

type Progress = Callable[[str], None]

_MADE = re.compile(r"^(CREATE|UPDATE|DELETE)_COMPLETE\b")
_FAILED = re.compile(r"\b(?:\w+_FAILED|Error:)")
_MAKE = frozenset({"MAKEFLAGS", "MFLAGS", "MAKELEVEL"})
_TAIL = 20


class SamError(Exception):
    """`sam` failed. The message has the end of what it printed."""


def deploy(plan: Plan, secrets: Mapping[str, str], progress: Progress) -> None:
    """Build and deploy. Raises `SamError`.

    Parameters go to `sam` in a file that only this user can read, so that no process list, shell
    history, or samconfig.toml has a secret.
    """
    env = ["--config-env", plan.environment]
    progress("Building with `sam build` ...")
    _run(plan.project, ["build", "--template-file", str(plan.template), *env], lambda _: None)
    with _file_of({**plan.shown, **plan.release, **secrets}) as parameters:
        progress("Deploying with `sam deploy` ...")
        given = ["--parameter-overrides", f"file://{parameters}", "--no-confirm-changeset"]
        _run(plan.project, ["deploy", *env, *given], _Counting(progress))


def delete(project: Project, stack: str, region: str, progress: Progress) -> None:
    """Delete a stack. Raises `SamError`."""
    progress("Deleting with `sam delete` ...")
    arguments = ["delete", "--stack-name", stack, "--region", region, "--no-prompts"]
    _run(project, arguments, lambda _: None)


class _Counting:
    """Reports how many resources CloudFormation has made."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._made = 0

    def __call__(self, line: str) -> None:
        if _MADE.match(line):
            self._made += 1
            if self._made % 50 == 0:
                self._progress(f"  {self._made} resources ready ...")


def _run(project: Project, arguments: list[str], each: Progress) -> None:
    sam = project.tools.sam
    if not sam.exists():
        raise SamError(f"{sam} (the AWS SAM CLI) is missing: run `make setup`")
    path = f"{project.root / '.venv/bin'}:{os.environ.get('PATH', '/usr/bin:/bin')}"
    own = {key: value for key, value in os.environ.items() if key not in _MAKE}
    with subprocess.Popen(
        [sam, *arguments],
        cwd=project.root,
        env={**own, "PATH": path, "SAM_CLI_TELEMETRY": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        lines = list(_read(process, each))
    if process.returncode:
        raise SamError(f"`sam {arguments[0]}` failed:\n" + "\n".join(_telling(lines)))


def _read(process: subprocess.Popen[str], each: Progress) -> Iterator[str]:
    for line in process.stdout or ():
        each(line)
        yield line.rstrip()


def _telling(lines: list[str]) -> list[str]:
    """The lines that say what failed, or else the last ones."""
    failed = [line for line in lines if _FAILED.search(line)]
    return (failed or [line for line in lines if line.strip()])[-_TAIL:]


@contextmanager
def _file_of(values: Mapping[str, str]) -> Iterator[Path]:
    """A file with parameters, mode 0600, that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="pivotctl-") as folder:
        path = Path(folder, "parameters.yaml")
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            yaml.safe_dump(dict(values), file)
        yield path
