"""`pivotctl template`: a new Pivot function, copied from an existing one."""

from collections.abc import Mapping
from pathlib import Path

import click

from pivotctl import catalogue
from pivotctl.project import Project, ProjectError
from pivotctl.sam_template import TemplateError
from pivotctl.scaffold.errors import ScaffoldError
from pivotctl.scaffold.new_function import new_template


@click.command(
    epilog='Example: pivotctl template opening_times --description "Tells when we open."'
)
@click.argument("name")
@click.option("--like", default="say_hello", show_default=True, help="The template to copy.")
@click.option("--description", default="", help="Description in one sentence.")
@click.option("--dry-run", is_flag=True, help="List the files without writing them.")
def command(name: str, like: str, description: str, *, dry_run: bool) -> None:
    """Create the template NAME, which keeps the contract and can be dialed at once.

    It copies the folder in functions/pivot, the sample events, and the dialogues, and makes
    template.yaml again. The name is in its URL, its logs, and its state: choose it well.
    """
    try:
        project = Project.find()
        files = new_template(project, name, like, description)
        if not dry_run:
            _write(project.root, files)
    except (ProjectError, TemplateError, ScaffoldError) as error:
        raise click.ClickException(str(error)) from error
    for path in files:
        click.echo(f"{'would write' if dry_run else 'wrote'} {path}")
    click.echo()
    click.echo(_NEXT.format(name=name))


def _write(root: Path, files: Mapping[Path, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    for made, text in catalogue.files(Project.find(root)).items():
        made.write_text(text, encoding="utf-8")


_NEXT = """Next:
  pivotctl call {name} --dialogue
  Write functions/pivot/{name}/app.py, its function.yaml, README.md, and callflow.json.
  Dial every path of a caller in tests/calls/test_{name}.py.
  python -m scripts.make_dialogues {name}
  pivotctl assemble
  python -m scripts.make_catalogue
  make test ARGS="tests/suite tests/calls -k {name}"
The last command says what is missing."""
