"""Properties and continuations of the modules in `pivotkit.kazoo.recording`."""

from collections.abc import Mapping

from pivotkit.kazoo.facts import ModuleFacts, module
from pivotkit.kazoo.rules import boolean, integer, one_of, text, url

MODULES: Mapping[str, ModuleFacts] = {
    "record_call": module(
        {
            "action": one_of("start", "stop"),
            "format": one_of("mp3", "wav"),
            "label": text(),
            "media_name": text(),
            "method": one_of("put", "post"),
            "origin": text(),
            "record_min_sec": integer(0),
            "record_on_answer": boolean(),
            "record_on_bridge": boolean(),
            "record_sample_rate": integer(1),
            "should_follow_transfer": boolean(),
            "time_limit": integer(5, 10800),
            "url": url(),
        }
    ),
    "record_caller": module(
        {
            "format": one_of("mp3", "wav"),
            "method": one_of("put", "post"),
            "time_limit": integer(5, 10800),
            "url": url(),
        }
    ),
}
