"""Sign-in at an issuer of OpenID Connect, and bearer tokens of it."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives import serialization

from functions.console.oidc import Config, TokenRefusedError, viewer_of
from functions.console.sessions import ISSUER_SECONDS, STARTED_SECONDS
from functions.console.viewer import ROLES
from pivotkit.store.attempts import AccountAttempts
from tests.console import HASH, Answer, Visitor, handler_once
from tests.events import ACCOUNT
from tests.issuer import (
    AUDIENCE,
    CLIENT,
    EC,
    PSS,
    RSA,
    SECRET,
    Claims,
    FakeIssuer,
    Key,
    by_shared_secret,
    issuing,
    part,
    unsigned,
)
from tests.loopback import resets, says, server

OTHER = "f" * 32
PAGE = "/settings"
SHOWN = "say_hello"
"""A word of the first page."""


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeIssuer]:
    """An issuer that the console is configured for. Attempts have no limit."""
    with issuing() as made:
        for name, value in {
            "AWS_SAM_LOCAL": "true",
            "KEY_HASHES": HASH,
            "OIDC_ISSUER": made.url,
            "OIDC_CLIENT_ID": CLIENT,
            "OIDC_CLIENT_SECRET": SECRET,
            "OIDC_AUDIENCE": AUDIENCE,
            "ENDPOINTS": "pivot/say_hello",
            "CALL_STATE_TABLE": "state",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("SETTINGS_TABLE", raising=False)
        monkeypatch.setattr(AccountAttempts, "allow", lambda *_: True)
        monkeypatch.setattr(AccountAttempts, "take_back", lambda *_: None)
        yield made


def returned(visitor: Visitor, issuer: FakeIssuer, following: str = "/") -> Answer:
    """The answer to somebody whom the issuer sends back."""
    sent = visitor.get(f"/sign-in/issuer?following={following}")
    assert sent.status == 303, sent.text
    back = issuer.authorize(sent.headers["location"])
    return visitor.get(back.removeprefix(visitor.origin))


def signed_in(issuer: FakeIssuer) -> Visitor:
    """Somebody whom the issuer has signed in."""
    visitor = Visitor(handler=handler_once())
    assert returned(visitor, issuer).status == 200
    return visitor


# -- the code flow ---------------------------------------------------------------------------------


def test_somebody_signs_in_at_the_issuer(issuer: FakeIssuer) -> None:
    """The code flow leads back to the page that was asked for, as whom the issuer names."""
    visitor = Visitor(handler=handler_once())
    assert 'href="/sign-in/issuer?following=/settings"' in visitor.get(PAGE).text
    answer = returned(visitor, issuer, PAGE)
    assert "As jo@example.com (u-17)." in answer.shown
    assert f'content="0; url={PAGE}"' in answer.text
    assert visitor.get(PAGE).status == 200
    assert visitor.get("/").status == 200


def test_the_request_has_state_nonce_and_challenge(issuer: FakeIssuer) -> None:
    """Each request to the issuer has its own, with a challenge by SHA-256, and no secret."""
    asked = []
    for _ in range(2):
        location = Visitor().get("/sign-in/issuer").headers["location"]
        asked.append(dict(re.findall(r"([a-z_]+)=([^&]*)", location.partition("?")[2])))
    first, second = asked
    assert all(first[name] != second[name] for name in ("state", "nonce", "code_challenge"))
    assert (first["code_challenge_method"], first["response_type"]) == ("S256", "code")
    assert SECRET not in str(asked)
    assert issuer.asked == ["GET /.well-known/openid-configuration"] * 2


def test_the_cookies_are_for_this_browser_alone(issuer: FakeIssuer) -> None:
    """The session is strict and lasts an hour; the sign-in's cookie comes back from the issuer."""
    visitor = Visitor(handler=handler_once())
    (started,) = visitor.get("/sign-in/issuer").cookies
    assert {"HttpOnly", "Max-Age=600", "Path=/", "SameSite=lax"} <= set(started.split("; "))
    answer = returned(visitor, issuer)
    session = next(each for each in answer.cookies if each.startswith("session="))
    assert {"HttpOnly", "Max-Age=3600", "Path=/", "SameSite=strict"} <= set(session.split("; "))
    assert any(each.startswith('started=""; ') for each in answer.cookies)


def test_a_session_ends_after_an_hour(issuer: FakeIssuer) -> None:
    """Rights that the issuer has taken away are gone by then."""
    visitor = signed_in(issuer)
    assert visitor.get("/").status == 200
    with time_machine.travel(time.time() + ISSUER_SECONDS + 1):
        assert visitor.get("/").status == 401


def test_another_configuration_ends_sessions(
    issuer: FakeIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session counts only for the issuer, the client, and the secret that it began with."""
    cookie = signed_in(issuer).cookie
    assert Visitor(cookie).get("/").status == 200
    monkeypatch.setenv("OIDC_CLIENT_SECRET", "another")
    assert Visitor(cookie).get("/").status == 401


def test_one_accounts_operator_sees_that_account_alone(
    issuer: FakeIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accounts and roles are those of the token."""
    monkeypatch.setenv("SETTINGS_TABLE", "settings")
    monkeypatch.setenv("ENDPOINTS", "pivot/ring")
    issuer.grant([OTHER], ["see"])
    visitor = signed_in(issuer)
    assert visitor.get(f"/settings/ring?account={ACCOUNT}").status == 403
    assert visitor.post("/settings/ring", account=OTHER, version="0").status == 403


def test_sign_out_leads_to_the_issuers(issuer: FakeIssuer) -> None:
    """The session ends here, and the page has a link that ends the issuer's own."""
    visitor = signed_in(issuer)
    answer = visitor.post("/sign-out")
    assert (answer.status, answer.headers["location"]) == (303, "/signed-out")
    assert visitor.get("/").status == 401
    page = unescape(visitor.get("/signed-out").text)
    assert f"{issuer.url}/logout?client_id={CLIENT}&post_logout_redirect_uri=" in page
    issuer.metadata["end_session_endpoint"] = "javascript:alert(1)"
    assert "javascript" not in Visitor().get("/signed-out").text


BACK: dict[str, Callable[[str], str]] = {
    "another state": lambda back: re.sub("state=[^&]*", "state=x", back),
    "no state": lambda back: re.sub("&state=[^&]*", "", back),
    "no code": lambda back: re.sub("code=[^&]*&", "", back),
    "another code": lambda back: re.sub("code=[^&]*", "code=x", back),
    "an error": lambda back: re.sub("code=[^&]*", "error=access_denied<b>", back),
}


@pytest.mark.parametrize("change", BACK)
def test_an_answer_that_does_not_fit_begins_no_session(issuer: FakeIssuer, change: str) -> None:
    """State and code have to be those of the request."""
    visitor = Visitor(handler=handler_once())
    back = issuer.authorize(visitor.get("/sign-in/issuer").headers["location"])
    answer = visitor.get(BACK[change](back).removeprefix(visitor.origin))
    assert answer.status in {400, 401}
    assert "<b>" not in answer.text
    assert visitor.get("/").status == 401


def test_an_answer_of_another_browser_begins_no_session(issuer: FakeIssuer) -> None:
    """A link from the issuer works only where the sign-in was begun, and only in its time."""
    handler = handler_once()
    visitor = Visitor(handler=handler)
    back = issuer.authorize(visitor.get("/sign-in/issuer").headers["location"])
    path = back.removeprefix(visitor.origin)
    assert Visitor(handler=handler).get(path).status == 400
    victim = Visitor(handler=handler)
    victim.get("/sign-in/issuer")
    assert victim.get(path).status == 400
    with time_machine.travel(time.time() + STARTED_SECONDS + 1):
        assert visitor.get(path).status == 400


def test_a_code_counts_once(issuer: FakeIssuer) -> None:
    """Going back to the issuer's answer begins no second session."""
    visitor = Visitor(handler=handler_once())
    started = visitor.get("/sign-in/issuer")
    back = issuer.authorize(started.headers["location"]).removeprefix(visitor.origin)
    cookie = visitor.cookie
    assert visitor.get(back).status == 200
    assert Visitor(cookie, handler=handler_once()).get(back).status == 401


# -- wrong tokens ----------------------------------------------------------------------------------

FOREIGN = Key.rsa("rsa-1")
"""Another key, with the ID of the issuer's."""


def _cut(token: str) -> str:
    return token[:-8] + ("A" * 8 if not token.endswith("A" * 8) else "B" * 8)


def _public_pem(key: Key) -> bytes:
    public = key.private.public_key()
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    pem: bytes = public.public_bytes(serialization.Encoding.PEM, kind)
    return pem


def _other_claims(token: str) -> str:
    head, claims, signature = token.split(".")
    text = base64.urlsafe_b64decode(claims + "==").replace(b"u-17", b"u-18")
    return f"{head}.{base64.urlsafe_b64encode(text).rstrip(b'=').decode()}.{signature}"


WRONG: dict[str, Callable[[FakeIssuer, Claims], str]] = {
    "expired": lambda of, claims: of.signed(claims | {"exp": int(time.time()) - 61}),
    "without an end": lambda of, claims: of.signed(_without(claims, "exp")),
    "with an end that is no number": lambda of, claims: of.signed(claims | {"exp": "tomorrow"}),
    "not yet valid": lambda of, claims: of.signed(claims | {"nbf": int(time.time()) + 120}),
    "issued in the future": lambda of, claims: of.signed(claims | {"iat": int(time.time()) + 120}),
    "of another issuer": lambda of, claims: of.signed(claims | {"iss": "https://evil.example"}),
    "of a similar issuer": lambda of, claims: of.signed(claims | {"iss": f"{of.url}/"}),
    "without an issuer": lambda of, claims: of.signed(_without(claims, "iss")),
    "for another audience": lambda of, claims: of.signed(claims | {"aud": "crm"}),
    "for other audiences": lambda of, claims: of.signed(claims | {"aud": ["crm", "erp"]}),
    "without an audience": lambda of, claims: of.signed(_without(claims, "aud")),
    "without a subject": lambda of, claims: of.signed(_without(claims, "sub")),
    "signed by somebody else": lambda of, claims: of.signed(claims, FOREIGN),
    "signed with an unknown key": lambda of, claims: of.signed(claims, Key.ec("ec-9")),
    "of another algorithm than its key's": lambda of, claims: of.signed(claims, EC, kid="rsa-1"),
    "not signed": lambda _, claims: unsigned(claims),
    "not signed, in capitals": lambda _, claims: unsigned(claims, "NONE"),
    "with an empty signature": lambda _, claims: unsigned(claims, "RS256"),
    "signed with the public key": lambda _, claims: by_shared_secret(
        claims, _public_pem(RSA), "rsa-1"
    ),
    "signed with the client's secret": lambda _, claims: by_shared_secret(
        claims, SECRET.encode(), "rsa-1"
    ),
    "with a key in it": lambda of, claims: of.signed(claims, FOREIGN, jwk=FOREIGN.public),
    "with a critical header": lambda of, claims: of.signed(claims, crit=["exp"], exp=1),
    "with a changed signature": lambda of, claims: _cut(of.signed(claims)),
    "with changed claims": lambda of, claims: _other_claims(of.signed(claims)),
    "too long": lambda of, claims: of.signed(claims | {"more": "x" * 9000}),
    "no token": lambda *_: "x",
    "only dots": lambda *_: "..",
    "whose claims are a list": lambda of, claims: of.signed([claims]),  # type: ignore[arg-type]
    "without a role": lambda of, claims: of.signed(_without(claims, "pivot_roles")),
    "with an unknown role": lambda of, claims: of.signed(claims | {"pivot_roles": ["admin"]}),
    "without an account": lambda of, claims: of.signed(_without(claims, "pivot_accounts")),
    "with no accounts": lambda of, claims: of.signed(claims | {"pivot_accounts": []}),
    "with a wrong account": lambda of, claims: of.signed(claims | {"pivot_accounts": ["acme"]}),
    "with too many accounts": lambda of, claims: of.signed(
        claims | {"pivot_accounts": [f"{number:032x}" for number in range(60)]}
    ),
}
WRONG_ID: dict[str, Callable[[FakeIssuer, Claims], str]] = {
    "of another sign-in": lambda of, claims: of.signed(claims | {"nonce": "x"}),
    "without a nonce": lambda of, claims: of.signed(_without(claims, "nonce")),
    "for another party": lambda of, claims: of.signed(claims | {"azp": "crm"}),
    "for two, and no party": lambda of, claims: of.signed(claims | {"aud": [CLIENT, "crm"]}),
    "of another access token": lambda of, claims: of.signed(claims | {"at_hash": "x"}),
    "without the time of issue": lambda of, claims: of.signed(_without(claims, "iat")),
}


def _without(claims: Claims, name: str) -> Claims:
    return {each: value for each, value in claims.items() if each != name}


@pytest.mark.parametrize("kind", [*WRONG, *WRONG_ID])
def test_a_wrong_id_token_begins_no_session(issuer: FakeIssuer, kind: str) -> None:
    """An ID token that breaks any rule shows nothing, and leaves no session."""
    wrong = {**WRONG, **WRONG_ID}[kind]
    issuer.token = lambda claims: wrong(issuer, claims)
    visitor = Visitor(handler=handler_once())
    answer = returned(visitor, issuer)
    assert (answer.status, SHOWN in answer.text) == (401, False)
    assert visitor.get("/").status == 401


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_bearer_token_shows_nothing(issuer: FakeIssuer, kind: str) -> None:
    """A bearer token that breaks any rule is refused with its reason, but no part of it."""
    token = WRONG[kind](issuer, issuer.base_claims(AUDIENCE))
    answer = Visitor().ask("GET", "/", {"authorization": f"Bearer {token}"})
    assert (answer.status, SHOWN in answer.text) == (401, False)
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert answer.text.startswith("The token is refused: ")
    assert "u-17" not in answer.text
    assert answer.cookies == []


def test_an_id_token_is_no_bearer_token(
    issuer: FakeIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that a browser got does not open the API, whatever its audience is."""
    for changes in ({"nonce": "n"}, {"aud": CLIENT}):
        header = {"authorization": f"Bearer {issuer.bearer(**changes)}"}
        assert Visitor().ask("GET", "/", header).status == 401
    monkeypatch.delenv("OIDC_AUDIENCE")
    assert Visitor().ask("GET", "/", {"authorization": f"Bearer {issuer.bearer()}"}).status == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic am86cHc=", "bearer x y"])
def test_a_request_with_a_token_is_judged_by_it_alone(issuer: FakeIssuer, header: str) -> None:
    """A session beside a wrong token opens nothing."""
    visitor = signed_in(issuer)
    assert visitor.ask("GET", "/", {"authorization": header}).status == 401


@pytest.mark.parametrize("key", [RSA, EC, PSS], ids=lambda key: str(key.algorithm))
def test_a_script_asks_with_a_bearer_token(issuer: FakeIssuer, key: Key) -> None:
    """RSA, PSS, and elliptic curves are accepted; the token needs no cookie and gets none."""
    issuer.signs_with = key
    answer = Visitor().ask("GET", "/", {"authorization": f"bearer {issuer.bearer()}"})
    assert (answer.status, SHOWN in answer.text, answer.cookies) == (200, True, [])


def test_a_script_changes_with_the_role(issuer: FakeIssuer) -> None:
    """A token needs no page of the console, but the role change."""
    for roles, status in ((["see"], 403), (["change"], 404)):
        header = {"authorization": f"Bearer {issuer.bearer(pivot_roles=roles)}"}
        assert Visitor().ask("POST", "/settings/nothing", header).status == status


# -- keys and documents of the issuer --------------------------------------------------------------


def test_a_new_key_of_the_issuer_is_fetched(issuer: FakeIssuer) -> None:
    """An unknown key is looked for at the issuer, at most once in half a minute."""
    visitor = Visitor(handler=handler_once())
    header = {"authorization": f"Bearer {issuer.bearer()}"}
    assert visitor.ask("GET", "/", header).status == 200
    rotated = Key.ec("ec-2")
    issuer.keys, issuer.signs_with = [rotated], rotated
    new = {"authorization": f"Bearer {issuer.bearer()}"}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("functions.console.oidc.RENEWAL_SECONDS", 0)
        assert visitor.ask("GET", "/", new).status == 200
    assert visitor.ask("GET", "/", header).status == 401
    fetched = issuer.asked.count("GET /jwks")
    for _ in range(5):
        assert visitor.ask("GET", "/", header).status == 401
    assert issuer.asked.count("GET /jwks") == fetched == 2


def test_a_withdrawn_key_is_forgotten(issuer: FakeIssuer) -> None:
    """The issuer's keys are fetched again after ten minutes; its address, after an hour."""
    visitor = Visitor(handler=handler_once())
    header = {"authorization": f"Bearer {issuer.bearer()}"}
    assert visitor.ask("GET", "/", header).status == 200
    issuer.keys = [EC]
    with pytest.MonkeyPatch.context() as patched:
        now = time.monotonic() + 601
        patched.setattr("functions.console.oidc.monotonic", lambda: now)
        assert visitor.ask("GET", "/", header).status == 401
    assert issuer.asked.count("GET /.well-known/openid-configuration") == 1


DOCUMENTS: list[Mapping[str, Any]] = [
    {"issuer": "https://evil.example"},
    {"jwks_uri": "http://169.254.169.254/latest"},
    {"jwks_uri": "file:///etc/passwd"},
    {"jwks_uri": None},
]


@pytest.mark.parametrize("change", DOCUMENTS, ids=str)
def test_a_wrong_document_of_the_issuer_opens_nothing(
    issuer: FakeIssuer, change: Mapping[str, Any]
) -> None:
    """A discovery document of another issuer, or with another scheme than https, is not used."""
    issuer.metadata = dict(change)
    answer = Visitor().ask("GET", "/", {"authorization": f"Bearer {issuer.bearer()}"})
    assert (answer.status, SHOWN in answer.text) == (503, False)


@pytest.mark.parametrize(
    "talk",
    [says("x"), says("[]"), says("{}"), says("x" * 70_000), says("", "302 Found"), resets],
    ids=["text", "list", "empty", "large", "redirect", "reset"],
)
def test_an_issuer_that_is_down_opens_nothing(
    issuer: FakeIssuer, monkeypatch: pytest.MonkeyPatch, talk: Any
) -> None:
    """Sign-in and tokens wait for the issuer; sessions and keys do not need it."""
    cookie, token = signed_in(issuer).cookie, issuer.bearer()
    with server(talk) as url:
        monkeypatch.setenv("OIDC_ISSUER", url)
        assert Visitor().get("/sign-in/issuer").status == 503
        assert Visitor().ask("GET", "/", {"authorization": f"Bearer {token}"}).status == 503
        assert Visitor().get("/sign-in").status == 200
    monkeypatch.setenv("OIDC_ISSUER", issuer.url)
    assert Visitor(cookie).get("/").status == 200


# -- claims ----------------------------------------------------------------------------------------

CONFIG = Config("https://login.example.com", CLIENT)
GRANTED: list[tuple[Any, Any, set[str], set[str]]] = [
    ([ACCOUNT], ["see"], {ACCOUNT}, {"see"}),
    (f"{ACCOUNT} {OTHER}", "see,change", {ACCOUNT, OTHER}, {"see", "change"}),
    ("*", list(ROLES), set(), set(ROLES)),
    (["*", ACCOUNT], "change", set(), {"see", "change"}),
    ([ACCOUNT, "acme", 7, None], ["see", 7], {ACCOUNT}, {"see"}),
]


@pytest.mark.parametrize(("accounts", "roles", "own", "granted"), GRANTED)
def test_claims_grant_accounts_and_roles(
    accounts: Any, roles: Any, own: set[str], granted: set[str]
) -> None:
    """A claim is a list or a text; what is no account or no role is left out."""
    claims = {"sub": "u", "pivot_accounts": accounts, "pivot_roles": roles}
    viewer = viewer_of(claims, CONFIG)
    assert (viewer.accounts, viewer.roles) == (own, granted)


@pytest.mark.parametrize(
    "value", [None, [], "", {}, 7, True, [[ACCOUNT]], {"a": ACCOUNT}, ACCOUNT.upper()]
)
def test_no_account_is_never_all_of_them(value: Any) -> None:
    """A claim without an account opens none; all are opened by an asterisk alone."""
    with pytest.raises(TokenRefusedError, match="pivot_accounts has no account"):
        viewer_of({"sub": "u", "pivot_accounts": value, "pivot_roles": ["see"]}, CONFIG)


def test_a_claim_may_be_in_another() -> None:
    """Keycloak's roles are in a claim of their own, and Auth0's have an address as their name."""
    names = CONFIG._replace(
        accounts_claim="https://acme.example/a", roles_claim="realm_access.roles"
    )
    claims = {"sub": "u", "https://acme.example/a": "*", "realm_access": {"roles": ["see"]}}
    assert viewer_of(claims, names).roles == {"see"}


def test_a_name_is_text() -> None:
    """The name is what the issuer calls somebody, without anything that is not printable."""
    claims = {"pivot_accounts": "*", "pivot_roles": "see", "sub": "u\x1b[1m"}
    assert viewer_of(claims, CONFIG).name == "u[1m"
    assert viewer_of(claims | {"email": "jo\n" + "x" * 500}, CONFIG).name.startswith("joxx")


def test_a_public_client_needs_a_key_for_its_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a client secret and without a console key nothing could sign a session."""
    monkeypatch.setenv("OIDC_ISSUER", "https://login.example.com")
    monkeypatch.setenv("OIDC_CLIENT_ID", CLIENT)
    monkeypatch.setenv("KEY_HASHES", "")
    monkeypatch.delenv("OIDC_CLIENT_SECRET", raising=False)
    monkeypatch.delenv("AWS_SAM_LOCAL", raising=False)
    assert Visitor().get("/").status == 403
    assert Visitor().get("/sign-in/issuer").status == 403


@pytest.mark.parametrize("claims", [part({}), "", "é", "e30" * 5000])
@pytest.mark.parametrize("head", [part({"alg": "RS256", "kid": "rsa-1"}), part([]), part(7), "%"])
def test_no_token_is_a_fault(issuer: FakeIssuer, head: str, claims: str) -> None:
    """Whatever a token consists of, it is refused and no fault of the console."""
    header = {"authorization": f"Bearer {head}.{claims}.AAAA".encode().decode("latin-1")}
    assert Visitor().ask("GET", "/", header).status == 401
    assert issuer.url
