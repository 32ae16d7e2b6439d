"""The differences between KAZOO 5 and KAZOO master: `k50` is the default, `k5` the other."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest

from pivotctl.problems import Mode
from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.events import CdrPosted, Waited
from pivotctl.switch.http.exchange import ExchangeError, HttpRequest, HttpResponse
from pivotctl.switch.scenario import Scenario, pivot_flow
from tests.unit.switch.servers import EVENTS, URL, Server, as_json, as_xml, flow, says

HEADERS = {"X-Pivot-Key": "secret", "Authorization": "no"}


def place(mode: Mode, *answers: HttpResponse, **data: Any) -> tuple[Dialogue, Server]:
    """A call in one of the modes, whose pivot action has more data and a fallback."""
    stored = pivot_flow(URL, fallback=says("fallback"))
    stored["data"] |= data
    server = Server(list(answers))
    return Dialogue.place(Scenario(flow=stored, mode=mode), server), server


@pytest.mark.parametrize("method", ["get", "post"])
def test_custom_headers_are_sent_by_kazoo_5_only(method: str) -> None:
    """Headers that begin with X-, with every method."""
    found = {}
    for mode in Mode:
        _, server = place(mode, as_json(says("x")), method=method, custom_request_headers=HEADERS)
        request = server.requests[0]
        found[mode] = (request.header("x-pivot-key"), request.header("authorization"))
    assert found == {Mode.K50: (None, None), Mode.K5: ("secret", None)}


def test_a_missing_format_means_twiml_or_kazoo() -> None:
    """In a stored flow no default is filled in; in an answer it is kazoo in both."""
    for mode, name in ((Mode.K50, "CallSid"), (Mode.K5, "Call-ID")):
        stored = {"module": "pivot", "data": {"voice_url": URL, "method": "post"}}
        again = flow("pivot", {"voice_url": URL, "method": "post"})
        server = Server([as_json(again), as_json(says("x"))])
        Dialogue.place(Scenario(flow=stored, mode=mode), server)
        assert name in server.form(0)
        assert "Call-ID" in server.form(1)


@pytest.mark.parametrize(
    ("mode", "verdict", "silence"), [(Mode.K50, "times_out", [10.0]), (Mode.K5, "falls_back", [])]
)
def test_a_failure_is_reported_at_once_by_kazoo_5(
    mode: Mode, verdict: str, silence: list[float]
) -> None:
    """KAZOO master only notices when its own wait is over; then both go on with the fallback."""

    def never(_request: HttpRequest) -> HttpResponse:
        raise ExchangeError("unreachable", "nobody there")

    stored = pivot_flow(URL, fallback=says("fallback"))
    dialogue = Dialogue.place(Scenario(flow=stored, mode=mode), never)
    dialogue.hears("fallback")
    assert dialogue.verdict == verdict
    assert [each.seconds for each in dialogue.events if isinstance(each, Waited)] == silence


@pytest.mark.parametrize(
    ("mode", "by", "verdict"), [(Mode.K50, "caller", "dead_air"), (Mode.K5, "kazoo", "hangs_up")]
)
def test_a_later_failure_hangs_up_in_kazoo_5(mode: Mode, by: str, verdict: str) -> None:
    """KAZOO master leaves the caller in silence."""
    redirect = as_xml(f"<Redirect>{URL}</Redirect>")
    dialogue, _ = place(mode, redirect, HttpResponse(500))
    dialogue.hung_up(by).does_not_hear("fallback")
    assert dialogue.verdict == verdict


@pytest.mark.parametrize(("mode", "verdict"), [(Mode.K50, "executes"), (Mode.K5, "hangs_up")])
def test_kazoo_5_reads_no_other_content_type(mode: Mode, verdict: str) -> None:
    """KAZOO master tries TwiML, then JSON."""
    body = b"<Response><Say>x</Say></Response>"
    dialogue, _ = place(mode, HttpResponse(200, (("Content-Type", "text/plain"),), body))
    assert dialogue.verdict == verdict


@pytest.mark.parametrize(("mode", "by"), [(Mode.K50, "caller"), (Mode.K5, "kazoo")])
def test_an_invalid_flow_hangs_up_in_kazoo_5(mode: Mode, by: str) -> None:
    """KAZOO master crashes and leaves silence."""
    dialogue, _ = place(mode, as_json(flow("response", {"code": "486"})))
    dialogue.hung_up(by).does_not_hear("fallback")


@pytest.mark.parametrize(("mode", "legs"), [(Mode.K50, ["B", "A"]), (Mode.K5, ["A"])])
def test_kazoo_5_posts_the_record_of_the_callers_leg_only(mode: Mode, legs: list[str]) -> None:
    """Once, where KAZOO master posts one for each leg."""
    answer = as_xml("<Dial>+14155550123</Dial><Hangup/>")
    dialogue, _ = place(mode, answer, req_format="twiml", cdr_url=f"{EVENTS}cdr")
    assert [event.leg for event in dialogue.events if isinstance(event, CdrPosted)] == legs


@pytest.mark.parametrize(("mode", "by"), [(Mode.K50, "caller"), (Mode.K5, "kazoo")])
def test_with_a_cdr_url_a_document_that_ends_hangs_up_in_kazoo_5(mode: Mode, by: str) -> None:
    """KAZOO master has no handler for the end of such a document."""
    dialogue, _ = place(mode, as_xml("<Say>x</Say>"), cdr_url=f"{EVENTS}cdr")
    dialogue.hears("x").hung_up(by)


def test_flushed_digits_are_gone_in_kazoo_5() -> None:
    """KAZOO master forgets to store what it flushed, and sends them again."""
    pivot = flow("pivot", {"voice_url": URL, "method": "post"})
    flush = flow("flush_dtmf", {"collection_name": "pin"}, _=pivot)
    collect = flow("collect_dtmf", {"collection_name": "pin", "max_digits": 2}, _=flush)
    sent = {}
    for mode in Mode:
        server = Server([as_json(collect), as_json(says("x"))])
        Dialogue.place(Scenario(flow=pivot_flow(URL), mode=mode, press=("12",)), server)
        sent[mode] = server.form().get("Digits[pin]")
    assert sent == {Mode.K50: "12", Mode.K5: None}


def test_channel_webhooks_name_the_request_in_kazoo_5() -> None:
    """KAZOO master loses it."""
    for mode in Mode:
        server = Server([as_json(says("x"))])
        hooks = {"channel_create": f"{EVENTS}create"}
        Dialogue.place(Scenario(flow=pivot_flow(URL), mode=mode, webhooks=hooks), server)
        fired = next(each for each in server.requests if each.url.startswith(EVENTS))
        assert ("request" in dict(parse_qsl(fired.body.decode()))) is (mode is Mode.K5)


def test_a_recording_of_twiml_is_put_under_the_action() -> None:
    """The media switch sends the file itself; the request that follows names its URL."""
    _, server = place(Mode.K50, as_xml(f'<Record action="{URL}/done"/>'), as_xml("<Hangup/>"))
    put = server.uploads[0]
    assert (put.method, put.url.partition("?")[0]) == ("PUT", server.form()["RecordingUrl"])
    assert put.url.startswith(f"{URL}/done/call_recording_")
