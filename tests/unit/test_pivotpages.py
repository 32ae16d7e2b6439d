"""Parts that the console's and the softphone's pages share."""

import asyncio
import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from jinja2 import UndefinedError
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from pivotpages.assets import PREFIX, SHARED, Assets
from pivotpages.guard import Guard, content_security_policy
from pivotpages.templates import environment

VENDOR = SHARED / "vendor"
LIBRARIES: dict[str, Any] = tomllib.loads((VENDOR / "assets.toml").read_text(encoding="utf-8"))
PERMISSIVE = {"MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Apache-2.0"}


def test_libraries_are_as_published() -> None:
    """Each file of a library is listed with its checksum, and none is there besides."""
    listed = {
        name: file["sha256"]
        for library in LIBRARIES.values()
        for name, file in library["files"].items()
    }
    found = {
        path.name: sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.name != "assets.toml"
    }
    assert found == listed


@pytest.mark.parametrize("name", sorted(LIBRARIES))
def test_libraries_may_be_shipped(name: str) -> None:
    """Each library has a permissive license, whose text lies beside it."""
    assert LIBRARIES[name]["license"] in PERMISSIVE
    assert (VENDOR / f"{name}.LICENSE").is_file()


def get(path: str, *folders: Path, **headers: str) -> httpx.Response:
    """The response of an application with assets and one page."""

    async def home(_: Any) -> PlainTextResponse:
        return PlainTextResponse("home")

    async def ask() -> httpx.Response:
        site = Starlette(routes=[Assets(*folders).route, Route("/", home)])
        app = Guard(site, connect_src="wss://sockets.example.com")
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://pages") as visitor:
            return await visitor.get(path, headers=headers)

    return asyncio.run(ask())


def test_an_asset_with_its_digest_is_kept() -> None:
    """A browser keeps what a page names with its digest, and asks for anything else."""
    kept = get(Assets().url("style.css"))
    asked = get(f"{PREFIX}style.css")
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert asked.headers["cache-control"] == "no-cache"
    assert kept.text == asked.text
    again = get(f"{PREFIX}style.css", **{"if-none-match": asked.headers["etag"]})
    assert (again.status_code, again.text) == (304, "")


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("style.css", "text/css; charset=utf-8"),
        ("pages.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
        ("vendor/dagre.js", "text/javascript; charset=utf-8"),
    ],
)
def test_assets_have_their_media_type(name: str, media_type: str) -> None:
    """Browsers that must not guess are told what a file is."""
    assert get(PREFIX + name).headers["content-type"] == media_type


@pytest.mark.parametrize(
    "name", ["", "nothing.js", "../guard.py", "%2e%2e/guard.py", "/etc/passwd", "vendor"]
)
def test_nothing_else_is_served(name: str) -> None:
    """A path leads to a file that was read at the start, or to nothing."""
    assert get(PREFIX + name).status_code == 404


def test_an_own_file_wins(tmp_path: Path) -> None:
    """An application may have a file of its own in place of a shared one."""
    (tmp_path / "style.css").write_text("/* own */", encoding="utf-8")
    assert get(f"{PREFIX}style.css", tmp_path).text == "/* own */"


def test_a_missing_asset_is_an_error() -> None:
    """A page that names a file that is not there is not shown without it."""
    with pytest.raises(KeyError):
        Assets().url("nothing.css")


def test_pages_are_strictly_limited() -> None:
    """No page loads anything from elsewhere or has anything inline, and none is kept."""
    headers = get("/").headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "connect-src 'self' wss://sockets.example.com" in policy
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"


def test_no_source_is_added_by_default() -> None:
    """Without further sources, every directive names the page's own origin at most."""
    sources = {part.split(" ", 1)[1] for part in content_security_policy().split("; ")}
    assert sources == {"'self'", "'none'"}


def test_templates_escape_and_miss_nothing(tmp_path: Path) -> None:
    """A value is text, wherever it came from, and a name without a value is an error."""
    (tmp_path / "page.txt").write_text("{{ name }} {{ rule|with_code }}", encoding="utf-8")
    template = environment(tmp_path, Assets()).get_template("page.txt")
    shown = template.render(name="<script>", rule="`<b>` is code")
    assert shown == "&lt;script&gt; <code>&lt;b&gt;</code> is code"
    with pytest.raises(UndefinedError):
        template.render(name="Jo")
