"""Run a whole IVR from data: a JSON file in this folder, or an entry of the Directory."""

from pivotkit import Call, Conversation, conversation, setting
from pivotkit.kazoo import hangup, tts, user
from pivotkit.lookups.documents import Document
from tree import Tree

TREE = setting("TREE", "tree.json")
FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")

UNAVAILABLE = tts("No one is available right now. Please try again later. Goodbye.") >> hangup()
RING_FRONT_DESK = user(FRONT_DESK, timeout=20) >> UNAVAILABLE

document = Document(TREE, Tree.of, kind="ivr_tree", beside=__file__)


@conversation(fallback=RING_FRONT_DESK)
def handler(call: Call) -> Conversation:
    tree = document.current(call)
    return (yield from tree.walk())
