"""KAZOO's own API, as far as templates ask it: quickcall (`cb_quickcall.erl`)."""

from __future__ import annotations

import re

from pivotctl.upstreams.service import NOT_FOUND, Asked, Reply

_QUICKCALL = re.compile(r"(?:.*/)?accounts/[^/]+/users/[^/]+/quickcall/(?P<number>[^/]+)")


class Kazoo:
    """`GET .../accounts/ID/users/ID/quickcall/NUMBER`: says that the user's phones are rung."""

    def answer(self, asked: Asked) -> Reply:
        """The envelope in which KAZOO says that it tries."""
        found = _QUICKCALL.fullmatch(asked.path)
        if asked.method != "GET" or not found:
            return NOT_FOUND
        data = {
            "application_name": "transfer",
            "application_data": {"route": found["number"]},
            "custom_application_vars": dict(asked.query),
        }
        return Reply({"data": data, "message": "quickcall initiated", "status": "success"}, 202)
