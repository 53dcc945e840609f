"""Who works here: their roles, whether they can sign in, and who may close whose way in."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from babel import Locale
from flask_babel import gettext, lazy_gettext
from sqlalchemy import ColumnElement, func, select

from clinic.accounts import links, people
from clinic.accounts.models import Login, Person
from clinic.booking.models import Appointment
from clinic.booking.queries import LIVE
from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.desk.errors import OwnLoginError
from clinic.practice import listing
from clinic.practice.models import Therapist
from clinic.practice.service import STAFF_ROLES
from clinic.web.paging import Rows

_ = lazy_gettext
ROLES: Final = {"therapist": _("Therapist"), "front_desk": _("Front desk"), "owner": _("Owner")}
CURRENCIES: Final = ("USD", "EUR", "GBP", "CAD", "AUD", "NZD", "CHF", "SEK", "NOK", "DKK", "BRL", "ILS", "INR", "ZAR")
"""Those with hundredths: a price is kept in them."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """How many sessions are booked from now on, and how many of them from the day on from which their giver leaves."""

    count: int
    late: int


def everyone() -> Rows:
    """For a paged list: staff by name, each with their login and with what they are as a therapist, or None."""
    return (
        select(Person, Login, Therapist)
        .outerjoin(Login, Login.person_id == Person.id)
        .outerjoin(Therapist, Therapist.person_id == Person.id)
        .where(_is_staff())
        .order_by(Person.family_name, Person.given_name, Person.id)
    )


def member(staff_id: UUID) -> Person:
    """Somebody who works here. Raises NotVisibleError for everybody else."""
    person = db.session.scalar(select(Person).where(Person.id == staff_id, _is_staff()))
    if person is None:
        raise NotVisibleError
    return person


def close(person: Person, by: UUID, now: datetime) -> None:
    """Sign them out everywhere, let them in no more, and take them off the public pages.

    Raises OwnLoginError, NoLoginError.
    """
    if person.id == by:
        raise OwnLoginError
    people.disable_login(person.id, now)
    listing.unlist(person.id)


def sessions_ahead(therapist_ids: Collection[UUID], now: datetime) -> dict[UUID, Ahead]:
    """How much is booked with each of these, in one statement; who has nothing ahead is left out."""
    late = Appointment.starts_at >= Therapist.leaves_at
    query = (
        select(Appointment.therapist_id, func.count(), func.count().filter(late))
        .join(Therapist, Therapist.person_id == Appointment.therapist_id)
        .where(Appointment.therapist_id.in_(therapist_ids), Appointment.state.in_(LIVE), Appointment.starts_at > now)
        .group_by(Appointment.therapist_id)
    )
    return {therapist_id: Ahead(count, late) for therapist_id, count, late in db.session.execute(query)}


def invite_again(person: Person, now: datetime) -> None:
    """Mail a new invitation to somebody who has not chosen a password yet. Raises NoAddressError."""
    if people.login_of(person.id) is None:
        links.invite(person.id, now)


def role_words(person: Person) -> str:
    """Such as "Therapist, Owner"."""
    return ", ".join(str(words) for role, words in ROLES.items() if role in person.roles)


def login_words(login: Login | None) -> tuple[str, str]:
    """Whether they can sign in, and the tone of that."""
    if login is None:
        return gettext("invited"), "waiting"
    return (gettext("sign-in closed"), "needs") if login.disabled_at is not None else (gettext("can sign in"), "good")


def is_anything_booked() -> bool:
    """True once there was any appointment: its times and its price stand by the zone and the currency of then."""
    return db.session.scalar(select(Appointment.id).limit(1)) is not None


def currency_choices(current: str) -> list[tuple[str, str]]:
    """Codes with their names, the one that stands among them."""
    names = Locale.parse("en").currencies
    choices = ((code, f"{names.get(code, code)} ({code})") for code in {*CURRENCIES, current})
    return sorted(choices, key=lambda choice: choice[1])


def _is_staff() -> ColumnElement[bool]:
    return Person.roles.bool_op("&&")(list(STAFF_ROLES))
