"""Flow control: ask a server, refuse the call, end it."""

from typing import Literal

from pivotkit.kazoo.action import Action, build


def pivot(
    voice_url: str,
    *,
    method: Literal["get", "post"] = "post",
    req_format: Literal["kazoo", "twiml"] = "kazoo",
    req_body_format: Literal["form", "json"] = "form",
    req_timeout_ms: int | None = None,
    cdr_url: str | None = None,
    debug: bool | None = None,
) -> Action:
    """Ask the server at *voice_url*, absolute, what to do next (`cf_pivot.erl`).

    `>>` leads to what happens when the request **fails**; without it the template's fallback is
    put there. *method* is POST here because KAZOO's own default, GET, breaks as soon as digits or
    variables are sent. *cdr_url* fires only if the answer is TwiML.
    """
    return build(
        "pivot",
        voice_url=voice_url,
        method=method,
        req_format=req_format,
        req_body_format=req_body_format,
        req_timeout_ms=req_timeout_ms,
        cdr_url=cdr_url,
        debug=debug,
    )


def response(
    code: int | None = None, message: str | None = None, *, media: str | None = None
) -> Action:
    """End the call with a SIP code (default 486), after *media* if given (`cf_response.erl`)."""
    return build("response", code=code, message=message, media=media)


def hangup() -> Action:
    """Hang up (`cf_hangup.erl`)."""
    return build("hangup")
