"""Files that pages load: style sheets, scripts, and the libraries in `static/vendor`.

Each file has the path `/assets/<name>`. A URL with the file's digest is kept by browsers for a
year; without it, as in the imports of a script, a browser asks whether it has changed.
"""

import mimetypes
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Self

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SHARED = Path(__file__).parent / "static"
PREFIX = "/assets/"
_KEPT = "public, max-age=31536000, immutable"
_MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class Asset(NamedTuple):
    """A file: its content, media type, and the beginning of its SHA-256 digest."""

    content: bytes
    media_type: str
    digest: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """The asset in a file."""
        content = path.read_bytes()
        guessed = mimetypes.guess_type(path.name)[0] or "text/plain"
        media_type = _MEDIA_TYPES.get(path.suffix, guessed)
        return cls(content, media_type, sha256(content).hexdigest()[:16])


class Assets:
    """The shared files and those of an application's own *folders*; a later folder wins."""

    def __init__(self, *folders: Path) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): Asset.read(path)
            for folder in (SHARED, *folders)
            for path in _files(folder)
        }

    @property
    def route(self) -> Route:
        """The route that serves them."""
        return Route(f"{PREFIX}{{name:path}}", self._serve)

    def url(self, name: str) -> str:
        """The path of a file, with its digest. Raises `KeyError` for a file that is not there."""
        return f"{PREFIX}{name}?v={self._files[name].digest}"

    async def _serve(self, request: Request) -> Response:
        asset = self._files.get(request.path_params["name"])
        if asset is None:
            raise HTTPException(404)
        tag = f'"{asset.digest}"'
        kept = request.query_params.get("v") == asset.digest
        headers = {"ETag": tag, "Cache-Control": _KEPT if kept else "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(asset.content, media_type=asset.media_type, headers=headers)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
