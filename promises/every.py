"""All promises, in the order of the table."""

from promises import cost, scale, speed
from promises.promise import Promise

PROMISES: tuple[Promise, ...] = (
    *speed.PROMISES,
    *cost.PROMISES,
    *scale.PROMISES,
)
