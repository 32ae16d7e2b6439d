"""The plan of a deployment: a stack's name, region, functions, options, and secret."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pivotctl.infra import Application, rollout, switches
from pivotctl.infra.limits import MOST_RESOURCES, resource_count
from pivotctl.keys import CONSOLE, SIGNING, KeyFile, new_key, new_secret
from pivotctl.needs import Needs
from pivotctl.options import OPTIONS, SECRETS, Option, of_template, packed, unpacked
from pivotctl.project import Project
from pivotctl.sam_template import parse
from pivotctl.samconfig import SamConfig
from pivotkit.http.keys import digest_of

_STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,99}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_EMAIL = re.compile(r"([^@\s]+@[^@\s]+)?")
_SIGNING = "SigningSecrets"
_CONSOLE = "ConsoleKeyHashes"
_CONSOLE_SWITCH = "Console"
_KEPT_AS = {_SIGNING: SIGNING}
"""Names in the key file that differ from the option's."""

_SET = "set"
_OWN = "pivotctl"
"""The table of samconfig.toml with what `sam` has no name for."""


class PlanError(Exception):
    """A choice is not valid. The message has the value and the rule."""


@dataclass(frozen=True)
class Choice:
    """The operator's choices. No `functions` are all; an empty `email` or `canary` is none."""

    stack: str
    region: str
    functions: tuple[str, ...] = ()
    email: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    canary: str = ""

    def __post_init__(self) -> None:
        """Raise `PlanError` for a name, region, or address that AWS would reject."""
        for value, form, rule in (
            (
                self.stack,
                _STACK,
                "a stack's name has letters, digits, and -, and begins with a letter",
            ),
            (self.region, _REGION, "a region is like us-east-1"),
            (self.email, _EMAIL, "an e-mail address is like ops@example.com"),
        ):
            if not form.fullmatch(value):
                raise PlanError(f"{value!r}: {rule}")
        if self.canary and self.canary not in rollout.WAYS:
            raise PlanError(f"{self.canary!r}: a canary is one of {', '.join(rollout.WAYS)}")


@dataclass(frozen=True)
class Plan:
    """A choice in a project. `environment` is the stack's in samconfig.toml.

    `running` are the logical IDs that the stack has already.
    """

    project: Project
    choice: Choice
    environment: str
    running: frozenset[str] = frozenset()

    @classmethod
    def of(cls, project: Project, choice: Choice) -> Plan:
        """The plan of a choice. Raises `PlanError`, `UnknownFunctionError`, and `OptionError`."""
        for name in choice.functions:
            project.function(name)
        for name, value in choice.options.items():
            known = of_template(project.template.body)
            if name not in known:
                raise PlanError(f"{name}: there is no such option; {', '.join(sorted(known))}")
            known[name].require(value)
        config = SamConfig.of(project.root)
        return cls(project, choice, config.environment_of(choice.stack))

    @classmethod
    def saved(cls, project: Project, stack: str) -> Choice | None:
        """The choice that samconfig.toml has for a stack; None before its first deployment."""
        config = SamConfig.of(project.root)
        environment = config.environment_of(stack)
        region = config.region(environment)
        if config.stack(environment) != stack or not region:
            return None
        functions = config.value(environment, _OWN, "functions").split()
        email = _overrides(config, environment).get("AlarmEmail", "")
        options = saved_options(project, stack)
        canary = saved_canary(project, stack)
        return Choice(stack, region, tuple(functions), email, options, canary)

    @property
    def names(self) -> tuple[str, ...]:
        """The functions of the stack: the chosen ones, and those that they need."""
        if not self.choice.functions:
            return tuple(self.project.functions)
        chosen = (self.project.function(name).name for name in self.choice.functions)
        found = Needs.of(self.project).whole(chosen)
        return tuple(name for name in self.project.functions if name in found)

    @property
    def has_console(self) -> bool:
        """Whether the stack has the console: its function, and the option that is not off."""
        return CONSOLE in self.names and self.choice.options.get(_CONSOLE_SWITCH) != switches.OFF

    @property
    def template(self) -> Path:
        """The template: template.yaml, or one with the chosen functions beside it."""
        if not self._has_its_own:
            return self.project.root / "template.yaml"
        return self.project.root / f"template.{self.choice.stack}.yaml"

    @property
    def _has_its_own(self) -> bool:
        """Whether the stack's template is not that of the project."""
        return bool(self.choice.functions or self.choice.canary)

    def write_template(self) -> None:
        """Write the template of chosen functions, or of a canary. Raises `PlanError`.

        A canary takes three resources for each Pivot handler, so workers that the stack does not
        have are left out of its template.
        """
        if not self._has_its_own:
            _refuse_too_many(resource_count(self.project.template.body))
            return
        application, names = Application.read(self.project.root), set(self.names)
        if self.choice.canary:
            names -= switches.idle(application.functions, self._known_options, self.running)
        chosen = application.only(names).rolled_out(self.choice.canary)
        text = chosen.assembled().text
        _refuse_too_many(resource_count(parse(text)))
        self.template.write_text(text, encoding="utf-8")

    @property
    def _known_options(self) -> dict[str, str]:
        """The chosen options, and the hidden ones that were ever given from this machine."""
        file = KeyFile()
        held = {name: file.get(self.choice.stack, name) or "" for name in self.options}
        return {**held, **self.choice.options}

    @property
    def options(self) -> Mapping[str, Option]:
        """The options of the stack by name."""
        return of_template(self.project.template.body)

    @property
    def shown(self) -> dict[str, str]:
        """The parameters that are not secret."""
        text = packed(self.options, self.choice.options).get(OPTIONS, "")
        way = {rollout.ROLLOUT: self.choice.canary} if self.choice.canary else {}
        return {"AlarmEmail": self.choice.email, OPTIONS: text, **way}

    @property
    def release(self) -> dict[str, str]:
        """The parameter that publishes new versions; empty for a template without versions."""
        declared = parse(self.template.read_text(encoding="utf-8"))["Parameters"]
        return {rollout.RELEASE: rollout.new_release()} if rollout.RELEASE in declared else {}

    def with_options(self, **options: str) -> Plan:
        """The plan with these options, where the operator has chosen none."""
        chosen = replace(self.choice, options={**options, **self.choice.options})
        return replace(self, choice=chosen)

    def write_config(self) -> None:
        """Write samconfig.toml, without a secret, so that plain `sam deploy` does the same."""
        config, name = SamConfig.of(self.project.root), self.choice.stack
        config.write(self.environment, "global", {"stack_name": name, "region": self.choice.region})
        if not config.value(self.environment, "build", "cached"):
            config.write(self.environment, "build", {"cached": True, "parallel": True})
        own = {"functions": " ".join(self.choice.functions), "canary": self.choice.canary}
        if any(config.value(self.environment, _OWN, key) != own[key] for key in own):
            config.write(self.environment, _OWN, own)
        built = config.value(self.environment, "build", "template_file") or "template.yaml"
        if built != self.template.name:
            config.write(self.environment, "build", {"template_file": self.template.name})
        overrides = " ".join(f'{key}="{value}"' for key, value in self.shown.items())
        values = {
            "capabilities": "CAPABILITY_IAM",
            "resolve_s3": True,
            "s3_prefix": name,
            "fail_on_empty_changeset": False,
            "parameter_overrides": overrides,
        }
        config.write(self.environment, "deploy", values)

    @property
    def _hidden(self) -> dict[str, str]:
        """The chosen options that are secret."""
        chosen = self.choice.options.items()
        return {name: value for name, value in chosen if self.options[name].holder == SECRETS}

    def secrets(self, *, new: bool) -> dict[str, str]:
        """The hidden parameter of a stack; empty if CloudFormation keeps the one that it has.

        The key file keeps the secret of a new stack, the console's key, and each hidden option that
        was ever given.
        """
        file, stack = KeyFile(), self.choice.stack
        console = self._console(file, new=new)
        if not new and not console and not self._hidden:
            return {}
        for name, value in self._hidden.items():
            file.put(stack, _KEPT_AS.get(name, name), value)
        values = {_SIGNING: self._signing(file, new=new)}
        held = {name: file.get(stack, name) for name in self.options if name != _SIGNING}
        hidden = {name: value for name, value in held.items() if value}
        return packed(self.options, {**hidden, **console, **values})

    def note_console(self) -> None:
        """Keep the hash of the console's key in the key file: the stack has it now."""
        file = KeyFile()
        for name, value in self._console(file, new=False).items():
            file.put(self.choice.stack, name, value)

    def _console(self, file: KeyFile, *, new: bool) -> dict[str, str]:
        """The hash of the console's key if the stack does not have it yet; makes the first key.

        Keys that are limited to accounts stay.
        """
        stack = self.choice.stack
        if not self.has_console or not (new or file.get(stack, SIGNING)):
            return {}
        if _CONSOLE in self._hidden:
            return {}
        key, deployed = file.get(stack, CONSOLE), (file.get(stack, _CONSOLE) or "").split()
        if deployed and (key is None or digest_of(key) in deployed):
            return {}
        if key is None:
            key = new_key(CONSOLE)
            file.put(stack, CONSOLE, key)
        return {_CONSOLE: " ".join([digest_of(key), *(each for each in deployed if ":" in each)])}

    def _signing(self, file: KeyFile, *, new: bool) -> str:
        stack = self.choice.stack
        if secret := file.get(stack, SIGNING):
            return secret
        if not new:
            raise PlanError(
                f"{file.path} has no signing secret of {stack}, so hidden options cannot change "
                "from here: use the machine that deployed it, or pass --option SigningSecrets"
            )
        if os.environ.get("CI"):
            raise PlanError(
                f"There is no stack {stack} yet: make its first deployment from your machine, "
                "where your key file keeps the secret"
            )
        made = new_secret()
        file.put(stack, SIGNING, made)
        return made

    @property
    def _costing(self) -> dict[str, str]:
        """The options; of hidden ones only that they are set, which is all that costs depend on."""
        placeholders = dict.fromkeys(self._hidden.keys() - {_SIGNING}, _SET)
        shown = {k: v for k, v in self.choice.options.items() if k not in self._hidden}
        return {**shown, **placeholders}

    def idle_cost(self) -> str:
        """The cost of the stack in a month in which nothing happens; empty if unknown."""
        if not (self.project.root / "scripts/make_costs.py").is_file():
            return ""
        given = [f"{name}={value}" for name, value in self._costing.items()]
        result = subprocess.run(
            [self.project.root / ".venv/bin/python", "-m", "scripts.make_costs",
             "--template", self.template, *given],
            cwd=self.project.root, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if result.returncode:
            return ""
        cost = json.loads(result.stdout)
        return (
            f"{cost['outside']:.2f} dollars a month while idle, {cost['within']:.2f} within "
            f"AWS's free tier ({cost['alarms']} alarms)"
        )


def saved_options(project: Project, stack: str) -> dict[str, str]:
    """The options that samconfig.toml has for a stack."""
    config = SamConfig.of(project.root)
    return unpacked(_overrides(config, config.environment_of(stack)).get(OPTIONS, ""))


def saved_canary(project: Project, stack: str) -> str:
    """The way of rollout that samconfig.toml has for a stack; empty for none."""
    config = SamConfig.of(project.root)
    return config.value(config.environment_of(stack), _OWN, "canary")


def _refuse_too_many(count: int) -> None:
    if count > MOST_RESOURCES:
        raise PlanError(
            f"The stack would have {count} resources, and CloudFormation allows {MOST_RESOURCES}: "
            "deploy fewer functions (--functions), without a canary (--canary off), or with fewer "
            "that have snap_start or provisioned_concurrency"
        )


def _overrides(config: SamConfig, environment: str) -> dict[str, str]:
    text = config.value(environment, "deploy", "parameter_overrides")
    return dict(re.findall(r'(\w+)="?([^"\s]*)"?', text))
