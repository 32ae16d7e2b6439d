"""A thousand tries from forged numbers, in parallel and mixed with right ones, at every secret."""

import random
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pytest

from functions.pivot.one_time_code.one_time_codes import OneTimeCodes
from pivotkit.calls.call import Call
from pivotkit.calls.memory import Memory
from pivotkit.phone import pins as pins_module
from pivotkit.phone.pins import Pins
from pivotkit.services.crossbar import Account
from pivotkit.store.attempts import AccountAttempts
from pivotkit.store.directory import Directory
from pivotkit.store.remembered import Remembered
from tests import functions

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("function_environment", "tables")]
TRIES, WORKERS = 1000, 16
RIGHT, SALT = "482915", "00" * 16
OWN = "+14155550100"
ACCOUNT = "a" * 32


@dataclass(frozen=True)
class Secret:
    """A template's secret, and the wrong PINs that may be compared with it in fifteen minutes."""

    function: str
    kind: str
    holder: str
    promised: int

    def pins(self) -> Pins:
        """The template's own PINs, with `RIGHT` as that of the holder."""
        entry = {"salt": SALT, "pin_hash": hashed(RIGHT, SALT)}
        Directory(self.kind).of(Account(ACCOUNT)).put(self.holder, entry)
        template = functions.load(f"pivot/{self.function}").template
        return next(filter(None, map(_pins_in, template.__globals__.values())))


def _pins_in(value: object) -> Pins | None:
    """The PINs that *value* is or holds."""
    held = (value, getattr(value, "pins", None), getattr(value, "_pins", None))
    return next((each for each in held if isinstance(each, Pins)), None)


SECRETS = (
    Secret("pin_gate", "gate", "office", 50),
    Secret("twiml_conference", "conference", "weekly", 50),
    Secret("disa", "pin", "disa", 5),
    Secret("account_balance", "account", "1001", 5),
    Secret("supervisor", "supervisor", "100", 5),
    Secret("emergency_closure", "pin", "emergency_closure", 5),
    Secret("office_hours", "pin", "office_hours", 5),
)


def hashed(pin: str, salt: str) -> str:
    """A quick hash: its cost is not what is tested here."""
    return sha256(f"{salt}{pin}".encode()).hexdigest()


def call_of(number: str, call_id: str, account: str = ACCOUNT) -> Call:
    """A call of a conversation."""
    memory = Memory(f"{account}#{call_id}", "test:run", Remembered({}, {}), 0, {})
    call = Call(account, call_id, "kazoo", caller_id_number=number)
    return call.recalling(memory)


class Judged:
    """Counts the wrong PINs that were compared although they might have been right."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wrong = 0
        self._lock = threading.Lock()
        self._counted = threading.local()
        real = AccountAttempts.count

        def count(attempts: AccountAttempts, subject: str, key: str) -> frozenset[str]:
            found = real(attempts, subject, key)
            self._counted.all = getattr(self._counted, "all", True) and bool(found)
            return found

        monkeypatch.setattr(AccountAttempts, "count", count)

    def enter(self, pins: Pins, holder: str, call: Call, pin: str) -> bool:
        """Enter *pin*; return whether it was accepted."""
        self._counted.all = True
        accepted = pins.accepts(holder, call, pin)
        with self._lock:
            self.wrong += self._counted.all and pin != RIGHT
        return accepted


@pytest.mark.parametrize("secret", SECRETS, ids=[each.function for each in SECRETS])
def test_a_thousand_tries(secret: Secret, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more wrong PINs are compared than SECURITY.md promises, and then not even the right one.

    The callers forge numbers, that of a customer among them. One try in ten is the customer's own,
    with the right PIN.
    """
    monkeypatch.setattr(pins_module, "hash_of", hashed)
    pins, judged, chance = secret.pins(), Judged(monkeypatch), random.Random(7)  # noqa: S311
    tries = []
    for at in range(TRIES):
        number = OWN if chance.random() < 0.2 else f"+1415555{chance.randrange(10**4):04}"
        pin = RIGHT if at % 10 == 0 else f"{at:06}"
        own = OWN if pin == RIGHT else number
        tries.append((call_of(own, f"c{at // 3}.{pin == RIGHT}"), pin))

    def enter(each: tuple[Call, str]) -> bool:
        return judged.enter(pins, secret.holder, *each)

    with ThreadPoolExecutor(WORKERS) as pool:
        accepted = list(pool.map(enter, tries))
    assert all(pin == RIGHT for (_, pin), opened in zip(tries, accepted, strict=True) if opened)
    assert judged.wrong == secret.promised
    assert not pins.accepts(secret.holder, call_of("+14155550177", "last"), RIGHT)


class Texts:
    """Takes the place of the text message service."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def post(self, path: str, body: Mapping[str, Any], *, key: str) -> None:
        """Keep the recipient."""
        assert (path, bool(key)) == ("/messages", True)
        self.sent.append(str(body["to"]))


def test_a_thousand_texts(function_environment: pytest.MonkeyPatch) -> None:
    """Of a thousand parallel calls from forged numbers, twenty get a text, three for a number."""
    function_environment.setenv("SIGNING_SECRETS", "s" * 40)
    texts, chance = Texts(), random.Random(7)  # noqa: S311
    codes: Any = OneTimeCodes(texts, limit=3, texts=20)  # type: ignore[arg-type]
    numbers = [f"+141555501{chance.randrange(40):02}" for _ in range(TRIES)]

    def send(at: int) -> bool:
        return bool(codes.send(call_of("", f"c{at}"), numbers[at], "{code}"))

    with ThreadPoolExecutor(WORKERS) as pool:
        sent = list(pool.map(send, range(TRIES)))
    assert sum(sent) == len(texts.sent) == 20
    assert max(map(texts.sent.count, texts.sent)) <= 3


def test_a_new_run_gets_no_more_tries(function_environment: pytest.MonkeyPatch) -> None:
    """Each run of one call asks for its code anew, so that it counts as a text of its own."""
    function_environment.setenv("SIGNING_SECRETS", "s" * 40)
    texts = Texts()
    codes: Any = OneTimeCodes(texts, limit=3, texts=20)  # type: ignore[arg-type]
    sent = []
    for run in range(5):
        call = call_of("", "c1")
        memory = Memory(f"{ACCOUNT}#c1", f"test:{run}", Remembered({}, {}), 0, {})
        sent.append(codes.send(call.recalling(memory), "+14155550199", "{code}"))
    assert sent == [True] * 3 + [False] * 2
