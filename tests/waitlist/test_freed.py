"""What becomes free wakes the job that offers it, after the commit and not before; nothing else does."""

from datetime import timedelta
from uuid import UUID

import pytest

from clinic.booking import expiry, freed, requests
from clinic.booking import service as booking
from clinic.booking.models import Appointment
from clinic.database.session import db
from tests.booking.asking import request
from tests.conftest import Acting
from tests.factories import Practice
from tests.waitlist.conftest import NOW, Joining, Run, Wishing, at, free, offers


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A word for each time that a worker is woken."""
    calls: list[str] = []
    monkeypatch.setattr(freed, "_wake", lambda: calls.append("woken"))
    return calls


def test_cancelling_and_moving_wake_once_after_the_commit(
    acting: Acting, practice: Practice, wishing: Wishing, full_morning: dict[int, UUID], woken: list[str]
) -> None:
    with acting():
        free(full_morning[9])
        free(full_morning[10])
        assert woken == []
    assert woken == ["woken"]
    with acting():
        session = db.session.get_one(Appointment, full_morning[11])
        booking.move(session, wishing(at(14)), by=practice.dana, now=NOW, is_staff=True)
    assert woken == ["woken", "woken"]


def test_a_request_that_ends_wakes_as_well(
    acting: Acting, practice: Practice, wishing: Wishing, woken: list[str]
) -> None:
    with acting():
        declined, left = (request(practice, wishing(at(hour)), NOW).id for hour in (10, 14))
        until = db.session.get_one(Appointment, left).held_until
    assert until is not None
    assert woken == []
    with acting():
        requests.decline(declined, by=practice.dana, now=NOW)
    assert woken == ["woken"]
    with acting():
        expiry.expire_due(until + timedelta(minutes=1))
    assert woken == ["woken", "woken"]


def test_what_is_rolled_back_or_booked_wakes_nobody(
    acting: Acting, practice: Practice, wishing: Wishing, full_morning: dict[int, UUID], woken: list[str]
) -> None:
    def fail() -> None:
        with acting():
            free(full_morning[9])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with acting():
        booking.book(wishing(at(15)), [practice.alice_client], by=None, now=NOW)
    assert woken == []


def test_who_waits_is_offered_the_time_when_the_job_is_woken(
    acting: Acting,
    practice: Practice,
    joining: Joining,
    full_morning: dict[int, UUID],
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with acting():
        joining(practice.alice_client)
    monkeypatch.setattr(freed, "_wake", run)
    with acting():
        free(full_morning[10])
    with acting():
        assert [(each.client_id, each.starts_at) for each in offers()] == [(practice.alice_client, at(10))]
