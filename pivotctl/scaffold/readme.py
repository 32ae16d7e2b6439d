"""The README of a new project."""

from pathlib import Path

from pivotctl.project import Function

_README = """# {title}

Lambda functions for KAZOO, made with Pivot Functions. `pivot-functions.json` says which version.

<!-- groups -->

<!-- end of groups -->

<!-- kinds -->

<!-- end of kinds -->

`template.yaml` is the whole application, made from `infra/` and from the `function.yaml` in each
function's folder. `functions/` has a folder for each function with a README of its own,
`layers/common/pivotkit` is what they share, `events/` holds sample requests, and `pivotctl/` is the
local side: it plays KAZOO and runs the functions as Lambda does. [AGENTS.md](AGENTS.md) is the
short way in, for people and for coding assistants.

## Try it

You need `make` and any Python 3 from 3.9 on. Everything else goes into `.venv` and `.tools`.

```sh
make setup
. .venv/bin/activate   # puts pivotctl on the PATH of this terminal
{trial}
make test-quick
make test
make lint
```

`make test` dials every template on every path that a caller can take, and holds it against its
contract: a failure says what is missing, and what to add. `make test-quick` is the part that takes
a minute.

## Change it

Change a function's `app.py`, its settings in `function.yaml`, and its dialogues in
`tests/calls/`. `make build` regenerates `template.yaml`. `pivotctl template NAME` adds a
function of your own, copied from an existing one.
After a change `python -m scripts.make_dialogues NAME` writes down what callers hear now,
and `-m scripts.make_catalogue` what [docs/catalogue.md](docs/catalogue.md) and this page list.

## Add, remove, update

These commands take functions from a checkout of Pivot Functions, which `--from` names:

```sh
pivotctl add menu --from ../pivot-functions
pivotctl remove menu
pivotctl update --check
pivotctl update
```

`add` brings what a function needs along. `update` merges a newer version into your changes, and
leaves conflict markers where both changed the same lines. `.pivot-functions.tar.xz` has the files
as they were delivered, which the merge compares with: keep it under version control.

## Deploy it

```sh
pivotctl deploy --stack {stack}
{url}```

The first command asks a few questions the first time, and ends with a URL.{callflow} `sam build`
and `sam deploy --guided` do the same. `.github/workflows/deploy.yml` deploys each commit, once the
two environments that it names are set up ([how](docs/guides/deploy.md#6-deploy-from-github)).
"""


_URL = """pivotctl url {first} --stack {stack}
"""
_CALLFLOW = """ The second one
prints it again. Put it into the callflow: `functions/pivot/{first}/callflow.json` is a whole one,
with a fallback for requests that fail."""


def readme(root: Path, first: Function, title: str, stack: str) -> str:
    """The page of a project called `title`; `first` is a function to show, `stack` the stack."""
    called, name = first.kind == "pivot", {"first": first.name, "stack": stack}
    return _README.format(
        title=title,
        stack=stack,
        trial=trial(root, first),
        url=_URL.format(**name) if first.routes and first.kind != "console" else "",
        callflow=_CALLFLOW.format(**name) if called else "",
    )


def trial(root: Path, function: Function) -> str:
    """The command that shows what a function of a project does on this machine."""
    if function.kind == "pivot":
        return f"pivotctl call {function.name} --dialogue"
    folder = f"events/{function.kind}/{function.name}"
    samples = sorted((root / folder).glob("*.json"))
    sample = samples[0].name if samples else "event.json"
    return f"pivotctl invoke {function.name} -e {folder}/{sample}"
