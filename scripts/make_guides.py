"""Renew the generated parts of the guides.

These are the outputs in lint.md and coming-from-twilio.md, the table of Twilio's verbs, and the
checks of the contract suite. A test fails when one is out of date.

    python -m scripts.make_guides
"""

import re
import shlex
import tempfile
from pathlib import Path

from click.testing import CliRunner

from pivotctl.commands.lint import command
from pivotctl.lint.report import table
from tests.suite import checks, played, running

GUIDES = Path(__file__).resolve().parent.parent / "docs/guides"
SHOWN = re.compile(
    r"```(?P<kind>xml|json)\n(?P<document>.*?)```\n\n"
    r"```console\n\$ pivotctl lint (?P<options>[^\n]*)\n.*?```",
    re.DOTALL,
)
_TABLE = re.compile(r"(?<=<!-- table -->\n\n).*?(?=\n\n<!-- end of table -->)", re.DOTALL)


def lint_guide(text: str, folder: Path) -> str:
    """The guide with the current output of the command; the documents are written to *folder*."""
    return SHOWN.sub(lambda found: _shown(found, folder), text)


def _shown(found: re.Match[str], folder: Path) -> str:
    kind, document, options = found["kind"], found["document"], found["options"]
    *given, name = shlex.split(options)
    path = folder / name
    path.write_text(document, encoding="utf-8")
    output = CliRunner().invoke(command, [*given, str(path)]).output.replace(str(path), name)
    return (
        f"```{kind}\n{document}```\n\n```console\n$ pivotctl lint {options}\n{output.rstrip()}\n```"
    )


def twilio_page(text: str, folder: Path) -> str:
    """The page with the current table of Twilio's verbs; needs no *folder*."""
    del folder
    return _TABLE.sub(lambda _: table(), text)


_CONTRACT = re.compile(r"(?<=<!-- contract -->\n\n).*?(?=\n\n<!-- end of contract -->)", re.DOTALL)


def contract_page(text: str, folder: Path) -> str:
    """The page with the list of checks that every template passes; needs no *folder*."""
    del folder
    every = (*checks.CHECKS, *running.CHECKS, *played.CHECKS)
    rows = [
        f"| `{check.__name__}` | {(check.__doc__ or '').partition('\n\n')[0]} |" for check in every
    ]
    shown = "\n".join(["| check | what holds |", "|---|---|", *rows])
    return _CONTRACT.sub(lambda _: shown, text)


RENEWED = {
    "../contract.md": contract_page,
    "../twilio-verbs.md": twilio_page,
    "coming-from-twilio.md": lint_guide,
    "lint.md": lint_guide,
}


def main() -> None:
    """Rewrite the guides."""
    with tempfile.TemporaryDirectory() as folder:
        for name, renew in RENEWED.items():
            path = GUIDES / name
            guide = renew(path.read_text(encoding="utf-8"), Path(folder))
            path.write_text(guide, encoding="utf-8")


if __name__ == "__main__":
    main()
