"""Twelve weeks of sessions behind, four ahead: standing times, as a real week has them, and some that were missed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from clinic.booking.models import Appointment, AppointmentEvent, Attendee, Claim
from clinic.core.ids import new_id
from clinic.core.recurrence import Recurrence
from clinic.core.zones import moment, wall
from clinic.demo import cast
from clinic.demo.caseload import ENDED, PENDING, Caseload, ClientSketch
from clinic.demo.practice import CURRENCY, ZONE, Ground
from clinic.series.models import Series, SeriesClient

WEEKS_BEHIND, WEEKS_AHEAD = 12, 4
# Working day (0 is today) and wall time of the standing sessions of every therapist.
COUPLE_TIMES = ((0, time(9)), (1, time(9)), (2, time(9)))
SINGLE_TIMES = (
    (0, time(10, 30)),
    (0, time(12)),
    (0, time(14)),
    (1, time(10, 45)),
    (1, time(12)),
    (1, time(15)),
    (2, time(10, 45)),
    (2, time(14)),
    (3, time(9)),
)
# Two of Dana's are agreed as standing sessions: her second couple, every two weeks, and one client, every week.
SERIES_COUPLE, SERIES_SINGLE = 4, 3
CANCELLED_SHARE, ABSENT_SHARE, LATE_SHARE = 0.06, 0.02, 0.05


@dataclass(frozen=True, slots=True)
class Standing:
    """A standing session: who, which service, on which working day from today, at what wall time, how often."""

    clients: tuple[ClientSketch, ...]
    slug: str
    offset: int
    at: time
    every_weeks: int
    modality: str
    is_series: bool = False


@dataclass(slots=True)
class Rows:
    """What goes into each table, inserted at once."""

    series: list[dict[str, Any]]
    series_clients: list[dict[str, Any]]
    appointments: list[dict[str, Any]]
    attendees: list[dict[str, Any]]
    claims: list[dict[str, Any]]
    events: list[dict[str, Any]]


def fill_calendar(session: Session, ground: Ground, caseload: Caseload, now: datetime, today: date) -> None:
    """Book all of it, the past with who came."""
    chance = Random(1924)  # noqa: S311 -- the same practice every time is the point
    rows = Rows([], [], [], [], [], [])
    for standing in _standing(caseload):
        already = len(rows.appointments)
        for day in _days(standing, today):
            # The couple whose sign-in the start prints meets by video today, and in the office otherwise.
            is_far = standing.slug == "couple-session" and standing.clients == caseload.members(0) and day == today
            _book(rows, ground, replace(standing, modality="video") if is_far else standing, day, now, chance)
        _agree(rows, standing, rows.appointments[already:])
    for model, values in (
        (Series, rows.series),
        (SeriesClient, rows.series_clients),
        (Appointment, rows.appointments),
        (Attendee, rows.attendees),
        (Claim, rows.claims),
        (AppointmentEvent, rows.events),
    ):
        session.execute(insert(model), values)


def working_day(today: date, offset: int) -> date:
    """The `offset`-th day from today on which the practice is open; today is one, even on a weekend."""
    day = today
    for _ in range(offset):
        day += timedelta(days=1)
        while day.weekday() > 4:
            day += timedelta(days=1)
    return day


def _standing(caseload: Caseload) -> Iterator[Standing]:
    for number in range(cast.COUPLES):
        if number not in {PENDING, ENDED}:
            offset, at = COUPLE_TIMES[number // len(cast.THERAPISTS)]
            is_series = number == SERIES_COUPLE
            every = 2 if is_series else 1
            yield Standing(caseload.members(number), "couple-session", offset, at, every, "office", is_series)
    for position, client in enumerate(caseload.singles):
        offset, at = SINGLE_TIMES[position // len(cast.THERAPISTS)]
        every = 2 if position % 3 == 2 and offset else 1
        modality = "video" if position % 5 == 4 else "office"
        is_series = position == SERIES_SINGLE
        yield Standing((client,), "individual-session", offset, at, every, modality, is_series)


def _days(standing: Standing, today: date) -> Iterator[date]:
    first = working_day(today, standing.offset)
    for week in range(-WEEKS_BEHIND, WEEKS_AHEAD + 1, standing.every_weeks):
        yield first + timedelta(weeks=week)


def _agree(rows: Rows, standing: Standing, booked: Sequence[dict[str, Any]]) -> None:
    """Where it is a standing session, write down its rule, and let the appointments belong to it."""
    series_id = new_id() if standing.is_series else None
    for each in booked:
        each |= {"series_id": series_id, "occurs_at": each["starts_at"] if series_id else None}
    if series_id is None:
        return
    first = booked[0]
    recurrence = Recurrence.weekly(
        wall(first["starts_at"], ZONE).date(), standing.at, ZONE, weeks=standing.every_weeks, count=len(booked)
    )
    rows.series.append(
        {
            "id": series_id,
            **{name: first[name] for name in ("therapist_id", "service_id", "couple_id", "modality", "created_by")},
            "first_on": recurrence.first,
            "wall_time": recurrence.at,
            "zone": recurrence.zone,
            "rule": recurrence.rule,
            "created_at": first["created_at"],
        }
    )
    rows.series_clients.extend({"series_id": series_id, "client_id": client.id} for client in standing.clients)


def _book(rows: Rows, ground: Ground, standing: Standing, day: date, now: datetime, chance: Random) -> None:
    service = ground.services[standing.slug]
    first = standing.clients[0]
    therapist_id = ground.therapists[first.therapist]
    starts_at = moment(day, standing.at, ZONE)
    ends_at = starts_at + timedelta(minutes=service.minutes)
    is_cancelled = ends_at < now and chance.random() < CANCELLED_SHARE
    room_id = ground.rooms[first.therapist] if standing.modality == "office" else None
    booked_at, cancelled_at = min(starts_at, now) - timedelta(days=7), starts_at - timedelta(days=3)
    made: dict[str, Any] = {
        "id": new_id(),
        "service_id": service.id,
        "therapist_id": therapist_id,
        "room_id": room_id,
        "couple_id": first.couple_id if service.attends == "couple" else None,
        "modality": standing.modality,
        "state": "cancelled" if is_cancelled else "confirmed",
        "starts_at": starts_at,
        "ends_at": ends_at,
        "zone": ZONE,
        "price_cents": service.price_cents,
        "currency": CURRENCY,
        "sequence": int(is_cancelled),
        "created_at": booked_at,
        "created_by": therapist_id,
        "booked_at": booked_at,
        "cancelled_at": cancelled_at if is_cancelled else None,
        "cancelled_by": first.person_id if is_cancelled else None,
        "late_change_minutes": service.late_change_minutes,
    }
    rows.appointments.append(made)
    rows.attendees.extend(
        {
            "appointment_id": made["id"],
            "client_id": client.id,
            "attendance": None if is_cancelled else _attendance(starts_at, now, chance),
        }
        for client in standing.clients
    )
    rows.events.append(_event(made, "booked", booked_at, therapist_id))
    if is_cancelled:
        rows.events.append(_event(made, "cancelled", cancelled_at, first.person_id))
    else:
        buffer = timedelta(minutes=service.buffer_after_minutes)
        rows.claims.extend(_claims(made, standing, Range(starts_at, ends_at + buffer)))


def _claims(made: dict[str, Any], standing: Standing, padded: Range[datetime]) -> Iterator[dict[str, Any]]:
    own_time: Range[datetime] = Range(made["starts_at"], made["ends_at"])
    resources = [("therapist", made["therapist_id"], padded), ("room", made["room_id"], padded)]
    resources.extend(("client", client.id, own_time) for client in standing.clients)
    for kind, resource, during in resources:
        if resource is not None:
            yield {"appointment_id": made["id"], "kind": kind, "resource": resource, "during": during}


def _attendance(starts_at: datetime, now: datetime, chance: Random) -> str | None:
    """Who is due within ten minutes sits in the waiting room already."""
    if starts_at > now + timedelta(minutes=10):
        return None
    drawn = chance.random()
    if wall(starts_at, ZONE).date() == wall(now, ZONE).date() or drawn > ABSENT_SHARE + LATE_SHARE:
        return "arrived"
    return "absent" if drawn < ABSENT_SHARE else "late"


def _event(made: dict[str, Any], kind: str, at: datetime, person_id: UUID) -> dict[str, Any]:
    return {
        "id": new_id(),
        "appointment_id": made["id"],
        "kind": kind,
        "at": at,
        "person_id": person_id,
        "starts_at": made["starts_at"],
        "is_late": False,
    }
