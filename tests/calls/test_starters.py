"""say_hello, play_media, ring and collect_digits, dialled."""

from typing import Any

import pytest

from pivotctl.switch.scenario import Rung
from tests.calls.conftest import Dial

WAYS = [
    {"method": method, "req_format": req_format, "req_body_format": body}
    for method in ("get", "post")
    for req_format in ("kazoo", "twiml")
    for body in ("form", "json")
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way.values()))
def test_say_hello(dial: Dial, way: dict[str, Any]) -> None:
    """The caller is greeted by name, however KAZOO is told to ask."""
    call = dial("say_hello", way, caller_name="Zoë Miller")
    call.hears("Hello Zoë Miller. Have a great day.").hung_up("kazoo").is_carried_through()


def test_a_name_that_would_be_expanded(dial: Dial) -> None:
    """A name that a media server might expand is spoken without what does it."""
    call = dial("say_hello", caller_name='${system("reboot")}</Say>')
    call.hears("Hello system reboot Say. Have").is_carried_through()


def test_play_media(dial: Dial) -> None:
    """The caller hears the recording, and then nothing more."""
    dial("play_media").hears_media("welcome.mp3").hung_up("kazoo").is_carried_through()


def test_ring(dial: Dial) -> None:
    """The caller is bridged to who is set."""
    dial("ring").is_bridged_to("user b2c0a4e1").hung_up("caller").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_nobody_answers(dial: Dial, rung: Rung) -> None:
    """The caller whom nobody answers leaves a message."""
    call = dial("ring", rung=rung).hears("Nobody is free. Please leave a message.")
    call.leaves_voicemail("7a6b5c4d3e2f10918273645546372819").is_carried_through()


@pytest.mark.parametrize("way", WAYS[2:4] + WAYS[4:6], ids=lambda way: "-".join(way.values()))
def test_collect_digits(dial: Dial, way: dict[str, Any]) -> None:
    """The caller hears the digits that she pressed."""
    call = dial("collect_digits", {**way, "req_format": "kazoo"}, press=("42#",))
    call.hears("enter some digits").presses("42#").hears("You pressed 4 2.")
    call.hung_up("kazoo").is_carried_through()


def test_collect_no_digits(dial: Dial) -> None:
    """A caller who presses nothing is told so."""
    call = dial("collect_digits").hears("enter some digits").is_silent()
    call.hears("You pressed nothing. Goodbye.").hung_up("kazoo").is_carried_through()
