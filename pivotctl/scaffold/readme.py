"""The README of a new project."""

_README = """# {title}

Lambda functions that answer KAZOO's Pivot requests, made with Pivot Functions.

<!-- groups -->

| group | templates |

<!-- end of groups -->

`template.yaml` is the whole application, made from `infra/` and from the `function.yaml` in each
function's folder. `functions/pivot/` has a folder for each function with a README of its own,
`layers/common/pivotkit` is what they share, `events/` holds sample requests, and `pivotctl/` is the
local side: it plays KAZOO and runs the functions as Lambda does.

## Try it

You need `make` and any Python 3 from 3.9 on. Everything else goes into `.venv` and `.tools`.

```sh
make setup
.venv/bin/pivotctl call {first} --dialogue
make test
make lint
```

`make test` dials every function on every path that a caller can take, and holds each template
against its contract: what is missing is said, and what to add.

## Change it

Change a function's `app.py`, its settings in `function.yaml`, and its dialogues in
`tests/calls/`. `make build` regenerates `template.yaml`. `.venv/bin/pivotctl template NAME` adds a
function, copied from an existing one; to remove one, delete its folder, events, and dialogues.
After a change `.venv/bin/python -m scripts.make_dialogues NAME` writes down what callers hear now,
and `-m scripts.make_catalogue` what [docs/catalogue.md](docs/catalogue.md) and this page list.

## Deploy it

```sh
.venv/bin/pivotctl deploy --stack {stack}
.venv/bin/pivotctl url {first} --stack {stack}
```

The first command asks a few questions the first time, and ends with a URL; the second prints it
again. Put it into the callflow: `functions/pivot/{first}/callflow.json` is a whole one, with a
fallback for the day when a request fails. `sam build` and `sam deploy --guided` do the same.
`.github/workflows/deploy.yml` deploys each commit, once the two environments that it names are set
up ([how](docs/guides/deploy.md#6-deploy-from-github)).
"""


def readme(title: str, first: str, stack: str) -> str:
    """The page of a project called `title`; `first` is a function to show, `stack` the stack."""
    return _README.format(title=title, first=first, stack=stack)
