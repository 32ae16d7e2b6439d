"""KAZOO's debug documents: read from Crossbar, masked, and kept with the steps of their calls.

Follows `cb_pivot.erl`. A call has documents if its pivot action has `debug`: a request, and an
answer with what KAZOO found wrong with it. Only those of calls with kept steps are kept, so the
switch that covers the steps covers them, too.
"""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from pivotkit.core import telemetry
from pivotkit.core.errors import Malformed
from pivotkit.core.gregorian import to_gregorian
from pivotkit.core.masks import HIDDEN, digits_of, masked, masked_text, without_keys
from pivotkit.http.parameters import Parameters, read_form, read_json
from pivotkit.services.crossbar_api import CrossbarApi, path_of
from pivotkit.services.upstream import UpstreamDown
from pivotkit.store.call_index import CallIndex, CallKey
from pivotkit.store.debug_switches import Switches

SECONDS = 15 * 60
"""Age of the oldest call whose documents are looked for."""

MOST_CALLS = 20
"""Calls of an account that are looked at in one run."""

MOST = 32_000
"""Limit on the characters of a document."""

_DIGITS = "Digits"


class DebugDocuments:
    """The documents of accounts that are switched on."""

    def __init__(self, crossbar: CrossbarApi) -> None:
        self._crossbar = crossbar

    def keep(self, at: datetime) -> dict[str, int]:
        """Keep what is new, and return counts. Raises `StateUnavailable`."""
        counts = {"accounts": 0, "calls": 0, "documents": 0}
        if "CALL_INDEX_TABLE" not in os.environ:
            return counts
        index = CallIndex.from_environment()
        for account in {each.account for each in Switches(index.table).read()}:
            counts["accounts"] += 1
            for key in self._calls(account, to_gregorian(at) - SECONDS):
                if index.has_steps(key):
                    counts["calls"] += 1
                    counts["documents"] += self._keep(index, key)
        return counts

    def _calls(self, account: str, since: int) -> Iterator[CallKey]:
        """The latest calls of an account that have documents."""
        try:
            rows = self._crossbar.page(path_of(account, "pivot", "debug")).rows
        except UpstreamDown as error:
            telemetry.done("debug_unavailable", account_id=account, reason=error.reason)
            return
        for row in rows[:MOST_CALLS]:
            created, call_id = row.get("created"), row.get("call_id")
            if isinstance(created, int) and created >= since and isinstance(call_id, str):
                yield CallKey(account, call_id)

    def _keep(self, index: CallIndex, key: CallKey) -> int:
        """Keep the documents of a call; one that is kept already is written over by itself."""
        try:
            path = path_of(key.account, "pivot", "debug", key.call_id)
            found = [row.value for row in self._crossbar.get(path).each("data")]
        except UpstreamDown as error:
            telemetry.done("debug_unavailable", account_id=key.account, reason=error.reason)
            return 0
        documents = [each for each in found if isinstance(each, dict)]
        pressed = {each for document in documents for each in _pressed(document)}
        for document in documents:
            text = json.dumps(without_digits(document, pressed), ensure_ascii=False)[:MOST]
            digest = sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:16]
            index.keep_document(key, f"{document.get('created', 0)}#{digest}", text)
        return len(documents)


def without_digits(document: Mapping[str, Any], pressed: set[str]) -> dict[str, Any]:
    """A document without pressed digits, keys, and tokens."""
    made: dict[str, Any] = {name: masked(value, pressed) for name, value in document.items()}
    if isinstance(body := document.get("req_body"), str):
        made["req_body"] = json.dumps(_hidden(_parameters(body)), ensure_ascii=False)
    if isinstance(uri := document.get("uri"), str):
        made["uri"] = without_keys(uri).partition("?")[0]
    if isinstance(answer := document.get("resp_body"), str):
        made["resp_body"] = masked_text(answer, pressed)
    return made


def _hidden(parameters: Mapping[str, Any]) -> dict[str, Any]:
    pressed = digits_of(parameters.get(_DIGITS))
    shown: dict[str, Any] = {name: masked(value, pressed) for name, value in parameters.items()}
    if _DIGITS in shown:
        sent = shown[_DIGITS]
        shown[_DIGITS] = dict.fromkeys(sent, HIDDEN) if isinstance(sent, dict) else HIDDEN
    return shown


def _pressed(document: Mapping[str, Any]) -> set[str]:
    """The digits in the request of a document: in its body, or in the query of its URI."""
    body, uri = (str(document.get(name) or "") for name in ("req_body", "uri"))
    query = uri.partition("?")[2]
    return digits_of(_parameters(body).get(_DIGITS)) | digits_of(_parameters(query).get(_DIGITS))


def _parameters(text: str) -> dict[str, Any]:
    """The parameters in a form or in JSON; empty if they cannot be read."""
    found = Parameters()
    try:
        if text.startswith("{"):
            read_json(text.encode(), found)
        else:
            read_form(text, found)
        return dict(found.values)
    except Malformed:
        return {}
