"""Away today: one step cancels a therapist's day without fee, and each person is told once, the first session first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from clinic.accounts.models import Person
from clinic.audit import service as audit
from clinic.booking import service as booking
from clinic.booking.models import Appointment
from clinic.booking.queries import LIVE, sessions_between
from clinic.booking.rules import State
from clinic.clients.models import Client
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.core.interval import Interval
from clinic.database.session import db
from clinic.desk.leave import hold, take_leave
from clinic.desk.models import DayAway, ToldAway
from clinic.outbox import service as outbox
from clinic.outbox.models import OutboxMessage
from clinic.outbox.queries import LOST, lost_last
from clinic.practice import hours
from clinic.practice.errors import NoCoverError

AWAY: Final = "session.away"
STANDS_IN: Final = "session.stands_in"


@dataclass(frozen=True, slots=True)
class Reached:
    """Somebody who was to come, when they were to come first, and how they are told: "mail" or "call"."""

    person: Person
    first_starts_at: datetime
    how: str


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who is told, and what became of the message to them so far; None where there is none."""

    row: ToldAway
    message: OutboxMessage | None

    @property
    def is_to_call(self) -> bool:
        """True for whom no mail reaches, or for whom it is not sure."""
        return self.row.how == "call" or (self.message is not None and self.message.state in (*LOST, "skipped"))

    @property
    def is_done(self) -> bool:
        """True once somebody has called, or has dealt with the message that did not arrive."""
        return self.row.called_at is not None or (self.message is not None and self.message.dealt_with_at is not None)

    @property
    def is_sent(self) -> bool:
        """True once the mail server has taken it."""
        return self.message is not None and self.message.state == "sent"


def rest_of(stretch: Interval, now: datetime) -> Interval | None:
    """What of it lies ahead; None once it is over."""
    return Interval(max(stretch.start, now), stretch.end) if stretch.end > now else None


def ahead_in(therapist_id: UUID, stretch: Interval, now: datetime) -> list[Appointment]:
    """The therapist's sessions that begin in the stretch and have not begun yet, in order; requests among them.

    One that began before, the evening before or just now, takes place.
    """
    found = sessions_between([therapist_id], stretch)
    return [each for each in found if each.starts_at > now and each.starts_at >= stretch.start]


def reached_by(sessions: Sequence[Appointment]) -> list[Reached]:
    """Each person who has said that they come to one of these sessions, once, the first session first.

    Nobody is written to or called about a record that is closed.
    """
    firsts: dict[UUID, tuple[datetime, Client]] = {}
    for appointment in sessions:
        for each in appointment.attendees:
            if each.answer == "yes" and each.client.state != "closed":
                firsts.setdefault(each.client.person_id, (appointment.starts_at, each.client))
    lost = lost_last([*firsts])
    return [
        Reached(client.person, starts_at, "call" if _must_be_called(client, lost) else "mail")
        for starts_at, client in firsts.values()
    ]


def announced(therapist_id: UUID, stretch: Interval) -> DayAway | None:
    """The last press that cancelled all of the stretch, if there was one."""
    query = select(DayAway).where(
        DayAway.therapist_id == therapist_id, DayAway.starts_at <= stretch.start, DayAway.ends_at >= stretch.end
    )
    return db.session.scalar(query.order_by(DayAway.announced_at.desc()).limit(1))


def go_away(
    therapist_id: UUID, stretch: Interval, cover_id: UUID | None, *, by: UUID, day_began_at: datetime, now: datetime
) -> DayAway:
    """Write the time off, cancel what has not begun, and tell everyone concerned once. Pressed twice, it is done once.

    Where the therapist has that time off already, its cover stays and only the sessions in it are cancelled. Raises
    what `take_leave` raises; then nothing is cancelled.
    """
    if cover_id is None:
        raise NoCoverError
    # Nobody books while the day is cancelled, and whoever presses at the same moment waits and finds it done.
    hold(therapist_id, cover_id, now)
    off = hours.leave_throughout(therapist_id, stretch.start, stretch.end)
    if off is None:
        off = take_leave(therapist_id, stretch.start, stretch.end, cover_id, day_began_at=day_began_at, now=now)
    _let_go(therapist_id, stretch)
    sessions = _held_still(therapist_id, stretch, now)
    before = announced(therapist_id, stretch)
    if before is not None and not sessions:
        return before
    away = DayAway(
        id=new_id(),
        therapist_id=therapist_id,
        cover_id=off.cover_id,
        starts_at=stretch.start,
        ends_at=stretch.end,
        announced_at=now,
        announced_by=by,
    )
    db.session.add(away)
    db.session.flush()
    _cancel(away, sessions)
    audit.record("day.away", "day_away", away.id)
    return away


def told_of(away: DayAway) -> list[Told]:
    """Who is told, the first session first, each with their person, who has called, and their message."""
    is_theirs = (OutboxMessage.subject_id == away.id) & (OutboxMessage.recipient_id == ToldAway.person_id)
    query = (
        select(ToldAway, OutboxMessage)
        .outerjoin(OutboxMessage, is_theirs & (OutboxMessage.kind == AWAY))
        .where(ToldAway.day_away_id == away.id)
        .options(joinedload(ToldAway.person), joinedload(ToldAway.caller))
        .order_by(ToldAway.first_starts_at, ToldAway.person_id)
    )
    return [Told(row, message) for row, message in db.session.execute(query)]


def day_away(away_id: UUID) -> DayAway:
    """That day. Raises NotVisibleError."""
    away = db.session.get(DayAway, away_id)
    if away is None:
        raise NotVisibleError
    return away


def told_person(away_id: UUID, person_id: UUID) -> ToldAway:
    """One person who is told of that day. Raises NotVisibleError."""
    told = db.session.get(ToldAway, (away_id, person_id))
    if told is None:
        raise NotVisibleError
    return told


def note_call(told: ToldAway, *, by: UUID, now: datetime) -> None:
    """Somebody has called them; who did so first stays, and a message that was lost is dealt with."""
    db.session.refresh(told, with_for_update=True)
    if told.called_at is not None:
        return
    told.called_at, told.called_by = now, by
    lost = select(OutboxMessage.id).where(
        OutboxMessage.subject_id == told.day_away_id,
        OutboxMessage.recipient_id == told.person_id,
        OutboxMessage.state.in_(LOST),
    )
    for message_id in db.session.scalars(lost).all():
        outbox.deal_with(message_id, by, now)
    db.session.flush()
    audit.record("day.away_called", "day_away", told.day_away_id)


def _let_go(therapist_id: UUID, stretch: Interval) -> None:
    """Give back times that somebody is only just choosing; nobody has been promised anything."""
    held = Appointment.therapist_id == therapist_id, Appointment.state == State.HELD
    within = Appointment.starts_at >= stretch.start, Appointment.starts_at < stretch.end
    db.session.execute(delete(Appointment).where(*held, *within))


def _held_still(therapist_id: UUID, stretch: Interval, now: datetime) -> list[Appointment]:
    """The sessions ahead, locked: whoever cancels one of them at this moment is waited for, and theirs is theirs."""
    query = select(Appointment.id).where(
        Appointment.therapist_id == therapist_id,
        Appointment.state.in_(LIVE),
        Appointment.starts_at >= stretch.start,
        Appointment.starts_at < stretch.end,
    )
    db.session.execute(query.order_by(Appointment.id).with_for_update())
    return ahead_in(therapist_id, stretch, now)


def _cancel(away: DayAway, sessions: Sequence[Appointment]) -> None:
    """End each of them, and queue one message to each person and one to the cover."""
    now = away.announced_at
    reached = reached_by(sessions)
    for appointment in sessions:
        booking.cancel(appointment, by=away.announced_by, now=now, is_staff=True, is_told=False, is_alerted=False)
    for each in reached:
        first, person = each.first_starts_at, each.person
        db.session.add(ToldAway(day_away_id=away.id, person_id=person.id, how=each.how, first_starts_at=first))
        if person.email:
            # The outbox sends what is nearest first, so the first session's people hear of it first.
            outbox.queue(AWAY, away.id, first, person.id, now=now)
    outbox.queue(STANDS_IN, away.id, away.starts_at, away.cover_id, now=now)
    db.session.flush()


def _must_be_called(client: Client, lost: set[UUID]) -> bool:
    return not client.person.email or client.is_mailbox_shared or client.person_id in lost
