"""A visitor who books becomes a client: a person without a login yet, in the care of the therapist they will talk to.

A form proves nothing about who fills it in. So a booking joins no record with a login and no closed one, and a clash
with other appointments of the same name gives a record of its own: the answers tell nothing about anybody.
"""

from datetime import datetime
from uuid import UUID

from clinic.accounts import links, people, throttle
from clinic.accounts.errors import TooManyTriesError
from clinic.accounts.models import Person
from clinic.accounts.rules import INVITATION_LASTS, normal_address
from clinic.booking.errors import SlotTaken, TooManyBookingsError
from clinic.booking.models import Appointment, VisitorDetails
from clinic.booking.service import confirm
from clinic.clients import care
from clinic.clients import service as clients
from clinic.clients.models import Client
from clinic.clients.queries import client_of, open_episode_of, primary_of
from clinic.core.ids import new_id
from clinic.database.session import db


def save_details(details: VisitorDetails) -> None:
    """Keep what the visitor typed with the hold, over what they typed before."""
    db.session.merge(details)
    db.session.flush()


def book_as_visitor(held: Appointment, details: VisitorDetails, *, address: str | None, now: datetime) -> Appointment:
    """Book the held time for a new client, whom the confirmation invites. Who loses the race leaves no trace.

    Raises HoldExpiredError when it is gone, and TooManyBookingsError where one network address books on and on.
    """
    from_here = throttle.first_calls(address)
    try:
        throttle.pass_through((from_here,), now)
    except TooManyTriesError as error:
        raise TooManyBookingsError from error
    with db.session.begin_nested():
        booked = _book_for_whom_it_may_be(held, details, now)
    throttle.count((from_here,), now)
    return booked


def _book_for_whom_it_may_be(held: Appointment, details: VisitorDetails, now: datetime) -> Appointment:
    """For the person of that address where that joins no record of theirs; else for somebody new."""
    known = people.find_or_make_person(
        details.email, details.given_name, details.family_name, now, zone=details.zone, phone=details.phone
    )
    if people.login_of(known.id) is None and not _is_closed(known):
        try:
            with db.session.begin_nested():
                return _book(held, _client(known, held, details, now), now)
        except SlotTaken:
            pass
    return _book(held, _client(_somebody_new(details, now), held, details, now), now)


def _is_closed(person: Person) -> bool:
    """A record that was closed is opened again by the practice, never by a form that anyone can fill in."""
    client = client_of(person.id)
    return client is not None and client.state == "closed"


def _book(held: Appointment, client: Client, now: datetime) -> Appointment:
    invite(client.person_id, now)
    return confirm(held, [client.id], by=None, now=now)


def invite(person_id: UUID, now: datetime) -> None:
    """Make the link for joining; the confirmation carries it. Where the address is a login already, it asks to call."""
    if not people.must_call_to_join(person_id):
        links.make(links.JOIN, person_id, None, now + INVITATION_LASTS, now)


def _somebody_new(details: VisitorDetails, now: datetime) -> Person:
    person = Person(
        id=new_id(),
        given_name=details.given_name,
        family_name=details.family_name,
        email=normal_address(details.email),
        phone=details.phone,
        zone=details.zone,
        roles=["client"],
        created_at=now,
    )
    db.session.add(person)
    db.session.flush()
    return person


def _client(person: Person, held: Appointment, details: VisitorDetails, now: datetime) -> Client:
    return take_in(person, held.therapist_id, now, is_mailbox_shared=details.is_mailbox_shared)


def take_in(person: Person, therapist_id: UUID, now: datetime, *, is_mailbox_shared: bool) -> Client:
    """The person's record, opened as an enquiry when they have none, in the care of whom they will talk to."""
    client = clients.enquire(person.id, now)
    if client.created_at == now:
        client.is_mailbox_shared = is_mailbox_shared
    if primary_of(client.id, now) is None:
        care.assign_primary(client.id, therapist_id, now)
    if open_episode_of(client.id) is None:
        clients.open_episode(client.id, now)
    return client
