"""An upgrade of a running stack while calls are up: none is cut."""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

import pivotctl.stack
from pivotctl.project import Project
from pivotctl.stack import Stack
from pivotctl.stack.reload import SourceChange, copy_change
from tests.accounts import FIRST
from tests.events import FORM

pytestmark = pytest.mark.slow

CALLS = 4
"""Fewer than the tries of a PIN that an account has at once."""

NAMES = ("account_balance", "say_hello")
CHANGES = {
    "account_balance": ('"Your balance is', '"As of today, your balance is'),
    "say_hello": ("Have a great day.", "Welcome to the new version."),
}
"""The text of the next version in place of this one's."""

ACCOUNT_NUMBER, PIN = "1001", "4321"


@pytest.fixture(scope="module")
def running(project: Project) -> Iterator[Stack]:
    """A stack of two templates, whose build is its own."""
    with pivotctl.stack.session(project, functions=NAMES, fresh=True) as stack:
        yield stack


class Caller:
    """KAZOO's side of one call: each answer's URL is asked with what the caller pressed."""

    def __init__(self, url: str, call_id: str) -> None:
        self.url = url
        self._fields = {
            "Account-ID": FIRST.account_id, "Call-ID": call_id, "Api-Version": "4.x",
            "From": "+14155550188@pstn.example", "To": "2030@pstn.example", "Request": "2030@a",
            "Caller-ID-Number": "+14155550188", "Direction": "inbound",
        }  # fmt: skip
        self._digits: dict[str, str] = {}

    def asks(self) -> str:
        """The answer to the next request, which must be 200."""
        status, text = post(self.url, self._fields | self._digits)
        assert status == 200
        if found := re.search(r'"voice_url": ?"([^"]+)"', text):
            self.url = found[1]
            self._collection = _collection(json.loads(text))
        return text

    def presses(self, keys: str) -> str:
        """The answer to pressed keys."""
        self._digits = {f"Digits[{self._collection}]": keys}
        return self.asks()


def _collection(flow: Any) -> str:
    """The name under which a flow collects digits."""
    while flow["module"] != "collect_dtmf":
        flow = flow["children"]["_"]
    return str(flow["data"].get("collection_name", "default"))


def post(url: str, fields: dict[str, str]) -> tuple[int, str]:
    """Status and body of a POST in KAZOO's form encoding."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        connection.request("POST", parts.path, urlencode(fields), {"content-type": FORM})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def upgrade(stack: Stack, folder: Path) -> None:
    """Replace the build by the next version, as a deployment replaces the code of functions."""
    for name, (old, new) in CHANGES.items():
        function = stack.project.function(name)
        text = (function.path / "app.py").read_text(encoding="utf-8")
        assert old in text
        source = folder / f"{name}.py"
        source.write_text(text.replace(old, new), encoding="utf-8")
        target = stack.own.build / function.logical_id / "app.py"
        copy_change(SourceChange(source, target, frozenset({name})))
        stack.restart_function(name)


@contextmanager
def new_calls(stack: Stack) -> Iterator[list[tuple[int, str]]]:
    """Calls of say_hello, one after the other until the context ends, and their answers."""
    answers: list[tuple[int, str]] = []
    over = threading.Event()

    def place() -> None:
        while not over.is_set():
            caller = {"Account-ID": FIRST.account_id, "Call-ID": f"new-{len(answers)}"}
            answers.append(post(stack.url("say_hello"), caller))

    thread = threading.Thread(target=place)
    thread.start()
    try:
        yield answers
    finally:
        over.set()
        thread.join(60)


def test_no_call_is_cut_by_an_upgrade(running: Stack, tmp_path: Path) -> None:
    """Calls in their second step go on in the new version, and new calls are answered throughout.

    Each caller has given an account number to the old code. The new code knows it, checks the PIN,
    and says the balance in its own words.
    """
    callers = [Caller(running.url("account_balance"), f"up-{each}") for each in range(CALLS)]
    with ThreadPoolExecutor(CALLS) as pool, new_calls(running) as answers:
        assert all("account number" in text for text in pool.map(Caller.asks, callers))
        asked = list(pool.map(lambda each: each.presses(ACCOUNT_NUMBER), callers))
        assert all("PIN" in text for text in asked)
        before = len(answers)
        upgrade(running, tmp_path)
        heard = list(pool.map(lambda each: each.presses(PIN), callers))
        last = list(pool.map(lambda each: each.presses(""), callers))
    assert all("As of today, your balance is 42 dollars and 17 cents" in text for text in heard)
    assert all("Goodbye." in text for text in last)
    assert {status for status, _ in answers} == {200}
    assert "Welcome to the new version." in answers[-1][1]
    assert "Welcome to the new version." not in answers[before - 1][1]
    for name in NAMES:
        assert not [line for line in running.logs(name) if '"fallback"' in line]
