"""Somebody who calls: the front desk takes them in with a name and a number, and books for them in the same step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from clinic.accounts import people
from clinic.accounts.models import Person
from clinic.booking import service
from clinic.booking.errors import KnownCallerError
from clinic.booking.models import Appointment
from clinic.booking.visitors import invite, take_in
from clinic.booking.wishes import Wish
from clinic.clients.models import Client
from clinic.database.session import db


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. Without knowing that nobody else reads a mailbox, what is sent to it says only "please sign in"."""

    given_name: str
    family_name: str
    phone: str
    email: str | None = None
    is_mailbox_shared: bool = True


def book_for_caller(caller: Caller, wish: Wish, *, by: UUID, now: datetime) -> Appointment:
    """Make the caller a client in the care of whom they will see, and book; who loses the race leaves no trace.

    Raises KnownCallerError for a name and address that are here already, and SlotTaken with the three nearest.
    """
    with db.session.begin_nested():
        person = people.find_or_make_person(
            caller.email, caller.given_name, caller.family_name, now, zone=wish.zone, phone=caller.phone
        )
        if person.created_at != now:
            raise KnownCallerError
        client = take_in(person, wish.therapist_id, now, is_mailbox_shared=caller.is_mailbox_shared)
        if person.email:
            invite(person.id, now)
        return service.book(wish, [client.id], by=by, now=now)


def of_that_name(given_name: str, family_name: str) -> Sequence[Client]:
    """The clients who are called like this, as one hears it."""
    query = (
        select(Client)
        .join(Client.person)
        .where(
            func.lower(Person.given_name) == given_name.strip().lower(),
            func.lower(Person.family_name) == family_name.strip().lower(),
        )
    )
    return db.session.scalars(query).all()
