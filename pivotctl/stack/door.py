"""The door for requests from outside this machine: a secret, and keys, of one run alone."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote

from pivotkit.http.keys import HEADER, HEADER_WORD, KeySigner, proof_of

KINDS = ("pivot", "webhooks", "cdr")
_KIND_OF = {"recordings": "webhooks"}
"""Paths that are no kind of function, and the kind of their keys."""

_TOKENS = ("t1.", "c1.")
"""Beginnings of the tokens that functions put into their own URLs, and check."""

_SHARED, _SECRETS = "Parameters", "SIGNING_SECRETS"


@dataclass(frozen=True)
class Door:
    """Admits requests to Pivot handlers, receivers, and sinks, with a key of this run.

    The functions sign with the run's *secret*, so that neither the published keys nor the keys and
    tokens of another run open it.
    """

    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """The run's keys by kind, for all accounts."""
        signer = KeySigner([self.secret])
        return {kind: signer.key(kind) for kind in KINDS}

    def within(self, overrides: Mapping[str, Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
        """Return the overrides of variables with which functions sign with the run's secret."""
        shared = {**overrides.get(_SHARED, {}), _SECRETS: self.secret}
        return {**overrides, _SHARED: shared}

    def admits(self, path: str, headers: Mapping[str, str]) -> bool:
        """Whether a request to the raw *path* may reach a function, which checks it again."""
        parts = unquote(path).split("/")
        if len(parts) < 4 or parts[0]:  # noqa: PLR2004  (/key/kind/name)
            return False
        _, presented, kind, *_ = parts
        kind = _KIND_OF.get(kind, kind)
        if kind not in KINDS:
            return False
        if presented.startswith(_TOKENS):
            return kind != "webhooks"
        if presented == HEADER_WORD:
            presented = headers.get(HEADER, "")
        proof = proof_of(presented)
        return bool(proof and proof.kind == kind and KeySigner([self.secret]).genuine(proof))
