"""Whose imports one may see, what their rows come to, and what the practice has already."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import contains_eager

from clinic.accounts.models import Person
from clinic.booking.models import Appointment, Attendee
from clinic.clients.models import Client
from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.imports.models import Import, ImportRow
from clinic.practice.models import Service, TherapistService
from clinic.practice.queries import all_therapists

RECENT = 5


def own(import_id: UUID, person_id: UUID) -> Import:
    """The import, for who brought the file and nobody else. Raises NotVisibleError."""
    found = db.session.scalar(select(Import).where(Import.id == import_id, Import.person_id == person_id))
    if found is None:
        raise NotVisibleError
    return found


def recent(person_id: UUID) -> Sequence[Import]:
    """The person's own, the newest first."""
    query = select(Import).where(Import.person_id == person_id).order_by(Import.id.desc())
    return db.session.scalars(query.limit(RECENT)).all()


def counts(import_id: UUID) -> Counter[str]:
    """How many rows have each outcome, and each result."""
    found: Counter[str] = Counter()
    query = select(ImportRow.outcome, ImportRow.result, func.count()).where(ImportRow.import_id == import_id)
    for outcome, result, number in db.session.execute(query.group_by(ImportRow.outcome, ImportRow.result)):
        found[outcome] += number
        if result:
            found[result] += number
    return found


def rows(import_id: UUID, shown: str) -> Select[ImportRow]:
    """The rows in the order of the file: all, or those with that outcome or result."""
    query = select(ImportRow).where(ImportRow.import_id == import_id).order_by(ImportRow.number)
    return query.where(or_(ImportRow.outcome == shown, ImportRow.result == shown)) if shown else query


def not_imported(import_id: UUID) -> Sequence[ImportRow]:
    """The rows that were refused, or that changed before they could be imported."""
    return db.session.scalars(
        select(ImportRow)
        .where(ImportRow.import_id == import_id, or_(ImportRow.outcome == "refused", ImportRow.result == "changed"))
        .order_by(ImportRow.number)
    ).all()


def waiting(state: str) -> Sequence[UUID]:
    """The imports in that state, the oldest first."""
    return db.session.scalars(select(Import.id).where(Import.state == state).order_by(Import.id)).all()


def next_row(import_id: UUID) -> ImportRow | None:
    """The next row that is to be imported and was not yet, held until the transaction ends."""
    return db.session.scalar(
        select(ImportRow)
        .where(ImportRow.import_id == import_id, ImportRow.outcome == "create", ImportRow.result.is_(None))
        .order_by(ImportRow.number)
        .limit(1)
        .with_for_update()
    )


def clients_named(name: str, email: str | None, *, but: UUID | None = None) -> Sequence[Client]:
    """The clients of that full name, in whatever case; with that address where one is given; none made by `but`."""
    full = func.lower(func.btrim(func.concat(Person.given_name, " ", Person.family_name)))
    query = select(Client).join(Client.person).options(contains_eager(Client.person)).order_by(Client.id)
    if name:
        query = query.where(full == name.lower())
    if email is not None:
        query = query.where(Person.email == email)
    if but is not None:
        query = query.where(~exists().where(ImportRow.made_id == Client.id, ImportRow.import_id == but))
    return db.session.scalars(query.limit(2)).all()


def is_booked(client_ids: Collection[UUID], therapist_id: UUID, starts_at: datetime) -> bool:
    """True when just this session is in the calendar already."""
    attends = exists().where(Attendee.appointment_id == Appointment.id, Attendee.client_id.in_(client_ids))
    query = select(Appointment.id).where(
        Appointment.therapist_id == therapist_id,
        Appointment.starts_at == starts_at,
        Appointment.state.in_(("confirmed", "requested")),
        attends,
    )
    return db.session.scalar(query.limit(1)) is not None


def therapists_by_name() -> dict[str, UUID]:
    """Who gives sessions, by whatever a file may call them: name, address, or the name in their page's address."""
    found: dict[str, UUID] = {}
    for each in all_therapists():
        person = each.person
        for called in (person.name, f"{person.family_name}, {person.given_name}", person.email or "", each.slug):
            found[called.casefold()] = each.person_id
    return found


def services_by_name() -> dict[str, Service]:
    """What can be booked, by its name or the name in its address."""
    services = db.session.scalars(select(Service).where(Service.is_active)).all()
    return {called.casefold(): each for each in services for called in (each.slug, each.name)}


def givers() -> set[tuple[UUID, UUID]]:
    """Who gives what, as (therapist, service)."""
    rows = db.session.execute(select(TherapistService.therapist_id, TherapistService.service_id))
    return {(therapist_id, service_id) for therapist_id, service_id in rows}


def next_uninvited(import_id: UUID) -> ImportRow | None:
    """The next row whose client is still to be invited; a record that was closed since is left in peace."""
    return db.session.scalar(
        select(ImportRow)
        .join(Client, Client.id == ImportRow.made_id)
        .join(Person, Person.id == Client.person_id)
        .where(
            ImportRow.import_id == import_id,
            ImportRow.invited_at.is_(None),
            Client.state != "closed",
            Person.email.is_not(None),
        )
        .order_by(ImportRow.number)
        .limit(1)
    )
