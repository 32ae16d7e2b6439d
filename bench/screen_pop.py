"""Measure how long after a webhook a screen pop can be read, in a real browser on this machine.

    python -m bench.screen_pop [--calls 30]

KAZOO's `channel_create` goes the whole way: receiver, table, bus, queue, WebSocket, page. A caller
counts as shown after the frame that has their name, and once more after the one that has their
record in the CRM, which the page asks for. The first call meets functions that have not run yet.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bench.latencies import line
from pivotctl.project import Project
from pivotctl.stack import session
from pivotkit.services.crossbar import LOCAL_ACCOUNT
from tests.browser import chromium
from tests.browser.chromium import Page
from tests.browser.test_live_pages import FUNCTIONS, Live

CALLS = 30
PAUSE_SECONDS = 0.5
WIDTH = 1280
TRIES = 20
PATIENCE = 300.0
"""Seconds for a connection, and for each part of a card, on a machine that is busy."""

PARTS = {"name": "webhook to screen pop", "record": "webhook to CRM record"}
WATCH = """
window.shown = {};
const note = (key) => {
  if (key in shown) return;
  shown[key] = 0;
  requestAnimationFrame(() => setTimeout(() => { shown[key] = Date.now() / 1000; }));
};
new MutationObserver(() => {
  for (const card of document.querySelectorAll(".pop")) {
    if (card.querySelector("h2").innerText) note(`${card.dataset.call} name`);
    if (card.querySelector(".customers a")) note(`${card.dataset.call} record`);
  }
}).observe(document.getElementById("calls"), { childList: true, subtree: true });
"""
"""Notes when a part of a card is on the screen: a task that follows its frame."""


def connected(page: Page, live: Live) -> None:
    """Open the page, again while its functions start too late for the gateway, and connect."""
    for _ in range(TRIES):
        page.open(f"{live.url}screen-pop?account={LOCAL_ACCOUNT}", width=WIDTH)
        if page.evaluate("document.getElementById('connection') !== null"):
            page.until("document.getElementById('connection').textContent === 'Live'", PATIENCE)
            return
    raise click.ClickException("the console does not answer")


def measured(page: Page, live: Live, calls: int) -> dict[str, list[float]]:
    """Seconds from the beginning of a webhook to each part of the page."""
    connected(page, live)
    page.evaluate(WATCH)
    late: dict[str, list[float]] = {part: [] for part in PARTS}
    for number in range(calls):
        call, began = f"pop-{number}", time.time()
        live.happens("channel_create", call, other_leg_call_id=call)
        for part, found in late.items():
            page.until(f"shown['{call} {part}']", PATIENCE)
            found.append(page.evaluate(f"shown['{call} {part}']") - began)
        live.happens("channel_destroy", call, other_leg_call_id=call)
        time.sleep(PAUSE_SECONDS)
    return late


@contextmanager
def browser() -> Iterator[Page]:
    """A tab of this machine's Chromium. Raises `ClickException` where there is none."""
    command = chromium.find()
    if command is None:
        raise click.ClickException(f"install one of {', '.join(chromium.NAMES)}")
    with tempfile.TemporaryDirectory() as profile, chromium.started(command, Path(profile)) as page:
        yield page


@click.command()
@click.option("--calls", default=CALLS, show_default=True, help="Calls, one after the other.")
def main(calls: int) -> None:
    """Measure the screen pop in a real browser."""
    with browser() as page, session(Project.find(), functions=FUNCTIONS, fresh=True) as stack:
        for part, late in measured(page, Live(stack), calls).items():
            click.echo(line(PARTS[part], calls, late))


if __name__ == "__main__":
    main()
