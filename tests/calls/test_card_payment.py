"""card_payment, dialed: valid and invalid digits, recordings, and a failing payment service."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pivotctl.switch.dialogue import Dialogue
from pivotctl.upstreams import FakeUpstream
from pivotkit.store.directory import Directory
from tests.accounts import FIRST
from tests.calls.conftest import Phone, Upstreams

INVOICE, CARD, EXPIRY = "20417#", "4242424242424242#", "1249"
NUMBER, DATE = "Please enter your card number", "Please enter the expiration date"
AMOUNT_DUE = "The amount due is 42 dollars and 17 cents. To pay by card, press 1."
PAID = "Thank you. Your payment has been accepted. Goodbye."
DECLINED = "Sorry, your card was declined. Nothing was charged."
NOT_CHARGED = "Nothing was charged. Goodbye."
UNCLEAR = "Sorry, we can't tell whether your card was charged."
NO_INVOICE = "Sorry, we couldn't find an open invoice with that number."


def pay(dial: Phone, *keys: str, **call: Any) -> Dialogue:
    """A call to pay an invoice, with *keys* pressed for the card."""
    return dial("card_payment", press=(INVOICE, "1", *keys), **call)


def charges(upstreams: Upstreams) -> list[Mapping[str, Any]]:
    """The charges that the payment service was asked for."""
    return [request.body for request in upstreams.payments.received if request.last == "charges"]


def invoice(dial: Phone, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The invoice in the Directory."""
    monkeypatch.setenv("DIRECTORY_TABLE", dial.tables["DIRECTORY_TABLE"])
    return Directory("invoice").of(FIRST).get("20417")


def test_a_payment(dial: Phone, upstreams: Upstreams, monkeypatch: pytest.MonkeyPatch) -> None:
    """A valid card is charged once with the amount due, and the invoice is marked as paid."""
    call = pay(dial, CARD, EXPIRY).presses(INVOICE).hears(AMOUNT_DUE).presses("1")
    call.hears(NUMBER).presses(CARD).hears(DATE).presses(EXPIRY).hears(PAID)
    call.hung_up("kazoo").is_carried_through()

    assert charges(upstreams) == [{"card": "card_1", "expires": "2049-12", "cents": 4217}]
    assert upstreams.payments.received[-1].key
    assert invoice(dial, monkeypatch) == {"cents": 0, "paid": 4217}


def test_no_digit_is_stored(dial: Phone) -> None:
    """No table holds the card number or the date, and no later request repeats the number."""
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
    """A repeated request does not charge twice."""
    exchange = dial.exchange

    def twice(request: Any) -> Any:
        exchange(request)
        return exchange(request)

    monkeypatch.setattr(dial, "exchange", twice)
    pay(dial, CARD, EXPIRY).hears(PAID).is_carried_through()
    assert len(charges(upstreams)) == 1


def test_recordings(dial: Phone) -> None:
    """The recording stops before each question about the card, and resumes after the last."""
    starts, stops = ("record_call", "recording starts"), ("record_call", "recording stops")
    call = pay(dial, CARD, EXPIRY).runs(*starts).hears("your invoice number").presses("1")
    call.runs(*stops).hears(NUMBER).runs(*stops).hears(DATE).runs(*starts).hears(PAID)


def test_without_recordings(dial: Phone) -> None:
    """No recording is started where calls are not recorded."""
    call = pay(dial, CARD, EXPIRY, settings={"RECORDED": "no"}).hears(PAID).is_carried_through()
    assert "'action': 'start'" not in str(call.events)


@pytest.mark.parametrize("number", ["4242424242424243#", "1#", "42424242*4242424#"])
def test_a_wrong_number(dial: Phone, upstreams: Upstreams, number: str) -> None:
    """An invalid card number repeats the question, and is not sent to the payment service."""
    call = pay(dial, number, CARD, EXPIRY).presses(number)
    call.hears(f"Sorry, that's not a valid card number. {NUMBER}").presses(CARD).hears(DATE).hears(
        PAID
    )
    assert len(upstreams.payments.received) == 2


@pytest.mark.parametrize("date", ["1320", "0120", "12#"])
def test_a_wrong_date(dial: Phone, upstreams: Upstreams, date: str) -> None:
    """An invalid or past date repeats the question before anything is charged."""
    call = pay(dial, CARD, date, EXPIRY).presses(date)
    call.hears(f"Sorry, that's not a valid date. {DATE}").presses(EXPIRY).hears(PAID)
    assert len(charges(upstreams)) == 1


@pytest.mark.parametrize("keys", [("1#", "2#"), ("",), (CARD, "1320", "1320"), (CARD,)], ids=len)
def test_giving_up(dial: Phone, upstreams: Upstreams, keys: tuple[str, ...]) -> None:
    """Callers who enter nothing, or something invalid twice, are not charged."""
    call = pay(dial, *keys).hears(NUMBER).hears(NOT_CHARGED).hung_up("kazoo").is_carried_through()
    call.does_not_hear(PAID)
    assert charges(upstreams) == []


@pytest.mark.parametrize("number", ["4000000000000002#", "4000000000009995#", "4000000000000069#"])
def test_a_declined_card(dial: Phone, monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    """A declined card leaves the invoice open."""
    call = pay(dial, number, EXPIRY).hears(DECLINED).hung_up("kazoo").is_carried_through()
    call.does_not_hear(PAID)
    assert invoice(dial, monkeypatch) == {"cents": 4217}


BROKEN = [FakeUpstream.is_dead, FakeUpstream.is_slow, FakeUpstream.is_wrong, FakeUpstream.fails]


@pytest.mark.parametrize("breaks", BROKEN)
def test_a_service_that_is_down(dial: Phone, upstreams: Upstreams, breaks: Any) -> None:
    """Callers hear that nothing was charged if the service fails before the charge."""
    breaks(upstreams.payments)
    call = (
        pay(dial, CARD, EXPIRY)
        .presses(CARD)
        .hears("Sorry, we can't take payments right now. Nothing was charged.")
    )
    call.does_not_hear(DATE).hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize("breaks", BROKEN)
def test_a_service_that_fails_during_the_charge(
    dial: Phone, upstreams: Upstreams, monkeypatch: pytest.MonkeyPatch, breaks: Any
) -> None:
    """Callers hear that the charge is uncertain if the service fails during it."""
    answer = upstreams.payments.fake.answer

    def breaking(request: Any) -> Any:
        breaks(upstreams.payments)
        return answer(request)

    monkeypatch.setattr(upstreams.payments.fake, "answer", breaking)
    call = pay(dial, CARD, EXPIRY).presses(EXPIRY).hears(UNCLEAR)
    call.does_not_hear(PAID).hung_up("kazoo").is_carried_through()
    assert invoice(dial, monkeypatch) == {"cents": 4217}


@pytest.mark.parametrize("keys", ["20418#", "99999#", ""])
def test_no_open_invoice(dial: Phone, keys: str) -> None:
    """A paid or unknown invoice, or silence, ends the call."""
    call = dial("card_payment", press=(keys,)).hears(NO_INVOICE)
    call.hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize("keys", ["2", ""])
def test_not_paying(dial: Phone, upstreams: Upstreams, keys: str) -> None:
    """Callers who do not press 1 are not asked for a card."""
    call = dial("card_payment", press=(INVOICE, keys)).hears(AMOUNT_DUE).hears(NOT_CHARGED)
    call.does_not_hear(NUMBER).hung_up("kazoo").is_carried_through()
    assert not upstreams.payments.received


def test_the_bearer_token(dial: Phone, upstreams: Upstreams, tmp_path: Path) -> None:
    """The payment service gets the token that is kept as a secret."""
    secrets = tmp_path / "secrets.json"
    secrets.write_text('{"/local/card_payment/payments_token": "t0ken"}', encoding="utf-8")
    pay(dial, CARD, EXPIRY, settings={"PIVOTCTL_SECRETS": secrets}).hears(PAID)
    headers = [request.headers.get("authorization") for request in upstreams.payments.received]
    assert headers == ["Bearer t0ken"] * 2


@pytest.mark.parametrize("table", ["CALL_STATE_TABLE", "DIRECTORY_TABLE"])
def test_the_database_is_down(dial: Phone, upstreams: Upstreams, table: str) -> None:
    """Nothing is charged if the database is down, and callers hear what to do."""
    call = pay(dial, CARD, EXPIRY, settings={table: "gone"})
    call.hears("Sorry, something went wrong. If you've entered a card, please contact us").hung_up(
        "kazoo"
    ).is_caught()
    assert charges(upstreams) == []
