"""The facts that fill the texts: the practice, its fees, and whoever will see this client."""

from datetime import datetime
from uuid import UUID

from babel.numbers import format_currency
from sqlalchemy import select

from clinic.accounts.models import Person
from clinic.clients import queries as client_queries
from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.intake.consents import Facts
from clinic.intake.queries import next_appointment
from clinic.practice import queries as practice_queries
from clinic.practice.models import Service, Therapist
from clinic.practice.terms import Terms, terms_of


def primary_therapist(client_id: UUID, now: datetime) -> tuple[Person, Therapist] | None:
    """Whoever is responsible for the client now, else whoever sees them next; None where nobody is."""
    primary = client_queries.primary_of(client_id, now)
    therapist_id = primary.therapist_id if primary is not None else None
    if therapist_id is None and (appointment := next_appointment(client_id, now)) is not None:
        therapist_id = appointment.therapist_id
    row = db.session.execute(
        select(Person, Therapist).join(Therapist, Therapist.person_id == Person.id).where(Person.id == therapist_id)
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


def facts_for(client_id: UUID, now: datetime) -> Facts:
    """What the texts may name, for this client's eyes; raises NotVisibleError before the practice is set up."""
    practice = practice_queries.the_practice()
    if practice is None:
        raise NotVisibleError
    therapist = primary_therapist(client_id, now)
    services = practice_queries.active_services()
    terms = {each.id: terms_of(each) for each in services}
    if therapist is not None:
        terms = practice_queries.terms_by(therapist[0].id, services)
    priced = [service for service in services if terms[service.id].price_cents]
    return Facts(
        practice=practice.name,
        phone=practice.phone,
        email=practice.email,
        address=practice.address,
        licensed_in=practice.licensed_in,
        therapist=therapist[0].name if therapist else practice.name,
        therapist_title=therapist[1].title if therapist else "with its therapists",
        fees=tuple(_fee(service, terms[service.id], practice.currency) for service in priced),
        late_windows=tuple(_window(service) for service in priced),
    )


def _fee(service: Service, terms: Terms, currency: str) -> str:
    # The texts are English whatever the language of the page around them.
    price = format_currency(terms.price_cents / 100, currency, locale="en_US")
    return f"{service.name}, {terms.minutes} minutes: {price}"


def _window(service: Service) -> str:
    if not service.late_change_minutes:
        return f"{service.name}: until it begins"
    hours = service.late_change_minutes / 60
    return f"{service.name}: up to {hours:g} {'hour' if hours == 1 else 'hours'} before it begins"


def readers_for(client_id: UUID, now: datetime) -> tuple[str, bool]:
    """The given name of whoever will read the answers (empty where nobody is named), and whether there is a partner."""
    therapist = primary_therapist(client_id, now)
    return therapist[0].given_name if therapist else "", client_queries.active_couple_of(client_id) is not None
