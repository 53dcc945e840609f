"""Begin a standing session, move or cancel what follows: all or nothing, under one taking of locks. The past stays."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from clinic.booking import attendance, claims, notices, placing
from clinic.booking import service as booking
from clinic.booking.errors import SlotTaken
from clinic.booking.models import Appointment, AppointmentEvent, Claim
from clinic.booking.queries import LIVE
from clinic.booking.rules import State
from clinic.booking.wishes import Wish
from clinic.clients import couples
from clinic.clients.queries import clients_of
from clinic.core.ids import new_id
from clinic.core.recurrence import Recurrence
from clinic.database.session import db
from clinic.outbox import service as outbox
from clinic.outbox.models import OutboxMessage
from clinic.practice.models import Service
from clinic.practice.queries import terms_with
from clinic.series import mails, queries
from clinic.series.errors import NothingChosenError, OccurrenceTakenError, SeriesChangedError, SeriesEndedError
from clinic.series.models import Series, SeriesClient


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to stand: which service, how, by whom, for whom, and when."""

    service: Service
    modality: str
    therapist_id: UUID
    client_ids: Sequence[UUID]
    couple_id: UUID | None
    recurrence: Recurrence
    currency: str

    def wish(self, starts_at: datetime) -> Wish:
        """One of its sessions."""
        return Wish(self.service, self.therapist_id, starts_at, self.modality, self.recurrence.zone, self.currency)


@dataclass(slots=True)
class _Turn:
    """Which of the times is being booked."""

    starts_at: datetime


def begin(
    plan: Plan, chosen: Mapping[int, datetime], *, by: UUID | None, now: datetime, is_told: bool = True
) -> Series:
    """Book all the chosen times, each under the number of its occurrence, and tell each client once.

    Raises OccurrenceTakenError, with nothing booked, at the first that is not free; NothingChosenError; NotActiveError
    for a couple that has ended.
    """
    originals, order = plan.recurrence.starts(), _in_order(chosen)
    made: list[Appointment] = []
    with _all_or_none(order[0][1]) as turn:
        rooms = placing.rooms_for(plan.modality)
        _lock(plan, rooms, chosen.values(), now)
        if plan.couple_id is not None:
            couples.require_active(plan.couple_id)
        series, clients = _add(plan, by, now), clients_of(plan.client_ids)
        for number, turn.starts_at in order:
            wish = plan.wish(turn.starts_at)
            appointment = placing.new(wish, now, by)
            appointment.series_id, appointment.occurs_at = series.id, originals[number]
            # The room of the one before, where it is free: people like to find their room again.
            appointment.room_id = made[-1].room_id if made else None
            placing.settle(appointment, State.CONFIRMED, clients, now, by, couple_id=plan.couple_id)
            placing.place(appointment, wish, plan.client_ids, rooms, now)
            made.append(appointment)
    _note("booked", made, plan.client_ids, by, now)
    if is_told:
        _tell(mails.BOOKED, series.id, made[0].starts_at, plan.client_ids, now)
    return series


def move_following(
    series_id: UUID,
    point: datetime,
    plan: Plan,
    chosen: Mapping[int, datetime | None],
    *,
    by: UUID | None,
    now: datetime,
) -> Series:
    """Let what follows the original start `point` go on as a new series at other times; None cancels that one.

    The numbers count from `point`. What has begun is not touched. Raises OccurrenceTakenError, with nothing changed;
    SeriesChangedError where `chosen` names others than follow; SeriesEndedError, NothingChosenError, NotActiveError.
    """
    order = _in_order({number: start for number, start in chosen.items() if start is not None})
    originals = plan.recurrence.starts()
    with _all_or_none(order[0][1]) as turn:
        rooms = placing.rooms_for(plan.modality)
        _lock(plan, rooms, [start for _, start in order], now, _claimed_after(series_id, point))
        if plan.couple_id is not None:
            couples.require_active(plan.couple_id)
        ahead = _end(series_id, point, now).appointments
        if set(ahead) != set(chosen):
            raise SeriesChangedError
        for number in set(ahead) - {number for number, _ in order}:
            booking.cancel(ahead[number], by=by, now=now, is_staff=True, is_told=False)
        moved = [ahead[number] for number, _ in order]
        # All give up their time first: a series that moves by a week moves into its own old times.
        db.session.execute(delete(Claim).where(Claim.appointment_id.in_([each.id for each in moved])))
        series, near = _add(plan, by, now, follows=series_id), set[UUID]()
        for number, turn.starts_at in order:
            appointment = ahead[number]
            if booking.is_at_short_notice(appointment, min(appointment.starts_at, turn.starts_at), now):
                near.add(appointment.id)
            appointment.series_id, appointment.occurs_at = series.id, originals[number]
            appointment.sequence += 1
            wish = plan.wish(turn.starts_at).keeping(appointment.minutes)
            placing.place(appointment, wish, plan.client_ids, rooms, now)
            attendance.forget(appointment.id)
    _take_back(moved, now)
    _note("moved", moved, plan.client_ids, by, now, near)
    _tell(mails.CHANGED, series.id, order[0][1], plan.client_ids, now)
    return series


def cancel_following(series_id: UUID, point: datetime, *, by: UUID | None, now: datetime) -> int:
    """Cancel all that follows the original start `point` and has not begun; returns how many. Each client hears once.

    Raises SeriesEndedError where nothing follows.
    """
    ahead = _end(series_id, point, now).appointments
    for each in ahead.values():
        booking.cancel(each, by=by, now=now, is_staff=True, is_told=False)
    _tell(mails.CANCELLED, series_id, point, queries.clients_of(series_id), now)
    return len(ahead)


def pass_on(
    series_id: UUID, handed: Sequence[Appointment], therapist_id: UUID, *, by: UUID | None, now: datetime
) -> None:
    """Let these, which another therapist gives from now on, go on as a standing session of theirs.

    What else is ahead from the first of them on belongs to no standing session any more. Tells nobody.
    """
    series, first = queries.locked(series_id), handed[0]
    point = min(each.occurs_at for each in handed if each.occurs_at is not None)
    count = queries.following(series, point, now).count
    weeks, number = series.recurrence.weeks, len(series.recurrence.starts()) - count
    plan = Plan(
        service=db.session.get_one(Service, series.service_id),
        modality=series.modality,
        therapist_id=therapist_id,
        client_ids=queries.clients_of(series_id),
        couple_id=series.couple_id,
        recurrence=Recurrence.weekly(
            series.first_on + timedelta(weeks=weeks * number), series.wall_time, series.zone, weeks=weeks, count=count
        ),
        currency=first.currency,
    )
    following = _add(plan, by, now, follows=series_id)
    ahead = Appointment.series_id == series_id, Appointment.occurs_at >= point, Appointment.starts_at > now
    ids = [each.id for each in handed]
    db.session.execute(update(Appointment).where(*ahead, Appointment.id.in_(ids)).values(series_id=following.id))
    alone = update(Appointment).where(*ahead, Appointment.state.in_(LIVE))
    db.session.execute(alone.values(series_id=None, occurs_at=None))
    _close(series, point, now)


def _in_order(chosen: Mapping[int, datetime]) -> list[tuple[int, datetime]]:
    if not chosen:
        raise NothingChosenError
    return sorted(chosen.items(), key=lambda each: each[1])


@contextmanager
def _all_or_none(first: datetime) -> Iterator[_Turn]:
    """A savepoint around all of it; a refusal names the time whose turn it was."""
    turn = _Turn(first)
    try:
        with claims.or_taken():
            yield turn
    except SlotTaken as error:
        raise OccurrenceTakenError(turn.starts_at) from error


def _lock(
    plan: Plan, rooms: Collection[UUID], starts: Collection[datetime], now: datetime, more: Collection[UUID] = ()
) -> None:
    """Everyone and every room, at once and sorted, so that two series that want the same never wait in a circle."""
    terms = terms_with(plan.service, [plan.therapist_id])[plan.therapist_id]
    wanted = [terms.padded(start) for start in starts]
    claims.lock({plan.therapist_id, *rooms, *plan.client_ids, *more}, now=now, wanted=wanted)


def _add(plan: Plan, by: UUID | None, now: datetime, follows: UUID | None = None) -> Series:
    series = Series(
        id=new_id(),
        therapist_id=plan.therapist_id,
        service_id=plan.service.id,
        couple_id=plan.couple_id,
        follows_id=follows,
        modality=plan.modality,
        first_on=plan.recurrence.first,
        wall_time=plan.recurrence.at,
        zone=plan.recurrence.zone,
        rule=plan.recurrence.rule,
        created_at=now,
        created_by=by,
    )
    db.session.add(series)
    db.session.flush()
    db.session.add_all(SeriesClient(series_id=series.id, client_id=each) for each in plan.client_ids)
    db.session.flush()
    return series


def _end(series_id: UUID, point: datetime, now: datetime) -> queries.Following:
    """End the series before `point`, and give what follows, locked; raises SeriesEndedError where nothing does."""
    series = queries.locked(series_id)
    ahead = queries.following(series, point, now, is_locked=True)
    if not ahead.appointments:
        raise SeriesEndedError
    _close(series, point, now)
    return ahead


def _close(series: Series, point: datetime, now: datetime) -> None:
    series.ended_at = now
    series.ends_before = point if series.ends_before is None else min(point, series.ends_before)


def _claimed_after(series_id: UUID, point: datetime) -> Sequence[UUID]:
    """What the appointments from that original start on claim now."""
    query = (
        select(Claim.resource)
        .join(Appointment, Appointment.id == Claim.appointment_id)
        .where(Appointment.series_id == series_id, Appointment.occurs_at >= point)
    )
    return db.session.scalars(query.distinct()).all()


def _note(
    kind: str,
    appointments: Sequence[Appointment],
    client_ids: Sequence[UUID],
    by: UUID | None,
    now: datetime,
    near: Collection[UUID] = (),
) -> None:
    """A step in the history of each, from which its reminder follows, and each client's link to it.

    Who gives it is told at once of what changes at short notice: those in `near`.
    """
    people = _people(client_ids)
    for each in appointments:
        event = placing.note(each, kind, client_ids, by, now)
        notices.keep_links(each, kind, people, now)
        if each.id in near:
            notices.alert(each, event, now=now, kind=notices.CHANGED)


def _take_back(appointments: Sequence[Appointment], now: datetime) -> None:
    """Skip what is still queued about any of them, such as a reminder of the old time."""
    query = (
        select(AppointmentEvent.id)
        .join(OutboxMessage, OutboxMessage.subject_id == AppointmentEvent.id)
        .where(
            AppointmentEvent.appointment_id.in_([each.id for each in appointments]),
            OutboxMessage.state == "queued",
        )
    )
    for event_id in set(db.session.scalars(query)):
        outbox.skip(event_id, now=now, reason="moved")


def _tell(kind: str, series_id: UUID, moment: datetime, client_ids: Collection[UUID], now: datetime) -> None:
    outbox.queue_each(kind, series_id, moment, _people(client_ids), now=now)


def _people(client_ids: Collection[UUID]) -> list[UUID]:
    return [each.person_id for each in clients_of(sorted(client_ids))]
