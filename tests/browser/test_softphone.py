"""The softphone in a real browser: whole calls by keypad and keyboard, in all widths."""

from collections.abc import Iterator
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
from pivotctl.switch.http.exchange import HttpResponse
from pivotctl.switch.player.call import place_call
from pivotctl.switch.scenario import Scenario, pivot_flow
from tests.browser.chromium import Page
from tests.browser.test_console import CONTRAST
from tests.unit.switch.servers import URL, Server, as_json, flow, says

pytestmark = [pytest.mark.slow]

DESK, NARROW = 1280, 390
CHOSEN = "document.querySelector('[name=template]:checked')"


@pytest.fixture
def answering(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A softphone whose calls get given answers, whatever template is chosen."""
    answers: list[HttpResponse] = []

    def placed(_stack: Any, choices: CallChoices, person: Person) -> Iterator[CallEvent]:
        rest = says("Please try again later.")
        met = Scenario(flow=pivot_flow(URL, fallback=rest))
        return place_call(choices.scenario(met), Server([*answers]), person)

    monkeypatch.setattr(switchboard, "_placed", placed)
    with served(Phone.of(stack, Speech(None))) as url:
        yield url, answers


def opened(page: Page, url: str, template: str, *, width: int = DESK) -> None:
    """Open the phone and choose a template."""
    page.open(url, width=width)
    page.until(CHOSEN)
    page.evaluate(f"document.querySelector('[name=template][value={template}]').click()")
    page.until(f"document.getElementById('chosen').textContent.startsWith('{template}')")


def hears(page: Page, text: str) -> None:
    """Wait until the caption has a text."""
    page.until(f"document.getElementById('display').textContent.includes({text!r})")


def says_state(page: Page, text: str) -> None:
    """Wait until the phone's state has a text."""
    page.until(f"document.getElementById('state').textContent.includes({text!r})")


def text_of(page: Page, name: str) -> str:
    """The text of an element."""
    return str(page.evaluate(f"document.getElementById({name!r}).textContent"))


def test_a_whole_call_by_keypad(page: Page, softphone: str) -> None:
    """A caller enters account number and PIN, hears the balance as captions, and is connected."""
    opened(page, softphone, "account_balance")
    page.click("#call")
    hears(page, "Please enter your account number, followed by the pound key.")
    assert "account number" in page.evaluate(
        "document.querySelector('#lines .pending').textContent"
    )
    for key in "1001#":
        page.click(f"[data-key='{key}']")
    hears(page, "Please enter your PIN.")
    assert text_of(page, "pressed") == "1001#"
    for key in "4321":
        page.click(f"[data-key='{key}']")
    hears(page, "Your balance is 42 dollars and 17 cents.")
    page.click("[data-key='1']")
    says_state(page, "Ringing user b2c0a4e1…")
    page.until("!document.getElementById('skip').disabled")
    page.click("#skip")
    says_state(page, "Talking to user b2c0a4e1…")
    page.click("#hang-up")
    says_state(page, "You hung up · executes")
    lines = text_of(page, "lines")
    assert "collected: 001" in lines
    assert "has talked for" in lines
    assert page.evaluate("document.getElementById('caption').ariaLive") == "polite"
    kinds = "[...document.querySelectorAll('#bars .part')].map(part => part.classList[1])"
    assert page.evaluate(kinds)[:3] == ["asks", "speech", "collecting"]


def test_a_call_by_keyboard(page: Page, softphone: str) -> None:
    """A search finds a template, Enter calls, digits dial, an arrow skips, and Escape hangs up."""
    page.open(softphone, width=DESK)
    page.until(CHOSEN)
    page.evaluate("document.activeElement.blur()")
    page.key("/")
    page.type("balance PIN")
    page.key("Enter")
    page.until(f"{CHOSEN}.value === 'account_balance'")
    page.evaluate("document.activeElement.blur()")
    page.key("Enter")
    hears(page, "account number")
    page.until("!document.getElementById('skip').disabled")
    page.key("ArrowRight")
    says_state(page, "Your turn")
    for key in "1001#":
        page.key(key)
    hears(page, "PIN")
    page.key("Escape")
    says_state(page, "You hung up")
    assert "1001" in text_of(page, "pressed")


def test_a_refused_answer(page: Page, answering: Any) -> None:
    """A call whose answer KAZOO refuses shows the verdict, the rule, and the fix."""
    url, answers = answering
    answers.append(as_json(flow("tts", {"text": 5})))
    opened(page, url, "ring")
    page.click("#call")
    says_state(page, "Dead air")
    shown = text_of(page, "display")
    assert "dead_air: KAZOO takes the call, then crashes: silence, and no fallback" in shown
    assert "data.text, line 1: 5 is an integer, but KAZOO expects a string" in shown
    fix = page.evaluate("document.querySelector('#display .fix').textContent")
    assert fix == "Put it in quotes, or omit the key."
    page.click("#hang-up")
    says_state(page, "You hung up · dead_air")


def test_a_fallback_is_said_in_words(page: Page, answering: Any) -> None:
    """After a 500, KAZOO plays the callflow's fallback, and the phone says so."""
    url, answers = answering
    answers.append(HttpResponse(500, (), b"{}"))
    opened(page, url, "ring")
    page.click("#call")
    hears(page, "Please try again later.")
    assert "continues with the _ child" in text_of(page, "lines")
    page.click("#hang-up")
    says_state(page, "falls_back")


def test_hostile_names_are_text(page: Page, answering: Any) -> None:
    """Names of attackers are shown and sent as they are, and nothing of them runs."""
    url, answers = answering
    name = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    answers.append(as_json(says(f"Hello {name}.")))
    opened(page, url, "say_hello")
    page.evaluate(
        "(choice => { choice.value = 'Markup'; choice.dispatchEvent(new Event('change')); })"
        "(document.querySelector('[name=caller_choice]'))"
    )
    page.click("#call")
    hears(page, f"“Hello {name}.”")
    page.click("#skip")
    says_state(page, "KAZOO hung up")
    assert f"hears   “Hello {name}.”" in text_of(page, "lines")
    assert page.evaluate("document.querySelectorAll('#content :is(img, script[src])').length") == 0
    assert not [entry for entry in page.log if "onerror" in entry or "inline" in entry]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_phone_is_first_in_a_narrow_window(page: Page, answering: Any, scheme: str) -> None:
    """At 390 pixels the phone is the page, the rest are tabs under it, and nothing is too wide."""
    url, _ = answering
    page.open(url, width=NARROW, scheme=scheme)
    page.until(CHOSEN)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    assert page.evaluate(CONTRAST) >= 4.5
    top = "(id => document.getElementById(id).getBoundingClientRect().top)"
    assert page.evaluate(f"{top}('phone') < {top}('setup')")
    page.click("#tab-timeline")
    assert page.evaluate("document.getElementById('setup').offsetParent") is None
    assert page.evaluate("document.getElementById('timeline').offsetParent !== null")
