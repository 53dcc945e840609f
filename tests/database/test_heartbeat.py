"""Each job by itself: one that fails for ever is late, whatever the others do."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from clinic.database.heartbeat import Heartbeat, beat, is_late, late_jobs
from tests.conftest import Acting

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
EVERY = {"deliver": 5, "invite": 60, "forget": 3600}


@pytest.mark.parametrize(
    ("every", "longest"),
    [(5, timedelta(seconds=130)), (60, timedelta(minutes=4)), (3600, timedelta(hours=2, minutes=2))],
)
def test_job_is_late_after_its_second_turn_and_the_grace(every: int, longest: timedelta) -> None:
    assert not is_late(NOW, every, NOW + longest)
    assert is_late(NOW, every, NOW + longest + timedelta(seconds=1))


def test_nothing_is_known_before_the_first_job_has_run(acting: Acting) -> None:
    with acting() as session:
        assert late_jobs(session, NOW) is None


def test_job_that_never_ends_well_is_late_though_others_do(acting: Acting) -> None:
    with acting() as session:
        for minutes in range(0, 10, 2):
            beat("invite", EVERY, NOW + timedelta(minutes=minutes))
        assert late_jobs(session, NOW + timedelta(minutes=2)) == []
        assert late_jobs(session, NOW + timedelta(minutes=9)) == ["deliver"]
        beat("deliver", EVERY, NOW + timedelta(minutes=9))
        assert late_jobs(session, NOW + timedelta(minutes=10)) == []
        assert late_jobs(session, NOW + timedelta(days=1)) == ["deliver", "forget", "invite"]


def test_job_that_left_the_timetable_is_forgotten(acting: Acting) -> None:
    with acting() as session:
        beat("invite", EVERY, NOW)
        beat("invite", {"invite": 30}, NOW)
        assert session.execute(select(Heartbeat.job, Heartbeat.every_seconds)).all() == [("invite", 30)]
