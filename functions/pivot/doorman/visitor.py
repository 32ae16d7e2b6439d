"""A visitor: a caller who waits at the door while the callee is asked."""

import re
from dataclasses import dataclass

from pivotkit.calls.call import Caller
from pivotkit.core.speech import digit_by_digit
from pivotkit.kazoo import Action, conference, play, tts

UNKNOWN_CALLER = "an unknown caller"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A caller at the door: the ID of the *visit* ('' for none), a spoken *name*, a *recording*."""

    visit: str = ""
    name: str = ""
    recording: str = ""

    @property
    def announcement(self) -> Action:
        """The prompt for the callee, with the recorded name if there is one."""
        name = play(self.recording) if self.recording else tts(self.name)
        choice = tts("To take the call, press 1. To decline it, press 2.")
        return tts("You have a call from") >> name >> choice

    @property
    def room(self) -> Action:
        """The conference where caller and callee meet; its name can't be guessed."""
        room = {"name": f"visit-{self.visit}", "member": {"join_muted": False}}
        return conference(config=room, welcome_prompt={"play": False})


def name_of(caller: Caller) -> str:
    """The name that KAZOO shows, or else the number, digit by digit; never ''."""
    if caller.spoken_name:
        return caller.spoken_name
    digits = "" if caller.withheld else re.sub(r"[^0-9]", "", caller.number)
    return digit_by_digit(digits) or UNKNOWN_CALLER
