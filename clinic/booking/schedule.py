"""What the slot search needs to know of a practice, read in a handful of statements whatever the range.

Busy time is one statement: it joins the wanted resources to their claims, so that each is one walk in the index.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, func, select, text

from clinic.booking.models import Appointment
from clinic.booking.slots import Host, Hours, Offer, Search, free_starts
from clinic.core import zones
from clinic.core.interval import Interval
from clinic.database.session import db
from clinic.practice.models import Holiday, Room, Service, Therapist, TherapistService, TimeOff, WeeklyHours

_BUSY = text(
    """
    SELECT claim.resource, lower(claim.during), upper(claim.during)
    FROM unnest(:resources) AS wanted (id)
    JOIN claim ON claim.resource = wanted.id AND claim.during && tstzrange(:start, :end)
    WHERE claim.appointment_id NOT IN (SELECT id FROM appointment WHERE held_until <= :now)
      AND claim.appointment_id <> ALL (:ignored)
    """
)
_MARGIN = timedelta(days=1)


def offer_of(service: Service) -> Offer:
    """The service as the slot search sees it."""
    return Offer(
        length_minutes=service.minutes,
        before_minutes=service.buffer_before_minutes,
        after_minutes=service.buffer_after_minutes,
        notice_minutes=service.notice_minutes,
        horizon_days=service.horizon_days,
        daily_cap=service.daily_cap,
    )


def starts_by_therapist(
    service: Service,
    modality: str,
    therapist_ids: Sequence[UUID],
    between: Interval,
    *,
    zone: str,
    now: datetime,
    client_ids: Collection[UUID] = (),
    ignoring: Collection[UUID] = (),
) -> dict[UUID, list[datetime]]:
    """The free starts of each therapist, sorted, in the order of `therapist_ids`; `zone` is the practice's.

    `client_ids` must be free as well. `ignoring` names appointments that do not count, such as the one to be moved.
    """
    around = Interval(between.start - _MARGIN, between.end + _MARGIN)
    rooms = active_rooms() if modality == "office" else []
    busy = busy_times((*therapist_ids, *rooms, *client_ids), around, now=now, ignoring=ignoring)
    search = Search(
        offer=offer_of(service),
        zone=zone,
        between=between,
        now=now,
        holidays=_holidays(around, zone),
        engaged=[interval for client_id in client_ids for interval in busy[client_id]],
        rooms=[busy[room_id] for room_id in rooms] if rooms else None,
    )
    hosts = _hosts(service, therapist_ids, around, busy, zone)
    return {therapist_id: free_starts(search, hosts[therapist_id]) for therapist_id in therapist_ids}


def is_offered(
    service: Service,
    therapist_id: UUID,
    starts_at: datetime,
    *,
    zone: str,
    now: datetime,
    ignoring: Collection[UUID] = (),
) -> bool:
    """True when hours, leave, holidays, notice, horizon and cap allow that start; who is busy then is not asked."""
    around = Interval(starts_at - _MARGIN, starts_at + _MARGIN)
    search = Search(
        offer=offer_of(service),
        zone=zone,
        between=Interval(starts_at, starts_at + timedelta(seconds=1)),
        now=now,
        holidays=_holidays(around, zone),
    )
    hosts = _hosts(service, [therapist_id], around, {}, zone, ignoring)
    return free_starts(search, hosts[therapist_id]) == [starts_at]


def busy_times(
    resources: Iterable[UUID], between: Interval, *, now: datetime, ignoring: Collection[UUID] = ()
) -> defaultdict[UUID, list[Interval]]:
    """When each of `resources` is taken, buffers included, in one statement; a hold that has expired does not count."""
    ids = ARRAY(Uuid())
    statement = _BUSY.bindparams(
        bindparam("resources", [*resources], ids),
        bindparam("ignored", [*ignoring], ids),
        start=between.start,
        end=between.end,
        now=now,
    )
    busy: defaultdict[UUID, list[Interval]] = defaultdict(list)
    for resource, start, end in db.session.execute(statement):
        busy[resource].append(Interval(start, end))
    return busy


def active_rooms() -> list[UUID]:
    """The rooms that may be claimed, in the order in which they are tried; none where a practice keeps no list."""
    return [*db.session.scalars(select(Room.id).where(Room.is_active).order_by(Room.name))]


def therapists_for(service_id: UUID) -> list[UUID]:
    """Who offers the service and is listed, in the practice's own order."""
    query = (
        select(Therapist.person_id)
        .join(TherapistService, TherapistService.therapist_id == Therapist.person_id)
        .where(TherapistService.service_id == service_id, Therapist.is_listed)
        .order_by(Therapist.position, Therapist.person_id)
    )
    return [*db.session.scalars(query)]


def _hosts(
    service: Service,
    therapist_ids: Sequence[UUID],
    around: Interval,
    busy: Mapping[UUID, list[Interval]],
    zone: str,
    ignoring: Collection[UUID] = (),
) -> dict[UUID, Host]:
    hours = _hours(therapist_ids, around)
    off = _time_off(therapist_ids, around)
    booked = _booked(service, therapist_ids, around, zone, ignoring) if service.daily_cap is not None else {}
    return {
        each: Host(hours.get(each, ()), off=off.get(each, ()), busy=busy.get(each, ()), booked=booked.get(each, {}))
        for each in therapist_ids
    }


def _hours(therapist_ids: Sequence[UUID], around: Interval) -> dict[UUID, list[Hours]]:
    rows = db.session.execute(
        select(
            WeeklyHours.therapist_id,
            WeeklyHours.weekday,
            WeeklyHours.starts,
            WeeklyHours.ends,
            WeeklyHours.valid_from,
            WeeklyHours.valid_until,
        ).where(
            WeeklyHours.therapist_id.in_(therapist_ids),
            WeeklyHours.valid_from <= around.end.date() + _MARGIN,
            func.coalesce(WeeklyHours.valid_until, date.max) >= around.start.date() - _MARGIN,
        )
    )
    hours: dict[UUID, list[Hours]] = defaultdict(list)
    for row in rows:
        hours[row.therapist_id].append(Hours(row.weekday, row.starts, row.ends, row.valid_from, row.valid_until))
    return hours


def _time_off(therapist_ids: Sequence[UUID], around: Interval) -> dict[UUID, list[Interval]]:
    rows = db.session.execute(
        select(TimeOff.therapist_id, TimeOff.starts_at, TimeOff.ends_at).where(
            TimeOff.therapist_id.in_(therapist_ids), TimeOff.ends_at > around.start, TimeOff.starts_at < around.end
        )
    )
    off: dict[UUID, list[Interval]] = defaultdict(list)
    for therapist_id, starts_at, ends_at in rows:
        off[therapist_id].append(Interval(starts_at, ends_at))
    return off


def _holidays(around: Interval, zone: str) -> frozenset[date]:
    first, last = zones.wall(around.start, zone).date(), zones.wall(around.end, zone).date()
    return frozenset(db.session.scalars(select(Holiday.on).where(Holiday.on.between(first, last))))


def _booked(
    service: Service, therapist_ids: Sequence[UUID], around: Interval, zone: str, ignoring: Collection[UUID]
) -> dict[UUID, dict[date, int]]:
    """How many sessions of the service each therapist has on each day of the practice; holds count too."""
    day = func.date(func.timezone(zone, Appointment.starts_at))
    rows = db.session.execute(
        select(Appointment.therapist_id, day, func.count())
        .where(
            Appointment.therapist_id.in_(therapist_ids),
            Appointment.service_id == service.id,
            Appointment.state.in_(("held", "requested", "confirmed")),
            Appointment.starts_at.between(around.start, around.end),
            Appointment.id.not_in(ignoring),
        )
        .group_by(Appointment.therapist_id, day)
    )
    booked: dict[UUID, dict[date, int]] = defaultdict(dict)
    for therapist_id, on, count in rows:
        booked[therapist_id][on] = count
    return booked
