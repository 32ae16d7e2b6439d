"""All promises, in the order of the table."""

from promises import compatibility, deliveries, fuzzing, speed
from promises.promise import Promise

PROMISES: tuple[Promise, ...] = (
    *speed.PROMISES,
    *deliveries.PROMISES,
    *fuzzing.PROMISES,
    *compatibility.PROMISES,
)
