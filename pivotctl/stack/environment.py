"""The environment of a function's process, and the folders of its code."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pivotctl.sam_template import REGION

if TYPE_CHECKING:
    from pathlib import Path

    from pivotctl.project import Function, Project

SHARED = "Parameters"
"""The entry of the overrides that is for all functions."""

type Overrides = Mapping[str, Mapping[str, str]]

# Published in the sample events; a function accepts them with AWS_SAM_LOCAL=true only.
DEVELOPMENT_KEYS: Mapping[str, str] = {
    "pivot": "pivot-development",
    "webhooks": "webhooks-development",
    "cdr": "cdr-development",
    "sockets": "sockets-development",
    "commands": "commands-development",
}
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


class EnvVarsError(Exception):
    """The file given with --env-vars is not usable."""


def read_overrides(path: Path) -> dict[str, dict[str, str]]:
    """Read a file in the format of `sam local invoke --env-vars`. Raises `EnvVarsError`."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EnvVarsError(f"Cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise EnvVarsError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(data, dict) or not all(isinstance(item, dict) for item in data.values()):
        raise EnvVarsError(
            f'{path} must map function names to variables: {{"SayHello": {{"NAME": "value"}}}}'
        )
    return {
        name: {key: _text(value) for key, value in variables.items()}
        for name, variables in data.items()
    }


def checked_overrides(project: Project, path: Path | None) -> dict[str, dict[str, str]]:
    """Read the overrides in `path`, if given, for functions of `project`. Raises `EnvVarsError`."""
    overrides = read_overrides(path) if path else {}
    functions = project.functions.values()
    known = {SHARED, *project.functions, *(function.logical_id for function in functions)}
    for name in overrides.keys() - known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else "Use a logical ID, such as SayHello."
        raise EnvVarsError(f"{path}: template.yaml has no function {name!r}. {hint}")
    return overrides


def _text(value: object) -> str:
    return json.dumps(value) if isinstance(value, bool | dict | list) else str(value)


def overridden(
    function: Function, variables: Mapping[str, str], overrides: Overrides
) -> dict[str, str]:
    """Return `variables` with the overrides for all functions, then those for this one."""
    own = {**overrides.get(function.logical_id, {}), **overrides.get(function.name, {})}
    shared = overrides.get(SHARED, {})
    return {**variables, **shared, **own}


_OWN = re.compile(r"https://<API>/<KEY>/(pivot|webhooks|cdr)/")


def with_own_urls(
    variables: Mapping[str, str], url: str, keys: Mapping[str, str] = DEVELOPMENT_KEYS
) -> dict[str, str]:
    """Return `variables` with this stack's URLs in place of placeholders.

    A setting names a receiver of the stack as `https://<API>/<KEY>/webhooks/channel_events`. *keys*
    are the keys by kind at the address *url*.
    """

    def own(found: re.Match[str]) -> str:
        return f"{url}/{keys[found[1]]}/{found[1]}/"

    return {name: _OWN.sub(own, value) for name, value in variables.items()}


@dataclass(frozen=True)
class Code:
    """Folders of a function's code: its own, the layers', then the runtime's."""

    task: Path
    layers: tuple[Path, ...]
    runtime: Path

    @property
    def python_path(self) -> str:
        """The search path, in Lambda's order."""
        return ":".join(str(path) for path in (self.task, *self.layers, self.runtime))


def code_of(project: Project, function: Function, build: Path) -> Code:
    """Return the code of `function` in the output of `sam build`."""
    return Code(
        task=build / function.logical_id,
        layers=tuple(build / layer / "python" for layer in function.layers),
        runtime=project.tools.runtime,
    )


@dataclass(frozen=True)
class LambdaEnvironment:
    """The complete environment of a function's process, and the options of its Python."""

    function: Function
    code: Code
    variables: Mapping[str, str]
    aws_url: str | None = None
    patience: float = 1.0
    python_options: tuple[str, ...] = ()

    def build(self) -> dict[str, str]:
        """Return all variables, as `sam local` would set them.

        Lambda's file system is read-only, so Python must not write byte-code here either.
        """
        name = self.function.logical_id
        endpoint = {"AWS_ENDPOINT_URL": self.aws_url} if self.aws_url else {}
        patience = {"PIVOTCTL_PATIENCE": f"{self.patience:g}"} if self.patience != 1 else {}
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": self.code.python_path,
            "LAMBDA_TASK_ROOT": str(self.code.task),
            "LAMBDA_RUNTIME_DIR": "/var/runtime",
            "_HANDLER": self.function.handler,
            "AWS_SAM_LOCAL": "true",
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_HANDLER": self.function.handler,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.function.memory),
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(self.function.timeout),
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "$LATEST",
            "AWS_LAMBDA_LOG_FORMAT": self.function.log_format,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            **CREDENTIALS,
            **endpoint,
            **patience,
            **self.variables,
        }
