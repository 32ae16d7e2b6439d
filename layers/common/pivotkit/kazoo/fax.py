"""Fax: detect and receive faxes."""

from collections.abc import Mapping

from pivotkit.kazoo.action import Action, build


def fax_detect(
    duration: int | None = None,
) -> Action:
    """Listen for fax tones for *duration* seconds, default 5 (`cf_fax_detect.erl`).

    Branches: `.on("ON_FAX", ...)` and `.on("ON_VOICE", ...)`; `>>` runs if the branch is missing.
    """
    return build("fax_detect", locals())


def faxbox(
    id: str | None = None,  # noqa: A002
    *,
    faxbox_id: str | None = None,
    media: Mapping[str, object] | None = None,
) -> Action:
    """Receive a fax for the fax box *id* (`cf_faxbox.erl`).

    *faxbox_id* is another name for *id*, which takes precedence. *media* is `{"fax_option": ...}`
    and controls T.38: True, False, or `"auto"`, by default the fax box's setting. The flow ends
    here.
    """
    return build("faxbox", locals())


def receive_fax(
    owner_id: str | None = None,
    *,
    media: Mapping[str, object] | None = None,
) -> Action:
    """Receive a fax for the user *owner_id* (`cf_receive_fax.erl`).

    *media* is `{"fax_option": ...}` and controls T.38: True, False, or `"auto"`; by default KAZOO
    chooses. The flow ends here.
    """
    return build("receive_fax", locals())
