"""Turns of accounts in scheduled work: nobody is left out, whatever others need."""

import io

import pytest

from pivotkit.services.crossbar import Account
from pivotkit.services.upstream import UpstreamDown
from pivotkit.workers.rounds import Place, Rounds
from pivotkit.workers.worker import OutOfTime, running
from tests.integration.pivotkit.workers.test_time import Clock
from tests.integration.replaying import counted

pytestmark = pytest.mark.usefixtures("tables", "function_environment", "limits_of_lambda")
ACCOUNTS = [Account(f"{number:032x}") for number in range(200)]


def run(seconds: float, *, each: float = 1, task: str = "") -> tuple[list[int], int]:
    """A run of so many seconds: the accounts that had a turn, by number, and how many had none."""
    clock, served = Clock(seconds), list[int]()

    def work(account: Account) -> None:
        served.append(int(account.account_id, 16))
        clock.left -= each

    with running(clock):
        return served, Rounds().run(ACCOUNTS, work, task=task)


def test_a_run_with_time_serves_everybody() -> None:
    """It costs one request to know where to begin, and begins with the first again."""
    with counted() as calls:
        served, left = run(900)
    assert (served, left) == ([*range(200)], 0)
    assert calls == ["GetItem"]


def test_the_last_account_is_not_left_out() -> None:
    """A run without time for all stops, and the next one begins with those that had no turn."""
    first, left = run(77)
    second, _ = run(77)
    third, _ = run(77)
    assert (first, left) == ([*range(70)], 130)
    assert (second, third) == ([*range(70, 140)], [*range(140, 200), *range(10)])


def test_the_rest_of_a_task() -> None:
    """An account has one turn in a task, and those that had none go first in the next run."""
    assert run(157, task="2026-01-15") == ([*range(150)], 50)
    assert Rounds().place() == Place(ACCOUNTS[150].account_id, "2026-01-15")
    assert run(157, task="2026-01-15") == ([*range(150, 200)], 0)
    assert Rounds().place() == Place()


def test_one_account_does_not_stop_the_others(log: io.StringIO) -> None:
    """An account that fails has its turn, the others theirs, and the log says which it was."""
    served: list[str] = []

    def work(account: Account) -> None:
        served.append(account.account_id)
        if account == ACCOUNTS[1]:
            raise UpstreamDown("crossbar", "answered 500")

    with pytest.raises(UpstreamDown):
        Rounds().run(ACCOUNTS[:3], work)
    assert len(served) == 3
    (line,) = [each for each in log.getvalue().splitlines() if "turn failed" in each]
    assert ACCOUNTS[1].account_id in line


def test_an_account_that_needs_all_the_time() -> None:
    """It is cut before Lambda's time-out, and the next run begins with the account behind it."""

    def endless(account: Account) -> None:
        while account == ACCOUNTS[0]:
            pass

    class Ending(Clock):
        """A run that has five seconds for the first account, and then none."""

        def get_remaining_time_in_millis(self) -> int:
            self.left, now = 0, self.left
            return int(now * 1000)

    with running(Ending(8.1)), pytest.raises(OutOfTime):
        Rounds().run(ACCOUNTS[:3], endless)
    assert Rounds().place().turn == ACCOUNTS[1].account_id


def test_an_account_that_is_gone() -> None:
    """A place that no account has any more is none: the run begins with the first."""
    run(77)
    served: list[Account] = []
    Rounds().run(ACCOUNTS[:3], served.append)
    assert served == ACCOUNTS[:3]
