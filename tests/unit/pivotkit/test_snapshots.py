"""Environments restored from one snapshot: what must differ, be renewed, or not be shared."""

import ast
import json
import os
import re
import socket
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from pivotkit.calls.call import Call
from pivotkit.calls.memory import Memory
from pivotkit.calls.tokens import Signer
from pivotkit.core import secret
from pivotkit.services import access_tokens
from pivotkit.services.access_tokens import AccessToken
from pivotkit.services.upstream import ServiceUrl
from pivotkit.store.call_state import call_key
from pivotkit.store.remembered import Remembered
from pivotkit.store.wrong_tokens import WrongTokens
from tests import livedebug, loopback
from tests.dynamodb import forget_clients
from tests.events import ACCOUNT
from tests.snapshots import RESTORED, ROOT, initialized, restored, sample

STATELESS, STATEFUL = "say_hello", "account_balance"
HOUR = 60 * 60
_TOKEN = re.compile(r"t1\.[^/\"]+")


class Database:
    """A DynamoDB that merges whatever is written into its items, and counts its connections."""

    def __init__(self) -> None:
        self.url = ""
        self.connections = 0
        self.requests: list[str] = []
        self._items: dict[str, dict[str, Any]] = defaultdict(dict)

    def __call__(self, connection: socket.socket) -> None:
        """Answer the requests on a connection."""
        self.connections += 1
        while request := loopback.request_of(connection).decode():
            self.requests.append(request)
            answer = self._answer(json.loads(request.partition("\r\n\r\n")[2]))
            connection.sendall(loopback.answer(json.dumps(answer)))

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        item = self._items[json.dumps([asked["TableName"], asked.get("Key")])]
        values = asked.get("ExpressionAttributeValues", {})
        for mark, name in asked.get("ExpressionAttributeNames", {}).items():
            if (value := mark.replace("#", ":")) in values:
                item[name] = values[value]
        return {"Attributes" if "UpdateExpression" in asked else "Item": item}


@pytest.fixture
def database() -> Iterator[Database]:
    """A DynamoDB in which nothing is stored yet."""
    made = Database()
    with loopback.server(made) as made.url:
        yield made
    forget_clients()


@pytest.fixture
def debugged(local: pytest.MonkeyPatch) -> livedebug.Later:
    """Live Debug, whose thread goes on in an environment that is restored, but not in a fork."""
    local.setenv("CALL_INDEX_TABLE", "calls")
    return livedebug.later(local)


def body(handler: Any, name: str) -> str:
    """The body of the answer to a template's sample request."""
    answer = handler(sample(name), None)
    assert answer["statusCode"] == 200, answer
    text: str = answer["body"]
    return text


def test_a_first_request_is_answered_alike(
    local: pytest.MonkeyPatch, database: Database, debugged: livedebug.Later
) -> None:
    """Two environments of one snapshot give a caller the same answer, and each keeps its step."""
    handler = initialized(local, STATELESS, database.url)

    def request() -> str:
        text = body(handler, STATELESS)
        debugged.do()
        return text

    first, second = restored(request)
    assert first == second
    assert "Hello Zoë Miller" in first
    assert sum('"calls"' in each and "UpdateItem" in each for each in database.requests) >= RESTORED


def test_two_runs_are_never_one(local: pytest.MonkeyPatch, database: Database) -> None:
    """A conversation's run is random, so the follow-up tokens of two environments differ."""
    handler = initialized(local, STATEFUL, database.url)
    answers = restored(lambda: body(handler, STATEFUL))
    signer = Signer.from_environment(STATEFUL)
    tokens = [
        signer.read_follow_up(found.group()) for found in map(_TOKEN.search, answers) if found
    ]
    assert len({each.run for each in tokens}) == RESTORED
    assert len({each.call_digest for each in tokens}) == 1


def test_random_values_differ(local: pytest.MonkeyPatch, database: Database) -> None:
    """The salt of wrong tokens comes from the machine, not from the snapshot."""
    local.setenv("AWS_ENDPOINT_URL_DYNAMODB", database.url)
    local.setenv("CALL_STATE_TABLE", "state")
    forget_clients()
    wrong = WrongTokens()
    restored(lambda: wrong.count("203.0.113.25"))
    assert len(set(re.findall(r'"([0-9a-f]{32})', "".join(database.requests)))) == RESTORED


def test_an_effect_is_still_one() -> None:
    """Idempotency keys follow from the call: a repetition in another environment has the same."""
    memory = Memory(call_key(ACCOUNT, "call"), "menu:", Remembered({}, {}), 0, {})
    call = Call(ACCOUNT, "call", "kazoo").recalling(memory)
    first, second = restored(lambda: call.effect_key("charge"))
    assert first == second


@pytest.mark.parametrize("live_debug", [False, True])
def test_no_connection_is_shared(
    local: pytest.MonkeyPatch,
    database: Database,
    request: pytest.FixtureRequest,
    *,
    live_debug: bool,
) -> None:
    """INIT opens no connection for a snapshot; each environment opens one of its own."""
    debugged = request.getfixturevalue("debugged") if live_debug else None
    handler = initialized(local, STATEFUL, database.url)

    def requests() -> list[str]:
        texts = [body(handler, STATEFUL) for _ in range(2)]
        if debugged:
            debugged.do()
        return texts

    assert database.connections == 0
    restored(requests)
    assert database.connections == RESTORED * (2 if live_debug else 1)
    assert len(database.requests) > 2 * database.connections


FILES = [*(ROOT / "layers").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
DRAWN = frozenset({"token_bytes", "token_hex", "token_urlsafe", "urandom", "uuid1", "uuid4"})
TIMED = frozenset({"monotonic", "monotonic_ns", "now", "perf_counter", "time", "time_ns", "today"})
PAUSES = frozenset({"store/dynamodb.py", "cdr_alarms/tallies.py"})
"""Modules that pause for a random time, where it does no harm if two pause alike."""


@cache
def trees() -> tuple[tuple[str, ast.Module], ...]:
    """The modules that run on Lambda: the last two parts of their paths, and their syntax trees."""
    return tuple(
        ("/".join(path.parts[-2:]), ast.parse(path.read_text(encoding="utf-8"))) for path in FILES
    )


def test_nothing_unique_is_made_at_import() -> None:
    """A value that is drawn, or a time that is read, at INIT would be that of all environments."""
    found = {
        f"{name}: {called}"
        for name, tree in trees()
        for called in calls_at_import(tree)
        if called in DRAWN | TIMED
    }
    assert found == set()


def calls_at_import(node: ast.AST) -> Iterator[str]:
    """The names of functions that a module calls while it is imported."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for part in (child.args, *getattr(child, "decorator_list", ())):
                yield from calls_at_import(part)
            continue
        if isinstance(child, ast.Call):
            yield getattr(child.func, "attr", getattr(child.func, "id", ""))
        yield from calls_at_import(child)


def test_the_module_random_is_for_pauses_alone() -> None:
    """Environments of one snapshot draw the same numbers from `random`."""
    found = {
        name
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        if "random" in (getattr(node, "module", ""), *(each.name for each in node.names))
    }
    assert found == PAUSES


class Issuer:
    """A server that issues credentials and tokens for an hour: the first is number 1.

    Its clock is *later* by some seconds than that of this process.
    """

    def __init__(self) -> None:
        self.issued = 0
        self.later = 0

    def __call__(self, connection: socket.socket) -> None:
        """Answer a request on a connection."""
        while loopback.request_of(connection):
            self.issued += 1
            ends = datetime.fromtimestamp(time.time() + self.later + HOUR, UTC).isoformat()
            issued = {
                "AccessKeyId": f"KEY{self.issued}",
                "SecretAccessKey": "test",
                "Token": "test",
                "Expiration": ends,
                "access_token": f"token{self.issued}",
                "expires_in": HOUR,
            }
            connection.sendall(loopback.answer(json.dumps(issued)))


@pytest.mark.parametrize("used", [False, True])
def test_expired_credentials_are_renewed(
    local: pytest.MonkeyPatch, database: Database, *, used: bool
) -> None:
    """Lambda gives a snapshot credentials by a URL; those that expired meanwhile sign nothing."""
    issuer = Issuer()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        local.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        local.setenv(name, os.devnull)
    with loopback.server(issuer) as url:
        local.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
        handler = initialized(local, STATEFUL, database.url)
        if used:
            body(handler, STATEFUL)
            assert signing_keys(database) == ["KEY1"]
            database.requests.clear()
        issuer.later = 2 * HOUR
        restored(lambda: body(handler, STATEFUL), seconds=issuer.later)
    first = 1 + used
    assert signing_keys(database) == [f"KEY{first}", f"KEY{first + 1}"]


def signing_keys(database: Database) -> list[str]:
    """The access keys by which requests were signed, each once."""
    found = re.findall(r"Credential=(\w+)/", "".join(database.requests))
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("used", [False, True])
def test_settings_are_read_again(
    local: pytest.MonkeyPatch, database: Database, *, used: bool
) -> None:
    """Settings that were read before the snapshot are too old after it, whatever their age was."""
    local.setenv("SETTINGS_TABLE", "settings")
    handler = initialized(local, STATEFUL, database.url)
    if used:
        body(handler, STATEFUL)
        database.requests.clear()
    restored(lambda: body(handler, STATEFUL), seconds=HOUR)
    assert sum('"settings"' in each for each in database.requests) == RESTORED


def test_an_access_token_is_requested_again() -> None:
    """A service's token that expired while the snapshot was kept is not sent to the service."""
    access_tokens._tokens.clear()
    with loopback.server(Issuer()) as url:
        token = AccessToken(ServiceUrl(url), "client", secret.Secret())
        assert token.header() == "Bearer token1"
        assert restored(token.header, seconds=2 * HOUR) == ["Bearer token2", "Bearer token3"]
        assert token.header() == "Bearer token1"
