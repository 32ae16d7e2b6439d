"""Work on several items at the same time, in threads."""

from collections.abc import Callable, Sequence
from contextvars import copy_context


def at_once[T, R](work: Callable[[T], R], items: Sequence[T], *, most: int) -> list[R]:
    """Return what *work* returns for each of *items*, in their order; *most* run at a time.

    The threads see the caller's context variables, such as the Lambda context of the batch.
    `Deadline` and `Upstream` need the main thread, so *work* has to limit its own time. With a
    *most* of 1 it runs in the caller's thread. What it raises, this raises.
    """
    if most == 1 or not items:
        return [work(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  (slow, and often not needed)

    with ThreadPoolExecutor(min(most, len(items))) as threads:
        begun = [threads.submit(copy_context().run, work, item) for item in items]
    return [each.result() for each in begun]
