"""Posted forms: limited in size before they are read."""

import re
from http import HTTPStatus
from typing import NamedTuple, Self
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request

MOST_BYTES = 64 * 1024
MOST_FIELDS = 200
_WHOLE = re.compile(r"[0-9]{1,15}")


def whole(text: str) -> int | None:
    """The whole number that *text* is, or `None`.

    More than 15 digits are none: no count or time has them, and Python refuses thousands.
    """
    return int(text) if _WHOLE.fullmatch(text) else None


class Form(NamedTuple):
    """The fields of a form, each with all of its texts."""

    texts: dict[str, list[str]]

    @classmethod
    async def of(
        cls, request: Request, *, most_bytes: int = MOST_BYTES, most_fields: int = MOST_FIELDS
    ) -> Self:
        """The form that a request posts. Raises `HTTPException` for one that is too large."""
        body = await request.body()
        if len(body) > most_bytes:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        try:
            text = body.decode("ascii")
            return cls(parse_qs(text, keep_blank_values=True, max_num_fields=most_fields))
        except ValueError as error:
            raise HTTPException(HTTPStatus.BAD_REQUEST) from error

    def text(self, name: str) -> str:
        """The first text of a field, or ''."""
        return self.texts.get(name, [""])[0]

    def every(self, name: str) -> frozenset[str]:
        """All texts of a field, such as those of its checkboxes."""
        return frozenset(self.texts.get(name, ()))
