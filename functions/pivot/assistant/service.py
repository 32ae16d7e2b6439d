"""An assistant that another service provides over HTTP."""

from assistants import PERSON, Transcript, Turn
from pivotkit.services.upstream import Upstream, UpstreamAnswer, UpstreamDown

MOST_KEYS = 20
"""The most keys for which a service may ask at once."""


class ServiceAssistant:
    """An assistant behind *upstream*.

    `POST turns` sends `session`, `turn` (from 0), `heard` and `so_far`. The answer has `action`
    (`ask`, `connect` or `hangup`) and `say`, and optionally `expect`, a number of keys, and
    `target`, the name of a person.
    """

    is_fixed = False

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def turn(self, transcript: Transcript, heard: str | None) -> Turn:
        """The answer of the service. Raises `UpstreamDown`."""
        number = len(transcript.exchanges)
        answer = self._upstream.post(
            "/turns",
            {
                "session": transcript.session,
                "turn": number,
                "heard": heard or "",
                "so_far": [exchange._asdict() for exchange in transcript.exchanges],
            },
            key=f"{transcript.session}-{number}",
        )
        return _turn(answer)


def _turn(answer: UpstreamAnswer) -> Turn:
    say = answer.text("say")
    match answer.text("action"):
        case "ask":
            return Turn(say, expect=_expected_keys(answer))
        case "connect":
            return Turn(say, connect=_target(answer))
        case "hangup":
            return Turn(say, end=True)
        case _:
            raise UpstreamDown(answer.service, "action must be ask, connect or hangup")


def _expected_keys(answer: UpstreamAnswer) -> int:
    keys = answer.number("expect") if _has(answer, "expect") else 1
    if not 1 <= keys <= MOST_KEYS:
        raise UpstreamDown(answer.service, f"expect must be 1 to {MOST_KEYS}")
    return keys


def _target(answer: UpstreamAnswer) -> str:
    return answer.text("target") if _has(answer, "target") else PERSON


def _has(answer: UpstreamAnswer, name: str) -> bool:
    return isinstance(answer.value, dict) and answer.value.get(name) is not None
