"""Every route of the console with each wrong credential: nothing shown, and nothing changed.

The table is made from the routes, so that a new page is in it without a line of its own.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator, Mapping

import pytest
import time_machine
from starlette.routing import Route

from functions.console.access import OPEN, SESSION_SECONDS
from pivotctl.keys import entry, new_key
from pivotctl.project import Project
from pivotkit.store.attempts import AccountAttempts
from pivotpages.assets import PREFIX
from tests.aws import aws_client
from tests.console import HASH, KEY, Visitor, cookie
from tests.events import ACCOUNT
from tests.integration.functions.console.filled import BOX, CALLERS, HOOK, OTHER, counted, fill
from tests.livedebug import FILLED, fill_call, index_table

THEIRS, CLERKS, FOREIGN = new_key("console"), new_key("console"), new_key("console")
KEYS = {THEIRS: entry(THEIRS, (OTHER,)), CLERKS: entry(CLERKS, (ACCOUNT,), ("see",))}
PARAMETERS = {"function": "ring", "account": ACCOUNT, "call": "acme-call"}
FORM = {"account": ACCOUNT, "version": "1", "set__ring_seconds": "44", "hook": HOOK, "number": ""}
FORM |= {"id": FILLED, "entry": "0", "digits": "", "seconds": "600"}
FORM |= {"key": "emergency_closure", "state": "open", "pasted": "+14155550101", "rule": "deny"}
CALL = f"id={FILLED}&entry=0&recording=0&after=1"
SECRET = (KEY, HASH, "+14155550199", "acme", BOX)
"""Words that only a viewer of the account sees."""


@pytest.fixture(autouse=True)
def filled(
    tables: Mapping[str, str], project: Project, monkeypatch: pytest.MonkeyPatch
) -> Mapping[str, str]:
    """A deployed stack with three keys, and something of two accounts on every page."""
    monkeypatch.delenv("AWS_SAM_LOCAL", raising=False)
    monkeypatch.setenv("KEY_HASHES", " ".join([HASH, *KEYS.values()]))
    monkeypatch.setenv("SETTINGS_TABLE", tables["DIRECTORY_TABLE"])
    monkeypatch.setenv("ENDPOINTS", "pivot/ring")
    monkeypatch.setattr(AccountAttempts, "allow", lambda *_: True)
    monkeypatch.setenv("RECORDINGS_BUCKET", "recordings")
    monkeypatch.setenv("SOCKETS_URL", "wss://sockets.example.com")
    aws_client("s3").create_bucket(Bucket="recordings")
    index = index_table(project, monkeypatch)
    for account, mark in ((ACCOUNT, "acme"), (OTHER, "theirs")):
        fill(tables, account, mark)
        fill_call(account, mark, CALLERS[mark])
    return {**tables, "CALL_INDEX_TABLE": index}


def routes() -> Iterator[tuple[str, str]]:
    """Each method and path that needs a session, for the account whose data is looked for."""
    for route in importlib.import_module("functions.console.app").site.routes:
        assert isinstance(route, Route)
        if route.path in OPEN or route.path.startswith(PREFIX):
            continue
        path = route.path
        for name in route.param_convertors:
            path = path.replace(f"{{{name}}}", PARAMETERS[name])
        for method in sorted(route.methods or ()):
            yield method, f"{path}?account={ACCOUNT}&{CALL}"


ROUTES = sorted(set(routes()))
CHANGES = [(method, path) for method, path in ROUTES if method not in {"GET", "HEAD"}]


def expired() -> str:
    """A session that began too long ago."""
    with time_machine.travel(time.time() - SESSION_SECONDS - 1, tick=False):
        return cookie()


def of(key: str) -> Callable[[], str]:
    """A session that *key* has begun."""
    return lambda: cookie({**KEYS, FOREIGN: entry(FOREIGN, ())}[key], key)


CREDENTIALS: dict[str, tuple[Callable[[], str], set[int]]] = {
    "none": (lambda: "", {401}),
    "foreign": (of(FOREIGN), {401}),
    "expired": (expired, {401}),
    "another account's": (of(THEIRS), {200, 303, 403, 404, 405, 422}),
}


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nothing_is_shown_and_nothing_changed(
    filled: Mapping[str, str],
    method: str,
    path: str,
    record_property: Callable[[str, object], None],
) -> None:
    """A stranger gets the sign-in page; another account's operator, nothing of this account."""
    record_property("tries", len(CREDENTIALS))
    before = counted(filled)
    for credential, (made, statuses) in CREDENTIALS.items():
        answer = Visitor(made()).ask(method, path, {"sec-fetch-site": "same-origin"}, **FORM)
        assert answer.status in statuses, credential
        assert [each for each in SECRET if each in answer.text] == [], credential
        assert counted(filled) == before, credential


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_a_role_too_small_changes_nothing(
    filled: Mapping[str, str], method: str, path: str
) -> None:
    """An operator of the account without the role change sends every form in vain."""
    before = counted(filled)
    visitor = Visitor(of(CLERKS)())
    answer = visitor.ask(method, path, {"sec-fetch-site": "same-origin"}, **FORM)
    assert answer.status == (303 if path.startswith("/sign-out") else 403)
    assert counted(filled) == before


@pytest.mark.parametrize(("method", "path"), [each for each in ROUTES if each[0] == "GET"])
def test_a_role_too_small_sees_no_number(method: str, path: str) -> None:
    """An operator of the account without the role see-numbers sees its pages, masked."""
    answer = Visitor(of(CLERKS)()).ask(method, path)
    assert answer.status in {200, 206}
    assert [each for each in ("+14155550199", "acme caller", "theirs") if each in answer.text] == []


SHOWS = {
    "/cdrs": "+14155550199",
    "/cdrs.csv": "acme",
    "/funnel": "acme-menu",
    "/hooks": "acme hook",
    "/audit": "acme",
    "/templates": "acme_ring",
    "/calls": "+14155550199",
    "/calls/newer": "+14155550199",
    "/call": "+14155550199",
    "/call.json": "Pivot",
    "/settings/{function}": BOX,
    "/entries/hours": "acme_office",
    "/entries/callers": "+14155550199",
    "/entries/switches": "for acme",
    "/entries/trees": "acme_tree",
}


@pytest.mark.parametrize("path", SHOWS)
def test_a_rightful_viewer_sees_what_the_table_looks_for(path: str) -> None:
    """Without this, a page that shows nothing to anybody would pass."""
    place = path.replace("{function}", "ring")
    assert SHOWS[path] in Visitor(cookie()).get(f"{place}?account={ACCOUNT}&{CALL}").text


def test_a_page_of_all_accounts_is_for_those_who_see_them() -> None:
    """Without an account in the address, an operator of one sees that one alone."""
    for path in ("/calls", "/cdrs", "/cdrs.csv", "/funnel", "/hooks", "/audit"):
        text = Visitor(of(THEIRS)()).get(path).text
        assert "theirs" in text, path
        assert [each for each in SECRET if each in text] == [], path
