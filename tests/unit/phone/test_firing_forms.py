"""Forms of webhooks and CDRs."""

import pytest

from pivotctl.phone.firing_forms import FiringError, filled, firable, form_of, grouped
from pivotctl.switch.webhooks.payloads import GREGORIAN_OFFSET, EventFacts

FACTS = EventFacts("a" * 32, GREGORIAN_OFFSET + 1_790_000_000)
NEWER = EventFacts("a" * 32, GREGORIAN_OFFSET + 1_790_000_000, newer=True)


@pytest.mark.parametrize("name", [each.name for each in firable(newer=True)])
def test_every_event_has_a_form(name: str) -> None:
    """Every webhook, notification, and CDR has fields, and the untouched form is its event."""
    fields = form_of(name, NEWER)
    assert fields
    event = filled(name, {each.name: each.value for each in fields}, NEWER)
    assert event.payload.keys() == {each.name for each in fields}


def test_values_keep_their_types() -> None:
    """Text stays text even if it looks like a number; a field that is JSON stays JSON."""
    values = {"caller_id_number": "5", "local_resource_used": "false", "note": "new"}
    event = filled("channel_create", values, FACTS)
    assert event.payload == {"caller_id_number": "5", "local_resource_used": False, "note": "new"}


def test_a_field_that_is_removed_is_not_sent() -> None:
    """Only the fields of the form are delivered."""
    event = filled("channel_create", {"call_id": "c"}, FACTS)
    assert event.payload == {"call_id": "c"}


@pytest.mark.parametrize(
    ("name", "values", "text"),
    [
        ("nope", {}, "no webhook 'nope'"),
        ("everything", {}, "no webhook 'everything'"),
        ("channel_create", {str(n): "" for n in range(201)}, "200 at most"),
        ("channel_create", {"call_id": "x" * 20_001}, "has 20001 characters"),
    ],
)
def test_what_cannot_be_fired(name: str, values: dict[str, str], text: str) -> None:
    """An unknown event, too many fields, or too long ones are refused with the reason."""
    with pytest.raises(FiringError, match=text):
        filled(name, values, FACTS)


def test_the_groups() -> None:
    """Events are offered in groups; those of KAZOO 5 alone only for KAZOO 5."""
    older, newer = grouped(firable()), grouped(firable(newer=True))
    assert older.keys() == newer.keys() == {"Calls", "Notifications", "Other webhooks", "CDRs"}
    assert "channel_hold" in newer["Calls"]
    assert "channel_hold" not in older["Calls"]
