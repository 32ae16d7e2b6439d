"""KAZOO has the voicemails and faxes that the sample events announce."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pivotctl.crossbar.media import ANNOUNCED
from scripts.sample_deliveries import MORE

if TYPE_CHECKING:
    from pivotctl.upstreams import Upstreams
    from pivotctl.upstreams.crossbar import CrossbarFake


def announce_samples(upstreams: Upstreams) -> None:
    """Let Crossbar have their files: a worker that fetches one would come again without."""
    crossbar = cast("CrossbarFake", upstreams.crossbar.fake).crossbar
    for hook in ANNOUNCED:
        if hook in MORE:
            crossbar.happened(hook, MORE[hook])
