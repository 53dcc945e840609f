"""Which therapist cares for whom: one primary at a time, cover from one moment until another, hand-over."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from clinic.accounts.models import Person
from clinic.audit import service as audit
from clinic.clients import queries, rules
from clinic.clients.errors import (
    NoPrimaryTherapistError,
    NotATherapistError,
    PrimaryTherapistError,
    RecordClosedError,
)
from clinic.clients.models import CareRelationship, Client
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.database import locks
from clinic.database.session import db

# The shortest stretch that the database tells apart.
INSTANT = timedelta(microseconds=1)


def assign_primary(client_id: UUID, therapist_id: UUID, now: datetime) -> CareRelationship:
    """Make this the client's therapist from now on.

    Raises PrimaryTherapistError when there is one, RecordClosedError, or NotATherapistError.
    """
    _hold(client_id, therapist_id)
    if _primary_from(client_id, now) is not None:
        raise PrimaryTherapistError
    return _begin(client_id, therapist_id, "primary", now, None)


def hand_over(client_id: UUID, therapist_id: UUID, now: datetime) -> CareRelationship:
    """End the primary relationship in force and begin one with another therapist, without a gap.

    A couple goes along once both of the two have the same new therapist. Raises NoPrimaryTherapistError,
    SameTherapistError, RecordClosedError or NotATherapistError.
    """
    _hold(client_id, therapist_id)
    current = queries.primary_of(client_id, now)
    if current is None:
        raise NoPrimaryTherapistError
    rules.check_taking_over(current.therapist_id, therapist_id)
    # A relationship lasts for an instant at least, also when it is handed over in the moment in which it began.
    at = max(now, current.starts_at + INSTANT)
    current.ends_at = at
    db.session.flush()
    begun = _begin(client_id, therapist_id, "primary", at, None)
    _take_couple_along(client_id, current.therapist_id, therapist_id, at)
    return begun


def add_cover(
    client_id: UUID, therapist_id: UUID, starts_at: datetime, ends_at: datetime, now: datetime
) -> CareRelationship:
    """Let another therapist stand in; they open the record from `starts_at` until `ends_at` and not a moment longer.

    Raises NoPrimaryTherapistError, SameTherapistError, CoverTimesError, RecordClosedError or NotATherapistError.
    """
    _hold(client_id, therapist_id)
    primary = queries.primary_of(client_id, now)
    if primary is None:
        raise NoPrimaryTherapistError
    rules.check_cover(primary.therapist_id, therapist_id, starts_at, ends_at, now)
    return _begin(client_id, therapist_id, "cover", starts_at, ends_at)


def end_cover(client_id: UUID, therapist_id: UUID, now: datetime) -> None:
    """End this therapist's cover before its time."""
    db.session.execute(
        update(CareRelationship)
        .where(
            CareRelationship.client_id == client_id,
            CareRelationship.therapist_id == therapist_id,
            CareRelationship.kind == "cover",
            CareRelationship.starts_at < now,
            queries.in_force(now),
        )
        .values(ends_at=now)
    )
    audit.record("care.end", "client", client_id, client_id=client_id)


def cover_caseload(therapist_id: UUID, cover_id: UUID, starts_at: datetime, ends_at: datetime, now: datetime) -> int:
    """Let another therapist stand in for a whole caseload, as for a holiday; returns for how many clients."""
    clients = caseload(therapist_id, now)
    for client_id in clients:
        add_cover(client_id, cover_id, starts_at, ends_at, now)
    return len(clients)


def caseload(therapist_id: UUID, now: datetime) -> Sequence[UUID]:
    """The clients whose primary therapist this is now, unless their record is closed."""
    return db.session.scalars(
        select(CareRelationship.client_id)
        .join(Client, Client.id == CareRelationship.client_id)
        .where(
            CareRelationship.therapist_id == therapist_id,
            CareRelationship.kind == "primary",
            Client.state != "closed",
            queries.in_force(now),
        )
        .order_by(CareRelationship.client_id)
    ).all()


def end_caseload_cover(cover_id: UUID, starts_at: datetime, ends_at: datetime, now: datetime) -> int:
    """End what a therapist covers in just that stretch, from now on; returns for how many clients."""
    covers = db.session.scalars(
        select(CareRelationship)
        .where(
            CareRelationship.therapist_id == cover_id,
            CareRelationship.kind == "cover",
            CareRelationship.starts_at == starts_at,
            CareRelationship.ends_at == ends_at,
            CareRelationship.ends_at > now,
        )
        .order_by(CareRelationship.id)
        .with_for_update()
    ).all()
    for each in covers:
        # A relationship is never deleted. One that has not begun is left with a stretch in which nobody opens anything.
        each.ends_at = max(now, each.starts_at + INSTANT)
        audit.record("care.end", "client", each.client_id, client_id=each.client_id)
    db.session.flush()
    return len(covers)


def _hold(client_id: UUID, therapist_id: UUID) -> None:
    """Keep the client's relationships from changing under us, and check that both sides can have one."""
    locks.take([client_id])
    state = db.session.scalar(select(Client.state).where(Client.id == client_id))
    if state is None:
        raise NotVisibleError
    if state == "closed":
        raise RecordClosedError
    person = db.session.get(Person, therapist_id)
    if person is None or "therapist" not in person.roles:
        raise NotATherapistError


def _primary_from(client_id: UUID, now: datetime) -> UUID | None:
    """A primary relationship that is in force or still to begin."""
    return db.session.scalar(
        select(CareRelationship.id).where(
            CareRelationship.client_id == client_id,
            CareRelationship.kind == "primary",
            CareRelationship.ends_at.is_(None) | (CareRelationship.ends_at > now),
        )
    )


def _begin(
    client_id: UUID, therapist_id: UUID, kind: str, starts_at: datetime, ends_at: datetime | None
) -> CareRelationship:
    begun = CareRelationship(
        id=new_id(), client_id=client_id, therapist_id=therapist_id, kind=kind, starts_at=starts_at, ends_at=ends_at
    )
    db.session.add(begun)
    db.session.flush()
    audit.record(f"care.{kind}", "care_relationship", begun.id, client_id=client_id)
    return begun


def _take_couple_along(client_id: UUID, old: UUID, new: UUID, at: datetime) -> None:
    couple = queries.open_couple_of(client_id)
    if couple is None or couple.therapist_id != old:
        return
    primaries = {primary.therapist_id for each in couple.members if (primary := queries.primary_of(each.client_id, at))}
    if primaries == {new}:
        couple.therapist_id = new
        db.session.flush()
