"""A fake of Salesforce: the token endpoint, and the parameterized search of its REST API."""

from __future__ import annotations

import re
from typing import Any

from pivotctl.upstreams.agenda import Login
from pivotctl.upstreams.crm import USERS
from pivotctl.upstreams.service import FakeReply, FakeRequest

SEARCH = "/services/data/v62.0/parameterizedSearch"
_RESERVED = re.compile(r"[^0-9A-Za-z ]")


def error(status: int, code: str) -> FakeReply:
    """Return an error as Salesforce writes it: a list."""
    return FakeReply([{"errorCode": code, "message": code}], status)


class SalesforceFake:
    """`POST /services/oauth2/token` (client credentials) and `POST .../parameterizedSearch`.

    It has the same customers as the fake `crm`, as contacts.
    """

    def __init__(self) -> None:
        self.login = Login("client_credentials")

    def answer(self, request: FakeRequest) -> FakeReply:
        """Return a token with the address of the API, or the records found."""
        if request.path == "/services/oauth2/token":
            return self._token(request)
        if not self.login.admits(request):
            return error(401, "INVALID_SESSION_ID")
        if request.method == "POST" and request.path == SEARCH:
            return self._search(request.body)
        return error(404, "NOT_FOUND")

    def _token(self, request: FakeRequest) -> FakeReply:
        reply = self.login.answer(request)
        if reply.status != 200:  # noqa: PLR2004
            return reply
        del reply.body["expires_in"]  # Salesforce does not say how long a session lasts
        instance = f"http://{request.headers['host']}/salesforce"
        return FakeReply({**reply.body, "instance_url": instance, "issued_at": "1795924800000"})

    def _search(self, body: dict[str, Any]) -> FakeReply:
        """Find phone numbers by their last digits, as the index of phone fields does."""
        if _RESERVED.search(body["q"]) or body["in"] != "PHONE":
            return error(400, "MALFORMED_SEARCH")
        kinds = {each["name"] for each in body["sobjects"]}
        found = [_record(user) for user in USERS if user["phone"].endswith(body["q"])]
        records = found[: body["overallLimit"]] if "Contact" in kinds else []
        return FakeReply({"searchRecords": records})


def _record(user: dict[str, Any]) -> dict[str, Any]:
    key = f"0035e{user.get('id', 0):013}"
    url = f"/services/data/v62.0/sobjects/Contact/{key}"
    return {"attributes": {"type": "Contact", "url": url}, "Id": key, "Name": user["name"]}
