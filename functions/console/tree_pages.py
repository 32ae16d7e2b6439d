"""IVR trees of an account, as the template `ivr_tree` reads them: outlined and edited."""

import re
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import masking
from entry_changes import UNAVAILABLE, Changes, Review, begun, refused, settle, version
from form import Form
from pages import error, shown
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from tree_form import (
    ADDED,
    MOST_BYTES,
    MOST_FIELDS,
    SPOKEN,
    TOP,
    Node,
    Sent,
    differences,
)
from tree_outline import outline
from viewer import Viewer

from accounts import AccountError, Chosen, chosen, require
from pivotkit.core.errors import StateUnavailable
from pivotkit.core.setting_types import DocumentId
from pivotkit.store.directory import Directory, Entry

KIND = "ivr_tree"
NEW_TREE: Entry = {
    "start": "main",
    "nodes": {
        "main": {"prompt": "To end the call, press 1.", "keys": {"1": "goodbye"}},
        "goodbye": {"hangup": "Goodbye."},
    },
}
"""Values in the form of a new tree."""

MOST_TREES = 100
NAME_RULE = "must have 1 to 64 letters, digits, _ and -"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
NUMBERS_HIDDEN = "Numbers are masked for you, and to change this tree you have to see them whole."

KINDS = {
    "prompt": "Menu with a text",
    "play": "Menu with a recording",
    "say": "Announcement",
    "user": "Ring a user",
    "device": "Ring a device",
    "group": "Ring a group",
    "voicemail": "Take a message",
    "hangup": "Say goodbye and hang up",
}
VALUES = {
    "prompt": "Text",
    "play": "ID of the recording, or its URL",
    "say": "Text",
    "user": "ID of the user",
    "device": "ID of the device",
    "group": "ID of the group",
    "voicemail": "ID of the voicemail box",
    "hangup": "Text",
}


async def trees(request: Request) -> Response:
    """Show an account's trees, or one of them."""
    try:
        account = chosen(request)
        if not account.account_id or "key" not in request.query_params:
            return _trees(request, account)
        key = request.query_params["key"]
        stored = Directory(KIND).of(account).get(key)
        return _page(request, account, key, stored, Sent.stored(stored or NEW_TREE))
    except AccountError as refusal:
        return error(HTTPStatus.UNPROCESSABLE_ENTITY, str(refusal))
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)


async def save_tree(request: Request) -> Response:
    """Show what a form changes, and save it once that is confirmed."""
    form = await Form.of(request, most_bytes=MOST_BYTES, most_fields=MOST_FIELDS)
    try:
        account = require(request.state.viewer, form.text("account"))
        if not account.account_id:
            return error(HTTPStatus.BAD_REQUEST, "The form has no account: open its page again.")
        if not all(node.kind in KINDS for node in Sent.of(form).nodes):
            raise HTTPException(HTTPStatus.BAD_REQUEST)
        key = form.text("key").strip()
        stored = Directory(KIND).of(account).get(key)
        if _hides(request.state.viewer, key, stored):
            return error(HTTPStatus.FORBIDDEN, NUMBERS_HIDDEN)
        if "add" in form.texts:
            return _added(request, account, key, stored, form)
        return _saved(request, account, key, stored, form)
    except AccountError as refusal:
        return error(HTTPStatus.FORBIDDEN, str(refusal))
    except StateUnavailable:
        return error(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)


def _added(
    request: Request, account: Chosen, key: str, stored: Entry | None, form: Form
) -> Response:
    """The form with one more node. Nothing is saved yet."""
    sent = Sent.of(form).plus(form.text("add.name").strip(), form.text("add.kind"))
    review = refused() if sent.faults else None
    return _page(request, account, key, stored, sent, form=form, review=review)


def _saved(
    request: Request, account: Chosen, key: str, stored: Entry | None, form: Form
) -> Response:
    deletes = "delete" in form.texts
    sent = Sent.stored(stored or {}) if deletes else Sent.of(form).checked()
    if stored is None and not _NAME.fullmatch(key):
        sent.faults["", "key"] = NAME_RULE
    if sent.faults and not deletes:
        return _page(request, account, key, stored, sent, form=form, review=refused())
    new = None if deletes else sent.entry
    found = tuple(differences(stored, new))
    what = "deleted" if deletes else ", ".join(each.name for each in found)
    about = masking.within(Viewer(""), f"{key}: {what}")
    changes = Changes(account, KIND, {key: (stored, new)}, found, about, version(stored))
    review = settle(request, form, changes)
    if review:
        return _page(request, account, key, stored, sent, form=form, review=review, deletes=deletes)
    query = {"account": account.account_id, **({} if deletes else {"key": key}), "saved": ""}
    return RedirectResponse(f"/entries/trees?{urlencode(query)}", HTTPStatus.SEE_OTHER)


def _trees(request: Request, account: Chosen) -> Response:
    """The trees of an account; one with a number in its name is no link for some viewers."""
    found = Directory(KIND).of(account).entries(MOST_TREES) if account.account_id else {}
    viewer = request.state.viewer
    return shown(
        request,
        "trees.html",
        account=account.account_id,
        trees=[(key, masking.within(viewer, key)) for key in found],
        most=MOST_TREES,
        saved="saved" in request.query_params,
    )


def _page(
    request: Request,
    account: Chosen,
    key: str,
    stored: Entry | None,
    sent: Sent,
    *,
    form: Form | None = None,
    review: Review | None = None,
    deletes: bool = False,
) -> Response:
    """A tree: its outline, as it is in the form, and the form."""
    viewer = request.state.viewer
    hidden = NUMBERS_HIDDEN if _hides(viewer, key, stored) else ""
    return shown(
        request,
        "tree.html",
        status=review.status if review else HTTPStatus.OK,
        account=account.account_id,
        key=key,
        name=masking.within(viewer, key),
        is_new=stored is None,
        sent=sent,
        outline=outline(sent.entry),
        version=begun(form, stored, review),
        review=review,
        deletes=deletes,
        may_edit=viewer.may_change and not hidden and sent.fits,
        hidden=hidden if viewer.may_change else "",
        masked=lambda node: _masked(viewer, node),
        within=lambda text: masking.within(viewer, text),
        newest=sent.nodes[-1] if form and "add" in form.texts and not sent.faults else None,
        top=TOP,
        kinds=KINDS,
        values=VALUES,
        spoken=SPOKEN,
        added=form.text("add.name") if form and (ADDED, "name") in sent.faults else "",
        saved="saved" in request.query_params,
        **_rules(),
    )


def _rules() -> dict[str, Any]:
    """The layer's rules, as far as the template of a tree needs them."""
    from pivotkit.lookups import ivr_trees  # noqa: PLC0415  (slow to import)

    return {
        "place_of": ivr_trees.place_of,
        "tree_place": ivr_trees.TREE,
        "added_place": ADDED,
        "words": ivr_trees.WORDS,
        "menus": ivr_trees.MENUS,
        "rings": ivr_trees.RINGS,
        "ends": ivr_trees.ENDS,
        "defaults": {
            "wrong_keys": ivr_trees.WRONG_KEYS,
            "depth": ivr_trees.DEPTH,
            "seconds": ivr_trees.SECONDS,
        },
    }


def _masked(viewer: Viewer, node: Node) -> str:
    """The text or ID of a node, as *viewer* may see it."""
    return node.value if DocumentId.accepts(node.value) else masking.within(viewer, node.value)


def _hides(viewer: Viewer, key: str, stored: Entry | None) -> bool:
    """Tell whether *viewer* sees less than all of a stored tree."""
    if viewer.sees_numbers or stored is None:
        return False
    nodes = Sent.stored(stored).nodes
    texts = [key, *(node.name for node in nodes), *(each for n in nodes for _, each in n.keys)]
    return any(masking.within(viewer, text) != text for text in texts) or any(
        _masked(viewer, node) != node.value for node in nodes
    )
