"""All promises, in the order of the table."""

from promises import cost, faults, scale, security, speed
from promises.promise import Promise

PROMISES: tuple[Promise, ...] = (
    *speed.PROMISES,
    *faults.PROMISES,
    *security.PROMISES,
    *cost.PROMISES,
    *scale.PROMISES,
)
