"""What the practice offers: services are added, changed and switched off, never deleted; who gives them, and how."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import delete, select

from clinic.audit import service as audit
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.practice import rules
from clinic.practice.errors import ChangedMeanwhileError, CouplesByVisitorsError
from clinic.practice.models import Service, Therapist, TherapistService


@dataclass(frozen=True, slots=True)
class Description:
    """All that the owner decides about a service."""

    name: str
    description: str
    minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    price_cents: int
    attends: str
    approval: str
    booked_by: str
    modalities: list[str]
    notice_minutes: int
    horizon_days: int
    daily_cap: int | None
    late_change_minutes: int
    late_fee_cents: int
    position: int


@dataclass(frozen=True, slots=True)
class OwnTerms:
    """How one therapist gives a service; None is as it is listed."""

    minutes: int | None
    price_cents: int | None
    buffer_before_minutes: int | None
    buffer_after_minutes: int | None


def all_services() -> Sequence[Service]:
    """Every service, switched off or not, in the practice's order."""
    return db.session.scalars(select(Service).order_by(Service.position, Service.name)).all()


def giving(service_id: UUID) -> dict[UUID, TherapistService]:
    """Who gives the service, by therapist, with terms of their own where they have any."""
    query = select(TherapistService).where(TherapistService.service_id == service_id)
    return {each.therapist_id: each for each in db.session.scalars(query)}


def mark_of(service: Service, given_by: Collection[UUID]) -> str:
    """The mark of a service as it stands."""
    columns = [getattr(service, name) for name in Description.__dataclass_fields__]
    return rules.mark_of([*columns, sorted(given_by)])


def mark_of_own(own: TherapistService) -> str:
    """The mark of a therapist's own terms as they stand."""
    return rules.mark_of([getattr(own, name) for name in OwnTerms.__dataclass_fields__])


def add_service(description: Description, given_by: Collection[UUID]) -> Service:
    """Offer something new, given by these therapists. Raises CouplesByVisitorsError."""
    _require_sense(description)
    taken = db.session.scalars(select(Service.slug)).all()
    service = Service(id=new_id(), slug=rules.slug_of(description.name, taken), **asdict(description))
    db.session.add(service)
    db.session.flush()
    _give(service.id, given_by)
    audit.record("service.add", "service", service.id)
    return service


def update_service(service_id: UUID, description: Description, given_by: Collection[UUID], seen: str) -> None:
    """Change a service for what is booked from now on; what is booked already keeps its length and price.

    Raises ChangedMeanwhileError when it no longer stands as `seen`, and CouplesByVisitorsError.
    """
    _require_sense(description)
    service = _locked(service_id)
    if seen != mark_of(service, giving(service_id)):
        raise ChangedMeanwhileError
    for name, value in asdict(description).items():
        setattr(service, name, value)
    _give(service_id, given_by)
    audit.record("service.update", "service", service_id)


def switch_service(service_id: UUID, *, is_active: bool) -> None:
    """Take a service out of the offer or back in. What is booked stays booked."""
    service = _locked(service_id)
    if service.is_active != is_active:
        service.is_active = is_active
        audit.record("service.switch_on" if is_active else "service.switch_off", "service", service_id)


def set_own_terms(service_id: UUID, therapist_id: UUID, terms: OwnTerms, seen: str) -> None:
    """Let a therapist give a service in a way of their own, for what is booked from now on.

    Raises ChangedMeanwhileError, and NotVisibleError for one who does not give it.
    """
    own = db.session.get(TherapistService, (therapist_id, service_id), with_for_update=True, populate_existing=True)
    if own is None:
        raise NotVisibleError
    if seen != mark_of_own(own):
        raise ChangedMeanwhileError
    for name, value in asdict(terms).items():
        setattr(own, name, value)
    audit.record("service.own_terms", "service", service_id)


def _give(service_id: UUID, given_by: Collection[UUID]) -> None:
    known = giving(service_id)
    gone = set(known).difference(given_by)
    db.session.execute(
        delete(TherapistService).where(
            TherapistService.service_id == service_id, TherapistService.therapist_id.in_(gone)
        )
    )
    added = set(given_by).difference(known)
    existing = db.session.scalars(select(Therapist.person_id).where(Therapist.person_id.in_(added))).all()
    db.session.add_all(TherapistService(therapist_id=each, service_id=service_id) for each in existing)
    db.session.flush()


def _locked(service_id: UUID) -> Service:
    service = db.session.get(Service, service_id, with_for_update=True, populate_existing=True)
    if service is None:
        raise NotVisibleError
    return service


def _require_sense(description: Description) -> None:
    if description.attends == "couple" and description.booked_by == "visitor":
        raise CouplesByVisitorsError
