"""Programs that open a tunnel: their commands, and how they print its URL.

`cloudflared` and `ngrok` need no server of one's own. `ssh` needs one, or a service that forwards
port 80 and prints a URL.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

ANY, SSH = "auto", "ssh"
_SSH_PORT = 80
_TARGET = re.compile(r"ssh:(?P<host>[^/\s:-][^/\s:]*)(:(?P<port>\d{1,5}))?(/(?P<remote>\d{1,5}))?")
_INSTALL = (
    "install cloudflared (https://developers.cloudflare.com/cloudflare-one/connections/"
    "connect-networks/downloads/) or ngrok (https://ngrok.com/download), or name a server that you "
    "reach by SSH: --tunnel ssh:USER@HOST"
)


class TunnelError(Exception):
    """There is no tunnel. The text has the reason and the fix."""


@dataclass(frozen=True)
class Program:
    """A program: its command for a port, and the URL in a line that it prints, '' for no URL."""

    name: str
    command: Callable[[int], list[str]]
    url_in: Callable[[str], str]


_CLOUDFLARED = re.compile(r"https://(?!api\.)[a-z0-9-]+\.trycloudflare\.com")
_NGROK = re.compile(r'msg="started tunnel".*\burl=(https://\S+)')
_SERVICE = re.compile(
    r"^(?:.*\b(?:tunneled|forwarding)\b.*?)?(https://[a-z0-9.-]+)/?\s*$", re.IGNORECASE
)
"""The URL in a line of a service, alone or in a sentence about the tunnel."""

_FORWARDED = re.compile(r"remote forward success for: listen ")


def _cloudflared(port: int) -> list[str]:
    return ["cloudflared", "tunnel", "--no-autoupdate", "--url", f"http://127.0.0.1:{port}"]


def _ngrok(port: int) -> list[str]:
    return [
        "ngrok",
        "http",
        f"http://127.0.0.1:{port}",
        "--log",
        "stdout",
        "--log-format",
        "logfmt",
    ]


_PROGRAMS = {
    "cloudflared": Program("cloudflared", _cloudflared, lambda line: _first(_CLOUDFLARED, line)),
    "ngrok": Program("ngrok", _ngrok, lambda line: _first(_NGROK, line)),
}


def program_of(wanted: str, url: str = "") -> Program:
    """Return the program that is *wanted*: `auto`, a name, or `ssh:[USER@]HOST[:PORT][/PORT]`.

    *url* is the address at which the server of an SSH tunnel is reached, and the last port the one
    at which SSH listens there. Raises `TunnelError`.
    """
    if wanted.startswith(f"{SSH}:"):
        return _ssh(wanted, _address(url) if url else "")
    if url:
        raise TunnelError(f"--tunnel-url {url}: only an SSH tunnel has an address of yours")
    if wanted == ANY:
        found = next((name for name in _PROGRAMS if shutil.which(name)), "")
        if not found:
            raise TunnelError(f"No program for a tunnel is installed: {_INSTALL}")
        return _PROGRAMS[found]
    if wanted not in _PROGRAMS:
        raise TunnelError(f"--tunnel {wanted}: use cloudflared, ngrok, or ssh:USER@HOST")
    return _installed(_PROGRAMS[wanted])


def _ssh(wanted: str, url: str) -> Program:
    """A tunnel by SSH, ready when the server listens, or when it has printed its URL."""
    found = _TARGET.fullmatch(wanted)
    if found is None:
        raise TunnelError(f"--tunnel {wanted}: use ssh:[USER@]HOST[:PORT][/PORT ON THE HOST]")
    port = ["-p", found["port"]] if found["port"] else []
    remote = found["remote"] or str(_SSH_PORT)

    def command(local: int) -> list[str]:
        forward = f"{remote}:127.0.0.1:{local}"
        return [
            "ssh", "-v", "-T", "-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes",
            "-o", "ServerAliveInterval=30", *(["-N"] if url else []), *port, "-R", forward,
            found["host"],
        ]  # fmt: skip

    def url_in(line: str) -> str:
        if url:
            return url if _FORWARDED.search(line) else ""
        return "" if line.startswith("debug1:") else _first(_SERVICE, line)

    return _installed(Program(SSH, command, url_in))


def _installed(program: Program) -> Program:
    if not shutil.which(program.name):
        raise TunnelError(f"{program.name} is not installed: {_INSTALL}")
    return program


def _address(url: str) -> str:
    """The address without a slash at its end. Raises `TunnelError`."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise TunnelError(f"--tunnel-url {url}: use an address as https://dev.example.com")
    return url.rstrip("/")


def _first(pattern: re.Pattern[str], line: str) -> str:
    found = pattern.search(line)
    return (found[1] if pattern.groups else found[0]) if found else ""
