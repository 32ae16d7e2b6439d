"""The functions that come along with one that needs them, and no others."""

import pytest

from pivotctl.needs import Needs
from pivotctl.project import Project
from tests.functions import ROOT

NEEDS = Needs.of(Project.find(ROOT))
STORED = {"call_records", "spooled_deliveries"}


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("say_hello", set()),
        ("account_balance", set()),
        ("variables", {"variables_read"}),
        ("console", set()),
        ("channel_events", STORED),
        ("cdr_url", STORED),
        ("call_records", {"channel_events", "spooled_deliveries"}),
        ("cdr_reconcile", set()),
        ("rate_calls", {"cdr_reconcile", "event_bus"}),
        ("screen_pop", {"channel_events", "event_bus", *STORED}),
        ("store_media", {"faxes", "voicemails", "event_bus", *STORED}),
        ("notify_chat", {"faxes", "voicemails", "notifications", "event_bus", *STORED}),
        ("last_agent", {"channel_events", "event_bus", "last_agents", *STORED}),
        ("ivr_funnel", {"custom_events", "event_bus", *STORED}),
    ],
)
def test_a_function_brings_what_it_needs(name: str, needed: set[str]) -> None:
    """Dialed templates, receivers of its events, the bus and the queues behind them come along."""
    assert set(NEEDS.of_function(name)) == needed


def test_every_event_of_a_worker_has_a_source() -> None:
    """No worker waits for an event that no function of the collection stores."""
    workers = [each for each in NEEDS.application.functions if each.events]
    assert workers
    assert [(w.name, e) for w in workers for e in w.events if not NEEDS.sources(e)] == []


def test_receivers_of_one_kind_go_before_the_one_of_everything() -> None:
    """A worker is fed by the receiver whose type is nearest to its event."""
    assert NEEDS.sources("voicemail_new") == {"voicemails"}
    assert NEEDS.sources("missed_call") == {"notifications"}
    assert NEEDS.sources("never_heard_of") == {"everything"}


def test_who_needs_a_function_is_known() -> None:
    """A function that others need is not removed before they are."""
    assert set(NEEDS.who_needs("variables_read")) == {"variables"}
    assert "notify_chat" in NEEDS.who_needs("event_bus")
    assert NEEDS.who_needs("say_hello") == ()
