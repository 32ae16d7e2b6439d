"""A run of `pivotctl kazoo rotate`, step by step, and what it prints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import click

from pivotctl.commands.kazoo_targets import Target, counted, noted
from pivotctl.connect.accepted_keys import (
    Ending,
    NextGeneration,
    NextSecret,
    Renewal,
    StackKeys,
    next_generation,
)
from pivotctl.connect.key_documents import KeyDocument, key_documents
from pivotctl.connect.rotated_stacks import DeployedKeyStack
from pivotctl.connect.rotation import KeyStack, Rotation
from pivotctl.kazoo.client import KazooClient
from pivotctl.keys import new_secret
from pivotkit.http.keys import ANY_ACCOUNT

_SHARED = "(--whole-stack renews it)"
_FOREIGN = "not made by apply, and kept (--unmarked changes it)"


@dataclass
class RotationRun:
    """The accounts of a run, their documents with keys, and those that stand in the way of an end.

    With *whole* all accounts get the same generation, and earlier keys end for the whole stack.
    """

    client: KazooClient
    stack: KeyStack
    targets: Sequence[Target]
    sleep: Callable[[float], None]
    whole: bool = False
    unmarked: bool = False
    documents: dict[Target, tuple[KeyDocument, ...]] = field(default_factory=dict, init=False)
    failed: dict[Target, str] = field(default_factory=dict, init=False)
    blocked: dict[Target, list[KeyDocument]] = field(default_factory=dict, init=False)

    def look(self) -> None:
        """Find the documents with keys of the stack, account by account."""
        for target in self.targets:
            with noted(self.failed, target):
                found = key_documents(self.client, target.id, self.stack.keys)
                if found or self.whole:
                    self.documents[target] = found

    # -- plans ---------------------------------------------------------------------------------

    def generations(self) -> NextGeneration:
        """Return the next generations of the accounts with keys, and of those that failed.

        If a rotation was begun in some of them, the run is theirs alone.
        """
        keys = self.stack.keys
        found = {
            target.id: {
                key.generation
                for document in self.documents.get(target, ())
                for key in document.keys(keys)
                if key.owner == target.id
            }
            for target in self.targets
        }
        known = (*self.documents, *self.failed)
        owners = [target.id for target in self.targets if self.whole or target in known]
        if self.whole:
            owners.append(ANY_ACCOUNT)
        begun = [each for each in owners if self._is_begun(keys, each, found.get(each, set()))]
        if begun and not self.whole:
            self._only(begun)
            owners = begun
        chosen = {
            owner: next_generation(keys, owner, self.stack.noted(owner), found.get(owner, set()))
            for owner in owners
        }
        if not self.whole:
            return NextGeneration(keys, chosen)
        latest = max(chosen.values())
        return NextGeneration(keys, dict.fromkeys(chosen, latest), latest)

    def _is_begun(self, keys: StackKeys, owner: str, found: Iterable[int]) -> bool:
        return max(self.stack.noted(owner), *found, 0) > keys.first(owner)

    def _only(self, accounts: Sequence[str]) -> None:
        """Leave out the accounts in which the rotation is done."""
        done = [target for target in self.targets if target.id not in accounts]
        for target in done:
            self.documents.pop(target, None)
        click.echo(f"A rotation was begun in {counted(len(accounts))}, and is taken up there.")

    def show(self, rotation: Rotation) -> None:
        """Print the documents with an old key, and those that stay as they are."""
        for target, documents in self.documents.items():
            old = rotation.old(documents)
            click.echo(f"{target}: {len(old)} of {len(documents)} documents have an old key")
            for document in old:
                is_changed = document.is_ours or self.unmarked
                line = f"  {'~' if is_changed else '!'} {document.name}"
                click.echo(line if is_changed else f"{line}: {_FOREIGN}")
            shared = sum(each.is_for_all and each not in old for each in documents)
            if shared and not self.whole:
                click.echo(f"  = {shared} for subaccounts keep the key for all accounts {_SHARED}")

    # -- the rotation --------------------------------------------------------------------------

    def rotation(self, keys: StackKeys, how: Renewal) -> Rotation:
        """Return the rotation by a renewal."""
        return Rotation(self.client, keys, how, sleep=self.sleep)

    def renew(self, rotation: Rotation) -> None:
        """Give the documents their new keys, and find what still has an old one."""
        for at, (target, documents) in enumerate(self.documents.items(), 1):
            with noted(self.failed, target):
                old = rotation.old(documents)
                rotation.renew([each for each in old if each.is_ours or self.unmarked])
                if left := rotation.remaining(target.id):
                    self.blocked[target] = left
                click.echo(f"[{at}/{len(self.documents)}] {target}: renewed", err=True)

    @property
    def clean(self) -> list[str]:
        """The accounts without an old key."""
        bad = (*self.failed, *self.blocked)
        return [target.id for target in self.documents if target not in bad]

    @property
    def is_clean(self) -> bool:
        """Whether no account has an old key, as far as can be known."""
        return not self.failed and not self.blocked

    @property
    def can_end(self) -> bool:
        """Whether some old keys are not used any more."""
        return self.is_clean if self.whole else bool(self.clean)

    def show_blocked(self) -> None:
        """Name the documents because of which old keys stay valid."""
        for target, documents in self.blocked.items():
            click.echo(f"{target}: the old keys stay valid, because these have one:", err=True)
            for document in documents:
                note = "" if document.is_ours else ", which apply has not made (--unmarked)"
                click.echo(f"  {document.name}{note}", err=True)

    def waited(self, rotation: Rotation, seconds: float) -> bool:
        """Wait for the calls of the clean accounts; return whether all have ended."""
        left = rotation.wait(self.clean, seconds)
        calls = sum(map(len, left.values()))
        if calls:
            click.echo(
                f"The old keys stay valid: {calls} calls are still live that began before. "
                "Repeat the command later, or end the keys at once with --wait 0.",
                err=True,
            )
        return not calls


class Steps(Protocol):
    """A kind of rotation: how it begins and ends."""

    question: str

    def planned(self) -> Rotation:
        """Return the rotation as it would be."""

    def begin(self) -> Rotation:
        """Have the stack accept the new keys."""

    def end(self) -> None:
        """Have the stack refuse the old keys that are not used any more, if the run `can_end`."""


@dataclass
class GenerationSteps:
    """Keys of a new generation, which the stack accepts at once, and the end of earlier ones."""

    run: RotationRun
    question: str = "The earlier keys end afterwards."

    def planned(self) -> Rotation:
        """Return the rotation as it would be. Raises `DeployedError` if no list has room for it."""
        self.run.look()
        self._how = self.run.generations()
        self.run.stack.require(self._ended(self.run.clean))
        return self.run.rotation(self.run.stack.keys, self._how)

    def begin(self) -> Rotation:
        """Have later commands make keys of the new generations."""
        for owner, generation in self._how.generations.items():
            self.run.stack.note(owner, generation)
        return self.run.rotation(self.run.stack.keys, self._how)

    def end(self) -> None:
        """End the earlier keys of clean accounts, or of the whole stack."""
        self.run.stack.set_options(self._ended(self.run.clean))
        if self.run.whole:
            self.run.stack.forget_random_keys()

    def _ended(self, accounts: Sequence[str]) -> dict[str, str]:
        """The options with which the earlier keys of *accounts* have ended."""
        keys, how = self.run.stack.keys, self._how
        if self.run.whole:
            return keys.without(Ending({}, how.shared))
        return keys.without(Ending({each: how.generations[each] - 1 for each in accounts}))


@dataclass
class SecretSteps:
    """A new signing secret beside the old one, until no key is signed with the old one."""

    run: RotationRun
    stack: DeployedKeyStack
    question: str = "The stack gets a new signing secret beside the old one, which ends afterwards."

    def planned(self) -> Rotation:
        """Return the rotation as it would be; one that was begun goes on with its secret."""
        self.run.look()
        known = self.stack.keys
        if len(known.secrets) == 1:
            new = self.stack.next_secret or new_secret()
            known = replace(known, secrets=(new, *known.secrets))
        self._keys = known
        return self.run.rotation(known, NextSecret(known))

    def begin(self) -> Rotation:
        """Deploy both secrets."""
        self.stack.set_secrets(self._keys.secrets)
        return self.run.rotation(self._keys, NextSecret(self._keys))

    def end(self) -> None:
        """End the old secret."""
        self.stack.set_secrets(self._keys.secrets[:1])
