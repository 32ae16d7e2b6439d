"""OpenID Connect: who somebody is, as an issuer says it, by the code flow or by a bearer token.

Authlib makes the requests of the protocol and checks an ID token's claims, joserfc verifies
signatures, and `Upstream` limits every exchange with the issuer in time and size. They are imported
once they are needed: a page of somebody with a session needs none of them.

An account's ID, or `*` for all of them, and roles come from two claims of the token. A token
without one of the two opens nothing.
"""

import os
import re
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

from viewer import Viewer, roles_of

from pivotkit.core.setting_types import AccountId

ALGORITHMS = tuple(f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512))
"""Signatures that are accepted: those with a key pair. Never `none`, and never a shared secret."""

LEEWAY = 60
"""Seconds by which the clocks of issuer and console may differ."""

MOST_CHARACTERS = 8192
MOST_ACCOUNTS = 50
"""Accounts that fit into a session's cookie. Somebody with more has `*`."""

METADATA_SECONDS = 60 * 60
KEYS_SECONDS = 10 * 60
"""Life of the issuer's documents here: a key that it withdraws is accepted for ten minutes."""

RENEWAL_SECONDS = 30
"""Least seconds between two requests for keys because a token names an unknown one."""

EXCHANGE_SECONDS = 1.0
EVERY_ACCOUNT = "*"
_MOST_NAME = 100
_DISCOVERY = "/.well-known/openid-configuration"


class TokenRefusedError(Exception):
    """A token, or its owner, is refused. The message says why, without anything of the token."""


class IssuerDownError(Exception):
    """The issuer cannot be reached, or its documents are not what they have to be."""


class Config(NamedTuple):
    """The issuer, and what it knows the console as. `audience` is that of bearer tokens."""

    issuer: str
    client_id: str
    client_secret: str = ""
    audience: str = ""
    accounts_claim: str = "pivot_accounts"
    roles_claim: str = "pivot_roles"

    @classmethod
    def from_environment(cls) -> Self | None:
        """The deployment's issuer; None without an issuer and a client ID."""
        given = {name: os.environ.get(f"OIDC_{name.upper()}", "") for name in cls._fields}
        if not given["issuer"] or not given["client_id"]:
            return None
        return cls(**{name: text for name, text in given.items() if text})


class Started(NamedTuple):
    """A sign-in that the issuer was asked for: what its answer has to fit."""

    state: str
    nonce: str
    verifier: str
    following: str


class _Document:
    """A document of the issuer, kept for *seconds*."""

    def __init__(self, seconds: float, fetch: Callable[[], Any]) -> None:
        self._seconds = seconds
        self._fetch = fetch
        self._value: Any = None
        self._at = 0.0

    def get(self, seconds: float | None = None) -> Any:
        """Return the document, fetched again if it is older than *seconds*."""
        limit = self._seconds if seconds is None else seconds
        if self._value is None or monotonic() - self._at >= limit:
            self._value = self._fetch()
            self._at = monotonic()
        return self._value


class Issuer:
    """The configured issuer. Every method may raise `IssuerDownError`."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._metadata = _Document(METADATA_SECONDS, self._discovered)
        self._keys = _Document(KEYS_SECONDS, self._fetched_keys)

    def authorization(self, started: Started, redirect_uri: str) -> str:
        """Return the URL at the issuer to which somebody is sent to sign in."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # noqa: PLC0415
        from authlib.oauth2.rfc7636 import create_s256_code_challenge  # noqa: PLC0415

        url: str = prepare_grant_uri(
            self._endpoint("authorization_endpoint"),
            self.config.client_id,
            "code",
            redirect_uri=redirect_uri,
            scope="openid profile email",
            state=started.state,
            nonce=started.nonce,
            code_challenge=create_s256_code_challenge(started.verifier),
            code_challenge_method="S256",
        )
        return url

    def redeem(self, code: str, started: Started, redirect_uri: str) -> Viewer:
        """Return the viewer whom the issuer gave *code* for. Raises `TokenRefusedError`."""
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self.config.client_id,
            "code_verifier": started.verifier,
        }
        if self.config.client_secret:
            sent["client_secret"] = self.config.client_secret
        given = self._asked(self._endpoint("token_endpoint"), sent)
        token = given.get("id_token")
        if not isinstance(token, str):
            raise TokenRefusedError("the issuer sent no ID token")
        claims = self._id_claims(token, started.nonce, given.get("access_token"))
        return viewer_of(claims, self.config)

    def bearer(self, token: str) -> Viewer:
        """Return the viewer with a bearer *token*. Raises `TokenRefusedError`."""
        if not self.config.audience:
            raise TokenRefusedError("no audience is configured for bearer tokens")
        claims, _ = self._verified(token)
        if "nonce" in claims:
            raise TokenRefusedError("an ID token is no bearer token")
        _require_claims(claims, self.config.issuer, self.config.audience)
        return viewer_of(claims, self.config)

    def end_session(self, signed_out: str) -> str:
        """Return the URL that ends the session at the issuer; '' if it has none."""
        from authlib.common.urls import add_params_to_uri  # noqa: PLC0415

        if "end_session_endpoint" not in self._metadata.get():
            return ""
        parameters = {"client_id": self.config.client_id, "post_logout_redirect_uri": signed_out}
        url: str = add_params_to_uri(self._endpoint("end_session_endpoint"), parameters)
        return url

    def _id_claims(self, token: str, nonce: str, access_token: Any) -> dict[str, Any]:
        from authlib.oidc.core import CodeIDToken  # noqa: PLC0415
        from joserfc.errors import JoseError  # noqa: PLC0415

        claims, header = self._verified(token)
        client = self.config.client_id
        _require_claims(claims, self.config.issuer, client)
        params = {"nonce": nonce, "client_id": client, "access_token": access_token}
        try:
            CodeIDToken(claims, header, {}, params).validate(leeway=LEEWAY)
        except JoseError as error:
            raise TokenRefusedError(_reason(error)) from error
        return claims

    def _verified(self, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Claims and header of a token that the issuer has signed."""
        from joserfc.errors import InvalidKeyIdError  # noqa: PLC0415

        if len(token) > MOST_CHARACTERS:
            raise TokenRefusedError("the token is too long")
        try:
            return _decoded(token, self._keys.get())
        except InvalidKeyIdError:
            keys = self._keys.get(RENEWAL_SECONDS)
        try:
            return _decoded(token, keys)
        except InvalidKeyIdError as error:
            raise TokenRefusedError("the issuer has no such key") from error

    def _discovered(self) -> Mapping[str, Any]:
        found = self._asked(self.config.issuer.rstrip("/") + _DISCOVERY)
        if found.get("issuer") != self.config.issuer:
            raise IssuerDownError("its discovery document names another issuer")
        return found

    def _fetched_keys(self) -> Any:
        from joserfc.errors import JoseError  # noqa: PLC0415
        from joserfc.jwk import KeySet  # noqa: PLC0415

        found: Any = self._asked(self._endpoint("jwks_uri"))
        try:
            return KeySet.import_key_set(found)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise IssuerDownError("its keys cannot be read") from error

    def _endpoint(self, name: str) -> str:
        """An endpoint in the discovery document."""
        from pivotkit.services.upstream import ServiceUrl  # noqa: PLC0415

        url = self._metadata.get().get(name)
        if not isinstance(url, str) or not ServiceUrl.accepts(url.partition("?")[0]):
            raise IssuerDownError(f"its discovery document has no usable {name}")
        return url

    def _asked(self, url: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The JSON object at *url*, to which *form* is posted if there is one."""
        from pivotkit.services.upstream import ServiceUrl, Upstream, UpstreamDown  # noqa: PLC0415

        place = urlsplit(url)
        query = dict(parse_qsl(place.query))
        if form and query:
            raise IssuerDownError("its token_endpoint has a query")
        try:
            base = ServiceUrl(f"{place.scheme}://{place.netloc}")
            asked = Upstream.at("oidc", base, seconds=EXCHANGE_SECONDS)
            answer = asked.post_form(place.path, form) if form else asked.get(place.path, **query)
        except UpstreamDown as error:
            if form and error.is_refusal:
                raise TokenRefusedError("the issuer refused the code") from error
            raise IssuerDownError(error.reason) from error
        except ValueError as error:
            raise IssuerDownError("an address of it cannot be used") from error
        if not isinstance(answer.value, dict):
            raise IssuerDownError("its answer is not an object")
        return answer.value


def _decoded(token: str, keys: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Raises `TokenRefusedError`, and joserfc's `InvalidKeyIdError` for a key that is unknown."""
    from joserfc import jwt  # noqa: PLC0415
    from joserfc.errors import InvalidKeyIdError, JoseError  # noqa: PLC0415
    from joserfc.jws import JWSRegistry  # noqa: PLC0415

    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    try:
        found = jwt.decode(token, keys, registry=registry)
    except InvalidKeyIdError:
        raise
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise TokenRefusedError(_reason(error)) from error
    if not isinstance(found.claims, dict):
        raise TokenRefusedError("the token has no claims")
    return dict(found.claims), dict(found.header)


def _require_claims(claims: dict[str, Any], issuer: str, audience: str) -> None:
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwt import JWTClaimsRegistry  # noqa: PLC0415

    registry = JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        sub={"essential": True},
        exp={"essential": True},
    )
    try:
        registry.validate(claims)
    except (JoseError, ValueError, TypeError) as error:
        raise TokenRefusedError(_reason(error)) from error


def viewer_of(claims: Mapping[str, Any], config: Config) -> Viewer:
    """Return the viewer that *claims* describe. Raises `TokenRefusedError`."""
    named = _texts(_claim(claims, config.accounts_claim))
    accounts = frozenset(filter(AccountId.accepts, named))
    roles = roles_of(_texts(_claim(claims, config.roles_claim)))
    if not roles:
        raise TokenRefusedError(f"the claim {config.roles_claim} has no role of the console")
    if EVERY_ACCOUNT in named:
        return Viewer(_name(claims), frozenset(), roles)
    if not accounts:
        raise TokenRefusedError(f"the claim {config.accounts_claim} has no account")
    if len(accounts) > MOST_ACCOUNTS:
        raise TokenRefusedError(f"the claim {config.accounts_claim} has too many accounts")
    return Viewer(_name(claims), accounts, roles)


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """A claim, or one in a claim: `realm_access.roles`."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _texts(value: Any) -> list[str]:
    """The texts of a claim: a list, or one text with spaces or commas between them."""
    if isinstance(value, str):
        return re.split(r"[\s,]+", value)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _name(claims: Mapping[str, Any]) -> str:
    """The name in the audit: what the issuer calls somebody, and the ID that never changes."""
    called = claims.get("email") or claims.get("preferred_username") or claims.get("name") or ""
    plain = "".join(filter(str.isprintable, str(called))).strip()[:_MOST_NAME]
    subject = "".join(filter(str.isprintable, str(claims["sub"])))[:_MOST_NAME]
    return f"{plain} ({subject})" if plain else subject


def _reason(error: Exception) -> str:
    """A short reason that names the rule, such as `expired_token`."""
    return str(getattr(error, "error", "")) or "the token cannot be read"
