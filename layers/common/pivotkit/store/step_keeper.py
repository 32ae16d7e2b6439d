"""Keeps the steps of a function's calls, after their answers have gone.

A table that is slow or down costs no caller anything: its time-outs end before Lambda's, nothing is
repeated, and after a failure nothing is tried for some seconds. What is not kept is only missing
for the developer.
"""

import os
import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from pivotkit.core import telemetry
from pivotkit.core.after_answer import AfterAnswer
from pivotkit.core.errors import StateUnavailable
from pivotkit.store.steps import CodeVersion, Kept

if TYPE_CHECKING:
    from pivotkit.store.call_index import CallIndex
    from pivotkit.store.debug_switches import SwitchedOn

LEAST_SECONDS = 1.0
"""Seconds of an invocation without which no request to the table is begun."""

AGAIN_SECONDS = 5.0
"""Seconds until a table that could not be reached is asked again."""

MOST_STEPS = 100
"""The number of steps of a call that are kept. Its row counts the others, too."""

STEPS_PER_MINUTE = 300
"""The steps whose content an environment keeps for one account in a minute."""

_MINUTE = 60


class StepKeeper:
    """Keeps the steps of one function: a row for each call, and content where it is switched on.

    What reaches the table is imported by the thread, after the first answer: no caller waits for
    that either.
    """

    def __init__(self, function: str) -> None:
        self._function = function
        self._index: CallIndex | None = None
        self._switched_on: SwitchedOn | None = None
        self._code: CodeVersion | None = None
        self._pause_until = 0.0
        self._is_cold = True
        self._minute = 0
        self._counts: dict[str, int] = {}
        self._after = AfterAnswer[Kept].from_environment(self._keep)
        self._after.start()

    def add(self, kept: Kept | None) -> None:
        """Leave a step to be kept after the answer; each request leaves one, `None` for nothing."""
        self._after.add(kept)

    def _keep(self, kept: Kept, until: float) -> None:
        """Write the call's row, and the step itself if its account or number is switched on."""
        now = time.time()
        if now < self._pause_until or until - now < LEAST_SECONDS:
            telemetry.count("StepNotKept")
            return
        try:
            self._write(kept, until)
        except StateUnavailable:
            self._pause_until = time.time() + AGAIN_SECONDS
            telemetry.count("StepNotKept")

    def _write(self, kept: Kept, until: float) -> None:
        index = self._table_of_calls()
        cold, self._is_cold = self._is_cold, False
        number = index.note_step(kept, self._function)
        if until - time.time() >= LEAST_SECONDS:
            index.note_figures(kept, self._function, cold=cold)
        if until - time.time() < LEAST_SECONDS or not 0 < number <= MOST_STEPS:
            return
        if self._is_on(kept, index) and self._has_room(kept.call.account_id):
            index.keep_step(kept, self._version())

    def _table_of_calls(self) -> "CallIndex":
        from pivotkit.store.call_index import CallIndex  # noqa: PLC0415  (by the thread)

        self._index = self._index or CallIndex.from_environment()
        return self._index

    def _is_on(self, kept: Kept, index: "CallIndex") -> bool:
        from pivotkit.store.debug_switches import SwitchedOn, Switches  # noqa: PLC0415

        on = self._switched_on = self._switched_on or SwitchedOn(Switches(index.table))
        call = kept.call
        return on.covers(call.account_id, (call.caller_id_number, call.request, call.to))

    def _has_room(self, account: str) -> bool:
        """Whether the account has content left to keep in this minute."""
        minute = int(time.time() // _MINUTE)
        if minute != self._minute:
            self._minute = minute
            self._counts.clear()
        self._counts[account] = self._counts.get(account, 0) + 1
        return self._counts[account] <= STEPS_PER_MINUTE

    def _version(self) -> CodeVersion:
        """The function, and a digest of the code in its folder."""
        if self._code is None:
            name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", self._function)
            self._code = CodeVersion(self._function, name, code_digest())
        return self._code


def code_digest() -> str:
    """Twelve hexadecimal digits that change with the code in the function's folder."""
    root = Path(os.environ.get("LAMBDA_TASK_ROOT", "/var/task"))
    found = sha256()
    for path in sorted(root.glob("*.py")):
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:12]
