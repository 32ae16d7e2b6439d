"""Switches the fakes of a running stack from outside: `--upstream crm=slow`."""

from __future__ import annotations

import difflib
import json
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from pivotctl.upstreams.server import CONTROL, FAKES, SAME
from pivotctl.upstreams.service import FakeMode


def parse(pairs: Iterable[str]) -> dict[str, FakeMode]:
    """Return modes by name, from texts like `crm=slow`. Raises `click.BadParameter`."""
    return dict(_pair(pair) for pair in pairs)


def _pair(pair: str) -> tuple[str, FakeMode]:
    name, equals, mode = pair.partition("=")
    if name not in FAKES:
        raise click.BadParameter(f"no service is called {name!r}.{_hint(name, FAKES)}")
    if mode not in list(FakeMode):
        fault = f"{mode!r} is no mode" if equals else f"{pair!r} names no mode"
        raise click.BadParameter(f"{fault}. Use {name}= and one of {', '.join(FakeMode)}.")
    return name, FakeMode(mode)


def _hint(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {near[0]}?" if near else f" There are: {', '.join(known)}."


@contextmanager
def switched(url: str | None, modes: Mapping[str, FakeMode]) -> Iterator[None]:
    """Switch the fakes at *url* to *modes* until the context ends."""
    before = {name: mode_of(url, name) for name in modes}
    for name, mode in modes.items():
        switch(url, name, mode)
    try:
        yield
    finally:
        for name, mode in before.items():
            switch(url, name, mode)


def mode_of(url: str | None, name: str) -> FakeMode:
    """Return the mode of the fake *name* at *url*."""
    return FakeMode(_shown(url, name)["mode"])


def troubled(url: str) -> dict[str, str]:
    """Return the modes of the fakes at *url* that are not ok, by name."""
    modes = {name: mode_of(url, name) for name in FAKES if name not in SAME}
    return {name: mode.value for name, mode in modes.items() if mode is not FakeMode.OK}


def received(url: str | None) -> dict[str, list[Mapping[str, Any]]]:
    """Return the requests that each fake at *url* has received, the latest thousand at most."""
    return {name: _shown(url, name)["received"] for name in FAKES if name not in SAME}


def _shown(url: str | None, name: str) -> Any:
    with urllib.request.urlopen(_address(url, name), timeout=5) as answer:  # noqa: S310
        return json.load(answer)


def switch(url: str | None, name: str, mode: FakeMode) -> None:
    """Switch the fake *name* at *url* to *mode*."""
    content = json.dumps({"mode": mode}).encode()
    request = urllib.request.Request(_address(url, name), content, method="PUT")  # noqa: S310
    urllib.request.urlopen(request, timeout=5).close()  # noqa: S310


def _address(url: str | None, name: str) -> str:
    return f"{url}{CONTROL}/{name}"
