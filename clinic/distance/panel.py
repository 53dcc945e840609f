"""What the page of a session says of meeting by video or by phone: to a client of themself alone, and to staff."""

from dataclasses import dataclass, field
from datetime import datetime

from clinic.audit import service as audit
from clinic.booking import queries as booking_queries
from clinic.booking.forms import phone_words
from clinic.booking.models import Appointment, Attendee
from clinic.booking.moving import Door
from clinic.clients.models import Client
from clinic.core import clock
from clinic.distance import rules, service
from clinic.distance.forms import WhereForm
from clinic.distance.service import Said
from clinic.practice.models import Practice
from clinic.web.shell import current_practice


@dataclass(frozen=True, slots=True)
class ForClient:
    """What a client sees of a session to come; nothing in it depends on anybody else who attends.

    `form` is there while the session is open; they join once they have `said` where they are, if it `has_room`.
    """

    opens_at: datetime
    number: str
    said: Said | None = None
    form: WhereForm | None = None
    has_room: bool = False


@dataclass(frozen=True, slots=True)
class ForTherapist:
    """What the therapist sees: where it takes place, by its host alone, and what each client in their care has said."""

    opens_at: datetime
    is_ahead: bool
    is_open: bool
    host: str
    is_own: bool
    people: list[tuple[Client, Said | None]] = field(default_factory=list)


def distance_panel(appointment: Appointment, door: Door) -> dict[str, object]:
    """`distance` and its words for the page of a session; None for the front desk, and where there is nothing."""
    seen: ForClient | ForTherapist | None = None
    if appointment.modality != "office" and not door.is_desk:
        seen = _for_therapist(appointment) if door.is_staff else _for_client(appointment, door)
    return {"distance": seen, "phone_words": phone_words}


def attendee_of(appointment: Appointment, door: Door) -> Attendee | None:
    """Who came through this door, as somebody who has said yes to the session."""
    mine = (each for each in appointment.attendees if each.client.person_id == door.by and each.answer == "yes")
    return next(mine, None)


def where_form(attendee: Attendee, said: Said | None) -> WhereForm:
    """The form as one finds it: with what one has said for this session, else with the number of one's own record."""
    number = phone_words(said.phone) if said else attendee.client.person.phone
    return WhereForm(formdata=None, country=country(), data={"place": said.place if said else "", "phone": number})


def country() -> str:
    """Where the practice is: how phone numbers are read."""
    practice = current_practice()
    return practice.country if isinstance(practice, Practice) else "US"


def said_by(appointment: Appointment, attendee: Attendee) -> Said | None:
    """What one has said oneself for this session."""
    return service.said(appointment, [attendee.client_id]).get(attendee.client_id)


def _for_client(appointment: Appointment, door: Door) -> ForClient | None:
    attendee, now = attendee_of(appointment, door), clock.now()
    if attendee is None or not service.is_booked(appointment) or appointment.ends_at <= now:
        return None
    number, opens_at = attendee.client.person.phone or "", rules.opens_at(appointment.starts_at)
    if not service.can_join(appointment, now):
        return ForClient(opens_at, number)
    said = said_by(appointment, attendee)
    has_room = service.address_for(appointment) is not None
    return ForClient(opens_at, number, said, where_form(attendee, said), has_room)


def _for_therapist(appointment: Appointment) -> ForTherapist:
    now = clock.now()
    own = service.own_of_session(appointment)
    address = own or service.room_of(appointment.therapist_id)
    return ForTherapist(
        opens_at=rules.opens_at(appointment.starts_at),
        is_ahead=service.is_booked(appointment) and appointment.ends_at > now,
        is_open=service.can_join(appointment, now),
        host=rules.host_of(address) if address else "",
        is_own=own is not None,
        people=_people(appointment, now),
    )


def _people(appointment: Appointment, now: datetime) -> list[tuple[Client, Said | None]]:
    """Each client in the therapist's care with what they have said; that it was read is written down."""
    cared_for = booking_queries.in_care_at(appointment, now)
    found = service.said(appointment, sorted(cared_for))
    for client_id in found:
        audit.record("whereabouts.read", "appointment", appointment.id, client_id=client_id)
    return [(each.client, found.get(each.client_id)) for each in appointment.attendees if each.client_id in cared_for]
