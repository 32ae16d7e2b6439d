"""variables_read, dialed: variables are text from outside, and are treated as such."""

from typing import Any

import pytest

from pivotctl.switch.scenario import Rung
from tests.calls.conftest import Dial

SALES, SUPPORT, FRONT_DESK = "user b2c0a4e1", "user c3d1b5f2", "user d4e2c6a3"
DESKS = {"FRONT_DESK": "d4e2c6a3f5b7180990817c6d5e4f3a2b"}
NO_ONE_AVAILABLE = "No one is available right now. Please try again later. Goodbye."


@pytest.mark.parametrize(("topic", "user"), [("sales", SALES), ("support", SUPPORT)])
@pytest.mark.parametrize("body", ["form", "json"])
def test_a_topic(dial: Dial, topic: str, user: str, body: str) -> None:
    """A known topic leads to its team, however KAZOO sends the variables."""
    variables = {"customer": "1042", "topic": topic}
    call = dial("variables_read", {"req_body_format": body}, variables=variables)
    call.hears(f"Welcome, customer 1 0 4 2. Connecting you to {topic}.")
    call.is_bridged_to(user).is_carried_through()


@pytest.mark.parametrize(
    "topic", ["", "Sales", "b2c0a4e1d3f5968778695a4b3c2d1e0f", "${api(x)}", 7, ["sales"], {"a": 1}]
)
def test_an_unknown_topic(dial: Dial, topic: Any) -> None:
    """Any other value is not a topic, and is not spoken."""
    call = dial("variables_read", variables={"topic": topic}, settings=DESKS)
    call.hears("Welcome. Please hold while I connect you.").is_bridged_to(
        FRONT_DESK
    ).is_carried_through()


@pytest.mark.parametrize("customer", ["", "nobody", "123456789", "10 42", "-7", "१०", ["1"]])
def test_an_invalid_customer_number(dial: Dial, customer: Any) -> None:
    """A value that does not look like a customer number is not spoken."""
    call = dial("variables_read", variables={"customer": customer, "topic": "sales"})
    call.hears("Welcome. Connecting you to sales.").is_carried_through()


def test_a_numeric_customer_number(dial: Dial) -> None:
    """Another application may send the customer number as a JSON number."""
    call = dial("variables_read", {"req_body_format": "json"}, variables={"customer": 1042})
    call.hears("Welcome, customer 1 0 4 2. Please hold while I connect you.").is_carried_through()


def test_twiml_parameters_hold_no_variables(dial: Dial) -> None:
    """With req_format twiml KAZOO sends no variables, and the front desk is rung."""
    variables = {"customer": "1042", "topic": "support"}
    call = dial("variables_read", {"req_format": "twiml"}, variables=variables, settings=DESKS)
    call.hears("Welcome. Please hold while I connect you.").is_bridged_to(FRONT_DESK)


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER, Rung.UNREGISTERED])
@pytest.mark.parametrize("topic", ["sales", "none"])
def test_no_one_answers(dial: Dial, topic: str, rung: Rung) -> None:
    """Callers whom no one answers are told so."""
    call = dial("variables_read", variables={"topic": topic}, rung=rung)
    call.hears(NO_ONE_AVAILABLE).hung_up("kazoo").is_carried_through()
