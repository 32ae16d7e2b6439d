"""Flow control: ask a server, branch, wait, end the call."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pivotkit.kazoo.action import Action, build


def answer() -> Action:
    """Answer the call (`cf_answer.erl`)."""
    return build("answer")


def callflow(
    id: str,  # noqa: A002
) -> Action:
    """Run the stored callflow *id*, then come back to `>>` (`cf_callflow.erl`)."""
    return build("callflow", locals())


def dead_air() -> Action:
    """Answer and be silent until the caller hangs up (`cf_dead_air.erl`). The flow ends here."""
    return build("dead_air")


def edr() -> Action:
    """Write an event-detail record (`cf_edr.erl`)."""
    return build("edr")


def function(
    id: str,  # noqa: A002
) -> Action:
    """Run the stored function *id* and the flow it returns (`cf_function.erl`).

    `>>` runs after it, or on an error.
    """
    return build("function", locals())


def noop() -> Action:
    """Wait until earlier commands are done (`cf_noop.erl`)."""
    return build("noop")


def skel() -> Action:
    """Do nothing: KAZOO's example for developers (`cf_skel.erl`)."""
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

    Branches: `.on(rule id, ...)`, the first of *rules* in force; `.on("rule_set", ...)`; `>>` when
    none is. An *action* changes the rules instead. *interdigit_timeout* is milliseconds,
    default 2000.
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
    """Send the call's data, and *custom_data*, to *uri*, absolute, at once (`cf_webhook.erl`).

    As `post` unless *http_verb* says otherwise, always form-encoded. *retries* is how often it is
    tried at most, 2 unless set; KAZOO takes less than 1 for 1 and more than 5 for 5.
    """
    return build("webhook", locals())


def sleep(duration: int, unit: Literal["ms", "s", "m", "h"] = "s") -> Action:
    """Wait for *duration* of *unit*, at most a day (`cf_sleep.erl`); KAZOO's own default is 0."""
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
    """Ask the server at *voice_url*, absolute, what to do next (`cf_pivot.erl`).

    `>>` leads to what happens when the request **fails**; without it the template's fallback is put
    there. *req_format* is `kazoo` and *req_body_format* `form` unless set. *method* is POST here
    because KAZOO's own default, `get`, breaks as soon as digits or variables are sent.
    *req_timeout_ms* is 5000 unless set or configured. *cdr_url* fires only if the answer is TwiML.
    *debug*, off unless set, keeps requests and answers in KAZOO's database.
    """
    return build("pivot", locals())


def response(
    code: int | None = None, message: str | None = None, *, media: str | None = None
) -> Action:
    """End the call with a SIP code (default 486), after *media* if given (`cf_response.erl`).

    *code* is 400 to 699, *message* the reason beside it, KAZOO's own unless set.
    """
    return build("response", locals())


def hangup() -> Action:
    """Hang up (`cf_hangup.erl`)."""
    return build("hangup")
