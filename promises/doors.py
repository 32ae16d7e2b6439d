"""Every route, asked with every kind of wrong credential."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import product
from urllib.parse import quote

import pivotctl.stack
from pivotctl.crossbar import ACCOUNT_ID
from pivotctl.project import Function, Route
from pivotctl.stack import DEVELOPMENT_KEYS, Stack
from pivotctl.switch.http.exchange import FORM, HttpRequest, send
from pivotkit.http.keys import HEADER, HEADER_WORD, KINDS, KeySigner
from promises.promise import Outcome, Run

KINDS_OF_ROUTES = ("pivot", "webhooks", "cdr")
_METHODS = ("POST", "GET", "PUT")
_REFUSED = {400, 401, 403, 404}
_UNAUTHORIZED = 401
_MOST_NAMED = 5
_PATIENCE = 4.0
"""Every function starts here for the first time, and time is not what is tried."""

_SECONDS = 30.0
_BODY = f"account_id={ACCOUNT_ID}&Account-ID={ACCOUNT_ID}&Call-ID=c1&call_id=c1".encode()


@dataclass(frozen=True)
class Credential:
    """A wrong credential: the key in the path, and headers beside it."""

    name: str
    key: str
    headers: tuple[tuple[str, str], ...] = ()


def credentials(kind: str) -> Iterator[Credential]:
    """Yield wrong credentials for functions of a *kind*."""
    right = DEVELOPMENT_KEYS[kind]
    stranger = KeySigner(["the secret of another stack"])
    yield Credential("empty", "%20")
    yield Credential("guessed", "wrong")
    yield Credential("truncated", right[:-1])
    yield Credential("longer", f"{right}x")
    yield Credential("upper case", right.upper())
    yield Credential("hash of the key", sha256(right.encode()).hexdigest())
    yield Credential("NUL after the key", f"{right}%00")
    yield Credential("signed by another stack", stranger.key(kind, ACCOUNT_ID))
    yield Credential("without a signature", f"{kind}-a{ACCOUNT_ID}-g1-{'A' * 32}")
    yield Credential("header missing", HEADER_WORD)
    yield Credential("header wrong", HEADER_WORD, ((HEADER, "wrong"),))
    yield Credential("key in Authorization", "wrong", (("authorization", f"Bearer {right}"),))
    yield Credential("token without a signature", "t1.e30.AAAA")
    for other in KINDS:
        if other != kind:
            yield Credential(f"key of {other}", DEVELOPMENT_KEYS[other])


@dataclass(frozen=True)
class Knock:
    """A request with a wrong credential."""

    function: Function
    route: Route
    method: str
    credential: Credential

    def __str__(self) -> str:
        return f"{self.method} {self.function.name} with {self.credential.name}"

    def request(self, url: str) -> HttpRequest:
        """Return the request to the gateway at *url*."""
        path = self.route.path.replace("{key}", quote(self.credential.key, safe="%"))
        filled = path.replace("{kind}", "pivot").replace("{function}", "ring")
        headers = (("content-type", FORM), *self.credential.headers)
        body = b"" if self.method == "GET" else _BODY
        address = url + filled.replace("{name+}", "a.mp3")
        return HttpRequest(self.method, address, headers, body, _SECONDS)


def knocks(functions: Mapping[str, Function]) -> Iterator[Knock]:
    """Yield every route of KAZOO's API with every method and wrong credential."""
    for function in functions.values():
        if function.kind not in KINDS_OF_ROUTES:
            continue
        for route in function.routes:
            methods = _METHODS if route.method == "ANY" else (route.method,)
            for method, credential in product(methods, credentials(function.kind)):
                yield Knock(function, route, method, credential)


def rightful(every: Iterable[Knock]) -> Iterator[Knock]:
    """Yield each route of *every* once, with the right key: a door that opens to nobody is none."""
    routes = {(each.function.kind, each.route): each for each in every if each.method != "GET"}
    for (kind, _), each in routes.items():
        yield replace(each, credential=Credential("the right key", DEVELOPMENT_KEYS[kind]))


def strangers(run: Run) -> tuple[int, list[str]]:
    """Knock at every door; return how often, and what was not refused or asked DynamoDB."""
    doors = [f.name for f in run.project.functions.values() if f.kind in KINDS_OF_ROUTES]
    every = list(knocks({name: run.project.function(name) for name in doors}))
    patient = replace(run.project, patience=_PATIENCE)
    with pivotctl.stack.session(patient, functions=doors, fresh=True, wire=True) as stack:
        wrong = [said for knock in every for said in let_in(stack, knock)]
        shut = [
            f"{knock}: refused"
            for knock in rightful(every)
            if send(knock.request(stack.gateway_url)).status == _UNAUTHORIZED
        ]
    return len(every), wrong + shut


def let_in(stack: Stack, knock: Knock) -> Iterator[str]:
    """Say what is wrong with the answer to a wrong credential."""
    with stack.dynamodb.recorded() as operations:
        answer = send(knock.request(stack.gateway_url))
    if answer.status not in _REFUSED or operations:
        yield f"{knock}: {' '.join([str(answer.status), *operations])}"


def refused(run: Run) -> Outcome:
    """Count the wrong credentials that were refused without a word to DynamoDB."""
    count, wrong = strangers(run)
    for said in wrong:
        run.say(f"let in: {said}")
    named = f"; let in: {', '.join(wrong[:_MOST_NAMED])}" if wrong else ""
    return Outcome(f"{count - len(wrong)} of {count} requests refused{named}", not wrong)
