"""Who comes to standing sessions, and from where: a therapist to those that they give, the front desk to all others."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext
from flask_login import current_user

from clinic.accounts import people
from clinic.booking import desk_queries
from clinic.booking import queries as booking_queries
from clinic.booking.doors import desk_door, door_of
from clinic.booking.models import Appointment
from clinic.booking.moving import Door
from clinic.booking.queries import Party
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.database.session import current_actor, db
from clinic.practice.models import Service
from clinic.practice.queries import services_of
from clinic.series import queries
from clinic.series.models import Series
from clinic.series.queries import Following
from clinic.web.policies import FRONT_DESK


@dataclass(frozen=True, slots=True)
class Start:
    """For whom a standing session may begin, of what, and who gives each service."""

    party: Party
    services: list[Service]
    givers: Mapping[UUID, UUID]
    is_desk: bool

    def giver_named(self, service: Service) -> str | None:
        """The given name of who gives it, for the desk; None where it is who asks."""
        return people.person(self.givers[service.id]).given_name if self.is_desk else None

    def words_for(self, service: Service) -> str:
        """What the service is called; at the desk with whom it is, since for a couple that may be somebody else."""
        name = self.giver_named(service)
        return str(gettext("%(service)s with %(name)s", service=service.name, name=name)) if name else service.name


@dataclass(frozen=True, slots=True)
class Rest:
    """One session of a series, what follows from it on, and the way in which it was reached."""

    appointment: Appointment
    following: Following
    door: Door

    @property
    def giver_named(self) -> str | None:
        """The given name of who gives it, for the desk; None where it is who asks."""
        return self.appointment.therapist.person.given_name if self.door.is_desk else None


def load_start(client_id: UUID) -> Start:
    """A client in the care of the therapist who is signed in, or at the desk anyone, with those who see them.

    Raises NotVisibleError, also where there is nothing that could stand.
    """
    me, now = current_user.person_id, clock.now()
    is_desk = _is_at_desk() and me not in desk_queries.seen_by(client_id, now)
    party = desk_queries.party_of(client_id) if is_desk else booking_queries.party_for(me, client_id, now)
    alone = booking_queries.therapist_of(client_id, now) if is_desk else me
    services: list[Service] = []
    givers: dict[UUID, UUID] = {}
    for attends, giver in (("one", alone), ("couple", party.couple.therapist_id if party.couple else None)):
        if giver is None:
            continue
        for each in services_of(giver):
            if each.attends == attends and each.booked_by != "visitor":
                services.append(each)
                givers[each.id] = giver
    if not services:
        raise NotVisibleError
    return Start(party, services, givers, is_desk)


def load_rest(appointment_id: UUID) -> Rest:
    """A session of a series that the signed-in therapist gives, or at the desk any. Raises NotVisibleError."""
    me, now, is_desk = current_user.person_id, clock.now(), _is_at_desk()
    shown = booking_queries.appointment_shown(appointment_id) if is_desk else None
    appointment = shown or booking_queries.appointment_for(me, appointment_id, now)
    is_given = appointment.therapist_id == me
    if not (is_given or is_desk) or appointment.series_id is None or appointment.occurs_at is None:
        raise NotVisibleError
    series = db.session.get_one(Series, appointment.series_id)
    door = door_of(appointment) if is_given else desk_door(appointment)
    return Rest(appointment, queries.following(series, appointment.occurs_at, now), door)


def _is_at_desk() -> bool:
    return FRONT_DESK in current_actor().roles
