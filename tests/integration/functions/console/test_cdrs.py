"""The console's page of CDRs: filters, charts, CSV, and who sees what."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from pivotctl.keys import entry
from pivotkit.store.call_figures import CallFigures, Leg
from tests.aws import aws_client
from tests.console import HASH, KEY, Visitor, cookie, signed_in
from tests.events import ACCOUNT

OTHER = "f" * 32
TODAY = datetime.now(UTC).date()
NOON = int(datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC).timestamp()) - 86_400
CALLER, CALLEE = "+14155550199", "+33123456789"
CLEARED = "NORMAL_CLEARING"
HOSTILE = "<script>alert(1)</script>"
LEGS = (
    Leg(ACCOUNT, "call-1", NOON, "inbound", CALLER, "Jane Doe", "1001", 75, 60, CLEARED),
    Leg(
        ACCOUNT, "leg-2", NOON + 60, "outbound", "1001", "", CALLEE, 40, 40, CLEARED,
        "France", 1250, "EUR",
    ),
    Leg(ACCOUNT, "call-3", NOON - 7200, "inbound", "anonymous", HOSTILE, "1002", 5, 0, "USER_BUSY"),
    Leg(OTHER, "call-4", NOON, "inbound", "+442071838750", "Bob", "2001", 4000, 4000, CLEARED),
)  # fmt: skip


@pytest.fixture(autouse=True)
def figures(tables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> CallFigures:
    """Legs of two accounts, in a deployed stack with a console key."""
    assert tables
    monkeypatch.delenv("AWS_SAM_LOCAL", raising=False)
    monkeypatch.setenv("KEY_HASHES", HASH)
    made = CallFigures()
    for leg in LEGS:
        made.keep(leg)
    return made


def clerk(monkeypatch: pytest.MonkeyPatch, *roles: str, account: str = ACCOUNT) -> Visitor:
    """An operator of one account, with some roles."""
    limited = entry(KEY, (account,), roles or ("see",))
    monkeypatch.setenv("KEY_HASHES", limited)
    return Visitor(cookie(limited))


def rows(text: str) -> list[str]:
    """The Call-IDs of the rows."""
    return re.findall(r'data-copy="([^"]*)"', text)


def test_legs_are_listed_the_latest_first() -> None:
    """An operator of all accounts sees all legs, and what charts add up."""
    answer = signed_in().get("/cdrs")
    assert (answer.status, rows(answer.text)) == (200, ["leg-2", "call-4", "call-1", "call-3"])
    assert "Calls 3 Legs 4 Billed 68 min" in answer.shown
    assert CALLER in answer.text
    assert HOSTILE not in answer.text
    assert "Jane Doe" in answer.text


FILTERS = [
    ({"account": ACCOUNT}, ["leg-2", "call-1", "call-3"]),
    ({"direction": "outbound"}, ["leg-2"]),
    ({"cause": "USER_BUSY"}, ["call-3"]),
    ({"destination": "France"}, ["leg-2"]),
    ({"number": "5550199"}, ["call-1"]),
    ({"least": "60", "most": "120"}, ["call-1"]),
    ({"least": "3600"}, ["call-4"]),
    ({"hour": "10"}, ["call-3"]),
    ({"hour": "12", "account": OTHER}, ["call-4"]),
    ({"from": f"{TODAY}"}, []),
    ({"to": f"{TODAY - timedelta(days=3)}"}, []),
]


@pytest.mark.parametrize(("asked", "found"), FILTERS, ids=str)
def test_a_filter_narrows_the_rows(asked: dict[str, str], found: list[str]) -> None:
    """Each filter is a part of the address, which can be shared."""
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    assert rows(signed_in().get(f"/cdrs?{query}").text) == found


def test_each_bar_leads_to_its_rows() -> None:
    """The rows behind a bar are as many as the bar counts."""
    visitor = signed_in()
    page = unescape(visitor.get("/cdrs").text)
    bars = re.findall(
        r'href="(/cdrs\?[^"]*)"><bdi>[^<]*</bdi></a></th>\s*<td[^>]*data-value="(\d+)"', page
    )
    counted = [(href, int(value)) for href, value in bars if int(value)]
    assert len(counted) >= 8
    for href, value in counted:
        found = LEGS_BY_CALL(rows(visitor.get(href).text), href)
        assert found == value, href


def LEGS_BY_CALL(ids: list[str], href: str) -> int:  # noqa: N802
    """The number of legs among *ids* that the charts of calls count: those of callers."""
    calls = [leg for leg in LEGS if leg.call_id in ids]
    if re.search("hour=|weekday=|least=", href):
        calls = [leg for leg in calls if leg.direction == "inbound"]
    return len(calls)


def test_hours_are_those_of_the_viewer() -> None:
    """The browser's time zone, in a cookie, decides hours and days; a wrong one counts as UTC."""
    for zone, hour, found in (
        ("Asia%2FTokyo", 21, ["leg-2", "call-4", "call-1"]),
        ("Asia%2FTokyo", 19, ["call-3"]),
        ("..%2F..%2Fetc%2Fpasswd", 12, ["leg-2", "call-4", "call-1"]),
        ("Nowhere%2FCity", 12, ["leg-2", "call-4", "call-1"]),
    ):
        visitor = Visitor(f"{cookie()}; zone={zone}")
        assert rows(visitor.get(f"/cdrs?hour={hour}").text) == found, zone


def test_an_operator_sees_their_account_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a role for numbers they are masked, names are left out, and others stay hidden."""
    visitor = clerk(monkeypatch)
    for path in (
        "/cdrs",
        "/cdrs.csv",
        f"/cdrs?account={ACCOUNT}",
        f"/cdrs?after={NOON + 9}~{OTHER}~x",
    ):
        text = visitor.get(path).text
        assert "+1 415 ••• ••99" in text
        assert not [each for each in (CALLER, CALLEE, "Jane", OTHER, "call-4") if each in text]
    for path in ("/cdrs", "/cdrs.csv"):
        answer = visitor.get(f"{path}?account={OTHER}")
        assert (answer.status, "call-4" in answer.text) == (422, False)


def test_masked_numbers_cannot_be_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Viewers without numbers find a call by a whole number, not by its digits one by one."""
    visitor = clerk(monkeypatch)
    assert rows(visitor.get("/cdrs?number=5550199").text) == []
    assert rows(visitor.get(f"/cdrs?number=%2B{CALLER[1:]}").text) == ["call-1"]
    seeing = clerk(monkeypatch, "see-numbers")
    assert rows(seeing.get("/cdrs?number=5550199").text) == ["call-1"]


def test_csv_has_the_same_legs() -> None:
    """The file has every leg that fits; a formula in a name is text."""
    answer = signed_in().get(f"/cdrs.csv?account={ACCOUNT}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="cdrs-')
    head, *lines = csv.reader(io.StringIO(answer.text))
    assert [dict(zip(head, line, strict=True))["call_id"] for line in lines] == [
        "leg-2",
        "call-1",
        "call-3",
    ]
    assert dict(zip(head, lines[0], strict=True))["cost"] == "1250"


def test_a_formula_is_text(figures: CallFigures) -> None:
    """A name that a spreadsheet would calculate begins with an apostrophe."""
    figures.keep(Leg(ACCOUNT, "call-5", NOON, "inbound", "", '=HYPERLINK("x")', "", 1))
    assert "\"'=HYPERLINK" in signed_in().get("/cdrs.csv").text


def test_many_legs_have_pages(figures: CallFigures, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page goes on where the one before it ended, and no leg is left out or shown twice."""
    for number in range(25):
        figures.keep(Leg(ACCOUNT, f"many-{number}", NOON - number // 5, "inbound"))
    monkeypatch.setattr("functions.console.cdr_pages.ROWS", 7)
    monkeypatch.setattr("pivotkit.store.call_figures.BATCH", 3)
    for path in ("/cdrs", f"/cdrs?account={ACCOUNT}"):
        found, following = [], [path]
        while following:
            text = unescape(signed_in().get(following[0]).text)
            found += rows(text)
            following = re.findall(r'href="(/cdrs\?[^"]*&after=[^"]*)"', text)
        wanted = {leg.call_id for leg in LEGS if "account" not in path or leg.account_id == ACCOUNT}
        assert sorted(found) == sorted({*wanted, *(f"many-{number}" for number in range(25))})


WRONG = [
    {"from": "yesterday"},
    {"from": f"{TODAY}", "to": f"{TODAY - timedelta(days=1)}"},
    {"from": "2020-01-01"},
    {"from": "0001-01-01", "to": "0001-01-02"},
    {"to": "9999-12-31"},
    {"hour": "x"},
    {"least": "-1"},
    {"account": "acme"},
]


@pytest.mark.parametrize("asked", WRONG, ids=str)
def test_a_wrong_filter_names_its_fix(asked: dict[str, str]) -> None:
    """A field that cannot be read is named."""
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    answer = signed_in().get(f"/cdrs?{query}")
    assert answer.status in {200, 422}
    assert answer.status == 200 or re.search(r"(?i)from|to|hour|least|account", answer.shown)


@pytest.mark.parametrize(
    "after", ["x", "1~2", "~~~", f"9~{OTHER}~\0", "9" * 400, f"1~{ACCOUNT}~<b>"]
)
def test_a_forged_place_shows_nothing_else(after: str) -> None:
    """A place in the address that no page has made is ignored, or leads to no leg."""
    answer = signed_in().get(f"/cdrs?account={ACCOUNT}&after={after}")
    assert answer.status == 200
    assert "call-4" not in answer.text


def test_an_empty_page_says_what_would_fill_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any leg the page names the worker and the command."""
    visitor = clerk(monkeypatch, account="e" * 32)
    assert "--option CallFigures=on" in visitor.get("/cdrs").shown


def test_the_table_is_away(tables: Mapping[str, str]) -> None:
    """The page says so, and is no fault."""
    aws_client("dynamodb").delete_table(TableName=tables["CALL_FIGURES_TABLE"])
    for path in ("/cdrs", "/cdrs.csv"):
        assert signed_in().get(path).status == 503
