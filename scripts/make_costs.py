"""Make the table of idle costs in docs/guides/operate.md, from template.yaml and prices.json.

prices.json has AWS's list prices with their date, and what is free each month in every account.
Counted is what a stack costs while nothing happens: alarms, the polling of queues, scheduled runs,
provisioned concurrency, and the snapshots of SnapStart. Everything else in the template is billed
by use or by size.

    python -m scripts.make_costs [--template PATH NAME=VALUE ...]
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pivotctl.project import Schedule
from pivotctl.stack import clock
from scripts.deployed import deployed, switched_on, workers
from scripts.lint_template import ROOT, Template, read, transformed

PAGE = ROOT / "docs/guides/operate.md"
PRICES = json.loads((ROOT / "scripts/prices.json").read_text(encoding="utf-8"))
_TABLE = re.compile(r"(?<=<!-- costs -->\n).*?(?=\n<!-- end of costs -->)", re.DOTALL)
_HEAD = (
    "| stack | alarms | polled queues | scheduled runs | outside the free tier | within it |\n"
    "|---|---|---|---|---|---|"
)
_START = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass(frozen=True)
class IdleStack:
    """The work of a stack in a month in which nothing happens.

    `gigabyte_seconds` are of memory, in scheduled runs; `provisioned` and `snapshots` are gigabytes
    of it that are held all the time.
    """

    alarm_metrics: int
    queues: int
    runs: int
    gigabyte_seconds: float
    provisioned: float = 0
    snapshots: float = 0

    @property
    def used(self) -> Mapping[str, float]:
        """The billed units, by the names in prices.json."""
        assumed = PRICES["assumed"]
        month = assumed["days"] * 24 * 60 * 60
        polls = month / assumed["poll_seconds"] * assumed["pollers"]
        return {
            "alarm_metrics": self.alarm_metrics,
            "queue_requests": self.queues * polls,
            "runs": self.runs,
            "gigabyte_seconds": self.gigabyte_seconds,
            "provisioned_gigabyte_seconds": self.provisioned * month,
            "snapshot_gigabyte_seconds": self.snapshots * month,
            "log_gigabytes": self.runs * assumed["log_bytes"] / 1e9,
        }

    def dollars(self, *, free: bool) -> float:
        """The cost of the month; with the whole free tier of an account if *free*."""
        allowed = PRICES["free"] if free else {}
        over = {unit: max(0, used - allowed.get(unit, 0)) for unit, used in self.used.items()}
        return float(sum(PRICES["dollars"][unit] * count for unit, count in over.items()))


def idle(resources: Mapping[str, Any]) -> IdleStack:
    """The idle stack with these resources, those of the template after the SAM transform."""
    alarms = _of_type(resources, "AWS::CloudWatch::Alarm")
    mappings = _of_type(resources, "AWS::Lambda::EventSourceMapping")
    schedules = [
        (_runs(name, rule["ScheduleExpression"]), rule["Targets"][0]["Arn"]["Fn::GetAtt"][0])
        for name, rule in _of_type(resources, "AWS::Events::Rule").items()
        if "ScheduleExpression" in rule
    ]
    seconds = PRICES["assumed"]["run_seconds"]
    return IdleStack(
        len(alarms),
        sum("Queue" in str(each["EventSourceArn"]) for each in mappings.values()),
        sum(runs for runs, _ in schedules),
        sum(runs * seconds * _gigabytes(resources[name]) for runs, name in schedules),
        sum(_provisioned(resources)),
        sum(_snapshots(resources)),
    )


def _provisioned(resources: Mapping[str, Any]) -> Iterator[float]:
    """The gigabytes of each function that has environments running all the time."""
    for alias in _of_type(resources, "AWS::Lambda::Alias").values():
        if kept := alias.get("ProvisionedConcurrencyConfig"):
            memory = _gigabytes(resources[alias["FunctionName"]["Ref"]])
            yield int(kept["ProvisionedConcurrentExecutions"]) * memory


def _snapshots(resources: Mapping[str, Any]) -> Iterator[float]:
    """The gigabytes of each function that has a snapshot: that of its one version."""
    for each in resources.values():
        if each["Type"] == "AWS::Lambda::Function" and "SnapStart" in each["Properties"]:
            yield _gigabytes(each)


def _of_type(resources: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {name: each["Properties"] for name, each in resources.items() if each["Type"] == kind}


def _gigabytes(function: Mapping[str, Any]) -> float:
    return float(function["Properties"]["MemorySize"]) / 1024


def _runs(name: str, expression: str) -> int:
    """The times that a schedule fires in a month."""
    times, count = clock.read(Schedule(name, expression)), 0
    end, at = _START + timedelta(days=PRICES["assumed"]["days"]), times.after(_START)
    while at is not None and at <= end:
        at, count = times.after(at), count + 1
    return count


def table(template: Template) -> str:
    """The table, and the line about its prices."""
    prices = (
        f"AWS's list prices for {PRICES['region']} of {PRICES['date']}, in US dollars for a "
        f"month of {PRICES['assumed']['days']} days. The free tier is an account's: 10 alarms, "
        "and a million each of queue requests and runs."
    )
    return "\n".join([_HEAD, *_rows(template), "", prices])


def _rows(template: Template) -> Iterator[str]:
    shipped, every = idle(deployed(template)), workers()
    yield _row("as shipped: templates and receivers", shipped)
    for each in every:
        on = idle(deployed(template, switched_on(each)))
        yield _row(f"with [{each.name}](../../{each.folder.as_posix()})", on)
    yield _row("with every worker", idle(deployed(template, switched_on(*every))))


def _row(name: str, stack: IdleStack) -> str:
    costs = " | ".join(f"{stack.dollars(free=free):.2f}" for free in (False, True))
    return f"| {name} | {stack.alarm_metrics} | {stack.queues} | {stack.runs:,} | {costs} |"


def page(text: str) -> str:
    """The page *text* with the current table."""
    made = table(transformed(read(ROOT / "template.yaml")))
    return _TABLE.sub(lambda _: f"\n{made}\n", text)


def figures(path: Path, given: Mapping[str, str]) -> str:
    """The alarms and the two costs of the stack with the template at *path*, as JSON."""
    stack = idle(deployed(transformed(read(path)), given))
    costs = {"outside": stack.dollars(free=False), "within": stack.dollars(free=True)}
    return json.dumps({"alarms": stack.alarm_metrics, **costs})


def main(arguments: list[str]) -> None:
    """Rewrite the page, or with --template print the figures of one."""
    if arguments:
        _, path, *pairs = arguments
        given = dict(pair.split("=", 1) for pair in pairs)
        print(figures(Path(path), given))
        return
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
