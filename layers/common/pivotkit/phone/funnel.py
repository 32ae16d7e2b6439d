"""Funnels: KAZOO reports each step of a menu to a server, which counts where callers leave.

An event holds the call, as `cf_webhook.erl` sends it, and these fields, all of them text:

    hook_event   `funnel`: the name for receivers and rules, since KAZOO gives the event none
    funnel       the name of the menu
    step         the name of a question, or of a team that is rung
    outcome      of a question `asked`, then the choice, `silence` or `wrong_key`; of a team,
                 whatever the template reports
    number       the position of the event in the call, from 1: KAZOO delivers in no order
    event_id     the same if KAZOO sends the event again

Callers who hang up at a question were asked it, and have no other outcome there.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from pivotkit.calls.call import Call
from pivotkit.calls.conversations import (
    BUT_POUND,
    Asking,
    ask,
)
from pivotkit.http.parameters import Value
from pivotkit.kazoo import Action, tts, webhook

ASKED = "asked"
SILENCE = "silence"
WRONG_KEY = "wrong_key"
LEFT = "left"
"""The outcomes of a question besides its choices; `left` is derived, never sent."""


class Funnel:
    """A menu called *name* whose events go to *uri*. Raises `AnswerError` if that is not a URL."""

    def __init__(self, name: str, uri: str) -> None:
        self._name = name
        self._uri = uri
        webhook(uri)  # so that a bad URL fails the deploy, not a call

    def start(self, call: Call) -> "Journey":
        """The journey of *call* through the funnel. A conversation starts one, at its beginning."""
        return Journey(self, call)

    def event(self, **fields: str) -> Action:
        """The action that sends one event; KAZOO does not wait for the server's answer."""
        return webhook(
            self._uri, custom_data={"hook_event": "funnel", "funnel": self._name, **fields}
        )


class Journey:
    """One caller's journey through a funnel.

    The outcome of a question is known in the next request only, so it is sent with the next event.
    """

    def __init__(self, funnel: Funnel, call: Call) -> None:
        self._funnel = funnel
        self._call = call
        self._number = 0
        self._pending: Action | None = None

    def report(self, step: str, outcome: str) -> Action:
        """The actions that report *outcome* of *step*, and before it the outcome still pending."""
        pending = self._pending
        self._pending = None
        event = self._event(step, outcome)
        return pending >> event if pending else event

    def ask(self, step: str, prompt: str, choices: Mapping[str, str]) -> Asking[str]:
        """Ask for one of *choices*, outcomes by key; return it, `silence` or `wrong_key`.

        The answer is stored under *step*. End a journey with `report`, or its last outcome is lost.
        """
        question = self.report(step, ASKED) >> tts(prompt, terminators=BUT_POUND)
        keys = yield from ask(question, max_digits=max(map(len, choices)), name=step)
        outcome = choices.get(keys, WRONG_KEY) if keys else SILENCE
        self._pending = self._event(step, outcome)
        return outcome

    def _event(self, step: str, outcome: str) -> Action:
        self._number += 1
        number = str(self._number)
        event_id = self._call.effect_key(f"funnel {number}")
        return self._funnel.event(step=step, outcome=outcome, number=number, event_id=event_id)


def outcomes_by_step(events: Iterable[Mapping[str, Value]]) -> dict[str, Counter[str]]:
    """The number of each outcome of each step, including the callers who `left` at a question.

    `{"topic": {"asked": 10, "sales": 6, "silence": 1, "left": 3}}`. Repeated events count once.
    """
    steps: dict[str, Counter[str]] = {}
    for event in {str(event["event_id"]): event for event in events}.values():
        steps.setdefault(str(event["step"]), Counter())[str(event["outcome"])] += 1
    return {step: with_left(outcomes) for step, outcomes in steps.items()}


def with_left(outcomes: Counter[str]) -> Counter[str]:
    """*outcomes* of a step and, if it is a question, how many callers `left` there."""
    if ASKED not in outcomes:
        return outcomes
    answered = outcomes.total() - outcomes[ASKED]
    return Counter({**outcomes, LEFT: outcomes[ASKED] - answered})
