"""A therapist's caseload as one statement: who, with which partner, last and next session."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from clinic.accounts.models import Person
from clinic.booking.models import Appointment, Claim
from clinic.clients.models import Client, Couple, CoupleMember
from clinic.clients.queries import cared_for
from clinic.web.paging import Rows

STATES: Final = ("active", "enquiry", "closed")
SORTS: Final = ("name", "next", "last")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; every value comes from an allow-list."""

    sort: str = "name"
    is_descending: bool = False
    state: str | None = None

    @classmethod
    def from_words(cls, sort: str | None, state: str | None) -> "Filters":
        """Read `?sort=` (a leading minus turns it round) and `?state=`; whatever is not on the lists is left out."""
        name = (sort or "").removeprefix("-")
        return cls(
            sort=name if name in SORTS else "name",
            is_descending=bool(sort and sort.startswith("-") and name in SORTS),
            state=state if state in STATES else None,
        )


def caseload(therapist_id: UUID, filters: Filters, now: datetime) -> Rows:
    """Rows of (client, person, partner's person or none, couple state or none, last session, next session)."""
    partner, mine, theirs = aliased(Person), aliased(CoupleMember), aliased(CoupleMember)
    partner_client = aliased(Client)
    last_at, next_at = _session_at(now, is_past=True), _session_at(now, is_past=False)
    query = (
        select(Client, Person, partner, Couple.state, last_at.label("last_at"), next_at.label("next_at"))
        .join(Person, Person.id == Client.person_id)
        .outerjoin(mine, (mine.client_id == Client.id) & mine.left_at.is_(None))
        .outerjoin(Couple, (Couple.id == mine.couple_id) & (Couple.therapist_id == therapist_id))
        .outerjoin(theirs, (theirs.couple_id == Couple.id) & (theirs.client_id != Client.id))
        .outerjoin(partner_client, partner_client.id == theirs.client_id)
        .outerjoin(partner, partner.id == partner_client.person_id)
        .where(Client.id.in_(cared_for(therapist_id, now)))
    )
    if filters.state:
        query = query.where(Client.state == filters.state)
    order = {"name": Person.family_name, "next": next_at, "last": last_at}[filters.sort]
    turned = order.desc() if filters.is_descending else order.asc()
    return query.order_by(turned.nulls_last(), Person.family_name, Person.given_name, Client.id)


def _session_at(now: datetime, *, is_past: bool) -> ColumnElement[Any]:
    """The client's nearest session on one side of now: one step in an index, however long the record."""
    claimed_from = func.lower(Claim.during)
    return (
        select(Appointment.starts_at)
        .join(Claim, Claim.appointment_id == Appointment.id)
        .where(
            Claim.resource == Client.id,
            Claim.kind == "client",
            claimed_from <= now if is_past else claimed_from > now,
            Appointment.state == "confirmed",
        )
        .order_by(claimed_from.desc() if is_past else claimed_from)
        .limit(1)
        .correlate(Client)
        .scalar_subquery()
    )
