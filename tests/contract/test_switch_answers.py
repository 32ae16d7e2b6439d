"""The switch and the reader do with an answer what KAZOO's own code did.

Cases that still differ are listed in `switch_disagreements.json` with the reason; a test fails on
a case that is not listed, and on a listed one that has come to agree.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import batched
from typing import Any, NamedTuple, Self

import pytest

from pivotctl.lint.verdict import read
from pivotctl.reader.answers import PivotAnswer
from pivotctl.switch.events import CallEvent, End, RequestSent
from pivotctl.switch.http.exchange import ExchangeError, HttpRequest, HttpResponse
from pivotctl.switch.player.call import place_call
from pivotctl.switch.scenario import RecordingEnd, Rung, Scenario, pivot_flow
from tests.contract.listed import LISTED, settled
from tests.kazoo import document, needs_data

pytestmark = needs_data

OK = 200
_NAMED = ("twiml_supported", "twiml_bad_and_odd", "json_responses")


def _cases(name: str) -> list[Any]:
    cases: list[Any] = document(f"observed/{name}.json")["cases"]
    return cases


def _named() -> list[Any]:
    return [
        pytest.param(case, id=f"{name}-{case['name']}") for name in _NAMED for case in _cases(name)
    ]


def _body(job: dict[str, Any]) -> bytes:
    if "body_b64" in job:
        return base64.b64decode(job["body_b64"])
    return str(job.get("body", "")).encode()


def _response(job: dict[str, Any]) -> HttpResponse:
    kind = job.get("content_type", "text/xml")
    headers = tuple((job.get("headers") or {}).items())
    headers += (("Content-Type", kind),) if kind else ()
    return HttpResponse(job.get("status", 200), headers, _body(job))


def _transport(job: dict[str, Any]) -> Callable[[HttpRequest], HttpResponse]:
    """A server that answers as in the recording: the answer, its follow-ups, then nothing."""
    answers = [_response(job), *(_response(each) for each in job.get("followups", []))]

    def answer(request: HttpRequest) -> HttpResponse:
        if request.method == "PUT":
            return HttpResponse(200)
        if job.get("reply_delay_ms", 0) > job.get("req_timeout_ms", 5000):
            raise ExchangeError("timeout", "no answer in time")
        return answers.pop(0) if answers else HttpResponse(200, (("Content-Type", "text/xml"),))

    return answer


def _scenario(job: dict[str, Any]) -> Scenario:
    flow = pivot_flow(
        job["uri"],
        method=job.get("method", "get"),
        req_format=job.get("format", "twiml"),
        req_body_format=job.get("body_format", "form"),
        cdr_url=job.get("cdr_url"),
    )
    return Scenario(
        flow=flow,
        account_id="account0000000000000000000000004",
        call_id="oracle-call-1@10.0.0.1",
        press=tuple(job.get("digits") or ()),
        press_during_prompts=tuple(job.get("play_digits") or ()),
        rung=Rung(job["dial"]) if job.get("dial") in list(Rung) else Rung.ANSWERED,
    )


def _verdict(observed: dict[str, Any]) -> str:
    """The verdict that the table of verdicts gives to what KAZOO published."""
    published = [name.rpartition("/")[2] for entry in observed["amqp"] for name in entry]
    results = [outcome.get("result") for outcome in observed.get("outcomes", [])]
    hung_up = any(c.get("Application-Name") == "hangup" for c in observed["commands"])
    processing, failed = "processing" in published, "failed" in published
    if not processing:
        if not failed:
            return "hangs_up" if hung_up else "times_out"
        return "rejected" if hung_up else "falls_back"
    if failed or None in results:
        return "dead_air"
    return "hangs_up" if results[0] == "error" else "executes"


def _own_verdict(job: dict[str, Any]) -> str:
    if job.get("reply_delay_ms", 0) > job.get("req_timeout_ms", 5000):
        return "times_out"
    if job.get("status") in (301, 302, 307):
        job = {**job, "status": 200, "body": job["followups"][0]["body"]}
    answer = PivotAnswer(_body(job), job.get("content_type", "text/xml"), job.get("status", 200))
    reading = read(answer, base_url=job["uri"], press=job.get("digits") or ())
    return reading.verdict.value


def _requests(job: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Method, URL and body of the follow-up requests that the switch sends."""
    events = list(place_call(_as_recorded(_scenario(job), job), _transport(job)))
    sent = [event for event in events if isinstance(event, RequestSent)]
    return [(event.method.lower(), event.url, event.body) for event in sent[1:]]


def _as_recorded(scenario: Scenario, job: dict[str, Any]) -> Scenario:
    """The scenario with the parties of the recording."""
    route = job.get("call", {}).get("route_req", {})
    user, _, realm = route.get("From", "+14155550100@10.0.0.1").partition("@")
    called, _, own_realm = route.get("To", "+14155550199@acct.example.com").partition("@")
    return replace(
        scenario,
        caller=route.get("Caller-ID-Number", "+14155550100"),
        caller_name=route.get("Caller-ID-Name", "JANE CALLER"),
        caller_user=user,
        caller_realm=realm,
        called=called,
        realm=own_realm,
        recording=RecordingEnd(job.get("record_outcome", "key")),
    )


@pytest.mark.parametrize("case", _named())
def test_a_recorded_answer_gets_kazoos_verdict(
    case: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    """The reader's verdict is the one that KAZOO's published events amount to."""
    name = f"verdict:{request.node.callspec.id}"
    settled(name, _own_verdict(case["job"]), _verdict(case["observed"]))


@pytest.mark.parametrize("case", _named())
def test_a_recorded_answer_causes_the_same_requests(
    case: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    """After an answer the switch asks again where, how and with what KAZOO did."""
    if case["observed"].get("outcomes", [{}])[0].get("result") == "usurp":
        pytest.skip("the recording ends where a callflow is accepted")
    followed = [item for item in case["observed"]["requests"][1:] if item["method"]]
    wanted = [
        (item["method"], item["url"], item["body"] or "")
        for item in followed
        if item["url"] != case["job"].get("cdr_url")
    ]
    name = f"requests:{request.node.callspec.id}"
    settled(name, _same_legs(_requests(case["job"])), _same_legs(wanted))


def _plain() -> list[Any]:
    """Named cases of one answer that came in time; with a cdr_url nobody ends the document."""
    odd = ("followups", "cdr_url", "reply_delay_ms")
    return [
        pytest.param(case, id=f"{name}-{case['name']}")
        for name in _NAMED
        for case in _cases(name)
        if not any(case["job"].get(key) for key in odd) and case["job"].get("status", 200) == OK
    ]


@pytest.mark.parametrize("case", _plain())
def test_a_recorded_answer_causes_the_same_commands(
    case: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    """Refused answers hang up or do nothing; others tell the media switch what KAZOO told it."""
    job, observed = case["job"], case["observed"]
    wanted = [command["Application-Name"] for command in observed["commands"]]
    scenario = _as_recorded(_scenario(job), job)
    reading = read(
        PivotAnswer(_body(job), job.get("content_type", "text/xml")),
        base_url=job["uri"],
        press=scenario.press,
        rung=scenario.rung,
        recording=scenario.recording,
    )
    name = f"commands:{request.node.callspec.id}"
    settled(name, list(reading.commands), wanted)


def _same_legs(requests: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Requests without the invented id of the other leg."""
    leg = re.compile(r"DialCallSid=[^&]*")
    return [(method, leg.sub("", url), leg.sub("", body)) for method, url, body in requests]


def test_the_last_event_is_the_end() -> None:
    """A call ends with one `end` event that carries the verdict and the reason."""
    job = {"uri": "https://h.example.com/", "body": "<Response><Hangup/></Response>"}
    events: list[CallEvent] = list(place_call(_scenario(job), _transport(job)))
    assert isinstance(events[-1], End)
    assert events[-1].verdict == "executes"


_FRESH = ("fresh_answers", "fresh_fuzzed_answers")
_MOST_FRESH = 0.003
_AT_ONCE = 100


class _Compared(NamedTuple):
    """The names of what was compared of some answers, and of what differed."""

    names: set[str]
    differing: set[str]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, object, object]]) -> Self:
        """Compare the own value of each pair with the one that was observed."""
        every = list(pairs)
        return cls(
            {name for name, _, _ in every}, {name for name, own, seen in every if own != seen}
        )


def _batches(name: str, cases: list[Any]) -> list[Any]:
    return [
        pytest.param(some, id=f"{name}-{number}")
        for number, some in enumerate(batched(cases, _AT_ONCE))
    ]


def _random_pairs(case: dict[str, Any], index: int) -> Iterator[tuple[str, object, object]]:
    """The verdict on a random answer, its requests, and its commands, and those of KAZOO."""
    job, name = case["job"], f"{index}-{case['name']}"
    answer = PivotAnswer(_body(job), job["content_type"])
    reading = read(answer, base_url=job["uri"], press=job.get("digits") or ())
    followed = [(item["method"], item["url"], item["body"] or "") for item in case["follow_ups"]]
    yield f"verdict:{name}", _own_verdict(job), case["verdict"]
    yield f"requests:{name}", _same_legs(_requests(job)), _same_legs(followed)
    yield f"commands:{name}", list(reading.commands), case["commands"]


@pytest.mark.parametrize("cases", _batches("random", list(enumerate(_cases("random_answers")))))
def test_random_answers_are_taken_as_kazoo_took_them(
    cases: tuple[tuple[int, dict[str, Any]], ...],
    record_property: Callable[[str, object], None],
) -> None:
    """Documents that nobody would write get KAZOO's verdict, requests, and commands."""
    found = _Compared.of(pair for index, case in cases for pair in _random_pairs(case, index))
    record_property("comparisons", len(found.names))
    assert found.differing == found.names & LISTED.keys()


def _fresh_pairs(case: dict[str, Any]) -> Iterator[tuple[str, object, object]]:
    """The verdict on a fresh answer and its commands, and those of KAZOO."""
    job = case["job"]
    answer = PivotAnswer(_body(job), job.get("content_type"), job.get("status", OK))
    reading = read(answer, base_url=job["uri"], press=job.get("digits") or ())
    yield f"verdict:{case['name']}", reading.verdict.value, case["verdict"]
    yield f"commands:{case['name']}", list(reading.commands), case["commands"]


@pytest.mark.parametrize(
    "cases", [some for name in _FRESH for some in _batches(name, _cases(name))]
)
def test_fresh_answers_get_kazoos_verdict_and_commands(
    cases: tuple[dict[str, Any], ...], record_property: Callable[[str, object], None]
) -> None:
    """Answers in a style that no rule was made for differ only where they are listed."""
    found = _Compared.of(pair for case in cases for pair in _fresh_pairs(case))
    record_property("comparisons", len(found.names))
    assert found.differing == found.names & LISTED.keys()


def test_few_fresh_disagreements_are_listed() -> None:
    """At most three fresh answers in a thousand differ, each with its section of the contract."""
    cases = sum(len(_cases(name)) for name in _FRESH)
    differing = {name.split(":", 1)[1] for name in LISTED if ":fresh-" in name}
    assert len(differing) <= cases * _MOST_FRESH


def test_few_disagreements_are_listed_each_with_its_section() -> None:
    """At most one comparison in fifty, and only where the contract leaves it undefined."""
    cases = sum(len(_cases(name)) for name in (*_NAMED, "random_answers"))
    differing = {name.split(":", 1)[1] for name in LISTED if ":fresh-" not in name}
    assert len(differing) <= cases / 50
    for name, reason in LISTED.items():
        assert re.search(r"\(contract [0-9.]+\)", reason), name
