"""docs/guides/runbooks.md: a section for each alarm, whose text leads to it."""

import json
import re

import pytest

from scripts.lint_template import ROOT, Template
from tests.template.facts import of_type

PAGE = (ROOT / "docs/guides/runbooks.md").read_text(encoding="utf-8")
SECTIONS = {
    title: text
    for title, _, text in (
        each.partition("\n") for each in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    )
}
PARTS = ("**Meaning.**", "**Look.**", "**Do.**", "**Over.**")
DEAD_LETTERS = "Dead letters of a worker"
SPOOL = "SpoolDeadLetter"


def section_of(alarm: str) -> str:
    """The title of an alarm's section: its own name, or that of all workers' dead letters."""
    name = alarm.removesuffix("Alarm")
    return DEAD_LETTERS if name.endswith("DeadLetter") and name != SPOOL else name


def test_every_alarm_has_a_section(cloudformation: Template) -> None:
    """No alarm is without one, and no section without an alarm."""
    alarms = of_type(cloudformation, "AWS::CloudWatch::Alarm")

    assert {section_of(each) for each in alarms} == SECTIONS.keys()
    listed, _, _ = SECTIONS[DEAD_LETTERS].partition("**Meaning.**")
    workers = {each.removesuffix("Alarm") for each in alarms if section_of(each) == DEAD_LETTERS}
    assert set(re.findall(r"\w+DeadLetter", listed)) == workers


def test_every_alarm_text_leads_to_its_section(cloudformation: Template) -> None:
    """Whoever gets the mail at night finds the page without a search."""
    for name, alarm in of_type(cloudformation, "AWS::CloudWatch::Alarm").items():
        anchor = section_of(name).lower().replace(" ", "-")
        assert alarm["AlarmDescription"].endswith(f"Runbook: docs/guides/runbooks.md#{anchor}")


@pytest.mark.parametrize("title", SECTIONS)
def test_a_section_goes_from_the_meaning_to_the_end(title: str) -> None:
    """It says what the alarm means, what to look at, what to do, and when it is over."""
    places = [SECTIONS[title].find(part) for part in PARTS]

    assert -1 not in places
    assert places == sorted(places)


def test_filters_ask_for_fields_that_the_access_log_has(cloudformation: Template) -> None:
    """A filter on a field that is not there finds nothing, and would say that all is well."""
    (stage,) = (
        each
        for name, each in of_type(cloudformation, "AWS::ApiGatewayV2::Stage").items()
        if name.startswith("ApiApiGateway") or each["ApiId"] == {"Ref": "Api"}
    )
    form = re.sub(r"\$context\.\w+(\.\w+)*", "0", stage["AccessLogSettings"]["Format"])
    filters = re.findall(r'"/\$STACK/access".*?--filter-pattern \'(.*?)\'', PAGE, re.DOTALL)

    assert len(filters) == PAGE.count("/$STACK/access")
    for pattern in filters:
        assert set(re.findall(r"\$\.(\w+)", pattern)) <= json.loads(form).keys()
