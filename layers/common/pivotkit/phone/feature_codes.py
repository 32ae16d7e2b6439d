"""Features reached by dialing a code such as `*72`, or a number with a menu."""

from collections.abc import Mapping
from typing import NamedTuple

from pivotkit import kazoo
from pivotkit.calls.call import Call
from pivotkit.kazoo import Action, collect_dtmf, hangup, tts

COLLECTION = "feature"
SORRY = "Sorry, that's not a valid choice. "
UNCHANGED = tts("Nothing was changed. Goodbye.") >> hangup()


class Feature(NamedTuple):
    """The actions of a feature, by dialed code or, for any other number, by the key pressed.

    KAZOO collects the key and sends it with the next request; no state is stored. After an invalid
    key the question is repeated; without a key, *silence* follows.
    """

    codes: Mapping[str, Action]
    question: str
    keys: Mapping[str, Action]
    silence: Action = UNCHANGED

    def flow(self, call: Call) -> Action:
        """Return the action for *call*; codes are matched with `call.request`, which keeps `*`."""
        if call.request in self.codes:
            return self.codes[call.request]
        if not call.follow_up:
            return self._asked(call, self.question)
        key = call.pressed(COLLECTION)
        if key is None:
            return self.silence
        return self.keys.get(key) or self._asked(call, SORRY + self.question)

    def _asked(self, call: Call, question: str) -> Action:
        collect = collect_dtmf(collection_name=COLLECTION)
        return tts(question) >> collect >> kazoo.pivot(call.url)
