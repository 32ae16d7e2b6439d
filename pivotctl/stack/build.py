"""The output of `sam build`, kept up to date, and a copy of it for each run.

A run works on hard links to the build. A build made meanwhile therefore leaves the running code
alone, and a reload does not change what `sam deploy` would ship.
"""

from __future__ import annotations

import compileall
import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import TYPE_CHECKING

from pivotctl.infra import renew
from pivotctl.infra.parts import INFRA

if TYPE_CHECKING:
    from pivotctl.project import Function, Project

type ReportProgress = Callable[[str], None]

_IGNORED = frozenset({"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", "tests"})
_IGNORED_SUFFIXES = (".md", ".pyc", ".swp", "~")
_MAKE = frozenset({"MAKEFLAGS", "MFLAGS", "MAKELEVEL"})
_TAIL = 15
_LINK_TRIES = 5
_LINK_PAUSE_SECONDS = 1.0


class BuildError(Exception):
    """`sam build` failed or cannot run; the text has the end of its output."""


def build_folder(project: Project) -> Path:
    """Return the folder of `sam build`'s output."""
    return project.root / ".aws-sam/build"


def ensure(project: Project, progress: ReportProgress) -> Path:
    """Return the build folder, rebuilt first if the sources are newer."""
    with _locked(project):
        if is_stale(project):
            _refuse_old_template(project)
            progress("Building with `sam build` ...")
            _build(project)
    return build_folder(project)


def renew_template(root: Path, progress: ReportProgress) -> None:
    """Regenerate template.yaml if its sources have changed. Raises `TemplateError`."""
    if (root / INFRA).is_dir() and renew(root).changed:
        progress("Regenerated template.yaml: its sources have changed.")


def _refuse_old_template(project: Project) -> None:
    """Raise BuildError if `project` was read from a template.yaml that its sources have left."""
    if (project.root / INFRA).is_dir() and renew(project.root, write=False).changed:
        raise BuildError("template.yaml is out of date: run `pivotctl assemble`, then try again")


def build(project: Project) -> None:
    """Build unconditionally, after any build in progress."""
    with _locked(project):
        _build(project)


def _build(project: Project) -> None:
    sam_build(project)
    for app in build_folder(project).glob("*/app.py"):
        _compile(app.parent)


def _compile(function: Path) -> None:
    """Compile a function's own files to byte-code; the layers include theirs.

    Lambda's file system is read-only with dates of 1980, so the byte-code is never checked again.
    """
    compiled = compileall.compile_dir(
        function,
        quiet=1,
        force=True,
        stripdir=str(function),
        prependdir="/var/task",
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )
    if not compiled:
        raise BuildError(f"{function}: a file cannot be compiled")


@contextmanager
def _locked(project: Project) -> Iterator[None]:
    project.home.mkdir(parents=True, exist_ok=True)
    with (project.home / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_stale(project: Project) -> bool:
    """Whether a source file is newer than the build, or a function is missing from it."""
    stamp = build_folder(project) / "template.yaml"
    if not stamp.is_file():
        return True
    built = [function.logical_id for function in project.functions.values()] + list(project.layers)
    if not all((build_folder(project) / logical_id).is_dir() for logical_id in built):
        return True
    made = stamp.stat().st_mtime
    return any(path.stat().st_mtime > made for path in sources(project))


def sources(project: Project) -> Iterator[Path]:
    """Yield every file that a build depends on."""
    yield project.template.path
    yield from (project.root / INFRA).glob("*.yaml")
    folders = [function.path for function in project.functions.values()]
    for folder in (*folders, *project.layers.values()):
        for parent, names, files in os.walk(folder):
            names[:] = [name for name in names if name not in _IGNORED]
            yield from (Path(parent) / file for file in files if is_source(file))


def is_source(name: str) -> bool:
    """Whether a file of this name can be part of a build."""
    return not name.endswith(_IGNORED_SUFFIXES)


def sam_build(project: Project) -> None:
    """Run `sam build --cached`. Raises `BuildError` with the end of its output."""
    sam = project.tools.sam
    if not sam.exists():
        raise BuildError(f"{sam} (the AWS SAM CLI) is missing: run `make setup`")
    bin_folder = project.root / ".venv/bin"
    environment = {
        # The layers are built by make, which must not join a make that has started us.
        **{key: value for key, value in os.environ.items() if key not in _MAKE},
        "PATH": f"{bin_folder}:{os.environ.get('PATH', '/usr/bin:/bin')}",
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    result = subprocess.run(
        [str(sam), "build", "--cached", "--parallel"],
        cwd=project.root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        lines = (result.stdout + result.stderr).strip().splitlines()[-_TAIL:]
        raise BuildError("`sam build` failed:\n" + "\n".join(lines))
    # `--cached` does not touch the file if it has not changed.
    os.utime(build_folder(project) / "template.yaml")


def link(project: Project, target: Path) -> Path:
    """Copy the build to `target`, which must not exist, with hard links where possible."""
    for _ in range(_LINK_TRIES):
        with _locked(project):
            try:
                return shutil.copytree(
                    build_folder(project), target, copy_function=_copy_function(project, target)
                )
            except (OSError, shutil.Error):
                # Another `sam build` removes and rewrites the folder meanwhile.
                shutil.rmtree(target, ignore_errors=True)
        time.sleep(_LINK_PAUSE_SECONDS)
    raise BuildError(f"{build_folder(project)} is being built: try again when the build is done")


def link_function(project: Project, function: Function, target: Path) -> None:
    """Copy the build of one function into a copy of the build."""
    with _locked(project):
        shutil.copytree(
            build_folder(project) / function.logical_id,
            target / function.logical_id,
            copy_function=shutil.copy2,
            dirs_exist_ok=True,
        )


def _copy_function(project: Project, target: Path) -> Callable[[str, str], object]:
    """Return `os.link`, or a copy function where hard links are not possible."""
    probe = target.with_suffix(".link")
    try:
        os.link(build_folder(project) / "template.yaml", probe)
    except OSError:
        return shutil.copy2
    probe.unlink()
    return os.link
