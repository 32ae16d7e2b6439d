"""The tests that docs/guides/test-a-template.md shows are tests that pass."""

import re
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs/guides/test-a-template.md"
_SHOWN = re.search(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
assert _SHOWN
exec(compile(_SHOWN[1], str(GUIDE), "exec"), globals())  # noqa: S102  (pytest collects them here)
