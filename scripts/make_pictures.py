"""Make docs/pictures: the pages as a browser shows them, wide and narrow, light and dark.

Starts everything on this machine, plays calls, and takes a picture of each page in each window.
It needs a Chromium.

    python -m scripts.make_pictures [NAME ...]
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode, urljoin

import pivotctl.stack
from bench import pages as stored_legs
from pivotctl.crossbar import ACCOUNT_ID
from pivotctl.local.calls import local_scenario
from pivotctl.phone.phone import Phone
from pivotctl.phone.server import served
from pivotctl.phone.speech import Speech
from pivotctl.project import Project
from pivotctl.stack import Stack
from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.http.exchange import send
from pivotctl.switch.scenario import new_call_id
from pivotkit.store.debug_switches import Switches
from pivotkit.store.table import Table
from pivotkit.store.with_boto3 import Boto3DynamoDb
from tests.browser import chromium
from tests.browser.chromium import Page
from tests.browser.test_live_pages import Live

FOLDER = Path("docs/pictures")
WIDE, NARROW = 1280, 390
WINDOWS = [(width, scheme) for width in (WIDE, NARROW) for scheme in ("light", "dark")]
LEGS = 4000
LISTED_SECONDS = 3600
TALLEST = 1100
CALLS = (
    ("account_balance", ("1001#", "4321", "1")),
    ("account_balance", ("1001#", "1111", "4321")),
    ("account_balance", ("9999#", "1001#", "4321")),
    ("account_balance", ()),
    ("custom_webhook", ("2", "2")),
    ("custom_webhook", ("2", "1")),
    ("custom_webhook", ("1",)),
    ("custom_webhook", ("1",)),
    ("custom_webhook", ("2",)),
    ("custom_webhook", ()),
)
"""Templates that are called, and what the caller presses."""


class Scene(NamedTuple):
    """A picture's name, and what brings the browser there."""

    name: str
    open: Callable[["Studio"], None]


class Studio:
    """The running stack with its phone, and the browser."""

    def __init__(self, stack: Stack, phone: str, page: Page) -> None:
        self.stack = stack
        self.phone = phone
        self.page = page
        self.call_id = ""

    def play_calls(self) -> None:
        """Play calls that the console then lists."""
        table = Table(
            self.stack.tables["CallIndexTable"], Boto3DynamoDb(self.stack.own.aws.dynamodb())
        )
        Switches(table).turn_on(ACCOUNT_ID, "", LISTED_SECONDS)
        for at, (name, press) in enumerate(CALLS):
            call_id = new_call_id()
            self.call_id = self.call_id or call_id
            number = f"+1415555019{at}"
            scenario = local_scenario(
                self.stack, name, {"debug": True}, press=press, call_id=call_id, caller=number
            )
            Dialogue.place(scenario, send)
        self.stack.wait_for_workers()
        self.stack.tick("kazoo_debug")

    def console(self, path: str, **query: str) -> None:
        """Open a page of the console."""
        address = urljoin(f"{self.stack.console_url}/", path)
        asked = f"?{urlencode(query)}" if query else ""
        self.page.open(address + asked, width=WIDE)


def softphone(studio: Studio) -> None:
    """A call that waits for a PIN."""
    page = studio.page
    page.open(studio.phone, width=WIDE)
    page.until("document.querySelector('[name=template]:checked')")
    page.evaluate("document.querySelector('[name=template][value=account_balance]').click()")
    page.until("document.getElementById('chosen').textContent.startsWith('account_balance')")
    page.evaluate("document.activeElement.blur()")
    page.key("Enter")
    for prompt, keys in (("account number", "1001#"), ("PIN", "")):
        page.until(f"document.getElementById('display').textContent.includes('{prompt}')")
        for key in keys:
            page.key(key)
    page.until("document.querySelector('#beside svg .running, #beside svg [class*=running]')")


def screen_pop(studio: Studio) -> None:
    """A caller with a record in the CRM."""
    live = Live(studio.stack)
    studio.console("screen-pop", account=ACCOUNT_ID)
    studio.page.until("document.getElementById('connection')?.textContent === 'Live'", 60)
    live.happens("channel_create")
    studio.page.until("document.querySelector('.pop .customers a')", 60)


def one_call(studio: Studio) -> None:
    """The timeline of a call, with its first request and answer."""
    call = {"account": ACCOUNT_ID, "id": studio.call_id}
    studio.console("call", **call)
    for entry in range(studio.page.evaluate("document.querySelectorAll('svg.lanes a').length")):
        studio.console("call", **call, entry=str(entry))
        if "Replay against" in studio.page.evaluate("document.body.innerText"):
            return


SCENES = (
    Scene("softphone", softphone),
    Scene("calls", lambda studio: studio.console("calls")),
    Scene("call", one_call),
    Scene("cdrs", lambda studio: studio.console("cdrs")),
    Scene("funnel", lambda studio: studio.console("funnel", account=ACCOUNT_ID)),
    Scene("templates", lambda studio: studio.console("templates")),
    Scene("screen-pop", screen_pop),
    Scene("console", lambda studio: studio.console("")),
)


def take(studio: Studio, scene: Scene, folder: Path) -> None:
    """Take the pictures of a scene."""
    scene.open(studio)
    for width, scheme in WINDOWS:
        studio.page.look(width=width, scheme=scheme)
        studio.page.picture(folder / f"{scene.name}-{width}-{scheme}.webp", TALLEST)


def main(names: list[str]) -> int:
    """Take the pictures *names*, or all."""
    chosen = [scene for scene in SCENES if not names or scene.name in names]
    if unknown := set(names) - {scene.name for scene in SCENES}:
        print(f"There is no picture {min(unknown)!r}. Choose of {[s.name for s in SCENES]}.")
        return 2
    command = chromium.find()
    if command is None:
        print(f"No browser: install one of {', '.join(chromium.NAMES)}.")
        return 1
    project = Project.find().with_live_debug()
    with (
        tempfile.TemporaryDirectory() as profile,
        pivotctl.stack.session(project, fresh=True, wire=True) as stack,
        served(Phone.of(stack, Speech(None))) as phone,
        chromium.started(command, Path(profile)) as page,
    ):
        studio = Studio(stack, phone, page)
        studio.play_calls()
        stored_legs.fill(stack, LEGS)
        for scene in chosen:
            print(f"{scene.name} ...", flush=True)
            take(studio, scene, project.root / FOLDER)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
