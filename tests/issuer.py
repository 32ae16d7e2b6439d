"""An issuer of OpenID Connect on the loopback interface: discovery, keys, and the code flow.

It signs with real keys, without the libraries that the console verifies with, and can be told to
misbehave: `changes` are made to the claims, `header` to the header of the next tokens.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from socket import socket
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.events import ACCOUNT
from tests.loopback import answer, request_of, server

CLIENT, SECRET, AUDIENCE = "pivot-console", "s3cret", "https://console.example.com/api"
PATH = "/realms/acme"
_SHA = hashes.SHA256()

type Claims = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Key:
    """A key of the issuer: its ID, algorithm, and the private key."""

    id: str
    algorithm: str
    private: Any

    @classmethod
    def rsa(cls, name: str = "rsa-1", algorithm: str = "RS256") -> Key:
        """A new RSA key."""
        return cls(name, algorithm, rsa.generate_private_key(65537, 2048))

    @classmethod
    def ec(cls, name: str = "ec-1") -> Key:
        """A new key on the curve P-256."""
        return cls(name, "ES256", ec.generate_private_key(ec.SECP256R1()))

    @property
    def public(self) -> dict[str, str]:
        """The key as a JWK."""
        numbers = self.private.public_key().public_numbers()
        own = {"kid": self.id, "alg": self.algorithm, "use": "sig"}
        if self.algorithm == "ES256":
            point = {"x": _number(numbers.x, 32), "y": _number(numbers.y, 32)}
            return {**own, "kty": "EC", "crv": "P-256", **point}
        return {**own, "kty": "RSA", "n": _number(numbers.n, 256), "e": _number(numbers.e, 3)}

    def sign(self, content: bytes) -> bytes:
        """The signature over *content*."""
        if self.algorithm == "ES256":
            r, s = decode_dss_signature(self.private.sign(content, ec.ECDSA(_SHA)))
            return r.to_bytes(32) + s.to_bytes(32)
        pss = padding.PSS(padding.MGF1(_SHA), padding.PSS.DIGEST_LENGTH)
        kind = pss if self.algorithm == "PS256" else padding.PKCS1v15()
        signed: bytes = self.private.sign(content, kind, _SHA)
        return signed


RSA, EC, PSS = Key.rsa(), Key.ec(), Key.rsa("pss-1", "PS256")
"""Keys that every issuer of the tests has; a key takes some tenths of a second to make."""


@dataclass
class FakeIssuer:
    """The issuer at `url`. `grants` are the accounts and roles of those who sign in."""

    url: str = ""
    keys: list[Key] = field(default_factory=lambda: [RSA, EC, PSS])
    signs_with: Key = RSA
    claims: Claims = field(default_factory=lambda: {"email": "jo@example.com"})
    metadata: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    token: Callable[[Claims], str] | None = None

    def grant(self, accounts: Any = (ACCOUNT,), roles: Any = ("see", "change")) -> None:
        """Give the next person who signs in these claims."""
        self.claims |= {"pivot_accounts": accounts, "pivot_roles": roles}

    def signed(self, claims: Claims, key: Key | None = None, **header: Any) -> str:
        """A JWT with *claims*; the header is as for *key* unless it is changed."""
        used = key or self.signs_with
        head = {"alg": used.algorithm, "kid": used.id, "typ": "JWT"} | self.header | header
        content = f"{part(head)}.{part(claims)}"
        return f"{content}.{_text(used.sign(content.encode()))}"

    def base_claims(self, audience: str, **changes: Any) -> Claims:
        """The claims of a token for *audience*; a change to None removes one."""
        now = int(time.time())
        made = {"iss": self.url, "sub": "u-17", "aud": audience, "iat": now, "exp": now + 300}
        changed = made | self.claims | changes
        return {name: value for name, value in changed.items() if value is not None}

    def bearer(self, **changes: Any) -> str:
        """A bearer token for the console's API."""
        return self.signed(self.base_claims(AUDIENCE, **changes))

    def authorize(self, url: str) -> str:
        """Sign somebody in at *url*, which the console sent them to; return where they go next."""
        asked = dict(parse_qsl(urlsplit(url).query))
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}"

    def respond(self, method: str, target: str, body: str) -> tuple[str, dict[str, Any]]:
        """Status and JSON of the answer to a request."""
        path = urlsplit(target).path
        self.asked.append(f"{method} {path.removeprefix(PATH)}")
        if path == f"{PATH}/.well-known/openid-configuration":
            return "200 OK", self._discovery()
        if path == f"{PATH}/jwks":
            return "200 OK", {"keys": [key.public for key in self.keys]}
        if path == f"{PATH}/token" and method == "POST":
            return self._redeemed(body)
        return "404 Not Found", {}

    def _discovery(self) -> dict[str, Any]:
        endpoints = {"authorization": "authorize", "token": "token", "end_session": "logout"}
        named = {f"{name}_endpoint": f"{self.url}/{path}" for name, path in endpoints.items()}
        return {"issuer": self.url, "jwks_uri": f"{self.url}/jwks", **named, **self.metadata}

    def _redeemed(self, body: str) -> tuple[str, dict[str, Any]]:
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        asked = self.codes.pop(sent.get("code", ""), None)
        refused = ("400 Bad Request", {"error": "invalid_grant"})
        if asked is None or sent.get("client_secret") != SECRET or sent["client_id"] != CLIENT:
            return refused
        challenge = _text(sha256(sent.get("code_verifier", "").encode()).digest())
        fits = asked["code_challenge"] == challenge and asked["code_challenge_method"] == "S256"
        if not fits or asked["redirect_uri"] != sent.get("redirect_uri"):
            return refused
        claims = self.base_claims(CLIENT, **{"nonce": asked["nonce"], **self.claims})
        token = self.token(claims) if self.token else self.signed(claims)
        return "200 OK", {"token_type": "Bearer", "access_token": "a", "id_token": token}


def unsigned(claims: Claims, algorithm: str = "none") -> str:
    """A JWT without a signature."""
    return f"{part({'alg': algorithm})}.{part(claims)}."


def by_shared_secret(claims: Claims, secret: bytes, kid: str) -> str:
    """A JWT whose signature is a MAC (HS256), as anybody who knows the public key can make it."""
    content = f"{part({'alg': 'HS256', 'kid': kid})}.{part(claims)}"
    mac = hmac.HMAC(secret, _SHA)
    mac.update(content.encode())
    return f"{content}.{_text(mac.finalize())}"


@contextmanager
def issuing() -> Iterator[FakeIssuer]:
    """A running issuer."""
    made = FakeIssuer()

    def talk(connection: socket) -> None:
        while received := request_of(connection):
            head, _, body = received.decode().partition("\r\n\r\n")
            method, target, _ = head.split(" ", 2)
            status, content = made.respond(method, target, body)
            connection.sendall(answer(json.dumps(content), status))

    with server(talk) as base:
        made.url = base.rstrip("/") + PATH
        made.grant()
        yield made


def part(value: object) -> str:
    """A part of a JWT."""
    return _text(json.dumps(value).encode())


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _number(value: int, size: int) -> str:
    return _text(value.to_bytes(size))
