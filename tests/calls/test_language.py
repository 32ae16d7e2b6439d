"""language, dialed: everything that follows is in the chosen language."""

import pytest

from pivotctl.switch.scenario import Rung
from tests.calls.conftest import Phone

OFFERS = ("For English, press 1.", "Pour le français, appuyez sur le 2.", "Para español, pulse 3.")
CHOICES = [
    ("1", "en-us", "Welcome."),
    ("2", "fr-fr", "Bienvenue."),
    ("3", "es-es", "Le damos la bienvenida."),
]
MESSAGES = [
    ("1", "No one is available right now."),
    ("2", "Personne n'est"),
    ("3", "En este momento no hay nadie disponible."),
]


@pytest.mark.parametrize(("key", "code", "welcome"), CHOICES)
def test_a_choice(dial: Phone, key: str, code: str, welcome: str) -> None:
    """Every language is offered in itself; the chosen one is set before the welcome."""
    call = dial("language", press=(key,)).hears(OFFERS[0]).hears(OFFERS[1]).hears(OFFERS[2])
    call.presses(key).runs("language", code).hears(welcome).is_bridged_to("b2c0a4e1")
    call.is_carried_through()


@pytest.mark.parametrize(("key", "message"), MESSAGES)
@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
def test_no_answer(dial: Phone, key: str, message: str, rung: Rung) -> None:
    """Callers are asked for a message in their language when there is no answer."""
    call = dial("language", press=(key,), rung=rung).presses(key).hears(message)
    call.leaves_voicemail("7a6b5c4d3e2f10918273645546372819").is_carried_through()


def test_a_key_during_the_first_offer(dial: Phone) -> None:
    """Callers who know their key need not hear the offers to the end."""
    call = dial("language", press_during_prompts=("2",)).hears(OFFERS[0])
    call.runs("language", "fr-fr").is_bridged_to("b2c0a4e1").is_carried_through()
    call.does_not_hear(OFFERS[1]).does_not_hear(OFFERS[2])


def test_a_wrong_key(dial: Phone) -> None:
    """A wrong key repeats the offers."""
    call = dial("language", press=("7", "3")).presses("7").hears(OFFERS[0]).presses("3")
    call.runs("language", "es-es").hears("Le damos la bienvenida.").is_carried_through()


@pytest.mark.parametrize(("settings", "code"), [({}, "en-us"), ({"KEY_IF_SILENT": "3"}, "es-es")])
def test_silence(dial: Phone, settings: dict[str, str], code: str) -> None:
    """Callers who press nothing get the language of the settings."""
    call = dial("language", settings=settings).hears(OFFERS[2]).is_silent()
    call.runs("language", code).is_bridged_to("b2c0a4e1").is_carried_through()
