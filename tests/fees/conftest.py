"""The ground of the tests of money: a session of Alice's own and a joint one, and what is due for them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from clinic.booking import service as booking
from clinic.booking.wishes import Wish
from clinic.core import clock, zones
from clinic.database.session import db
from clinic.practice.models import Service
from tests.conftest import Acting
from tests.factories import ZONE, Practice

Booking = Callable[..., UUID]


@dataclass(frozen=True, slots=True)
class Sessions:
    """Two sessions of yesterday with Dana: Alice's own, and that of Alice and Bob."""

    own: UUID
    joint: UUID

    @property
    def today(self) -> str:
        """As a form has it."""
        return f"{zones.wall(clock.now(), ZONE):%Y-%m-%d}"


def book(practice: Practice, clients: list[UUID], starts_at: datetime, **columns: UUID) -> UUID:
    """A booked video session with Dana, within a transaction."""
    service = practice.couple_session if len(clients) > 1 else practice.individual
    wish = Wish(db.session.get_one(Service, service), practice.dana, starts_at, "video", ZONE, "USD")
    now = min(clock.now(), starts_at - timedelta(days=3))
    return booking.book(wish, clients, by=practice.dana, now=now, **columns, is_told=False).id


@pytest.fixture
def sessions(practice: Practice, acting: Acting) -> Sessions:
    """Both took place."""
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    with acting():
        own = book(practice, [practice.alice_client], hour - timedelta(hours=24))
        both = [practice.alice_client, practice.bob_client]
        return Sessions(own, book(practice, both, hour - timedelta(hours=27), couple_id=practice.couple))
