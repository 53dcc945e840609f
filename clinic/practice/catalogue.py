"""What the practice offers: itself, its services, rooms and therapists, kept by each process until it changes.

Nearly every page asks for it, and it changes a few times a month. The database renews a stamp with each change; a
transaction learns the stamp as it begins, and what was read under another one is not used. So nobody sees less than
what was committed before their request, and nobody waits for it. It holds nothing of a client, and nothing that one
person may see and another may not.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import event, select
from sqlalchemy.orm import ORMExecuteState, Session, contains_eager

from clinic.accounts.models import Person
from clinic.database.session import catalogue_version, db, forget_catalogue_version
from clinic.practice.models import CatalogueStamp, Practice, Room, Service, Therapist, TherapistService

_STAMP = select(CatalogueStamp.version)
_OFFERED: Final = (Practice, Service, Room, Therapist, TherapistService)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Rows to read, not to change: they belong to no session. Services and therapists are in the practice's order.

    `services` are those on offer, `rooms` those in use, and `ways` what each therapist gives, by service and therapist.
    """

    practice: Practice | None
    services: Sequence[Service]
    rooms: Sequence[UUID]
    therapists: Sequence[Therapist]
    ways: Mapping[UUID, Mapping[UUID, TherapistService]]

    def ways_of(self, service_id: UUID) -> Mapping[UUID, TherapistService]:
        """Who gives that service, each with terms of their own where they have any."""
        return self.ways.get(service_id, {})


_kept: tuple[UUID | None, Catalogue] | None = None  # a stamp is of one state of one database, so one place will do


def catalogue() -> Catalogue:
    """What is on offer, as of the beginning of this transaction or, after a change of its own, as of now."""
    global _kept  # noqa: PLW0603 -- what this module is for
    session = db.session()
    session.flush()
    kept, stamp = _kept, catalogue_version() or session.scalar(_STAMP)
    if kept is not None and kept[0] == stamp is not None:
        return kept[1]
    with Session(session.connection(), expire_on_commit=False) as reading:
        # The stamp first: should somebody change it meanwhile, what is newer than its stamp is only read once more.
        stamp, found = reading.scalar(_STAMP), _read(reading)
        reading.expunge_all()
    _kept = stamp, found
    return found


def _read(session: Session) -> Catalogue:
    ways: defaultdict[UUID, dict[UUID, TherapistService]] = defaultdict(dict)
    for each in session.scalars(select(TherapistService)):
        ways[each.service_id][each.therapist_id] = each
    therapists = (
        select(Therapist)
        .join(Therapist.person)
        .options(contains_eager(Therapist.person).load_only(Person.given_name, Person.family_name, raiseload=True))
        .order_by(Therapist.position, Person.family_name, Therapist.person_id)
    )
    services = select(Service).where(Service.is_active).order_by(Service.position, Service.name)
    return Catalogue(
        practice=session.scalar(select(Practice)),
        services=session.scalars(services).all(),
        rooms=session.scalars(select(Room.id).where(Room.is_active).order_by(Room.name)).all(),
        therapists=session.scalars(therapists).all(),
        ways=ways,
    )


# Who has changed what is on offer sees it; nobody else learns of its stamp before it is committed.


@event.listens_for(db.session, "after_flush")
def _flushed(session: Session, _: object) -> None:
    written: Collection[object] = (*session.new, *session.dirty, *session.deleted)
    if any(isinstance(each, _OFFERED) for each in written):
        forget_catalogue_version()


@event.listens_for(db.session, "do_orm_execute")
def _executed(ordered: ORMExecuteState) -> None:
    if not ordered.is_select and ordered.bind_mapper and issubclass(ordered.bind_mapper.class_, _OFFERED):
        forget_catalogue_version()
