"""The ground of the measurements, once and small: a seeded practice behind gunicorn, and what /proc says of it."""

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bench import processes, seed
from bench.environment import Environment, opened
from bench.free_times import between_sessions, forms
from bench.load import Request, UnexpectedAnswerError, burst, status, text
from bench.statements import PAGES
from clinic.core import clock

APPOINTMENTS = 1_000


@pytest.fixture(scope="module")
def environment() -> Iterator[Environment]:
    with opened() as running:
        yield running


def test_stat_line_is_read_past_any_name() -> None:
    line = "42 (a (b) c d) S 7 42 42 0 -1 4194560 1 2 3 4 100 50 25 25 20 0 3 0 12345 6 7"
    usage = processes.parse_stat(line)
    assert (usage.pid, usage.parent) == (42, 7)
    assert usage.cpu_seconds == pytest.approx(200 / os.sysconf("SC_CLK_TCK"))


def test_tree_holds_this_process() -> None:
    assert os.getpid() in {usage.pid for usage in processes.tree(os.getppid())}
    assert processes.resident_megabytes(os.getpid()) > 10


def test_seed_fits_together(environment: Environment) -> None:
    practice = environment.practice(APPOINTMENTS)
    with environment.connect(practice.database) as connection:
        counts = connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE starts_at > %s), count(DISTINCT therapist_id) FROM appointment",
            (clock.now() - timedelta(days=1),),
        ).fetchone()
        # What the deferred triggers of the migration would have said row by row.
        astray = connection.execute(
            "SELECT count(*) FROM appointment a WHERE (SELECT count(*) FROM claim WHERE appointment_id = a.id AND"
            " during @> tstzrange(a.starts_at, a.ends_at)) <> CASE WHEN a.state = 'confirmed' THEN 2 +"
            " (a.room_id IS NOT NULL)::int ELSE 0 END"
        ).fetchone()
        orphans = connection.execute(
            "SELECT count(*) FROM attendee LEFT JOIN client ON client.id = client_id WHERE client.id IS NULL"
        ).fetchone()
        overlapping = connection.execute("SELECT conname FROM pg_constraint WHERE conname = 'claim_never_overlaps'")
        assert overlapping.fetchall() == [("claim_never_overlaps",)]
    assert counts is not None
    assert counts[0] == APPOINTMENTS
    assert counts[1] > APPOINTMENTS // 2
    assert counts[2] == seed.THERAPISTS
    assert (astray, orphans) == ((0,), (0,))


def test_pages_answer_and_a_free_hour_can_be_booked(environment: Environment) -> None:
    practice = environment.practice(APPOINTMENTS)
    with environment.serving(practice) as server:
        load = burst(server, [Request.get(PAGES["page of times"])] * 4, connections=2)
        assert load.statuses == {200: 4}
        assert load.latency_ms(50) > 0
        assert 'name="slot"' in text(server, Request.get(PAGES["page of times"]))
        assert load.cpu_ms > 0
        assert status(server, Request.get("/calendar")) == 302
        with pytest.raises(UnexpectedAnswerError):
            burst(server, [Request.get("/nowhere")])
        wanted = next(between_sessions([3], first_day=2))
        booking = list(forms(environment, practice, [wanted]))
        assert status(server, booking[0]) == 303
        assert len(server.worker_megabytes()) == 2
