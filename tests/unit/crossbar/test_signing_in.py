"""The requests that Crossbar takes, and its answers to the others."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from pivotctl.crossbar import ACCOUNT_ID, API_KEY, CREDENTIALS
from tests.unit.crossbar.conftest import NOW, Api, Caller, Clock

if TYPE_CHECKING:
    import httpx

    from pivotctl.upstreams import Upstreams

SHA = hashlib.sha1(b"operator:local-development", usedforsecurity=False).hexdigest()

ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("user_auth", {"credentials": CREDENTIALS, "account_name": "acme"}),
    ("user_auth", {"credentials": CREDENTIALS, "account_name": "A-c-m-E."}),
    ("user_auth", {"credentials": CREDENTIALS, "account_realm": "acme.sip.example"}),
    ("user_auth", {"credentials": SHA, "account_name": "acme", "method": "sha"}),
    ("user_auth", {"credentials": CREDENTIALS, "phone_number": "+14155550100"}),
    ("user_auth", {"credentials": CREDENTIALS, "phone_number": "4155550100"}),
    ("user_auth", {"credentials": CREDENTIALS, "account_id": ACCOUNT_ID}),
    ("api_auth", {"api_key": API_KEY}),
]


@pytest.mark.parametrize(("path", "data"), ACCEPTED)
def test_credentials_give_a_token(client: httpx.Client, path: str, data: dict[str, Any]) -> None:
    """Sign-in answers 201 with the token at the top of the envelope; an API key has no owner."""
    answer = client.put(path, json={"data": data})
    envelope = answer.json()
    assert (answer.status_code, envelope["status"]) == (201, "success")
    assert envelope["data"]["account_id"] == ACCOUNT_ID
    assert ("owner_id" in envelope["data"]) is (path == "user_auth")
    token = {"x-auth-token": envelope["auth_token"]}
    assert client.get(f"accounts/{ACCOUNT_ID}/cdrs", headers=token).status_code == 200


REFUSED: list[tuple[str, dict[str, Any], int, str]] = [
    ("user_auth", {"credentials": "0" * 32, "account_name": "acme"}, 401, "invalid_credentials"),
    ("user_auth", {"credentials": CREDENTIALS, "account_name": "o"}, 401, "invalid_credentials"),
    ("user_auth", {"credentials": CREDENTIALS, "method": "sha1"}, 400, "validation error"),
    ("user_auth", {"account_name": "acme"}, 400, "validation error"),
    ("user_auth", {"credentials": SHA, "account_name": "acme"}, 401, "invalid_credentials"),
    ("user_auth", {"credentials": CREDENTIALS}, 401, "invalid_credentials"),
    (
        "user_auth",
        {"credentials": CREDENTIALS, "account_name": "globex"},
        401,
        "invalid_credentials",
    ),
    (
        "user_auth",
        {"credentials": CREDENTIALS, "phone_number": "+14155550101"},
        401,
        "invalid_credentials",
    ),
    ("api_auth", {"api_key": "short"}, 400, "validation error"),
    ("api_auth", {"api_key": "0" * 64}, 404, "bad identifier"),
]


@pytest.mark.parametrize(("path", "data", "status", "message"), REFUSED)
def test_wrong_credentials_are_refused(
    client: httpx.Client, path: str, data: dict[str, Any], status: int, message: str
) -> None:
    """Each way to sign in wrongly has KAZOO's status and word; `error` is the status as text."""
    answer = client.put(path, json={"data": data})
    envelope = answer.json()
    assert answer.status_code == status
    assert (envelope["status"], envelope["error"]) == ("error", str(status))
    assert envelope["message"] == message


def test_a_token_is_taken_wherever_kazoo_takes_it(api: Api) -> None:
    """X-Auth-Token, auth_token in the query, Bearer, and Basic of account and credentials."""
    path = f"accounts/{ACCOUNT_ID}/webhooks"
    basic = base64.b64encode(f"{ACCOUNT_ID}:{CREDENTIALS}".encode()).decode()
    ways: list[dict[str, Any]] = [
        {"headers": {"x-auth-token": api.token}},
        {"params": {"auth_token": api.token}},
        {"headers": {"authorization": f"Bearer {api.token}"}},
        {"headers": {"authorization": f"Basic {basic}"}},
    ]
    assert [api.client.get(path, **way).status_code for way in ways] == [200] * 4
    assert api.client.get(path).status_code == 401


def test_a_token_ends_after_an_hour(api: Api, clock: Clock) -> None:
    """An expired token is a 401, as an unknown one is."""
    clock.now += 3599
    assert api.ask("GET", "cdrs").status_code == 200
    clock.now += 2
    answer = api.ask("GET", "cdrs")
    assert (answer.status_code, answer.json()["message"]) == (401, "invalid_credentials")
    assert answer.json()["data"] == {"message": "invalid credentials"}


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "accounts/nobody/cdrs", 404, "bad identifier"),
        ("GET", f"accounts/{ACCOUNT_ID}/nothing", 404, "bad identifier"),
        ("DELETE", f"accounts/{ACCOUNT_ID}/cdrs", 405, "invalid_method"),
        ("GET", f"accounts/{ACCOUNT_ID}/cdrs/202609-none", 404, "could not find cdr"),
    ],
)
def test_what_there_is_not(api: Api, method: str, path: str, status: int, message: str) -> None:
    """Unknown ids, paths and methods are told as KAZOO tells them."""
    answer = api.client.request(method, path, headers={"x-auth-token": api.token})
    assert answer.status_code == status
    assert answer.json()["message"].startswith(message)


def test_a_body_that_is_no_json(client: httpx.Client) -> None:
    """A body that cannot be parsed is a 400 with parse_error."""
    answer = client.put("user_auth", content=b"{data", headers={"content-type": "text/plain"})
    assert (answer.status_code, answer.json()["message"]) == (400, "parse_error")


def test_a_crossbar_that_fails(api: Api, upstreams: Upstreams) -> None:
    """It says so in its own envelope, whatever it is asked."""
    upstreams.crossbar.fails()
    answer = api.ask("GET", "cdrs")
    told = answer.json()
    assert (answer.status_code, told["status"], told["error"]) == (500, "error", "500")
    assert told["message"] == "unspecified_fault"
    assert told["data"] == {"message": "unspecified fault"}


# -- users and tokens ------------------------------------------------------------------------------

ANN = {"first_name": "Ann", "last_name": "Lee", "username": "Ann@Example.com", "password": "s3cret"}


def hashed(username: str, password: str, method: str = "md5") -> str:
    """The hash of a name and a password."""
    return hashlib.new(method, f"{username}:{password}".encode(), usedforsecurity=False).hexdigest()


def test_a_new_user_signs_in(master: Caller) -> None:
    """The name is hashed in lower case, and neither password nor hash is ever shown."""
    child = master.below(name="Initech")
    made = child.done("PUT", "users", ANN)
    assert made["username"] == "ann@example.com"
    assert "password" not in made
    for method, name in (("md5", "md5"), ("sha", "sha1")):
        data = {"credentials": hashed("ann@example.com", "s3cret", name), "method": method}
        found = child.done("PUT", "/user_auth", data | {"account_name": "initech"})
        assert (found["account_id"], found["owner_id"]) == (child.account, made["id"])


def test_a_changed_user_signs_in_with_the_new_password(master: Caller) -> None:
    """A change without a password leaves it, a new one replaces it, and a disabled user is out."""
    made = master.done("PUT", "users", ANN)
    at = f"users/{made['id']}"

    def status(password: str) -> int:
        data = {"credentials": hashed("ann@example.com", password), "account_name": "acme"}
        return master.ask("PUT", "/user_auth", data)[0]

    master.done("PATCH", at, {"first_name": "Anna"})
    assert status("s3cret") == 201
    master.done("PATCH", at, {"username": "ann@example.com", "password": "n3w"})
    assert (status("s3cret"), status("n3w")) == (401, 201)
    master.done("PATCH", at, {"enabled": False})
    assert status("n3w") == 401
    master.done("PATCH", at, {"enabled": True})
    master.done("DELETE", at)
    assert status("n3w") == 401


def test_a_disabled_account_lets_nobody_in(master: Caller) -> None:
    """Sign-in to it is a 400 that names the account."""
    child = master.below(name="Initech")
    key = child.done("GET", "api_key")
    master.done("PATCH", f"/accounts/{child.account}", {"enabled": False})
    status, envelope = child.ask("PUT", "/api_auth", key)
    assert (status, list(envelope["data"]["account"])) == (400, ["disabled"])


def test_a_token_says_when_it_expires(master: Caller) -> None:
    """It is a JSON Web Token with KAZOO's claims."""
    claims = master.token.split(".")[1]
    found = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert found.items() >= {"account_id": ACCOUNT_ID, "iss": "kazoo", "exp": NOW + 3600}.items()
    assert "owner_id" not in found


def test_a_session_is_described_and_ended(master: Caller) -> None:
    """GET token_auth says who has signed in, and DELETE ends the session."""
    child = master.below(name="Initech")
    found = child.done("GET", "/token_auth")
    assert (found["account_id"], found["account_name"]) == (child.account, "Initech")
    assert (found["is_master_account"], found["reseller_id"]) == (False, ACCOUNT_ID)
    assert child.done("GET", f"/user_auth/{child.token}") == found
    assert child.ask("GET", f"/user_auth/{master.token}")[0] == 403
    assert child.ask("DELETE", "/user_auth")[0] == 405
    assert child.done("DELETE", "/token_auth") == {}
    assert child.ask("GET", "/token_auth")[0] == 401
    assert master.ask("GET", f"/user_auth/{child.token}")[0] == 404


@pytest.mark.parametrize(
    "path", ["", "/token_auth", "callflows", "storage", "/resources", "/search", "children"]
)
def test_every_other_request_needs_a_token(master: Caller, path: str, clock: Clock) -> None:
    """A missing, wrong, or expired token is a 401 in Crossbar's envelope."""
    stranger = Caller(master.crossbar, master.account, "")
    forged = Caller(master.crossbar, master.account, master.token[:-1])
    answers = [stranger.ask("GET", path), forged.ask("GET", path)]
    clock.now += 3601
    answers.append(master.ask("GET", path))
    for status, envelope in answers:
        assert (status, envelope["status"], envelope["error"]) == (401, "error", "401")
        assert envelope["message"] == "invalid_credentials"
        assert envelope["request_id"]
