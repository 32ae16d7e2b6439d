"""Plays the calls in the templates' READMEs, and writes their dialogues.

A README shows a call as a block that begins with the command that plays it:

    $ pivotctl call say_hello --dialogue

The lines below the command are replaced. Run: python -m scripts.make_dialogues [NAME ...]
"""

import re
import shlex
import sys
from collections.abc import Iterator

from pivotctl.catalogue import CALL
from pivotctl.commands.call import transcript
from pivotctl.project import Function, Project
from pivotctl.stack import Stack, seed, session
from pivotctl.stack.aws import dynamodb_at


def played(stack: Stack, function: Function) -> Iterator[tuple[re.Match[str], str]]:
    """Each call in the README of *function*, and what the caller hears now."""
    text = (function.path / "README.md").read_text(encoding="utf-8")
    for block in CALL.finditer(text):
        reset(stack, function)
        yield block, transcript(stack, arguments_of(block))


def arguments_of(block: re.Match[str]) -> list[str]:
    """The arguments of a call in a README, but for `--dialogue`."""
    return [word for word in shlex.split(block["command"])[2:] if word != "--dialogue"]


def reset(stack: Stack, function: Function) -> None:
    """Leave only what the function's seed.json says: no entries of others, no earlier calls."""
    dynamodb = dynamodb_at(stack.aws_url)
    for table in {"CallStateTable", "DirectoryTable"} & stack.tables.keys():
        seed.empty(dynamodb, stack.tables[table])
    seed.seed(dynamodb, function)
    stack.upstreams.reset()


def rewritten(stack: Stack, function: Function) -> str:
    """The README of *function* with its calls as they are now."""
    path = function.path / "README.md"
    text = path.read_text(encoding="utf-8")
    for block, said in played(stack, function):
        text = text.replace(block[0], f"```console\n$ {block['command']}\n{said}\n```", 1)
    return text


def main(names: list[str]) -> None:
    """Rewrite the READMEs of the Pivot functions *names*, or of all."""
    project = Project.find()
    pivots = [each.name for each in project.functions.values() if each.kind == "pivot"]
    chosen = names or pivots
    with session(project, functions=chosen, fresh=True) as stack:
        for name in chosen:
            function = project.function(name)
            print(f"{name} ...", flush=True)
            (function.path / "README.md").write_text(rewritten(stack, function), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
