"""Flow control: request a server, branch, wait, or end the call."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pivotkit.kazoo.action import Action, build


def answer() -> Action:
    """Answer the call (`cf_answer.erl`)."""
    return build("answer")


def callflow(
    id: str,  # noqa: A002
) -> Action:
    """Run the stored callflow *id*, then continue with `>>` (`cf_callflow.erl`)."""
    return build("callflow", locals())


def dead_air() -> Action:
    """Answer and stay silent until the caller hangs up (`cf_dead_air.erl`). The flow ends here."""
    return build("dead_air")


def edr() -> Action:
    """Write an event detail record (`cf_edr.erl`)."""
    return build("edr")


def function(
    id: str,  # noqa: A002
) -> Action:
    """Run the stored function *id* and the flow it returns (`cf_function.erl`).

    `>>` runs after it, or if it fails.
    """
    return build("function", locals())


def noop() -> Action:
    """Wait until earlier commands have finished (`cf_noop.erl`)."""
    return build("noop")


def skel() -> Action:
    """Do nothing; KAZOO's skeleton for developers (`cf_skel.erl`)."""
    return build("skel")


def temporal_route(
    rules: Sequence[str] | None = None,
    *,
    action: Literal["menu", "enable", "disable", "reset"] | None = None,
    interdigit_timeout: int | None = None,
    rule_set: str | None = None,
    timezone: str | None = None,
) -> Action:
    """Branch on the account's time rules (`cf_temporal_route.erl`).

    Branches: `.on(rule ID, ...)` for the first of *rules* in force, and `.on("rule_set", ...)`;
    `>>` if none is in force. An *action* changes the rules instead. *interdigit_timeout* is in
    milliseconds, default 2000.
    """
    return build("temporal_route", locals())


def wait_for_hangup() -> Action:
    """Do nothing until the caller hangs up (`cf_wait_for_hangup.erl`). The flow ends here."""
    return build("wait_for_hangup")


def webhook(
    uri: str,
    *,
    custom_data: Mapping[str, object] | None = None,
    http_verb: Literal["post", "get"] | None = None,
    retries: int | None = None,
) -> Action:
    """Send the call's data and *custom_data* to *uri*, an absolute URL, at once (`cf_webhook.erl`).

    *http_verb* defaults to `post`; the data are always form-encoded. *retries*, default 2, is the
    maximum number of attempts; KAZOO limits it to 1 to 5.
    """
    return build("webhook", locals())


def sleep(duration: int, unit: Literal["ms", "s", "m", "h"] = "s") -> Action:
    """Wait for *duration*, in *unit*, at most a day (`cf_sleep.erl`); KAZOO's own default is 0."""
    return build("sleep", locals())


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
    """Request the server at *voice_url*, an absolute URL, for what to do next (`cf_pivot.erl`).

    `>>` leads to what happens when the request **fails**; without it, the template's fallback is
    inserted. *req_format* defaults to `kazoo`, *req_body_format* to `form`. *method* defaults to
    POST because KAZOO's own default, `get`, breaks once digits or variables are sent.
    *req_timeout_ms* defaults to 5000 unless KAZOO is configured otherwise. *cdr_url* is only used
    if the answer is TwiML. *debug*, off by default, keeps requests and answers in KAZOO's database.
    """
    return build("pivot", locals())


def response(
    code: int | None = None, message: str | None = None, *, media: str | None = None
) -> Action:
    """End the call with a SIP code (default 486), after *media* if given (`cf_response.erl`).

    *code* is 400 to 699. *message* is the reason phrase sent with it, by default KAZOO's own.
    """
    return build("response", locals())


def hangup() -> Action:
    """Hang up (`cf_hangup.erl`)."""
    return build("hangup")
