"""Where callers leave a menu: every step they take, told to a server by KAZOO's `webhook` action.

An event is the call, as `cf_webhook.erl` sends it, with these over it, all of them text:

    hook_event   `funnel`: what receivers and rules know it by, for KAZOO gives it no name
    funnel       which menu
    step         which question, or whoever is rung
    outcome      `asked`, then what was chosen, `silence` or `wrong_key`; or what the template says
    number       which event of this way through the funnel it is, from 1: they come in no order
    event_id     the same whenever KAZOO sends it again

Who hangs up at a question has been asked, and has no other outcome there.
"""

from collections import Counter
from collections.abc import Generator, Iterable, Mapping

from pivotkit.calls.call import Call
from pivotkit.calls.conversations import BUT_POUND, Question, Reply, ask
from pivotkit.http.parameters import Value
from pivotkit.kazoo import Action, tts, webhook

ASKED, SILENCE, WRONG_KEY, LEFT = "asked", "silence", "wrong_key", "left"


class Funnel:
    """A menu called *name*, whose events go to *uri*. Raises `AnswerError` for what is no URL."""

    def __init__(self, name: str, uri: str) -> None:
        self._name = name
        self._uri = uri
        webhook(uri)  # a deploy shows a bad one, not a call

    def way(self, call: Call) -> "Way":
        """The way of *call* through the funnel. A conversation makes one, at its start."""
        return Way(self, call)

    def event(self, **values: str) -> Action:
        """The action that tells the server of one event; KAZOO does not wait for the answer."""
        told = {"hook_event": "funnel", "funnel": self._name, **values}
        return webhook(self._uri, custom_data=told)


class Way:
    """One caller's way through a funnel. What came of a question is told with the next event."""

    def __init__(self, funnel: Funnel, call: Call) -> None:
        self._funnel = funnel
        self._call = call
        self._number = 0
        self._untold: Action | None = None

    def tell(self, step: str, outcome: str) -> Action:
        """The actions that tell of *step* and its *outcome*, and of what is still untold."""
        untold, self._untold = self._untold, None
        event = self._event(step, outcome)
        return untold >> event if untold else event

    def ask(
        self, step: str, prompt: str, choices: Mapping[str, str]
    ) -> Generator[Question, Reply, str]:
        """Ask for one of *choices*, outcomes by key: the outcome, or `silence`, or `wrong_key`.

        The answer is stored under *step*. A way ends with `tell`, or the last outcome is not told.
        """
        asked = self.tell(step, ASKED) >> tts(prompt, terminators=BUT_POUND)
        keys = yield from ask(asked, max_digits=max(map(len, choices)), name=step)
        outcome = choices.get(keys, WRONG_KEY) if keys else SILENCE
        self._untold = self._event(step, outcome)
        return outcome

    def _event(self, step: str, outcome: str) -> Action:
        self._number += 1
        number = str(self._number)
        event_id = self._call.effect_key(f"funnel {number}")
        return self._funnel.event(step=step, outcome=outcome, number=number, event_id=event_id)


def counted(events: Iterable[Mapping[str, Value]]) -> dict[str, Counter[str]]:
    """How often each step had each outcome, and how many callers `left` at a question.

    `{"topic": {"asked": 10, "sales": 6, "silence": 1, "left": 3}}`. An event that came twice counts
    once.
    """
    steps: dict[str, Counter[str]] = {}
    for event in {str(event["event_id"]): event for event in events}.values():
        steps.setdefault(str(event["step"]), Counter())[str(event["outcome"])] += 1
    for outcomes in steps.values():
        if ASKED in outcomes:
            outcomes[LEFT] = 2 * outcomes[ASKED] - outcomes.total()
    return steps
