"""Features that people dial: by a code such as `*72`, or by a number that asks for a key."""

from collections.abc import Mapping
from typing import NamedTuple

from pivotkit import kazoo
from pivotkit.calls.call import Call
from pivotkit.kazoo import Action, collect_dtmf, hangup, tts

COLLECTION = "feature"
SORRY = "Sorry, that's not a valid choice. "
UNCHANGED = tts("Nothing was changed. Goodbye.") >> hangup()


class Feature(NamedTuple):
    """What is done by dialled code and, when another number was dialled, by the key pressed.

    KAZOO asks for the key and comes back, and nothing is kept in between. A key that is no choice
    brings the question again; *silence* is what follows when none is pressed.
    """

    codes: Mapping[str, Action]
    question: str
    keys: Mapping[str, Action]
    silence: Action = UNCHANGED

    def flow(self, call: Call) -> Action:
        """What to do with *call*. Codes are compared with `call.request`, where KAZOO keeps `*`."""
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
