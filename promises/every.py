"""All promises, in the order of the table."""

from promises import (
    compatibility,
    cost,
    deliveries,
    faults,
    fuzzing,
    scale,
    security,
    speed,
)
from promises.promise import Promise

PROMISES: tuple[Promise, ...] = (
    *speed.PROMISES,
    *faults.PROMISES,
    *deliveries.PROMISES,
    *fuzzing.PROMISES,
    *compatibility.PROMISES,
    *security.PROMISES,
    *cost.PROMISES,
    *scale.PROMISES,
)
