"""Tunnels: by programs that print what cloudflared, ngrok, and ssh print, and by a real ssh."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from pivotctl.stack.ports import free_port
from pivotctl.stack.processes import alive
from pivotctl.tunnel import Program, TunnelError, opened, program_of

CLOUDFLARED = """\
2026-11-29T14:06:46Z INF Thank you for trying Cloudflare Tunnel. See https://developers.cloudflare.com/cloudflare-one
2026-11-29T14:06:46Z INF Requesting new quick Tunnel on trycloudflare.com...
2026-11-29T14:06:49Z INF +--------------------------------------------------------------+
2026-11-29T14:06:49Z INF |  Your quick Tunnel has been created! Visit it at (it may     |
2026-11-29T14:06:49Z INF |  https://buffalo-marco-motel.trycloudflare.com               |
2026-11-29T14:06:49Z INF +--------------------------------------------------------------+
2026-11-29T14:06:50Z INF Registered tunnel connection connIndex=0 location=fra07
"""
NO_CLOUDFLARED = """\
2026-11-29T09:49:15Z INF Requesting new quick Tunnel on trycloudflare.com...
failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel": dial tcp: no such host
"""
NGROK = """\
t=2026-11-29T09:06:27+0000 lvl=info msg="starting web service" obj=web addr=127.0.0.1:4040
t=2026-11-29T09:06:27+0000 lvl=info msg="client session established" obj=tunnels.session
t=2026-11-29T09:06:27+0000 lvl=info msg="started tunnel" obj=tunnels addr=http://127.0.0.1:1 url=https://8e00-35-197.ngrok-free.app
"""
NO_NGROK = """\
t=2026-11-29T09:06:27+0000 lvl=eror msg="failed to reconnect session" err="authentication failed"
ERROR:  authentication failed: Usage of ngrok requires a verified account and authtoken.
ERROR:  ERR_NGROK_4018
"""
SERVICE = """\
debug1: Reading configuration data /etc/ssh/ssh_config
Welcome to the service! See https://admin.localhost.run/ for accounts
debug1: remote forward success for: listen 80, connect 127.0.0.1:18500
4af9c2b1d5e6.lhr.life tunneled with tls termination, https://4af9c2b1d5e6.lhr.life
"""
NO_SSH = "debug1: Connecting\nme@dev.example.com: Permission denied (publickey).\n"


class Programs:
    """A PATH with programs that print a text, keep their arguments, and run on, or end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def has(self, name: str, text: str, *, status: int | None = None) -> None:
        """Have a program; with *status* it ends."""
        (self.folder / f"{name}.txt").write_text(text)
        end = "exec sleep 600" if status is None else f"exit {status}"
        keep = f'echo "$@" > {self.folder}/{name}.arguments; echo $$ > {self.folder}/{name}.pid'
        script = self.folder / name
        script.write_text(f"#!/bin/sh\n{keep}\ncat {self.folder}/{name}.txt >&2\n{end}\n")
        script.chmod(0o755)

    def arguments(self, name: str) -> list[str]:
        """The arguments of a program."""
        return (self.folder / f"{name}.arguments").read_text().split()

    def pid(self, name: str) -> int:
        """The process of a program."""
        return int((self.folder / f"{name}.pid").read_text())


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """A PATH with the system's basic programs, and without tunnels."""
    for name in ("cat", "sleep", "sh"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(tmp_path))
    return Programs(tmp_path)


def never(reason: str) -> None:
    """Be told of no end."""
    raise AssertionError(reason)


WORKING = [
    ("auto", "", "cloudflared", CLOUDFLARED, "https://buffalo-marco-motel.trycloudflare.com"),
    ("cloudflared", "", "cloudflared", CLOUDFLARED, "https://buffalo-marco-motel.trycloudflare.com"),
    ("auto", "", "ngrok", NGROK, "https://8e00-35-197.ngrok-free.app"),
    ("ssh:nokey@localhost.run", "", "ssh", SERVICE, "https://4af9c2b1d5e6.lhr.life"),
    ("ssh:me@h:2222/8080", "https://dev.example.com/", "ssh", SERVICE, "https://dev.example.com"),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "url", "name", "text", "public"), WORKING)
def test_a_program_opens_a_tunnel(
    programs: Programs, wanted: str, url: str, name: str, text: str, public: str
) -> None:
    """The URL is read from what the program prints, and the program ends with the context."""
    programs.has(name, text)
    with opened(program_of(wanted, url), 18_500, never) as tunnel:
        assert (tunnel.url, tunnel.program) == (public, name)
        assert any("127.0.0.1:18500" in each for each in programs.arguments(name))
        assert alive(programs.pid(name))
    assert not alive(programs.pid(name))


def test_a_server_of_ones_own(programs: Programs) -> None:
    """SSH gets user, host, port, and the port there; it asks nothing, and ends if it cannot."""
    programs.has("ssh", SERVICE)
    with opened(program_of("ssh:me@h:2222/8080", "https://dev.example.com"), 18_500, never):
        given = programs.arguments("ssh")
    assert {"-N", "BatchMode=yes", "ExitOnForwardFailure=yes"} <= set(given)
    assert given[-5:] == ["-p", "2222", "-R", "8080:127.0.0.1:18500", "me@h"]


FAILING = [
    ("cloudflared", "cloudflared", NO_CLOUDFLARED, 1, "no such host"),
    ("ngrok", "ngrok", NO_NGROK, 1, "ERR_NGROK_4018"),
    ("ssh:me@dev.example.com", "ssh", NO_SSH, 255, "Permission denied (publickey)."),
    ("cloudflared", "cloudflared", "", 3, "ended with status 3, without a word."),
]


@pytest.mark.parametrize(("wanted", "name", "text", "status", "said"), FAILING)
def test_a_program_that_fails(
    programs: Programs, wanted: str, name: str, text: str, status: int, said: str
) -> None:
    """A program that ends before it has printed a URL is quoted, with its status."""
    programs.has(name, text, status=status)
    with (
        pytest.raises(TunnelError, match=f"{name} ended with status {status}") as caught,
        opened(program_of(wanted), 18_500, never),
    ):
        pass
    assert said in str(caught.value)
    assert "debug1" not in str(caught.value)


def test_a_program_that_prints_no_url(programs: Programs) -> None:
    """After the time that it has, the program is given up, quoted, and ended."""
    programs.has("cloudflared", NO_CLOUDFLARED)
    said = "cloudflared has printed no URL within 0.5 seconds"
    with pytest.raises(TunnelError, match=said), opened(program_of("auto"), 1, never, 0.5):
        pass
    assert not alive(programs.pid("cloudflared"))


def test_a_tunnel_that_ends(programs: Programs) -> None:
    """The end of an open tunnel is reported once, with what the program printed last."""
    programs.has("ngrok", NGROK)
    reasons: queue.SimpleQueue[str] = queue.SimpleQueue()
    with opened(program_of("ngrok"), 1, reasons.put):
        os.kill(programs.pid("ngrok"), signal.SIGTERM)
        reason = reasons.get(timeout=20)
    assert reason.startswith("ngrok ended with status -15:\n")
    assert "started tunnel" in reason
    assert reasons.empty()


MISTAKES = [
    ("auto", "", "No program for a tunnel is installed: install cloudflared"),
    ("ngrok", "", "ngrok is not installed: install cloudflared"),
    ("ssh:me@h", "", "ssh is not installed"),
    ("ssh", "", "--tunnel ssh: use cloudflared, ngrok, or ssh:USER@HOST"),
    ("ssh:-oProxyCommand=x", "", "use ssh:[USER@]HOST"),
    ("ssh:me@h/x", "", "use ssh:[USER@]HOST"),
    ("ssh:me@h", "dev.example.com", "--tunnel-url dev.example.com: use an address as https://"),
    ("ngrok", "https://h", "only an SSH tunnel has an address of yours"),
]


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize(("wanted", "url", "said"), MISTAKES)
def test_a_tunnel_that_cannot_be_meant(wanted: str, url: str, said: str) -> None:
    """The error names the option, the value, and the fix."""
    with pytest.raises(TunnelError) as caught:
        program_of(wanted, url)
    assert said in str(caught.value)


# -- the real ssh ----------------------------------------------------------------------------------


class Answering(BaseHTTPRequestHandler):
    """Answers every GET."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *arguments: object) -> None:
        """Keep quiet."""


@pytest.fixture
def local() -> Iterator[int]:
    """The port of a server on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
USER = os.environ.get("USER") or ("root" if os.getuid() == 0 else "")
needs_sshd = pytest.mark.skipif(
    not (SSHD and shutil.which("ssh") and USER),
    reason="openssh-server and openssh-client are not installed",
)


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[tuple[int, int, Path]]:
    """A server for SSH: its port, one at which it may listen, and a client's configuration."""
    for name in ("host", "user"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True
        )
    port, remote = free_port(), free_port()
    (tmp_path / "server").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {tmp_path}/host\nPidFile none\nUsePAM no\n"
        f"AuthorizedKeysFile {tmp_path}/user.pub\nStrictModes no\nPermitRootLogin yes\n"
        f"PermitListen localhost:{remote}\n"
    )
    host_key = (tmp_path / "host.pub").read_text()
    (tmp_path / "known").write_text(f"[127.0.0.1]:{port} {host_key}")
    (tmp_path / "client").write_text(
        f"IdentityFile {tmp_path}/user\nIdentitiesOnly yes\nUserKnownHostsFile {tmp_path}/known\n"
    )
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd of root insists on it
    process = subprocess.Popen(
        [str(SSHD), "-D", "-e", "-f", tmp_path / "server"], stderr=subprocess.PIPE, text=True
    )
    for line in process.stderr or ():
        if "listening" in line:
            break
    yield port, remote, tmp_path / "client"
    process.terminate()
    process.communicate()


def with_configuration(program: Program, path: Path) -> Program:
    """The program with a configuration of its own."""

    def command(port: int) -> list[str]:
        first, *rest = program.command(port)
        return [first, "-F", str(path), *rest]

    return Program(program.name, command, program.url_in)


@needs_sshd
def test_a_real_ssh(sshd: tuple[int, int, Path], local: int) -> None:
    """A port of the server leads to this machine while the tunnel is open, and not afterwards."""
    port, remote, configuration = sshd
    url = f"http://127.0.0.1:{remote}"
    program = program_of(f"ssh:{USER}@127.0.0.1:{port}/{remote}", url)
    with opened(with_configuration(program, configuration), local, never) as tunnel:
        assert httpx.get(tunnel.url).text == "ok"
    with pytest.raises(httpx.TransportError):
        httpx.get(url)


@needs_sshd
def test_a_port_that_the_server_does_not_give(sshd: tuple[int, int, Path], local: int) -> None:
    """If the server does not listen at the port, ssh ends, and its words are the error."""
    port, remote, configuration = sshd
    program = program_of(f"ssh:{USER}@127.0.0.1:{port}/{remote + 1}", "http://127.0.0.1:1")
    with (
        pytest.raises(TunnelError, match="remote port forwarding failed for listen port"),
        opened(with_configuration(program, configuration), local, never),
    ):
        pass
