"""Run a whole IVR that is data: a JSON file beside this one, or an entry of the Directory."""

from pivotkit import Call, Conversation, conversation, setting
from pivotkit.kazoo import hangup, tts, user
from pivotkit.lookups.documents import Document
from tree import Tree

FRONT_DESK = setting("FRONT_DESK", "b2c0a4e1d3f5968778695a4b3c2d1e0f")
NOBODY = tts("No one is available right now. Please try again later. Goodbye.") >> hangup()

tree = Document(setting("TREE", "tree.json"), Tree.of, kind="ivr_tree", beside=__file__)


@conversation(fallback=user(FRONT_DESK, timeout=20) >> NOBODY)
def handler(call: Call) -> Conversation:
    return (yield from tree.current().walk())
