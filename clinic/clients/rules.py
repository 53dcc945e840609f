"""The rules of care, on plain facts: who may be linked, who may end it, what cover is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.clients.errors import (
    CoverTimesError,
    InCoupleError,
    NotInYourCareError,
    NotPendingError,
    NotYourCoupleError,
    RecordClosedError,
    SamePersonError,
    SameTherapistError,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a client stands at a moment: who cares for them, and whether they are linked with somebody."""

    client_id: UUID
    state: str
    carers: frozenset[UUID]
    is_in_couple: bool


@dataclass(frozen=True, slots=True)
class Bond:
    """A couple at a moment: its state, its therapist, and the two people."""

    state: str
    therapist_id: UUID
    people: frozenset[UUID]


def check_linking(first: Standing, second: Standing, therapist_id: UUID) -> None:
    """Raise why these two cannot be linked by this therapist."""
    if first.client_id == second.client_id:
        raise SamePersonError
    for each in (first, second):
        if each.state == "closed":
            raise RecordClosedError
        if therapist_id not in each.carers:
            raise NotInYourCareError
        if each.is_in_couple:
            raise InCoupleError


def check_activating(bond: Bond, therapist_id: UUID) -> None:
    """Raise unless the couple waits for this therapist."""
    if therapist_id != bond.therapist_id:
        raise NotYourCoupleError
    if bond.state != "pending":
        raise NotPendingError


def check_ending(bond: Bond, person_id: UUID) -> None:
    """Raise unless this is one of the two, or their therapist. Either partner alone can end it, whatever its state."""
    if person_id not in bond.people | {bond.therapist_id}:
        raise NotYourCoupleError


def check_taking_over(current: UUID, therapist_id: UUID) -> None:
    """Raise unless this is another therapist than the one who has the client."""
    if current == therapist_id:
        raise SameTherapistError


def check_cover(primary: UUID, therapist_id: UUID, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Raise unless another therapist stands in, from one moment until a later one that has not passed."""
    check_taking_over(primary, therapist_id)
    if not starts_at < ends_at or ends_at <= now:
        raise CoverTimesError
