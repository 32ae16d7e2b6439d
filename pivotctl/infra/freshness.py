"""Keeps template.yaml fresh: regenerates it from its sources, and never over edits by hand."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import yaml

from pivotctl.infra.application import Application, Assembled
from pivotctl.infra.parts import BASE, INFRA, SECTIONS
from pivotctl.sam_template import TemplateError, compose

TEMPLATE = "template.yaml"
_MARK = "# Digest of the rest: "
_HEADER = f"""\
# Generated from infra/ and from the function.yaml in each function's folder. Do not edit: change
# those files, then run `make build` or `pivotctl assemble`, which stop if this one was edited.
{_MARK}"""


class EditedError(TemplateError):
    """template.yaml was edited by hand. The message shows the lines, and where they belong."""


@dataclass(frozen=True)
class Outcome:
    """The outcome for template.yaml: `changed` if it was regenerated, or would be."""

    changed: bool
    left_out: tuple[str, ...] = ()


def renew(root: Path, *, write: bool = True, force: bool = False) -> Outcome:
    """Regenerate template.yaml if its sources have changed.

    Without `write` it is only compared. Raises `EditedError` if it was edited by hand, unless
    `force` discards the edits, and `TemplateError` for wrong sources.
    """
    application, path = Application.read(root), root / TEMPLATE
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    if before and not force:
        refuse_edits(before, application)
    made = application.assembled()
    after = with_header(made.text)
    if write and after != before:
        path.write_text(after, encoding="utf-8")
    return Outcome(after != before, made.left_out)


def with_header(text: str) -> str:
    """Add a header that names the sources of template.yaml, and its digest."""
    return f"{_HEADER}{_digest(text)}\n\n{text}"


def _digest(text: str) -> str:
    return sha256(text.strip().encode()).hexdigest()


def refuse_edits(before: str, application: Application) -> None:
    """Raise `EditedError` if the template.yaml in `before` is not as it was generated."""
    _, _, rest = before.partition(_MARK)
    digest, _, body = rest.partition("\n")
    body = body if rest else before
    if _digest(body) != digest.strip():
        made = application.assembled()
        if _digest(body) != _digest(made.text):
            raise EditedError(_message(body, made))


def _message(body: str, made: Assembled) -> str:
    said = [
        f"{TEMPLATE} was edited by hand, but is generated from other files. Move your edits there.",
        "Lines with + are your edits, lines with - the generated text.",
    ]
    for where, lines in _differences(body, made):
        said += ["", where, *lines]
    how = "`pivotctl assemble --force` discards the edits and regenerates the file."
    return "\n".join([*said, "", how])


def _differences(body: str, made: Assembled) -> Iterator[tuple[str, list[str]]]:
    """The lines that differ, by the place where they belong. `+` marks edits by hand."""
    old, new = made.text.strip().splitlines(), body.strip().splitlines()
    was, now = _keys(made.text.strip()), _keys(body.strip())
    for tag, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            key = _key_at(now, _first(new, k, m)) if m > k else _key_at(was, _first(old, i, j))
            removed = [f"  - {line}" for line in old[i:j] if line.strip()]
            added = [f"  + {line}" for line in new[k:m] if line.strip()]
            yield _place(key, made), [*removed, *added]


def _first(lines: list[str], start: int, end: int) -> int:
    """The number of the first line that is not empty."""
    return next((at for at in range(start, end) if lines[at].strip()), start)


def _place(key: tuple[str, str], made: Assembled) -> str:
    section, name = key
    if not name:
        return f"{section or 'Above the first section'}: in {INFRA}/{BASE}.yaml"
    owner = made.owners.get(key)
    new = f"a file of {INFRA}/, or resources in the function.yaml of the function that it is for"
    return f"{section}.{name}: in {owner or new}"


def _keys(text: str) -> list[tuple[int, tuple[str, str]]]:
    """The lines where sections and their keys begin. Empty if the text is no longer YAML."""
    try:
        node = compose(text)
    except yaml.YAMLError:
        return []
    return list(_starts(node)) if isinstance(node, yaml.MappingNode) else []


def _starts(node: yaml.MappingNode) -> Iterator[tuple[int, tuple[str, str]]]:
    for key, value in node.value:
        yield key.start_mark.line, (str(key.value), "")
        if key.value in SECTIONS and isinstance(value, yaml.MappingNode):
            for name, _ in value.value:
                yield name.start_mark.line, (str(key.value), str(name.value))


def _key_at(keys: list[tuple[int, tuple[str, str]]], line: int) -> tuple[str, str]:
    found = ("", "")
    for start, key in keys:
        if start <= line:
            found = key
    return found
