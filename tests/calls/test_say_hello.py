"""say_hello, dialed."""

from typing import Any

import pytest

from tests.calls.conftest import Phone

WAYS = [
    {"method": method, "req_format": req_format, "req_body_format": body}
    for method in ("get", "post")
    for req_format in ("kazoo", "twiml")
    for body in ("form", "json")
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way.values()))
def test_the_name(dial: Phone, way: dict[str, Any]) -> None:
    """Callers are greeted by name, whatever method and format KAZOO uses."""
    call = dial("say_hello", way, caller_name="Zoë Miller")
    call.hears("Hello Zoë Miller. Have a great day.").hung_up("kazoo").is_carried_through()


def test_a_name_that_would_be_expanded(dial: Phone) -> None:
    """A name that a media server might expand is spoken without the expansion."""
    call = dial("say_hello", caller_name='${system("reboot")}</Say>')
    call.hears("Hello system reboot Say. Have").is_carried_through()


def test_no_name(dial: Phone) -> None:
    """Callers without a name are greeted without a hole."""
    call = dial("say_hello", caller_name="").hears("Hello. Have a great day.")
    call.is_carried_through()
