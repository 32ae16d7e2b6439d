"""Run a whole IVR from data: a JSON file in this folder, or an entry of the Directory."""

from functools import lru_cache
from typing import NamedTuple

from pivotkit import Call, Conversation, conversation
from pivotkit.core.setting_types import UserId
from pivotkit.core.settings import from_environment
from pivotkit.kazoo import Action, hangup, tts, user
from pivotkit.lookups.documents import Document, DocumentName
from pivotkit.lookups.ivr_trees import KIND
from tree import Tree

UNAVAILABLE = tts("No one is available right now. Please try again later. Goodbye.") >> hangup()


class Settings(NamedTuple):
    """The tree, and the user to ring without one."""

    tree: DocumentName = DocumentName("tree.json")
    """name of a file in this folder that ends in `.json`, or key of a Directory entry"""
    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """ID of the user to ring if the tree cannot be read"""


@lru_cache
def document(source: DocumentName) -> Document[Tree]:
    return Document(source, Tree.of, kind=KIND, beside=__file__)


def ring_front_desk(settings: Settings) -> Action:
    return user(settings.front_desk, timeout=20) >> UNAVAILABLE


@conversation(settings=Settings, by_number=True, fallback=ring_front_desk)
def handler(call: Call, settings: Settings) -> Conversation:
    tree = document(settings.tree).current(call)
    return (yield from tree.walk())


document(from_environment(Settings).tree)  # a file with a fault fails a deploy at once
