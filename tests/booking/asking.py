"""How requests come about in tests: by the services, for what is not about pages."""

from datetime import datetime
from uuid import UUID

from clinic.booking import holds
from clinic.booking.holds import Browser
from clinic.booking.models import Appointment
from clinic.booking.service import Together, confirm
from clinic.booking.wishes import Wish
from clinic.database.session import db
from clinic.practice.models import Service
from tests.factories import Practice


def on_request(service_id: UUID) -> None:
    """Let the practice answer before that service is booked."""
    db.session.get_one(Service, service_id).approval = "on_request"
    db.session.flush()


def request(practice: Practice, wish: Wish, now: datetime) -> Appointment:
    """Alice asks the practice for a time of her own."""
    on_request(wish.service.id)
    held = holds.hold(wish, Browser(b"alice"), now=now, by=practice.alice, client_ids=[practice.alice_client])
    return confirm(held, [practice.alice_client], by=practice.alice, now=now)


def ask_bob(practice: Practice, wish: Wish, now: datetime) -> Appointment:
    """Alice asks for a joint session, and Bob is asked."""
    held = holds.hold(wish, Browser(b"alice"), now=now, by=practice.alice, client_ids=[practice.alice_client])
    together = Together(practice.couple, practice.bob_client)
    return confirm(held, [practice.alice_client], by=practice.alice, now=now, together=together)
