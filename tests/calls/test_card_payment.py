"""card_payment, dialled: right and wrong digits, recordings, and a payment service that fails."""

from collections.abc import Mapping
from typing import Any

import pytest

from pivotctl.switch.dialogue import Dialogue
from pivotctl.upstreams import FakeUpstream
from pivotkit.store.directory import Directory
from tests.calls.conftest import Phone, Upstreams

INVOICE, CARD, EXPIRY = "20417#", "4242424242424242#", "1249"
NUMBER, DATE = "Please enter the number of your card", "Please enter the date it expires"
OWED = "You owe 42 dollars and 17 cents. To pay by card, press 1."
PAID = "Thank you. Your payment was accepted. Goodbye."
DECLINED = "Sorry, your card was declined. You were not charged."
NOT_CHARGED = "You were not charged. Goodbye."
UNCLEAR = "Sorry, we do not know whether you were charged."


def pay(dial: Phone, *keys: str, **call: Any) -> Dialogue:
    """A caller who wants to pay an invoice, and then presses *keys*."""
    return dial("card_payment", press=(INVOICE, "1", *keys), **call)


def charges(upstreams: Upstreams) -> list[Mapping[str, Any]]:
    """What the payment service was asked to charge."""
    return [asked.body for asked in upstreams.payments.received if asked.last == "charges"]


def invoice(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The invoice as it is in the Directory."""
    monkeypatch.setenv("DIRECTORY_TABLE", dial.tables["DIRECTORY_TABLE"])
    return Directory("invoice").get("20417")


def test_a_payment(dial: Phone, upstreams: Upstreams, monkeypatch: pytest.MonkeyPatch) -> None:
    """A right card is charged what is owed, once, and the invoice is paid."""
    call = pay(dial, CARD, EXPIRY).presses(INVOICE).hears(OWED).presses("1")
    call.hears(NUMBER).presses(CARD).hears(DATE).presses(EXPIRY).hears(PAID)
    call.hung_up("kazoo").is_carried_through()

    assert charges(upstreams) == [{"card": "card_1", "expires": "2049-12", "cents": 4217}]
    assert upstreams.payments.received[-1].key
    assert invoice(dial, monkeypatch) == {"cents": 0, "paid": 4217}


def test_the_number_is_nowhere_but_at_the_payment_service(dial: Phone) -> None:
    """Neither number nor date is in a table, and no later request of KAZOO holds the number."""
    call = pay(dial, CARD, EXPIRY).hears(PAID)
    items = [
        item
        for table in dial.tables.values()
        for item in dial.dynamodb.scan(TableName=table)["Items"]
    ]
    assert items
    assert not [item for item in items if CARD[:-1] in str(item) or EXPIRY in str(item)]
    assert [CARD[:-1] in str(sent.body) for sent in call.requests][-1] is False


def test_repeated_requests(
    dial: Phone, upstreams: Upstreams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that comes twice charges nothing twice."""
    exchange = dial.exchange

    def twice(request: Any) -> Any:
        exchange(request)
        return exchange(request)

    monkeypatch.setattr(dial, "exchange", twice)
    pay(dial, CARD, EXPIRY).hears(PAID).is_carried_through()
    assert len(charges(upstreams)) == 1


def test_recordings(dial: Phone) -> None:
    """The recording stops before each question about the card, and goes on behind the last."""
    starts, stops = ("record_call", "recording starts"), ("record_call", "recording stops")
    call = pay(dial, CARD, EXPIRY).runs(*starts).hears("the number of your invoice").presses("1")
    call.runs(*stops).hears(NUMBER).runs(*stops).hears(DATE).runs(*starts).hears(PAID)


def test_without_recordings(dial: Phone) -> None:
    """Where calls are not recorded, no recording is started."""
    call = pay(dial, CARD, EXPIRY, settings={"RECORDED": "no"}).hears(PAID).is_carried_through()
    assert "'action': 'start'" not in str(call.events)


@pytest.mark.parametrize("number", ["4242424242424243#", "1#", "42424242*4242424#"])
def test_a_wrong_number(dial: Phone, upstreams: Upstreams, number: str) -> None:
    """A number that is no card's is asked for again, and not shown to the payment service."""
    call = pay(dial, number, CARD, EXPIRY).presses(number)
    call.hears(f"That is not the number of a card. {NUMBER}").presses(CARD).hears(DATE).hears(PAID)
    assert len(upstreams.payments.received) == 2


@pytest.mark.parametrize("date", ["1320", "0120", "12#"])
def test_a_wrong_date(dial: Phone, upstreams: Upstreams, date: str) -> None:
    """A date that is none, or that is over, is asked for again before anything is charged."""
    call = pay(dial, CARD, date, EXPIRY).presses(date)
    call.hears(f"That date is not right. {DATE}").presses(EXPIRY).hears(PAID)
    assert len(charges(upstreams)) == 1


@pytest.mark.parametrize("keys", [("1#", "2#"), ("",), (CARD, "1320", "1320"), (CARD,)], ids=len)
def test_giving_up(dial: Phone, upstreams: Upstreams, keys: tuple[str, ...]) -> None:
    """Who presses nothing, or what is wrong twice, is not charged."""
    call = pay(dial, *keys).hears(NUMBER).hears(NOT_CHARGED).hung_up("kazoo").is_carried_through()
    call.does_not_hear(PAID)
    assert charges(upstreams) == []


@pytest.mark.parametrize("number", ["4000000000000002#", "4000000000009995#", "4000000000000069#"])
def test_a_card_that_is_declined(dial: Phone, monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    """A card that is declined pays nothing, and the invoice stays open."""
    call = pay(dial, number, EXPIRY).hears(DECLINED).hung_up("kazoo").is_carried_through()
    call.does_not_hear(PAID)
    assert invoice(dial, monkeypatch) == {"cents": 4217}


BROKEN = [FakeUpstream.is_dead, FakeUpstream.is_slow, FakeUpstream.is_wrong, FakeUpstream.fails]


@pytest.mark.parametrize("breaks", BROKEN)
def test_a_service_that_is_down(dial: Phone, upstreams: Upstreams, breaks: Any) -> None:
    """Before anything could be charged, the caller hears that nothing was."""
    breaks(upstreams.payments)
    call = pay(dial, CARD, EXPIRY).presses(CARD).hears("we cannot take payments right now")
    call.does_not_hear(DATE).hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize("breaks", BROKEN)
def test_a_service_that_breaks_down_at_the_charge(
    dial: Phone, upstreams: Upstreams, monkeypatch: pytest.MonkeyPatch, breaks: Any
) -> None:
    """When nobody knows whether the card was charged, the caller hears just that."""
    answer = upstreams.payments.fake.answer

    def breaking(asked: Any) -> Any:
        breaks(upstreams.payments)
        return answer(asked)

    monkeypatch.setattr(upstreams.payments.fake, "answer", breaking)
    call = pay(dial, CARD, EXPIRY).presses(EXPIRY).hears(UNCLEAR)
    call.does_not_hear(PAID).hung_up("kazoo").is_carried_through()
    assert invoice(dial, monkeypatch) == {"cents": 4217}


@pytest.mark.parametrize("keys", ["20418#", "99999#", ""])
def test_nothing_to_pay(dial: Phone, keys: str) -> None:
    """An invoice that is paid or unknown, and silence, end the call."""
    call = dial("card_payment", press=(keys,)).hears("There is nothing to pay for that number.")
    call.hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize("keys", ["2", ""])
def test_not_paying(dial: Phone, upstreams: Upstreams, keys: str) -> None:
    """Who does not press 1 is not asked for a card."""
    call = dial("card_payment", press=(INVOICE, keys)).hears(OWED).hears(NOT_CHARGED)
    call.does_not_hear(NUMBER).hung_up("kazoo").is_carried_through()
    assert not upstreams.payments.received


def test_the_token_of_the_account(dial: Phone, upstreams: Upstreams) -> None:
    """The payment service is told who asks."""
    pay(dial, CARD, EXPIRY, settings={"PAYMENTS_TOKEN": "t0ken"}).hears(PAID)
    headers = [asked.headers.get("authorization") for asked in upstreams.payments.received]
    assert headers == ["Bearer t0ken"] * 2


@pytest.mark.parametrize("table", ["CALL_STATE_TABLE", "DIRECTORY_TABLE"])
def test_the_database_is_down(dial: Phone, upstreams: Upstreams, table: str) -> None:
    """Without the database nothing is charged, and the caller hears whom to ask."""
    call = pay(dial, CARD, EXPIRY, settings={table: "gone"})
    call.hears(
        "Sorry, something went wrong. If you have entered your card, please ask us."
    ).hung_up("kazoo").is_carried_through()
    assert charges(upstreams) == []
