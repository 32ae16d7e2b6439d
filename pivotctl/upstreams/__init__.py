"""Fakes of the services that templates use, for local runs, with switchable failures."""

from pivotctl.upstreams.control import parse, received, switched
from pivotctl.upstreams.server import (
    FAKES,
    FakeUpstream,
    UnknownUpstreamError,
    Upstreams,
    redirected,
)
from pivotctl.upstreams.service import FakeMode, FakeReply, FakeRequest

__all__ = [
    "FAKES",
    "FakeMode",
    "FakeReply",
    "FakeRequest",
    "FakeUpstream",
    "UnknownUpstreamError",
    "Upstreams",
    "parse",
    "received",
    "redirected",
    "switched",
]
