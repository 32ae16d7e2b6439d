"""axe, which checks a page in the browser against WCAG 2.2 AA and its own best practices."""

import json
from pathlib import Path
from typing import Any

from tests.browser.chromium import Page

SOURCE = (Path(__file__).parent / "vendor" / "axe.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """
axe.run(document, {runOnly: %s, resultTypes: ["violations"]}).then(found => JSON.stringify(
  found.violations.map(each => [each.id, each.nodes.map(node => node.target.join(" "))])))
"""


def violations(page: Page) -> Any:
    """Violations of axe's rules on the page."""
    page.evaluate(f"{SOURCE}; 0")
    expression = RUN % json.dumps(RULES)
    found = page.do(
        "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
    )
    return json.loads(found["result"]["value"])
