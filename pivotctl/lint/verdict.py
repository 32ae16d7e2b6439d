"""KAZOO's verdict on an answer: the fate of a call that gets it.

A callflow is accepted or refused as a whole. TwiML is played once: the caller presses the keys
given, or none, and everyone who is called answers.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from pivotctl.lint.kazoo5 import remarks
from pivotctl.lint.pivot_data import pivot_warnings
from pivotctl.problems import Mode, Problem, Verdict
from pivotctl.reader.answers import (
    CallflowAnswer,
    PivotAnswer,
    RefusedAnswer,
    TwimlAnswer,
    understand,
)
from pivotctl.switch.http.exchange import is_odd
from pivotctl.switch.player.channel import channel_for
from pivotctl.switch.player.twiml.ending import Ending, EndingKind
from pivotctl.switch.player.twiml.twiml_player import TwimlPlayer
from pivotctl.switch.scenario import RecordingEnd, Rung, Scenario

_VERDICTS = {
    EndingKind.NEXT: Verdict.EXECUTES,
    EndingKind.STOP: Verdict.EXECUTES,
    EndingKind.REQUEST: Verdict.EXECUTES,
    EndingKind.ERROR: Verdict.HANGS_UP,
    EndingKind.CRASH: Verdict.DEAD_AIR,
}


_HUNG_UP = (Verdict.REJECTED, Verdict.HANGS_UP)


@dataclass(frozen=True)
class Reading:
    """The verdict, and every problem that led to it; those with WARNING or REMARK did not.

    For TwiML also KAZOO's commands to the media switch, in order, and the follow-up request.
    """

    verdict: Verdict
    problems: tuple[Problem, ...] = ()
    commands: tuple[str, ...] = ()
    follow_up: tuple[str, str] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return an object with `verdict`, `meaning`, and `problems`."""
        problems = [problem.as_json() for problem in self.problems]
        return {"verdict": self.verdict, "meaning": self.verdict.meaning, "problems": problems}


def refusals(answer: PivotAnswer, url: str) -> list[str]:
    """Return why KAZOO master or KAZOO 5 would not carry out an *answer* from *url*."""
    origin = "/".join(url.split("/")[:3])
    found: dict[str, Mode] = {}
    for mode in Mode:
        reading = read(answer, base_url=url, own=(origin,), mode=mode)
        if reading.verdict is not Verdict.EXECUTES:
            found |= {str(problem): mode for problem in reading.problems}
    return [f"{problem} ({mode})" for problem, mode in found.items()]


def read(
    answer: PivotAnswer,
    *,
    base_url: str = "https://server.example/",
    press: Collection[str] = (),
    own: Collection[str] = (),
    rung: Rung = Rung.ANSWERED,
    recording: RecordingEnd = RecordingEnd.KEY,
    mode: Mode = Mode.K50,
) -> Reading:
    """Return KAZOO's verdict on `answer`, which came from `base_url`.

    `press` has the caller's keys, `rung` the outcome of every call to a phone, `recording` the
    caller's behavior while they are recorded, `mode` the version of KAZOO.
    """
    found = understand(answer, own, mode)
    match found:
        case RefusedAnswer():
            commands = ("hangup",) if found.verdict in _HUNG_UP else ()
            return Reading(found.verdict, found.problems, commands)
        case CallflowAnswer():
            return Reading(Verdict.EXECUTES, pivot_warnings(found.document, mode))
        case _:
            scenario = Scenario(
                flow={}, press=tuple(press), rung=rung, recording=recording, mode=mode
            )
            return _remarked(found, _played(found, base_url, scenario), mode)


def _played(answer: TwimlAnswer, base_url: str, scenario: Scenario) -> Reading:
    channel = channel_for(scenario)
    player = TwimlPlayer(channel, base_url)
    playing = player.run(answer.response)
    ended = _drained(playing)
    problems = (*answer.warnings, *((ended.problem,) if ended.problem else ()))
    follow_up = (ended.method, ended.url) if ended.result is EndingKind.REQUEST else None
    left = follow_up is not None and is_odd(follow_up[1])
    if left:
        problems += (_left_alone(ended.url),)
    elif ended.result is not EndingKind.CRASH and not channel.overtaken:
        channel.command("hangup")
    return Reading(_VERDICTS[ended.result], problems, tuple(channel.commands), follow_up)


def _remarked(answer: TwimlAnswer, reading: Reading, mode: Mode) -> Reading:
    """Add the remarks on KAZOO 5, whose TwiML is known from its documentation only."""
    if mode is Mode.K50:
        return reading
    found = dict.fromkeys(remarks(answer.response))
    return replace(reading, problems=(*reading.problems, *found))


def _left_alone(url: str) -> Problem:
    rule = f"WARNING: KAZOO's HTTP client refuses {url!r}, and leaves the call in silence"
    return Problem("request", rule, "Write an absolute URL, in ASCII and percent-encoded.")


def _drained(playing: Any) -> Ending:
    while True:
        try:
            next(playing)
        except StopIteration as stop:
            result: Ending = stop.value
            return result
        except RecursionError:
            return Ending(EndingKind.ERROR, problem=_TOO_DEEP)


_TOO_DEEP = Problem("Response", "the verbs are nested too deeply to be played here", "Nest less.")
