"""What is asked about standing sessions: whose there are, what of them is still ahead, and who is busy meanwhile."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from clinic.booking import schedule
from clinic.booking.models import Appointment, Attendee
from clinic.booking.queries import LIVE
from clinic.booking.rules import State
from clinic.clients.models import Client
from clinic.core.interval import Interval
from clinic.database.session import db
from clinic.practice.models import Service, Therapist
from clinic.practice.queries import terms_with
from clinic.series.models import Series, SeriesClient
from clinic.series.rules import FAR, Ground


@dataclass(frozen=True, slots=True)
class Standing:
    """A standing session of which something is ahead: its next session, and when the last one is."""

    series: Series
    next_id: UUID
    next_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Following:
    """What of a series is still to come from one occurrence on, by its number counted from there.

    `count` counts the rule's times from there on, those that were left out or cancelled among them.
    """

    series: Series
    point: datetime
    count: int
    appointments: dict[int, Appointment]


def standing_of(client_id: UUID, therapist_id: UUID, now: datetime) -> list[Standing]:
    """The client's standing sessions with this therapist of which something is ahead, the next one first."""
    first = func.min(Appointment.starts_at)
    rows = db.session.execute(
        select(
            Series,
            func.array_agg(Appointment.id).label("ids"),
            func.array_agg(Appointment.starts_at).label("starts"),
        )
        .join(SeriesClient, SeriesClient.series_id == Series.id)
        .join(Appointment, Appointment.series_id == Series.id)
        .where(
            SeriesClient.client_id == client_id,
            Series.therapist_id == therapist_id,
            Appointment.state.in_(LIVE),
            Appointment.starts_at > now,
        )
        .group_by(Series.id)
        .order_by(first)
    )
    found = []
    for series, ids, starts in rows:
        at, identity = min(zip(starts, ids, strict=True))
        found.append(Standing(series, identity, at, max(starts)))
    return found


def clients_of(series_id: UUID) -> list[UUID]:
    """For whom a standing session is."""
    query = select(SeriesClient.client_id).where(SeriesClient.series_id == series_id)
    return [*db.session.scalars(query.order_by(SeriesClient.client_id))]


def following(series: Series, point: datetime, now: datetime, *, is_locked: bool = False) -> Following:
    """The live sessions of the series from the original start `point` on that have not begun; locked if so wished."""
    originals, step = series.recurrence.starts(), timedelta(weeks=series.recurrence.weeks)
    # Counted by whole weeks and not looked up: a state that changes its clocks' rules changes the instants as well.
    here = round((point - originals[0]) / step)
    query = (
        select(Appointment)
        .where(
            Appointment.series_id == series.id,
            Appointment.occurs_at >= point,
            Appointment.starts_at > now,
            Appointment.state == State.CONFIRMED,
        )
        .order_by(Appointment.id)
    )
    if is_locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    ahead = {round((each.occurs_at - point) / step): each for each in db.session.scalars(query) if each.occurs_at}
    return Following(series, point, len(originals) - here, ahead)


def first_of(series_id: UUID) -> UUID:
    """The first of its appointments."""
    query = select(Appointment.id).where(Appointment.series_id == series_id).order_by(Appointment.starts_at).limit(1)
    return db.session.scalars(query).one()


def locked(series_id: UUID) -> Series:
    """The series, locked until the transaction ends.

    Its key stays free: the database looks at it wherever one of its appointments is changed, and whoever does that may
    hold what we want next.
    """
    query = select(Series).where(Series.id == series_id).with_for_update(key_share=True)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def attended(series_id: UUID, person_id: UUID, state: State) -> Sequence[Appointment]:
    """The appointments in that state of a series that this person attends, in order, kept from changing meanwhile."""
    query = (
        select(Appointment)
        .join(Attendee, Attendee.appointment_id == Appointment.id)
        .join(Client, Client.id == Attendee.client_id)
        .where(Appointment.series_id == series_id, Appointment.state == state, Client.person_id == person_id)
        .order_by(Appointment.id)
        .with_for_update(read=True, of=Appointment)
    )
    found = db.session.scalars(query.execution_options(populate_existing=True)).all()
    return sorted(found, key=lambda each: each.starts_at)


def ground(  # noqa: PLR0913 -- a free time depends on that much
    service: Service,
    modality: str,
    therapist_id: UUID,
    starts: Collection[datetime],
    *,
    zone: str,
    now: datetime,
    client_ids: Collection[UUID],
    ignoring: Collection[UUID] = (),
    kept_minutes: int | None = None,
) -> Ground:
    """Everyone's time around all of `starts`, in a handful of statements however many they are.

    `ignoring` names appointments that do not count, such as those to be moved, and `kept_minutes` is their length.
    """
    around = Interval(min(starts) - FAR, max(starts) + FAR)
    search, hosts = schedule.searches(
        service,
        modality,
        terms_with(service, [therapist_id], kept_minutes),
        around,
        zone=zone,
        now=now,
        client_ids=client_ids,
        ignoring=ignoring,
    )
    # A series bends some rules of the offer, so the therapist's own way stands in the search and not with the host.
    host = hosts[therapist_id]
    search = replace(search, offer=host.offer or search.offer)
    leaves_at = db.session.scalar(select(Therapist.leaves_at).where(Therapist.person_id == therapist_id))
    return Ground(search, replace(host, offer=None), is_joint=len(client_ids) > 1, leaves_at=leaves_at)
