"""Security: doors, numbers, texts, PINs, logs, roles, addresses, pages, and what is installed."""

from __future__ import annotations

from functools import cache

from promises import canaries, doors, headers, hostile_runs, supply
from promises.promise import Outcome, Promise, Run
from promises.tested import Report, tests

_ROLES = (
    "the_role_grants_what_is_used",
    "the_role_covers_the_entries",
    "everything_is_of_the_account",
)


@cache
def dialogues(run: Run) -> Report:
    """The dialogues of all templates, each with the checks of what it used."""
    return tests(run.project, "tests/calls", "-n", "2", "--dist", "loadfile")


def console_doors(run: Run) -> Outcome:
    """Count the tests of every route of the console with each wrong credential."""
    files = ("tests/unit/test_console_access.py", "tests/integration/functions/console")
    found = tests(run.project, files[0], f"{files[1]}/test_access_table.py")
    return found.outcome("tries of a route of the console")


def pins(run: Run) -> Outcome:
    """Count the races at the secrets of the templates."""
    found = tests(run.project, "tests/integration/test_pin_race.py")
    return found.outcome("races of 1,000 tries by 16 threads")


def roles(run: Run) -> Outcome:
    """Count the roles that grant what the dialogues used, and nothing else."""
    walked = dialogues(run).named(*_ROLES)
    return walked.outcome("comparisons of a role with what its dialogues used")


def addresses(run: Run) -> Outcome:
    """Count the addresses that must not be reached, and are not."""
    files = ("tests/unit/functions/fan_out", "tests/unit/pivotkit/services/test_upstream.py")
    found = tests(run.project, *files)
    return found.outcome("addresses, paths, and answers")


PROMISES = (
    Promise(
        "S1",
        "Without the right key nobody gets in, and DynamoDB is not asked.",
        "Every route of Pivot handlers, receivers, and the CDR sink with POST, GET, and PUT, and "
        "every wrong credential: guessed, truncated, of another kind, stack, or place, unsigned. "
        "The right key opens each.",
        "all refused",
        doors.refused,
    ),
    Promise(
        "S1c",
        "The console shows and changes nothing without a session of the account, and the role.",
        "Every route of the application with no, a foreign, an expired, and another account's "
        "session, and with roles too small.",
        "all refused",
        console_doors,
    ),
    Promise(
        "S2",
        "No number from a request is dialed unless a policy allows it.",
        "Requests to all templates with numbers of all kinds and countries in every parameter, "
        "variable, and answer to a question; what an answer dials is judged by the numbering plans "
        "and the template's own files.",
        f"none of {hostile_runs.REQUESTS:,} requests",
        hostile_runs.numbers,
    ),
    Promise(
        "S3",
        "A text from outside stays a text: it is neither markup nor a command, and breaks nothing.",
        "Markup, variables of media servers, control characters, and broken UTF-8 in every text "
        "of a request, as form, JSON, and query, to all templates; both KAZOOs run each answer.",
        "none wrong",
        hostile_runs.texts,
    ),
    Promise(
        "S4",
        "A PIN cannot be found by trying, not even by many callers at once.",
        "A thousand tries by 16 threads, from forged numbers and mixed with right ones, at every "
        "secret of a template, against a DynamoDB on a socket.",
        "no try more than SECURITY.md allows",
        pins,
    ),
    Promise(
        "S5",
        "No log holds a caller's name, number, text, or keys.",
        "All calls of the READMEs and every event in every encoding of both KAZOOs, through the "
        "runtime and all workers; every line of every function, the gateway, and the stack is "
        "searched.",
        "no line",
        canaries.unlogged,
    ),
    Promise(
        "S6",
        "A template's role allows what its calls use, and nothing else.",
        "The operations of all dialogues are compared with the role in template.yaml: both ways, "
        "by table, kind of entry, and account. Replacing an expired item is allowed with updating "
        "one; logs, secrets, and models are compared by other tests.",
        "all equal",
        roles,
    ),
    Promise(
        "S7",
        "No address inside a network can be reached through a URL that a customer chooses.",
        "Every special-purpose network of IANA's registries, IPv4 inside IPv6, odd URLs, hosts "
        "that change their address, redirects, and paths that lead elsewhere.",
        "all refused",
        addresses,
    ),
    Promise(
        "S8",
        "Every answer of the console forbids frames, foreign content, and being kept.",
        "A crawl along all links and forms of the console, and to addresses that do not exist, "
        "with GET, HEAD, and POST.",
        "all headers",
        headers.guarded,
    ),
    Promise(
        "S9",
        "Everything that is installed is locked by hash, and what is shipped has a permissive "
        "license.",
        "All locks are read, and the licenses are those that the installed packages state. Known "
        "vulnerabilities are not looked up: that needs a network.",
        "all",
        supply.audited,
    ),
    Promise(
        "S10",
        "A release comes with a bill of materials that lists exactly what it ships.",
        "`make sbom`, validated against CycloneDX's schema and compared with the locks of the "
        "layers. Scripts in the console's pages have a list of their own.",
        "no deviation",
        supply.billed,
    ),
)
