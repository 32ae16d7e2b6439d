"""Downloads: complete files of the right content type, or an error."""

import io
import socket
from typing import Any

import pytest

from pivotkit.services.upstream import PART, Download, Upstream, UpstreamDown
from tests.loopback import Talk, answer, drips, is_silent, request_of, resets, says, server

pytestmark = pytest.mark.usefixtures("limits_of_lambda")
KINDS = ("audio/mpeg", "audio/x-wav")
MPEG = "Content-Type: audio/mpeg"
SOUND = b"ID3\x04" + bytes(range(256)) * 700
MOST = 1_000_000
LIMIT = 0.3


def download(
    url: str, max_bytes: int = MOST, seconds: float = 20.0, **options: Any
) -> tuple[Download, bytes]:
    """Download the file at *url*; return the result and the content written."""
    file = io.BytesIO()
    crossbar = Upstream("CROSSBAR_URL", url, seconds=seconds, **options)
    found = crossbar.download("/messages/1/raw", file, kinds=KINDS, max_bytes=max_bytes)
    return found, file.getvalue()


def chunked(content: bytes, size: int = 50_000) -> Talk:
    """A server that sends *content* in chunks, and so does not announce its size."""
    parts = [content[at : at + size] for at in range(0, len(content), size)]
    body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in [*parts, b""])

    def talk(connection: socket.socket) -> None:
        request_of(connection)
        head = f"HTTP/1.1 200 OK\r\n{MPEG}\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head.encode() + body)

    return talk


WHOLE: dict[str, Talk] = {
    "of a length": says(SOUND, "200 OK", MPEG),
    "in chunks": chunked(SOUND),
    "with parameters": says(SOUND, "200 OK", "Content-Type: Audio/MPEG; name=x"),
}


@pytest.mark.parametrize("talk", WHOLE.values(), ids=WHOLE.keys())
def test_a_file(talk: Talk) -> None:
    """A file of any size is written unchanged, and its content type and size are returned."""
    assert len(SOUND) > 2 * PART
    with server(talk) as url:
        assert download(url) == (Download("audio/mpeg", len(SOUND), whole=True), SOUND)


def test_what_is_asked() -> None:
    """The request has the token, and accepts any type, because KAZOO rejects a specific one."""
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heard.append(request_of(connection))
        connection.sendall(answer(SOUND, "200 OK", MPEG))

    with server(talk) as url:
        download(url, token="secret-token")
    assert heard[0].startswith(b"GET /messages/1/raw HTTP/1.1\r\n")
    assert b"Authorization: Bearer secret-token\r\n" in heard[0]
    assert b"Accept: */*\r\n" in heard[0]


LARGE: dict[str, Talk] = {"of a length": says(SOUND, "200 OK", MPEG), "in chunks": chunked(SOUND)}


@pytest.mark.parametrize("talk", LARGE.values(), ids=LARGE.keys())
def test_a_file_that_is_too_large(talk: Talk) -> None:
    """A file above the limit is reported as not whole: a retry would not help."""
    with server(talk) as url:
        found, _ = download(url, len(SOUND) - 1)
        assert not found.whole
        assert found.size == len(SOUND)
        assert download(url, len(SOUND))[0].whole


def test_a_file_without_end() -> None:
    """No more than the limit is read of an endless file."""
    endless = drips(f"HTTP/1.1 200 OK\r\n{MPEG}\r\nContent-Length: 99999999\r\n\r\n".encode())
    with server(endless) as url:
        assert download(url, 10) == (Download("audio/mpeg", 99_999_999, whole=False), b"")


def cut_short(connection: socket.socket) -> None:
    """A server that closes the connection in the middle of a file."""
    request_of(connection)
    connection.sendall(answer(SOUND, "200 OK", MPEG)[:1000])


def without_length(connection: socket.socket) -> None:
    """A server whose file ends with the connection, so that truncation cannot be detected."""
    request_of(connection)
    connection.sendall(f"HTTP/1.1 200 OK\r\n{MPEG}\r\n\r\n".encode() + SOUND)


ENVELOPE = '{"status": "success", "data": {}}'
OTHER_KIND = "expected content type"
BAD: dict[str, tuple[Talk, str]] = {
    "an envelope": (says(ENVELOPE, "200 OK", "Content-Type: application/json"), OTHER_KIND),
    "HTML": (says("<html>sorry</html>", "200 OK", "Content-Type: text/html"), OTHER_KIND),
    "no type": (says(SOUND), OTHER_KIND),
    "compressed": (says(SOUND, "200 OK", MPEG, "Content-Encoding: gzip"), OTHER_KIND),
    "empty": (says(b"", "200 OK", MPEG), "an empty file"),
    "cut short": (cut_short, "no answer"),
    "without a length": (without_length, "size of the file"),
    "not there": (says(ENVELOPE, "404 Not Found", MPEG), "answered 404"),
    "nothing": (says(b"", "204 No Content"), OTHER_KIND),
    "reset": (resets, "no answer"),
}


@pytest.mark.parametrize(("talk", "reason"), BAD.values(), ids=BAD.keys())
def test_what_is_no_file(talk: Talk, reason: str) -> None:
    """Neither an error response nor a truncated file counts as a file."""
    with server(talk) as url, pytest.raises(UpstreamDown) as caught:
        download(url)
    assert reason in caught.value.reason


ENDLESS: dict[str, Talk] = {
    "silent": is_silent,
    "dripping": drips(f"HTTP/1.1 200 OK\r\n{MPEG}\r\nContent-Length: 9999\r\n\r\n".encode()),
}


@pytest.mark.parametrize("talk", ENDLESS.values(), ids=ENDLESS.keys())
def test_a_file_that_takes_too_long(talk: Talk) -> None:
    """The time limit holds for the whole file."""
    with server(talk) as url, pytest.raises(UpstreamDown, match="no answer in"):
        download(url, seconds=LIMIT)


def test_a_redirect_is_not_followed() -> None:
    """A redirect is not followed, so no other host sees the token."""
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heard.append(request_of(connection))
        connection.sendall(answer(SOUND, "200 OK", MPEG))

    with server(talk) as elsewhere:
        moved = says("", "302 Found", f"Location: {elsewhere}/messages/1/raw")
        with server(moved) as url, pytest.raises(UpstreamDown, match="answered 302"):
            download(url, token="secret-token")
    assert heard == []
