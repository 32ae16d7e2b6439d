"""A headless Chromium, driven over its debugging pipe: no driver and no package is needed.

The protocol is Chrome's DevTools Protocol, JSON messages that end in a NUL byte. A script that is
evaluated this way is not subject to the page's own security policy.
"""

import base64
import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--remote-debugging-pipe",
)
# The browser reads from 3 and writes to 4.
_LAUNCH = """
import os, sys
os.dup2(int(sys.argv[1]), 3), os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
_FREE = 10
_PHONE = 600


def find() -> str | None:
    """The path of this machine's Chromium."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """One tab. `log` holds what the browser itself reported, such as a refused style."""

    def __init__(self, commands: BinaryIO, answers: BinaryIO) -> None:
        self._commands = commands
        self._answers = answers
        self._session = ""
        self._last = 0
        self.log: list[str] = []
        target = self.do("Target.createTarget", url="about:blank")["targetId"]
        attached = self.do("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Log", "Runtime"):
            self.do(f"{domain}.enable")

    def do(self, method: str, **parameters: Any) -> Any:
        """Send one command and return its result."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._commands.write(json.dumps(message).encode() + b"\0")
        self._commands.flush()
        return self._until("id", self._last).get("result")

    def look(self, *, width: int, scheme: str = "light") -> None:
        """Show the page in a window *width* wide, to somebody who prefers *scheme*."""
        self.do(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < _PHONE,
        )
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.do("Emulation.setEmulatedMedia", features=[feature])

    def open(self, url: str, *, width: int, scheme: str = "light") -> None:
        """Load *url* in a window *width* wide, for somebody who prefers *scheme*."""
        self.look(width=width, scheme=scheme)
        self.do("Page.navigate", url=url)
        self._until("method", "Page.loadEventFired")

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        found = self.do("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in found:
            raise AssertionError(found["exceptionDetails"])
        return found["result"].get("value")

    def until(self, condition: str, seconds: float = 120) -> None:
        """Wait until a JavaScript condition is true."""
        self._met(f"() => {condition}", seconds)

    def click(self, selector: str) -> None:
        """Click the middle of an element with the mouse, once it stands still and is on top."""
        x, y = self._met(_still(selector), 120)
        for kind in ("mousePressed", "mouseReleased"):
            self.do("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def key(self, key: str) -> None:
        """Press and release a key."""
        text = {"text": key} if len(key) == 1 else {}
        self.do("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.do("Input.dispatchKeyEvent", type="keyUp", key=key)

    def type(self, text: str) -> None:
        """Replace the text of the field in focus by keys."""
        self.evaluate("document.activeElement.select()")
        self.do("Input.insertText", text=text)

    def enter(self) -> None:
        """Press Enter, and wait for the next page."""
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
        self.do("Input.dispatchKeyEvent", type="keyDown", **key)
        self.loaded()

    def loaded(self) -> None:
        """Wait for the next page."""
        self._until("method", "Page.loadEventFired")

    def picture(self, target: Path, tallest: int | None = None) -> None:
        """Store a picture of the page, PNG or WebP by the file's name, at most *tallest* high."""
        shown: dict[str, Any] = {"format": target.suffix.removeprefix(".")}
        if tallest:
            size = "(each => [each.clientWidth, each.scrollHeight])(document.documentElement)"
            width, height = self.evaluate(size)
            shown["clip"] = {"x": 0, "y": 0, "width": width, "scale": 1}
            shown["clip"]["height"] = min(height, tallest)
        taken = self.do("Page.captureScreenshot", captureBeyondViewport=True, **shown)
        target.write_bytes(base64.b64decode(taken["data"]))

    def _met(self, look: str, seconds: float) -> Any:
        """The first true value of a JavaScript function, which is called every ten milliseconds."""
        waiting = f"""new Promise((resolve, reject) => {{
            const end = performance.now() + {seconds * 1000};
            const look = {look};
            const again = () => {{
                const found = look();
                if (found) resolve(found);
                else if (performance.now() > end) reject(document.body.innerText);
                else setTimeout(again, 10);
            }};
            again();
        }})"""
        found = self.do(
            "Runtime.evaluate", expression=waiting, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in found:
            text = found["exceptionDetails"]["exception"].get("value")
            raise AssertionError(f"never: {look}. The page has: {text}")
        return found["result"]["value"]

    def _until(self, key: str, value: object) -> dict[str, Any]:
        while True:
            message = self._read()
            if message.get("method") == "Log.entryAdded":
                entry = message["params"]["entry"]
                self.log.append(f"{entry['text']} {entry.get('url', '')}")
            if message.get(key) == value:
                if "error" in message:
                    raise AssertionError(message["error"])
                return message

    def _read(self) -> dict[str, Any]:
        data = bytearray()
        while (byte := self._answers.read(1)) != b"\0":
            if not byte:
                raise AssertionError("the browser has ended")
            data += byte
        message: dict[str, Any] = json.loads(data)
        return message


def _still(selector: str) -> str:
    """A function that returns the middle of an element which has not moved since the last look."""
    return f"""(() => {{
        let before = "";
        return () => {{
            const each = document.querySelector({json.dumps(selector)});
            each?.scrollIntoView({{block: "center"}});
            const box = each?.getBoundingClientRect();
            const middle = box && [box.x + box.width / 2, box.y + box.height / 2];
            const still = middle && before === `${{middle}}`;
            before = `${{middle}}`;
            return still && each.contains(document.elementFromPoint(...middle)) && middle;
        }};
    }})()"""


@contextmanager
def started(command: str, profile: Path) -> Iterator[Page]:
    """A browser with one tab and a fresh profile."""
    browser_reads, we_write = map(_high, os.pipe())
    we_read, browser_writes = map(_high, os.pipe())
    ends = (browser_reads, browser_writes)
    where = f"--user-data-dir={profile}"
    browser = subprocess.Popen(
        [sys.executable, "-c", _LAUNCH, *map(str, ends), command, *FLAGS, where],
        pass_fds=ends,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for end in ends:
        os.close(end)
    with os.fdopen(we_write, "wb") as commands, os.fdopen(we_read, "rb") as answers:
        try:
            yield Page(commands, answers)
        finally:
            browser.terminate()
            browser.wait(timeout=20)


def _high(descriptor: int) -> int:
    """The same file under a number that is not in the way of 3 and 4."""
    high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FREE)
    os.close(descriptor)
    return high
