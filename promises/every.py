"""All promises, in the order of the table."""

from promises import speed
from promises.promise import Promise

PROMISES: tuple[Promise, ...] = (*speed.PROMISES,)
