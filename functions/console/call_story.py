"""The story of one call: what each source reports of it, on one line of time.

Sources are the steps that Pivot handlers kept, the deliveries of webhooks and CDRs, recordings, and
KAZOO's own debug documents. Times are Unix milliseconds.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from call_rows import Row

from pivotkit.http.parameters import Value
from pivotkit.store import Item
from pivotkit.store.call_records import LEG, RECORD
from pivotkit.store.records import Delivery

LANES = ("Pivot", "Webhooks", "CDRs", "Recordings", "KAZOO")
"""The lanes of the time line, in their order."""

GOOD, BAD, PLAIN = "good", "bad", "plain"
_CDR_KINDS = ("cdr#", "api#")
_RECORDING = "event#recording"


class Entry(NamedTuple):
    """One thing that happened. `details` are its facts, `content` what was sent or received."""

    lane: str
    at: int
    title: str
    tone: str = PLAIN
    ms: int = 0
    step: "Step | None" = None
    details: tuple[tuple[str, str], ...] = ()
    content: str = ""

    @property
    def ends(self) -> int:
        """The time at which it was over."""
        return self.at + self.ms


class Step(NamedTuple):
    """A kept request with its answer. `before` and `after` are the call's state, or empty."""

    sort: str
    at: int
    ms: int
    function: str
    lambda_name: str
    code: str
    outcome: str
    request: Mapping[str, Value]
    answer: str
    content_type: str
    status: int
    before: Mapping[str, Value]
    after: Mapping[str, Value]
    log: Mapping[str, Value]
    place: Mapping[str, Any]
    cut: tuple[str, ...]
    raw: Mapping[str, str]

    @classmethod
    def of(cls, item: Item) -> "Step":
        """The step in an item."""
        texts = {name: value["S"] for name, value in item.items() if "S" in value}
        numbers = {name: int(value["N"]) for name, value in item.items() if "N" in value}
        place = {name: texts.get(name, "") for name in ("base", "run", "question")}
        return cls(
            sort=texts["sk"],
            at=numbers["at"],
            ms=numbers["ms"],
            function=texts["function"],
            lambda_name=texts["lambda"],
            code=texts.get("code", ""),
            outcome=texts["outcome"],
            request=_object(texts, "request"),
            answer=texts.get("answer", ""),
            content_type=texts.get("content_type", ""),
            status=numbers.get("status", 0),
            before=_object(texts, "before"),
            after=_object(texts, "after"),
            log=_object(texts, "log"),
            place={**place, "step": numbers.get("step", 0), "secret": "secret" in texts},
            cut=tuple(texts.get("cut", "").split()),
            raw=texts,
        )

    @property
    def line(self) -> str:
        """The author's line, if the step failed: `app.py:21 handler`."""
        return str(self.log.get("at", ""))

    @property
    def error(self) -> str:
        """The error's type, if the step failed."""
        return str(self.log.get("error", ""))

    @property
    def reason(self) -> str:
        """The reason of the error, if it says nothing about the caller."""
        return str(self.log.get("reason", ""))

    @property
    def failed(self) -> bool:
        """Whether the caller heard the fallback."""
        return self.outcome != "answered"

    @property
    def has_digits(self) -> bool:
        """Whether the request had digits, which are not kept."""
        return "digits" in self.request


class Story(NamedTuple):
    """A call with everything that is known of it: its row, its merged record, and its entries."""

    row: Row
    record: Mapping[str, Value]
    entries: tuple[Entry, ...]

    @property
    def steps(self) -> list[Step]:
        """The kept steps."""
        return [each.step for each in self.entries if each.step]

    @property
    def began(self) -> int:
        """The zero of the time line."""
        return min((each.at for each in self.entries), default=self.row.started)

    @property
    def ended(self) -> int:
        """The end of the time line."""
        return max((each.ends for each in self.entries), default=self.row.last)

    @property
    def recordings(self) -> list[str]:
        """The keys of its recordings in the bucket."""
        found = [self.record.get("recording"), *_legs(self.record, "recording")]
        return sorted({each for each in found if isinstance(each, str) and each})


def story_of(
    row: Row, steps: Iterable[Item], records: Iterable[Item], documents: Iterable[str]
) -> Story:
    """The story that a row, kept steps, items of CallRecords, and KAZOO's documents tell."""
    items = list(records)
    entries = [
        *map(_of_step, map(Step.of, steps)),
        *(entry for item in items if (entry := _of_item(item))),
        *(_of_debug(found) for text in documents if (found := _read(text))),
    ]
    merged = next((item for item in items if item["sk"]["S"] == RECORD), None)
    record = json.loads(merged["record"]["S"]) if merged else {}
    lanes = {lane: number for number, lane in enumerate(LANES)}
    ordered = sorted(entries, key=lambda entry: (entry.at, lanes[entry.lane]))
    return Story(row, record, tuple(ordered))


def sentence(story: Story, *, live: bool) -> str:
    """The verdict in a sentence."""
    row, record = story.row, story.record
    if row.fallbacks:
        said = f"The caller heard a fallback: {row.fault or 'see the step in question'}."
    elif live:
        said = "The call goes on, as far as anybody has reported."
    elif row.state == "ended":
        cause = row.cause or str(record.get("hangup_cause") or "")
        said = f"The call has ended{f': {cause}' if cause else ''}."
    elif row.steps:
        said = "Every request was answered. No webhook or CDR has reported the end of the call."
    else:
        said = "The call asked no function of this stack."
    return said


def _of_step(step: Step) -> Entry:
    place = f" · {step.place['question']}" if step.place["question"] else ""
    tone = BAD if step.failed else GOOD
    title = f"{step.function}{place}"
    return Entry("Pivot", step.at, title, tone, step.ms, step)


def _of_item(item: Item) -> Entry | None:
    """The entry of a delivery, or of a leg's share in the record of the call."""
    sort = item["sk"]["S"]
    if sort == RECORD:
        return None
    delivery = Delivery(item["pk"]["S"], item)
    record = delivery.record
    at = record.at if record else None
    when = int(at.timestamp() * 1000) if at else delivery.received_at * 1000
    problem = item.get("problem", {}).get("S", "")
    facts = dict(record.facts) if record else {}
    if sort.startswith(LEG):
        title = f"leg {sort.removeprefix(LEG)}"
        return _spanning("CDRs", when, title, facts) if when else None
    lane = "Webhooks"
    if sort.startswith(_CDR_KINDS):
        lane = "CDRs"
    elif sort.startswith(_RECORDING):
        lane = "Recordings"
    found = _spanning(lane, when, delivery.name, facts)
    if lane == "Webhooks":
        found = found._replace(at=when, ms=0)
    details = (*found.details, ("problem", problem)) if problem else found.details
    content = json.dumps(delivery.content.values, indent=2, ensure_ascii=False)
    return found._replace(details=details, content=content, tone=BAD if problem else PLAIN)


def _spanning(lane: str, ended: int, title: str, facts: Mapping[str, Value]) -> Entry:
    """An entry for a leg, which began its duration before it ended."""
    duration = facts.get("duration_seconds")
    ms = duration * 1000 if isinstance(duration, int) else 0
    details = tuple((name, str(value)) for name, value in sorted(facts.items()))
    return Entry(lane, ended - ms, title, PLAIN, ms, None, details)


def _of_debug(document: Mapping[str, Any]) -> Entry:
    """The entry of a debug document of KAZOO, whose times are Gregorian seconds."""
    created = int(document.get("created") or _GREGORIAN)
    kind = _debug_kind(document)
    content = json.dumps(document, indent=2, ensure_ascii=False)
    tone = BAD if "error" in kind else PLAIN
    details = (("iteration", str(document.get("iteration", ""))),)
    return Entry("KAZOO", (created - _GREGORIAN) * 1000, kind, tone, 0, None, details, content)


_GREGORIAN = 62_167_219_200
"""Seconds from the year 0 to 1970."""


def _debug_kind(document: Mapping[str, Any]) -> str:
    if "schema_errors" in document:
        return "schema errors in the answer"
    if "json_errors" in document:
        return "errors in the answer's JSON"
    status = document.get("resp_status_code")
    return f"answer {status}" if status else f"asks {document.get('method', '')}".strip()


def _legs(record: Mapping[str, Value], fact: str) -> Iterator[Value]:
    legs = record.get("legs")
    for leg in legs.values() if isinstance(legs, dict) else ():
        if isinstance(leg, dict):
            yield leg.get(fact)


def _object(texts: Mapping[str, str], name: str) -> Mapping[str, Value]:
    """The object in an attribute; empty for one that was cut, which is no JSON any more."""
    return _read(texts.get(name) or "{}")


def _read(text: str) -> Mapping[str, Value]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
