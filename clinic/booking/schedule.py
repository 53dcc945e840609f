"""What the slot search needs to know of a practice, read in a handful of statements whatever the range.

Busy time is one statement: it joins the wanted resources to their claims, so that each is one walk in the index.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, TextClause, Uuid, bindparam, func, or_, select, text

from clinic.booking.models import Appointment
from clinic.booking.slots import Host, Hours, Offer, Search, Span, free_starts, open_times, working_times
from clinic.core import zones
from clinic.core.interval import Interval
from clinic.database.session import db
from clinic.practice.models import Service
from clinic.practice.queries import active_rooms, terms_with
from clinic.practice.terms import Terms, terms_of

_IDS = ARRAY(Uuid())
_TAKEN = """
    SELECT claim.resource, lower(claim.during) AS since, upper(claim.during) AS until
    FROM unnest(:resources) AS wanted (id)
    JOIN claim ON claim.resource = wanted.id AND claim.during && tstzrange(:start, :end)
    WHERE claim.appointment_id NOT IN (SELECT id FROM appointment WHERE held_until <= :now)
      AND claim.appointment_id <> ALL (:ignored)
    UNION ALL
    SELECT person_id, greatest(leaves_at, :start), :end
    FROM unnest(:resources) AS wanted (id)
    JOIN therapist ON therapist.person_id = wanted.id AND leaves_at < :end
    """
_OF_RESOURCES = bindparam("resources", type_=_IDS), bindparam("ignored", type_=_IDS)
_BUSY = text(_TAKEN).bindparams(*_OF_RESOURCES)
_ELSEWHERE = text(
    """
    SELECT therapist_id, lower(joined), upper(joined)
    FROM (
        SELECT therapist_id, unnest(range_agg(during)) AS joined
        FROM unnest(:therapists) AS wanted (id)
        JOIN outside_time ON outside_time.therapist_id = wanted.id AND during && tstzrange(:start, :end) AND blocks
        GROUP BY therapist_id
    ) AS busy
    ORDER BY 2
    """
).bindparams(bindparam("therapists", type_=_IDS))
_WORKING = """
    SELECT 'hours' AS what, therapist_id AS whose, weekday, starts, ends, valid_from AS since, valid_until AS until,
        NULL::timestamptz AS starts_at, NULL::timestamptz AS ends_at,
        NULL::float8[] AS all_starts, NULL::float8[] AS all_ends
    FROM weekly_hours
    WHERE therapist_id = ANY (:therapists) AND valid_from <= :last AND coalesce(valid_until, :first) >= :first
    UNION ALL
    SELECT 'extra', therapist_id, NULL, starts, ends, "on", NULL, NULL, NULL, NULL, NULL
    FROM extra_hours WHERE therapist_id = ANY (:therapists) AND "on" BETWEEN :first AND :last
    UNION ALL
    SELECT 'off', therapist_id, NULL, NULL, NULL, NULL, NULL, starts_at, ends_at, NULL, NULL
    FROM time_off WHERE therapist_id = ANY (:therapists) AND ends_at > :start AND starts_at < :end
    UNION ALL
    SELECT 'elsewhere', therapist_id, NULL, NULL, NULL, NULL, NULL, lower(during), upper(during), NULL, NULL
    FROM unnest(:therapists) AS wanted (id)
    JOIN outside_time ON outside_time.therapist_id = wanted.id AND during && tstzrange(:start, :end) AND blocks
    UNION ALL
    SELECT 'holiday', NULL, NULL, NULL, NULL, "on", NULL, NULL, NULL, NULL, NULL
    FROM holiday WHERE "on" BETWEEN :first AND :last
    """
_BOOKED = f"""
    SELECT 'busy', resource, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        array_agg(extract(epoch FROM since)::float8), array_agg(extract(epoch FROM until)::float8)
    FROM ({_TAKEN}) AS busy
    GROUP BY resource
    """  # noqa: S608 -- a constant of this module
_OF_THERAPISTS = bindparam("therapists", type_=_IDS)
_GROUND = text(_WORKING).bindparams(_OF_THERAPISTS)
_GROUND_AND_BUSY = text(f"{_WORKING} UNION ALL {_BOOKED}").bindparams(_OF_THERAPISTS, *_OF_RESOURCES)
_MARGIN = timedelta(days=1)


@dataclass(slots=True)
class Ground:
    """When the practice and its therapists work at all, when they are busy elsewhere, and what is booked if asked."""

    hours: defaultdict[UUID, list[Hours]] = field(default_factory=lambda: defaultdict(list))
    extra: defaultdict[UUID, list[Interval]] = field(default_factory=lambda: defaultdict(list))
    off: defaultdict[UUID, list[Interval]] = field(default_factory=lambda: defaultdict(list))
    elsewhere: defaultdict[UUID, list[Interval]] = field(default_factory=lambda: defaultdict(list))
    holidays: set[date] = field(default_factory=set)
    busy: dict[UUID, list[Span]] = field(default_factory=dict)


def offer_of(service: Service, terms: Terms | None = None) -> Offer:
    """The service as the slot search sees it: as it is listed, or on a therapist's terms."""
    terms = terms or terms_of(service)
    return Offer(
        length_minutes=terms.minutes,
        before_minutes=terms.before_minutes,
        after_minutes=terms.after_minutes,
        notice_minutes=service.notice_minutes,
        horizon_days=service.horizon_days,
        daily_cap=service.daily_cap,
    )


def starts_by_therapist(
    service: Service,
    modality: str,
    terms: Mapping[UUID, Terms],
    between: Interval,
    *,
    zone: str,
    now: datetime,
    client_ids: Collection[UUID] = (),
    ignoring: Collection[UUID] = (),
) -> dict[UUID, list[datetime]]:
    """The free starts of each therapist, sorted, in the order of `terms`: the service as each of them gives it.

    `zone` is the practice's; `client_ids` must be free as well. `ignoring` names appointments that do not count, such
    as the one to be moved.
    """
    search, hosts = searches(
        service,
        modality,
        terms,
        between,
        zone=zone,
        now=now,
        client_ids=client_ids,
        ignoring=ignoring,
    )
    return {therapist_id: free_starts(search, hosts[therapist_id]) for therapist_id in terms}


def searches(
    service: Service,
    modality: str,
    terms: Mapping[UUID, Terms],
    between: Interval,
    *,
    zone: str,
    now: datetime,
    client_ids: Collection[UUID] = (),
    ignoring: Collection[UUID] = (),
) -> tuple[Search, dict[UUID, Host]]:
    """What a search of these starts is told: what is common, and each therapist's own time."""
    around = Interval(between.start - _MARGIN, between.end + _MARGIN)
    rooms = active_rooms() if modality == "office" else []
    taken = _asked((*terms, *rooms, *client_ids), around, now, ignoring)
    ground = _read(_GROUND_AND_BUSY, taken | _working([*terms], around), zone)
    search = Search(
        offer=offer_of(service),
        zone=zone,
        between=between,
        now=now,
        holidays=frozenset(ground.holidays),
        engaged=[span for client_id in client_ids for span in ground.busy.get(client_id, ())],
        rooms=[ground.busy.get(room_id, ()) for room_id in rooms] if rooms else None,
    )
    booked = _booked(service, [*terms], around, zone, now, ignoring)
    return search, _hosts([*terms], ground, booked, _own_offers(service, terms))


def is_offered(
    service: Service,
    therapist_id: UUID,
    starts_at: datetime,
    *,
    zone: str,
    now: datetime,
    ignoring: Collection[UUID] = (),
    kept_minutes: int | None = None,
) -> bool:
    """True when hours, leave, holidays, notice, horizon, cap and calendars outside allow that start.

    Who is booked then is not asked.
    """
    host, holidays = host_around(
        service, therapist_id, starts_at, zone=zone, now=now, ignoring=ignoring, kept_minutes=kept_minutes
    )
    search = Search(
        offer=offer_of(service),
        zone=zone,
        between=Interval(starts_at, starts_at + timedelta(seconds=1)),
        now=now,
        holidays=holidays,
    )
    return free_starts(search, host) == [starts_at]


def host_around(
    service: Service,
    therapist_id: UUID,
    starts_at: datetime,
    *,
    zone: str,
    now: datetime,
    ignoring: Collection[UUID] = (),
    kept_minutes: int | None = None,
) -> tuple[Host, frozenset[date]]:
    """A therapist's hours, leave and counted sessions around that start, and the holidays; not when they are booked."""
    around = Interval(starts_at - _MARGIN, starts_at + _MARGIN)
    ground = _ground([therapist_id], around, zone)
    booked = _booked(service, [therapist_id], around, zone, now, ignoring)
    offers = _own_offers(service, terms_with(service, [therapist_id], kept_minutes))
    return _hosts([therapist_id], ground, booked, offers)[therapist_id], frozenset(ground.holidays)


def working_hours(therapist_ids: Sequence[UUID], between: Interval, zone: str) -> dict[UUID, list[Interval]]:
    """When each therapist works, holidays left out and time off not, in one statement whatever the range."""
    ground = _ground(therapist_ids, between, zone)
    hosts = _hosts(therapist_ids, ground, {}, {})
    holidays = frozenset(ground.holidays)
    return {each: working_times(hosts[each], zone, holidays, between) for each in therapist_ids}


def open_hours(therapist_ids: Sequence[UUID], between: Interval, zone: str) -> dict[UUID, list[Interval]]:
    """The same without their time off."""
    ground = _ground(therapist_ids, between, zone)
    hosts = _hosts(therapist_ids, ground, {}, {})
    holidays = frozenset(ground.holidays)
    return {each: open_times(hosts[each], zone, holidays, between) for each in therapist_ids}


def busy_times(
    resources: Iterable[UUID], between: Interval, *, now: datetime, ignoring: Collection[UUID] = ()
) -> defaultdict[UUID, list[Interval]]:
    """When each of `resources` is taken, buffers included, in one statement; a hold that has expired does not count.

    A therapist who leaves is taken from then on: what is booked stays, and nothing new is.
    """
    busy: defaultdict[UUID, list[Interval]] = defaultdict(list)
    for resource, start, end in db.session.execute(_BUSY, _asked(resources, between, now, ignoring)):
        busy[resource].append(Interval(start, end))
    return busy


def _asked(
    resources: Iterable[UUID], between: Interval, now: datetime, ignoring: Collection[UUID]
) -> dict[str, object]:
    asked = {"start": between.start, "end": between.end, "now": now}
    return asked | {"resources": [*resources], "ignored": [*ignoring]}


def busy_elsewhere(therapist_ids: Sequence[UUID], between: Interval) -> Mapping[UUID, list[Interval]]:
    """When the calendars outside of each therapist say that they are busy, sorted and joined, in one statement."""
    asked = {"therapists": [*therapist_ids], "start": between.start, "end": between.end}
    busy: dict[UUID, list[Interval]] = {each: [] for each in therapist_ids}
    for therapist_id, start, end in db.session.execute(_ELSEWHERE, asked):
        busy[therapist_id].append(Interval(start, end))
    return busy


def _hosts(
    therapist_ids: Sequence[UUID],
    ground: Ground,
    booked: Mapping[UUID, dict[date, int]],
    offers: Mapping[UUID, Offer],
) -> dict[UUID, Host]:
    return {
        each: Host(
            ground.hours[each],
            extra=ground.extra[each],
            off=ground.off[each],
            elsewhere=ground.elsewhere[each],
            busy=ground.busy.get(each, ()),
            booked=booked.get(each, {}),
            offer=offers.get(each),
        )
        for each in therapist_ids
    }


def _own_offers(service: Service, terms: Mapping[UUID, Terms]) -> dict[UUID, Offer]:
    return {each: offer_of(service, own) for each, own in terms.items()}


def _ground(therapist_ids: Sequence[UUID], around: Interval, zone: str) -> Ground:
    """Hours, extra hours, leave, holidays and busy time elsewhere of the days around, in one statement."""
    return _read(_GROUND, _working(therapist_ids, around), zone)


def _working(therapist_ids: Sequence[UUID], around: Interval) -> dict[str, object]:
    return {
        "therapists": [*therapist_ids],
        "start": around.start,
        "end": around.end,
        "first": around.start.date() - _MARGIN,
        "last": around.end.date() + _MARGIN,
    }


def _read(statement: TextClause, asked: Mapping[str, object], zone: str) -> Ground:
    """What that statement tells. Of what is busy it has a row for each that is taken at all, however often."""
    ground = Ground()
    for row in db.session.execute(statement, asked):
        if row.what == "busy":
            ground.busy[row.whose] = list(zip(row.all_starts, row.all_ends, strict=True))
        elif row.what == "hours":
            ground.hours[row.whose].append(Hours(row.weekday, row.starts, row.ends, row.since, row.until))
        elif row.what == "extra":
            ground.extra[row.whose] += _stretch(row.since, row.starts, row.ends, zone)
        elif row.what == "elsewhere":
            ground.elsewhere[row.whose].append(Interval(row.starts_at, row.ends_at))
        elif row.what == "off":
            ground.off[row.whose].append(Interval(row.starts_at, row.ends_at))
        else:
            ground.holidays.add(row.since)
    return ground


def _stretch(day: date, starts: time, ends: time, zone: str) -> list[Interval]:
    """What lies between two wall times; nothing where a clock change skips all of it."""
    start, end = zones.moment(day, starts, zone), zones.moment(day, ends, zone)
    return [Interval(start, end)] if start < end else []


def _booked(
    service: Service,
    therapist_ids: Sequence[UUID],
    around: Interval,
    zone: str,
    now: datetime,
    ignoring: Collection[UUID],
) -> dict[UUID, dict[date, int]]:
    """How many sessions of a capped service each therapist has on each day of the practice; holds count until they end.

    What has expired counts no more than in busy time, since the job that clears it may be down.
    """
    if service.daily_cap is None:
        return {}
    day = func.date(func.timezone(zone, Appointment.starts_at))
    rows = db.session.execute(
        select(Appointment.therapist_id, day, func.count())
        .where(
            Appointment.therapist_id.in_(therapist_ids),
            Appointment.service_id == service.id,
            Appointment.state.in_(("held", "requested", "confirmed")),
            or_(Appointment.held_until.is_(None), Appointment.held_until > now),
            Appointment.starts_at.between(around.start, around.end),
            Appointment.id.not_in(ignoring),
        )
        .group_by(Appointment.therapist_id, day)
    )
    booked: dict[UUID, dict[date, int]] = defaultdict(dict)
    for therapist_id, on, count in rows:
        booked[therapist_id][on] = count
    return booked
