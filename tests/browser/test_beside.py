"""Panels beside the softphone in a real browser: flow, requests, kept calls, fired events."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pivotctl.phone import switchboard
from pivotctl.phone.choices import CallChoices
from pivotctl.phone.person import Person
from pivotctl.phone.phone import Phone
from pivotctl.phone.server import served
from pivotctl.phone.speech import Speech
from pivotctl.stack import Stack
from pivotctl.switch.events import CallEvent
from pivotctl.switch.http.exchange import ERROR_HEADER, HttpResponse
from pivotctl.switch.player.call import place_call
from pivotctl.switch.scenario import Scenario, pivot_flow
from tests.browser.axe import violations
from tests.browser.chromium import Page
from tests.browser.test_console import CONTRAST
from tests.unit.switch.servers import URL, Server, as_json, flow, says

pytestmark = [pytest.mark.slow]

DESK, NARROW = 1280, 390
HOSTILE = "<img src=x onerror=alert(1)></script>\u202e"
SHOWN = "<img src=x onerror=alert(1)></script>\\\\u202e"
TABS = ("requests", "state", "log", "keep", "fire")
SAVED = Path("tests/calls/test_say_hello_saved_in_the_browser.py")


@pytest.fixture
def answering(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A softphone whose calls get given answers, whatever template is chosen."""
    answers: list[HttpResponse] = []

    def placed(_stack: Any, choices: CallChoices, person: Person) -> Iterator[CallEvent]:
        met = Scenario(flow=pivot_flow(URL, fallback=says("Please try again later.")))
        return place_call(choices.scenario(met), Server([*answers]), person)

    monkeypatch.setattr(switchboard, "_placed", placed)
    with served(Phone.of(stack, Speech(None))) as url:
        yield url, answers


def dialed(
    page: Page, url: str, template: str, *, width: int = DESK, scheme: str = "light", **fields: str
) -> None:
    """Open the phone, choose a template and values of the setup, and call."""
    page.open(url, width=width, scheme=scheme)
    page.until("document.querySelector('[name=template]:checked')")
    page.evaluate(f"document.querySelector('[name=template][value={template}]').click()")
    for name, value in fields.items():
        page.evaluate(f"document.querySelector('[name={name}]').value = {json.dumps(value)}")
    page.click("#call")


def over(page: Page) -> None:
    """Wait until the call has ended, without waiting for what it would play."""
    skip = "document.getElementById('skip').click()"
    page.until(f"!document.getElementById('keep').hidden || ({skip}, false)")


def has(page: Page, name: str, text: str) -> None:
    """Wait until an element has a text."""
    page.until(f"document.getElementById({name!r}).textContent.includes({json.dumps(text)})")


def nodes(page: Page, state: str) -> list[str]:
    """The names of the nodes in a state."""
    found = f"[...document.querySelectorAll('.node.{state} .name')].map(each => each.textContent)"
    names: list[str] = page.evaluate(found)
    return names


def test_the_flow_follows_the_call(page: Page, softphone: str) -> None:
    """The running step is lit while the caller is asked, and taken once they have answered."""
    dialed(page, softphone, "account_balance")
    page.until("document.querySelector('.node.running .name')?.textContent === 'tts'")
    page.click("#skip")
    page.until("document.querySelector('.node.running .name')?.textContent === 'collect_dtmf'")
    assert "user" in nodes(page, "untaken")
    for key in "1001#":
        page.click(f"[data-key='{key}']")
    has(page, "display", "PIN")
    page.until("document.querySelectorAll('.node.taken').length >= 4")
    keys = page.evaluate("[...document.querySelectorAll('.key.taken')].map(e => e.textContent)")
    assert {"answer 1", "answer 2"} <= {*keys}
    page.click("#hang-up")
    over(page)
    assert nodes(page, "running") == []
    page.click("#tab-state")
    has(page, "panel-state", "run:account_balance")


def test_a_refused_answer(page: Page, answering: Any) -> None:
    """The line of a refused answer is marked, with the rule and the fix; in the flow as well."""
    url, answers = answering
    answers.append(as_json(says("Hello.") | {"children": {"_": flow("tts", {"text": 5})}}))
    dialed(page, url, "ring")
    page.until("document.querySelector('#panel-requests mark')")
    assert page.evaluate("document.querySelector('#panel-requests mark').textContent.trim()") == (
        '"text": 5'
    )
    assert page.evaluate("document.querySelector('#panel-requests .fix').textContent")
    assert page.evaluate("document.getElementById('exchange-verdict').textContent") == "dead_air"
    assert page.evaluate("document.querySelectorAll('.latency .limit').length") == 2
    assert nodes(page, "refused") == ["tts"]
    page.click("#hang-up")
    over(page)


def test_an_error_of_the_author(page: Page, answering: Any) -> None:
    """The error of a function that failed is in the log, beside the fallback that it answers."""
    url, answers = answering
    fallback = as_json(says("Sorry."))
    failed = (ERROR_HEADER, f"KeyError at app.py:21 {HOSTILE.encode('ascii', 'ignore').decode()}")
    answers.append(HttpResponse(200, (*fallback.headers, failed), fallback.body))
    dialed(page, url, "ring")
    over(page)
    page.click("#tab-log")
    has(page, "panel-log", "KeyError at app.py:21")
    assert page.evaluate("document.getElementById('exchange-verdict').textContent") == "fallback"


def test_hostile_texts_stay_texts(page: Page, answering: Any) -> None:
    """Markup in names and answers is text in every panel, and nothing of it runs."""
    url, answers = answering
    answers.append(as_json(says(f"Hello {HOSTILE}.")))
    dialed(page, url, "say_hello", caller_name=HOSTILE)
    over(page)
    for tab in TABS:
        page.click(f"#tab-{tab}")
    page.click("#tab-requests")
    has(page, "panel-requests", SHOWN.encode().decode("unicode_escape").encode().decode())
    has(page, "flow", "<img src=x onerror=alert(1)>")
    has(page, "keep-command", "<img src=x onerror=alert(1)>")
    page.click("#panel-requests .switch button:last-child")
    has(page, "panel-requests", "content-type: application/x-www-form-urlencoded")
    assert page.evaluate("document.querySelectorAll('#beside img, #beside script').length") == 0
    assert [entry for entry in page.log if "Content Security" in entry] == []


@pytest.fixture
def saved(stack: Stack) -> Iterator[Path]:
    """The test that is saved in the browser; it is removed afterwards."""
    path = stack.project.root / SAVED
    path.unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)


def test_a_saved_call_passes(page: Page, softphone: str, saved: Path) -> None:
    """A finished call with an attacker's name becomes a dialogue test, which runs and passes."""
    dialed(page, softphone, "say_hello", caller_name=HOSTILE)
    over(page)
    page.click("#tab-keep")
    page.click("#test-name")
    page.type("saved in the browser")
    page.click("#save-test button:not([type])")
    page.until("/passes|fails/.test(document.getElementById('keep-result').textContent)", 240)
    shown = page.evaluate("document.getElementById('panel-keep').textContent")
    assert f"Saved as {SAVED.as_posix()}. The test passes." in shown, shown
    assert "def test_saved_in_the_browser(dial: Phone)" in saved.read_text(encoding="utf-8")
    page.click("#save-test button:not([type])")
    has(page, "keep-result", "Choose another name")


def test_a_replay_shows_no_difference(page: Page, softphone: str) -> None:
    """A call that is repeated against the same code is the same, and has a command."""
    dialed(page, softphone, "say_hello")
    over(page)
    page.click("#tab-keep")
    has(page, "keep-command", "pivotctl call say_hello")
    page.click("#replay")
    has(page, "keep-result", "The call is the same with the current code.")


def test_a_shared_file_is_shown_without_dialing(page: Page, softphone: str) -> None:
    """A file saved from one page shows the same flow in another one; a wrong file says why not."""
    dialed(page, softphone, "say_hello")
    over(page)
    flow_before = page.evaluate("document.getElementById('flow').textContent")
    page.do("Runtime.evaluate", awaitPromise=True, expression=_SHARE)
    page.evaluate("sessionStorage.setItem('file', window.file)")
    page.open(softphone, width=DESK)
    page.evaluate(_OPEN.replace("CONTENT", "sessionStorage.getItem('file')"))
    has(page, "open-result", "shown without dialing")
    page.until(f"document.getElementById('flow').textContent === {json.dumps(flow_before)}")
    has(page, "lines", "Have a great day.")
    page.evaluate(_OPEN.replace("CONTENT", "'{}'"))
    has(page, "open-result", "has no format pivot-call")


_SHARE = """fetch(document.getElementById('share').href).then(answer => answer.text())
    .then(text => { window.file = text; })"""
_OPEN = """(() => {
    const files = new DataTransfer();
    files.items.add(new File([CONTENT], 'call.json', {type: 'application/json'}));
    const field = document.getElementById('open-file');
    field.files = files.files;
    field.dispatchEvent(new Event('change'));
})()"""


_LATE = """(() => {
    const real = window.fetch;
    const released = new Promise((resolve) => { window.release = resolve; });
    window.fetch = (path, ...rest) =>
        path === '/templates' ? released.then(() => real(path, ...rest)) : real(path, ...rest);
})()"""


def test_a_late_list_of_templates(page: Page, softphone: str) -> None:
    """A list of templates that comes late does not move the panels beside the setup."""
    late = page.do("Page.addScriptToEvaluateOnNewDocument", source=_LATE)
    page.open(softphone, width=DESK)
    page.do("Page.removeScriptToEvaluateOnNewDocument", **late)
    page.click("#tab-fire")
    page.until("document.querySelector('[data-name=caller_id_name]')")
    where = "document.querySelector('#fire button:not([type])').getBoundingClientRect().y"
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    before = page.evaluate(where)
    page.evaluate("release()")
    page.until("document.querySelector('[name=template]:checked')")
    page.do("Runtime.evaluate", expression="new Promise(requestAnimationFrame)", awaitPromise=True)
    assert page.evaluate(where) == before


def test_a_fired_hook_shows_its_record(page: Page, softphone: str) -> None:
    """An event fired from its form shows the stored record and the functions that have run."""
    page.open(softphone, width=DESK)
    page.until("document.querySelector('[name=template]:checked')")
    page.click("#tab-fire")
    page.until("document.querySelector('[data-name=caller_id_name]')")
    page.evaluate(
        f"document.querySelector('[data-name=caller_id_name]').value = {json.dumps(HOSTILE)}"
    )
    page.evaluate("document.querySelector('[name=encoding]').value = 'json'")
    page.click("#fire button:not([type])")
    has(page, "fire-result", "Delivered, and the workers are done.")
    has(page, "fire-report", "CallRecordsTable")
    has(page, "fire-report", "call_records")
    has(page, "fire-report", "<img src=x onerror=alert(1)>")
    assert page.evaluate("document.querySelectorAll('#fire-report img').length") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_panel_can_be_read(page: Page, answering: Any, scheme: str) -> None:
    """In a narrow window every panel fits, and all text has contrast, in both schemes."""
    url, answers = answering
    answers.append(as_json(says("Hello.") | {"children": {"_": flow("tts", {"text": 5})}}))
    dialed(page, url, "say_hello", width=NARROW, scheme=scheme)
    page.until("document.querySelector('#panel-requests mark')")
    page.click("#hang-up")
    over(page)
    page.click("#tab-beside")
    for tab in TABS:
        page.click(f"#tab-{tab}")
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
        assert page.evaluate(CONTRAST) >= 4.5


@pytest.mark.parametrize(("width", "scheme"), [(DESK, "light"), (DESK, "dark"), (NARROW, "light")])
def test_the_softphone_is_accessible(page: Page, answering: Any, width: int, scheme: str) -> None:
    """Axe finds nothing against WCAG 2.2 AA: idle, in a refused call, after it, and in each tab."""
    url, answers = answering
    answers.append(as_json(flow("tts", {"text": 5})))
    page.open(url, width=width, scheme=scheme)
    page.until("document.querySelector('[name=template]:checked')")
    assert violations(page) == [], "idle"
    dialed(page, url, "ring", width=width, scheme=scheme)
    has(page, "display", "dead_air")
    assert violations(page) == [], "in a call"
    page.click("#hang-up")
    over(page)
    if width == NARROW:
        page.click("#tab-beside")
    for tab in TABS:
        page.click(f"#tab-{tab}")
        assert violations(page) == [], tab
    if width == NARROW:
        page.click("#tab-timeline")
        assert violations(page) == [], "timeline"
