"""Recording: the whole call, or only the caller."""

from typing import Literal

from pivotkit.kazoo.action import Action, build


def record_call(
    action: Literal["start", "stop"] = "start",
    *,
    url: str | None = None,
    format: Literal["mp3", "wav"] | None = None,  # noqa: A002
    label: str | None = None,
    media_name: str | None = None,
    method: Literal["put", "post"] | None = None,
    origin: str | None = None,
    record_min_sec: int | None = None,
    record_on_answer: bool | None = None,
    record_on_bridge: bool | None = None,
    record_sample_rate: int | None = None,
    should_follow_transfer: bool | None = None,
    time_limit: int | None = None,
) -> Action:
    """Start or stop recording the call (`cf_record_call.erl`); the flow continues at once.

    *action* defaults to `start`. KAZOO sends the file to *url*, an absolute URL, by *method*,
    default `put`; without *url* it stores the file where the account's storage or its own settings
    say, or else discards it. *time_limit* is 5 to 10800 seconds, default 3600; KAZOO's own limit
    (3600 unless configured otherwise) applies too. A recording shorter than *record_min_sec*
    seconds, default 0, is discarded. *format* defaults to `mp3`; *record_sample_rate* is in Hz.
    Recording starts at once, or with *record_on_answer* or *record_on_bridge*, both off by default,
    at that event. *should_follow_transfer* is on by default. *label* defaults to the callflow's
    name; KAZOO sets *origin* itself. Later Pivot requests do not mention the recording.
    """
    return build("record_call", locals())


def record_caller(
    url: str | None = None,
    *,
    format: Literal["mp3", "wav"] | None = None,  # noqa: A002
    method: Literal["put", "post"] | None = None,
    time_limit: int | None = None,
) -> Action:
    """Answer and record the caller until a key, hang-up, or *time_limit* (`cf_record_caller.erl`).

    *time_limit* is 5 to 10800 seconds, default 3600; KAZOO's own limit (3600 unless configured
    otherwise) applies too. KAZOO sends the file to *url*, an absolute URL, by *method*, default
    `put`; *format* defaults to `mp3`. Without *url* and without storage for the account, KAZOO
    records nothing and continues.
    """
    return build("record_caller", locals())
