"""Times and optional fields in the answers of services."""

from datetime import datetime

from pivotkit.http.parameters import Value
from pivotkit.services.upstream import UpstreamAnswer, UpstreamDown


def is_set(answer: UpstreamAnswer, *path: str) -> bool:
    """Tell whether *answer* has a value at *path* that is not null."""
    found: Value = answer.value
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found is not None


def instant(answer: UpstreamAnswer, *path: str) -> datetime:
    """Return the time at *path*, ISO 8601 with an offset. Raises `UpstreamDown`."""
    try:
        moment = datetime.fromisoformat(answer.text(*path))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        place = ".".join(path)
        raise UpstreamDown(answer.service, f"{answer.where}.{place} is no time with an offset")
    return moment
