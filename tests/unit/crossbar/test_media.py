"""Voicemail messages and faxes as files: those that were announced, and no others."""

from __future__ import annotations

from typing import Any

import pytest

from pivotctl.crossbar import LocalCrossbar
from pivotctl.crossbar.client import CrossbarClient
from pivotctl.crossbar.media import MPEG, PDF, TIFF, WAV, MediaFile, mpeg, pdf, tiff
from tests.unit.crossbar.conftest import Api

BOX, MESSAGE, FAX = "b0" * 16, f"202609-{'a1' * 16}", f"202609-{'f1' * 16}"
ACCOUNT = {"account_id": "c" * 32}
VOICEMAIL: dict[str, Any] = {
    **ACCOUNT,
    "caller_id_number": "+14155550142",
    "voicemail_box": BOX,
    "voicemail_id": MESSAGE,
    "voicemail_timestamp": 63_957_219_200,
}
FAXED: dict[str, Any] = {**ACCOUNT, "fax_id": FAX, "fax_timestamp": 63_957_219_200}
RAW = f"vmboxes/{BOX}/messages/{MESSAGE}/raw"


def test_a_message(api: Api, books: CrossbarClient) -> None:
    """The sound of a message that was announced, under KAZOO's type and name."""
    books.happened("voicemail_new", VOICEMAIL)
    answer = api.ask("GET", RAW)
    assert answer.status_code == 200
    assert answer.content == mpeg(MESSAGE)
    assert answer.headers["content-type"] == MPEG
    named = "attachment; filename=+14155550142_2026-09-21_14-13-20.mp3"
    assert answer.headers["content-disposition"] == named


@pytest.mark.parametrize(("hook", "folder"), [("inbound_fax", "inbox"), ("outbound_fax", "outbox")])
def test_a_fax(api: Api, books: CrossbarClient, hook: str, folder: str) -> None:
    """The document of a fax lies in the folder of its direction, and in no other."""
    books.happened(hook, FAXED)
    answer = api.ask("GET", f"faxes/{folder}/{FAX}/attachment")
    assert (answer.content, answer.headers["content-type"]) == (pdf(FAX), PDF)
    named = "attachment; filename=fax_document_2026-09-21_14-13-20.pdf"
    assert answer.headers["content-disposition"] == named
    other = "outbox" if folder == "inbox" else "inbox"
    assert api.ask("GET", f"faxes/{other}/{FAX}/attachment").status_code == 404


def test_a_system_that_keeps_tiff(api: Api, books: CrossbarClient, crossbar: LocalCrossbar) -> None:
    """The system's setting says in which form faxes are sent."""
    crossbar.media.fax_kind = TIFF
    books.happened("inbound_fax", FAXED)
    answer = api.ask("GET", f"faxes/inbox/{FAX}/attachment")
    assert (answer.content, answer.headers["content-type"]) == (tiff(FAX), TIFF)


UNKNOWN = {
    "another message": f"vmboxes/{BOX}/messages/{'0' * 32}/raw",
    "another box": f"vmboxes/{'0' * 32}/messages/{MESSAGE}/raw",
    "a fax": f"faxes/inbox/{FAX}/attachment",
}


@pytest.mark.parametrize("path", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_is_not_there(api: Api, books: CrossbarClient, path: str) -> None:
    """A file that was not announced is a 404 in Crossbar's envelope."""
    books.happened("voicemail_new", VOICEMAIL)
    answer = api.ask("GET", path)
    assert answer.status_code == 404
    envelope = answer.json()
    assert (envelope["status"], envelope["error"]) == ("error", "404")
    assert envelope["message"] == "bad_identifier"
    assert envelope["data"] == {"message": "bad identifier", "cause": path.split("/")[-2]}


def test_files_are_for_those_who_have_signed_in(api: Api, books: CrossbarClient) -> None:
    """Nobody hears a message without a token."""
    books.happened("voicemail_new", VOICEMAIL)
    answer = api.client.get(f"accounts/{api.account}/{RAW}")
    assert answer.status_code == 401
    assert answer.json()["message"] == "invalid_credentials"


def test_a_file_of_a_test(api: Api, crossbar: LocalCrossbar) -> None:
    """A test can put what it likes into the place of a file."""
    crossbar.media.put(api.account, RAW, MediaFile(b"RIFF", WAV, "x.wav"))
    assert api.ask("GET", RAW).content == b"RIFF"


def test_files_are_real() -> None:
    """A file begins as those of its type do, and has the ID in it."""
    starts = {mpeg: b"ID3\x03", pdf: b"%PDF-1.4", tiff: b"II*\x00"}
    for make, start in starts.items():
        made = make("202609-a1")
        assert made.startswith(start)
        assert b"202609-a1" in made
