"""A file that a notification announces is fetched once, stored whole, and noted."""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from functions.workers.notify_chat.messages import stored_file
from functions.workers.store_media.keeper import MEGABYTE, MediaKeeper, media_accounts
from functions.workers.store_media.links import link_maker
from functions.workers.update_row.rows import row
from pivotctl import crossbar as played
from pivotctl.crossbar.media import MPEG, WAV, MediaFile, mpeg, pdf
from pivotctl.project import Project
from pivotctl.upstreams import Upstreams
from pivotctl.upstreams.crossbar import CrossbarFake
from pivotkit.core.settings import SettingError
from pivotkit.deliveries.media_notes import MediaLink, MediaNote
from pivotkit.services.crossbar import LOCAL_ACCOUNT, Crossbar
from pivotkit.services.upstream import Download, UpstreamDown
from pivotkit.store.call_records import CallRecords
from pivotkit.store.client import client
from pivotkit.store.records import Delivery
from pivotkit.workers.bus import delivery_in, detail_of
from scripts.sample_deliveries import ACCOUNT, CALL, MORE
from tests.aws import aws_client
from tests.dynamodb import requests
from tests.roles import allowed

pytestmark = pytest.mark.filterwarnings("ignore:Couldn't determine the remaining time")
BUCKET = "media-of-a-test"
BASE = "https://media.example.com"
VOICEMAIL, FAX = MORE["voicemail_new"], MORE["inbound_fax"]
MESSAGE, FAX_ID = VOICEMAIL["voicemail_id"], FAX["fax_id"]
RAW = f"vmboxes/{VOICEMAIL['voicemail_box']}/messages/{MESSAGE}/raw"
SOUND = f"{ACCOUNT}/voicemails/2026/01/15/{MESSAGE}.mp3"
SENT = MORE["outbound_fax"]


def delivery(values: Mapping[str, Any]) -> Delivery:
    """A delivery of *values*, as it comes from the bus."""
    name = values["event_name"]
    kind, about = ("voicemail", MESSAGE) if "voicemail_id" in values else ("fax", FAX_ID)
    detail = {
        "key": f"{ACCOUNT}#{kind}-{about}",
        "sort": f"event#{name}#0f",
        "received_at": 1_768_469_406,
        "event": dict(values),
        "record": None,
    }
    return delivery_in(detail)


@dataclass
class Kazoo:
    """The local Crossbar and its clients."""

    crossbar: played.LocalCrossbar
    upstreams: Upstreams

    def announces(self, values: Mapping[str, Any]) -> Delivery:
        """Have KAZOO store the file of a notification, and return its delivery."""
        self.crossbar.happened(str(values["event_name"]), values)
        return delivery(values)

    def asked(self) -> int:
        """The number of requests for a file."""
        paths = [asked.path for asked in self.upstreams.crossbar.received]
        return len([path for path in paths if path.endswith(("/raw", "/attachment"))])


@pytest.fixture
def kazoo(tables: Mapping[str, str], environment: pytest.MonkeyPatch) -> Iterator[Kazoo]:
    """A local Crossbar that the settings name, and an empty bucket."""
    assert tables
    s3 = aws_client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        s3.delete_object(Bucket=BUCKET, Key=item["Key"])
    upstreams = Upstreams()
    upstreams.start()
    environment.setenv("CROSSBAR_URL", f"{upstreams.url}/crossbar/v2")
    environment.setenv("MEDIA_BUCKET", BUCKET)
    yield Kazoo(cast("CrossbarFake", upstreams.crossbar.fake).crossbar, upstreams)
    upstreams.stop()


def keeper(*wanted: str, link: str = BASE, megabytes: int = 1) -> MediaKeeper:
    """A keeper in a new environment, which shares only the tables with others."""
    accounts = wanted or (ACCOUNT,)
    return MediaKeeper(Crossbar(seconds=20), accounts, link=link, megabytes=megabytes)


def kept() -> dict[str, Any]:
    """The files in the bucket, as S3 returns them, with their bytes."""
    s3 = aws_client("s3")
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
    found: dict[str, Any] = {key: dict(s3.get_object(Bucket=BUCKET, Key=key)) for key in keys}
    return {key: {**each, "Body": each["Body"].read()} for key, each in found.items()}


def notes(tables: Mapping[str, str]) -> list[Delivery]:
    """The notes in the table, as they come from the bus."""
    items = aws_client("dynamodb").scan(TableName=tables["CALL_RECORDS_TABLE"])["Items"]
    found = [Delivery(item["pk"]["S"], cast("Any", item)) for item in items]
    return [delivery_in(json.loads(detail_of(each))) for each in found if each.name == "media"]


# -- what is stored --------------------------------------------------------------------------------


def test_a_voicemail(kazoo: Kazoo, tables: Mapping[str, str]) -> None:
    """The sound is stored by account and day, as KAZOO sent it, with IDs and without the caller."""
    keeper().keep(kazoo.announces(VOICEMAIL))
    ((key, file),) = kept().items()
    assert (key, file["Body"], file["ContentType"]) == (SOUND, mpeg(MESSAGE), MPEG)
    assert file["Metadata"] == {"account-id": ACCOUNT, "call-id": CALL, "kind": "voicemail"}
    (note,) = notes(tables)
    assert note.values == {
        "event_name": "media",
        "account_id": ACCOUNT,
        "call_id": CALL,
        "caller_id_name": "Zoë Miller",
        "caller_id_number": "+14155550142",
        "kind": "voicemail",
        "media": SOUND,
        "media_bytes": len(mpeg(MESSAGE)),
        "media_link": f"{BASE}/{SOUND}",
        "media_type": MPEG,
        "timestamp": VOICEMAIL["voicemail_timestamp"],
        "to": "6001",
    }


FAXES = {
    "inbound_fax": (FAX, "fax", "Fax from Zoë Miller (+14155550142) for 6001"),
    "outbound_fax": (SENT, "sent_fax", "Fax sent to +14155550199"),
}


@pytest.mark.parametrize(("values", "kind", "line"), FAXES.values(), ids=FAXES.keys())
def test_a_fax(
    kazoo: Kazoo, tables: Mapping[str, str], values: dict[str, Any], kind: str, line: str
) -> None:
    """The document of a received or sent fax is stored, and the chat gets a link."""
    keeper().keep(kazoo.announces(values))
    key = f"{ACCOUNT}/faxes/2026/01/15/{FAX_ID}.pdf"
    assert {name: file["Body"] for name, file in kept().items()} == {key: pdf(FAX_ID)}
    (note,) = notes(tables)
    assert note.values["kind"] == kind
    assert stored_file(note) == f"{line}: {BASE}/{key}"


def test_the_record_has_the_file(kazoo: Kazoo) -> None:
    """The record of the voicemail has the place, size, and type of its file."""
    announcement = kazoo.announces(VOICEMAIL)
    keeper().keep(announcement)
    records = CallRecords()
    records.refresh(announcement.key)
    record = records.get(announcement.key)
    assert record
    assert (record["media"], record["media_type"]) == (SOUND, MPEG)
    assert (record["media_bytes"], record["media_link"]) == (len(mpeg(MESSAGE)), f"{BASE}/{SOUND}")


def test_a_wav_file(kazoo: Kazoo) -> None:
    """The extension follows the content type."""
    announcement = kazoo.announces(VOICEMAIL)
    kazoo.crossbar.media.put(ACCOUNT, RAW, MediaFile(b"RIFF", WAV, "x.wav"))
    keeper().keep(announcement)
    assert list(kept()) == [SOUND.replace(".mp3", ".wav")]


# -- once ------------------------------------------------------------------------------------------


def test_a_repeated_delivery(kazoo: Kazoo, tables: Mapping[str, str]) -> None:
    """A stored file is not fetched again, also when another environment gets the delivery."""
    announcement = kazoo.announces(VOICEMAIL)
    for _ in range(3):
        keeper().keep(announcement)
    assert (kazoo.asked(), len(kept()), len(notes(tables))) == (1, 1, 1)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("number", range(8))
def test_sixteen_copies_at_once(kazoo: Kazoo, tables: Mapping[str, str], number: int) -> None:
    """Of sixteen concurrent copies of a delivery one fetches the file, and one note is stored."""
    announcement = kazoo.announces({**VOICEMAIL, "caller_id_name": f"round {number}"})
    one, crossbar, barrier = keeper(), _InThreads(), threading.Barrier(16)
    one._crossbar = cast("Any", crossbar)

    def copy() -> None:
        barrier.wait()
        one.keep(announcement)

    threads = [threading.Thread(target=copy) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (crossbar.downloads, len(kept()), len(notes(tables))) == (1, 1, 1)


class _InThreads:
    """A Crossbar for threads: the time limit of a request works in the main thread only."""

    def __init__(self) -> None:
        self.downloads = 0

    def download(self, path: str, file: Any, **wanted: Any) -> Any:
        """A message of silence."""
        del path, wanted
        self.downloads += 1
        content = mpeg(MESSAGE)
        file.write(content)
        return Download(MPEG, len(content), whole=True)


def test_a_note_that_was_not_written(kazoo: Kazoo, tables: Mapping[str, str]) -> None:
    """Work that broke off between file and note is done again, with the same result."""
    announcement, one = kazoo.announces(VOICEMAIL), keeper()
    records, one._records = one._records, cast("Any", None)
    with pytest.raises(AttributeError):
        one.keep(announcement)
    assert len(kept()) == 1
    one._records = records
    one.keep(announcement)
    assert (kazoo.asked(), len(kept()), len(notes(tables))) == (2, 1, 1)


def test_a_bucket_that_rejects_the_file(kazoo: Kazoo, tables: Mapping[str, str]) -> None:
    """A file that S3 did not accept is not noted, and is fetched again."""
    announcement, one = kazoo.announces(VOICEMAIL), keeper()
    one._bucket = "no-such-bucket"
    with pytest.raises(ClientError, match="NoSuchBucket"):
        one.keep(announcement)
    assert notes(tables) == []
    one._bucket = BUCKET
    one.keep(announcement)
    assert (len(kept()), len(notes(tables))) == (1, 1)


def test_the_role_allows_what_is_done(
    kazoo: Kazoo, tables: Mapping[str, str], project: Project
) -> None:
    """The role allows what storing a file does, failures included, and nothing else."""
    places = {tables["CALL_STATE_TABLE"]: "CallStateTable", BUCKET: "MediaBucket"}
    places[tables["CALL_RECORDS_TABLE"]] = "CallRecordsTable"
    one, done = keeper(), set()

    def note(params: dict[str, Any], model: Any, **_: object) -> None:
        resource = places[params.get("TableName") or params["Bucket"]]
        done.add((f"{model.service_model.service_name}:{model.name}", resource))

    for each in (one._s3, client("dynamodb")):
        each.meta.events.register("provide-client-params", note)
    with requests() as sent:
        with pytest.raises(UpstreamDown):
            one.keep(delivery(VOICEMAIL))
        one.keep(kazoo.announces(VOICEMAIL))
        one.keep(delivery(VOICEMAIL))
    done |= {(f"dynamodb:{each.operation}", places[each.parameters["TableName"]]) for each in sent}
    assert done == allowed(project, "StoreMediaWorkerRole")


# -- what goes wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["fails", "is_dead", "is_wrong", "is_slow"])
def test_a_crossbar_in_trouble(kazoo: Kazoo, tables: Mapping[str, str], mode: str) -> None:
    """Nothing is stored while Crossbar fails, and the file is stored afterwards."""
    announcement, one = kazoo.announces(VOICEMAIL), keeper()
    one._crossbar = Crossbar(seconds=0.5 if mode == "is_slow" else 20)
    getattr(kazoo.upstreams.crossbar, mode)()
    with pytest.raises(UpstreamDown):
        one.keep(announcement)
    assert (kept(), notes(tables)) == ({}, [])
    kazoo.upstreams.crossbar.is_well()
    one.keep(announcement)
    assert [file["Body"] for file in kept().values()] == [mpeg(MESSAGE)]


def test_a_crossbar_that_fails_after_the_sign_in(kazoo: Kazoo, tables: Mapping[str, str]) -> None:
    """An error after the sign-in, and JSON in place of a file, are never stored."""
    announcement, one = kazoo.announces(VOICEMAIL), keeper()
    one.keep(kazoo.announces(FAX))  # has signed in
    for mode in ("fails", "is_wrong", "is_dead"):
        getattr(kazoo.upstreams.crossbar, mode)()
        with pytest.raises(UpstreamDown):
            one.keep(announcement)
    assert [note.values["kind"] for note in notes(tables)] == ["fax"]
    assert len(kept()) == 1


def test_a_file_that_is_not_there_yet(kazoo: Kazoo, tables: Mapping[str, str]) -> None:
    """After a 404 the delivery comes again; the file is stored when KAZOO has it."""
    one = keeper()
    for _ in range(5):
        with pytest.raises(UpstreamDown, match="answered 404"):
            one.keep(delivery(VOICEMAIL))
    assert (kept(), notes(tables)) == ({}, [])
    one.keep(kazoo.announces(VOICEMAIL))
    assert list(kept()) == [SOUND]


def test_a_file_that_is_too_large(kazoo: Kazoo, tables: Mapping[str, str]) -> None:
    """A file above the limit is noted as too large, and not fetched again."""
    announcement = kazoo.announces(VOICEMAIL)
    size = MEGABYTE + 1
    kazoo.crossbar.media.put(ACCOUNT, RAW, MediaFile(bytes(size), MPEG, "x.mp3"))
    for _ in range(2):
        keeper().keep(announcement)
    assert (kept(), kazoo.asked()) == ({}, 1)
    (note,) = notes(tables)
    assert (note.values["media_problem"], note.values["media_bytes"]) == ("larger than 1 MB", size)
    assert not {"media", "media_link"} & note.values.keys()
    voicemail = "Voicemail from Zoë Miller (+14155550142) for 6001"
    assert stored_file(note) == f"{voicemail} was not stored: larger than 1 MB."


def test_the_largest_file(kazoo: Kazoo) -> None:
    """A file of exactly the limit, which does not fit into memory, is stored whole."""
    announcement, content = kazoo.announces(VOICEMAIL), bytes(range(256)) * 12 * 1024
    kazoo.crossbar.media.put(ACCOUNT, RAW, MediaFile(content, MPEG, "x.mp3"))
    keeper(megabytes=3).keep(announcement)
    assert kept()[SOUND]["Body"] == content


def test_an_id_that_leads_elsewhere(kazoo: Kazoo) -> None:
    """An ID is one segment of a path, and never a path."""
    upwards = {**VOICEMAIL, "voicemail_id": ".."}
    with pytest.raises(ValueError, match="path"):
        keeper().keep(delivery(upwards))
    odd = {**VOICEMAIL, "voicemail_id": "../a/b"}
    with pytest.raises(UpstreamDown, match="404"):
        keeper().keep(delivery(odd))
    assert kept() == {}
    (asked,) = [each for each in kazoo.upstreams.crossbar.received if "raw" in each.path]
    assert asked.path.endswith("/messages/..%2Fa%2Fb/raw")


# -- which accounts --------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [(), ("d" * 32,)])
def test_other_accounts(kazoo: Kazoo, wanted: tuple[str, ...]) -> None:
    """No file of an account that is not in the setting is stored."""
    one = keeper()
    one._accounts = wanted
    one.keep(kazoo.announces(VOICEMAIL))
    assert (kazoo.asked(), kept()) == (0, {})


def test_all_accounts(kazoo: Kazoo) -> None:
    """The setting can name all accounts."""
    one = keeper()
    one._accounts = None
    one.keep(kazoo.announces(VOICEMAIL))
    assert len(kept()) == 1


def test_the_setting_of_accounts(environment: pytest.MonkeyPatch) -> None:
    """Account IDs, `all`, or none; a local run has the local account."""
    assert media_accounts("MEDIA_ACCOUNTS") == (LOCAL_ACCOUNT,)
    environment.setenv("MEDIA_ACCOUNTS", f"{ACCOUNT} {'d' * 32}")
    assert media_accounts("MEDIA_ACCOUNTS") == (ACCOUNT, "d" * 32)
    environment.setenv("MEDIA_ACCOUNTS", "all")
    assert media_accounts("MEDIA_ACCOUNTS") is None
    environment.setenv("MEDIA_ACCOUNTS", "everybody")
    with pytest.raises(SettingError):
        media_accounts("MEDIA_ACCOUNTS")


@pytest.mark.parametrize("name", ["missed_call", "inbound_fax_error", "doc_created"])
def test_events_without_a_file(kazoo: Kazoo, name: str) -> None:
    """Other events announce no file."""
    keeper().keep(delivery({"event_name": name, **MORE[name]}))
    assert kazoo.asked() == 0


# -- links -----------------------------------------------------------------------------------------

PAGE = "https://eu-central-1.console.aws.amazon.com/s3/object/b?region=eu-central-1&prefix="
LINKS = {
    "console": f"{PAGE}a/b%40c.mp3",
    "s3": "s3://b/a/b%40c.mp3",
    "none": "",
    "https://media.example.com": "https://media.example.com/a/b%40c.mp3",
    "https://media.example.com/kept/": "https://media.example.com/kept/a/b%40c.mp3",
}


@pytest.mark.parametrize(("style", "expected"), LINKS.items())
def test_a_link(style: str, expected: str) -> None:
    """A link is a page of the AWS console, a place in S3, a page of one's own, or none."""
    assert link_maker(style, "b", "eu-central-1")("a/b@c.mp3") == expected


@pytest.mark.parametrize("style", ["presigned", "http://media.example.com", "https://a b", ""])
def test_an_unknown_style(style: str) -> None:
    """No setting has an unknown style, and none makes links."""
    with pytest.raises(ValueError, match="must be console, s3, none"):
        MediaLink(style)
    with pytest.raises(ValueError, match="must be console, s3, none"):
        link_maker(style, "b", "us-east-1")


def test_without_links(kazoo: Kazoo, tables: Mapping[str, str]) -> None:
    """Without links, the record has the place, and the chat gets no message."""
    keeper(link="none").keep(kazoo.announces(VOICEMAIL))
    (note,) = notes(tables)
    assert "media_link" not in note.values
    assert stored_file(note) == ""


def test_a_note_cannot_be_fired(kazoo: Kazoo) -> None:
    """A webhook that claims to be a note is ignored, so nobody can put links into a chat."""
    del kazoo
    values = {"event_name": "media", "media_link": "https://evil.example", "kind": "fax"}
    fired = delivery({**values, "account_id": ACCOUNT, "timestamp": 1})
    assert fired.name == "media"
    assert (MediaNote.of(fired), stored_file(fired)) == (None, "")


def test_a_link_in_a_table(kazoo: Kazoo, tables: Mapping[str, str]) -> None:
    """A row of a note has the link, if the table has a column for it."""
    keeper().keep(kazoo.announces(VOICEMAIL))
    (note,) = notes(tables)
    cells = row(note, ["call_id", "to", "media_link"])
    assert cells == {
        "event_id": note.id,
        "event": "media",
        "at": "2026-01-15T09:30:00+00:00",
        "call_id": CALL,
        "to": "6001",
        "media_link": f"{BASE}/{SOUND}",
    }
