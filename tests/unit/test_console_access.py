"""Access to the console: every route, without a session and with one that is not valid."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from starlette.routing import Route

from functions.console.access import OPEN, OWN, SESSION_SECONDS
from pivotctl.keys import entry, new_key
from pivotkit.store.attempts import AccountAttempts
from pivotkit.store.table import Table
from pivotpages.assets import PREFIX
from tests.console import HASH, KEY, Visitor, cookie, signed_in
from tests.events import ACCOUNT

ENDPOINTS = "pivot/say_hello pivot/ring"
OTHER = new_key("console")
NAMES = ("say_hello", "ring_seconds", "voice_url", "Jo (console)")
"""Words that only a page for viewers has."""

INSIDE = {"sec-fetch-site": "same-origin"}
FORM = {"account": ACCOUNT, "version": "0", "set__ring_seconds": "30"}


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The requests to DynamoDB, in a deployed stack whose console has a key."""
    monkeypatch.delenv("AWS_SAM_LOCAL", raising=False)
    for name, value in {
        "KEY_HASHES": HASH,
        "ENDPOINTS": ENDPOINTS,
        "SETTINGS_TABLE": "settings",
        "CALL_STATE_TABLE": "state",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    asked: list[str] = []

    def send(_: Table, operation: str, request: Any) -> dict[str, Any]:
        del request
        asked.append(operation)
        return {}

    def transact(_: Table, *__: object) -> list[str]:
        asked.append("transact_write_items")
        return []

    monkeypatch.setattr(Table, "_send", send)
    monkeypatch.setattr(Table, "transact", transact)
    return asked


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts to sign in without a limit."""

    def allow(*_: str) -> bool:
        return True

    monkeypatch.setattr(AccountAttempts, "allow", allow)


def routes() -> Iterator[tuple[str, str]]:
    """Each method and path that the console serves, and one of each that it does not."""
    for route in importlib.import_module("functions.console.app").site.routes:
        assert isinstance(route, Route)
        path = route.path.replace("{function}", "ring").replace("{name:path}", "style.css")
        for method in sorted(route.methods or ()):
            yield method, path
    yield from (("GET", "/nothing"), ("POST", "/"), ("PUT", "/settings/ring"))


PUBLIC = (f"{PREFIX}style.css", f"{PREFIX}icon.svg", f"{PREFIX}theme.js")
ROUTES = sorted(set(routes()))
LOCKED = [(method, path) for method, path in ROUTES if path not in {*PUBLIC, *OPEN}]
CHANGING = [
    (method, path) for method, path in LOCKED if method not in {"GET", "HEAD"} and path not in OWN
]


def expired() -> str:
    """A session that began twelve hours and a second ago."""
    with time_machine.travel(time.time() - SESSION_SECONDS - 1, tick=False):
        return cookie()


COOKIES: dict[str, Callable[[], str]] = {
    "none": lambda: "",
    "empty": lambda: "__Host-session=",
    "wrong": lambda: "__Host-session=WyJKbyJd.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb",
    "the key": lambda: f"__Host-session={KEY}",
    "the hash": lambda: f"__Host-session={HASH}",
    "expired": expired,
    "of another key": lambda: cookie(entry(OTHER, ()), OTHER),
    "cut": lambda: cookie()[:-1],
    "of another name": lambda: cookie().replace("__Host-", ""),
}


@pytest.mark.parametrize(("method", "path"), LOCKED)
def test_a_stranger_sees_and_changes_nothing(
    sent: list[str], method: str, path: str, record_property: Callable[[str, object], None]
) -> None:
    """Every route answers a stranger with the sign-in page, and asks DynamoDB nothing."""
    record_property("tries", len(COOKIES))
    for credential, session in COOKIES.items():
        answer = Visitor(session()).ask(method, path, INSIDE, **FORM)
        assert answer.status == 401, credential
        assert method == "HEAD" or "Console key" in answer.shown, credential
        assert not [name for name in NAMES if name in answer.text], credential
        assert (sent, answer.cookies) == ([], []), credential


@pytest.mark.parametrize("host", ["x/assets/style.css?", "x/sign-in?", "x/assets/style.css#"])
def test_the_host_header_opens_nothing(sent: list[str], host: str) -> None:
    """The lock goes by the path alone."""
    answer = Visitor().ask("POST", "/settings/ring", {**INSIDE, "host": host}, **FORM)
    assert (answer.status, sent) == (401, [])


@pytest.mark.parametrize(("method", "path"), LOCKED)
def test_a_console_without_a_key_shows_how_to_make_one(
    monkeypatch: pytest.MonkeyPatch, sent: list[str], method: str, path: str
) -> None:
    """Without a key nobody gets in, not even with the session of an old one."""
    monkeypatch.setenv("KEY_HASHES", "")
    answer = signed_in().ask(method, path, INSIDE, **FORM)
    assert answer.status == 403
    assert method == "HEAD" or "pivotctl key --for console" in answer.shown
    assert not [name for name in NAMES if name in answer.text]
    assert sent == []


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", sorted({path for method, path in ROUTES if method == "POST"}))
def test_a_form_of_another_site_changes_nothing(sent: list[str], path: str, site: str) -> None:
    """A request that does not come from a page of the console is refused, session or not."""
    answer = signed_in().ask("POST", path, {"sec-fetch-site": site}, key=KEY, **FORM)
    assert (answer.status, sent, answer.cookies) == (403, [], [])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://console.example.com"}, 303),
        ({"origin": "https://other.example.com"}, 403),
        ({"origin": "null"}, 403),
        ({}, 403),
    ],
)
def test_an_older_browser_sends_its_origin(headers: dict[str, str], status: int) -> None:
    """Without Sec-Fetch-Site, the origin has to be the console's own."""
    assert signed_in().ask("POST", "/sign-out", headers).status == status


@pytest.mark.usefixtures("attempts")
def test_the_session_is_for_this_browser_alone() -> None:
    """Scripts, other sites, other hosts, and connections without TLS never get the cookie."""
    (given,) = Visitor().post("/sign-in", key=KEY, name="Jo").cookies
    name, *marks = given.split("; ")
    assert name.startswith("__Host-session=")
    assert {*marks} == {"HttpOnly", "Max-Age=43200", "Path=/", "SameSite=strict", "Secure"}


@pytest.mark.usefixtures("attempts")
def test_sign_in_leads_to_the_page_that_was_asked_for() -> None:
    """The form keeps the path; an address of another host is replaced by the first page."""
    path = f"/settings/ring?account={ACCOUNT}"
    assert f'value="{path}"' in Visitor().get(path).text
    for following, place in (
        (path, path),
        ("//evil.example.com", "/"),
        ("https://evil.example.com", "/"),
        ("/\\evil.example.com", "/"),
        ("", "/"),
    ):
        answer = Visitor().post("/sign-in", key=KEY, following=following)
        assert (answer.status, answer.headers["location"]) == (303, place)


def test_sign_out_ends_the_session_in_this_browser() -> None:
    """The cookie is removed."""
    visitor = signed_in()
    assert visitor.get("/").status == 200
    assert visitor.post("/sign-out").status == 303
    assert visitor.get("/").status == 401


def test_a_removed_key_ends_its_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session lasts as long as the key that began it; with two keys, both work."""
    visitor = signed_in()
    monkeypatch.setenv("KEY_HASHES", f"{entry(OTHER, ())} {HASH}")
    assert visitor.get("/").status == 200
    monkeypatch.setenv("KEY_HASHES", entry(OTHER, ()))
    assert visitor.get("/").status == 401


def test_a_key_of_one_account_shows_no_other(
    monkeypatch: pytest.MonkeyPatch, sent: list[str]
) -> None:
    """The settings of other accounts are neither read nor changed."""
    limited = entry(KEY, ("f" * 32,))
    monkeypatch.setenv("KEY_HASHES", limited)
    visitor = Visitor(cookie(limited))
    assert visitor.get(f"/settings/ring?account={ACCOUNT}").status == 403
    assert visitor.post("/settings/ring", **FORM).status == 403
    assert sent == []
    assert visitor.get(f"/settings/ring?account={'f' * 32}").status != 403


@pytest.mark.parametrize("roles", [("see",), ("see-numbers",), ("see", "see-numbers")])
@pytest.mark.parametrize(("method", "path"), CHANGING)
def test_a_role_without_change_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, sent: list[str], method: str, path: str, roles: tuple[str, ...]
) -> None:
    """Whatever is sent to the console needs the role change, on every route."""
    limited = entry(KEY, (), roles)
    monkeypatch.setenv("KEY_HASHES", limited)
    visitor = Visitor(cookie(limited))
    answer = visitor.ask(method, path, INSIDE, **FORM)
    assert (answer.status, sent) == (403, [])
    assert "needs the role change" in answer.shown
    assert visitor.get("/settings").status == 200


def test_a_role_that_does_not_exist_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key with unknown roles alone signs in to a page that names the missing role."""
    limited = entry(KEY, (), ("admin",))
    monkeypatch.setenv("KEY_HASHES", limited)
    answer = Visitor(cookie(limited)).get("/")
    assert (answer.status, "say_hello" in answer.text) == (403, False)


def test_a_key_without_roles_has_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys from before there were roles keep their rights, beside keys with accounts and roles."""
    limited = entry(OTHER, ("f" * 32,), ("see",))
    monkeypatch.setenv("KEY_HASHES", f"{limited},{HASH}")
    assert signed_in().post("/settings/nothing", **FORM).status == 404
    assert Visitor(cookie(limited, OTHER)).post("/settings/ring", **FORM).status == 403


def test_a_local_run_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody signs in on their own machine, and there is nothing to sign out of."""
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    monkeypatch.setenv("KEY_HASHES", "")
    answer = Visitor().get("/")
    assert answer.status == 200
    assert "Sign out" not in answer.text


@pytest.mark.parametrize("path", sorted(PUBLIC))
def test_style_and_icon_are_public(path: str) -> None:
    """They have no information, and the sign-in page needs them."""
    assert Visitor().get(path).status == 200


@pytest.mark.parametrize("size", [64 * 1024, 5 * 1024 * 1024])
def test_a_form_is_limited(size: int) -> None:
    """A large form is refused before it is read."""
    answer = signed_in().post("/settings/ring", **FORM, more="x" * size)
    assert answer.status == 413
