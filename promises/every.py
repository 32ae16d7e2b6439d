"""All promises, in the order of the table."""

from promises import compatibility, cost, deliveries, fuzzing, scale, speed
from promises.promise import Promise

PROMISES: tuple[Promise, ...] = (
    *speed.PROMISES,
    *deliveries.PROMISES,
    *fuzzing.PROMISES,
    *compatibility.PROMISES,
    *cost.PROMISES,
    *scale.PROMISES,
)
