"""What the facts of a report count, and what they leave out because nobody knows it."""

from datetime import date

from clinic.progress import gathering
from clinic.progress.rules import Period
from tests.factories import ZONE, Practice
from tests.progress.conftest import BEGAN, NOW, Working, appointment, november


def test_only_sessions_to_which_the_client_is_known_to_have_come_are_counted(
    working: Working, practice: Practice
) -> None:
    alice = [practice.alice_client]
    with working() as session:
        for day, attendance in ((10, "arrived"), (11, "late"), (12, "absent"), (13, None)):
            appointment(session, practice, november(day), alice, attendance=attendance)
        period = Period(date(2026, 11, 1), date(2026, 11, 30))
        assert gathering.of_period(alice[0], BEGAN, period, ZONE, NOW).sessions == 2
