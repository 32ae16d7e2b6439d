"""Appointments as they are spoken."""

import pytest

from functions.pivot.appointment.appointments import Appointment, day_and_time


@pytest.mark.parametrize(
    ("start", "text"),
    [
        ("2027-01-12T14:00:00-08:00", "Tuesday, January 12 at 2 PM"),
        ("2027-03-01T00:05:00Z", "Monday, March 1 at 12:05 AM"),
        ("2027-01-12T23:30:00+05:30", "Tuesday, January 12 at 11:30 PM"),
    ],
)
def test_a_time_is_spoken_in_its_own_offset(start: str, text: str) -> None:
    """The calendar's offset is the office's: nothing is converted."""
    assert day_and_time(start) == text


def test_the_description_names_the_person() -> None:
    """A name from outside is cleaned before it is spoken."""
    appointment = Appointment("a1", "2027-01-12T14:00:00-08:00", "Dr. ${x}")
    assert appointment.description == "on Tuesday, January 12 at 2 PM with Dr. x"
