"""Answers to surveys, kept in the Directory."""

import re
from collections.abc import Mapping
from hashlib import sha256

from pivotkit.calls.call import Call
from pivotkit.http.parameters import Value
from pivotkit.store.directory import Directory
from surveys import Survey

_NUMBER = re.compile(r"\+?\d{5,15}")
_DAY = 24 * 60 * 60


class Results:
    """One Directory entry of the kind `survey_answers` for each survey and caller.

    The caller's number is not stored: the key has its digest. Callers without a number get an entry
    for this call alone.
    """

    def __init__(self) -> None:
        self._entries = Directory("survey_answers")

    def of(self, survey: Survey, call: Call) -> dict[str, int]:
        """This caller's answers so far, by question. One round trip."""
        entry = self._entries.of(call).get(_key(survey, call)) or {}
        stored = entry.get("answers")
        answers = stored if isinstance(stored, dict) else {}
        return {name: value for name, value in answers.items() if isinstance(value, int)}

    def keep(self, survey: Survey, call: Call, answers: Mapping[str, int], *, days: int) -> bool:
        """Store all *answers* of this caller for *days*, counted from the last answer.

        One round trip; a repetition changes nothing.
        """
        entry: dict[str, Value] = {
            "answers": dict(answers),
            "complete": not survey.unanswered(answers),
            "answered_at": call.now.isoformat(),
        }
        self._entries.of(call).put(_key(survey, call), entry, seconds=days * _DAY)
        return True


def _key(survey: Survey, call: Call) -> str:
    """The survey, and a digest of the caller's number, or of the call's ID if it has none."""
    number = call.caller.number
    is_known = _NUMBER.fullmatch(number) and not call.caller.withheld
    caller = number if is_known else call.call_id
    digest = sha256(f"{call.account_id}#{caller}".encode()).hexdigest()
    return f"{survey.name}#{digest}"
