"""Sessions: what a browser keeps in a signed cookie, and for how long it counts.

A session that began with a console key is signed with a key derived from its hash, so that it ends
with the key. One that began at the issuer has the viewer's accounts and roles in it, and is
shorter, so that what the issuer takes away ends soon. Neither can be made without the console's
configuration.
"""

from hashlib import sha256
from typing import Any, NamedTuple

from itsdangerous import BadSignature, URLSafeTimedSerializer
from oidc import Config, Started
from viewer import Viewer, roles_of

from pivotkit.http.keys import AccessKey

KEY_SECONDS = 12 * 60 * 60
ISSUER_SECONDS = 60 * 60
STARTED_SECONDS = 10 * 60
"""Time for a sign-in at the issuer."""


class KeySessions(NamedTuple):
    """The sessions of one console key, and the roles that the key has."""

    key: AccessKey
    roles: frozenset[str]

    def begin(self, name: str) -> str:
        """Return the token of a new session."""
        return str(self._serializer.dumps(name))

    def viewer(self, token: str) -> Viewer | None:
        """Return the viewer of a session that was begun with this key and has not expired."""
        name = _read(self._serializer, token, KEY_SECONDS)
        return Viewer(str(name), self.key.accounts, self.roles) if name is not None else None

    @property
    def _serializer(self) -> URLSafeTimedSerializer:
        return _serializer(self.key.digest, "console session")


class IssuerSessions:
    """The sessions that begin at the issuer. They end with a change of the configuration."""

    def __init__(self, config: Config, secret: str) -> None:
        signed_with = "\n".join((config.issuer, config.client_id, config.client_secret or secret))
        digest = sha256(signed_with.encode()).hexdigest()
        self._sessions = _serializer(digest, "console issuer session")
        self._started = _serializer(digest, "console issuer sign-in")

    def begin(self, viewer: Viewer) -> str:
        """Return the token of a new session."""
        return str(
            self._sessions.dumps([viewer.name, sorted(viewer.accounts), sorted(viewer.roles)])
        )

    def viewer(self, token: str) -> Viewer | None:
        """Return the viewer of a session that has not expired."""
        found = _read(self._sessions, token, ISSUER_SECONDS)
        if found is None:
            return None
        name, accounts, roles = found
        return Viewer(name, frozenset(accounts), roles_of(roles))

    def start(self, started: Started) -> str:
        """Return the token of a sign-in, to be kept until the issuer answers."""
        return str(self._started.dumps(started))

    def started(self, token: str) -> Started | None:
        """Return the sign-in that a browser has begun."""
        found = _read(self._started, token, STARTED_SECONDS)
        return Started(*found) if found else None


def _read(serializer: URLSafeTimedSerializer, token: str, seconds: int) -> Any:
    try:
        return serializer.loads(token, max_age=seconds)
    except BadSignature:
        return None


def _serializer(secret: str, salt: str) -> URLSafeTimedSerializer:
    derived = {"key_derivation": "hmac", "digest_method": sha256}
    return URLSafeTimedSerializer(secret, salt=salt, signer_kwargs=derived)
