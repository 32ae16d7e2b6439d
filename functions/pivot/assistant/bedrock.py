"""An assistant that asks a model of Amazon Bedrock, by its Converse API.

The model only writes text that the caller hears. It gets the keys that the caller has pressed and
its own answers, and nothing else of the call. It has no tools: key 0 connects to a person, and star
ends the call, without asking it.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from assistants import HAND_OVER, Transcript, Turn
from pivotkit.core import telemetry
from pivotkit.core.deadline import Deadline, DeadlineExceeded, time_left
from pivotkit.core.speech import MAX_SPOKEN, spoken
from pivotkit.services.circuit import Circuit
from pivotkit.services.upstream import RESERVE, UpstreamDown
from pivotkit.store.client import client

SECONDS = 2.0
"""Seconds that a model has for an answer."""

MOST_TOKENS = 100
"""The longest answer, in tokens: a little more than is spoken."""

RULES = (
    "You speak on a telephone. Answer in one or two short sentences of plain text, without markup, "
    "lists, or links. The caller can only press keys, one at a time: say which keys you know. Key "
    "0 reaches a person, and star ends the call. Never ask for PINs, passwords, or card numbers."
)
GOODBYE = Turn("Thank you for calling. Goodbye.", end=True)

_SERVICE = "bedrock"
_KEYS = re.compile(r"[0-9#]")
_COMPLETE = ("end_turn", "stop_sequence", "max_tokens")
_BAD = (ValueError, TypeError, KeyError, AttributeError)
"""The errors of the SDK for an answer that has not the shape of Converse's."""

_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_DROPPED = re.compile(r"<[^<>]{0,200}>|https?://\S+|```\w*|^\s*(?:[-*+]|[0-9]+\.)\s+", re.MULTILINE)
_EMPHASIS = re.compile(r"[*_`#~]+")
_ENDS = str.maketrans({"?": ".", "!": ".", ":": ",", ";": ",", "\n": " "})


class BedrockAssistant:
    """An assistant that greets with *greeting*, and then asks *model* what to say.

    *instructions* say what it knows. *endpoint* takes the place of Bedrock's own.
    """

    is_fixed = False

    def __init__(self, model: str, greeting: str, instructions: str, endpoint: str | None) -> None:
        self._model = model
        self._greeting = greeting
        self._system = [{"text": f"{RULES}\n\n{instructions}"}]
        self._endpoint = endpoint
        self._circuit = Circuit()

    def prepare(self) -> None:
        """Make the client: at INIT, so that no caller waits for it."""
        ready(self._endpoint)

    def turn(self, transcript: Transcript, heard: str | None) -> Turn:
        """The answer to the key *heard*. Raises `UpstreamDown`."""
        if not transcript.exchanges:
            return Turn(self._greeting)
        if heard is None or heard == "*":
            return GOODBYE
        if not _KEYS.fullmatch(heard) or heard == "0":
            return HAND_OVER
        return Turn(sayable(self._answer(messages(transcript, heard))))

    def _answer(self, asked: list[Any]) -> str:
        if not self._model:
            raise UpstreamDown(_SERVICE, "the stack's option BedrockModel is not set")
        if not self._circuit.admits():
            raise UpstreamDown(_SERVICE, "not called after repeated failures")
        try:
            text = text_of(self._converse(asked))
        except UpstreamDown:
            self._circuit.failed()
            telemetry.count("UpstreamDown")
            raise
        self._circuit.succeeded()
        return text

    def _converse(self, asked: list[Any]) -> Mapping[str, Any]:
        seconds = min(SECONDS, time_left() - RESERVE)
        limit = Deadline(seconds, nested=True)
        try:
            with limit:
                answer: Mapping[str, Any] = ready(self._endpoint).converse(
                    modelId=self._model,
                    system=self._system,
                    messages=asked,
                    inferenceConfig={"maxTokens": MOST_TOKENS, "temperature": 0.2},
                )
                return answer
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "an error")
            raise UpstreamDown(_SERVICE, f"answered {code}") from None
        except (BotoCoreError, ResponseParserError, *_BAD) as error:
            raise UpstreamDown(_SERVICE, f"no answer: {type(error).__name__}") from None
        except DeadlineExceeded:
            limit.stop()
            ready(self._endpoint).close()
            if not time_left():
                raise  # the template's own deadline has passed
            raise UpstreamDown(_SERVICE, f"no answer in {seconds:.1f} s") from None


@lru_cache(maxsize=8)
def assistant_of(
    model: str, greeting: str, instructions: str, endpoint: str | None
) -> BedrockAssistant:
    """The assistant; the same object each time, so that it remembers failures."""
    return BedrockAssistant(model, greeting, instructions, endpoint)


def ready(endpoint: str | None) -> Any:
    """The client, which asks once: a second answer would come too late."""
    return client("bedrock-runtime", SECONDS, attempts=1, endpoint=endpoint)


def messages(transcript: Transcript, heard: str) -> list[Any]:
    """The conversation as Converse takes it: user and assistant by turns, the user first."""
    pairs = ((_input(each.heard), each.said) for each in transcript.exchanges)
    so_far = [
        _message(role, text)
        for pair in pairs
        for role, text in zip(("user", "assistant"), pair, strict=True)
    ]
    return [*so_far, _message("user", _input(heard))]


def text_of(answer: Mapping[str, Any]) -> str:
    """The text in an answer of Converse. Raises `UpstreamDown` if it is not complete text."""
    if answer.get("stopReason") not in _COMPLETE:
        raise UpstreamDown(_SERVICE, "the model has not answered with text")
    try:
        parts = answer["output"]["message"]["content"]
        return " ".join(part["text"] for part in parts if "text" in part)
    except (KeyError, TypeError) as error:
        raise UpstreamDown(_SERVICE, f"the answer lacks {error}") from error


def sayable(text: str) -> str:
    """The sentences of *text* that can be spoken, without markup. '' if there is none."""
    plain = _EMPHASIS.sub("", _DROPPED.sub(" ", _LINK.sub(r"\1", text)))
    said = spoken(plain.translate(_ENDS))
    if len(said) < MAX_SPOKEN - 1:
        return said
    whole, end, _ = said.rpartition(". ")
    return f"{whole}." if end else said


def _message(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": [{"text": text}]}


def _input(heard: str | None) -> str:
    return f"The caller pressed {heard}." if heard else "The caller is on the line."
