"""Work that many threads do at the same moment."""

import threading
from collections.abc import Callable


def at_once(copies: int, work: Callable[[], None]) -> None:
    """Run *work* in as many threads as *copies*; an exception ends its own thread only."""
    barrier = threading.Barrier(copies)

    def one() -> None:
        barrier.wait()
        work()

    threads = [threading.Thread(target=one) for _ in range(copies)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
