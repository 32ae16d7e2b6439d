"""How appointments are said."""

import pytest

from functions.pivot.appointment.appointments import Appointment, day_and_time


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("2027-01-12T14:00:00-08:00", "Tuesday, January 12 at 2 PM"),
        ("2027-03-01T00:05:00Z", "Monday, March 1 at 12:05 AM"),
        ("2027-01-12T23:30:00+05:30", "Tuesday, January 12 at 11:30 PM"),
    ],
)
def test_a_time_is_said_in_its_own_offset(start: str, said: str) -> None:
    """The calendar's offset is the office's: nothing is converted."""
    assert day_and_time(start) == said


def test_an_appointment_is_said_with_its_person() -> None:
    """A name from outside is made safe to speak."""
    appointment = Appointment("a1", "2027-01-12T14:00:00-08:00", "Dr. ${x}")
    assert appointment.said == "on Tuesday, January 12 at 2 PM with Dr. x"
