"""Speech by `flite`, the engine with which KAZOO speaks by default, where it is installed."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
import threading
import wave
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

LONGEST_TEXT = 1000
_VOICE = "slt"
_SECONDS = 10.0
_MOST_KEPT = 200


@dataclass(eq=False)
class Speech:
    """Speaks texts, and keeps the latest recordings in memory. `program` is None without flite."""

    program: str | None = field(default_factory=lambda: shutil.which("flite"))
    _kept: OrderedDict[str, bytes] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def spoken(self, text: str) -> bytes | None:
        """Return `text` as the content of a WAV file; None if it cannot be spoken here."""
        said = printable(text)
        if self.program is None or not said:
            return None
        with self._lock:
            if said not in self._kept:
                self._keep(said, self._speak(self.program, said))
            return self._kept[said] or None

    def seconds(self, text: str) -> float | None:
        """Return how long a text takes to speak; None if it cannot be spoken here."""
        content = self.spoken(text)
        return None if content is None else _duration(content)

    def _keep(self, text: str, content: bytes) -> None:
        self._kept[text] = content
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)

    def _speak(self, program: str, text: str) -> bytes:
        """Run flite; the text is an argument of its own, and no shell sees it."""
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / f"{sha256(text.encode()).hexdigest()[:16]}.wav"
            command = [program, "-voice", _VOICE, "-t", text, "-o", str(target)]
            try:
                done = subprocess.run(command, check=False, capture_output=True, timeout=_SECONDS)
            except (OSError, subprocess.TimeoutExpired):
                return b""
            return target.read_bytes() if done.returncode == 0 and target.is_file() else b""


def printable(text: str) -> str:
    """Return the beginning of a text without control characters, as a voice can speak it."""
    kept = "".join(each if each.isprintable() else " " for each in text[:LONGEST_TEXT])
    return " ".join(kept.split())


def _duration(content: bytes) -> float | None:
    try:
        with wave.open(io.BytesIO(content)) as sound:
            return float(sound.getnframes() / sound.getframerate())
    except (wave.Error, EOFError, ZeroDivisionError):
        return None
