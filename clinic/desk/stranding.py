"""Booked sessions in words, for whoever changes hours, rooms or holidays: names for their own therapist alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import url_for

from clinic.booking import queries
from clinic.booking.models import Appointment
from clinic.booking.offers import moment_words
from clinic.database.session import db


@dataclass(frozen=True, slots=True)
class Line:
    """One session: when, who comes, who gives it, and its page for those who may open it."""

    when: str
    who: str
    therapist: str
    url: str | None


def lines(appointment_ids: Sequence[UUID], person_id: UUID, zone: str, now: datetime) -> list[Line]:
    """The sessions, the soonest first: with names and a link for the therapist of theirs, with initials for others."""
    shown = queries.appointments_shown(appointment_ids)
    own = queries.visible_to(person_id, now).where(
        Appointment.id.in_(appointment_ids), Appointment.therapist_id == person_id
    )
    readable = {each.id for each in db.session.scalars(own)}
    return [_line(each, zone, is_own=each.id in readable) for each in shown]


def _line(appointment: Appointment, zone: str, *, is_own: bool) -> Line:
    people = [each.client.person for each in appointment.attendees]
    return Line(
        when=moment_words(appointment.starts_at, zone),
        who=", ".join(each.name if is_own else each.initials for each in people),
        therapist=appointment.therapist.person.name,
        url=url_for("booking.session", appointment_id=appointment.id) if is_own else None,
    )
