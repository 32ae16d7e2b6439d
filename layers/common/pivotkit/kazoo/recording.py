"""Recording of the call or the caller."""

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
    """`start` or `stop` recording the call (`cf_record_call.erl`); the flow goes on at once.

    *action* is `start` unless set. *url*, absolute, gets the file by *method*, default `put`;
    without it KAZOO keeps it where the account's storage or its own settings say so, or drops it.
    *time_limit* is 5 to 10800 seconds, default 3600, and KAZOO's own limit (3600 unless configured)
    still holds. A file shorter than *record_min_sec* seconds, default 0, is dropped. *format* is
    `mp3` unless set, *record_sample_rate* Hz. Recording starts at once; with *record_on_answer* or
    *record_on_bridge*, both off unless set, it waits for that. *should_follow_transfer* is on
    unless set to False. *label* is the callflow's name unless set; KAZOO writes *origin* itself. No
    later Pivot request tells of it.
    """
    return build("record_call", locals())


def record_caller(
    url: str | None = None,
    *,
    format: Literal["mp3", "wav"] | None = None,  # noqa: A002
    method: Literal["put", "post"] | None = None,
    time_limit: int | None = None,
) -> Action:
    """Answer and record the caller until a key, hang-up or *time_limit* (`cf_record_caller.erl`).

    *time_limit* is 5 to 10800 seconds, default 3600, and KAZOO's own limit (3600 unless
    configured) still holds. *url*, absolute, gets the file by *method*, default `put`; *format* is
    `mp3` unless set. Where neither *url* nor the account has a place for the file, KAZOO records
    nothing and goes on.
    """
    return build("record_caller", locals())
