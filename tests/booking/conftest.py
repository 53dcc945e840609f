"""The ground of the booking tests: the kinds of message are known, and wishes are quick to write."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest

from clinic.booking.wishes import Wish
from clinic.core import clock, zones
from clinic.database.session import db
from clinic.practice.models import Service
from tests.factories import ZONE, Practice

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
THURSDAY = date(2026, 11, 26)
Wishing = Callable[..., Wish]


def at(hour: int, minute: int = 0, day: date = THURSDAY) -> datetime:
    """A moment on the practice's wall clock."""
    return zones.moment(day, time(hour, minute), ZONE)


@pytest.fixture
def wishing(practice: Practice) -> Wishing:
    """Within a transaction, `wishing(at(10))` is an individual video session with Dana; the rest can be named."""

    def wish(
        starts_at: datetime,
        *,
        service: UUID | None = None,
        therapist: UUID | None = None,
        modality: str = "video",
        others: tuple[UUID, ...] = (),
    ) -> Wish:
        return Wish(
            service=db.session.get_one(Service, service or practice.individual),
            therapist_id=therapist or practice.dana,
            starts_at=starts_at,
            modality=modality,
            zone=ZONE,
            currency="USD",
            others=others,
        )

    return wish


@pytest.fixture
def settings_clock(database: None) -> Callable[[timedelta], None]:
    """Move the clock of the application on, for this test."""
    return clock.move
