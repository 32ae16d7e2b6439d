"""Promises of security can fail: a planted hole is counted and named."""

import json
from pathlib import Path
from typing import Any

import pytest

from pivotctl.stack import DEVELOPMENT_KEYS
from pivotctl.stack.gateway import GatewayAnswer
from pivotctl.switch.http.exchange import HttpRequest, HttpResponse
from pivotkit.kazoo import offnet, pivot, tts
from pivotpages.guard import HEADERS, content_security_policy
from promises import supply
from promises.canaries import KEYS, NAME, NUMBER, TEXT, marked
from promises.doors import credentials
from promises.headers import crawl, faults, links
from promises.hostile import Allowed, Answer, faults_of
from promises.tested import Case, Report, _cases

URL = "http://127.0.0.1:8080/pivot-development/pivot/ring"

# -- doors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pivot", "webhooks", "cdr"])
def test_no_wrong_credential_is_right(kind: str) -> None:
    """Every credential of the table differs from the right key and from all others."""
    keys = [(each.key, each.headers) for each in credentials(kind)]
    assert len(set(keys)) == len(keys) >= 15
    assert DEVELOPMENT_KEYS[kind] not in {key for key, _ in keys}


# -- numbers and texts -----------------------------------------------------------------------------


def answer(body: str | dict[str, Any], status: int = 200) -> Answer:
    """An answer of a function."""
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/xml" if text.startswith("<") else "application/json"
    return Answer(GatewayAnswer(status, (("content-type", kind),), text.encode()), URL)


ALLOWED = Allowed(frozenset({"2030"}), frozenset({"US"}), ("+4420",))


@pytest.mark.parametrize(
    ("number", "allowed"),
    [
        ("+14155550123", True),
        ("2030", True),
        ("+442079460000", True),
        ("+441632960000", False),
        ("+19005551234", False),
        ("+18765551234", False),
        ("", False),
        ("911", False),
        ("sip:a@b", False),
    ],
)
def test_numbers_that_may_be_dialed(number: str, *, allowed: bool) -> None:
    """Those of the template's files, and ordinary ones of its countries and prefixes."""
    assert ALLOWED.includes(number) is allowed


def test_what_an_answer_dials() -> None:
    """A carrier without a number of its own dials the one that the caller dialed."""
    flow = tts("Hello.") >> offnet("+19005551234").on("USER_BUSY", offnet())
    assert list(answer(flow.as_json()).dialed) == ["+19005551234", ""]
    twiml = "<Response><Dial>911</Dial><Dial><Number>112</Number></Dial><Hangup/></Response>"
    assert list(answer(twiml).dialed) == ["911", "112"]


def test_where_a_call_goes_on() -> None:
    """A callflow names the next request in a pivot action, and a document in an action."""
    flow = tts("Hello.") >> pivot("https://a.example/k/pivot/ring")
    assert answer(flow.as_json()).next_paths == ["/k/pivot/ring"]
    twiml = '<Response><Gather action="https://a.example/k/pivot/menu"/></Response>'
    assert answer(twiml).next_paths == ["/k/pivot/menu"]


@pytest.mark.parametrize("text", ["${api(x)}", "a`id`", "{{7*7}}", "</Say><Dial>9", "\u0007"])
def test_a_text_that_stayed_a_command_is_found(text: str) -> None:
    """A text that a media server might expand is found wherever an answer has it."""
    good = {"module": "tts", "data": {"text": "Hello."}, "children": {}}
    assert list(faults_of(answer(good))) == []
    bad = {**good, "data": {"text": text}}
    assert any(said.startswith("text ") for said in faults_of(answer(bad)))


def test_an_error_is_found_and_a_refusal_is_none() -> None:
    """A malformed request may be refused, and may not break the function."""
    assert list(faults_of(answer("{}", 400))) == []
    assert list(faults_of(answer("{}", 502))) == ["status 502"]
    assert list(faults_of(answer({"module": "nothing", "data": {}, "children": {}})))


# -- logs ------------------------------------------------------------------------------------------


def test_events_have_canaries() -> None:
    """Numbers, names, texts, and keys are replaced at any depth; IDs and times are not."""
    event = {
        "caller_id_number": "+14155550199",
        "Caller-ID-Name": "Jane",
        "call": [{"text": "Hi", "dtmf_digits": "12"}],
        "call_id": "a@b",
        "timestamp": 63885519612,
    }
    assert marked(event) == {
        "caller_id_number": NUMBER,
        "Caller-ID-Name": NAME,
        "call": [{"text": TEXT, "dtmf_digits": KEYS}],
        "call_id": "a@b",
        "timestamp": 63885519612,
    }


# -- pages -----------------------------------------------------------------------------------------

HTML = ("Content-Type", "text/html; charset=utf-8")
GUARDED = {**HEADERS, "Content-Security-Policy": content_security_policy()}


def page(headers: dict[str, str], body: bytes = b"") -> HttpResponse:
    """A page with *headers*."""
    return HttpResponse(200, (HTML, *headers.items()), body)


LACKING = (*(GUARDED.keys() - {"X-Robots-Tag"}),)


@pytest.mark.parametrize("name", sorted(LACKING))
def test_a_header_that_is_missing_is_named(name: str) -> None:
    """With all of them a page has no fault, without any one it has."""
    assert list(faults(page(GUARDED))) == []
    assert list(faults(page({key: text for key, text in GUARDED.items() if key != name})))


@pytest.mark.parametrize("source", ["'unsafe-inline'", "*", "https://cdn.example", "data:"])
def test_a_policy_that_lets_others_in_is_named(source: str) -> None:
    """Scripts may come from the console's own origin alone."""
    policy = content_security_policy(script_src=source)
    assert list(faults(page({**GUARDED, "Content-Security-Policy": policy})))


def test_a_crawl_goes_along_the_links() -> None:
    """Every page that is linked is asked for once, and other origins are not."""
    linked = '<a href="/a">a</a><a href="https://other.example/">o</a><form action="b"></form>'
    first = "http://127.0.0.1:9/"
    assert list(links(linked, first)) == [f"{first}a", f"{first}b"]
    asked: list[str] = []

    def ask(request: HttpRequest) -> HttpResponse:
        asked.append(request.url)
        return page({}, linked.encode())

    every = list(crawl(first, ask))
    assert any(fault for _, fault in every)
    assert asked.count(f"{first}a") == 3
    assert not any("other" in url for url in asked)


# -- what is installed -----------------------------------------------------------------------------

HASH = f"--hash=sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (f"a==1 \\\n    {HASH}\n    # via b\n", ""),
        ("a==1\n", "x.txt: a has no hash"),
        (f"a>=1 {HASH}\n", "x.txt: an entry is not pinned to a version"),
        (f"git+https://example.com/a {HASH}\n", "x.txt: an entry is not pinned to a version"),
    ],
)
def test_an_entry_without_a_hash_is_found(line: str, fault: str) -> None:
    """Every entry of a lock has a version and a hash."""
    (entry,) = supply.locked(f"# made by uv\n{line}", "x.txt")
    assert entry.fault == fault


@pytest.mark.parametrize(
    ("license_", "permitted"),
    [
        ({"expression": "Apache-2.0 OR BSD-3-Clause"}, True),
        ({"license": {"id": "MIT"}}, True),
        ({"license": {"id": "GPL-3.0-only"}}, False),
        ({"expression": "MIT AND LGPL-2.1-only"}, False),
        ({"license": {"name": "Proprietary"}}, False),
    ],
)
def test_licenses(license_: dict[str, Any], *, permitted: bool) -> None:
    """All licenses of a package have to be permissive; one without a license is not permitted."""
    assert supply.is_permitted({"licenses": [license_]}) is permitted
    assert not supply.is_permitted({})


# -- tests -----------------------------------------------------------------------------------------


def test_a_failed_test_breaks_a_promise(tmp_path: Path) -> None:
    """Failures are named, tests that were skipped are no proof, and none at all is a failure."""
    report = tmp_path / "report.xml"
    report.write_text(
        '<s><testcase classname="a.b" name="one"/><testcase classname="a.b" name="two"><failure/>'
        '</testcase><testcase classname="a.b" name="three"><skipped/></testcase></s>',
        encoding="utf-8",
    )
    found = Report(tuple(_cases(report)))
    outcome = found.outcome("races")
    assert (outcome.figure, outcome.held) == ("1 of 2 races (1 skipped); failed: b: two", False)
    assert found.named("one").outcome("races").held
    assert not Report((Case("a", "b", "skipped"),)).outcome("races").held


def test_a_test_may_count_its_tries(tmp_path: Path) -> None:
    """A test that tries several things counts as many times as it has noted."""
    report = tmp_path / "report.xml"
    report.write_text(
        '<s><testcase classname="a.b" name="one"/><testcase classname="a.b" name="two">'
        '<properties><property name="tries" value="9"/></properties></testcase></s>',
        encoding="utf-8",
    )
    outcome = Report(tuple(_cases(report))).outcome("tries")
    assert (outcome.figure, outcome.held) == ("10 of 10 tries", True)
