"""Fakes of the services that templates ask, for local runs: on loopback, with switches."""

from pivotctl.upstreams.control import parse, switched
from pivotctl.upstreams.server import FAKES, UnknownUpstreamError, Upstream, Upstreams, redirected
from pivotctl.upstreams.service import Asked, Mode, Reply

__all__ = [
    "FAKES",
    "Asked",
    "Mode",
    "Reply",
    "UnknownUpstreamError",
    "Upstream",
    "Upstreams",
    "parse",
    "redirected",
    "switched",
]
