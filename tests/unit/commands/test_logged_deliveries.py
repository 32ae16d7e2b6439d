"""Deliveries are found in logs of any format."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pivotctl.commands.exported_logs import log_text, logs_in
from pivotctl.commands.logged_deliveries import DeliveryItem, find, find_in


def delivery(number: int = 1) -> DeliveryItem:
    """An item as a receiver makes it."""
    return {
        "pk": {"S": "account#call"},
        "sk": {"S": f"event#channel_create#{number}"},
        "item": {"S": "delivery"},
        "received_at": {"N": "1790000000"},
        "body": {"S": '{"hook_event": "channel_create"}'},
    }


def logged(item: Any) -> dict[str, Any]:
    """The log line of a delivery that no store accepted."""
    return {"level": "ERROR", "message": "SPOOL", "item": item, "service": "channel_events"}


def in_csv(text: str, delimiter: str = ",") -> str:
    """A table of Logs Insights with *text* as its only message."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter)
    writer.writerows([["@timestamp", "@message"], ["2026-11-28 14:00:00.000", text]])
    return written.getvalue()


def wrapped(text: str, width: int = 80, end: str = "\n") -> str:
    """*text* in lines of *width* characters, as `fold` or a terminal makes them."""
    return end.join(text[at : at + width] for at in range(0, len(text), width))


LINE = json.dumps(logged(delivery()), separators=(",", ":"))
PRETTY = json.dumps(logged(delivery()), indent=4)
TAIL = "2026-11-28T14:00:00.000000+00:00 2026/11/28/[$LATEST]abc"
SENT = {"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "message": LINE}]}
PACKED = base64.b64encode(gzip.compress(json.dumps(SENT).encode())).decode()
PLACES: list[tuple[str, str]] = [
    ("a log line", LINE),
    ("amid other lines", f'START RequestId: 1\n{LINE}\n{{"message": "stored"}}\nREPORT 3 ms\n'),
    ("behind half a line", f"{LINE[:99]}{LINE}"),
    ("behind a time", f"2026-11-21T14:00:00.000Z {LINE}"),
    ("aws logs tail", f"2026-11-21T14:00:00+00:00 [$LATEST]abc {LINE}\n"),
    ("filter-log-events", json.dumps({"events": [{"message": f"{LINE}\n"}]}, indent=2)),
    ("a scan", json.dumps({"Items": [delivery()], "Count": 1}, indent=2)),
    ("an export", json.dumps({"Item": delivery()})),
    ("a queue's message", json.dumps({"Messages": [{"Body": json.dumps(delivery())}]})),
    ("a stream's record", json.dumps({"Records": [{"dynamodb": {"NewImage": delivery()}}]})),
    ("the bare item", json.dumps(delivery())),
    ("aws logs tail --format json", f"{TAIL}\n{PRETTY}\n\n"),
    ("the same with CRLF", f"{TAIL}\n{PRETTY}\n".replace("\n", "\r\n")),
    ("sam logs in color", f"\x1b[36m{TAIL}\x1b[0m {PRETTY}\n"),
    ("sam logs with a word in color", LINE.replace("SPOOL", "\x1b[4mSPOOL\x1b[0m")),
    ("two objects on a line", f'{{"message": "stored"}}{LINE}{{"message": "stored"}}'),
    ("the item of a line cut behind it", LINE[:-20]),
    ("get-log-events", json.dumps({"events": [{"timestamp": 1, "message": LINE}]})),
    ("filter-log-events as text", f"EVENTS\t1\t1790000000\tabc\t{LINE}\t1790000001\n"),
    ("get-query-results", json.dumps({"results": [[{"field": "@message", "value": LINE}]]})),
    ("Insights as JSON", json.dumps([{"@message": LINE}])),
    ("Insights as parsed JSON", json.dumps([{"@message": logged(delivery())}])),
    ("Insights as CSV", in_csv(LINE)),
    ("Insights as CSV with semicolons", in_csv(LINE, ";")),
    ("Insights as CSV of pretty JSON", in_csv(PRETTY)),
    ("Insights as Markdown", f"| @timestamp | @message |\n|---|---|\n| 2026 | {LINE} |\n"),
    ("CSV among lines", f'{{"message":"","x":""}}\n{in_csv(LINE)}{{"a":"","b":","}}\n'),
    ("JSON written as a string", json.dumps(LINE)),
    ("JSON written as a string in a line", f"2026-11-28 {json.dumps(LINE)} end"),
    ("JSON written as a string twice", json.dumps(json.dumps(LINE))),
    ("Lambda's own JSON", json.dumps({"timestamp": "2026", "message": logged(delivery())})),
    ("a log subscription", json.dumps({"awslogs": {"data": PACKED}})),
    ("wrapped lines", wrapped(LINE)),
    ("wrapped lines behind a time", f"2026-11-28T14:00:00Z {wrapped(LINE, 70)}\nREPORT\n"),
    ("wrapped lines with CRLF", wrapped(LINE, 33, "\r\n")),
    ("a name in other words", f"SPOOL_QUEUE_URL is set\n{LINE}\n"),
]


@pytest.mark.parametrize("text", [text for _, text in PLACES], ids=[name for name, _ in PLACES])
def test_a_delivery_is_found(text: str) -> None:
    """An item is found unchanged, whatever surrounds it."""
    found = find_in([log_text("a log", text.encode())])
    assert found.items == [delivery()]
    assert (found.repeated, found.unreadable) == (0, 0)


def test_each_delivery_is_found_once() -> None:
    """Repetitions are counted but not kept; the order is that of the text."""
    text = "\n".join(json.dumps(logged(delivery(number))) for number in (1, 2, 1, 3, 2))
    found = find(text)
    assert [item["sk"]["S"][-1] for item in found.items] == ["1", "2", "3"]
    assert found.repeated == 2


@pytest.mark.parametrize(
    "text",
    [
        LINE[:-40],
        json.dumps(logged(None)),
        json.dumps(logged({"item": {"S": "delivery"}, "pk": {"S": "a"}})),
        json.dumps({"events": [{"message": LINE[:-40]}]}),
        f"{LINE[:-40]}\nREPORT 3 ms\n",
        PRETTY[:-90],
        wrapped(LINE)[:-60],
        in_csv(LINE[:-40]),
        json.dumps(LINE[:-40]),
        json.dumps(logged(delivery() | {"body": {"S": "\ud800"}})),
    ],
)
def test_a_spooled_line_that_is_broken_is_told(text: str) -> None:
    """A truncated line is reported, not ignored."""
    assert find(text).unreadable == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing\n{broken",
        '{"message": "stored"}',
        '{"item": {"S": "leg"}, "pk": {}}',
        "SPOOL_QUEUE_URL={",
        "{" * 5000,
        '{"a":' * 3000,
        '"{\\"a' * 99,
        "Permission Check Successful",
    ],
)
def test_other_lines_are_passed_over(text: str) -> None:
    """Other lines, including broken JSON, are ignored."""
    found = find(text)
    assert (found.items, found.unreadable) == ([], 0)


DATA = LINE.encode()
PACKED_LINE = gzip.compress(DATA + b"\n")
OTHER_LINE = json.dumps(logged(delivery(2))).encode()
BYTES: list[tuple[str, bytes]] = [
    ("UTF-8", DATA),
    ("UTF-8 with a mark", b"\xef\xbb\xbf" + DATA),
    ("UTF-16 of PowerShell", LINE.encode("utf-16")),
    ("UTF-16 with CRLF", f"{TAIL}\r\n{LINE}\r\n".encode("utf-16")),
    ("UTF-16, big-endian", b"\xfe\xff" + LINE.encode("utf-16-be")),
    ("UTF-16 without a mark", LINE.encode("utf-16-le")),
    ("UTF-16, big-endian, without a mark", LINE.encode("utf-16-be")),
    ("UTF-16, half a character short", LINE.encode("utf-16") + b"\n"),
    ("UTF-32", LINE.encode("utf-32")),
    ("gzip", PACKED_LINE),
    ("gzip in gzip", gzip.compress(PACKED_LINE)),
    ("gzip of UTF-16", gzip.compress(LINE.encode("utf-16"))),
    ("several gzips", gzip.compress(b"START\n") + PACKED_LINE),
    ("gzip with zeros behind", PACKED_LINE + bytes(99)),
    ("a line in another encoding", b"caf\xe9\n" + DATA),
]


@pytest.mark.parametrize("data", [data for _, data in BYTES], ids=[name for name, _ in BYTES])
def test_a_log_in_any_encoding(data: bytes) -> None:
    """An item is found in UTF-8, UTF-16, and UTF-32, compressed or not."""
    found = find_in([log_text("a log", data)])
    assert (found.items, found.unread) == ([delivery()], [])


LONG = gzip.compress(DATA + b"\n" + b"".join(f"line {at}\n".encode() for at in range(50_000)))
FAULTS: list[tuple[str, bytes, list[DeliveryItem], str]] = [
    ("a cut gzip", LONG[:-2000], [delivery()], "a.log: breaks off: the gzip file is incomplete"),
    ("a damaged gzip", LONG[:-8] + bytes(8), [delivery()], "damaged"),
    ("text behind a gzip", PACKED_LINE + b"text", [delivery()], "damaged"),
    ("almost nothing", b"\x1f\x8b", [], "incomplete"),
    ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", [], "a.log: is not a text"),
    ("a broken line", OTHER_LINE + b"\nx\n" + DATA[:-40], [delivery(2)], "a.log, line 3"),
    ("another encoding", DATA.replace(b"create\\", b"caf\xe9\\"), [], "a.log, line 1"),
]


@pytest.mark.parametrize(
    ("data", "items", "fault"), [each[1:] for each in FAULTS], ids=[each[0] for each in FAULTS]
)
def test_what_cannot_be_read_is_named(data: bytes, items: list[DeliveryItem], fault: str) -> None:
    """A part that cannot be read is counted, with its file, line, and reason; the rest is found."""
    found = find_in([log_text("a.log", data)])
    assert found.items == items
    assert found.unreadable == 1
    assert fault in found.unread[0]


def test_a_folder_of_an_export(tmp_path: Path) -> None:
    """A folder stands for all files in it, such as the gzips of an export to S3."""
    for number in (1, 2):
        path = tmp_path / "export" / f"2026-11-28-[$LATEST]{number}" / "000000.gz"
        path.parent.mkdir(parents=True)
        path.write_bytes(gzip.compress(json.dumps(logged(delivery(number))).encode()))
    (tmp_path / "export" / "aws-logs-write-test").write_text("Permission Check Successful")
    (tmp_path / "more.txt").write_text(f"{LINE}\n{LINE[:-40]}")
    found = find_in(logs_in([tmp_path / "export", tmp_path / "more.txt"]))
    assert (found.items, found.repeated) == ([delivery(1), delivery(2)], 1)
    assert found.unread == [f"{tmp_path}/more.txt, line 2: a SPOOL line that is not whole"]


@given(st.binary() | st.text('{}[]":\\\n,SPOLa').map(lambda text: f"{LINE[:60]}{text}".encode()))
def test_any_bytes_are_searched(data: bytes) -> None:
    """Any bytes are searched without an error, also behind a byte order mark or in a gzip."""
    for each in (data, b"\xff\xfe" + data, b"\x1f\x8b" + data, gzip.compress(data)):
        assert find_in([log_text("a log", each)]).items in ([], [delivery()])
