"""Conditional requests to the local Crossbar."""

from __future__ import annotations

from typing import Any

import pytest

from pivotctl.crossbar import CrossbarRequest
from pivotctl.crossbar.envelope import CrossbarAnswer
from tests.unit.crossbar.conftest import Caller
from tests.unit.crossbar.test_documents import DOCUMENTS


def ask(caller: Caller, method: str, path: str, data: Any = None, **headers: str) -> CrossbarAnswer:
    """The answer to a request with headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = None if data is None else {"data": data}
    request = CrossbarRequest(
        method,
        f"/v2/accounts/{caller.account}/{path}",
        headers={"x-auth-token": caller.token, **named},
        body=body,
    )
    return caller.crossbar.handle(request)


@pytest.mark.parametrize("collection", DOCUMENTS)
def test_the_etag_of_a_document(master: Caller, collection: str) -> None:
    """It stays as long as the document does; with it a GET is 304, without content."""
    first, change = DOCUMENTS[collection]
    path = f"{collection}/{master.done('PUT', collection, first)['id']}"
    tag = ask(master, "GET", path).headers["etag"]
    assert ask(master, "GET", path).headers["etag"] == tag
    same = ask(master, "GET", path, if_none_match=f'"other", {tag}')
    assert (same.status, same.body, same.headers) == (304, b"", {"etag": tag})
    master.done("PATCH", path, change)
    changed = ask(master, "GET", path, if_none_match=tag)
    assert changed.status == 200
    assert changed.headers["etag"] != tag


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
@pytest.mark.parametrize("collection", DOCUMENTS)
def test_a_change_of_what_was_read(master: Caller, collection: str, method: str) -> None:
    """A change for another ETag than the document's is 412, and changes nothing."""
    first, change = DOCUMENTS[collection]
    path = f"{collection}/{master.done('PUT', collection, first)['id']}"
    before = ask(master, "GET", path)
    refused = ask(master, method, path, first | change, if_match='"other"')
    assert (refused.status, refused.body["error"]) == (412, "412")
    assert ask(master, "GET", path).headers == before.headers
    for tag in (before.headers["etag"], "*"):
        wanted = first | change if tag != "*" else first
        done = ask(master, method, path, wanted, if_match=tag)
        assert done.status == (404 if method == "DELETE" and tag == "*" else 200)


def test_the_etag_of_a_list(master: Caller) -> None:
    """A list has an ETag of its content; a document that does not exist has none."""
    tag = ask(master, "GET", "callflows").headers["etag"]
    assert ask(master, "GET", "callflows", if_none_match=tag).status == 304
    master.done("PUT", "callflows", DOCUMENTS["callflows"][0])
    assert ask(master, "GET", "callflows", if_none_match=tag).status == 200
    assert ask(master, "PATCH", f"callflows/{'0' * 32}", {}, if_match="*").status == 404
