"""collect_digits, dialled."""

from typing import Any

import pytest

from tests.calls.conftest import Phone

WAYS = [
    {"method": "get", "req_body_format": "form"},
    {"method": "post", "req_body_format": "form"},
    {"method": "post", "req_body_format": "json"},
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way.values()))
def test_digits(dial: Phone, way: dict[str, Any]) -> None:
    """The caller hears the digits that she pressed, however KAZOO is told to ask."""
    call = dial("collect_digits", way, press=("42#",))
    call.hears("enter some digits").presses("42#").hears("You pressed 4 2.")
    call.hung_up("kazoo").is_carried_through()


def test_as_many_as_wanted(dial: Phone) -> None:
    """After so many digits as are set, no pound is needed, and further ones do not count."""
    call = dial("collect_digits", settings={"MAX_DIGITS": 2}, press=("4217",))
    call.hears("You pressed 4 2.").hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize("press", [(), ("#",)], ids=["silence", "pound"])
def test_no_digits(dial: Phone, press: tuple[str, ...]) -> None:
    """A caller who presses nothing is told so."""
    call = dial("collect_digits", press=press).hears("enter some digits")
    call.hears("You pressed nothing. Goodbye.").hung_up("kazoo").is_carried_through()
