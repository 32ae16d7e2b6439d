"""Stacks whose keys are rotated: a deployed one, and the local one while it is running."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pivotctl.connect.accepted_keys import GENERATION, REVOKED, StackKeys
from pivotctl.connect.current_keys import option_values
from pivotctl.deployed import DeployedError, DeployedStack, explained
from pivotctl.deployment import saved_options
from pivotctl.deployment.plan import Plan
from pivotctl.infra.rollout import at_once
from pivotctl.keys import KINDS, SIGNING, KeyFile
from pivotctl.options import OPTIONS, SECRETS, of_template, packed
from pivotctl.project import Project
from pivotctl.stack.info import StackInfo
from pivotctl.stack.live_variables import change, live_variables
from pivotkit.http.keys import DEVELOPMENT_SECRET

_MOST_BYTES = 2048
"""Limit on the list of ended keys: the variables of a function have 4 kB in all."""

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
_SIGNING_SECRETS = "SigningSecrets"
_NEXT = "next signing"
_UNCHANGED = "No updates are to be performed"


@dataclass
class DeployedKeyStack:
    """A deployed stack. Only parameters are changed: its template and code stay as they are."""

    stack: DeployedStack
    project: Project
    file: KeyFile = field(default_factory=KeyFile)
    name: str = field(init=False)
    _options: dict[str, str] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Take the name of the stack."""
        self.name = self.stack.name

    @property
    def keys(self) -> StackKeys:
        """Its keys. Raises `KeyFileError` and `DeployedError`."""
        if self._options is None:
            self._options = option_values(self.stack)
        return StackKeys(self.file.secrets(self.name), self._options)

    def noted(self, owner: str) -> int:
        """Return the generation of an owner's keys that the key file has."""
        return self.file.generation(self.name, owner)

    def note(self, owner: str, generation: int) -> None:
        """Have later commands make keys of an owner from this generation on."""
        self.file.note_generation(self.name, owner, generation)

    def require(self, changed: Mapping[str, str]) -> None:
        """Raise `OptionError` or `DeployedError` unless the stack can have these options."""
        self._text(changed)
        if len(changed.get(REVOKED, "")) > _MOST_BYTES:
            raise DeployedError(
                f"{self.name} cannot list so many ended keys: {REVOKED} has room for "
                f"{_MOST_BYTES} bytes. Rotate the whole stack, with --whole-stack"
            )

    def set_options(self, changed: Mapping[str, str]) -> None:
        """Change options in the stack and in samconfig.toml, and wait until it has taken them."""
        self.require(changed)
        self._save(changed)
        self._update({OPTIONS: self._text(changed)})
        self._options = _changed(self.keys.options, changed)

    def set_secrets(self, secrets: Sequence[str]) -> None:
        """Change the signing secrets in the stack, then in the key file.

        A new one is noted before, or a run that is cut in between would lose it; it makes keys once
        the stack has it. Other hidden options are those in the key file, as with `pivotctl deploy`.
        """
        self.file.put(self.name, _NEXT, secrets[0])
        known = self._known()
        names = [name for name in known if known[name].holder == SECRETS]
        held = {name: self.file.get(self.name, name) for name in names if name != _SIGNING_SECRETS}
        hidden = {name: value for name, value in held.items() if value}
        values = packed(known, {**hidden, _SIGNING_SECRETS: ",".join(secrets)})
        self._update({SECRETS: values[SECRETS]})
        self.file.put(self.name, SIGNING, ",".join(secrets))
        self.file.remove(self.name, _NEXT)

    @property
    def next_secret(self) -> str:
        """The signing secret of a run that was cut before the stack had it, or ''."""
        return self.file.get(self.name, _NEXT) or ""

    def forget_random_keys(self) -> None:
        """Forget the saved keys that a hash of the stack stood for."""
        for kind in KINDS:
            self.file.remove(self.name, kind)

    def _text(self, changed: Mapping[str, str]) -> str:
        """The parameter with all options."""
        return packed(self._known(), _changed(self.keys.options, changed)).get(OPTIONS, "")

    def _known(self) -> dict[str, Any]:
        return of_template(self.project.template.body)

    def _save(self, changed: Mapping[str, str]) -> None:
        """Keep the options in samconfig.toml, if it has the stack, for the next deployment."""
        choice = Plan.saved(self.project, self.name)
        if choice is None:
            return
        options = _changed(saved_options(self.project, self.name), changed)
        Plan.of(self.project, replace(choice, options=options)).write_config()

    def _update(self, values: Mapping[str, str]) -> None:
        """Update parameters, and wait. Raises `DeployedError`."""
        client = self.stack.client("cloudformation")
        declared = [each["ParameterKey"] for each in self.stack.described.get("Parameters", [])]
        given = {**values, **at_once(declared)}
        parameters = [_parameter(name, given) for name in declared]
        try:
            with explained(self.stack):
                client.update_stack(
                    StackName=self.name,
                    UsePreviousTemplate=True,
                    Capabilities=_CAPABILITIES,
                    Parameters=parameters,
                )
        except DeployedError as error:
            if _UNCHANGED in str(error):
                return
            raise
        with explained(self.stack):
            client.get_waiter("stack_update_complete").wait(StackName=self.name)


def _changed(options: Mapping[str, str], changed: Mapping[str, str]) -> dict[str, str]:
    """The options with the changed ones; an empty one is left out."""
    return {name: value for name, value in {**options, **changed}.items() if value}


def _parameter(name: str, values: Mapping[str, str]) -> dict[str, Any]:
    if name in values:
        return {"ParameterKey": name, "ParameterValue": values[name]}
    return {"ParameterKey": name, "UsePreviousValue": True}


_VARIABLES = {GENERATION: "KEY_GENERATION", REVOKED: "REVOKED_KEYS"}


@dataclass
class LocalKeyStack:
    """The running local stack. Its published keys never end."""

    info: StackInfo
    name: str = "the local stack"
    _options: dict[str, str] = field(default_factory=dict, init=False)
    _noted: dict[str, int] = field(default_factory=dict, init=False)

    @property
    def keys(self) -> StackKeys:
        """Its keys: those of its own secrets, or of the published one."""
        shared = self.info.overrides.get("Parameters", {})
        secrets = shared.get("SIGNING_SECRETS", DEVELOPMENT_SECRET).replace(",", " ").split()
        return StackKeys(secrets, {**self._started_with(shared), **self._options}, is_local=True)

    def _started_with(self, shared: Mapping[str, str]) -> dict[str, str]:
        live = {**shared, **live_variables(Path(self.info.build).parent)}
        return {name: live[key] for name, key in _VARIABLES.items() if key in live}

    def noted(self, owner: str) -> int:
        """Return the generation of an owner's keys in this run of the stack."""
        return self._noted.get(owner, 1)

    def note(self, owner: str, generation: int) -> None:
        """Keep it for this rotation: `apply` gives URLs of the local stack published keys."""
        self._noted[owner] = generation

    def require(self, changed: Mapping[str, str]) -> None:
        """Allow everything."""

    def set_options(self, changed: Mapping[str, str]) -> None:
        """Change options of the running stack; those for random keys have no effect there."""
        known = {_VARIABLES[name]: text for name, text in changed.items() if name in _VARIABLES}
        change(self.info, known)
        self._options |= changed

    def forget_random_keys(self) -> None:
        """Do nothing: the local stack knows no random keys but the published ones."""
