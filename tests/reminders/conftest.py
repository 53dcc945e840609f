"""Sessions and homework that come closer."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from clinic.booking import service as booking
from clinic.booking.models import Appointment
from clinic.booking.wishes import Wish
from clinic.database.session import db
from clinic.outbox.models import OutboxMessage
from clinic.practice.models import Service
from tests.conftest import Acting
from tests.factories import ZONE, Practice
from tests.homework.conftest import given
from tests.questionnaires.conftest import client, installed, practice, therapist

__all__ = ["client", "given", "installed", "practice", "therapist"]

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # ten in the morning in New York
Booked = Callable[..., UUID]
Said = Callable[[], list[tuple[str, UUID]]]


def wish(practice: Practice, starts_at: datetime, service_id: UUID) -> Wish:
    """A video session with Dana."""
    return Wish(
        service=db.session.get_one(Service, service_id),
        therapist_id=practice.dana,
        starts_at=starts_at,
        modality="video",
        zone=ZONE,
        currency="USD",
        others=(),
    )


@pytest.fixture
def booked(acting: Acting, practice: Practice) -> Booked:
    """`booked(in_hours)` is a session of Alice, booked at NOW; its id."""

    def book(
        in_hours: float, clients: Iterable[UUID] | None = None, *, service: UUID | None = None, at: datetime = NOW
    ) -> UUID:
        with acting():
            wanted = wish(practice, NOW + timedelta(hours=in_hours), service or practice.individual)
            attending = list(clients or [practice.alice_client])
            return booking.book(wanted, attending, by=practice.dana, now=at).id

    return book


@pytest.fixture
def said(acting: Acting) -> Said:
    """`said()` is kind and reader of each reminder in the outbox."""

    def read() -> list[tuple[str, UUID]]:
        with acting() as session:
            query = select(OutboxMessage.kind, OutboxMessage.recipient_id).where(
                OutboxMessage.kind.contains("reminder")
            )
            return sorted((kind, person) for kind, person in session.execute(query))

    return read


def the(appointment_id: UUID) -> Appointment:
    """The row, in the open transaction."""
    return db.session.get_one(Appointment, appointment_id)
