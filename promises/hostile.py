"""Requests with numbers and texts that somebody else has chosen, and what an answer does with them.

The functions run in processes of their own, with DynamoDB on a socket, without the gateway: only so
are a hundred thousand requests a matter of minutes.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import phonenumbers
from phonenumbers import PhoneNumberType

from pivotctl.crossbar import ACCOUNT_ID
from pivotctl.declared_settings import declared_settings
from pivotctl.lint.verdict import refusals
from pivotctl.project import Function
from pivotctl.reader.answers import PivotAnswer
from pivotctl.stack import gateway
from pivotctl.stack.gateway import GatewayAnswer
from pivotctl.stack.subprocess_runtime import SubprocessSandbox
from pivotctl.switch.http.exchange import FORM, JSON
from pivotctl.switch.http.form_encoding import form_text, json_text
from promises.stage import Stage

_SECONDS = 30.0
_OK = 200
_DIALING = {"offnet", "resources"}
_ORDINARY = {
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.VOIP,
}
_DIGITS = re.compile(r"\d{3,}")
_OPTION = re.compile(r"--(press|from) (\S+)")


@dataclass
class Driven:
    """A function in a process of its own, and the requests that it has answered."""

    stage: Stage
    function: Function
    sandbox: SubprocessSandbox
    requests: int = 0

    def ask(self, path: str, body: bytes, content_type: str = FORM, query: str = "") -> Answer:
        """Return the answer to a POST, or to a GET if there is a query."""
        self.requests += 1
        assert self.function.route  # noqa: S101 (every Pivot function has one)
        headers = (("content-type", content_type), ("host", "127.0.0.1:8080"))
        url = self.stage.stack.gateway_url + path + (f"?{query}" if query else "")
        method = "GET" if query else "POST"
        event = gateway.http_event(method, url, headers, body, route=self.function.route)
        returned = self.sandbox.invoke(json.dumps(event).encode(), _SECONDS)
        return Answer(gateway.http_answer(returned), self.stage.stack.url(self.function.name))

    @property
    def path(self) -> str:
        """The path of a first request."""
        return urlsplit(self.stage.stack.url(self.function.name)).path


@contextmanager
def driven(stage: Stage, function: Function) -> Iterator[Driven]:
    """Yield the function in a process of its own."""
    engine = stage.stack.own
    environment = engine.environment(function)
    log = engine.log_of(function.name)
    sandbox = SubprocessSandbox(stage.stack.project.tools, environment, engine.processes, log)
    stage.reset(function)
    try:
        yield Driven(stage, function, sandbox)
    finally:
        sandbox.stop()


@dataclass(frozen=True)
class Answer:
    """An answer to a request at `url`."""

    given: GatewayAnswer
    url: str

    @property
    def is_ok(self) -> bool:
        """Whether KAZOO goes by the answer."""
        return self.given.status == _OK

    @property
    def refusals(self) -> list[str]:
        """The reasons for which a KAZOO would not run it."""
        kind = dict(self.given.headers).get("content-type")
        return refusals(PivotAnswer(self.given.body, kind, self.given.status), self.url)

    @property
    def nodes(self) -> list[Mapping[str, Any]]:
        """Every object of a callflow; none of a TwiML document."""
        return list(_objects(json.loads(self.given.body))) if self._is_json else []

    @property
    def elements(self) -> list[ET.Element]:
        """Every element of a TwiML document; none of a callflow."""
        if self._is_json:
            return []
        return list(ET.fromstring(self.given.body).iter())  # noqa: S314 (of our own function)

    @property
    def _is_json(self) -> bool:
        return self.given.body.lstrip().startswith(b"{")

    @property
    def dialed(self) -> Iterator[str]:
        """The numbers that KAZOO would dial: '' for the one that the caller dialed."""
        for node in self.nodes:
            if node.get("module") in _DIALING:
                yield str(node["data"].get("to_did", ""))
        for element in self.elements:
            if element.tag == "Number" or (element.tag == "Dial" and not len(element)):
                yield (element.text or "").strip()

    @property
    def next_paths(self) -> list[str]:
        """The paths at which a call goes on."""
        urls = [
            str(node["data"].get("voice_url", ""))
            for node in self.nodes
            if node.get("module") == "pivot"
        ]
        urls += [each.get("action", "") for each in self.elements]
        urls += [each.text or "" for each in self.elements if each.tag == "Redirect"]
        return [urlsplit(url).path for url in urls if url.startswith("http")]

    @property
    def texts(self) -> Iterator[str]:
        """Every text in the answer: of a callflow's values, or a document's texts."""
        for node in self.nodes:
            yield from (value for value in node.values() if isinstance(value, str))
        for element in self.elements:
            yield from (element.text or "", *element.attrib.values())


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from _objects(each)


# -- numbers ---------------------------------------------------------------------------------------

_PREFIXES = (
    "900", "976", "1900", "+1900", "+1976", "+1809", "+1876", "+881", "+882", "+883", "+979",
    "+870", "011", "00", "0118", "+44", "+4470", "+449", "+49900", "+252", "+960", "+371", "911",
    "112", "*", "411", "9", "1415976", "+1415555", "415555", "604555", "sip:", "+", "800", "+1800",
)  # fmt: skip
COSTLY = [
    phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in (PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.MOBILE)
    if (found := phonenumbers.example_number_for_type(region, kind))
]


_COSTLY_SHARE, _ORDINARY_SHARE = 0.3, 0.2


def any_number(chance: random.Random) -> str:
    """Return a number that a caller might try."""
    kind = chance.random()
    if kind < _COSTLY_SHARE:
        return chance.choice(COSTLY)
    if kind < _COSTLY_SHARE + _ORDINARY_SHARE:  # or an answer would never dial any
        return f"{chance.choice(('415', '+1604', '0114420'))}555{chance.randrange(10_000):04}"
    digits = "".join(chance.choices("0123456789", k=chance.randrange(3, 11)))
    return chance.choice(_PREFIXES) + digits


@dataclass(frozen=True)
class Allowed:
    """The numbers that a template may dial: those in its files, and what its settings permit."""

    known: frozenset[str]
    regions: frozenset[str]
    prefixes: tuple[str, ...]

    @classmethod
    def of(cls, function: Function, variables: Mapping[str, str]) -> Allowed:
        """Read the numbers from the template's files and variables, and not from its policy."""
        declared = declared_settings(function.path)
        settings = {**(declared.variables if declared else {}), **variables}
        words = settings.get("ALLOWED_DESTINATIONS", settings.get("HOME_COUNTRY", "")).split()
        files = [path for path in function.path.iterdir() if path.suffix in (".py", ".json")]
        texts = [*settings.values(), *(path.read_text(encoding="utf-8") for path in files)]
        known = frozenset(found for text in texts for found in _DIGITS.findall(text))
        prefixes = tuple(word for word in words if word.startswith("+"))
        return cls(known, frozenset(words) - set(prefixes), prefixes)

    def includes(self, number: str) -> bool:
        """Tell whether *number* may be dialed."""
        if number.removeprefix("+") in self.known:
            return True
        try:
            parsed = phonenumbers.parse(number)
        except phonenumbers.NumberParseException:
            return False
        region = phonenumbers.region_code_for_number(parsed)
        ordinary = phonenumbers.number_type(parsed) in _ORDINARY
        return ordinary and (region in self.regions or number.startswith(self.prefixes or ("-",)))


def caller_s_fields(chance: random.Random, call_id: str) -> dict[str, Any]:
    """Return the parameters of a request, all of whose numbers a caller has chosen."""
    number = any_number(chance)
    others = ("From", "Caller-ID-Number", "Caller-ID-Name", "Callee-ID-Number", "Number")
    names = ("number", "callback", "dial", "to", "target", "phone")
    return {
        "Account-ID": ACCOUNT_ID,
        "Call-ID": call_id,
        "Direction": "inbound",
        "To": number,
        "Request": number,
        **{name: any_number(chance) for name in others},
        "Custom-Application-Vars": {name: any_number(chance) for name in names},
    }


@dataclass
class Dialer:
    """Calls a template again and again, with numbers of its own choice everywhere."""

    here: Driven
    chance: random.Random
    allowed: Allowed
    calls: Sequence[Sequence[tuple[str, str]]]
    found: list[str] = field(default_factory=list)
    dialed: int = 0

    @classmethod
    def of(cls, here: Driven, seed: str) -> Dialer:
        """A dialer that knows the callers of the template's README, and the keys they press."""
        text = (here.function.path / "README.md").read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if line.startswith("$ pivotctl call")]
        calls = [_OPTION.findall(line) for line in lines]
        variables = here.sandbox.environment.variables
        chance = random.Random(seed)  # noqa: S311
        return cls(here, chance, Allowed.of(here.function, variables), calls or [[]])

    def call(self, number: int) -> None:
        """Call once; keys are those of the README, or a number in their place."""
        fields = caller_s_fields(self.chance, f"hostile-{number}@198.51.100.9")
        path, options = self.here.path, self.chance.choice(self.calls)
        keys = [value.strip("#") for name, value in options if name == "press"]
        if (known := dict(options).get("from")) and self.chance.random() < _AS_SHOWN:
            fields["Caller-ID-Number"] = known
        for step in range(_LONGEST_CALL):
            answer = self.here.ask(path, form_text(fields).encode())
            self._judge(answer)
            paths = answer.next_paths if answer.is_ok else []
            if not paths:
                return
            path = self.chance.choice(paths)
            pressed = self._pressed(keys, step)
            named = answer.nodes
            fields = fields | {"Digits": {"answer": pressed, "default": pressed}}
            if not named:
                fields["Digits"] = pressed

    def _pressed(self, keys: Sequence[str], step: int) -> str:
        if step < len(keys) and self.chance.random() < _AS_SHOWN:
            return keys[step]
        return any_number(self.chance).strip("+sip:") or "1"

    def _judge(self, answer: Answer) -> None:
        for number in answer.dialed if answer.is_ok else ():
            self.dialed += 1
            if not self.allowed.includes(number):
                self.found.append(f"{self.here.function.name}: {number or 'the dialed number'}")


_LONGEST_CALL = 8
_AS_SHOWN = 0.7
"""Share of the keys that are those of the README, so that a call gets to where it dials."""


# -- texts -----------------------------------------------------------------------------------------

TEXTS = (
    "</Say><Dial>+19005551234</Dial>", '"><Dial>+19005551234</Dial>', "]]><Dial/>", "&lt;Dial&gt;",
    "<!DOCTYPE x [<!ENTITY a 'b'>]>&a;", "${api(system id)}", "$${domain}", "${caller_id_number}",
    "%24%7Bapi%7D", '","module":"offnet","data":{"to_did":"+19005551234"}}', '\\","x":"\\u0000',
    "a&Digits=1&Account-ID=b", "a\r\nX-Injected: 1", "\x1b[31mred", "tab\there", "bell\x07",
    "\ufffe\uffff", "\u202eevil\u202c", "\u2028\u2029", "Zo\u00eb", "\u5f20\u4f1f",
    "\U0001f4de", "\u0000", "a" * 5000, "' OR 1=1 --", "../../etc/passwd", "{{7*7}}", "#{1}",
    "`id`", "| nc 198.51.100.9 1", "; hangup", "\u00e9\u0301" * 200,
)  # fmt: skip
RAW = (b"%ff%fe", b"%C0%AF", b"%ED%A0%80", b"%E9", b"%u0041", b"%", b"%2", b"%00", b"%2524%257B")
"""Bytes in a form that are no UTF-8, or no escape at all."""

_NEVER = re.compile(
    r"[$`|\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]|\{\{|</?(Dial|Say)|<!D"
)
"""Forbidden in a text of an answer: a media server might expand it, or an XML parser choke."""


def sent_as(fields: Mapping[str, Any]) -> Iterator[tuple[str, bytes, str, str]]:
    """Yield the same request in KAZOO's three ways: its name, body, content type, and query."""
    form = form_text(dict(fields))
    yield "form", form.encode(), FORM, ""
    yield "JSON", json_text(dict(fields)).encode("utf-8", "surrogatepass"), JSON, ""
    yield "query", b"", FORM, form


def requests_with(text: str) -> Iterator[tuple[str, bytes, str, str]]:
    """Yield requests in which a caller has chosen every text."""
    names = ("Caller-ID-Name", "Callee-ID-Name", "From", "To", "Request", "User-Agent")
    variables = {"name": text, "customer": text, "language": text}
    fields: dict[str, Any] = {
        "Account-ID": ACCOUNT_ID,
        "Call-ID": "texts@198.51.100.9",
        "Caller-ID-Number": "+14155550199",
        **dict.fromkeys(names, text),
        "Custom-Application-Vars": variables,
    }
    yield from sent_as(fields)


def raw_requests() -> Iterator[tuple[str, bytes, str, str]]:
    """Yield forms with bytes that no encoder writes."""
    for raw in RAW:
        head = f"Account-ID={ACCOUNT_ID}&Call-ID=raw%40198.51.100.9&Caller-ID-Name=".encode()
        yield f"raw {raw.decode()}", head + raw + b"&From=" + raw, FORM, ""
    surrogate = json_text({"Account-ID": ACCOUNT_ID, "Call-ID": "raw@198.51.100.9"})[:-1]
    yield (
        "JSON with half a character",
        f'{surrogate},"Caller-ID-Name":"\\ud800"}}'.encode(),
        JSON,
        "",
    )


def faults_of(answer: Answer) -> Iterator[str]:
    """Say what is wrong with an answer to a hostile text; a refused request is as it should be."""
    if not answer.is_ok:
        if answer.given.status >= 500:  # noqa: PLR2004
            yield f"status {answer.given.status}"
        return
    yield from answer.refusals
    yield from (f"text {text[:40]!r}" for text in answer.texts if _NEVER.search(text))
