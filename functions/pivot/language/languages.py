"""The languages that callers can choose, and what they hear in each."""

from typing import NamedTuple


class SpokenLanguage(NamedTuple):
    """A language by its code, and its prompts."""

    code: str
    offer: str
    welcome: str
    leave_message: str


LANGUAGES = {
    "1": SpokenLanguage(
        code="en-us",
        offer="For English, press 1.",
        welcome="Welcome. Please hold while I connect you.",
        leave_message="No one is available right now. Please leave a message.",
    ),
    "2": SpokenLanguage(
        code="fr-fr",
        offer="Pour le français, appuyez sur le 2.",
        welcome="Bienvenue. Veuillez patienter, je vous mets en relation.",
        leave_message="Personne n'est disponible pour le moment. Veuillez laisser un message.",
    ),
    "3": SpokenLanguage(
        code="es-es",
        offer="Para español, pulse 3.",
        welcome="Le damos la bienvenida. Espere mientras le paso la llamada, por favor.",
        leave_message="En este momento no hay nadie disponible. Deje un mensaje, por favor.",
    ),
}
"""Each language by the key that chooses it."""
