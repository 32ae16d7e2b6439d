"""Sample IDs in the templates' callflows, which no account has."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

SAMPLES: Mapping[str, str] = {
    "user": "b2c0a4e1d3f5968778695a4b3c2d1e0f",
    "second_user": "c3d1b5f2e4a6079889706b5c4d3e2f1a",
    "third_user": "d4e2c6a3f5b7180990817c6d5e4f3a2b",
    "device": "d0a1b2c3d4e5f60718293a4b5c6d7e8f",
    "second_device": "d1a2b3c4d5e6f70819203b4c5d6e7f80",
    "voicemail": "7a6b5c4d3e2f10918273645546372819",
    "queue": "e9d8c7b6a5f4038271605f4e3d2c1b0a",
    "conference": "4c3b2a190f8e7d6c5b4a39281706f5e4",
    "directory": "a9b8c7d6e5f4031221304f5e6d7c8b9a",
    "faxbox": "d4e2c6a3f5b7180a9a817c6d5e4f3a2b",
}
"""Sample IDs by the names under which `kazoo.toml` replaces them."""

_NAMES = {identifier: name for name, identifier in SAMPLES.items()}
_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


def replaced(flow: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    """Return *flow* with IDs of the account in place of samples; *ids* has them by name."""
    own = {SAMPLES[name]: identifier for name, identifier in ids.items()}
    text = _ID.sub(lambda found: own.get(found[0], found[0]), json.dumps(flow))
    done: dict[str, Any] = json.loads(text)
    return done


def missing(flow: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the samples that *flow* still has."""
    found = dict.fromkeys(_ID.findall(json.dumps(flow)))
    return tuple(_NAMES[identifier] for identifier in found if identifier in _NAMES)
