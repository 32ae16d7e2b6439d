"""Credentials in the repository: none, but published and development ones with a reason."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functions import ROOT

FORMATS = (
    r"AKIA[0-9A-Z]{16}",
    r"-----BEGIN [A-Z ]*PRIVATE KEY",
    r"\bgh[pousr]_[A-Za-z0-9]{30,}",
    r"\bgithub_pat_[A-Za-z0-9_]{30,}",
    r"\bglpat-[A-Za-z0-9_-]{20,}",
    r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    r"hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{10,}",
    r"\.webhook\.office\.com/webhookb2/[0-9a-f-]{36}",
    r"\b[sr]k_live_[A-Za-z0-9]{10,}",
    r"\bSG\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}",
    r"\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}",
    r"\bwhsec_[A-Za-z0-9+/=]{20,}",
    r"\bpat[A-Za-z0-9]{14}\.[0-9a-f]{40,}",
    r"\bpypi-[A-Za-z0-9_-]{40,}",
)
"""The forms of credentials that services give out."""

NAMED = (
    r"(?i:token|secret|passw(?:or)?d|api_?key|credential)\w*"
    r"[\"']?\s*[:=]\s*[\"']?([\w+/=-]{16,})"
)
"""A long value under the name of a credential."""

ALLOWED = {
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": "published in the tests of Standard Webhooks",
    "Zq7-never-to-be-seen-41c9": "the value for which tests search logs",
}
"""Values that look like credentials, and why they are none."""


def tracked() -> Iterator[Path]:
    """Every text file that git tracks."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    yield from (ROOT / name for name in listed.stdout.split("\0") if name)


def found_in(text: str) -> Iterator[str]:
    """The values in *text* that look like credentials."""
    for form in FORMATS:
        yield from (found[0] for found in re.finditer(form, text))
    for found in re.finditer(NAMED, text):
        if _is_random(found[1]):
            yield found[1]


def _is_random(value: str) -> bool:
    """Whether *value* mixes letters and digits as chance does: no name, path, or repetition."""
    runs = re.findall(r"[0-9]+|[A-Za-z]+", value)
    digits = [run for run in runs if run.isdigit()]
    return len(runs) > 4 and len(digits) > 1 and len(set(value)) > 8


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no repository, so nothing is tracked")
def test_no_file_has_a_credential() -> None:
    """No tracked file has a value that looks like a credential, but those that are allowed."""
    faults = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, OSError):
            continue  # a sound or a picture, or a file that is deleted and not yet committed
        values = {value for value in found_in(text) if value not in ALLOWED}
        faults += [f"{path.relative_to(ROOT)}: {value[:12]}..." for value in sorted(values)]
    assert faults == []


LOOKS = [
    'token = "' + "a1b2c3d4e5f6a7b8c9d0" + '"',
    "CRM_API_KEY: " + "Zq7xw41c9Lm20PdTz",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "https://hooks.slack.com/services/" + "T012AB/B345CD/aBcDeFgHiJkLmNo",
    "ghp_" + "a1" * 18,
]


@pytest.mark.parametrize("text", LOOKS)
def test_a_credential_is_found(text: str) -> None:
    """A value in one of the forms, or a random one under such a name, is found."""
    assert list(found_in(text))


@pytest.mark.parametrize(
    "text", ["token=settings.assistant_token", 'secret: str = ""', "password=" + "x" * 40]
)
def test_code_is_no_credential(text: str) -> None:
    """Names, types, and repetitions are none."""
    assert not list(found_in(text))
