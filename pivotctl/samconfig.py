"""samconfig.toml: which stack a configuration of `sam` deploys, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

FILE = "samconfig.toml"
DEFAULT = "default"


class ConfigError(Exception):
    """samconfig.toml cannot be read. The message has the fix."""


@dataclass(frozen=True)
class SamConfig:
    """The file of a project. What is written keeps comments and everything else."""

    path: Path

    @classmethod
    def of(cls, root: Path) -> SamConfig:
        """The file in a project's root."""
        return cls(root / FILE)

    def environment_of(self, stack: str) -> str:
        """The configuration environment of a stack: the one that names it, or else its own name."""
        known = {env: self.stack(env) for env in self._read()}
        return next((env for env, name in known.items() if name == stack), stack)

    def stack(self, environment: str = DEFAULT) -> str:
        """The name of the stack of an environment; empty if it has none."""
        return self.value(environment, "global", "stack_name") or self.value(
            environment, "deploy", "stack_name"
        )

    def region(self, environment: str) -> str:
        """The region of an environment; empty if it has none."""
        return self.value(environment, "global", "region") or self.value(
            environment, "deploy", "region"
        )

    def value(self, environment: str, command: str, key: str) -> str:
        """One value; empty if it is not there."""
        found: Any = self._read()
        for name in (environment, command, "parameters", key):
            found = found.get(name) if isinstance(found, Mapping) else None
        return "" if found is None else str(found)

    def write(self, environment: str, command: str, values: Mapping[str, object]) -> None:
        """Set values of a command in an environment."""
        document = self._read()
        table: Any = document
        for name in (environment, command, "parameters"):
            if name not in table:
                table[name] = tomlkit.table(is_super_table=name != "parameters")
            table = table[name]
        for key, value in values.items():
            table[key] = value
        if "version" not in document:
            document["version"] = 0.1
        self.path.write_text(tomlkit.dumps(document), encoding="utf-8")

    def _read(self) -> tomlkit.TOMLDocument:
        try:
            return tomlkit.parse(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return tomlkit.document()
        except (TOMLKitError, OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{self.path}: {error}: correct the file") from error


def region_of(root: Path, stack: str) -> str:
    """The region in which samconfig.toml deploys a stack; empty if it does not say."""
    config = SamConfig.of(root)
    environment = config.environment_of(stack)
    return config.region(environment) if config.stack(environment) == stack else ""
