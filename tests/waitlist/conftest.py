"""The ground of the waiting list's tests: a Thursday morning with Dana that is full, and people who wait for it."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.booking import service as booking
from clinic.booking.models import Appointment
from clinic.database.session import db
from clinic.waitlist import offering, service
from clinic.waitlist.models import Offer
from clinic.waitlist.service import Preferences
from tests.booking.conftest import NOW, THURSDAY, Wishing, at, settings_clock, wishing
from tests.conftest import Acting
from tests.factories import Practice

__all__ = ["NOW", "THURSDAY", "Wishing", "at", "settings_clock", "wishing"]

THURSDAY_MORNING = Preferences((3,), ("morning",), until=THURSDAY)
HOURS = (9, 10, 11, 12)
Joining = Callable[..., UUID]
Run = Callable[..., None]


@pytest.fixture
def full_morning(acting: Acting, practice: Practice, wishing: Wishing) -> dict[int, UUID]:
    """Carol has all of Dana's Thursday morning; the ids of her sessions by the hour."""
    with acting():
        return {
            hour: booking.book(wishing(at(hour)), [practice.carol_client], by=None, now=NOW, is_told=False).id
            for hour in HOURS
        }


@pytest.fixture
def joining(practice: Practice) -> Joining:
    """Within a transaction, `joining(client)` waits for an individual session on Thursday morning."""

    def join(
        client_id: UUID, wanted: Preferences = THURSDAY_MORNING, *, now: datetime = NOW, service_id: UUID | None = None
    ) -> UUID:
        return service.join(client_id, service_id or practice.individual, wanted, by=practice.desk, now=now).id

    return join


@pytest.fixture
def run(app: Flask, database: None) -> Run:
    """`run(now)` is the job, as the workers run it."""

    def job(now: datetime = NOW) -> None:
        with app.app_context():
            offering.offer_free_times(now)

    return job


def free(appointment_id: UUID, now: datetime = NOW) -> None:
    """The practice cancels it, within a transaction."""
    booking.cancel(db.session.get_one(Appointment, appointment_id), by=None, now=now, is_staff=True, is_told=False)


def offers() -> list[Offer]:
    """Every offer that was made, in the order in which they were."""
    return [*db.session.scalars(select(Offer).order_by(Offer.offered_at, Offer.id))]


def made() -> list[tuple[UUID, datetime, str]]:
    """To whom, which start, and what became of it."""
    return [(each.client_id, each.starts_at, each.state) for each in offers()]
