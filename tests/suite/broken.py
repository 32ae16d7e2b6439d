"""Templates that are broken in one way each, and what a check has to say of them."""

import json
from dataclasses import dataclass
from pathlib import Path

from tests.suite import checks, code

PROBE = "functions/pivot/probe"


@dataclass(frozen=True)
class Broken:
    """A break: in `file`, `old` becomes `new`; without `old` the file becomes `new`."""

    check: checks.Check
    message: str
    file: str
    old: str = ""
    new: str | None = None

    def apply(self, root: Path) -> None:
        """Break it."""
        path = root / self.file
        if self.new is None:
            path.unlink()
        elif not self.old:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.new, encoding="utf-8")
        else:
            text = path.read_text(encoding="utf-8")
            assert self.old in text
            path.write_text(text.replace(self.old, self.new), encoding="utf-8")


APP, README, CALLFLOW = f"{PROBE}/app.py", f"{PROBE}/README.md", f"{PROBE}/callflow.json"
UTIL = f"{PROBE}/util.py"
YAML = f"{PROBE}/function.yaml"
SECONDS = "| `ring_seconds` | seconds | `20` |"
FLOW = json.dumps(
    {
        "numbers": ["6100"],
        "flow": {
            "module": "pivot",
            "data": {"voice_url": "https://<API>/<KEY>/pivot/probe", "method": "post"},
            "children": {"_": {"module": "hangup"}},
        },
    }
)
BROKEN = [
    Broken(checks.the_folder_is_complete, "add README.md", README),
    Broken(checks.the_folder_is_complete, "probe/util.sh: remove it", f"{PROBE}/util.sh", new="x"),
    Broken(code.app_is_plain, "says 'boto'", APP, new='"""Rings."""\nimport boto3\n'),
    Broken(code.app_is_plain, "begin it with one sentence", APP, new="A = 1\n"),
    Broken(code.app_is_plain, "begin it with one sentence", APP, new='"""A.\n\nB."""\n'),
    Broken(
        code.functions_are_short,
        "handler has 27 lines",
        APP,
        new="def handler():\n" + "    A = 1\n" * 26,
    ),
    Broken(code.assignments_are_single, "line 1: give each name", APP, new="A, B = 1, 2\n"),
    Broken(code.imports_are_allowed, "app.py imports requests", APP, new="import requests"),
    Broken(code.imports_are_allowed, "app.py imports .", APP, new="from . import ring"),
    Broken(code.imports_are_allowed, "util.py imports requests", UTIL, new="import requests"),
    Broken(code.helpers_hide_nothing, "queue.py hides", f"{PROBE}/queue.py", new="A = 1\n"),
    Broken(code.accounts_are_given, "line 1: Account('a') names", UTIL, new="A = Account('a')\n"),
    Broken(
        code.accounts_are_given,
        "names an account: pass the call",
        UTIL,
        new="def of(call):\n    return call._replace(account_id='a')\n",
    ),
    Broken(checks.data_can_be_read, "seed.json is not valid JSON", f"{PROBE}/seed.json", new="["),
    Broken(checks.data_can_be_read, "seed.json has no table", f"{PROBE}/seed.json", new="[]"),
    Broken(checks.data_can_be_read, "has no 'menu'", f"{PROBE}/world.json", new='{"menu": {}}'),
    Broken(checks.readme_has_its_sections, "begin it with `# probe`", README, "# probe", "# prob"),
    Broken(checks.readme_has_its_sections, "put one sentence", README, new="# probe\n\nA title\n"),
    Broken(checks.readme_has_its_sections, "it needs What the caller", README, "## Limits", "## X"),
    Broken(checks.readme_shows_a_call, "show a call", README, "pivotctl call", "pivotctl invoke"),
    Broken(
        checks.readme_shows_a_call,
        "shows nothing: run python -m scripts.make_dialogues probe",
        README,
        new="\n## What the caller hears\n```console\n$ pivotctl call probe --dialogue\n```\n",
    ),
    Broken(
        checks.settings_are_documented, "add the setting | `RING_SECONDS` |", README, SECONDS, ""
    ),
    Broken(
        checks.settings_are_documented,
        "lists LOUD",
        README,
        SECONDS,
        f"| `loud` | text | `1` | x |\n{SECONDS}",
    ),
    Broken(
        checks.settings_are_documented,
        "RING_SECONDS is '30'",
        README,
        SECONDS,
        SECONDS.replace("20", "30"),
    ),
    Broken(
        checks.readme_shows_the_callflow, "show the whole callflow.json", README, "6100", "6101"
    ),
    Broken(checks.callflow_has_a_fallback, "write it as JSON", CALLFLOW, new="{"),
    Broken(checks.callflow_has_a_fallback, "make it an object", CALLFLOW, new="[]"),
    Broken(checks.callflow_has_a_fallback, "begin flow with a pivot", CALLFLOW, new='{"flow": {}}'),
    Broken(
        checks.callflow_has_a_fallback, "add a `_` child", CALLFLOW, new=FLOW.replace('"_"', '"1"')
    ),
    Broken(
        checks.callflow_has_a_fallback,
        "the `_` child: ",
        CALLFLOW,
        new=FLOW.replace("hangup", "hang"),
    ),
    Broken(
        checks.callflow_has_a_fallback,
        "voice_url is",
        CALLFLOW,
        new=FLOW.replace("/probe", "/prob"),
    ),
    Broken(
        checks.callflow_has_a_fallback,
        "add method: post",
        CALLFLOW,
        new=FLOW.replace("post", "get"),
    ),
    Broken(checks.numbers_are_its_own, "ring has the number 6003, too", CALLFLOW, "6100", "6003"),
    Broken(checks.numbers_are_its_own, "add numbers", CALLFLOW, new="{}"),
    Broken(checks.the_folder_is_complete, "add function.yaml", YAML),
    Broken(checks.function_yaml_can_be_read, "add it, with a description", YAML),
    Broken(
        checks.function_yaml_can_be_read,
        "group: 'mine': choose one of starters",
        YAML,
        "starters",
        "mine",
    ),
    Broken(
        checks.function_yaml_can_be_read, "description: add one line", YAML, new="group: starters"
    ),
    Broken(
        checks.function_yaml_can_be_read, "memory: is unknown", YAML, "group:", "memory: 1\ngroup:"
    ),
    Broken(
        checks.function_yaml_can_be_read,
        "may: Table: is no table, bucket, queue or bus of infra/",
        YAML,
        "group:",
        "may: {Table: [GetItem]}\ngroup:",
    ),
    Broken(
        checks.settings_are_in_function_yaml,
        "add LOUD: 1",
        APP,
        "\n@pivot",
        '\nsetting("LOUD", 1)\n@pivot',
    ),
    Broken(
        checks.function_yaml_can_be_read,
        "settings: RING_SECOND: '30': app.py declares no such setting",
        YAML,
        "group:",
        "settings: {RING_SECOND: 30}\ngroup:",
    ),
    Broken(
        checks.function_yaml_can_be_read,
        "has the default Seconds(0): must be a whole number from 1 to 86400",
        APP,
        "Seconds(20)",
        "Seconds(0)",
    ),
    Broken(
        checks.state_has_its_table,
        "add CallStateTable: [UpdateItem, PutItem, DeleteItem] to may",
        APP,
        "@pivot(",
        "@pivot(state=True, ",
    ),
    Broken(
        checks.events_are_there, "events/pivot/probe: add get.json", "events/pivot/probe/get.json"
    ),
    Broken(
        checks.dialogues_are_there, "add tests/calls/test_probe.py", "tests/calls/test_probe.py"
    ),
]
