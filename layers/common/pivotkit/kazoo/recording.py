"""Recording of the call or the caller."""

from typing import Literal

from pivotkit.kazoo.action import Action, build


def record_call(
    action: Literal["start", "stop"],
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
    """Start or stop recording the call (`cf_record_call.erl`); the flow goes on at once.

    *url*, absolute, gets the file as PUT unless *method* says otherwise. *time_limit* is 5 to
    10800 seconds, default 3600; *record_min_sec* seconds, *record_sample_rate* Hz. No later Pivot
    request tells of it.
    """
    return build(
        "record_call",
        action=action,
        url=url,
        format=format,
        label=label,
        media_name=media_name,
        method=method,
        origin=origin,
        record_min_sec=record_min_sec,
        record_on_answer=record_on_answer,
        record_on_bridge=record_on_bridge,
        record_sample_rate=record_sample_rate,
        should_follow_transfer=should_follow_transfer,
        time_limit=time_limit,
    )


def record_caller(
    url: str | None = None,
    *,
    format: Literal["mp3", "wav"] | None = None,  # noqa: A002
    method: Literal["put", "post"] | None = None,
    time_limit: int | None = None,
) -> Action:
    """Record the caller until a key, hang-up or *time_limit*, 5 to 10800 seconds.

    Follows `cf_record_caller.erl`. *url*, absolute, gets the file as PUT unless *method* says
    otherwise.
    """
    return build(
        "record_caller",
        url=url,
        format=format,
        method=method,
        time_limit=time_limit,
    )
