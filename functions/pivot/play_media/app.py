"""Play a recording of the account, or one from a web server."""

from typing import NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.setting_types import Media
from pivotkit.kazoo import Action, hangup, play


class Settings(NamedTuple):
    """The recording."""

    media: Media = Media("https://media.example.com/welcome.mp3")
    """ID of a media document of the account, or URL of an MP3 or WAV file"""


def recording(settings: Settings) -> Action:
    return play(settings.media) >> hangup()


@pivot(settings=Settings, fallback=recording)
def handler(call: Call, settings: Settings) -> Flow:
    return recording(settings)
