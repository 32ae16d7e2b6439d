"""Custom application variables, whoever set them."""

from typing import Any

import pytest

from pivotkit.calls.application_vars import spoken_var, text_var
from pivotkit.calls.call import Call

CALL = Call("a" * 32, "c1", "kazoo")


def with_var(value: Any) -> Call:
    """A call that comes with the variable `v`."""
    return CALL._replace(custom_application_vars={"v": value})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("sales", "sales"),
        ("", ""),
        (1042, "1042"),
        (0, "0"),
        (True, ""),
        (None, ""),
        (1.5, ""),
        ({"v": "x"}, ""),
        (["x"], ""),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_variable_is_read_as_text(value: Any, text: str) -> None:
    """Texts and whole numbers are text; whatever else JSON can hold is nothing."""
    assert text_var(with_var(value), "v") == text


def test_a_variable_that_is_not_there() -> None:
    """Without the variable there is no text, and the default is spoken."""
    assert text_var(CALL, "v") == ""
    assert spoken_var(CALL, "v", "somebody") == "somebody"


@pytest.mark.parametrize(
    ("value", "said"),
    [("Ann Lee", "Ann Lee"), ("${api(x)} <b>", "api x b"), ("<>\n", "somebody"), (7, "7")],
)
def test_what_is_spoken_is_only_read_out(value: Any, said: str) -> None:
    """Text that a media server might expand is taken out; without a rest, the default counts."""
    assert spoken_var(with_var(value), "v", "somebody") == said
