"""Work done in many threads at the same moment."""

import threading
from collections.abc import Callable


def at_once(copies: int, work: Callable[[], None]) -> None:
    """Run *work* in many threads at the same moment; what it raises is the loser's lot."""
    barrier = threading.Barrier(copies)

    def one() -> None:
        barrier.wait()
        work()

    threads = [threading.Thread(target=one) for _ in range(copies)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
